"""NDVI of real chips against what their producers computed from the same counts with another program (openEO)."""

from pathlib import Path

import numpy as np
import pytest
from imagery_factory import write_catalog
from real_chips import FUSETS, fusets, series

from eradication.config import Settings
from eradication.domain import Season
from eradication.ingest import imagery

TOLERANCE = 1e-6
"""Both sides are float32; measured, they differ by 1.2e-7 at most, a last bit."""


@pytest.mark.parametrize("name", FUSETS)
def test_ndvi_by_date_is_the_one_delivered_with_the_chip(shared_data: Path, tmp_path: Path, name: str) -> None:
    """The masks agree entirely: no pixel is known to one side alone.

    That says little of our own mask, for the producers blanked counts and scene classes by theirs before delivery. Two
    seasons cover every date of a chip.
    """
    delivered, dates, _ = series(shared_data / "imagery" / name, "NDVI")
    days = [f"{date:%Y-%m-%d}" for date in dates]
    catalog = str(write_catalog(tmp_path, fusets(shared_data / "imagery" / name)))
    compared = np.zeros(delivered.shape, bool)
    for start in (2018, 2019):
        cube = imagery.load(catalog, Season(start), settings=Settings())
        assert not cube.failed
        red, nir = cube.reflectance("red"), cube.reflectance("nir")
        for number, time in enumerate(cube.times):
            day = days.index(str(time)[:10])
            own = (nir[number] - red[number]) / (nir[number] + red[number])
            np.testing.assert_array_equal(np.isfinite(own), np.isfinite(delivered[day]))
            np.testing.assert_allclose(own, delivered[day], rtol=0, atol=TOLERANCE)
            compared[day] |= np.isfinite(own)
    np.testing.assert_array_equal(compared, np.isfinite(delivered))
    assert compared.sum() > 10_000
