"""What is kept of a replay says what a replay would say, or nothing at all."""

import dataclasses
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import strategies
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from rounds import rounds
from shapely.geometry import box
from worlds import SEASON, SETTINGS, START, World, east, visit

from eradication import config, history, ledger
from eradication.domain import AdminUnit, Event, EventKind, Season
from eradication.history.payload import geojson, visit_json
from eradication.ingest import boundaries
from eradication.pipeline import (
    accounts,
    deciding,
    evidence_desk,
    kept,
    main_path,
    placing,
    plot_answers,
    projection,
    shown,
)
from eradication.pipeline.accounts import Question
from eradication.pipeline.basis import Ground
from eradication.pipeline.counting import Counting
from eradication.pipeline.kept import Wanted
from eradication.pipeline.workspace import Workspace, created, settings_for
from eradication.store.memory import MemoryStore

COMMUNES = [
    AdminUnit(code, name, date(2025, 7, 1), None, outline, 104.5, 21.0, None, False, "test")
    for code, name, outline in (
        ("04001", "Xã Vân Hồ", box(100.0, 20.0, 104.7, 22.0)),
        ("04002", "Xã Tô Múa", box(104.7, 20.0, 110.0, 22.0)),
    )
]
MOMENTS = [
    datetime(2027, 5, 31, 16, 59, 59, tzinfo=UTC),
    datetime(2027, 5, 31, 17, 0, tzinfo=UTC),
    datetime(2028, 1, 1, tzinfo=UTC),
]
"""The last second of the season, the first instant after it, and much later."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


def add(store: MemoryStore, events: list[Event]) -> None:
    """Let events of several laptops arrive, as another program would have written them."""
    for event in sorted(events, key=lambda e: e.key):
        store._state.chains.setdefault(event.origin, []).append(event)
        store._state.devices[event.origin] = ("", event.origin)


def replayed(workspace: Workspace, season: Season | None, now: datetime) -> tuple[list[Any], list[Any], list[Any]]:
    """Findings, entries and rows of plots by a replay of everything."""
    day = Ground(now, []).day
    units = workspace.store.units()
    told = history.replay(
        workspace.store.events(), as_of=now, locate=boundaries.locator(units, day), settings=workspace.settings
    )
    counted = Counting(workspace, units, day).entries(told.episodes)
    names = projection.names(workspace, day)
    rows = [projection.layer_row(e, names) for e in projection.in_season(told.episodes, season)]
    findings = [f for f in told.findings if season is None or f.season in ("", season.label)]
    return findings, [e for e in counted if season in (None, e.season)], sorted(map(answered, rows))


def answered(row: dict[str, Any]) -> str:
    return json.dumps(plot_answers._listed(row), sort_keys=True)


def agrees(workspace: Workspace, season: Season | None, now: datetime) -> None:
    known = kept.told(workspace, season, now)
    assert known is not None
    findings, entries, rows = replayed(workspace, season, now)
    assert (known.findings, known.entries) == (findings, entries)
    scope = ledger.Scope(season)
    kept_says, replay_says = (ledger.account(told, scope, as_of=now) for told in (known.entries, entries))
    assert json.dumps(kept_says) == json.dumps(replay_says)
    assert sorted(map(answered, kept.plots(workspace, Wanted(season), now) or [])) == rows
    for state in {json.loads(row)["state"] for row in rows} | {"expired", "candidate"}:
        chosen = kept.plots(workspace, Wanted(season, state), now)
        assert chosen is not None
        assert sorted(map(answered, chosen)) == [row for row in rows if json.loads(row)["state"] == state]


moments = given(
    strategies.seasons(origins=3),
    st.sampled_from([None, SEASON, Season(2025)]),
    st.sampled_from(range(len(MOMENTS) + 1)),
    st.integers(0, 6),
)


@pytest.mark.slow
@settings(max_examples=20, suppress_health_check=list(HealthCheck))
@moments
def test_what_is_kept_is_what_a_replay_tells_at_any_moment_and_nothing_where_events_came_since(
    folder: Path, events: list[Event], season: Season | None, late: int, unseen: int
):
    kept_as_replayed(folder, events, season, late, unseen)


@pytest.mark.long
@pytest.mark.slow
@settings(max_examples=rounds(150, 40), suppress_health_check=list(HealthCheck))
@moments
def test_what_is_kept_is_what_a_replay_tells_in_many_more_histories(
    folder: Path, events: list[Event], season: Season | None, late: int, unseen: int
):
    kept_as_replayed(folder, events, season, late, unseen)


def kept_as_replayed(folder: Path, events: list[Event], season: Season | None, late: int, unseen: int) -> None:
    last = max((e.recorded_at for e in events), default=START)
    written = last + timedelta(seconds=1)
    now = [written, *MOMENTS][late]
    assume(now >= written)
    ends = {e.origin: max(o.number for o in events if o.origin == e.origin) for e in events}
    # An origin's chain is a row: what arrives later are the last events of an origin.
    later = [e for e in events if e.number > ends[e.origin] - unseen and e.origin == "laptop-1"]
    with MemoryStore() as store:
        workspace = Workspace(folder, SETTINGS, store)
        with store.transaction() as transaction:
            transaction.add_units(COMMUNES, [])
        add(store, [e for e in events if e not in later])
        with store.transaction() as transaction:
            projection.refresh(workspace, transaction, written)
        agrees(workspace, season, now)
        add(store, later)
        if later:
            assert kept.told(workspace, season, now) is None
            assert kept.plots(workspace, Wanted(season), now) is None
            with store.transaction() as transaction:
                projection.refresh(workspace, transaction, written)
        agrees(workspace, season, now)


def layers(store: MemoryStore) -> dict[str, Any]:
    """Every row of every layer and of what is kept, without when and with which key it was written."""
    told = {name: store.layer(name) for name in ("plots", "candidates", "visits")}
    blank = dict.fromkeys(("as_of", "origin", "sums", "seal"), "")
    rows = [
        row | ({"body": json.loads(row["body"]) | blank} if row["part"] == "marker" else {})
        for row in store.layer(kept.TABLE)
    ]
    return told | {"kept": rows}


@st.composite
def arrivals(draw: st.DrawFn) -> list[list[Event]]:
    """Draw what several laptops and an office recorded, cut into pieces as they arrive, each chain in its order."""
    events = draw(strategies.seasons(origins=4))
    if draw(st.booleans()):
        # Laptops that number visits and plots apart: only places and ids tie their plots together.
        events = [_numbered_apart(event) for event in events]
    events += _elsewhere() if draw(st.booleans()) else []
    named = sorted({str(e.payload["plot_id"]) for e in events if "plot_id" in e.payload})
    events += draw(_decisions(named)) if len(named) > 1 else []
    arriving = sorted(events, key=lambda e: (e.number // 3, e.key))
    if draw(st.booleans()):
        arriving = sorted(events, key=lambda e: e.key)
    cuts = draw(st.lists(st.integers(0, len(arriving)), max_size=4))
    return [arriving[begin:end] for begin, end in pairwise([0, *sorted(cuts), len(arriving)])]


def _numbered_apart(event: Event) -> Event:
    told = dict(event.payload)
    if told.get("code"):
        told["code"] = f"{event.origin}-{told['code']}"
    said = told.get("visit")
    if said and said["visit_id"] != "again":
        told["visit"] = {**said, "visit_id": f"{event.origin}-{said['visit_id']}"}
    return dataclasses.replace(event, payload=told)


@st.composite
def _decisions(draw: st.DrawFn, named: list[str]) -> list[Event]:
    office = World("office", START + timedelta(days=1))
    for _ in range(draw(st.integers(0, 3))):
        some = draw(st.lists(st.sampled_from(named), min_size=2, max_size=3, unique=True))
        kind = draw(st.sampled_from([EventKind.PLOTS_MERGED, EventKind.PLOTS_HELD_APART, EventKind.PLOT_SPLIT]))
        if kind is EventKind.PLOT_SPLIT:
            west = draw(st.sampled_from([0.0, 400.0, 12_000.0]))
            corners = [east(west + metres) for metres in (-40.0, 0.0, 40.0)]
            halves = [box(*a, b[0], b[1] + 4e-4) for a, b in pairwise(corners)]
            parts = [(some[0], "A"), (f"{some[0]}-part", "B")]
            told = [{"plot_id": i, "code": c, "geometry": geojson(h)} for (i, c), h in zip(parts, halves, strict=True)]
            office.append(kind, {"names": some[:1], "parts": told})
        else:
            office.append(kind, {"plots": some})
    if draw(st.booleans()):
        last = (START + timedelta(days=draw(st.integers(0, 60)))).date().isoformat()
        spans = {"valid_from": "2000-01-01", "valid_to": last}
        office.append(EventKind.UNITS_RECORDED, {"rows": [spans | {"code": "BP-1", "successor": "CA-2"}]})
    return office.events


@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(arrivals(), st.sampled_from([timedelta(0), timedelta(days=30), timedelta(days=200)]))
def test_replaying_what_new_events_concern_leaves_the_same_rows_as_replaying_everything(
    folder: Path, pieces: list[list[Event]], pause: timedelta
):
    same_rows(folder, pieces, pause)


@pytest.mark.long
@pytest.mark.slow
@settings(max_examples=rounds(300, 80), suppress_health_check=list(HealthCheck))
@given(arrivals(), st.sampled_from([timedelta(0), timedelta(days=30), timedelta(days=200)]))
def test_replaying_what_is_concerned_in_many_more_histories(folder: Path, pieces: list[list[Event]], pause: timedelta):
    same_rows(folder, pieces, pause)


def same_rows(folder: Path, pieces: list[list[Event]], pause: timedelta) -> None:
    everything = [event for piece in pieces for event in piece]
    now = max((e.recorded_at for e in everything), default=START) + timedelta(seconds=1)
    with MemoryStore() as piecewise, MemoryStore() as whole:
        some, every = (Workspace(folder, SETTINGS, store) for store in (piecewise, whole))
        for store in (piecewise, whole):
            with store.transaction() as transaction:
                transaction.add_units(COMMUNES, [])
        for piece in pieces:
            add(piecewise, piece)
            now += pause
            with piecewise.transaction() as transaction:
                projection.refresh(some, transaction, now)
        add(whole, everything)
        with whole.transaction() as transaction:
            projection.refresh(every, transaction, now)
        assert layers(piecewise) == layers(whole)
        for workspace in (some, every):
            marker = kept.marker_of(workspace)
            assert marker is None or kept.agrees(workspace, marker)


def _elsewhere() -> list[Event]:
    """Plots far from all others, of a laptop of its own; and two of the season before, one of them near others."""
    far = World("laptop-far").candidate("far", east(-30_000)).visit("detected", east(-30_000))
    far.candidate("f2", east(-31_000)).visit("eradicated", east(-30_000)).visit("detected", east(-31_020))
    old = World("laptop-old", START - timedelta(days=365))
    old.visit("detected", east(70)).visit("detected", east(-31_050)).visit("eradicated", east(70))
    return [_numbered_apart(event) for event in (*far.events, *old.events)]


def test_what_new_events_do_not_concern_is_not_touched(world: Workspace):
    rows = world.store.layer("plots")
    far = max(rows, key=lambda row: row["lon"])
    near = min(rows, key=lambda row: row["lon"])
    assert far["lon"] - near["lon"] > 0.05
    with world.store.transaction() as transaction:
        transaction.replace_layer("plots", [row | {"code": "touched"} for row in rows])
    add(world.store, World("laptop-2", START + timedelta(days=2)).visit("detected", (near["lon"], near["lat"])).events)
    with world.store.transaction() as transaction:
        projection.refresh(world, transaction, NOW)
    codes = {row["plot_id"]: row["code"] for row in world.store.layer("plots")}
    assert (codes[far["plot_id"]], codes[near["plot_id"]]) == ("touched", near["code"])


@pytest.fixture
def world(folder: Path) -> Iterator[Workspace]:
    """A memory of one plot in each state, written at the turn of the year."""
    events = World().candidate("a").assign("a").candidate("b", east(500)).visit("detected", east(900))
    events.visit("eradicated", east(900)).candidate("c", east(12_000)).visit("verified", east(500))
    with MemoryStore() as store:
        with store.transaction() as transaction:
            transaction.add_units(COMMUNES, [])
        add(store, events.events)
        workspace = Workspace(folder, SETTINGS, store)
        with store.transaction() as transaction:
            projection.refresh(workspace, transaction, START + timedelta(days=2))
        yield workspace


NOW = START + timedelta(days=3)


def test_candidates_expire_with_the_season_although_nothing_is_written(world: Workspace):
    states = []
    for moment in (NOW, *MOMENTS):
        agrees(world, SEASON, moment)
        states.append(sorted(str(e.state) for e in kept.told(world, SEASON, moment).entries))  # type: ignore[union-attr]
    assert states[0] == states[1] != states[2] == states[3]
    assert "expired" in states[2]


def test_nothing_is_told_before_it_was_written(world: Workspace):
    assert kept.told(world, SEASON, START + timedelta(days=1)) is None


def test_other_settings_communes_and_days_are_another_replay(world: Workspace):
    def asked(**sections: Any) -> object:
        return kept.told(dataclasses.replace(world, settings=dataclasses.replace(SETTINGS, **sections)), SEASON, NOW)

    assert asked() is not None
    assert asked(identity=dataclasses.replace(SETTINGS.identity, min_iou=0.3)) is None
    assert asked(ledger=dataclasses.replace(SETTINGS.ledger, commune_gap_m=99.0)) is None
    assert asked(distances=dataclasses.replace(SETTINGS.distances, border="border.geojson")) is None
    # What the ledger does not rest on may change.
    assert asked(tips=dataclasses.replace(SETTINGS.tips, radius_m=7.0)) is not None
    with world.store.transaction() as transaction:
        transaction.add_units([dataclasses.replace(COMMUNES[0], valid_to=date(2027, 3, 1))], [])
    assert kept.told(world, SEASON, NOW) is None
    with world.store.transaction() as transaction:
        projection.refresh(world, transaction, NOW)
    agrees(world, SEASON, NOW)
    # From 1 March on that commune is no more.
    assert kept.told(world, SEASON, datetime(2027, 3, 5, tzinfo=UTC)) is None


def test_the_file_of_the_border_is_part_of_what_it_rests_on(world: Workspace):
    line = world.folder / "border.geojson"
    own = dataclasses.replace(SETTINGS.distances, border=line.name)
    there = dataclasses.replace(world, settings=dataclasses.replace(SETTINGS, distances=own))
    drawn = {"type": "LineString", "coordinates": [[104.0, 20.0], [104.0, 22.0]]}
    line.write_text(json.dumps(drawn))
    with world.store.transaction() as transaction:
        projection.refresh(there, transaction, NOW)
    assert kept.told(there, SEASON, NOW) is not None
    drawn["coordinates"] = [[104.61, 20.0], [104.61, 22.0]]
    line.write_text(json.dumps(drawn))
    assert kept.told(there, SEASON, NOW) is None
    line.write_text("no line")
    with world.store.transaction() as transaction:
        projection.refresh(there, transaction, NOW)
    # What cannot be read is told by whoever replays; writing is not stopped by it.
    assert kept.told(there, SEASON, NOW) is None


def test_an_event_from_the_future_is_not_taken_for_known(folder: Path):
    with MemoryStore() as store:
        workspace = Workspace(folder, SETTINGS, store)
        add(store, World().candidate("a").events)
        with store.transaction() as transaction:
            projection.refresh(workspace, transaction, START - timedelta(days=1))
        assert kept.told(workspace, None, NOW) is None


def test_every_field_of_an_entry_comes_back(world: Workspace):
    _, entries, _ = replayed(world, None, NOW)
    assert entries
    assert [ledger.from_json(json.loads(json.dumps(ledger.to_json(entry)))) for entry in entries] == entries


TABLE = """visit_id,unit,visited_at,outcome,lon,lat,plot_id,area_m2,area_method,destroyed_fraction,officers,minutes_no
v1,BP01,2026-01-10T09:00:00+07:00,detected,104.61,20.81,,300,tape,,S1;S2,
v1,BP01,2026-01-10T10:00:00+07:00,eradicated,104.61,20.81,,,,1,S1;S2,12/BB
v2,BP02,2026-01-12T09:00:00+07:00,detected,105.1,20.9,,900,tape,,S3;S4,
v3,BP02,2026-01-13T09:00:00+07:00,verified,105.2,20.9,,,,1,S3;S4,
"""


@pytest.fixture(params=["geopackage", "postgis"])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workspace]:
    """A real workspace of two communes, on a file and on a server."""
    place: config.Store | None = request.getfixturevalue("server").place() if request.param == "postgis" else None
    with ExitStack() as stack:
        workspace = stack.enter_context(created(tmp_path / "ws", settings_for("Sơn La", server=place)))
        with workspace.store.transaction() as transaction:
            transaction.add_units(COMMUNES, [])
        (tmp_path / "visits.csv").write_text(TABLE, encoding="utf-8")
        main_path.record_visits(workspace, tmp_path / "visits.csv")
        yield workspace


def on_both(cases: list[Any], *, once: Any) -> list[Any]:
    """Return cases for both kinds of store: on a file all of them, on a server ``once``, the others with slow tests."""
    return [("geopackage", case) for case in cases] + [
        pytest.param("postgis", case, marks=[] if case == once else pytest.mark.slow) for case in cases
    ]


QUESTIONS = [
    Question(Season(2025)),
    Question(None),
    Question(Season(2025), by="unit"),
    Question(Season(2025), unit="BP02"),
    Question(None, year=2026),
]


def told(workspace: Workspace) -> str:
    """Every answer that may come from what is kept, without when it was asked."""
    ledgers = [accounts.ledger(workspace, question) | {"as_of": "", "until": ""} for question in QUESTIONS]
    boxes = [None, (104.6, 20.8, 104.62, 20.82), (103.0, 20.0, 103.1, 20.1)]
    listed = [
        plot_answers.plots(workspace, Wanted(season, "", bbox)) for bbox in boxes for season in (None, Season(2025))
    ]
    return json.dumps([ledgers, listed], sort_keys=True)


def is_kept(workspace: Workspace) -> bool:
    return kept.told(workspace, None, datetime.now(UTC)) is not None


def forgotten(workspace: Workspace) -> str:
    """The same answers where nothing is kept, so that everything is replayed."""
    rows = workspace.store.layer(kept.TABLE)
    with workspace.store.transaction() as transaction:
        transaction.replace_layer(kept.TABLE, [])
    shutil.rmtree(workspace.folder / "outputs" / "beside")
    answer = told(workspace)
    with workspace.store.transaction() as transaction:
        transaction.replace_layer(kept.TABLE, rows)
    return answer


def _assigned(workspace: Workspace) -> None:
    with workspace.store.transaction() as transaction:
        (plot, *_) = [e.payload["plot_id"] for e in workspace.store.events(kinds=[EventKind.VISIT_RECORDED])]
        body = {"plot_id": plot, "season": "2025-2026", "unit": "BP07", "by": "A"}
        transaction.append(EventKind.PLOT_ASSIGNED, datetime(2026, 1, 9, tzinfo=UTC), body)


def _visited(workspace: Workspace) -> None:
    row = visit("detected", (104.9, 20.9), visit_id="v9", visited_at=datetime(2026, 2, 1, tzinfo=UTC), note="x")
    with workspace.store.transaction() as transaction:
        body = {"visit": visit_json(row), "plot_id": "p-1", "founding": True, "code": "TM-26-009", "ambiguous_with": []}
        transaction.append(EventKind.VISIT_RECORDED, row.visited_at, body)


def _renamed(workspace: Workspace) -> None:
    with workspace.store.transaction() as transaction:
        transaction.add_units([dataclasses.replace(COMMUNES[0], name="Xã Khác")], [])


@pytest.mark.parametrize(
    ("office", "change"), on_both([_assigned, _visited, _renamed], once=_visited), indirect=["office"]
)
def test_answers_are_those_of_a_replay_before_and_after_somebody_wrote_without_keeping(
    office: Workspace, change: Callable[[Workspace], None]
):
    before = told(office)
    assert is_kept(office)
    assert before == forgotten(office)
    change(office)
    assert not is_kept(office)
    after = told(office)
    assert after == forgotten(office) != before
    with office.store.transaction() as transaction:
        projection.refresh(office, transaction)
    assert is_kept(office)
    assert told(office) == after


def _written(workspace: Workspace, rows: list[dict[str, Any]]) -> None:
    """Write what is kept as somebody would who may edit the database and has no key."""
    with workspace.store.transaction() as transaction:
        transaction.replace_layer(kept.TABLE, rows)


def _with_marker(rows: list[dict[str, Any]], **changes: Any) -> list[dict[str, Any]]:
    return [
        row | ({"body": json.dumps(json.loads(row["body"]) | changes)} if row["part"] == kept.MARKER else {})
        for row in rows
    ]


def _forgeries(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Yield kept rows as somebody might leave them to change the ledger: edited, taken away, doubled, other sums."""
    entry = next(row for row in rows if row["part"] == kept.ENTRY and ',300,"tape"' not in row["body"])
    # Not in the marker: the hash of the program that stands there may hold these digits by chance.
    yield [row | ({"body": row["body"].replace("900", "90")} if row["part"] != kept.MARKER else {}) for row in rows]
    yield [row for row in rows if row is not entry]
    yield [*rows, entry | {"key": "P-0000000000"}]
    yield [row | {"season": "2024-2025"} if row is entry else row for row in rows]
    left = [row for row in rows if row["part"] not in (kept.ENTRY, kept.FINDING)]
    yield _with_marker(left, sums={})
    yield _with_marker([row for row in rows if row is not entry], seal="0" * 64)
    yield _with_marker(rows, as_of="x")
    for body in ("garbage", "[]", "{}"):
        yield [row | ({"body": body} if row["part"] == kept.MARKER else {}) for row in rows]


