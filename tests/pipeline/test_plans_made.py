"""Plans of a day: what they offer, draw, order and put on record."""

import json
import math
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from plan_ground import DAY, NOW, POSTS, later, lonlat, planned_ground, wish

from eradication.domain import TIMEZONE, EventKind, State
from eradication.errors import UnusableInput
from eradication.i18n import explain, translator
from eradication.pipeline import cells, drawn_visits, foreseen, planned, projection
from eradication.pipeline.plans import ground, looks, planning, posts, record
from eradication.pipeline.plans.wish import Patrol
from eradication.pipeline.risk import surface


@pytest.fixture
def office(tmp_path):
    with planned_ground(tmp_path / "ground") as workspace:
        yield workspace


def route_of(answer, unit="BP01"):
    (route,) = [one for one in answer["routes"] if one["unit"] == unit]
    return route


def places(route):
    return [stop.get("plot") or stop["cell"] for stop in route["stops"]]


def events(office, *kinds):
    return office.store.events(kinds=kinds)


def test_a_plan_keeps_its_hours_and_says_what_it_is_worth(office):
    route = route_of(planning.plan(office, wish(), now=NOW))
    assert route["stops"]
    assert route["walking_minutes"] + route["service_minutes"] <= 3 * 60 + 0.1
    assert [stop["order"] for stop in route["stops"]] == list(range(1, len(route["stops"]) + 1))
    arrivals = [stop["arrive"] for stop in route["stops"]]
    assert arrivals == sorted(arrivals)
    assert route["expected_m2"] == pytest.approx(sum(stop["expected_m2"] for stop in route["stops"]), abs=0.2)
    first, last = route["way"][0], route["way"][-1]
    assert first[:2] == last[:2] == pytest.approx(POSTS["BP01"], abs=1e-5)
    told = route["compared"]
    assert told["without_draws"] >= 0.999 * max(told["nearest"], told["by_score"]) > 0


def test_what_rests_on_assumptions_is_counted(office):
    route = route_of(planning.plan(office, wish(), now=NOW))
    assert route["assumed_stops"] == len(route["stops"])  # nobody visited anything, nothing was found
    assert route["assumed_m2"] == pytest.approx(route["expected_m2"], abs=0.2)


def test_the_same_wish_is_the_same_plan_and_once_on_record(office):
    first = planning.plan(office, wish(), now=NOW)
    again = planning.plan(office, wish("bp-01"), now=later(0.1))
    assert first == again
    plots = {stop["plot"] for stop in route_of(first)["stops"] if stop["kind"] == "plot"}
    assert plots <= foreseen.of_season(office, wish().season).shown.keys()
    assert len(events(office, EventKind.PLAN_MADE)) == 1


@pytest.mark.slow
def test_the_same_ground_gives_the_same_plan_anywhere(tmp_path):
    told = []
    for name in ("one", "other"):
        with planned_ground(tmp_path / name) as office:
            told.append(route_of(planning.plan(office, wish(), now=NOW))["plan"])
    assert told[0] == told[1]


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.15, 0.5])
def test_at_least_the_share_of_the_stops_is_drawn_with_its_chance_on_record(office, share):
    route = route_of(planning.plan(office, wish(random_share=share), now=NOW))
    random = [s for s in [*route["stops"], *route["open"]] if s["selection_mode"] == "random"]
    assert len(random) >= share * (len(route["stops"]) + len(route["open"])) - 1e-9
    assert all(0 < s["inclusion_prob"] <= 1 for s in random)
    assert all(s["inclusion_prob"] is None for s in route["stops"] if s not in random)


def test_the_record_of_a_draw_holds_the_chance_of_every_member_and_they_sum_to_the_number_drawn(office):
    planning.plan(office, wish(random_share=0.6), now=NOW)
    (chosen,), (searches,) = events(office, EventKind.VISITS_CHOSEN), events(office, EventKind.CELLS_DRAWN)
    told = chosen.payload
    assert len(told["members"]) == told["candidates"] >= told["visits"] == len(told["stops"]) > 0
    assert sum(p for _, p in told["members"]) == pytest.approx(told["visits"])
    chance = dict(map(tuple, told["members"]))
    assert all(chance[stop["plot_id"]] == stop["inclusion_prob"] for stop in told["stops"])
    body = searches.payload
    members = cells.cells_of(body["members"])
    assert len(members) == body["N"]
    assert body["n"] == len(body["cells"])
    assert {row["inclusion_prob"] for row in body["cells"]} == {round(body["n"] / body["N"], 12)}


