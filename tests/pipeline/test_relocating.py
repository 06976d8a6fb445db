"""A workspace that moves: the same to the byte wherever it is kept, and never two of it that can be written."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pipeline.test_postgis import ledger_bytes, made, worked
from postgres import Cluster
from rounds import rounds

from eradication import config
from eradication.cli import main
from eradication.domain import EventKind
from eradication.errors import CheckFailed, EradicationError, StorageFailed
from eradication.pipeline import opened, relocating
from eradication.pipeline.relocating import Move
from eradication.store import verify

PROGRAM = Path(sys.executable).with_name("eradication")
STEPS = ("begun", "files", "store", "proved", "marked", "in use")
ON_SERVER = pytest.param("server", marks=pytest.mark.slow)
KILLED = """
import os, signal, sys
from pathlib import Path
from eradication.pipeline import relocating
move = relocating.Move(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4])
def after(step):
    if step == sys.argv[5]:
        os.kill(os.getpid(), signal.SIGKILL)
    print(step, flush=True)
relocating.copy(move, after=after)
"""

type Run = Callable[..., tuple[int, dict[str, Any]]]
type Places = Callable[[str], tuple[str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """``eradication --json ARGUMENTS…``: exit code and answer."""

    def call(*arguments: object) -> tuple[int, dict[str, Any]]:
        capsys.readouterr()
        code = main(["--lang", "en", "--json", *map(str, arguments)])
        return code, json.loads(capsys.readouterr().out)

    return call


@pytest.fixture
def places(request: pytest.FixtureRequest) -> Places:
    """Gives the address of a store to be: file or a new schema of the server."""

    def place(backend: str) -> tuple[str, str]:
        if backend == "file":
            return "", ""
        found = request.getfixturevalue("server").place()
        return found.url, found.schema

    return place


@pytest.fixture
def office(run: Run, tmp_path: Path) -> Path:
    """A workspace with some of everything, events that wait for others too; its store is a file."""
    folder = made(run, tmp_path / "office")
    worked(run, folder, tmp_path)
    tips = tmp_path / "tips.csv"
    tips.write_text("tip_id,received_at,commune,source\n1,2026-02-10T08:00+07:00,04048,ông A\n", encoding="utf-8")
    assert run("--workspace", folder, "tips", "import", tips)[0] == 0
    assert run("--workspace", folder, "keys", "make", "queue")[0] == 0
    (folder / "inbox" / "BP01").mkdir(parents=True)
    (folder / "inbox" / "BP01" / "đi.gpx").write_text("<gpx/>")
    (folder / "models" / "latest").symlink_to("a/1")
    (folder / "outputs" / "empty").mkdir()
    laptop = made(run, tmp_path / "laptop")
    for n in range(3):
        note(laptop, n)
    with opened(laptop) as other, opened(folder) as own, own.store.transaction() as transaction:
        told = [event for event in other.store.events() if event.number != 3]
        transaction.join(told, other.store.public_key, "máy khác")
    return folder


def note(folder: Path, n: int = 0) -> None:
    """Record something."""
    with opened(folder) as workspace, workspace.store.transaction() as transaction:
        transaction.append(EventKind.PLOT_ASSIGNED, datetime(2026, 3, 1, tzinfo=UTC), {"n": n})


def is_writable(folder: Path) -> str:
    """Empty if something can be recorded there, else why not."""
    try:
        note(folder)
    except EradicationError as error:
        return error.kind
    return ""


def is_whole(folder: Path) -> bool:
    with opened(folder) as workspace:
        return all(check.ok for check in verify(workspace.store))


def figures(run: Run, folder: Path) -> list[Any]:
    """What the ledger counts, whatever was noted in between."""
    told = json.loads(ledger_bytes(run, folder))
    return [told[name] for name in ("rows", "total", "effort", "coverage")]


def words(folder: Path, target: Path, place: tuple[str, str]) -> list[str]:
    url, schema = place
    return ["store", "copy", str(folder), str(target), *(["--store", f"{url}?schema={schema}"] if url else [])]


def listed(folder: Path) -> set[str]:
    """All files and folders but those that a store's own programs make."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.name.startswith("store.gpkg")}


