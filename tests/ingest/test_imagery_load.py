"""Loading a season of imagery: what is read, where it lands, what is left out and why."""

import dataclasses
from pathlib import Path

import numpy as np
from imagery_factory import Item, Place, coded, write_catalog

from eradication.config import Imagery, Settings
from eradication.domain import Season
from eradication.ingest import imagery

SEASON = Season(2025)
SETTINGS = Settings()
NO_WIDENING = dataclasses.replace(SETTINGS, imagery=Imagery(dilate_px=0))


def coded_item(number: int, when: str, place: Place | None = None, bands: tuple[str, ...] = ("blue", "nir")) -> Item:
    place = place or Place()
    return Item(f"item-{number}", when, {b: coded(number, k, place) for k, b in enumerate(bands)}, place)


def reflectance(counts: np.ndarray) -> np.ndarray:
    return counts.astype(np.float32) * np.float32(1e-4)


def test_values_land_on_their_own_pixels_without_resampling(tmp_path: Path) -> None:
    items = [coded_item(1, "2026-01-05T03:40:00Z"), coded_item(0, "2025-11-05T03:40:00Z")]
    cube = imagery.load(str(write_catalog(tmp_path, items)), SEASON, settings=SETTINGS)
    assert cube.used == ("item-0", "item-1")
    assert cube.times.tolist() == [
        np.datetime64("2025-11-05T03:40", "ns").item(),
        np.datetime64("2026-01-05T03:40", "ns").item(),
    ]
    assert tuple(cube.geobox.affine)[:6] == (10, 0, 386_400, 0, -10, 2_358_800)
    assert cube.geobox.crs.to_epsg() == 32648
    assert set(cube.bands) == {"blue", "nir"}
    for number in (0, 1):
        for band, name in enumerate(("blue", "nir")):
            expected = reflectance(coded(number, band, Place()))
            np.testing.assert_allclose(cube.bands[name][number], expected, atol=1e-7)
    assert cube.bands["nir"].dtype == np.float32
    assert not cube.failed
    assert not cube.scl_masked
    assert cube.suspect is None
    assert not cube.simulated
    assert cube.facts["missing_bands"][:2] == ["green", "red"]
