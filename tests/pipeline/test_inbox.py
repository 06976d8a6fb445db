"""What lies in the inbox is taken in once, answered with a receipt and put away, wherever the program is cut off."""

import contextlib
import io
import json
import random
import signal
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import photo_factory
import pytest
from rounds import rounds

from eradication import pipeline
from eradication.config import Inbox
from eradication.domain import EventKind
from eradication.errors import StorageFailed, UnusableInput
from eradication.pipeline import handing_in, inbox, inbox_kinds, receipt_book
from eradication.pipeline.inbox import Settled, Watching, watch
from eradication.store import audit

POINTS = "".join(
    f'<trkpt lat="{21 + k * 4e-4}" lon="104"><time>2026-02-10T0{{}}:{k:02}:00Z</time></trkpt>' for k in range(9)
)


def gpx(hour):
    return f'<gpx version="1.1"><trk><trkseg>{POINTS.format(*[hour] * 9)}</trkseg></trk></gpx>'.encode()


@pytest.fixture
def workspace(tmp_path):
    settings = pipeline.settings_for("Sơn La", language="en")
    object.__setattr__(settings, "inbox", Inbox(settle_s=0.0))
    with pipeline.created(tmp_path / "ws", settings) as made:
        yield made


@pytest.fixture
def lay(workspace):
    def call(name, content):
        path = workspace.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    return call


def look(workspace, language="en"):
    """Take what lies there once."""
    told = []
    waiting = watch(workspace, Watching(once=True), language, threading.Event(), told.append)
    return {taken.path: taken for taken in told} | ({"waiting": waiting} if waiting else {})


def recorded(workspace):
    return [event.payload for event in workspace.store.events(kinds=[EventKind.PATROL_RECORDED])]


def lying(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() and p.name != ".lock")


def test_a_file_is_taken_in_for_the_unit_of_its_folder_answered_and_put_away(workspace, lay):
    lay("BP01/tháng 2/a.gpx", gpx(1))
    taken = look(workspace)["BP01/tháng 2/a.gpx"]
    assert (taken.status, taken.unit, taken.kind) == ("accepted", "BP01", "patrol")
    [event] = recorded(workspace)
    assert event["patrol"]["unit"] == "BP01"
    assert Path(taken.moved_to).read_bytes() == gpx(1)
    assert Path(taken.moved_to).parts[-5] == ".done"
    page = Path(taken.receipt_page)
    text = page.with_suffix(".txt").read_text(encoding="utf-8")
    for said in (taken.receipt, "a.gpx", event["sha256"], "accepted", "BP01", "Fixes: 9", "Fixes kept: 9", "code"):
        assert said in text
    assert "<svg" in page.read_text(encoding="utf-8")
    assert "21.00" not in text


def test_the_same_content_is_the_same_receipt_and_numbers_never_repeat(workspace, lay):
    lay("a.gpx", gpx(1))
    lay("b.gpx", gpx(2))
    first = look(workspace)
    lay("a.gpx", gpx(1))
    lay("BP02/other name.gpx", gpx(2))
    again = look(workspace)
    assert [taken.status for taken in (*first.values(), *again.values())] == ["accepted"] * 2 + ["duplicate"] * 2
    assert [t.receipt for t in first.values()] == [t.receipt for t in again.values()]
    assert len({t.receipt for t in first.values()}) == 2
    assert {Path(t.moved_to).name for t in (first["a.gpx"], again["a.gpx"])} == {"a.gpx", "a (2).gpx"}
    assert len(recorded(workspace)) == 2


def test_a_refused_file_is_kept_with_the_reason_and_what_to_do_in_both_languages(workspace, lay):
    lay("BP01/a.txt", b"no track")
    taken = look(workspace)["BP01/a.txt"]
    assert (taken.status, taken.receipt) == ("refused", "")
    assert lying(workspace.inbox / ".refused") == ["BP01/a.txt", "BP01/a.txt.txt"]
    said = Path(taken.receipt_page).read_text(encoding="utf-8")
    assert "Loại tệp này không được đọc" in said
    assert "This kind of file is not read" in said
    assert said.index("Cách xử lý") < said.index("What to do")
    assert not (workspace.inbox / "receipts").exists()


