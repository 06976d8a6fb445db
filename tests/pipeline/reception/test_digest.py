"""A summary for each unit by mail: once a week, counts and never a place, over an encrypted line."""

import dataclasses
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import served
from aiosmtpd.controller import Controller
from web import world
from web.world import World

from eradication.config import Mail
from eradication.errors import UnusableInput
from eradication.pipeline.reception import digest, errands, jobs, worker
from eradication.web import tls

MONDAY_EIGHT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
"""8:30 in Hanoi."""


class Box:
    """A mail server's inner side: keeps what it is handed, or refuses it."""

    def __init__(self) -> None:
        self.kept: list[tuple[list[str], EmailMessage]] = []
        self.refuses = 0

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.refuses:
            self.refuses -= 1
            return "451 later, please"
        told = message_from_bytes(envelope.original_content, policy=policy.default)
        assert isinstance(told, EmailMessage)
        self.kept.append((envelope.rcpt_tos, told))
        return "250 kept"


@pytest.fixture
def box() -> Iterator[tuple[Box, Controller]]:
    handler = Box()
    controller = Controller(handler, hostname="127.0.0.1", port=served.free_port(), ready_timeout=30)
    controller.start()
    yield handler, controller
    controller.stop()


@contextmanager
def mailing(folder: Path, number: int, **settings: Any) -> Iterator[World]:
    """Yield an office that sends mail, on a Monday morning."""
    usual = Mail(server="127.0.0.1", port=number, encryption="none", sender="he-thong@example.vn",
                 recipients=(f"{world.A} = don1@example.vn", "* = so@example.vn"),
                 address="https://eradication.example.vn")  # fmt: skip
    with world.built(folder / "mailing", mail=dataclasses.replace(usual, **settings)) as here:
        here.clock.now = MONDAY_EIGHT
        yield here


def test_each_gets_counts_once_on_its_day_and_never_a_place(tmp_path: Path, box: tuple[Box, Controller]):
    kept, controller = box
    with mailing(tmp_path, controller.port) as here:
        for _ in range(2):
            digest.ask_when_due(here.place)
            worker.empty(here.place)
        rows = here.workspace.store.layer("plots")
    came = sorted(kept.kept, key=lambda one: one[0])
    assert [to for to, _ in came] == [["don1@example.vn"], ["so@example.vn"]]
    unit, province = (told.get_content() for _, told in came)
    assert "- 0: candidates assigned, not visited yet" in unit  # by today their season is over
    assert "- 1: places where poppy was found, not destroyed yet" in unit
    assert "- 2: places where poppy was found, not destroyed yet" in province
    assert "- 1: found, not destroyed in time" in unit
    assert "https://eradication.example.vn" in unit
    assert "Everything here is simulated." in unit
    assert str(kept.kept[0][1]["Subject"]).strip().startswith("[SIMULATED]")
    texts = [str(row[name]) for row in rows for name in ("plot_id", "code", "lon", "lat")]
    texts += [world.canary(unit, what) for unit in (world.A, world.B) for what in ("officer", "note", "patrol")]
    assert len(texts) > 20
    assert [one for one in texts if one in unit + province] == []


@pytest.mark.parametrize(
    ("settings", "hour", "count"),
    [
        ({}, 1, 2),
        ({"hour": 9}, 1, 0),
        ({"hour": 8}, 1, 2),
        ({"weekday": 2}, 1, 0),
        ({"weekday": 0}, 1, 2),
        ({"server": ""}, 1, 0),
        ({}, 20, 0),  # Tuesday already in Hanoi
    ],
)
def test_it_is_asked_for_on_its_day_from_its_hour_on(tmp_path: Path, settings: dict[str, Any], hour: int, count: int):
    with mailing(tmp_path, 1, **settings) as here:
        here.clock.now = MONDAY_EIGHT.replace(hour=hour)
        assert len(digest.ask_when_due(here.place)) == count


BODY = {"job_id": "x", "unit": "*", "to": "so@example.vn", "day": "2026-03-02"}


def test_T26_a_server_that_refuses_is_asked_again_with_the_same_message(tmp_path: Path, box: tuple[Box, Controller]):
    kept, controller = box
    kept.refuses = 1
    with mailing(tmp_path, controller.port, recipients=("* = so@example.vn",)) as here:
        (asked,) = digest.ask_when_due(here.place)
        worker.empty(here.place)
        waits = jobs.shown(here.place, asked["job_id"])
        assert (waits["state"], waits["error"]["kind"]) == ("queued", "mail_failed")
        assert "so@example.vn" not in str(waits["error"])
        for _ in range(2):
            digest.send(here.place, BODY, _stage)
    first, second = (told["Message-ID"] for _, told in kept.kept)
    assert first == second


def test_mail_leaves_this_computer_encrypted_or_not_at_all(tmp_path: Path):
    with mailing(tmp_path, 25, server="mail.example.vn") as here, pytest.raises(UnusableInput) as error:
        digest.send(here.place, BODY, _stage)
    assert error.value.kind == "bad_settings"


def test_work_goes_on_where_mail_is_set_wrongly(tmp_path: Path):
    with mailing(tmp_path, 1, recipients=("nobody",)) as here:
        errands.CHORES[-1](here.place)
        assert jobs.listed(here.place)["jobs"] == []


def _stage(_: str) -> Any:
    return lambda *_: None


@pytest.mark.parametrize("trusted", [True, False])
def test_over_an_encrypted_line_the_servers_certificate_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trusted: bool
):
    files, stranger = (tls.certificate(tmp_path / name, ["127.0.0.1"]) for name in ("own", "stranger"))
    context, handler, number = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), Box(), served.free_port()
    context.load_cert_chain(files.chain, files.key)
    controller = Controller(handler, hostname="127.0.0.1", port=number, tls_context=context, require_starttls=True)
    controller.start()
    try:
        monkeypatch.setenv("SSL_CERT_FILE", str((files if trusted else stranger).authority))
        encrypted = {"encryption": "starttls", "recipients": ("* = so@example.vn",)}
        with mailing(tmp_path, controller.port, **encrypted) as here:
            digest.ask_when_due(here.place)
            worker.empty(here.place)
    finally:
        controller.stop()
    assert len(handler.kept) == int(trusted)


@pytest.mark.parametrize(
    "line", ["BP01", "= a@b.vn", "BP01 = nobody", "BP01 = a@b.vn, c@d.vn", "BP01 = a@b.vn\r\nBcc: x"]
)
def test_a_recipient_that_makes_no_sense_is_refused(line: str):
    with pytest.raises(UnusableInput) as error:
        digest.recipients(Mail(recipients=(line,)))
    assert error.value.kind == "bad_settings"
