"""Dangerous areas: which are in force on a day, and what is wrong with a file of them."""

from datetime import UTC, date, datetime

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from eradication.errors import RefusedInput
from eradication.routing import hazards
from eradication.routing.hazards import Kind

HERE = shapely.box(400_000, 2_370_000, 400_500, 2_370_500)
days = st.dates(date(2026, 1, 1), date(2026, 12, 31))


def one(shape=HERE, **fields):
    return hazards.read([shape], [fields])[0]


@settings(deadline=None)
@given(days, days, days)
def test_a_hazard_holds_from_its_first_day_to_its_last_and_no_other(first, last, day):
    if first > last:
        first, last = last, first
    hazard = one(kind="mine", valid_from=first.isoformat(), valid_to=last.isoformat())
    assert hazard.holds_on(day) == (first <= day <= last)
    assert one(valid_from=first).holds_on(day) == (first <= day)
    assert one(valid_to=last).holds_on(day) == (day <= last)
    assert one().holds_on(day)


def test_those_of_a_day_are_merged_with_their_buffers():
    read = hazards.read(
        [HERE, shapely.Point(401_000, 2_370_250), HERE.buffer(9)],
        [{"kind": "mine"}, {"kind": "flood", "buffer_m": "100"}, {"kind": "other", "valid_to": "2026-10-31"}],
    )
    area = hazards.keep_out(read, date(2026, 11, 1))
    assert area.area == pytest.approx(500**2 + 31_365, rel=1e-3)
    assert area.contains(shapely.Point(401_090, 2_370_250))
    assert [hazard.kind for hazard in hazards.in_force(read, date(2026, 11, 1))] == [Kind.MINE, Kind.FLOOD]
    assert hazards.keep_out([], date(2026, 11, 1)).is_empty


@pytest.mark.parametrize(
    ("fields", "kind", "name"),
    [
        ({"kind": "mine"}, Kind.MINE, "mine"),
        ({"kind": "Sạt lở", "name": "Dốc Cun"}, Kind.LANDSLIDE, "Dốc Cun"),
        ({"kind": "Sa\u0323t lo\u031b\u0309"}, Kind.LANDSLIDE, "landslide"),
        ({"kind": "wild bees"}, Kind.OTHER, "wild bees"),
        ({"kind": "wild bees", "name": "Dốc Cun"}, Kind.OTHER, "wild bees: Dốc Cun"),
        ({"kind": "mines", "name": "Bãi Cũ"}, Kind.MINE, "Bãi Cũ"),
        ({"kind": None}, Kind.OTHER, "other"),
        ({}, Kind.OTHER, "other"),
    ],
)
def test_kinds_are_read_in_both_languages_and_unknown_ones_keep_their_word(fields, kind, name):
    assert (one(**fields).kind, one(**fields).name) == (kind, name)


def test_files_say_nothing_in_several_ways():
    for nothing in (None, "", "  ", float("nan")):
        hazard = one(valid_from=nothing, valid_to=nothing, buffer_m=nothing, name=nothing, kind=nothing)
        assert (hazard.valid_from, hazard.valid_to, hazard.shape) == (None, None, HERE)


def test_a_day_may_come_with_a_time():
    assert one(valid_from=datetime(2026, 3, 5, 7, tzinfo=UTC)).valid_from == date(2026, 3, 5)
    assert one(valid_from="2026-03-05T07:00:00").valid_from == date(2026, 3, 5)


@pytest.mark.parametrize(
    ("shape", "fields"),
    [
        (HERE, {"valid_from": "05/03/2026"}),
        (HERE, {"valid_to": "2026-02-30"}),
        (HERE, {"valid_from": "2026-03-05", "valid_to": "2026-03-04"}),
        (HERE, {"buffer_m": "-1"}),
        (HERE, {"buffer_m": "wide"}),
        (HERE, {"buffer_m": "inf"}),
        (shapely.Polygon(), {}),
        (None, {}),
        (shapely.Point(float("nan"), 0), {"buffer_m": 5}),
        (shapely.Point(1, 1), {}),
        (shapely.LineString([(0, 0), (9, 9)]), {"buffer_m": 0}),
    ],
)
def test_what_cannot_be_read_is_told_with_the_number_of_the_feature(shape, fields):
    with pytest.raises(RefusedInput) as error:
        hazards.read([HERE, shape, HERE, shape], [{}, fields, {}, fields], "nguy-hiem.gpkg")
    assert error.value.kind == "bad_hazard"
    assert error.value.where == "nguy-hiem.gpkg: 2, 4"
    assert "2" in str(error.value)
    assert error.value.hint
    assert "{" not in str(error.value)


def test_an_outline_that_crosses_itself_is_mended_not_lost():
    bow = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    assert one(bow).shape.area == pytest.approx(5000)