def test_runs_of_cells_are_read_as_they_were_written():
    numbers = [5_000_010, 5_000_011, 5_000_013, 6_000_010, 7_999_999]
    assert cells.cells_of(cells.runs(reversed(numbers))) == numbers


def test_draws_of_plans_feed_precision_and_are_not_taken_for_draws_of_cells_alone(office):
    answer = planning.plan(office, wish(random_share=0.6), now=NOW)
    drawn = {one.plot_id for one in drawn_visits.drawn(office)}
    assert drawn == {s["plot"] for s in route_of(answer)["stops"] if s["kind"] == "plot" and s["inclusion_prob"]} | {
        s["plot"] for s in route_of(answer)["open"] if s["kind"] == "plot"
    }
    again = planned.plan(office, planned.Wish("BP01", DAY, 3))
    before = {row["cell"] for event in events(office, EventKind.CELLS_DRAWN)[:1] for row in event.payload["cells"]}
    assert not before & {stop["cell"] for stop in again["routes"][0]["stops"]}


@pytest.mark.slow
def test_units_that_go_together_are_never_sent_to_one_place(office):
    answer = planning.plan(office, wish("BP01", "BP02"), now=NOW)
    one, other = (places(route_of(answer, unit)) for unit in ("BP01", "BP02"))
    assert one
    assert other
    assert not set(one) & set(other)
    assert len({made.body["wish"] for made in record.plans(office)}) == 1
    assert all("BP02" not in str(made.body) for made in record.plans(office) if made.unit == "BP01")


@pytest.mark.slow
def test_a_unit_that_plans_later_leaves_what_another_plan_holds(office):
    first = places(route_of(planning.plan(office, wish("BP01"), now=NOW)))
    answer = planning.plan(office, wish("BP02", day=DAY + timedelta(days=1)), now=NOW)
    assert not set(first) & set(places(route_of(answer, "BP02")))
    assert sum(answer["left_out"]["in_another_plan"].values()) == len(first)
    after = planning.plan(office, wish("BP02", day=DAY + timedelta(days=3)), now=NOW)
    assert "in_another_plan" not in after["left_out"] or set(first) & set(places(route_of(after, "BP02")))


@pytest.mark.slow
def test_what_was_drawn_and_not_visited_comes_first_in_the_next_plan_and_is_not_drawn_again(office):
    first = route_of(planning.plan(office, wish(random_share=0.5), now=NOW))
    drawn = {names[1]: s for s in [*first["stops"], *first["open"]] if s["own_draw"] for names in [record.names_of(s)]}
    third = DAY + timedelta(days=3)
    second = route_of(planning.plan(office, wish(random_share=0.5, day=third), now=later(4)))
    rows = [*second["stops"], *second["open"]]
    carried = {record.names_of(s)[1]: s for s in rows if s["carried_from"]}
    assert carried.keys() == drawn.keys()
    assert all(s["carried_from"] == first["plan"] for s in carried.values())
    assert all(carried[name]["inclusion_prob"] == s["inclusion_prob"] for name, s in drawn.items())
    taken = [key for event in [EventKind.VISITS_CHOSEN, EventKind.CELLS_DRAWN] for key in _drawn(office, event)]
    assert len(taken) == len(set(taken))


def _drawn(office, kind):
    rows = [row for event in events(office, kind) for row in event.payload.get("stops", event.payload.get("cells"))]
    return [row.get("plot_id") or row["cell"] for row in rows]


