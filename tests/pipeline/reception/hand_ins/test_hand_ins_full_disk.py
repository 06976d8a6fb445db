"""T5: a disk that is full says so, nothing is half-written, and after space was made it goes on where it stopped."""

import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[3]
BEGIN = """
import resource, sys
from pathlib import Path
import handset
from eradication.errors import StorageFailed
from eradication.pipeline.reception import entering, hand_ins, uploads
from eradication.pipeline.reception.place import opened_place
from eradication.pipeline.reception.uploads import Upload

def room(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

def refused(do, kind="disk_full"):
    try:
        do()
    except StorageFailed as error:
        assert error.kind == kind, error.kind
        assert error.hint
    else:
        raise AssertionError("it was taken")

ANY = resource.RLIM_INFINITY
TRACK = {"track-0001.csv": b"2026-02-10T01:00:00Z,104.6,20.8,5,900,1\\n"}
with opened_place(Path(sys.argv[1])) as place:
    me = handset.somebody(place)
"""


def child(script, folder, tmp_path):
    """Run a script in a process of its own, for a limit holds for a whole process."""
    file = tmp_path / "child.py"
    file.write_text(BEGIN + script)
    words = [sys.executable, "-W", "error", str(file), str(folder)]
    path = {"PYTHONPATH": f"{TESTS}:{TESTS.parent}", "PATH": "/usr/bin:/bin"}
    ended = subprocess.run(words, capture_output=True, text=True, timeout=250, env=path, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_T5_an_upload_stops_at_a_full_disk_and_goes_on_from_there(any_folder, tmp_path):
    script = """
    sealed = handset.record(place, "track", {}, {"track-0001.csv": bytes(300_000)})
    [_, content], [_, file] = sealed.contents, sealed.files
    handset.send(place, me, handset.Sealed(sealed.uuid, sealed.contents[:1]))
    whole = Upload(sealed.uuid, file.sha256, file.bytes)
    room(100_000)
    refused(lambda: uploads.append(place, me, whole, 0, [content[:70_000], content[70_000:]]))
    room(ANY)
    state = uploads.state(place, me, sealed.uuid, file.sha256)
    assert 70_000 <= state.received <= 100_000 and not state.complete, state
    uploads.append(place, me, whole, state.received, [content[state.received:]])
    assert hand_ins.receive(place, me, sealed.uuid, sealed.files).fresh
    """
    child(script, any_folder, tmp_path)


def test_T5_no_receipt_is_given_while_the_reception_cannot_be_written(office, tmp_path):
    from eradication.pipeline.reception.place import reception_of

    folder = office.folder
    with reception_of(office):
        pass
    script = """
    one, two = handset.record(place, "track", {}, TRACK), handset.record(place, "track", {}, TRACK)
    first = handset.hand_in(place, me, one)
    handset.send(place, me, two)
    room(4096)
    refused(lambda: hand_ins.receive(place, me, two.uuid, two.files))
    refused(lambda: entering.enter(place, entering.waiting(place)[0]))
    room(ANY)
    assert [row["uuid"] for row in hand_ins.mine(place, me)["hand_ins"]] == [one.uuid]
    second = hand_ins.receive(place, me, two.uuid, two.files)
    assert second.fresh and second.receipt["number"].split("-")[2] == "00002", second.receipt
    assert hand_ins.receive(place, me, one.uuid, one.files).receipt == first.receipt
    states = [entering.enter(place, body)["state"] for body in entering.waiting(place)]
    assert states == ["recorded", "recorded"], states
    """
    child(script, folder, tmp_path)


def test_T5_what_comes_in_clear_is_kept_whole_or_not_at_all(office, tmp_path):
    script = """
    from eradication.pipeline.reception import receiving
    path = Path(sys.argv[1]).parent / "big.csv"
    path.write_bytes(b"x" * 20_000)
    hand_in = lambda: hand_ins.receive_files(place, me, "desk-1", [hand_ins.Local(path, "big.csv")], "desk")
    receiving.recipient(place)
    for size in (0, 100, 5000):
        room(size)
        refused(hand_in)
        room(ANY)
        left = [p for p in (place.workspace.folder / "hand_ins").rglob("*") if p.is_file()]
        assert left == [], left
    assert hand_in().fresh
    """
    child(script, office.folder, tmp_path)