@pytest.mark.slow
def test_a_workspace_goes_to_a_server_and_back_and_is_the_same(run: Run, office: Path, places: Places, tmp_path: Path):
    ledger, files = ledger_bytes(run, office), listed(office)
    with opened(office) as workspace:
        origin, events, waiting = workspace.store.origin, workspace.store.events(), workspace.store.pending()
    assert len(waiting) == 1
    served, back = tmp_path / "served", tmp_path / "back"
    code, there = run(*words(office, served, places("server")))
    assert code == 0, there
    code, home = run(*words(served, back, ("", "")))
    assert code == 0, home
    for answer in (there, home):
        assert [answer["equal"], answer["moved"], answer["origin"]] == [True, True, origin]
        assert answer["digests"]["from"] == answer["digests"]["to"]
    assert [there[name] for name in ("store_sha256", "files_sha256")] == [
        home[name] for name in ("store_sha256", "files_sha256")
    ]
    assert (there["rows"]["pending_events"], there["rows"]["events"]) == (1, len(events))
    assert listed(served) == listed(back) == files
    assert not (served / "store.gpkg").exists()
    assert [ledger_bytes(run, folder) for folder in (office, served, back)] == [ledger] * 3
    assert [stat.S_IMODE((back / name).stat().st_mode) for name in ("tip_sources", "keys")] == [0o700, 0o700]
    assert os.readlink(back / "models" / "latest") == "a/1"
    assert config.load(back / config.FILE_NAME) == config.load(office / config.FILE_NAME)
    assert stat.S_IMODE((served / config.FILE_NAME).stat().st_mode) == 0o600
    assert all(map(is_whole, (office, served, back)))
    assert {c["check"]: c["ok"] for c in run("--workspace", back, "doctor")[1]["checks"]}["chain"]
    assert [is_writable(folder) for folder in (office, served, back)] == ["store_moved", "store_moved", ""]
    with opened(back) as workspace:
        last = max(event.number for event in workspace.store.events() if event.origin == origin)
    assert last == sum(event.origin == origin for event in events) + 1


@pytest.mark.slow
def test_a_moved_store_says_where_it_went_and_is_still_read(run: Run, office: Path, places: Places, tmp_path: Path):
    target = tmp_path / "nơi 'mới' 100%"
    assert run(*words(office, target, places("server")))[0] == 0
    for folder, to in ((office, target), (target, tmp_path / "last")):
        if folder == target:
            assert run(*words(target, to, ("", "")))[0] == 0
        code, answer = run("--workspace", folder, "visits", "import", tmp_path / "visits.csv")
        assert (code, answer["error"]["kind"]) == (4, "store_moved")
        assert str(to) in answer["error"]["message"]
        assert "--workspace" in answer["error"]["hint"]
        assert run("--workspace", folder, "plots", "list")[0] == 0
        code, answer = run(*words(folder, tmp_path / "again", ("", "")))
        assert (code, answer["error"]["kind"]) == (4, "store_moved")
        assert not (tmp_path / "again").exists()
    database = config.load(target / config.FILE_NAME).store
    with opened(target) as workspace, pytest.raises(StorageFailed) as refused:
        # Whoever does not know the mark is refused as well, by the database itself.
        with workspace.store._database.writing() as connection:  # type: ignore[attr-defined]
            connection.exec_driver_sql(
                f'INSERT INTO "{database.schema}".events SELECT * FROM "{database.schema}".events'
            )
    assert "moved" in str(refused.value)


@pytest.mark.slow
def test_bundles_are_taken_after_a_move_as_before(run: Run, office: Path, places: Places, tmp_path: Path):
    laptop, served, back = tmp_path / "laptop", tmp_path / "served", tmp_path / "back"
    for folder, to, place in ((office, served, places("server")), (served, back, ("", ""))):
        assert run(*words(folder, to, place))[0] == 0
        note(to, 7)
        note(laptop, 8)
        for giver, taker in ((to, laptop), (laptop, to)):
            assert run("--workspace", giver, "bundle", "export", tmp_path / "b.zip")[0] == 0
            code, answer = run("--workspace", taker, "bundle", "import", tmp_path / "b.zip")
            assert (code, answer["bundles"][0]["status"]) == (0, "accepted")
            (tmp_path / "b.zip").unlink()
        with opened(to) as one, opened(laptop) as other:
            assert one.store.events() == other.store.events()
            assert one.store.pending() == []
    assert is_whole(back)


