"""Clouds found by a detector instead of the archive.

The detector here is a stand-in: the real package's weights are out of reach of the tests, so they show only that its
answer lands on the right pixels, not how good it is.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from imagery_factory import Item, Place, write_catalog

from eradication.config import Imagery, Settings
from eradication.domain import Season
from eradication.errors import UnusableInput
from eradication.ingest import cloudmask, imagery
from eradication.raster import Window

SEASON = Season(2025)
PLACE = Place()
WITH_DETECTOR = replace(Settings(), imagery=Imagery(cloud_mask="stand-in", dilate_px=0))


def stand_in(reflectance: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """Answers in the words of the real package: bright red is thick cloud, dark near infrared is shadow."""
    red, _, nir = reflectance
    return np.select([red > 0.4, (nir > 0) & (nir < 0.05)], [1, 3], 0)[np.newaxis]


@pytest.fixture
def _detector(monkeypatch: pytest.MonkeyPatch) -> None:
    cloudmask.detector.cache_clear()
    monkeypatch.setitem(cloudmask.DETECTORS, "stand-in", lambda: cloudmask.OmniCloudMask(stand_in))


def catalog(folder: Path) -> str:
    shape = (PLACE.rows, PLACE.columns)
    red, green, nir = (np.full(shape, value, np.uint16) for value in (500, 700, 3000))
    red[3, 4], nir[10, 12], red[20, 20] = 5000, 300, 0
    item = Item("cloudy", "2026-01-05T03:40:00Z", {"red": red, "green": green, "nir": nir}, PLACE)
    return str(write_catalog(folder, [item]))


@pytest.mark.usefixtures("_detector")
def test_clouds_shadows_and_unknown_pixels_of_a_detector_are_not_used(tmp_path: Path) -> None:
    cube = imagery.load(catalog(tmp_path), SEASON, settings=WITH_DETECTOR)
    masked = np.argwhere(cube.clear[0] == 0).tolist()
    assert masked == [[3, 4], [10, 12], [20, 20]]
    assert cube.scl_masked


@pytest.mark.usefixtures("_detector")
def test_a_detector_gives_the_same_mask_for_any_window(tmp_path: Path) -> None:
    archive = imagery.find(catalog(tmp_path), SEASON, settings=WITH_DETECTOR)
    whole = imagery.read(archive).clear
    part = imagery.read(archive, Window(2, 4, 12, 10)).clear
    np.testing.assert_array_equal(part, whole[:, 2:14, 4:14])


def test_an_unknown_detector_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    settings = replace(Settings(), imagery=Imagery(cloud_mask="crystal-ball"))
    with pytest.raises(UnusableInput) as caught:
        imagery.load(str(tmp_path / "nothing.json"), SEASON, settings=settings)
    assert caught.value.kind == "no_cloud_mask"
    assert "crystal-ball" in str(caught.value)


def test_a_detector_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    cloudmask.detector.cache_clear()
    monkeypatch.setitem(__import__("sys").modules, "omnicloudmask", None)
    with pytest.raises(UnusableInput) as caught:
        cloudmask.detector("omnicloudmask")
    assert "omnicloudmask" in str(caught.value)
