"""Pictures before and after: one stretch for all, pixels where they lie, the same bytes for the same pixels."""

import io
import json
from datetime import UTC, datetime

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from eradication import geo
from eradication.i18n import translator
from eradication.report import chips
from eradication.report.chips import Chip, Pair, Side

WHEN = datetime(2026, 1, 7, 3, 41, tzinfo=UTC)


def chip(rgb=None, **changes):
    rgb = np.arange(40 * 40 * 3, dtype=np.uint8).reshape(40, 40, 3) if rgb is None else rgb
    told = {"when": WHEN, "source": "Sentinel-2A · S2A_48QVH", "epsg": 32648, "west_m": 484_800.0}
    return Chip(rgb, **(told | {"north_m": 2_299_300.0, "side_m": 400.0, "simulated": False} | changes))


reflectances = st.lists(st.floats(-0.1, 1.5), min_size=3, max_size=3)


@given(reflectances, reflectances)
def test_what_is_brighter_is_never_drawn_darker_and_the_stretch_knows_nothing_else(one, other):
    alone = [chips.true_colour(*np.array(v).reshape(3, 1, 1))[0, 0] for v in (one, other)]
    together = chips.true_colour(*np.array([one, other]).T.reshape(3, 1, 2))[0]
    assert np.array_equal(together, alone), "a pixel's colour does not depend on its neighbours"
    for a, b, shown_a, shown_b in zip(one, other, *map(list, alone), strict=True):
        assert (a <= b) <= (int(shown_a) <= int(shown_b))


def test_black_white_and_what_no_image_has_are_fixed():
    told = chips.true_colour([[0.0, chips.WHITEST, 2.0, np.nan]], [[0.0, 0.28, 2.0, 0.1]], [[-0.1, 0.28, 2.0, 0.1]])
    assert told[0].tolist() == [[0] * 3, [255] * 3, [255] * 3, [chips.UNKNOWN_GREY] * 3]


def test_a_picture_is_a_png_of_its_pixels_and_always_the_same_bytes():
    one = chip()
    with Image.open(io.BytesIO(one.png), formats=("PNG",)) as image:
        assert np.array_equal(np.asarray(image), one.rgb)
    assert one.png == chip().png


def test_what_is_kept_reads_as_it_was():
    one = chip(simulated=True)
    told = Chip.from_json(json.loads(json.dumps(one.to_json())))
    assert np.array_equal(told.rgb, one.rgb)
    assert [getattr(told, n) for n in ("when", "source", "west_m", "side_m", "simulated")] == [
        getattr(one, n) for n in ("when", "source", "west_m", "side_m", "simulated")
    ]
    for damaged in ({"pixels": "AAAA"}, {"rows": 41}, {"when": "?"}):
        with pytest.raises((ValueError, TypeError)):
            Chip.from_json(one.to_json() | damaged)


@given(st.floats(20, 380), st.floats(20, 380))
def test_an_outline_is_drawn_where_it_lies_right_from_the_west_and_down_from_the_north(east, south):
    one = chip()
    x, y = one.west_m + east, one.north_m - south
    outline = geo.project(shapely.box(x - 10, y - 10, x + 10, y + 10), 32648, geo.WGS84)
    [ring] = one.rings(outline)
    across, down = np.array(ring[:-1]).T
    assert across.min() == pytest.approx((east - 10) / 400, abs=1e-4)
    assert down.min() == pytest.approx((south - 10) / 400, abs=1e-4)
    assert (across.max() - across.min(), down.max() - down.min()) == pytest.approx((0.05, 0.05), abs=1e-4)


@given(st.floats(400, 1000))
def test_the_bar_of_the_scale_has_room(side_m):
    assert 0.1 <= chip(side_m=side_m).bar_m / side_m <= 0.4


def test_a_missing_picture_says_why_and_real_images_name_whose_they_are():
    english = translator("en")
    pair = Pair(Side("before_destruction", chip()), Side("after_destruction", None, "none_later"))
    assert (pair.why, chips.nothing("no_images").why) == ("", "no_images")
    assert chips.caption(pair.before, "en", english) == "2026-01-07 · Sentinel-2A · S2A_48QVH"
    assert chips.caption(pair.after, "en", english) == "No clear image later than that."
    assert "Copernicus Sentinel data 2026" in chips.credit({"": pair}, english)
    made_up = Pair(Side("near_bloom", chip(simulated=True)), pair.after)
    assert "Copernicus" not in chips.credit({"": made_up}, english)
    assert chips.credit({"": chips.nothing("cloud")}, english) == ""