@pytest.mark.parametrize("backend", ["file", ON_SERVER])
def test_a_copy_beside_the_old_one_is_another_origin(run: Run, office: Path, places: Places, tmp_path: Path, backend):
    target = tmp_path / "copy"
    code, answer = run(*words(office, target, places(backend)), "--as-copy")
    assert code == 0, answer
    assert answer["left_out"] == ["keys", "tip_sources", "inbox"]
    assert not (target / "tip_sources").exists()
    assert [is_writable(office), is_writable(target)] == ["", ""]
    with opened(office) as old, opened(target) as new:
        assert new.store.origin == answer["origin"] != old.store.origin
        assert set(old.store.noted().heads) < set(new.store.noted().heads)
    for giver, taker in ((target, office), (office, target)):
        assert run("--workspace", giver, "bundle", "export", tmp_path / f"{giver.name}.zip")[0] == 0
        assert run("--workspace", taker, "bundle", "import", tmp_path / f"{giver.name}.zip")[0] == 0
    assert all(map(is_whole, (office, target)))


def test_a_copy_of_a_moved_store_goes_on_as_another_origin(run: Run, office: Path, tmp_path: Path):
    assert run(*words(office, tmp_path / "moved", ("", "")))[0] == 0
    assert run(*words(office, tmp_path / "copy", ("", "")), "--as-copy")[0] == 0
    assert [is_writable(office), is_writable(tmp_path / "copy")] == ["store_moved", ""]


def at(step: str, act: Callable[[], object]) -> Callable[[str], None]:
    return lambda done: (act(), None)[1] if done == step else None


@pytest.mark.parametrize("backend", ["file", ON_SERVER])
def test_what_was_written_wrongly_is_found_and_never_used(office: Path, places: Places, tmp_path: Path, backend: str):
    target = tmp_path / "new"
    url, schema = places(backend)

    def spoil() -> None:
        original = next(path for path in (target / "originals").rglob("*") if path.is_file())
        original.chmod(0o600)
        original.write_bytes(original.read_bytes()[:-1] + b"?")

    with pytest.raises(CheckFailed, match="originals"):
        relocating.copy(Move(office, target, url, schema), after=at("store", spoil))
    assert not target.exists()
    assert is_writable(office) == ""
    # The schema that was filled before the proof is gone too: the same place can be taken.
    relocating.copy(Move(office, target, url, schema))
    assert [is_writable(office), is_writable(target)] == ["store_moved", ""]


def test_files_that_change_meanwhile_are_not_half_copied(office: Path, tmp_path: Path):
    late = at("files", lambda: (office / "outputs" / "late.html").write_text("x"))
    with pytest.raises(StorageFailed, match=r"late\.html") as refused:
        relocating.copy(Move(office, tmp_path / "new"), after=late)
    assert refused.value.kind == "workspace_in_use"
    assert not (tmp_path / "new").exists()
    assert is_writable(office) == ""


def test_places_that_are_taken_are_refused_and_left_alone(
    run: Run, office: Path, server: Cluster, places: Places, tmp_path: Path
):
    other = made(run, tmp_path / "other")
    full = tmp_path / "full"
    full.mkdir()
    (full / "letter.txt").write_text("x")
    used = server.place()
    made(run, tmp_path / "served", used)
    for target, place, kind in (
        (other, ("", ""), "workspace_exists"),
        (full, ("", ""), "folder_not_empty"),
        (full / "letter.txt", ("", ""), "folder_not_empty"),
        (office, ("", ""), "same_folder"),
        (office / "in", ("", ""), "same_folder"),
        (tmp_path, ("", ""), "same_folder"),
        (tmp_path / "new", (used.url, used.schema), "store_taken"),
        (tmp_path / "new", ("mysql://x/y", "z"), "bad_settings"),
    ):
        code, answer = run(*words(office, target, place))
        assert (code, answer["error"]["kind"]) == (2, kind)
        assert answer["error"]["hint"]
    assert not (tmp_path / "new").exists()
    assert (full / "letter.txt").read_text() == "x"
    assert [is_writable(folder) for folder in (office, other, tmp_path / "served")] == ["", "", ""]
    empty = tmp_path / "empty"
    empty.mkdir()
    assert run(*words(office, empty, places("server")))[0] == 0


