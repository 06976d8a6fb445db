"""Several workers of a server in one folder, on one schema: nothing is lost, nothing is twice, the chain is whole."""

import csv
import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import postgres
import pytest
from pipeline import worker
from rounds import rounds

from eradication.cli import main
from eradication.domain import EventKind
from eradication.pipeline.workspace import opened
from eradication.store import note

START = datetime(2026, 1, 10, 2, tzinfo=UTC)


def track(path: Path, number: int) -> None:
    east = 104.8 + number * 0.004
    points = "".join(
        f'<trkpt lat="{20.79 + n * 1e-4:.6f}" lon="{east:.6f}"><ele>{800 + n}</ele>'
        f"<time>{START + timedelta(days=number, minutes=n):%Y-%m-%dT%H:%M:%SZ}</time></trkpt>"
        for n in range(30)
    )
    path.write_text(f'<gpx version="1.1" creator="t"><trk><trkseg>{points}</trkseg></trk></gpx>', encoding="utf-8")


def visits(path: Path, first: int, count: int) -> None:
    columns = ("visit_id", "lon", "lat", "visited_at", "unit", "officers", "outcome", "area_m2", "area_method")
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        for n in range(first, first + count):
            place = (round(104.7 + n * 0.003, 6), 20.85)
            when = (START + timedelta(days=n % 20)).isoformat()
            writer.writerow([f"V{n}", *place, when, f"U{n % 3}", "a;b", "detected", 200 + n, "tape"])


def handed_in(inbox: Path, workers: list[str], tracks: int, rows: int) -> list[Path]:
    """Files of each worker alone, and one of each kind that all of them hand in."""
    inbox.mkdir()
    for number, name in enumerate(workers):
        for n in range(tracks):
            track(inbox / f"{name}-{n}.gpx", 100 * (number + 1) + n)
        if tracks:
            visits(inbox / f"{name}-visits.csv", rows * number, rows)
    track(inbox / "all-walk.gpx", 7)
    visits(inbox / "all-visits.csv", rows * len(workers), rows)
    return sorted(inbox.iterdir())


def office(folder: Path, server: postgres.Cluster) -> Path:
    place = server.place()
    assert main(["--json", "init", str(folder), "--store", place.url, "--schema", place.schema]) == 0
    return folder


def begin(folder: Path, inbox: Path, name: str) -> subprocess.Popen[str]:
    command = [sys.executable, worker.__file__, str(folder), str(inbox), name]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def ended(running: subprocess.Popen[str]) -> list[str]:
    """Wait for a worker and return the lines it printed."""
    with running:
        return running.communicate(timeout=900)[0].splitlines()


def figures(folder: Path) -> dict[str, Any]:
    """The ledger, without what only says when and how it was asked, and without codes given in order of arrival."""
    code, answer = worker.call(folder, "ledger", "--season", "2025-2026")
    assert code == 0
    return {name: answer[name] for name in ("total", "rows", "effort", "unvisited", "findings", "undetected")}


def check_whole(folder: Path, files: list[Path]) -> None:
    """Assert that every file is there once, with its walk or rows, and that everything that is checked is well."""
    code, answer = worker.call(folder, "audit", "verify")
    assert (code, answer["ok"], answer["shown"]["ok"]) == (0, True, True), answer
    with opened(folder) as workspace:
        taken = Counter(event.payload["file"] for event in workspace.store.events(kinds=[EventKind.PATROL_RECORDED]))
        assert taken == {file.name: 1 for file in files if file.suffix == ".gpx"}
        rows = Counter(
            event.payload["visit"]["visit_id"] for event in workspace.store.events(kinds=[EventKind.VISIT_RECORDED])
        )
        tables = [file.read_text(encoding="utf-8").splitlines() for file in files if file.suffix == ".csv"]
        wanted = [row["visit_id"] for lines in tables for row in csv.DictReader(lines)]
        assert rows == dict.fromkeys(wanted, 1)
        codes = Counter(row["code"] for row in workspace.store.layer("plots"))
        assert max(codes.values()) == 1
        assert len(workspace.store.events(kinds=[EventKind.PERIOD_CLOSED])) == 1
        assert workspace.store.noted().reach(workspace.store.origin)[0] == workspace.store.origins()[0].events


def in_turn(folder: Path, files: list[Path]) -> dict[str, Any]:
    """What one worker tells after the same files."""
    for file in files:
        kind = "patrols" if file.suffix == ".gpx" else "visits"
        assert worker.call(folder, kind, "import", file)[0] == 0
    return figures(folder)


type Done = tuple[Path, list[Path]]


