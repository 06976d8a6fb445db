"""T5: a disk that is really full. What is told then is true, what was receipted is shown, and room is all it takes."""

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import filled_forms
import handset
import pytest
from web.faults import running, talk

from eradication import config


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real disk of 64 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)]
    if subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("only an administrator may make a disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill(folder: Path) -> Path:
    """Leave no room at all."""
    ballast = folder / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb") as out:
        while True:
            out.write(bytes(1 << 16))
            out.flush()
    assert shutil.disk_usage(folder).free < 4096
    return ballast


@pytest.mark.slow
def test_T5_T4_a_full_disk_gives_no_receipt_takes_none_back_and_loses_nothing(
    store: config.Store | None, small_disk: Path
):
    with running.office(small_disk / "office" / "office", store) as office:
        office.start_server()
        phone, other = office.phones
        first = phone.hand_in(*office.visit(phone))
        office.start_worker()
        second, form = office.visit(phone), handset.new_id()
        answers = filled_forms.FOUND | {"visit_id": "V-odk", "photo_before": ""}
        text = office.remember(filled_forms.instance("visit", answers, form).encode())
        submission = other.submission(text, {})

        ballast = fill(small_disk)
        refused = talk.say(office.port, phone.patch(second[0], second[1][0], 0))
        assert (refused.status, refused.json["error"]["kind"]) == (507, "disk_full")
        assert not phone.offset(second[0], second[1][0])[1]
        refused = talk.say(office.port, submission)
        assert (refused.status, refused.json["error"]["kind"]) == (507, "disk_full")
        assert other.shown(form).status == 404
        assert phone.shown(first["uuid"]).json["receipt"] == first

        ballast.write_bytes(bytes(ballast.stat().st_size - 200_000))  # room for the file, and then for nothing more
        phone.send(*second[:1], second[1][0])
        fill(small_disk)
        refused = talk.say(office.port, phone.post(*second))
        if refused.status != 201:
            assert (refused.status, refused.json["error"]["kind"]) == (507, "disk_full")
        office.kill_server()

        ballast.unlink()
        office.start_server()
        assert phone.offset(second[0], second[1][0]) == (len(second[1][0]), True)
        phone.hand_in(*second)
        assert talk.say(office.port, submission).status == 201
        other.kept(other.shown(form).json["receipt"])
        assert phone.shown(first["uuid"]).json["receipt"] == first
        running.check(office)
        assert not list((office.folder / "hand_ins").rglob("*.part"))