def test_refused_files_of_one_name_and_their_reasons_do_not_overwrite_each_other(workspace, lay):
    for content in (b"one", b"two"):
        lay("a.txt", content)
        lay("a.txt.txt", content + b"!")
        look(workspace)
    folder = workspace.inbox / ".refused"
    assert {(folder / name).read_bytes() for name in lying(folder)} >= {b"one", b"two", b"one!", b"two!"}


def test_unfinished_hidden_and_growing_files_wait(workspace, lay):
    for name in ("a.gpx.part", "b.gpx.crdownload", "c.TMP", ".d.gpx", "Thumbs.db", ".sync/e.gpx"):
        lay(name, gpx(1))
    assert look(workspace) == {}
    path = lay("f.gpx", gpx(1))
    settled = Settled(5.0)
    assert settled.look([path], 100.0) == []
    assert settled.look([path], 104.0) == []
    path.write_bytes(gpx(1) + b"\n")
    assert settled.look([path], 106.0) == []
    assert settled.look([path], 110.0) == []
    assert settled.look([path], 111.0) == [path]


def test_a_file_that_changes_while_it_is_read_is_not_put_away_half(workspace, lay, monkeypatch):
    path = lay("a.gpx", gpx(1))
    read = handing_in.patrols.read

    def reads_then_grows(*arguments, **options):
        file = read(*arguments, **options)
        path.write_bytes(gpx(2))
        return file

    monkeypatch.setattr(handing_in.patrols, "read", reads_then_grows)
    assert look(workspace) == {"waiting": 1}
    assert recorded(workspace) == []
    monkeypatch.undo()
    assert look(workspace)["a.gpx"].status == "accepted"
    assert [event["sha256"] for event in recorded(workspace)] == [workspace_sha(workspace)]


def workspace_sha(workspace):
    [line] = (workspace.inbox / "receipts" / "register.jsonl").read_text().splitlines()
    return json.loads(line)["sha256"]


def test_a_zip_is_answered_with_one_receipt_for_all_that_is_in_it(workspace, lay):
    path = lay("BP01/week.zip", b"")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("1/a.gpx", gpx(1))
        archive.writestr("b.txt", "no track")
    taken = look(workspace)["BP01/week.zip"]
    assert taken.status == "accepted"
    text = Path(taken.receipt_page).with_suffix(".txt").read_text(encoding="utf-8")
    assert text.count(taken.receipt) == 2
    assert "refused" in text


def test_a_link_and_a_folder_that_is_no_units_code_are_refused(workspace, lay, tmp_path):
    secret = tmp_path / "secret.gpx"
    secret.write_bytes(gpx(1))
    workspace.inbox.mkdir()
    (workspace.inbox / "link.gpx").symlink_to(secret)
    lay("Nguyễn Văn A/b.gpx", gpx(2))
    told = look(workspace)
    assert {t.path: t.files[0].reason for t in told.values()} == {
        "link.gpx": "not_a_file",
        "Nguyễn Văn A/b.gpx": "bad_unit_folder",
    }
    assert recorded(workspace) == []
    assert secret.read_bytes() == gpx(1)


def test_a_second_watcher_of_a_workspace_is_turned_away(workspace, lay):
    lay("a.gpx", gpx(1))

    def second(taken):
        with pytest.raises(UnusableInput) as caught:
            look(workspace)
        assert caught.value.kind == "inbox_in_use"
        seen.append(taken)

    seen: list[object] = []
    watch(workspace, Watching(once=True), "en", threading.Event(), second)
    assert len(seen) == 1


def test_it_watches_until_it_is_told_to_stop(workspace, lay):
    stop, told = threading.Event(), []

    def hear(taken):
        told.append(taken.path)
        if len(told) == 1:
            lay("b.gpx", gpx(2))
        else:
            stop.set()

    lay("a.gpx", gpx(1))
    assert watch(workspace, Watching(every_s=0.01), "en", stop, hear) == 0
    assert told == ["a.gpx", "b.gpx"]


