"""The picture of a track: small, the same every time, honest about what it leaves out, and without a coordinate."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eradication.domain import MARKS, Fixes, Waypoint
from eradication.i18n import translator
from eradication.report.track_lines import Sheet
from eradication.report.track_picture import LONGEST_BYTES, Walk, draw


def fixes(lon, lat, mark=None):
    n = len(lon)
    none = np.full(n, np.nan)
    return Fixes(
        lon=np.asarray(lon, float),
        lat=np.asarray(lat, float),
        ele_m=none.astype(np.float32),
        time_s=none,
        accuracy_m=none.astype(np.float32),
        hdop=none.astype(np.float32),
        mark=np.zeros(n, np.uint8) if mark is None else np.asarray(mark, np.uint8),
    )


def picture(*segments, waypoints=(), simulated=False, language="en"):
    return draw(Walk(segments, waypoints, simulated), language, translator(language))


def texts(svg):
    return [e.text for e in ElementTree.fromstring(svg).iter() if e.tag.endswith("}text")]


WALK = fixes([104.0, 104.001, 104.002, 104.002], [21.0, 21.0, 21.001, 21.002], [0, 0, MARKS.index("spike"), 0])


def test_the_legend_counts_what_was_kept_and_each_mark_in_words():
    said = texts(picture(WALK, waypoints=[Waypoint(104.001, 21.0, None, "Nhà ông A", "")]))
    assert said[0] == "Track: 3 fixes kept of 4"
    assert {"kept: 3", "spike: 1", "waypoints: 1", "start", "end", "N"} <= set(said)
    assert not any("Nhà" in text for text in said)


def test_the_same_track_gives_the_same_bytes_and_simulated_ones_say_so():
    assert picture(WALK) == picture(WALK)
    assert "SIMULATED" not in picture(WALK)
    assert "SIMULATED" in picture(WALK, simulated=True)


def test_north_is_up_and_east_is_right():
    sheet = Sheet.round(np.array([104.0, 104.1]), np.array([21.0, 21.1]), (0.0, 0.0, 100.0))
    (west, south), (east, north) = sheet.place(np.array([104.0, 104.1]), np.array([21.0, 21.1])).tolist()
    assert (west < east, north < south) == (True, True)


@pytest.mark.parametrize(("metres", "bar"), [(100.0, "20 m"), (3_000.0, "1 km"), (90_000.0, "20 km")])
def test_the_scale_bar_is_a_round_length(metres, bar):
    degrees = metres / 111_195
    assert bar in texts(picture(fixes([104.0, 104.0], [21.0, 21.0 + degrees])))


def test_the_scale_bar_is_as_long_as_it_says():
    metres, units = Sheet.round(np.array([104.0]), np.array([21.0]), (0.0, 0.0, 320.0)).bar()
    assert (metres, units) == (20.0, pytest.approx(20 / (1.12 * 60) * 320))


def test_a_far_outlier_does_not_shrink_the_walk_and_is_told():
    marks = [0, 0, MARKS.index("spike"), MARKS.index("bad_coordinates")]
    said = texts(picture(fixes([104.0, 104.001, 110.0, 500.0], [21.0, 21.0, 30.0, 95.0], marks)))
    assert {"spike: 1", "not in the picture: 2", "20 m"} <= set(said)


def test_nothing_at_all_is_a_picture_too():
    assert texts(picture()) == ["Track: 0 fixes kept of 0"]
    assert "not in the picture: 1" in texts(picture(fixes([np.nan], [np.nan], [1])))


def test_breaks_are_dashed_and_not_walked():
    svg = picture(fixes([104.0, 104.001], [21.0, 21.0]), fixes([104.01, 104.011], [21.0, 21.0]))
    assert "gap, or driven" in texts(svg)
    assert svg.count("stroke-dasharray") == 2  # the line and its legend


@settings(max_examples=12)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(2, 30_000),
    st.integers(1, 300),
    st.floats(1e-6, 1.0),
    st.sampled_from(["vi", "en"]),
)
def test_any_track_is_small_plain_and_names_no_place(seed, n, pieces, step, language):
    draw_from = np.random.default_rng(seed)
    lon = 104 + np.cumsum(draw_from.normal(0, step / 100, n))
    lat = np.clip(21 + np.cumsum(draw_from.normal(0, step / 100, n)), -89, 89)
    mark = draw_from.integers(0, len(MARKS), n) * (draw_from.random(n) < 0.5)
    parts = np.array_split(np.arange(n), pieces)
    points = [Waypoint(float(x), float(y), None, "<b>", "") for x, y in zip(lon[:200], lat[:200], strict=True)]
    svg = picture(*(fixes(lon[p], lat[p], mark[p]) for p in parts), waypoints=points, language=language)
    assert len(svg.encode()) <= LONGEST_BYTES
    root = ElementTree.fromstring(svg)
    assert not any(key in ("style", "href", "id") or key.startswith("on") for e in root.iter() for key in e.attrib)
    assert {e.tag.rpartition("}")[2] for e in root.iter()} <= {"svg", "rect", "path", "circle", "text"}
    assert not re.search(r"nan|inf", svg.replace("font", ""))