def together(tmp_path: Path, server: postgres.Cluster, names: list[str], tracks: int, rows: int) -> Done:
    files = handed_in(tmp_path / "inbox", names, tracks, rows)
    folder = office(tmp_path / "office", server)
    running = [begin(folder, tmp_path / "inbox", name) for name in names]
    said = [ended(one) for one in running]
    assert [one.returncode for one in running] == [0] * len(names), said
    assert sorted(lines[-1] for lines in said) == ["closed", *["period_closed"] * (len(names) - 1)]
    shared = Counter(line for lines in said for line in lines if line.startswith("all-walk"))
    assert shared == {"all-walk.gpx accepted": 1, "all-walk.gpx duplicate": len(names) - 1}
    check_whole(folder, files)
    return folder, files


@pytest.mark.slow
def test_T5_two_workers_of_one_folder_lose_nothing(tmp_path: Path, server: postgres.Cluster):
    together(tmp_path, server, ["a", "b"], 0, 1)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_T5_four_workers_of_one_folder_lose_nothing(tmp_path: Path, server: postgres.Cluster):
    folder, files = together(tmp_path, server, ["a", "b", "c", "d"], 3, 6)
    one_by_one = in_turn(office(tmp_path / "alone", server), files)
    assert json.dumps(figures(folder), sort_keys=True) == json.dumps(one_by_one, sort_keys=True)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(rounds(3, 1)))
def test_T5_a_worker_that_is_killed_harms_none_of_the_others(tmp_path: Path, server: postgres.Cluster, seed: int):
    names = ["a", "b", "c", "d"]
    files = handed_in(tmp_path / "inbox", names, 3, 4)
    folder = office(tmp_path / "office", server)
    running = {name: begin(folder, tmp_path / "inbox", name) for name in names}
    time.sleep(random.Random(seed).uniform(4, 20))
    running["b"].send_signal(signal.SIGKILL)
    said = {name: ended(one) for name, one in running.items()}
    assert {name: one.returncode for name, one in running.items() if name != "b"} == dict.fromkeys("acd", 0)
    with opened(folder) as workspace:
        known = {event.payload["file"] for event in workspace.store.events(kinds=[EventKind.PATROL_RECORDED])}
    acknowledged = {line.split()[0] for lines in said.values() for line in lines if "gpx" in line}
    assert acknowledged <= known
    # Whoever takes its place does its work, and nothing of it is there twice.
    ended(begin(folder, tmp_path / "inbox", "b"))
    check_whole(folder, files)


def test_a_period_is_not_closed_over_an_entry_that_comes_meanwhile(
    tmp_path: Path, server: postgres.Cluster, monkeypatch: pytest.MonkeyPatch
):
    from eradication.pipeline import periods

    folder = office(tmp_path / "office", server)
    visits(tmp_path / "first.csv", 0, 1)
    visits(tmp_path / "later.csv", 5, 1)
    assert worker.call(folder, "visits", "import", tmp_path / "first.csv")[0] == 0
    waiting, figured = [tmp_path / "later.csv"], periods._figures

    def slow(*words: Any) -> dict[str, Any]:
        told = figured(*words)
        if waiting:  # another worker enters a visit while the figures are told
            assert worker.call(folder, "visits", "import", waiting.pop())[0] == 0
        return told

    monkeypatch.setattr(periods, "_figures", slow)
    code, answer = worker.call(folder, "period", "close", "2026-Q1", "--by", "a")
    assert code == 0
    assert answer["cumulative"]["total"]["detected_m2"] == 200 + 205
    with opened(folder) as workspace:
        events = sorted(workspace.store.events(), key=lambda event: event.number)
    assert events[-1].kind is EventKind.PERIOD_CLOSED


@pytest.mark.slow
def test_programs_that_write_one_note_or_one_file_leave_a_whole_one(tmp_path: Path):
    code = (
        "import sys; from pathlib import Path; from eradication.store import note\n"
        "from eradication.pipeline.workspace import write_whole\n"
        "folder, name = Path(sys.argv[1]), sys.argv[2]\n"
        "for n in range(1, 60):\n"
        "    note.update(folder / 'origin.signed', lambda old: old.after({name: (n, 'ab')}, None))\n"
        "    write_whole(folder / 'page.html', name * 20_000)\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), name]) for name in "abcd"]
    seen = set()
    while any(one.poll() is None for one in running):
        if (tmp_path / "page.html").exists():
            seen.add((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert [one.wait() for one in running] == [0] * 4
    assert {(text[0], len(text)) for text in seen} <= {(name, 20_000) for name in "abcd"}
    assert note.read(tmp_path / "origin.signed").heads == dict.fromkeys("abcd", (59, "ab"))
    assert not list(tmp_path.glob(".page*"))
