"""Reader of declared parcels: GeoParquet, GeoPackage, GeoJSON and zipped Shapefile. Runs only in the sandbox's worker.

A country's file holds millions of parcels, so only the wanted columns are read, and only inside the wanted bounds.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from eradication import geo
from eradication.domain import Json
from eradication.errors import N_, RefusedInput
from eradication.ingest.formats import polygons
from eradication.ingest.formats.polygons import bounds_in, folded

_BATCH_ROWS = 65_536


def read(path: Path, options: dict[str, Json]) -> dict[str, Any]:
    """Return parcels as plain data; options and answer are those of :func:`eradication.ingest.formats.polygons.read`.

    Raises:
        RefusedInput: as there, and ``malformed_parquet``.
    """
    with path.open("rb") as file:
        if file.read(4) != b"PAR1":
            return polygons.read(path, options)
    try:
        return _parquet(pq.ParquetFile(path), options)
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        message = N_("The Parquet file cannot be read: {reason}.")
        hint = N_("Save the parcels again as GeoPackage or GeoParquet.")
        raise RefusedInput("malformed_parquet", message, hint=hint, values={"reason": reason}) from None


def _parquet(file: pq.ParquetFile, options: dict[str, Json]) -> dict[str, Any]:
    about = json.loads((file.schema_arrow.metadata or {}).get(b"geo", b"{}"))
    place = str(about.get("primary_column", "geometry"))
    names = [str(name) for name in file.schema_arrow.names]
    if place not in names:
        raise RefusedInput("no_polygons", N_("The file holds no polygons."))
    wanted = options["columns"]
    assert isinstance(wanted, list)
    chosen = [name for name in names if name != place and folded(name) in wanted]
    crs, epsg = _crs(about.get("columns", {}).get(place, {}).get("crs", "OGC:CRS84"))
    wkb: list[bytes | None] = []
    columns: dict[str, list[Json]] = {name: [] for name in chosen}
    for batch in _inside(file, [place, *chosen], bounds_in(epsg, options.get("bounds"))):
        wkb += batch.column(place).to_pylist()
        for name in chosen:
            columns[name] += [v if isinstance(v, int | float) else _text(v) for v in batch.column(name).to_pylist()]
        _stop_above(len(wkb), int(str(options["most"])))
    return {"format": "parquet", "epsg": epsg, "crs": crs, "properties": names, "columns": columns, "wkb": wkb}


def _crs(stated: Any) -> tuple[str, int | None]:
    """Return the CRS of a GeoParquet column as text and as EPSG code; an explicit null is unknown."""
    if stated is None:
        return "", None
    text = stated if isinstance(stated, str) else json.dumps(stated)
    return text, geo.epsg_of(text)


def _inside(
    file: pq.ParquetFile, columns: list[str], bounds: tuple[float, float, float, float] | None
) -> Iterator[pa.RecordBatch]:
    """Yield the rows that touch the bounds, a batch at a time."""
    for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=columns):
        if bounds is None:
            yield batch
            continue
        edges = shapely.bounds(shapely.from_wkb(batch.column(columns[0]).to_pylist(), on_invalid="ignore"))
        with np.errstate(invalid="ignore"):
            apart = (edges[:, :2] > bounds[2:]).any(axis=1) | (edges[:, 2:] < bounds[:2]).any(axis=1)
        yield batch.filter(pa.array(~apart))


def _stop_above(count: int, most: int) -> None:
    if count > most:
        raise RefusedInput("too_costly", N_("The file has more than {most} shapes."), values={"most": most})


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
