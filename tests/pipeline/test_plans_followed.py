"""Plans are seen by their unit, expire, and stand beside what was walked."""

import shutil
from datetime import timedelta

import pytest
from plan_ground import DAY, NOW, later, planned_ground, walk, wish

from eradication.domain import EventKind
from eradication.errors import UnusableInput
from eradication.pipeline import patrolled
from eradication.pipeline.plans import following, page, planning, record
from eradication.pipeline.workspace import opened


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """A workspace and the plan of a unit in it; neither is changed."""
    with planned_ground(tmp_path_factory.mktemp("known") / "ground") as workspace:
        yield workspace, made(workspace)


@pytest.fixture
def office(tmp_path, known):
    """A copy in which the plan was made."""
    workspace, _ = known
    with opened(shutil.copytree(workspace.folder, tmp_path / "office")) as copy:
        yield copy


@pytest.fixture
def mine(known):
    """The plan as it was answered."""
    return known[1]


def made(office, *units, **more):
    return planning.plan(office, wish(*units, **more), now=NOW)["routes"][0]


def test_a_unit_sees_its_own_plans_alone(office, mine):
    assert [one["plan"] for one in following.listed(office, "BP01", NOW)["plans"]] == [mine["plan"]]
    assert following.listed(office, "BP02", NOW)["plans"] == []
    assert following.show(office, mine["plan"], "BP01", NOW)["stops"] == mine["stops"]
    with pytest.raises(UnusableInput) as refused:
        following.show(office, mine["plan"], "BP02", NOW)
    assert refused.value.kind == "unknown_plan"


def test_lists_hold_no_place(office, mine):
    told = str(following.listed(office, "", NOW))
    names = [record.names_of(stop)[1] for stop in mine["stops"]]
    assert mine["plan"] in told
    assert not any(name in told for name in names)
    assert "lon" not in told
    assert "way" not in told


def test_events_of_a_plan_belong_to_its_unit(office, mine):
    record.veto(office, mine["plan"], "1", "BP01")
    kinds = [EventKind.PLAN_MADE, EventKind.STOP_VETOED, EventKind.VISITS_CHOSEN, EventKind.CELLS_DRAWN]
    seen = {str(event.kind) for event in office.store.seen_by("BP01").events(kinds=kinds)}
    assert seen == {"plan_made", "stop_vetoed"}
    assert office.store.seen_by("BP02").events(kinds=kinds) == []


def test_after_its_hours_a_plan_is_told_without_its_places_and_written_no_more(office, mine, tmp_path):
    assert not following.show(office, mine["plan"], "BP01", later(2.5))["hidden"]
    gone = following.show(office, mine["plan"], "BP01", later(3))
    assert gone["hidden"]
    assert gone["state"] == "expired"
    assert not {"stops", "open", "way", "post"} & gone.keys()
    again = planning.plan(office, wish(), now=later(3))
    assert again["routes"][0]["hidden"]
    assert "stops" not in again["routes"][0]
    with pytest.raises(UnusableInput) as refused:
        planning.plan(office, wish(), tmp_path / "out", now=later(3))
    assert refused.value.kind == "plan_expired"
    assert not list((tmp_path).glob("out/*"))


def test_a_plan_expires_48_hours_after_the_beginning_of_its_day(office):
    (plan,) = record.plans(office)
    assert plan.expires_at() == DAY + timedelta(hours=48)


@pytest.mark.slow
def test_its_files_are_on_record(office, tmp_path):
    told = planning.plan(office, wish(), tmp_path / "out", now=NOW)
    assert {path.rpartition(".")[2] for path in told["written"]} == {"pdf", "gpx", "gpkg", "json"}
    events = office.store.events(kinds=[EventKind.FIELD_PACKAGE_WRITTEN])
    assert {event.payload["plan"] for event in events} == {told["routes"][0]["plan"]}


@pytest.mark.slow
def test_planned_against_walked(office, tmp_path):
    route = made(office, hours=6.0, random_share=0.6)  # drawn are cells too
    bare = following.walked(office, route["plan"], "BP01", NOW)
    assert bare["why"] == "no_track"
    assert not any(stop["reached"] for stop in bare["stops"])
    with pytest.raises(UnusableInput) as refused:
        page.walked(office, route["plan"], "", tmp_path / "walked.html")
    assert refused.value.kind == "unit_missing"
    record.veto(office, route["plan"], "1", "BP01")
    assert following.walked(office, route["plan"], "BP01", NOW)["stops"][0]["reason"] == "unsafe"
    walk(office, route, tmp_path)
    told = page.walked(office, route["plan"], "BP01", tmp_path / "walked.html", language="en")
    assert "BP01" in (tmp_path / "walked.html").read_text(encoding="utf-8")
    assert (tmp_path / "walked.html").stat().st_mode & 0o777 == 0o600  # the way and the stops of one unit
    assert [e.payload["plan"] for e in office.store.events(kinds=[EventKind.PATROLS_EXPORTED])] == [route["plan"]]
    assert told["walked"]["patrols"] == 1
    assert told["walked"]["km"] == pytest.approx(told["planned"]["km"], rel=0.1)  # the way was walked, no search made
    searched = [stop for stop in told["stops"] if stop["kind"] == "cell"]
    assert searched
    assert told["planned"]["search_km"] == pytest.approx(1.2 * len(searched))
    assert told["planned"]["all_km"] == pytest.approx(told["planned"]["km"] + told["planned"]["search_km"], abs=0.02)
    assert 0 < told["walked"]["search_km"] < told["planned"]["search_km"]  # so it shows that cells were only crossed
    assert told["walked"]["search_km"] == pytest.approx(sum(s["walked_m"] for s in searched) / 1000, abs=0.01)
    assert all(stop["reached"] for stop in told["stops"])
    assert all(stop["walked_p"] > 0 for stop in told["stops"] if stop["kind"] == "cell")
    assert not following.show(office, route["plan"], "BP01", later(9))["hidden"]


def test_planned_effort_stands_beside_what_was_walked(office, mine):
    told, _ = patrolled.told(office, wish().season)
    row = told["planned"]["units"][0]
    assert (row["unit"], row["plans"], row["stops"]) == ("BP01", 1, len(mine["stops"]))
    assert told["planned"]["total"]["km"] == pytest.approx(mine["length_m"] / 1000, abs=0.01)
    assert told["planned"]["total"]["search_km"] == pytest.approx(mine["search_m"] / 1000, abs=0.01)


def test_a_plan_from_before_search_metres_were_recorded_is_still_told(office, mine):
    body = {**record.plans(office)[0].body}
    for name in ("search_m", "surface"):
        del body[name]
    body |= {"plan": "0" * 16, "stops": [{k: v for k, v in stop.items() if k != "search_m"} for stop in body["stops"]]}
    with office.store.transaction() as transaction:
        transaction.append(EventKind.PLAN_MADE, DAY, body)
    told = following.walked(office, "0000", "BP01", NOW)
    assert (told["planned"]["search_km"], told["planned"]["all_km"]) == (None, None)
    assert following.show(office, "0000", "BP01", NOW)["search_m"] is None
