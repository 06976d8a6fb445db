"""What the places of a plan are worth: chances that visits teach, plots of earlier seasons, prizes by hand."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
import worlds
from plan_ground import DAY, NOW, PLACES, SEASON, lonlat, planned_ground, wish

from eradication import history
from eradication.domain import Detectability, EventKind, LookAlike, ScoreKind, SelectionMode
from eradication.history.payload import visit_json
from eradication.pipeline import cells, projection
from eradication.pipeline.plans import chances, ground, looks, planning, posts, stops
from eradication.pipeline.plans.wish import Wish
from eradication.pipeline.risk import surface
from eradication.risk import posterior, reuse
from eradication.risk.confirming import ASSUMED, LEAST_VISITS, MEAN, USUAL_M2


@pytest.fixture
def office(tmp_path):
    with planned_ground(tmp_path / "ground") as workspace:
        yield workspace


def record(office, name, outcome, place, day, **more):
    """Put a visit on record."""
    when = datetime.fromisoformat(f"{day}T03:00").replace(tzinfo=UTC)
    row = worlds.visit(outcome, place, visit_id=name, unit="BP01", visited_at=when, **more)
    placed = history.place_visit(row, projection.replayed(office).plots, worlds.SETTINGS)
    told = {"plot_id": placed.plot_id, "founding": placed.founding, "code": f"VH-20-{name}", "ambiguous_with": []}
    with office.store.transaction() as transaction:
        transaction.append(EventKind.VISIT_RECORDED, when, {"visit": visit_json(row), **told})
    return placed.plot_id


def known(office, asked=None):
    own = asked or wish()
    return looks.looks(office, projection.replayed(office), own, surface.surface(office, surface.Wish(own.season)))


def simulated(office):
    """Simulated candidates all come before their visits, whenever they are put on record."""
    own = office.settings.workspace
    return replace(office, settings=replace(office.settings, workspace=replace(own, simulated=True)))


def test_without_a_visit_the_prize_of_a_candidate_is_that_of_its_class_by_hand(office):
    places = {place.score: place for place in known(office).places}
    assert {place.basis for place in places.values() if place.score} == {"assumed"}
    one = places[0.62]
    # Class B; the ten scores are 0.62 to 0.89, the usual one is 0.755; all lie on ground of the same risk.
    score = np.log(0.62 / 0.38) - np.log(0.755 / 0.245)
    assumed = ASSUMED[Detectability.B]
    odds = assumed / (1 - assumed) * np.exp(MEAN[1] * score + MEAN[3] * np.log(one.area_m2 / USUAL_M2[Detectability.B]))
    assert one.area_m2 == 500.0
    assert one.expected_m2 == pytest.approx(500.0 * odds / (1 + odds), rel=0.05)
    assert 1.3 < one.urgency < 1.6  # on 10 February capsules may be lanced, for eleven weeks more
    assert one.prize_m2 == pytest.approx(one.urgency * one.expected_m2)
    december = known(office, wish(day=DAY.replace(year=2025, month=12, day=5)))
    (early,) = [place for place in december.places if place.score == 0.62]
    assert early.urgency == pytest.approx(1.0, abs=0.03)
    april = known(office, wish(day=DAY.replace(month=4, day=20)))
    assert next(p.urgency for p in april.places if p.score == 0.62) > one.urgency + 0.5
    assert early.expected_m2 < one.expected_m2  # what was sown late is hardly to be seen then


def test_visits_by_score_teach_the_chance_of_those_nobody_visited(office):
    desk = simulated(office)
    before = {place.name: place.expected_m2 for place in known(desk).places}
    for n, outcome in enumerate(("rejected", "rejected", "rejected", "detected", "detected", "detected")):
        more = {"look_alike": LookAlike.PLUM_BLOSSOM} if outcome == "rejected" else {"area_m2": 500.0}
        place = PLACES[n if n < 3 else n + 4]
        record(desk, f"s{n}", outcome, place, "2026-02-01", selection_mode=SelectionMode.SCORE, **more)
    told = known(desk)
    after = {place.name: place for place in told.places if place.score}
    assert len(after) == 4
    assert {place.basis for place in after.values()} == {"assumed"}  # six are few, but what they teach counts
    assert told.learned["confirming"] == {"rules": {"visits": 6, "confirmed": 3, "assumed": True}}
    assert all(place.expected_m2 > before[name] for name, place in after.items())  # half were confirmed, not a tenth
    scores = sorted(after.values(), key=lambda place: place.score)
    gain = [place.expected_m2 / before[place.name] for place in scores]
    assert gain == sorted(gain)  # and the score told them apart


@pytest.mark.slow
def test_candidates_are_drawn_in_proportion_to_the_m2_expected_but_none_below_half_the_mean(office):
    expected = {place.name: place.expected_m2 for place in known(office).places if place.score}
    planning.plan(office, wish(random_share=0.3), now=NOW)
    (event,) = office.store.events(kinds=[EventKind.VISITS_CHOSEN])
    names, chance = zip(*event.payload["members"], strict=True)
    m2 = np.array([expected[name] for name in names])
    assert len(set(np.round(m2, 3))) > 1
    size = np.maximum(m2, 0.5 * m2.mean())
    assert event.payload["visits"] * size.max() < size.sum()  # nobody is certain to be drawn, so by hand:
    assert chance == pytest.approx(event.payload["visits"] * size / size.sum())


def test_a_visit_before_its_candidate_teaches_nothing(office):
    record(office, "s", "rejected", PLACES[0], "2026-01-05", look_alike=LookAlike.PLUM_BLOSSOM)
    assert known(office).learned["confirming"] == {"rules": {"visits": 0, "confirmed": 0, "assumed": True}}


def test_a_list_holds_no_more_plots_than_the_surface_believes_in_before_visits_teach(office):
    few = replace(office, settings=replace(office.settings, risk=replace(office.settings.risk, plots=0.2)))
    (usual,), (held,) = (known(desk).learned["believed"]["lists"].values() for desk in (office, few))
    believed = known(few).learned["believed"]["plots"]
    assert held["plots"] == pytest.approx(believed, abs=0.01)
    assert held["plots"] < usual["plots"] < known(office).learned["believed"]["plots"]
    pairs = zip(known(office).places, known(few).places, strict=True)
    assert all(less.expected_m2 < more.expected_m2 for more, less in pairs if more.score)
    for n in range(6):
        record(few, f"s{n}", "detected", PLACES[n], "2026-02-01", area_m2=500.0)
    (taught,) = known(simulated(few)).learned["believed"]["lists"].values()
    assert taught["plots"] > 2.0 * held["plots"]  # visits overrule the belief


@pytest.mark.slow
def test_the_cells_of_a_plan_promise_less_than_the_surface_expects_in_them(office):
    (route,) = planning.plan(office, wish(hours=6.0), now=NOW)["routes"]
    told, field = route["surface"], surface.surface(office, surface.Wish(SEASON))
    rows = [stop for stop in route["stops"] if stop["kind"] == "cell"]
    at = np.searchsorted(field.cells, [cells.number_of(stop["cell"]) for stop in rows])
    assert len(rows) > 0
    assert told["cells_left_m2"] == pytest.approx(float(field.left_m2[at].sum()), abs=0.01)
    assert 0 < told["cells_m2"] < told["cells_left_m2"] < told["left_m2"]
    for stop, n in zip(rows, at.tolist(), strict=True):
        assert stop["expected_m2"] == pytest.approx(field.left_m2[n] * stop["search_p"], abs=0.01)
        assert stop["search_m"] == office.settings.plan.cell_m


def test_a_score_that_is_a_probability_is_taken_as_it_is(office):
    told = chances.Chances({}, {"rules": (40, 1)})
    (episode, *_) = projection.replayed(office).episodes
    one = replace(episode, score=0.37, score_kind=ScoreKind.PROBABILITY)
    assert told.of(one) == (0.37, "probability")
    assert told.of(replace(episode, score=None, score_kind=None)) == (0.5, "assumed")


def test_a_chance_is_assumed_until_ten_visits_of_the_same_model_are_decided(office):
    (episode, *_) = [one for one in projection.replayed(office).episodes if one.model == "rules"]
    assert LEAST_VISITS == 10
    one = {(episode.plot.id, "rules"): 0.42}
    for own, of_another, basis in ((0, 500, "assumed"), (1, 500, "assumed"), (9, 0, "assumed"), (10, 0, "visits")):
        told = chances.Chances(one, {"rules": (own, 0), "another": (of_another, 3)}, {"rules": {}})
        assert told.of(episode) == (0.42, basis)
        assert told.told()["rules"] == {"visits": own, "confirmed": 0, "assumed": basis == "assumed"}
    assert chances.Chances(one, {"another": (500, 3)}).of(episode) == (0.42, "assumed")


OLD = lonlat(2600.0, 2600.0)


@pytest.fixture
def returned(office):
    """The office with two plots of last season 60 m apart, and one where a candidate of this season stands."""
    record(office, "o1", "detected", OLD, "2025-02-01", area_m2=300.0)
    record(office, "o2", "detected", worlds.east(60.0, OLD), "2025-02-01", area_m2=300.0)
    record(office, "o3", "detected", PLACES[2], "2025-02-01", area_m2=300.0)
    return office


def offer(office):
    asked = wish()
    asked = Wish(posts.with_posts(office, asked.patrols), asked.day, asked.hours)
    around = ground.around(office, asked, asked.patrols)
    return stops.offered(office, asked, around, surface.surface(office, surface.Wish(SEASON)), NOW)


def test_old_places_are_offered_once_and_their_cell_is_not_searched_besides(returned):
    told = offer(returned)
    old = [place for place in told.places if place.last_found]
    assert len(old) == 1
    (one,) = old
    assert (one.basis, one.last_found, one.minutes) == ("assumed", "2024-2025", 20.0)  # nobody went back to any
    names = {place.name for place in told.places if place.is_search}
    assert cells.name_of(cells.cell_at(*OLD)) not in names
    assert names
    assert told.offered()["old"] == 1
    # Three old places of last season, to which nobody went back: nothing is known; all found were of 300 m².
    field = surface.surface(returned, surface.Wish(SEASON))
    assert field.reuse == reuse.Returns(3, 0.0, 0, 0.0)
    chance, area = reuse.REUSE, posterior.mean_area_m2([300.0] * 3)[0]
    assert field.area_m2[0] == pytest.approx(area)
    assert one.expected_m2 == pytest.approx(chance * area)
    assert told.learned["reuse"] == {"places": 3, "returns": 0.0, "again": 0, "chance": chance}


def test_an_old_place_that_nothing_shows_is_taken_for_as_small_as_what_searches_find(office):
    record(office, "o1", "detected", OLD, "2025-02-01", area_m2=300.0)
    record(office, "o2", "detected", PLACES[2], "2025-02-01", area_m2=9000.0, selection_mode=SelectionMode.SCORE)
    (one,) = [place for place in offer(office).places if place.last_found]
    assert one.expected_m2 == pytest.approx(reuse.REUSE * posterior.mean_area_m2([300.0])[0])


def test_an_old_place_that_was_visited_this_season_is_no_stop(returned):
    record(returned, "n", "rejected", OLD, "2026-02-01", look_alike=LookAlike.PLUM_BLOSSOM)
    told = offer(returned)
    assert not [place for place in told.places if place.last_found]
    # One of the three, gone back to in vain: what is believed, as much as ten returns, and this one.
    assert told.learned["reuse"] == {"places": 3, "returns": 1.0, "again": 0, "chance": round(1.5 / 11.0, 4)}


@pytest.mark.slow
def test_a_plan_goes_to_an_old_place_as_a_routine(returned):
    answer = planning.plan(returned, wish(hours=6.0), now=NOW)
    (route,) = answer["routes"]
    assert route["offered"]["old"] == 1
    rows = [stop for stop in route["stops"] if stop["last_found"]]
    assert len(rows) <= 1
    assert all((row["selection_mode"], row["inclusion_prob"]) == ("routine", None) for row in rows)
    assert route["learned"]["reuse"]["places"] == 3