def test_a_half_written_line_of_the_register_is_no_number_and_spoils_none(workspace, lay):
    lay("a.gpx", gpx(1))
    look(workspace)
    register = workspace.inbox / "receipts" / "register.jsonl"
    with register.open("a") as stream:
        stream.write('{"number": "2026-000')
    lay("b.gpx", gpx(2))
    look(workspace)
    numbers = receipt_book.Book(register.parent)._numbers
    assert len(set(numbers.values())) == 2


def test_when_the_store_fails_the_file_stays_and_there_is_no_receipt(workspace, lay, monkeypatch):
    lay("a.gpx", gpx(1))

    def fails(*_):
        raise StorageFailed("disk_full", "The disk is full.")

    monkeypatch.setattr(handing_in.Desk, "_record", fails)
    with pytest.raises(StorageFailed):
        look(workspace)
    assert lying(workspace.inbox) == ["a.gpx"]


class Killed(BaseException):
    """Stands for a process that is gone."""


CUTS = [
    (handing_in.Desk, "_record", "after"),
    (receipt_book.Book, "number", "after"),
    (receipt_book, "write_whole", "after"),
    (inbox, "_move", "before"),
    (inbox, "write_whole", "after"),
]
NAMES = [f"{owner.__name__.rpartition('.')[2]}.{name}-{when}" for owner, name, when in CUTS]
MORE_CUTS = [
    (handing_in.Desk, "_record", "before"),
    (receipt_book.Book, "number", "before"),
    (receipt_book, "write_whole", "before"),
    (inbox, "_move", "after"),
    (handing_in, "keep_refused", "after"),
]


def cut(owner, name, when, end):
    """A stand-in for a function at which the program ends."""
    whole = getattr(owner, name)

    def cut_off(*arguments, **options):
        if when == "after":
            whole(*arguments, **options)
        end()

    return cut_off


def raise_killed():
    raise Killed


@pytest.mark.parametrize(("owner", "name", "when"), CUTS, ids=NAMES)
def test_T4_wherever_it_is_cut_off_nothing_is_lost_and_nothing_doubled(workspace, lay, monkeypatch, owner, name, when):
    lay("BP01/a.gpx", gpx(1))
    lay("z.txt", b"no track")
    with monkeypatch.context() as patch, contextlib.suppress(Killed):
        patch.setattr(owner, name, cut(owner, name, when, raise_killed))
        look(workspace)
    numbers = [json.loads(x)["number"] for x in register_lines(workspace.inbox)]
    assert len(recorded(workspace)) >= len(numbers)  # no number before the commit
    look(workspace)
    look(workspace)
    assert_all_there_once(workspace)


def register_lines(folder):
    path = folder / "receipts" / "register.jsonl"
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def assert_all_there_once(workspace):
    [event] = recorded(workspace)
    assert event["patrol"]["unit"] == "BP01"
    assert workspace.store.original(event["sha256"]).read_bytes() == gpx(1)
    assert all(check.ok for check in audit.verify(workspace.store))
    [line] = register_lines(workspace.inbox)
    number = json.loads(line)["number"]
    pages = lying(workspace.inbox / "receipts")
    assert [p for p in pages if not p.startswith(".")] == [f"{number}.html", f"{number}.txt", "register.jsonl"]
    assert "accepted" in (workspace.inbox / "receipts" / f"{number}.txt").read_text(encoding="utf-8")
    put_away = [p for p in lying(workspace.inbox) if p.startswith((".done", ".refused"))]
    assert [Path(p).name for p in put_away] == ["a.gpx", "z.txt", "z.txt.txt"]
    assert not [p for p in lying(workspace.inbox) if not p.startswith((".", "receipts"))]


KILL = """
import os, signal, sys
sys.path.insert(0, {tests!r})
import importlib
owner = importlib.import_module({module!r})
owner = getattr(owner, {owner!r}) if {owner!r} else owner
whole = getattr(owner, {name!r})
def cut_off(*arguments, **options):
    if {when!r} == "after":
        whole(*arguments, **options)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(owner, {name!r}, cut_off)
from eradication.cli import main
main(["--workspace", {workspace!r}, "--lang", "en", "inbox", "--once"])
"""


