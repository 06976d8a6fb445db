"""Closed walks of patrols are found again by the plot they go round."""

from datetime import UTC, datetime

from eradication.domain import Event, EventKind, Season
from eradication.domain.event import GENESIS
from eradication.geo import disc
from eradication.history.payload import geojson
from eradication.pipeline.walked_round import Rounds

PLACE = (104.6, 20.8)


def walk(name, at, area, when=datetime(2026, 2, 1, tzinfo=UTC), crossings=0):
    perimeter = {"outline": geojson(disc(*at, area)), "area_m2": area, "area_se_m2": 30.0, "crossings": crossings}
    body = {"patrol": {"id": name, "perimeters": [perimeter]}}
    return Event("o", 1, EventKind.PATROL_RECORDED, when, when, body, GENESIS, name)


def test_the_walk_that_fits_best_is_taken_with_its_error():
    events = [walk("wide", PLACE, 1500.0), walk("own", PLACE, 420.0, crossings=2), walk("far", (104.7, 20.8), 400.0)]
    found = Rounds.of(events, Season(2025), 0.2).round(disc(*PLACE, 400.0))
    assert (found.what, found.se_m2, found.crossings) == ("own", 30.0, 2)


def test_a_walk_of_another_season_or_round_something_larger_is_none_of_the_plot():
    events = [walk("old", PLACE, 400.0, datetime(2025, 2, 1, tzinfo=UTC)), walk("valley", PLACE, 90_000.0)]
    assert Rounds.of(events, Season(2025), 0.2).round(disc(*PLACE, 400.0)) is None
