"""The stored table: what PROSAIL says, and what the simulator must be able to rely on."""

import json
from importlib import resources

import numpy as np
import pytest

from eradication.raster import BANDS
from eradication.simulation.phenology import CROPS, poppy_calendar
from eradication.simulation.plots import BEFORE, COLOURS
from eradication.simulation.reflectance import table


def test_every_state_that_a_calendar_names_is_in_the_table():
    calendars = [variant for variants in CROPS.values() for variant in variants]
    calendars += [poppy_calendar(before, colour) for before in BEFORE.values() for colour in COLOURS]
    named = {state for calendar in calendars for _, state in calendar.frames}
    assert named <= set(table().names)


def test_every_calendar_runs_forward():
    for variants in CROPS.values():
        for variant in variants:
            days = [day for day, _ in variant.frames]
            assert days == sorted(set(days))


def test_reflectance_is_physical():
    values = table().values
    assert values.shape == (len(table().names), len(BANDS))
    assert values.min() > 0.0
    assert values.max() < 0.8


def test_green_leaves_are_dark_in_red_and_bright_in_infrared():
    spectrum = dict(zip(BANDS, table().spectrum("forest"), strict=True))
    assert spectrum["red"] < 0.04
    assert spectrum["nir"] > 0.3
    assert spectrum["swir16"] < spectrum["nir"]


def test_bloom_brightens_the_visible_and_holds_the_infrared():
    bud, bloom = (dict(zip(BANDS, table().spectrum(f"poppy_{s}"), strict=True)) for s in ("bud", "bloom_white"))
    assert bloom["blue"] > bud["blue"] + 0.05
    assert abs(bloom["nir"] / bud["nir"] - 1.0) < 0.25


def test_yellow_mustard_separates_from_white_poppy_by_the_yellowness_index():
    def ndyi(name: str) -> float:
        s = dict(zip(BANDS, table().spectrum(name), strict=True))
        return (s["green"] - s["blue"]) / (s["green"] + s["blue"])

    assert ndyi("mustard_bloom") > ndyi("poppy_bloom_white") + 0.1


def test_the_table_says_how_it_was_made():
    text = resources.files("eradication.simulation").joinpath("spectra.json").read_text(encoding="utf-8")
    document = json.loads(text)
    assert document["title"] == "mô phỏng / simulated"
    assert "PROSPECT" in document["method"]
    assert all("lai" in cover["parameters"] for cover in document["covers"].values())


@pytest.mark.slow
def test_the_stored_table_is_what_prosail_computes():
    pytest.importorskip("prosail", reason="needs the extra `simulation`")
    from eradication.simulation import spectra

    text = resources.files("eradication.simulation").joinpath("spectra.json").read_text(encoding="utf-8")
    stored = json.loads(text)["covers"]
    assert set(stored) == set(spectra.COVERS)
    for name in ("forest", "poppy_bloom_pink", "mustard_full", "bare_dry"):
        computed = spectra.compute(spectra.COVERS[name])
        assert [computed[b] for b in BANDS] == pytest.approx([stored[name]["reflectance"][b] for b in BANDS], abs=2e-5)


def test_a_state_can_be_asked_for_by_name():
    assert table().spectrum("coffee") == pytest.approx(table().values[table().names.index("coffee")])
    assert np.isfinite(table().values).all()