@pytest.mark.slow
def test_a_vetoed_stop_stays_on_record_and_is_not_planned_again(office):
    first = route_of(planning.plan(office, wish(random_share=0.5), now=NOW))
    stop = next(s for s in first["stops"] if s["selection_mode"] == "random")
    told = record.veto(office, first["plan"][:8], str(stop["order"]), "BP01")
    assert (told["status"], told["reason"], told["inclusion_prob"]) == ("accepted", "unsafe", stop["inclusion_prob"])
    assert record.veto(office, first["plan"], told["stop"], "BP01")["status"] == "duplicate"
    (event,) = events(office, EventKind.STOP_VETOED)
    assert set(event.payload) == {
        *("plan", "unit", "season", "order", "stop_kind", "stop", "selection_mode", "inclusion_prob", "reason")
    }
    again = planning.plan(office, wish(day=DAY + timedelta(days=3)), now=later(4))
    assert told["stop"] not in {record.names_of(s)[1] for r in again["routes"] for s in [*r["stops"], *r["open"]]}
    assert sum(again["left_out"]["vetoed"].values()) == 1
    if stop["kind"] == "plot":
        (mine,) = [one for one in drawn_visits.drawn(office) if one.plot_id == stop["plot"]]
        assert mine.found is None


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ({"hours": 0.0}, "bad_hours"),
        ({"hours": -3.0}, "bad_hours"),
        ({"hours": math.nan}, "bad_hours"),
        ({"hours": 15.0}, "hours_too_long"),
        ({"hours": 0.2}, "nothing_in_reach"),
        ({"random_share": 0.1}, "bad_share"),
        ({"random_share": 1.2}, "bad_share"),
        ({"patrols": ()}, "unit_missing"),
        ({"patrols": (Patrol("ZZ99"),)}, "unknown_unit"),
        ({"patrols": (Patrol("BP01"), Patrol("bp 01"))}, "unit_twice"),
        ({"patrols": (Patrol("BP01", lonlat(20_000, 0)),)}, "post_outside"),
        ({"patrols": (Patrol("BP01", (20.8, 104.7)),)}, "bad_post"),
    ],
)
def test_what_cannot_be_planned_is_refused_and_nothing_is_recorded(office, asked, kind):
    with pytest.raises(UnusableInput) as refused:
        planning.plan(office, replace(wish(), **asked), now=NOW)
    assert refused.value.kind == kind
    assert refused.value.hint
    assert events(office, EventKind.PLAN_MADE, EventKind.CELLS_DRAWN, EventKind.VISITS_CHOSEN) == []


@pytest.mark.parametrize(
    "day", [datetime(2026, 7, 12), datetime(2026, 6, 1), datetime(2025, 9, 20), datetime(2026, 5, 28)]
)
def test_where_nothing_stands_there_is_no_plan_and_it_says_for_which_days(office, day):
    with pytest.raises(UnusableInput) as refused:
        planning.plan(office, wish(day=day.replace(tzinfo=TIMEZONE)), now=min(NOW, day.replace(tzinfo=TIMEZONE)))
    told = explain(refused.value, translator("en"))
    assert told["kind"] == "nothing_stands"
    assert "2025-10-01 to 2026-04-30" in told["message"]
    assert ("2026-10-01" in told["hint"]) == (day.year == 2026)
    assert events(office, EventKind.PLAN_MADE, EventKind.CELLS_DRAWN, EventKind.VISITS_CHOSEN) == []


def test_an_expired_candidate_is_worth_nothing(office):
    own = wish(day=datetime(2026, 7, 12, tzinfo=TIMEZONE))
    told = projection.replayed(office)
    assert {e.state for e in told.episodes if looks.is_open(e, own)} <= {State.EXPIRED, State.NOT_REACHED}
    places = looks.looks(office, told, own, surface.surface(office, surface.Wish(own.season))).places
    assert len(places) >= 10
    assert {place.prize_m2 for place in places} == {0.0}


@pytest.mark.slow
def test_a_draw_whose_harvest_is_over_stays_open_and_is_no_stop(tmp_path):
    with planned_ground(tmp_path / "high", rise_m=500.0) as high:  # up there the harvest ends 10 to 20 May
        first = route_of(planning.plan(high, wish(random_share=0.5), now=NOW))
        drawn = {s["cell"] for s in [*first["stops"], *first["open"]] if s["own_draw"] and s["kind"] == "cell"}
        day = datetime(2026, 5, 5, tzinfo=TIMEZONE)
        second = route_of(planning.plan(high, wish(random_share=0.5, day=day), now=later(85)))
    late = {s["cell"] for s in second["open"] if s["kind"] == "cell" and s["reason"] == "past_harvest"}
    assert drawn == late
    assert drawn
    assert second["stops"]
    assert all(s["urgency"] > 0 for s in second["stops"])


def test_without_heights_there_is_no_plan(office):
    bare = replace(office, settings=replace(office.settings, terrain=replace(office.settings.terrain, dem="")))
    with pytest.raises(UnusableInput) as refused:
        planning.plan(bare, wish(), now=NOW)
    assert refused.value.kind == "no_dem"
    assert refused.value.hint


def test_without_a_post_there_is_no_plan(office):
    bare = replace(office, settings=replace(office.settings, plan=replace(office.settings.plan, posts="")))
    with pytest.raises(UnusableInput) as refused:
        planning.plan(bare, wish(), now=NOW)
    assert refused.value.kind == "post_missing"


