"""The reader of patrol files of every format: tells the format, then reads it. Runs in the worker only."""

import importlib
from pathlib import Path
from typing import Any

from eradication.errors import N_
from eradication.ingest.formats import sniff, zipped

_MODULES = {
    "gpx": "gpx",
    "kml": "kml",
    "kmz": "kml",
    "fit": "fit",
    "tcx": "tcx",
    "geojson": "geojson",
    "gpkg": "geopackage",
    "shapefile": "shapefiles",
    "csv": "table",
    "xlsx": "table",
    "parquet": "parquet",
}


def read(path: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Read a patrol file.

    Args:
        path: the file; its suffix is the original's.
        options: ``timezone``, ``points`` and, for tables, ``epsg``.

    Returns:
        See :meth:`eradication.ingest.formats.columns.Columns.plain`.

    Raises:
        RefusedInput: whatever makes it unreadable, with a reason.
    """
    form = sniff.tell(path)
    module = importlib.import_module(f"eradication.ingest.formats.{_MODULES[form]}")
    plain: dict[str, Any] = module.read(_main_kml(path) if form == "kmz" else path, options)
    return plain | {"format": form}


def _main_kml(path: Path) -> Path:
    """Unpack the document of a KMZ: ``doc.kml``, else the first KML that is not in a folder, else the first."""
    with zipped.opened(path) as archive:
        found = [name for name in archive.names if name.lower().endswith(".kml")]
        if not found:
            raise zipped.bad_archive(N_("The KMZ file holds no KML."))
        main = min(found, key=lambda name: (name.lower() != "doc.kml", "/" in name))
        archive.extract(main, path.with_name("doc.kml"))
    return path.with_name("doc.kml")
