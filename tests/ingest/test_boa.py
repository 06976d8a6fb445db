"""The offset of Sentinel-2 is applied exactly once, or the item is not used."""

import json
from pathlib import Path

import numpy as np
import pystac
import pytest
from imagery_factory import Place, scene

from eradication.config import Imagery
from eradication.ingest import boa
from eradication.ingest.bands import BandAsset, resolve

PLACE = Place()
FLAG = "earthsearch:boa_offset_applied"


def item(name: str = "item", **properties: object) -> pystac.Item:
    document = {
        "type": "Feature",
        "stac_version": "1.0.0",
        "id": name,
        "geometry": None,
        "properties": {"datetime": "2026-01-05T03:40:00Z", **{k.replace("__", ":"): v for k, v in properties.items()}},
        "links": [],
        "assets": {},
    }
    return pystac.Item.from_dict(document, preserve_dict=False)


def band(scale: float | None = None, offset: float | None = None) -> BandAsset:
    return BandAsset("red", "red", "red.tif", scale=scale, offset=offset)


@pytest.mark.parametrize(
    ("properties", "asset", "offset", "rule"),
    [
        ({"earthsearch__boa_offset_applied": True}, band(1e-4, -0.1), 0.0, FLAG),
        ({"earthsearch__boa_offset_applied": False}, band(1e-4, 0.0), -0.1, FLAG),
        ({"earthsearch__boa_offset_applied": True, "s2__processing_baseline": "05.11"}, band(), 0.0, FLAG),
        ({"earthsearch__boa_offset_applied": False, "s2__processing_baseline": "05.11"}, band(), -0.1, FLAG),
        ({"earthsearch__boa_offset_applied": False, "s2__processing_baseline": "02.12"}, band(), 0.0, FLAG),
        ({"sentinel__boa_offset_applied": True}, band(), 0.0, "sentinel:boa_offset_applied"),
        ({"s2__processing_baseline": "02.12"}, band(1e-4, -0.1), -0.1, "raster:bands"),
        ({"s2__processing_baseline": "05.09"}, band(1e-4, 0.0), 0.0, "raster:bands"),
        ({"s2__processing_baseline": "05.09"}, band(), -0.1, "baseline"),
        ({"s2__processing_baseline": "04.00"}, band(1e-4), -0.1, "baseline"),
        ({"s2__processing_baseline": "03.01"}, band(), 0.0, "baseline"),
        ({"processing__version": "05.10"}, band(), -0.1, "baseline"),
        ({"s2__product_uri": "S2A_MSIL2A_20230701T103631_N0509_R008_T31UFU.SAFE"}, band(), -0.1, "product name"),
    ],
)  # fmt: skip
def test_the_first_statement_in_the_order_of_precedence_decides(
    properties: dict[str, object], asset: BandAsset, offset: float, rule: str
) -> None:
    assert boa.calibrate(item(**properties), asset, "uint16") == boa.Calibration(1e-4, offset, rule)


def test_an_item_that_says_nothing_has_no_rule() -> None:
    assert boa.calibrate(item(), band(), "uint16") is None
    assert boa.calibrate(item(s2__processing_baseline="unknown"), band(), "uint16") is None
    assert boa.calibrate(item(earthsearch__boa_offset_applied="yes"), band(), "uint16") is None


def test_reflectance_in_floating_point_is_taken_as_it_is() -> None:
    assert boa.calibrate(item(), band(), "float32") == boa.Calibration(1.0, 0.0, "reflectance")
    assert boa.calibrate(item(s2__processing_baseline="05.09"), band(), "float32") == boa.Calibration(
        1.0, 0.0, "reflectance"
    )
    assert boa.calibrate(item(), band(scale=1e-4), "float32") == boa.Calibration(1e-4, 0.0, "reflectance")


def test_real_items_get_the_offset_of_their_baseline(shared_data: Path) -> None:
    seen = set()
    for path in sorted((shared_data / "stac" / "stactools-sentinel2" / "tests").rglob("expected_output.json")):
        real = pystac.Item.from_dict(json.loads(path.read_text()), migrate=True, preserve_dict=False)
        if real.properties["s2:product_type"] == "S2MSI1C":
            continue
        version, _ = boa.baseline(real)
        assert version is not None
        red = resolve(real)["red"]
        stated = boa.calibrate(real, red, "uint16")
        by_baseline = boa.calibrate(real, BandAsset("red", "red", "red.tif"), "uint16")
        assert stated is not None
        assert by_baseline is not None
        assert stated.rule == "raster:bands"
        assert by_baseline.offset == (-0.1 if version >= (4, 0) else 0.0)
        # One of these real items states -0.7: the metadata alone would be believed, its pixels would not.
        assert stated.offset in (by_baseline.offset, -0.7)
        seen.add(version)
    assert seen >= {(2, 12), (2, 14), (4, 0), (5, 0), (5, 9), (5, 10)}