def test_rows_changed_beside_the_program_do_not_change_the_ledger_and_are_told_of(office: Workspace):
    def asked() -> dict[str, Any]:
        return accounts.ledger(office, Question(Season(2025)))

    honest, rows = asked(), office.store.layer(kept.TABLE)
    assert (honest["altered"], honest["total"]["detected_m2"]) == (False, 1200)
    for number, forged in enumerate(_forgeries(rows)):
        assert forged != rows
        _written(office, forged)
        told = asked()
        assert told["altered"], number
        assert (told["total"], told["rows"], told["findings"]) == tuple(
            honest[name] for name in ("total", "rows", "findings")
        )
        assert not evidence_desk.audit(office, str)["ok"]
        shown.rebuild(office)
        assert not asked()["altered"]
        assert evidence_desk.audit(office, str)["ok"]


def test_what_was_changed_does_not_become_right_with_the_next_write(office: Workspace):
    rows = office.store.layer(kept.TABLE)
    entry = next(row for row in rows if row["part"] == kept.ENTRY)
    _written(office, [row for row in rows if row is not entry])
    _visited(office)
    with office.store.transaction() as transaction:
        projection.refresh(office, transaction)
    assert accounts.ledger(office, Question(Season(2025)))["altered"]
    assert kept.finds(office, Season(2025), datetime.now(UTC)) is not None, "of those nothing was changed"


