"""T28: a backup carries people, devices and hand-ins; whoever restores it goes on where it was taken."""

import dataclasses
import shutil

import pytest

from eradication.errors import StorageFailed
from eradication.pipeline import backing_up, created, main_path, restoring, settings_for
from eradication.pipeline.reception import devices, entering, hand_ins, people, sessions
from eradication.pipeline.reception.hand_ins import Local
from eradication.pipeline.reception.place import opened_place, reception_of
from eradication.progress import quiet
from eradication.store import age
from eradication.store.reception import carrying

PASSWORD, PASSPHRASE = "four words of this test", "five other words of this test"


@pytest.fixture(params=["file", "server"])
def settings(request):
    base = settings_for("Sơn La")
    if request.param == "server":
        base = dataclasses.replace(base, store=request.getfixturevalue("server").place())
    return base


def handed_in(place, folder, uuid, text):
    track = folder / f"{uuid}.csv"
    track.write_text(text)
    return hand_ins.receive_files(place, sessions_caller(place), uuid, [Local(track, track.name)], "desk").receipt


def sessions_caller(place):
    token = sessions.sign_in(place, "desk", PASSWORD, "127.0.0.1")
    caller = sessions.who(place, token)
    assert caller is not None
    return caller


def test_T28_people_devices_and_hand_ins_come_back(tmp_path, settings):
    with created(tmp_path / "here", settings) as workspace, reception_of(workspace) as place:
        main_path.found_workspace(workspace)
        invitation = people.add(place, people.Wanted("desk", ["administrator"]))["invitation"]
        people.accept(place, invitation, PASSWORD)
        device = devices.issue(place, "desk", "phone", ["submit"])
        receipt = handed_in(place, tmp_path, "aaaa-1", "time,lon,lat\n2026-02-10T01:00:00Z,104.7,20.8\n")
        backing_up.backup(workspace, tmp_path / "b.age", passphrase=PASSPHRASE, stage=quiet)
    how = restoring.How(age.Opener(passphrase=PASSPHRASE))
    restoring.restore(tmp_path / "b.age", tmp_path / "there", how, stage=quiet)
    with opened_place(tmp_path / "there") as place:
        assert not (tmp_path / "there" / carrying.FILE_NAME).exists()
        assert devices.who(place, device["device_id"], device["secret"]) is not None
        caller = sessions_caller(place)
        assert hand_ins.shown(place, caller, "aaaa-1")["receipt"] == receipt
        waiting = entering.waiting(place)
        assert [body["hand_in_id"] for body in waiting] == ["aaaa-1"]
        with pytest.raises(StorageFailed, match="key"):  # private keys are the escrow's and in no backup: it waits
            entering.enter(place, waiting[0])
        shutil.copy(tmp_path / "here" / "keys" / "queue-1.pem", tmp_path / "there" / "keys")
        assert entering.enter(place, waiting[0])["state"] == hand_ins.RECORDED
        again = handed_in(place, tmp_path, "aaaa-2", "time,lon,lat\n2026-02-11T01:00:00Z,104.7,20.8\n")
        assert again["number"].split("-")[2] == "00002"


def test_what_a_backup_left_is_taken_up_once(tmp_path, settings):
    with created(tmp_path / "here", settings) as workspace, reception_of(workspace) as place:
        main_path.found_workspace(workspace)
        people.add(place, people.Wanted("desk", ["administrator"]))
        with place.reception.reading() as connection:
            kept = b"".join(carrying.lines(connection))
    (tmp_path / "here" / carrying.FILE_NAME).write_bytes(kept)
    with opened_place(tmp_path / "here") as place:
        assert [one["login"] for one in people.listed(place)["people"]] == ["desk"]