def test_the_old_workspace_takes_nothing_while_it_is_copied(office: Path, tmp_path: Path, monkeypatch):
    monkeypatch.setattr("eradication.store.database.BUSY_S", 0.2)
    seen: list[str] = []
    relocating.copy(Move(office, tmp_path / "new"), after=at("store", lambda: seen.append(is_writable(office))))
    assert seen == ["store_locked"]


def test_two_programs_do_not_copy_into_one_folder(office: Path, run: Run, tmp_path: Path):
    target = tmp_path / "new"
    seen: list[tuple[int, dict[str, Any]]] = []
    other = made(run, tmp_path / "other")
    relocating.copy(Move(office, target), after=at("begun", lambda: seen.append(run(*words(other, target, ("", ""))))))
    ((code, answer),) = seen
    assert (code, answer["error"]["kind"]) == (4, "copy_unfinished")
    assert is_writable(target) == is_writable(other) == ""


def killed(office: Path, target: Path, place: tuple[str, str], step: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, office, target, *place, step], capture_output=True, text=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("direction", ["file file", "file server", "server file"])
@pytest.mark.parametrize("step", STEPS)
def test_T5_a_copy_killed_at_any_step_leaves_one_workspace_in_force(
    run: Run, office: Path, places: Places, tmp_path: Path, direction: str, step: str
):
    first, second = direction.split()
    if first == "server":
        assert run(*words(office, tmp_path / "served", places("server")))[0] == 0
        office = tmp_path / "served"
    ledger, place, target = figures(run, office), places(second), tmp_path / "new"
    killed(office, target, place, step)
    again = step in ("begun", "files", "store", "proved")
    if again:
        assert [is_writable(office), is_writable(target)] == ["", "copy_unfinished"]
        other = made(run, tmp_path / "other")
        assert run(*words(other, target, ("", "")))[1]["error"]["kind"] == "copy_unfinished"
        code, answer = run(*words(office, target, place))
        assert (code, answer["equal"]) == (0, True)
    else:
        # Whoever opens the new one finishes the move.
        assert [is_writable(office), is_writable(target)] == ["store_moved", ""]
    assert [is_writable(office), is_writable(target)] == ["store_moved", ""]
    assert not (target / ".copying").exists()
    assert is_whole(target)
    assert figures(run, target) == ledger
    assert run(*words(office, target, place))[0] in (2, 4)


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["file", "server"])
def test_T5_a_move_killed_after_its_mark_is_finished_by_the_same_command(
    run: Run, office: Path, places: Places, tmp_path: Path, backend: str
):
    place, target = places(backend), tmp_path / "new"
    killed(office, target, place, "marked")
    code, answer = run(*words(office, target, place))
    assert (code, answer["equal"], answer["to"]) == (0, True, str(target))
    assert [is_writable(office), is_writable(target)] == ["store_moved", ""]


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("direction", ["file server", "server file"][: rounds(2, 1)])
def test_T5_a_copy_killed_at_many_moments_can_simply_be_run_again(
    run: Run, office: Path, places: Places, tmp_path: Path, direction: str
):
    first, second = direction.split()
    if first == "server":
        assert run(*words(office, tmp_path / "served", places("server")))[0] == 0
        office = tmp_path / "served"
    place, target = places(second), tmp_path / "new"
    command = [str(PROGRAM), "--json", *words(office, target, place)]
    began = time.monotonic()
    trial = [*command[:-1], command[-1] + "_trial"] if second == "server" else command
    subprocess.run([*trial, "--as-copy"], check=True, capture_output=True, cwd=tmp_path)
    lasted = time.monotonic() - began
    if second == "file":
        target = tmp_path / "second"
    else:
        target = tmp_path / "third"
    command = [str(PROGRAM), "--json", *words(office, target, place)]
    for turn in range(12):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(lasted * (0.25 + 0.07 * turn))
        process.kill()
        process.wait()
        free = [folder for folder in (office, target) if is_writable(folder) == ""]
        assert len(free) == 1
        assert is_whole(free[0])
        if free == [target]:
            break
    else:
        assert run(*words(office, target, place))[0] == 0
    assert [is_writable(office), is_writable(target)] == ["store_moved", ""]
    assert is_whole(target)