def test_a_visit_is_taken_in_and_all_is_written_anew_where_the_marker_was_broken(office: Workspace):
    for body in ("garbage", "null"):
        rows = office.store.layer(kept.TABLE)
        _written(office, [row | ({"body": body} if row["part"] == kept.MARKER else {}) for row in rows])
        assert plot_answers.plots(office, kept.Wanted(Season(2025)))["plots"]
        _visited(office)
        with office.store.transaction() as transaction:
            projection.refresh(office, transaction)
        assert not accounts.ledger(office, Question(Season(2025)))["altered"]


def test_an_older_state_put_back_does_not_pass_for_what_is_known_now(office: Workspace):
    rows = office.store.layer(kept.TABLE)
    _visited(office)
    heads = {head.origin: head.events for head in office.store.origins()}
    _written(office, _with_marker(rows, heads=heads))
    told = accounts.ledger(office, Question(Season(2025)))
    assert (told["altered"], told["total"]["detected_m2"]) == (True, 1500)
    assert office.store.origin in heads


def test_rows_kept_under_another_key_are_replayed_without_a_word(office: Workspace):
    rows = office.store.layer(kept.TABLE)
    _written(office, _with_marker(rows, origin="o-another"))
    told = accounts.ledger(office, Question(Season(2025)))
    assert (told["altered"], told["total"]["detected_m2"]) == (False, 1200)


