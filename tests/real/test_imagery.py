"""Real Sentinel-2 chips, wrapped as STAC items, go through the loader.

One holds monthly composites of nine bands without scene classes, two of its months without any data; the others are
dated series of red, near infrared and scene classes. Nothing in them is poppy.
"""

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from imagery_factory import write_catalog
from real_chips import FUSETS, fusets, worldcereal

from eradication.config import Settings
from eradication.domain import Season
from eradication.errors import UnusableInput
from eradication.ingest import imagery


def test_monthly_composites_load_and_empty_months_stay_unknown(shared_data: Path, tmp_path: Path) -> None:
    items = worldcereal(shared_data)
    catalog = str(write_catalog(tmp_path, items))
    cube = imagery.load(catalog, Season(2020), settings=Settings())
    # The window of season 2020-2021 ends on 31 May 2021: seven of the twelve months lie in it.
    months = [str(time)[:7] for time in cube.times]
    assert months == [item.when[:7] for item in items if item.when < "2021-06"]
    assert tuple(cube.bands) == (
        "blue", "green", "red", "rededge1", "rededge2", "rededge3", "nir", "swir16", "swir22",
    )  # fmt: skip
    assert cube.facts["missing_bands"] == ["nir08"]
    assert not cube.scl_masked
    assert not cube.suspect.any()
    assert cube.geobox.shape == (100, 100)
    assert cube.geobox.crs.to_epsg() == 32631
    for number, item in enumerate(items[: len(months)]):
        raw = item.bands["B08"].astype(np.float32)
        expected = np.where((raw == 65535) | (raw == 0), np.nan, raw * 1e-4)
        np.testing.assert_allclose(cube.reflectance("nir")[number], expected, atol=1e-6)
    empty = [number for number in range(len(months)) if np.isnan(cube.reflectance("nir")[number]).all()]
    assert [months[number] for number in empty] == [items[1].when[:7], items[2].when[:7]]
    assert not [f for f in cube.failed if f.reason == "offset_contradicted"]


@pytest.mark.parametrize("name", FUSETS)
@pytest.mark.parametrize("start", [2018, 2019])
def test_dated_series_load_with_the_bands_they_have(shared_data: Path, tmp_path: Path, name: str, start: int) -> None:
    items = fusets(shared_data / "imagery" / name)
    season = Season(start)
    begin, end = season.imagery_window
    within = [item for item in items if begin <= datetime.fromisoformat(item.when) < end]
    cube = imagery.load(str(write_catalog(tmp_path, items)), season, settings=Settings())
    assert not cube.failed
    assert len(cube.times) == len(within) > 5
    assert tuple(cube.bands) == ("red", "nir")
    assert "blue" in cube.facts["missing_bands"]
    assert cube.scl_masked
    assert cube.geobox.crs.to_epsg() == 32630
    for number, item in enumerate(within):
        seen = np.isfinite(cube.reflectance("red")[number])
        raw = item.bands["red"]
        np.testing.assert_allclose(cube.reflectance("red")[number][seen], raw[seen] * np.float32(1e-4), atol=1e-6)
        classes = np.nan_to_num(item.bands["scl"])
        assert not seen[np.isin(classes, Settings().imagery.mask_scl)].any()
        assert np.isnan(raw[~seen & np.isin(classes, (4, 5))]).all() or np.isin(classes, (3, 8, 9, 10)).any()


def test_another_season_of_a_real_series_is_refused_with_its_dates(shared_data: Path, tmp_path: Path) -> None:
    catalog = write_catalog(tmp_path, fusets(shared_data / "imagery" / FUSETS[0]))
    with pytest.raises(UnusableInput) as caught:
        imagery.load(str(catalog), Season(2024), settings=Settings())
    assert caught.value.kind == "no_imagery"
    assert "2019-01-27" in str(caught.value)


def test_a_real_chip_with_a_wrong_offset_is_quarantined(shared_data: Path, tmp_path: Path) -> None:
    """The same real months, once said to carry an offset they do not have, once really carrying one nobody mentions."""
    honest = worldcereal(shared_data)[3:7]
    twice, missed = worldcereal(shared_data)[3:7], worldcereal(shared_data)[3:7]
    for item in twice:
        item.raster_bands = {"scale": 0.0001, "offset": -0.1, "nodata": 65535}
    for item in missed:
        for band, values in item.bands.items():
            item.bands[band] = np.where(values == 65535, values, values + 1000).astype(np.uint16)
    season, settings = Season(2020), Settings()
    assert not imagery.load(str(write_catalog(tmp_path / "honest", honest)), season, settings=settings).failed
    for name, items in (("twice", twice), ("missed", missed)):
        catalog = write_catalog(tmp_path / name, items)
        with pytest.raises(UnusableInput) as caught:
            imagery.load(str(catalog), season, settings=settings)
        assert caught.value.kind == "no_usable_imagery"
        assert "offset_contradicted (4)" in str(caught.value)