@pytest.mark.slow
def test_no_way_leads_through_an_area_of_danger_and_no_post_lies_in_one(tmp_path):
    lon, lat = lonlat(1700, 1800)
    danger = tmp_path / "danger.geojson"
    ring = [[lon - 0.003, lat - 0.02], [lon + 0.003, lat - 0.02], [lon + 0.003, lat + 0.02], [lon - 0.003, lat + 0.02]]
    shape = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    properties = {"kind": "mine", "name": "Bãi mìn", "valid_from": "2026-01-01", "valid_to": "2026-03-01"}
    feature = {"type": "Feature", "properties": properties, "geometry": shape}
    danger.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    with planned_ground(tmp_path / "ground", hazards=str(danger)) as office:
        answer = planning.plan(office, wish(), now=NOW)
        route = route_of(answer)
        assert route["hazards"] == ["Bãi mìn"]
        assert answer["left_out"]["hazard"]["cells"] > 0
        way = np.array(route["way"])
        assert not ((abs(way[:, 0] - lon) < 0.003) & (abs(way[:, 1] - lat) < 0.02)).any()
        inside = replace(wish(), patrols=(Patrol("BP01", (lon, lat)),))
        with pytest.raises(UnusableInput) as refused:
            planning.plan(office, inside, now=NOW)
        assert refused.value.kind == "post_on_hazard"
        after = route_of(planning.plan(office, wish(day=DAY + timedelta(days=30)), now=later(31)))
        assert after["hazards"] == []


def test_an_empty_file_of_dangers_is_not_told_like_none(office, tmp_path):
    empty = tmp_path / "danger.geojson"
    empty.write_text(json.dumps({"type": "FeatureCollection", "features": []}))
    named = replace(office, settings=replace(office.settings, plan=replace(office.settings.plan, hazards=str(empty))))
    one = wish()
    one = replace(one, patrols=(Patrol("BP01", POSTS["BP01"]),))
    told = [ground.around(desk, one, one.patrols) for desk in (office, named)]
    assert ["hazards" in around.not_known for around in told] == [True, False]
    assert [around.hazards for around in told] == [[], []]


@pytest.mark.parametrize("kind", ["csv", "geojson"])
def test_posts_with_latitude_first_are_refused_as_on_the_command_line(office, tmp_path, kind):
    lon, lat = POSTS["BP01"]
    file = tmp_path / f"posts.{kind}"
    if kind == "csv":
        file.write_text(f"unit,lon,lat\nBP01,{lat},{lon}\nBP02,{lon},{lat}\n")
    else:
        shape = {"type": "Point", "coordinates": [lat, lon if lon < 90 else 89.0]}
        feature = {"type": "Feature", "properties": {"unit": "BP01"}, "geometry": shape}
        file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    swapped = replace(office, settings=replace(office.settings, plan=replace(office.settings.plan, posts=str(file))))
    with pytest.raises(UnusableInput) as refused:
        planning.plan(swapped, wish(), now=NOW)
    assert refused.value.kind == "bad_post"
    assert "posts" in refused.value.where
    if kind == "csv":  # the mistake in another unit's row is no reason to plan nothing
        [other] = posts.with_posts(swapped, (Patrol("BP02"),))
        assert other.post == pytest.approx((lon, lat))


def test_the_table_of_posts_is_read_within_the_limits(office, tmp_path):
    file = tmp_path / "posts.csv"
    file.write_text("unit,lon,lat\n" + "BP01,104.7,20.8\n" * 50)
    plan = replace(office.settings.plan, posts=str(file))
    limits = replace(office.settings.limits, points=10)
    with pytest.raises(UnusableInput) as refused:
        posts.with_posts(
            replace(office, settings=replace(office.settings, plan=plan, limits=limits)), (Patrol("BP01"),)
        )
    assert refused.value.kind == "bad_posts"


def test_kilometres_of_a_refusal_are_written_as_the_language_does(office):
    away = replace(wish(), patrols=(Patrol("BP01", (103.2, 21.5)),))
    with pytest.raises(UnusableInput) as refused:
        planning.plan(office, away, now=NOW)
    assert refused.value.kind == "post_outside"
    number = f"{refused.value.values['km']:.1f}"
    assert number in explain(refused.value, translator("en"))["message"]
    assert number.replace(".", ",") in explain(refused.value, translator("vi"))["message"]
