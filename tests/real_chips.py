"""Real Sentinel-2 chips wrapped as STAC items. Nothing in them is poppy."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy.typing as npt
import rasterio
from imagery_factory import Item, Place

EPOCH = datetime(1990, 1, 1, tzinfo=UTC)
"""Times of these files are days since then."""

WORLDCEREAL_BANDS = ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B11", "B12")
FUSETS = (
    "fusets_BIDS_demo_raw_s2_ndvi_field.nc",
    "fusets_BIDS_workshop_raw_s2_ndvi_field.nc",
    "fusets_FOSS4G_demo_raw_s2_ndvi_field.nc",
)


def series(path: Path, variable: str) -> tuple[npt.NDArray[Any], list[datetime], Place]:
    """Read one variable of a NetCDF file: values (time, y, x), times and place."""
    with rasterio.open(f"netcdf:{path}:{variable}") as source:
        days = source.tags()["NETCDF_DIM_t_VALUES"].strip("{}").split(",")
        place = Place(
            source.transform.c, source.transform.f, source.height, source.width, rasterio.crs.CRS(source.crs).to_epsg()
        )
        return source.read(), [EPOCH + timedelta(days=int(day)) for day in days], place


def worldcereal(shared_data: Path) -> list[Item]:
    path = shared_data / "imagery" / "worldcereal_preprocessed_inputs.nc"
    read = {band: series(path, f"S2-L2A-{band}") for band in WORLDCEREAL_BANDS}
    _, times, place = read["B02"]
    return [
        Item(
            f"month-{when:%Y-%m}",
            when.isoformat(),
            {band: values[number] for band, (values, _, _) in read.items()},
            place,
            properties={"eradication:composite": "month"},
            raster_bands={"scale": 0.0001, "offset": 0, "nodata": 65535},
            names={band: f"S2-L2A-{band}" for band in read},
            nodata=65535,
        )
        for number, when in enumerate(times)
    ]


def fusets(path: Path) -> list[Item]:
    read = {band: series(path, band) for band in ("B04", "B08", "SCL")}
    _, times, place = read["B04"]
    names = {"B04": "red", "B08": "nir", "SCL": "scl"}
    return [
        Item(
            f"{path.stem}-{when:%Y%m%d}",
            when.isoformat(),
            {names[band]: values[number] for band, (values, _, _) in read.items()},
            place,
            properties={"s2:processing_baseline": "02.12"},
            raster_bands={"scale": 0.0001, "offset": 0},
            nodata=float("nan"),
        )
        for number, when in enumerate(times)
    ]
