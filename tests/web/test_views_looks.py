"""T34: whoever sees a plot is on record, in events that nobody can alter unseen; and files of plots are marked."""

import io
import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select
from web import world
from web.world import SEASON, A, World

from eradication import store
from eradication.domain import EventKind
from eradication.pipeline import accounts, exchange, idle, once
from eradication.pipeline.reception import errands, looks
from eradication.store.reception import looks as rows
from eradication.store.reception import schema


@pytest.fixture(params=["file"])
def own(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A world of one's own: in a file, or where a test asks for it on a server as well."""
    server = request.getfixturevalue("server").place() if request.param == "server" else None
    with world.built(tmp_path, server) as made:
        yield made


BOTH = pytest.mark.parametrize("own", ["file", "server"], indirect=True)


def kept(here: World) -> list[dict[str, Any]]:
    with here.place.reception.reading() as connection:
        return [dict(row._mapping) for row in connection.execute(select(schema.looks).order_by(schema.looks.c.look_id))]


def told(here: World) -> list[dict[str, Any]]:
    events = here.workspace.store.events(kinds=[EventKind.PLOTS_VIEWED])
    return [view for event in events for view in event.payload["views"]]


def person(here: World, login: str) -> str:
    return here.people[login].person_id


@BOTH
def test_T34_every_plot_that_an_answer_names_is_a_look_of_whoever_asked(own: World):
    own.client("patrol_a").get("/api/plots")
    seen = {own.plots[name] for name in ("candidate_A", "open_A", "found_A", "open_B")}
    assert {row["plot_id"] for row in kept(own)} == seen
    assert {(row["person_id"], row["how"], row["told_in"]) for row in kept(own)} == {
        (person(own, "patrol_a"), "list", None)
    }
    own.client("reviewer").get(f"/plots/{own.plots['found_B']}", headers={"Accept": "text/html"})
    own.client("officer").get("/api/visits")
    own.client("analyst").post("/api/plots/search", json={"bbox": [104.8, 20.8, 104.9, 20.9], "how": "map"})
    later = kept(own)[len(seen) :]
    assert [(row["person_id"], row["how"]) for row in later[:3]] == [
        (person(own, "reviewer"), "page"), (person(own, "officer"), "visits"), (person(own, "officer"), "visits")
    ]  # fmt: skip
    assert {row["how"] for row in later[3:]} == {"map"}
    assert len(later) == 6


def test_T34_counts_and_refusals_are_no_looks_and_a_page_counts_each_time(own: World):
    own.client("administrator").get("/api/plots")
    own.client("patrol_b").get(f"/api/plots/{own.plots['found_A']}")
    assert kept(own) == []
    for _ in range(2):
        own.client("reviewer").get(f"/api/plots/{own.plots['found_A']}")
    assert len(kept(own)) == 2


def test_T34_a_list_that_is_loaded_again_and_again_is_one_look_an_hour(own: World):
    for _ in range(3):
        own.client("reviewer").get("/api/plots")
    assert len(kept(own)) == 6
    own.clock.now += timedelta(minutes=61)
    own.client("reviewer").get("/api/plots")
    assert len(kept(own)) == 12
    own.client("verifier").get("/api/plots")
    assert len(kept(own)) == 18


@pytest.mark.parametrize("own", ["server"], indirect=True)
def test_T34_on_a_server_a_look_is_kept_while_somebody_else_writes(own: World):
    client = own.client("analyst")
    with own.place.reception.writing():
        assert client.get("/api/plots").status_code == 200
        seen = {row["plot_id"] for row in kept(own) if row["person_id"] == person(own, "analyst")}
    assert seen >= set(own.plots.values())


@BOTH
def test_T34_looks_become_chained_events_once_and_the_audit_stays_green(own: World):
    own.client("reviewer").get("/api/plots")
    own.client("patrol_a").get(f"/api/plots/{own.plots['found_A']}")
    assert errands.KINDS["tell_looks"].do(own.place, {}, lambda name: lambda done, total: None) == {
        "events": 1, "looks": 7
    }  # fmt: skip
    wanted = [
        {"person": row["person_id"], "plot": row["plot_id"], "at": row["seen_at"], "how": row["how"]}
        for row in kept(own)
    ]
    assert told(own) == wanted
    (event,) = own.workspace.store.events(kinds=[EventKind.PLOTS_VIEWED])
    assert {row["told_in"] for row in kept(own)} == {f"{event.origin}/{event.number}"}
    assert looks.tell_looks(own.place) == {"events": 0, "looks": 0}
    assert all(check.ok for check in store.verify(own.workspace.store))


def test_T34_one_event_tells_of_so_many_and_the_rest_is_told_too(own: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(looks, "MOST", 4)
    own.client("reviewer").get("/api/plots")
    own.client("officer").get("/api/plots")
    assert looks.tell_looks(own.place) == {"events": 3, "looks": 12}
    assert len(told(own)) == len(kept(own)) == 12


class Cut(Exception):
    """The process ends here."""


@BOTH
@pytest.mark.parametrize("where", ["before the event", "before it is marked"])
def test_T34_a_telling_that_was_cut_short_is_ended_and_tells_nothing_twice(
    own: World, monkeypatch: pytest.MonkeyPatch, where: str
):
    own.client("reviewer").get("/api/plots")

    def cut(*_: Any) -> Any:
        raise Cut

    with monkeypatch.context() as patch:
        patch.setattr(*((looks, "_known") if where == "before the event" else (rows, "told")), cut)
        with pytest.raises(Cut):
            looks.tell_looks(own.place)
    assert len(told(own)) == (0 if where == "before the event" else 6)
    # Other events, and other looks, come in between.
    with own.workspace.store.transaction() as transaction:
        transaction.append(EventKind.EXPORTED, world.NOW, {"what": "in between"})
    own.client("officer").get(f"/api/plots/{own.plots['found_A']}")
    looks.tell_looks(own.place)
    assert len(told(own)) == len(kept(own)) == 7
    assert all("/" in row["told_in"] for row in kept(own))
    assert all(check.ok for check in store.verify(own.workspace.store))


@BOTH
def test_T34_two_who_tell_at_once_tell_everything_once(own: World):
    for login in ("reviewer", "officer", "verifier", "analyst"):
        own.client(login).get("/api/plots")
    threads = [threading.Thread(target=looks.tell_looks, args=(own.place,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    views = [json.dumps(view, sort_keys=True) for view in told(own)]
    assert len(views) == len(set(views)) == 24
    assert all("/" in row["told_in"] for row in kept(own))


def test_T34_who_oversees_is_told_who_saw_a_plot_by_whatever_name(own: World):
    plot, auditor = own.plots["candidate_B"], own.client("auditor")
    own.client("patrol_b").get(f"/api/plots/{plot}")
    looks.tell_looks(own.place)
    own.clock.now += timedelta(minutes=5)
    own.client("reviewer").get(f"/api/plots/{plot}")
    views = auditor.get(f"/api/plots/{plot}/views").json()["views"]
    assert [(view["person"], view["how"], view["event"] is None) for view in views] == [
        (person(own, "patrol_b"), "page", False), (person(own, "reviewer"), "page", True)
    ]  # fmt: skip
    assert auditor.get("/api/plots/VH-26-CANDIDATEB/views").json()["views"] == views
    assert auditor.get("/api/plots/P-0000000000/views").json()["views"] == []
    assert own.client("reviewer").get(f"/api/plots/{plot}/views").status_code == 403
    assert "views" not in own.client("reviewer").get(f"/api/plots/{plot}").json()


def test_T34_a_bundle_carries_looks_to_another_office_and_back(own: World, tmp_path: Path):
    own.client("reviewer").get("/api/plots")
    looks.tell_looks(own.place)
    bundle = tmp_path / "all.bundle"
    exchange.export_bundle(own.workspace, bundle, None)
    with world.created(tmp_path / "border", own.workspace.settings.__class__()) as border:
        exchange.import_bundles(border, [bundle], str)
        assert len(border.store.events(kinds=[EventKind.PLOTS_VIEWED])) == 1
        assert all(check.ok for check in store.verify(border.store))


@BOTH
def test_T34_looks_change_no_answer_that_was_kept(own: World):
    question = accounts.Question(SEASON)
    before = accounts.ledger(own.workspace, question)
    made = [once.once(own.workspace, "test", lambda: object()) for _ in range(2)]
    files = {path: path.read_bytes() for path in (own.workspace.folder / "outputs" / "beside").iterdir()}
    heads = idle.heads(own.workspace)
    own.client("reviewer").get("/api/plots")
    looks.tell_looks(own.place)
    assert idle.heads(own.workspace) != heads
    assert idle.only_idle_since(own.workspace, heads)
    assert accounts.ledger(own.workspace, question) | {"as_of": ""} == before | {"as_of": ""}
    assert {path: path.read_bytes() for path in files} == files
    assert {*made, once.once(own.workspace, "test", lambda: object())} == {made[0]}
    with own.workspace.store.transaction() as transaction:
        transaction.append(EventKind.RUN_FINISHED, world.NOW, {"season": SEASON.label, "run": "2", "model": "rules"})
    assert not idle.only_idle_since(own.workspace, heads)
    assert once.once(own.workspace, "test", lambda: object()) is not made[0]
    assert not idle.only_idle_since(own.workspace, {**heads, own.workspace.store.origin: (1, "another chain")})


REASON = "Giao cho tổ tuần tra xã Mộc Châu"


def exported(here: World, login: str = "reviewer", form: str = "geojson", reason: str = REASON) -> Any:
    return here.client(login).post("/api/plots/export", json={"format": form, "reason": reason})


def mark_in(content: bytes, form: str, tmp_path: Path) -> tuple[set[str], str, int]:
    """Return marks in the rows, the mark of the file, and how many rows there are."""
    if form == "geojson":
        told = json.loads(content)
        return {row["properties"]["mark"] for row in told["features"]}, told["mark"], len(told["features"])
    if form == "xlsx":
        book = openpyxl.load_workbook(io.BytesIO(content))
        head, *lines = book["plots"].values
        return {line[head.index("mark")] for line in lines}, book.properties.description, len(lines)
    path = tmp_path / "given.gpkg"
    path.write_bytes(content)
    with closing(sqlite3.connect(path)) as file:
        marks = [mark for (mark,) in file.execute("SELECT mark FROM plots")]
        ((described,),) = file.execute("SELECT description FROM gpkg_contents WHERE table_name = 'plots'")
    return set(marks), described.rpartition(" · ")[2], len(marks)


@pytest.mark.parametrize("form", ["geojson", "gpkg", "xlsx"])
def test_T34_a_file_is_marked_as_that_persons_and_on_record_with_its_hash(own: World, tmp_path: Path, form: str):
    import hashlib

    answer = exported(own, form=form)
    assert answer.status_code == 200
    rows_marks, file_mark, count = mark_in(answer.content, form, tmp_path)
    (event,) = own.workspace.store.events(kinds=[EventKind.EXPORTED])
    assert rows_marks == {file_mark} == {event.payload["mark"]}
    assert file_mark.startswith(person(own, "reviewer"))
    sha256 = hashlib.sha256(answer.content).hexdigest()
    assert {name: event.payload[name] for name in ("person", "reason", "count", "format", "written_sha256")} == {
        "person": person(own, "reviewer"), "reason": REASON, "count": count, "format": form, "written_sha256": sha256
    }  # fmt: skip
    assert count == 6
    assert {row["how"] for row in kept(own)} == {"export"}
    assert list((own.workspace.folder / "outputs").glob(".export-*")) == []
    assert all(check.ok for check in store.verify(own.workspace.store))


def test_T34_the_form_of_the_page_gives_the_same_marked_file_and_asks_for_a_reason(own: World):
    client = own.client("reviewer")
    page = client.get("/plots").text
    assert 'action="/plots/export"' in page
    assert 'name="reason" required' in page
    wanted = {"season": "2025-2026", "format": "geojson"}
    told = client.post("/plots/export", data=wanted | {"reason": REASON})
    assert told.headers["content-disposition"].startswith("attachment")
    (event,) = own.workspace.store.events(kinds=[EventKind.EXPORTED])
    assert json.loads(told.content)["mark"] == event.payload["mark"]
    assert client.post("/plots/export", data=wanted | {"reason": "vì"}).status_code == 400
    assert 'action="/plots/export"' not in own.client("auditor").get("/plots").text


def test_T34_two_files_of_one_person_are_told_apart(own: World):
    marks = {json.loads(exported(own).content)["mark"] for _ in range(2)}
    assert len(marks) == 2


def test_T14_a_file_holds_what_its_person_may_see(own: World):
    told = json.loads(exported(own, "patrol_a").content)
    assert {row["id"] for row in told["features"]} == {
        own.plots[name] for name in ("candidate_A", "open_A", "found_A", "open_B")
    }
    east = json.loads(exported(own, "reviewer_east").content)
    assert {row["properties"]["commune_code"] for row in east["features"]} == {world.EAST}
    for login in ("administrator", "auditor"):
        assert exported(own, login).status_code == 403
    assert own.client("patrol_a", device=["read"]).post("/api/plots/export", json={}).status_code == 403


@pytest.mark.parametrize("reason", ["", "test", "aaaaaaaaaaaaaaaa", "1234567890123", "          .", "abc abc abc abc"])
def test_T34_without_a_reason_there_is_no_file_and_nothing_is_counted(own: World, reason: str):
    answer = exported(own, reason=reason)
    assert (answer.status_code, answer.json()["error"]["kind"]) == (400, "reason_missing")
    assert own.workspace.store.events(kinds=[EventKind.EXPORTED]) == []


def test_T20_files_of_one_person_are_so_many_a_day(tmp_path: Path):
    with world.built(tmp_path, exports_a_day=2) as own:
        assert [exported(own).status_code for _ in range(3)] == [200, 200, 429]
        assert exported(own, "officer").status_code == 200
        own.clock.now += timedelta(hours=25)
        own.tokens.clear()
        assert exported(own).status_code == 200
        assert len(own.workspace.store.events(kinds=[EventKind.EXPORTED])) == 4


def test_T14_the_events_of_looks_and_files_are_the_provinces_alone(own: World):
    exported(own, "patrol_a")
    looks.tell_looks(own.place)
    kinds = [EventKind.EXPORTED, EventKind.PLOTS_VIEWED]
    assert len(own.workspace.store.events(kinds=kinds)) == 2
    assert own.workspace.store.seen_by(A).events(kinds=kinds) == []