def kill_at(folder, owner, name, when):
    """Run the real program and let it kill itself with SIGKILL at one point."""
    is_class = isinstance(owner, type)
    values = {"module": owner.__module__ if is_class else owner.__name__, "owner": owner.__name__ if is_class else ""}
    code = KILL.format(tests=str(Path(__file__).parent), name=name, when=when, workspace=str(folder), **values)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, timeout=100).returncode


@pytest.mark.slow
def test_T4_kill_9_after_the_commit_and_before_the_receipt_ends_with_one_receipt(workspace, lay):
    lay("BP01/a.gpx", gpx(1))
    lay("z.txt", b"no track")
    assert kill_at(workspace.folder, receipt_book.Book, "number", "before") == -signal.SIGKILL
    assert (len(recorded(workspace)), register_lines(workspace.inbox)) == (1, [])
    look(workspace)
    assert_all_there_once(workspace)


@pytest.mark.slow
@pytest.mark.parametrize(("owner", "name", "when"), [*CUTS, *MORE_CUTS])
def test_T4_kill_9_at_each_point_loses_nothing(workspace, lay, owner, name, when):
    lay("BP01/a.gpx", gpx(1))
    lay("z.txt", b"no track")
    assert kill_at(workspace.folder, owner, name, when) == -signal.SIGKILL
    look(workspace)
    assert_all_there_once(workspace)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_T4_kill_9_at_random_moments_loses_nothing(workspace, lay):
    draw = random.Random(7)
    lay("BP01/a.gpx", gpx(1))
    lay("z.txt", b"no track")
    program = [
        str(Path(sys.executable).with_name("eradication")),
        "--workspace",
        str(workspace.folder),
        "inbox",
        "--once",
    ]
    for _ in range(rounds(20, 7)):
        process = subprocess.Popen(program, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(draw.uniform(0.5, 3.5))
        process.kill()
        process.wait()
    look(workspace)
    [event] = recorded(workspace)
    assert workspace.store.original(event["sha256"]).read_bytes() == gpx(1)
    assert len(register_lines(workspace.inbox)) == 1
    assert all(check.ok for check in audit.verify(workspace.store))


def test_a_problem_of_the_machine_ends_the_watch_and_refuses_no_file(workspace, lay, monkeypatch):
    lay("a.gpx", gpx(1))

    def no_isolation(*_, **__):
        raise UnusableInput("no_isolation", "This machine lets no process give up the network.", hint="Allow it.")

    monkeypatch.setattr(handing_in.patrols, "read", no_isolation)
    with pytest.raises(UnusableInput):
        look(workspace)
    assert lying(workspace.inbox) == ["a.gpx"]
    assert inbox_kinds.KINDS[-1].name == "patrol"


def test_a_photo_is_sealed_and_answered_like_a_track(workspace, lay):
    lay("BP01/a.jpg", photo_factory.jpeg())
    lay("BP01/b.jpg", b"\xff\xd8 not a photo")
    told = look(workspace)
    assert (told["BP01/a.jpg"].kind, told["BP01/a.jpg"].status) == ("photo", "accepted")
    assert "a.jpg" in Path(told["BP01/a.jpg"].receipt_page).read_text(encoding="utf-8")
    (event,) = workspace.store.events(kinds=[EventKind.PHOTO_RECORDED])
    assert workspace.store.original(event.payload["sha256"]).read_bytes() == photo_factory.jpeg()
    assert (told["BP01/b.jpg"].status, told["BP01/b.jpg"].receipt) == ("refused", "")
    assert "SHA-256" in Path(told["BP01/b.jpg"].receipt_page).read_text(encoding="utf-8")
    lay("BP01/c.jpg", photo_factory.jpeg())
    assert (look(workspace)["BP01/c.jpg"].receipt) == told["BP01/a.jpg"].receipt


def test_photos_in_a_zip_are_photos_and_tracks_beside_them_tracks(workspace, lay):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("a.gpx", gpx(1))
        archive.writestr("b.jpg", photo_factory.jpeg())
    lay("BP01/c.zip", data.getvalue())
    taken = look(workspace)["BP01/c.zip"]
    assert sorted((file.format, file.status) for file in taken.files) == [("gpx", "accepted"), ("photo", "accepted")]
    assert Path(taken.moved_to).stat().st_mode & 0o077 == 0