def test_an_old_and_a_new_item_without_stated_offset_follow_their_baseline(shared_data: Path) -> None:
    path = shared_data / "stac" / "odc-stac" / "S2B_MSIL2A_20190629T212529_R043_T06VVN_20201006T080531.json"
    old = pystac.Item.from_dict(json.loads(path.read_text()), migrate=True, preserve_dict=False)
    assert boa.calibrate(old, resolve(old)["red"], "uint16") == boa.Calibration(1e-4, 0.0, "baseline")
    bare = shared_data / "stac" / "odc-stac" / "S2A_28QCH_20200714_0_L2A.json"
    silent = pystac.Item.from_dict(json.loads(bare.read_text()), migrate=True, preserve_dict=False)
    assert boa.calibrate(silent, resolve(silent)["red"], "uint16") is None


def judged(
    error: float, *, classes: bool = True, place: Place = PLACE, forest: float = 0.6, haze: float = 0.0, seed: int = 0
) -> str:
    """Judge a scene whose reflectance is off by ``error``."""
    truth = scene(place, seed, forest, haze)
    vegetation = truth.pop("vegetation").ravel() > 0
    bands = {name: (values + error).ravel().astype(np.float32) for name, values in truth.items()}
    return boa.judge_pixels(bands, vegetation if classes else None, Imagery()).verdict


@pytest.mark.parametrize("classes", [True, False])
@pytest.mark.parametrize("forest", [0.15, 0.6, 0.95])
def test_both_wrong_offsets_are_seen_and_the_right_one_agrees(classes: bool, forest: float) -> None:
    assert judged(0.0, classes=classes, forest=forest) == "agrees"
    assert judged(-0.1, classes=classes, forest=forest) == "applied_twice"
    assert judged(+0.1, classes=classes, forest=forest) == "not_applied"


@pytest.mark.parametrize("seed", range(20))
def test_a_right_offset_is_never_doubted(seed: int) -> None:
    forest = (seed % 5) / 5 + 0.05
    assert judged(0.0, seed=seed, forest=forest) == "agrees"
    assert judged(0.0, seed=seed, forest=forest, classes=False) == "agrees"


def test_haze_over_the_whole_scene_is_not_taken_for_a_missing_offset() -> None:
    hazy = scene(PLACE, haze=0.12)
    assert np.percentile(hazy["red"], 5) > 0.10
    assert judged(0.0, haze=0.12) == "agrees"


def test_without_short_wave_infrared_brightness_is_not_judged_but_values_below_zero_are() -> None:
    for error, verdict in ((0.0, "untested"), (0.1, "untested"), (-0.1, "applied_twice")):
        truth = scene(PLACE)
        bands = {name: (truth[name] + error).ravel().astype(np.float32) for name in ("red", "nir")}
        assert boa.judge_pixels(bands, None, Imagery()).verdict == verdict


def test_a_small_scene_says_nothing() -> None:
    tiny = Place(rows=8, columns=9)
    assert {judged(error, place=tiny) for error in (0.0, 0.1)} == {"untested"}


def test_a_scene_without_leaves_is_only_judged_by_values_below_zero() -> None:
    rng = np.random.default_rng(0)
    soil = {"red": 0.14, "nir": 0.23, "swir16": 0.30, "swir22": 0.25}
    bands = {n: (v * (1 + 0.1 * rng.standard_normal(2000))).astype(np.float32) for n, v in soil.items()}
    brighter = {name: values + np.float32(0.1) for name, values in bands.items()}
    much_darker = {name: values - np.float32(0.7) for name, values in bands.items()}
    assert boa.judge_pixels(bands, None, Imagery()).verdict == "untested"
    assert boa.judge_pixels(brighter, None, Imagery()).verdict == "untested"
    assert boa.judge_pixels(much_darker, None, Imagery()).verdict == "applied_twice"


def test_dry_grass_is_not_taken_for_a_forest_that_is_too_bright() -> None:
    rng = np.random.default_rng(0)
    grass = {"red": 0.13, "nir": 0.36, "swir16": 0.36, "swir22": 0.28}
    bands = {n: (v * (1 + 0.03 * rng.standard_normal(3000))).astype(np.float32) for n, v in grass.items()}
    assert boa.judge_pixels(bands, np.ones(3000, bool), Imagery()).verdict == "untested"


def test_without_red_or_infrared_nothing_is_judged() -> None:
    only_red = {"red": np.full(1000, -0.2, np.float32)}
    assert boa.judge_pixels(only_red, None, Imagery()).verdict == "untested"


def test_counts_taken_for_reflectance_are_seen() -> None:
    counts = {"red": np.full(50, 400, np.float32), "nir": np.full(50, 3000, np.float32)}
    assert boa.judge_pixels(counts, None, Imagery()).verdict == "not_reflectance"


def test_thresholds_are_settings() -> None:
    def verdict(error: float, settings: Imagery) -> str:
        forest = {"red": 0.03, "nir": 0.30, "swir16": 0.15, "swir22": 0.06}
        soil = {"red": 0.14, "nir": 0.23, "swir16": 0.30, "swir22": 0.25}
        bands = {n: (np.repeat([forest[n], soil[n]], [400, 3000]) + error).astype(np.float32) for n in forest}
        return boa.judge_pixels(bands, None, settings).verdict

    assert verdict(-0.1, Imagery()) == "applied_twice"
    assert verdict(-0.1, Imagery(negative_share=1.0)) == "agrees"
    assert verdict(0.1, Imagery()) == "not_applied"
    assert verdict(0.1, Imagery(dark_forest_red=0.2)) == "agrees"
