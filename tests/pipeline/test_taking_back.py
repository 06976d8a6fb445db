"""A decision that was taken back counts no more, in whatever order events arrive; who decides second is told."""

import dataclasses
import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from worlds import candidate, east

from eradication import history
from eradication.domain import DismissalReason, EventKind, Season
from eradication.errors import CheckFailed
from eradication.pipeline import clashes, deciding, main_path, projection, shown
from eradication.pipeline.deciding import Decision
from eradication.pipeline.workspace import Workspace

SEASON = Season(2025)
JANUARY = datetime(2026, 1, 10, 2, tzinfo=UTC)
HERE = (104.70, 20.80)
DECISION = Decision(SEASON, "p-1", JANUARY + timedelta(days=1))


def proposed(workspace: Workspace, *names: str) -> list[str]:
    spots = [(name, east(300.0 * number, HERE)) for number, name in enumerate(names)]
    found = [dataclasses.replace(candidate(name, spot), season=SEASON) for name, spot in spots]
    known = history.follow(projection.replayed(workspace).plots, found, workspace.settings)
    with workspace.store.transaction() as transaction:
        projection.propose(workspace, transaction, known, np.array([JANUARY.replace(tzinfo=None)], "datetime64[s]"))
        projection.refresh(workspace, transaction)
    return [followed.plot_id for followed in known]


def state(workspace: Workspace, plot: str) -> str:
    told = projection.replayed(workspace, happened_until=DECISION.at).episode(plot, SEASON)
    assert told is not None
    return str(told.state)


@pytest.mark.parametrize(
    ("decide", "done"),
    [
        (lambda ws, plot, how: deciding.dismiss(ws, [plot], DismissalReason.CROP, how), "dismissed"),
        (lambda ws, plot, how: deciding.assign(ws, [plot], "BP-1", how), "assigned"),
        (lambda ws, plot, how: deciding.ask_uav(ws, plot, how), "candidate"),
    ],
)
def test_a_decision_is_taken_back_and_taken_anew(office: Workspace, decide: Callable[..., object], done: str):
    (plot,) = proposed(office, "a")
    decide(office, plot, DECISION)
    assert state(office, plot) == done
    told = deciding.take_back(office, plot, DECISION, "looked again")
    assert (told["state"], state(office, plot)) == ("candidate", "candidate")
    with pytest.raises(CheckFailed, match="no decision") as nothing:
        deciding.take_back(office, plot, DECISION)
    assert nothing.value.kind == "nothing_to_take_back"
    decide(office, plot, DECISION)
    assert state(office, plot) == done
    assert shown.checked(office) == {"ok": True, "compared": True, "wrong": {}}


def test_only_the_last_decision_is_taken_back(office: Workspace):
    (plot,) = proposed(office, "a")
    deciding.assign(office, [plot], "BP-1", DECISION)
    deciding.assign(office, [plot], "BP-2", DECISION)
    assert deciding.take_back(office, plot, DECISION)["state"] == "assigned"
    episode = projection.replayed(office, happened_until=DECISION.at).episode(plot, SEASON)
    assert episode is not None
    assert episode.unit == "BP-1"


def test_what_a_patrol_found_since_stands(office: Workspace, tmp_path: Path):
    (plot,) = proposed(office, "a")
    deciding.assign(office, [plot], "BP-1", DECISION)
    table = tmp_path / "visits.csv"
    table.write_text(
        "visit_id,plot_id,visited_at,unit,officers,outcome,look_alike\n"
        f"1,{plot},2026-01-11T15:00+07:00,BP-1,S1,rejected,coffee\n"
    )
    main_path.record_visits(office, table)
    with pytest.raises(CheckFailed, match="no decision"):
        deciding.take_back(office, plot, dataclasses.replace(DECISION, day=JANUARY + timedelta(days=3)))


def test_the_order_of_arrival_plays_no_part(office: Workspace):
    (plot,) = proposed(office, "a")
    deciding.dismiss(office, [plot], DismissalReason.CROP, DECISION)
    deciding.take_back(office, plot, DECISION)
    deciding.assign(office, [plot], "BP-1", DECISION)
    events = [event for event in office.store.events() if event.kind in history.KINDS]
    now, locate = datetime(2026, 2, 1, tzinfo=UTC), lambda lon, lat: "04048"
    seen = {
        str(history.replay(order, as_of=now.replace(year=2100), locate=locate, settings=office.settings,
                           happened_until=now).episodes[0].state)
        for order in itertools.permutations(events)
    }  # fmt: skip
    assert seen == {"assigned"}
    half = [event for event in events if event.kind is not EventKind.PLOT_DISMISSED]
    told = history.replay(
        half, as_of=now.replace(year=2100), locate=locate, settings=office.settings, happened_until=now
    )
    assert str(told.episodes[0].state) == "assigned"  # what it takes back has not arrived yet


def test_who_decides_second_is_told_and_nothing_is_recorded(office: Workspace):
    (plot,) = proposed(office, "a")
    seen = clashes.last_about(office.store.events(kinds=clashes.SPEAKING), {plot})
    first, second = (dataclasses.replace(DECISION, by=by, seen=seen) for by in ("p-1", "p-2"))
    deciding.dismiss(office, [plot], DismissalReason.CROP, first)
    before = len(office.store.events())
    for again in (
        lambda: deciding.assign(office, [plot], "BP-1", second),
        lambda: deciding.dismiss(office, [plot], DismissalReason.CROP, second),
        lambda: deciding.ask_uav(office, plot, second),
        lambda: deciding.take_back(office, plot, second),
    ):
        with pytest.raises(CheckFailed, match="p-1 has dismissed") as clash:
            again()
        assert clash.value.kind == "decided_meanwhile"
    assert len(office.store.events()) == before
    seen = clashes.last_about(office.store.events(kinds=clashes.SPEAKING), {plot})
    assert deciding.take_back(office, plot, dataclasses.replace(second, seen=seen))["state"] == "candidate"


def test_of_many_who_decide_at_once_one_is_heard(office: Workspace):
    (plot,) = proposed(office, "a")
    projection.replayed(office)

    def decide(number: int) -> str:
        how = dataclasses.replace(DECISION, by=f"p-{number}", seen="")
        try:
            deciding.assign(office, [plot], f"BP-{number}", how)
        except CheckFailed as error:
            return error.kind
        return "recorded"

    with ThreadPoolExecutor(6) as pool:
        told = sorted(pool.map(decide, range(6)))
    assert told == ["decided_meanwhile"] * 5 + ["recorded"]
    assert len(office.store.events(kinds=[EventKind.PLOT_ASSIGNED])) == 1
