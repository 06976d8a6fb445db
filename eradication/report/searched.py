"""The searched ground as a GeoPackage: sub-cells of 250 m with the p with which each was searched."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas

from eradication import geo
from eradication.report.exchange import SIMULATED
from eradication.report.whole import ending, write_whole

LAYER = "searched"
COLUMNS = ("searched_p", "seen_share", "walked_m", "days", "last_day")


def write(cells: Sequence[dict[str, Any]], path: Path, *, simulated: bool) -> None:
    """Write sub-cells (squares, WGS 84) with :data:`COLUMNS` as layer ``searched``.

    Raises:
        UnusableInput: ``unknown_format``.
        StorageFailed: ``disk_full`` or ``cannot_write``.
    """
    ending(path, (".gpkg",))
    rows = [cell | ({"simulated": SIMULATED} if simulated else {}) for cell in cells]
    columns = [*COLUMNS, *(["simulated"] if simulated else [])]
    geometry = [row["geometry"] for row in rows]
    frame = geopandas.GeoDataFrame(
        [{name: row[name] for name in columns} for row in rows],
        columns=columns,
        geometry=geometry,
        crs=f"EPSG:{geo.WGS84}",
    )
    write_whole(path, lambda temporary: _write(frame, temporary))


def _write(frame: geopandas.GeoDataFrame, path: Path) -> None:
    whole = io.BytesIO()
    try:
        frame.to_file(whole, layer=LAYER, driver="GPKG", engine="pyogrio", geometry_type="Polygon")
    except RuntimeError as error:
        raise OSError(str(error)) from error
    path.write_bytes(whole.getvalue())
