"""T28: a backup carries people, devices and hand-ins; whoever restores it goes on where it was taken."""

import dataclasses
import shutil
from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from eradication.errors import StorageFailed
from eradication.pipeline import backing_up, backup_keys, created, key_desk, main_path, restoring, settings_for
from eradication.pipeline.reception import devices, entering, hand_ins, people, second_factors, secrets, sessions
from eradication.pipeline.reception.hand_ins import Local
from eradication.pipeline.reception.place import opened_place, reception_of
from eradication.progress import quiet
from eradication.store import age, escrow
from eradication.store.reception import carrying

WORDS = {"A": "sông Đà chảy về xuôi", "B": "bản làng trên núi cao"}
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


@pytest.mark.slow
def test_T28_people_devices_and_hand_ins_come_back(tmp_path, settings):
    with created(tmp_path / "here", settings) as workspace, reception_of(workspace) as place:
        main_path.found_workspace(workspace)
        invitation = people.add(place, people.Wanted("desk", ["administrator"]))["invitation"]
        people.accept(place, invitation, PASSWORD)
        device = devices.issue(place, "desk", "phone", ["submit"])
        receipt = handed_in(place, tmp_path, "aaaa-1", "time,lon,lat\n2026-02-10T01:00:00Z,104.7,20.8\n")
        backing_up.backup(workspace, tmp_path / "b.age", passphrase=PASSPHRASE, stage=quiet)
    how = restoring.How(age.Opener(passphrase=PASSPHRASE))
    told = restoring.restore(tmp_path / "b.age", tmp_path / "there", how, stage=quiet)
    assert "hand_ins_closed" in told["warnings"]
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


@pytest.mark.slow
def test_T31_second_factors_work_after_a_restore_with_the_escrow(tmp_path, monkeypatch):
    monkeypatch.setattr(escrow, "COST", escrow._COSTS[0])
    stick, now = tmp_path / "stick", datetime(2026, 3, 1, 2, tzinfo=UTC)
    with created(tmp_path / "here", settings_for("Sơn La")) as workspace, reception_of(workspace, lambda: now) as place:
        main_path.found_workspace(workspace)
        told = people.add(place, people.Wanted("watch", ["auditor"]))
        people.accept(place, told["invitation"], PASSWORD)
        secret = second_factors.enrolment(place, told["person_id"])["secret"]
        assert second_factors.confirm(place, told["person_id"], pyotp.TOTP(secret).at(now))
        key_desk.put_in_escrow(workspace, stick, ["A", "B"], WORDS.__getitem__)
        assert {"signing", "reception"} <= {
            row["name"] for row in key_desk.listed(workspace)["keys"] if row["escrowed"]
        }
        assert key_desk.drill(workspace, [stick], WORDS.__getitem__)["ok"]
        backing_up.backup(workspace, tmp_path / "b.age", passphrase=PASSPHRASE, stage=quiet)
    held = backup_keys.from_escrow([stick], WORDS.__getitem__)
    opener = age.Opener(passphrase=PASSPHRASE)
    restoring.restore(tmp_path / "b.age", tmp_path / "with", restoring.How(opener, held), stage=quiet)
    restoring.restore(tmp_path / "b.age", tmp_path / "without", restoring.How(opener), stage=quiet)
    later = now + timedelta(minutes=5)
    with opened_place(tmp_path / "with", lambda: later) as place:
        assert (tmp_path / "with" / "keys" / "reception.key").stat().st_mode & 0o777 == 0o600
        token = sessions.sign_in(place, "watch", PASSWORD, "127.0.0.1")
        caller = sessions.who(place, token)
        assert not caller.is_whole
        whole = sessions.show_second_factor(place, token, caller, pyotp.TOTP(secret).at(later))
        assert sessions.who(place, whole).is_whole
    with opened_place(tmp_path / "without", lambda: later) as place:
        token = sessions.sign_in(place, "watch", PASSWORD, "127.0.0.1")
        caller = sessions.who(place, token)
        with pytest.raises(StorageFailed, match="key that sealed"):
            sessions.show_second_factor(place, token, caller, pyotp.TOTP(secret).at(later))
    key_desk.recover(tmp_path / "without", [stick], WORDS.__getitem__, replace=True)
    with opened_place(tmp_path / "without", lambda: later) as place:
        whole = sessions.show_second_factor(place, token, caller, pyotp.TOTP(secret).at(later))
        assert sessions.who(place, whole).is_whole


def test_T31_an_escrow_from_before_the_receptions_key_is_told_to_be_too_old(tmp_path, monkeypatch):
    monkeypatch.setattr(escrow, "COST", escrow._COSTS[0])
    with created(tmp_path / "here", settings_for("Sơn La")) as workspace:
        key_desk.put_in_escrow(workspace, tmp_path / "stick", ["A", "B"], WORDS.__getitem__)
        assert key_desk.finding(workspace)[0] == "ok"
        secrets.seal(workspace, "x")
        assert key_desk.finding(workspace)[::2] == ("fail", {"names": "reception"})
        assert not key_desk.drill(workspace, [tmp_path / "stick"], WORDS.__getitem__)["ok"]


def test_what_a_backup_left_is_taken_up_once(tmp_path, settings):
    with created(tmp_path / "here", settings) as workspace, reception_of(workspace) as place:
        main_path.found_workspace(workspace)
        people.add(place, people.Wanted("desk", ["administrator"]))
        with place.reception.reading() as connection:
            kept = b"".join(carrying.lines(connection))
    (tmp_path / "here" / carrying.FILE_NAME).write_bytes(kept)
    with opened_place(tmp_path / "here") as place:
        assert [one["login"] for one in people.listed(place)["people"]] == ["desk"]
