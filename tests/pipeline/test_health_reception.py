"""``doctor`` on the web application: each fault is found, as grave as it is, and says in both languages what to do."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from cryptography.fernet import Fernet
from pipeline.test_health import told

from eradication.domain.event import iso
from eradication.domain.job import JobState
from eradication.i18n import translator
from eradication.pipeline import created, health, settings_for
from eradication.pipeline.health import reception
from eradication.pipeline.health.finding import Level
from eradication.pipeline.reception import people, second_factors
from eradication.pipeline.reception.place import Place, reception_of
from eradication.store.reception import hand_ins, jobs, schema
from eradication.store.reception import people as rows
from eradication.web import tls

NOW = datetime(2026, 3, 1, 2, tzinfo=UTC)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Place]:
    """A workspace in which somebody set a second factor up."""
    with created(tmp_path / "office", settings_for("Sơn La")) as workspace:
        with reception_of(workspace, lambda: NOW) as place:
            added = people.add(place, people.Wanted("watch", ["auditor"]))
            secret = second_factors.enrolment(place, added["person_id"])["secret"]
            assert second_factors.confirm(place, added["person_id"], pyotp.TOTP(secret).at(NOW))
            yield place


def checked(folder: Path, **found: bool) -> dict[str, str]:
    answer = health.doctor(folder, translator("en"), *((lambda: found["installed"],) if found else ()))
    return {check["check"]: check["level"] for check in answer["checks"]}


OWN = ("reception", "reception_key", "hand_ins", "jobs", "people")


def test_doctor_looks_at_the_web_application_where_there_is_one(tmp_path: Path, office: Place):
    levels = checked(office.workspace.folder, installed=True)
    assert {levels[name] for name in (*OWN, "certificate", "phone_assets")} == {"ok"}
    with created(tmp_path / "bare", settings_for("Sơn La")):
        pass
    levels = checked(tmp_path / "bare", installed=False)
    assert (levels["reception"], levels["phone_assets"]) == ("ok", "fail")
    assert not {"hand_ins", "people"} & set(levels)
    assert not (tmp_path / "bare" / "reception.db").exists()  # looking makes none


def test_the_version_of_the_receptions_tables_is_told(office: Place):
    told(reception.version(office), Level.OK, "version 1", "1 people")
    with office.reception.writing() as connection:
        connection.execute(schema.about.update().values(value="0"))
    told(reception.version(office), Level.WARN, "version 0", "Restart")
    with office.reception.writing() as connection:
        connection.execute(schema.about.update().values(value="99"))
    assert checked(office.workspace.folder)["reception"] == "fail"


@pytest.mark.parametrize("fault", ["gone", "another", "damaged", "open"])
def test_T31_a_key_that_opens_no_second_factor_is_found(office: Place, fault: str):
    file = office.workspace.folder / "keys" / "reception.key"
    told(reception.key(office), Level.OK, "opens 1 second factors")
    if fault == "gone":
        file.unlink()
    elif fault == "open":
        file.chmod(0o644)
    else:
        file.write_bytes(Fernet.generate_key() if fault == "another" else b"x")
    words = ("Others may read", "chmod 600") if fault == "open" else ("1 second factors do not open", "keys recover")
    told(reception.key(office), Level.FAIL, *words)


def test_what_was_handed_in_and_waits_for_more_than_a_day_is_told(office: Place):
    def handed_in(number: int, state: str, hours: int) -> None:
        row = dict.fromkeys(("channel", "person_id", "device_id", "unit", "receipt", "answer"), "")
        row |= {"hand_in_id": f"u-{number}", "content": "c", "number": f"R-{number}", "state": state, "conflict": 0}
        row["received_at"] = iso(NOW - timedelta(hours=hours))
        with office.reception.writing() as connection:
            hand_ins.add(connection, row, [])

    for number, state in enumerate(("received", "refused", "incomplete")):
        handed_in(number, state, 23)
    handed_in(10, "recorded", 100)
    told(reception.waiting(office), Level.OK, "0 wait, 0 were refused")
    handed_in(20, "refused", 25)
    told(reception.waiting(office), Level.WARN, "0 wait, 1 were refused", "hand-ins enter")
    handed_in(30, "received", 25)
    handed_in(31, "incomplete", 25)
    told(reception.waiting(office), Level.WARN, "2 wait, 1 were refused", "eradication worker")


def test_T26_work_that_nobody_does_is_told(office: Place):
    def asked(hours: float, **values: object) -> None:
        with office.reception.writing() as connection:
            row = jobs.add(connection, "report", {}, "p", NOW - timedelta(hours=hours))
            jobs.change(connection, row["job_id"], {"stage": "", **values})

    asked(0.5)
    asked(30, state=JobState.DONE.value)
    asked(30, state=JobState.RUNNING.value, lease_until_s=NOW.timestamp() + 30)  # somebody is at it
    asked(30, not_before_s=NOW.timestamp() + 600)  # waits for a disk, and is tried again
    told(reception.stuck(office), Level.OK, "0 jobs wait", "0 failed")
    asked(2, state=JobState.FAILED.value, error=json.dumps({}))
    told(reception.stuck(office), Level.WARN, "0 jobs wait", "1 failed", "jobs retry")
    asked(2)
    asked(2, state=JobState.RUNNING.value, lease_until_s=NOW.timestamp() - 7200)
    told(reception.stuck(office), Level.WARN, "2 jobs wait", "eradication worker")


def test_T34_rights_that_no_event_tells_of_are_found(office: Place):
    told(reception.rights(office), Level.OK)
    with office.reception.writing() as connection:
        rows.change(connection, people.find(office, "watch").person_id, {"roles": "analyst"})
    told(reception.rights(office), Level.FAIL, "watch", "users invite")


def test_certificates_that_end_soon_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    now = datetime.now(UTC)
    told(reception.certificate(tmp_path, now), Level.OK, "No certificate")
    tls.certificate(tmp_path / "keys" / "tls", ["localhost"])
    told(reception.certificate(tmp_path, now), Level.OK, "396 days", "3649 days")
    for days, level, words in (
        (380, Level.WARN, ("renews it by itself",)),
        (398, Level.FAIL, ("server's certificate", "serve --tls")),
        (3651, Level.FAIL, ("authority", "--new-authority")),
    ):
        told(reception.certificate(tmp_path, now + timedelta(days=days)), level, *words)
    monkeypatch.setattr(tls, "_SERVER_DAYS", 3640)
    (tmp_path / "keys" / "tls" / "server.pem").unlink()
    tls.certificate(tmp_path / "keys" / "tls", ["localhost"])
    told(reception.certificate(tmp_path, now + timedelta(days=3500)), Level.WARN, "--new-authority")
    (tmp_path / "keys" / "tls" / "ca.pem").write_text("damaged")
    told(reception.certificate(tmp_path, now), Level.FAIL, "cannot be read")
