"""Reader of images of drones: a GeoTIFF becomes a cloud-optimised one. Runs only in the sandbox's worker.

What tiles are cut from afterwards was so written by our own encoder; nothing is resampled, and no value changes.
"""

from pathlib import Path

import rasterio
import rasterio.shutil
from rasterio.errors import RasterioError

from eradication.domain import Json
from eradication.errors import N_, RefusedInput

STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_CACHE_MB = 256


def read(path: Path, options: dict[str, Json]) -> None:
    """Write ``options["output"]`` beside the file.

    Raises:
        RefusedInput: ``unreadable``.
    """
    with path.open("rb") as file:
        if not file.read(4).startswith(STARTS):
            raise RefusedInput("unreadable", N_("This is not a TIFF file."))
    alone = {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "GDAL_PAM_ENABLED": "NO", "GDAL_CACHEMAX": _CACHE_MB}
    try:
        with rasterio.Env(**alone), rasterio.open(path, driver="GTiff") as opened:
            how = {"driver": "COG", "compress": "DEFLATE", "predictor": "YES", "bigtiff": "IF_SAFER"}
            rasterio.shutil.copy(opened, str(options["output"]), **how)
    except RasterioError as error:
        message = N_("The image cannot be read: {error}.")
        raise RefusedInput("unreadable", message, values={"error": str(error)[:200]}) from None