def test_finds_and_places_changed_beside_the_program_are_replayed(office: Workspace):
    now = datetime.now(UTC) + timedelta(seconds=1)
    rows, events = office.store.layer(kept.TABLE), office.store.events()
    assert kept.finds(office, Season(2025), now)
    assert kept.places(office, events, now)
    for part in (kept.FIND, kept.PLACE):
        _written(office, [row | ({"body": row["body"] + " "} if row["part"] == part else {}) for row in rows])
        assert (kept.finds(office, Season(2025), now) is None) == (part == kept.FIND)
        assert (kept.places(office, events, now) is None) == (part == kept.PLACE)
        assert accounts.ledger(office, Question(Season(2025)))["altered"] is False


def _falsified(table: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows of a table as somebody might have left them."""
    if table == kept.TABLE:
        return [row | {"body": row["body"].replace('"detected"', '"verified"')} for row in rows]
    changed = {"plots": {"area_m2": 1.0}, "visits": {"outcome": "rejected"}, "candidates": {}}[table]
    return [rows[0] | changed, *rows[1:]] if changed else rows[1:]


@pytest.mark.parametrize(
    ("office", "table"), on_both(["plots", "visits", kept.TABLE], once=kept.TABLE), indirect=["office"]
)
def test_the_audit_finds_what_was_written_beside_the_events_and_can_write_it_anew(office: Workspace, table: str):
    def audit() -> dict[str, Any]:
        answer = evidence_desk.audit(office, str)
        assert answer["ok"] == answer["shown"]["ok"]
        return answer["shown"]

    assert audit() == {"ok": True, "compared": True, "wrong": {}}
    rows = office.store.layer(table)
    honest = told(office)
    for forged in (_falsified(table, rows), rows[1:] if table != kept.TABLE else rows[:-1]):
        with office.store.transaction() as transaction:
            transaction.replace_layer(table, forged)
        assert (audit()["ok"], list(audit()["wrong"])) == (False, [table])
        shown.rebuild(office)
        assert audit()["ok"]
        assert told(office) == honest


def test_patrols_recorded_since_leave_what_is_kept_as_it_is_and_what_is_simulated_is_said_at_once(office: Workspace):
    assert not projection.is_simulated(office)
    with office.store.transaction() as transaction:
        patrol = {"id": "p", "unit": "BP01", "kind": "track", "start": None, "walk": "", "total": 0, "cells": {}}
        body = {"patrol": patrol | {"length_km": 0.0, "hours": 0.0}, "simulated": True}
        transaction.append(EventKind.PATROL_RECORDED, datetime(2026, 1, 9, tzinfo=UTC), body)
    assert is_kept(office)
    assert projection.is_simulated(office)
    assert told(office) == forgotten(office)


def test_a_decision_of_a_person_is_kept_with_the_rest(office: Workspace):
    (first, second, *_) = [row["id"] for row in plot_answers.plots(office)["plots"]]
    decision = deciding.Decision(Season(2025), "A", datetime(2026, 2, 1, tzinfo=UTC))
    placing.merge(office, [first, second], "same", decision, force=True)
    assert is_kept(office)
    assert told(office) == forgotten(office)
    placing.hold_apart(office, [first, second], "not the same", decision)
    assert is_kept(office)
    assert told(office) == forgotten(office)


@pytest.mark.slow
def test_a_divided_plot_is_kept_with_the_rest(office: Workspace, tmp_path: Path):
    known = plot_answers.plots(office)["plots"][0]
    plot = projection.replayed(office).plot(known["id"])
    assert plot is not None
    west, south, east_, north = plot.geometry.bounds
    middle = (west + east_) / 2
    shapes = [box(west, south, middle, north), box(middle, south, east_, north)]
    features = [{"type": "Feature", "properties": {}, "geometry": geojson(shape)} for shape in shapes]
    path = tmp_path / "parts.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    placing.split(office, plot.id, path, "two", deciding.Decision(Season(2025), "A", None))
    assert is_kept(office)
    assert told(office) == forgotten(office)


def _replaced_in_part(workspace: Workspace, events: list[Event], now: datetime) -> bool:
    """Add events and refresh; tell whether a row that they do not concern was left alone."""
    rows = workspace.store.layer("candidates")
    with workspace.store.transaction() as transaction:
        transaction.replace_layer("candidates", [*rows, rows[0] | {"id": "mark", "plot_id": "mark"}])
    add(workspace.store, events)  # type: ignore[arg-type]
    with workspace.store.transaction() as transaction:
        projection.refresh(workspace, transaction, now)
    return any(row["id"] == "mark" for row in workspace.store.layer("candidates"))


def test_a_find_far_from_all_others_is_new_if_an_earlier_season_is_on_record_anywhere(world: Workspace):
    old = World("laptop-2", START - timedelta(days=365)).visit("detected", east(-9_000), visit_id="old").events
    assert not _replaced_in_part(world, old, NOW), "another first season concerns every plot"
    agrees(world, None, NOW)
    fresh = World("laptop-3", START).visit("detected", east(30_000), visit_id="new").events
    fresh = [dataclasses.replace(e, payload={**e.payload, "code": "OWN-27-001"}) for e in fresh]
    assert _replaced_in_part(world, fresh, NOW)
    agrees(world, None, NOW)
    known = kept.told(world, SEASON, NOW)
    assert known is not None
    (entry,) = [e for e in known.entries if e.code == "OWN-27-001"]
    assert entry.planting == "new"


def test_once_a_season_has_ended_every_state_is_told_anew(world: Workspace):
    fresh = World("laptop-3", START).visit("detected", east(30_000), visit_id="new").events
    fresh = [dataclasses.replace(e, payload={**e.payload, "code": "OWN-27-001"}) for e in fresh]
    assert "assigned" in {row["state"] for row in world.store.layer("plots")}
    assert not _replaced_in_part(world, fresh, MOMENTS[1])
    assert {row["state"] for row in world.store.layer("plots")} & {"assigned", "candidate"} == set()
