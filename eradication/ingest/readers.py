"""The table of readers: who may look at the bytes of a user's file, and with which GDAL drivers.

A reader is a function ``reader(path, options) -> plain data``. It runs only in the worker process of
:mod:`eradication.ingest.sandbox`; the parent never imports it. To add one, add one line here: the function as
``"module:function"`` and, if it opens the file through GDAL, the drivers it may use. Every other driver is switched
off before GDAL is loaded, because GDAL tries them all and a VRT renamed ``.gpx`` reads any file and any address.

Plain data are ``None``, ``bool``, ``int``, ``float``, ``str``, ``bytes``, lists, tuples, dicts with text keys,
``array.array`` and NumPy arrays of numbers.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Reader:
    """Where a reader lives and what it may use."""

    target: str
    """``"package.module:function"``, imported in the worker only."""
    drivers: tuple[str, ...] = ()
    """GDAL drivers it may use; none = it does not use GDAL."""
    library: str = ""
    """The library that brings GDAL: ``pyogrio`` or ``rasterio``; empty = none."""
    folder: Path | None = None
    """Folder to import ``target`` from, for readers outside this package."""


READERS: dict[str, Reader] = {
    "archive": Reader("eradication.ingest.formats.archive:read"),
    "form_submissions": Reader("eradication.ingest.formats.form_file:read"),
    "patrols": Reader("eradication.ingest.formats.patrol_file:read"),
    "boundaries": Reader(
        "eradication.ingest.formats.polygons:read", ("GeoJSON", "GPKG", "ESRI Shapefile"), library="pyogrio"
    ),
    "crop_codes": Reader("eradication.ingest.formats.code_table:read"),
    "mosaic": Reader("eradication.ingest.formats.mosaic:read", ("GTiff", "COG"), library="rasterio"),
    "parcels": Reader(
        "eradication.ingest.formats.parcels:read", ("GeoJSON", "GPKG", "ESRI Shapefile"), library="pyogrio"
    ),
    "photo": Reader("eradication.ingest.formats.photo:read"),
    "visit_table": Reader("eradication.ingest.formats.visit_table:read"),
}
