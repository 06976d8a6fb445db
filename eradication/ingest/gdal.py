"""Only the named GDAL drivers, in a process that has not loaded GDAL yet.

GDAL asks every driver whether it knows a file, whatever the file is called, and ``allowed_drivers=`` of its Python
bindings is not honoured. What GDAL does honour is ``GDAL_SKIP``, read when it starts. The names to skip differ from
build to build, so a short-lived child process loads GDAL and lists them.
"""

import os
import sys
from collections.abc import Iterable

from eradication.errors import N_, RefusedInput


def allow_only(drivers: Iterable[str], library: str) -> None:
    """Switch off every GDAL driver but ``drivers``, then load ``library`` (``pyogrio`` or ``rasterio``).

    Raises:
        RefusedInput: ``driver_list``: a driver outside the list stayed in force.
    """
    allowed = set(drivers)
    os.environ["GDAL_SKIP"] = ",".join(sorted(_every_driver(library) - allowed))
    left = _loaded(library)
    if left - allowed or not left:
        raise RefusedInput(
            "driver_list",
            N_("The file was not opened: the list of allowed drivers could not be enforced ({left})."),
            values={"left": ", ".join(sorted(left - allowed))},
        )


def _loaded(library: str) -> set[str]:
    if library == "pyogrio":
        # It loads these when it finds them, which takes longer than reading most files does; no reader uses them.
        hidden = {name: None for name in _TABLES if name not in sys.modules}
        sys.modules.update(hidden)  # type: ignore[arg-type]  # None = "not there"
        import pyogrio

        for name in hidden:
            del sys.modules[name]  # another library may look for them: Arrow does
        return set(pyogrio.list_drivers())
    from rasterio import Env

    with Env() as environment:
        return set(environment.drivers())


def _every_driver(library: str) -> set[str]:
    if not hasattr(os, "fork"):
        # GDAL cannot be asked without loading it for good: name the drivers that reach other files or addresses.
        return set(_REACHING)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            sys.modules.update(dict.fromkeys(_UNNEEDED, None))  # type: ignore[arg-type]  # None = "not there"
            os.write(writing, "\n".join(_loaded(library)).encode())
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        names = pipe.read().decode().split("\n")
    if os.waitpid(child, 0)[1] != 0:
        sys.exit("GDAL could not list its drivers")
    return set(names) | set(_REACHING)


_TABLES = ("geopandas", "pandas")
# What the libraries load beside GDAL when they find it; to list drivers it is dead weight.
_UNNEEDED = (*_TABLES, "shapely", "pyarrow", "matplotlib")

_REACHING = (
    "AmigoCloud", "Carto", "COG", "CSW", "DAAS", "EEDA", "EEDAI", "Elastic", "GDALG", "GTI", "HTTP", "MBTiles",
    "MongoDBv3",
    "MSSQLSpatial", "MySQL", "NGW", "OAPIF", "ODBC", "OGCAPI", "OGR_GMT", "OGR_VRT", "PLMOSAIC", "PLSCENES",
    "PostGISRaster", "PostgreSQL", "STACIT", "STACTA", "VRT", "WCS", "WEBP", "WFS", "WMS", "WMTS",
)  # fmt: skip
