"""An office whose server and worker are real processes, which a test kills, starves and starts again.

What was handed in is remembered here as it was before it was sealed, so that in the end it can be said of each whether
it is kept, and kept once.
"""

import atexit
import contextlib
import dataclasses
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import handset
import postgres
from filled_forms import FOUND
from web.faults import talk
from web.faults.talk import Gone, Phone

from eradication import config
from eradication.domain import EventKind
from eradication.i18n import translator
from eradication.pipeline import evidence_desk
from eradication.pipeline.reception import devices, hand_in_receipts, receiving
from eradication.pipeline.reception.place import Place, opened_place, reception_of
from eradication.pipeline.reception.shelf import Shelf
from eradication.pipeline.workspace import created, settings_for
from eradication.store.reception import hand_ins as rows

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
UNIT = "BP01"
PEOPLE = ("p-00000001", "p-00000002")
QUICK = config.Web(job_lease_s=1.0, job_attempts=100, job_pause_s=0.1, requests_a_minute=1_000_000)
"""A lease that is soon over and pauses that are short, and nobody counts as too busy."""
NO_LIMIT = resource.RLIM_INFINITY


class Office:
    """A workspace, and the processes that serve it."""

    def __init__(self, folder: Path, phones: list[Phone], recipient: str, port: int) -> None:
        self.folder, self.phones, self.recipient, self.port = folder, phones, recipient, port
        self.clock = folder.with_name("clock")
        self.log = folder.with_name("log")
        self.server = self.worker = 0
        """Numbers of the processes; 0 = there is none."""
        self.sealed: dict[str, str] = {}
        """SHA-256 of a sealed file → SHA-256 of what was in it."""
        self.has_clock = True
        """Whether processes that are started have a clock that can be set; asking it takes longer."""
        self.set_clock(0.0)

    def set_clock(self, ahead_s: float) -> None:
        """Set the clock of server and worker so far ahead of the true one."""
        fresh = self.clock.with_name("clock.new")
        fresh.write_text(str(ahead_s))
        fresh.replace(self.clock)

    def _start(self, *words: str) -> int:
        clock = str(self.clock) if self.has_clock else ""
        return starter().start(clock, str(self.log), "--workspace", str(self.folder), "--lang", "en", *words)

    def start_server(self, workers: int = 1, *, own_worker: bool = False) -> None:
        """Start the server and wait until it answers; ``own_worker``: it starts one itself, as it does in an office."""
        words = ["serve", "--port", str(self.port), "--workers", str(workers)]
        self.server = self._start(*words, *([] if own_worker else ["--no-worker"]))
        for _ in patience(0.02):
            with contextlib.suppress(Gone):
                if talk.say(self.port, self.phones[0].request("GET", "/healthz")).status == 200:
                    return
            self.check_alive(self.server)
        raise AssertionError(self.said())

    def check_alive(self, process: int) -> None:
        assert is_alive(process), self.said()

    def said(self) -> str:
        """The end of what the processes said on stderr."""
        return self.log.read_text(errors="replace")[-3000:]

    def start_worker(self) -> None:
        self.worker = self._start("worker")

    def kill_server(self) -> None:
        """End the server as a power cut would."""
        kill(self.server)
        self.server = 0

    def kill_worker(self) -> None:
        """End the worker as a power cut would."""
        kill(self.worker)
        self.worker = 0

    def stop(self) -> None:
        self.kill_server()
        self.kill_worker()

    def leave_room(self, most_bytes: int) -> None:
        """Let no file of server and worker become longer than this: what a full disk looks like to them."""
        for process in (self.server, self.worker):
            if process:
                with contextlib.suppress(ProcessLookupError):
                    resource.prlimit(process, resource.RLIMIT_FSIZE, (most_bytes, NO_LIMIT))

    def seal(self, content: bytes) -> bytes:
        whole = handset.seal(self.recipient, content)
        self.sealed[talk.sha256(whole)] = talk.sha256(content)
        return whole

    def record(
        self, phone: Phone, kind: str, said: Mapping[str, Any] = {}, files: Mapping[str, bytes] = {}, uuid: str = ""
    ) -> tuple[str, list[bytes]]:
        """Seal a record as the application does; return its id and its sealed files."""
        uuid = uuid or handset.new_id()
        listed = [{"name": name, "sha256": talk.sha256(content), "media": ""} for name, content in files.items()]
        head = {"format": "eradication-record", "version": 1, "kind": kind, "uuid": uuid, "person": phone.person}
        body = {**head, "unit": phone.unit, "made_at": "2026-02-10T02:00:00Z", "app": "test", "files": listed, **said}
        return uuid, [self.seal(json.dumps(body).encode()), *map(self.seal, files.values())]

    def visit(self, phone: Phone, uuid: str = "", **answers: str) -> tuple[str, list[bytes]]:
        """Seal a visit without photos."""
        uuid = uuid or handset.new_id()
        told = FOUND | {"photo_before": "", "visit_id": f"V-{uuid}", **answers}
        return self.record(phone, "visit", {"form": "eradication_visit", "answers": told}, uuid=uuid)

    def remember(self, plain: bytes) -> bytes:
        """Remember what is sent in clear; it is kept by the hash of what it is."""
        self.sealed[talk.sha256(plain)] = talk.sha256(plain)
        return plain


class Starter:
    """What starts processes; see :mod:`.program`."""

    def __init__(self) -> None:
        path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", str(HERE / "program.py")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            # One thread: a fork takes no others along.
            env={**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"},
        )  # fmt: skip

    def start(self, clock: str, log: str, *words: str) -> int:
        """Start the program with these words, and return the number of the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([clock, log, *words]) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def end(self) -> None:
        """Kill all that it started, and end it."""
        self._process.communicate()


@cache
def starter() -> Starter:
    """The one starter of this process of pytest."""
    made = Starter()
    atexit.register(made.end)
    return made


def patience(pause_s: float) -> Iterator[None]:
    """Look again and again, with pauses, for long. Time in which this process was stopped itself does not count."""
    for _ in range(int(talk.LONGEST_S / pause_s)):
        yield
        time.sleep(pause_s)


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def kill(process: int) -> None:
    """Kill a process and what it started, and wait until it is gone."""
    for _ in patience(0.005):
        if not process or not is_alive(process):
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process, signal.SIGKILL)
    raise AssertionError(f"{process} does not end")


@contextlib.contextmanager
def office(
    folder: Path, server: config.Store | None = None, web: config.Web = QUICK, people: tuple[str, ...] = PEOPLE
) -> Iterator[Office]:
    """Found an office whose people have telephones; its processes are ended in the end."""
    settings = dataclasses.replace(settings_for("Sơn La", language="en", server=server), web=web)
    port, phones = postgres.free_port(), []
    with created(folder, settings) as workspace, reception_of(workspace) as place:
        recipient = receiving.recipient(place)
        for person in people:
            who = handset.somebody(place, person, UNIT).person
            phones.append(Phone(port, devices.issue(place, who.login, "", ["submit"])["token"], person, UNIT))
    made = Office(folder, phones, recipient, port)
    try:
        yield made
    finally:
        made.stop()


def wait_until_entered(office: Office) -> None:
    """Let a worker enter everything that waits."""
    if not office.worker:
        office.start_worker()
    with opened_place(office.folder) as place:
        left, more = -1, True
        while more:
            for _ in patience(0.1):
                office.check_alive(office.worker)
                if left != (left := len(_waiting(place))):
                    break  # it goes on
            else:
                raise AssertionError(f"{_waiting(place)} wait for ever: {office.said()}")
            more = left > 0


def _waiting(place: Place) -> list[tuple[str, str, str]]:
    """State, number and time of what is not entered yet."""
    with place.reception.reading() as connection:
        found = rows.listed(connection, states=["received", "incomplete"], most=1_000_000)
    return [(row["state"], row["number"], row["received_at"]) for row in found]


def check(office: Office) -> None:
    """Enter what waits; then hold every receipt against what is kept, and what is kept against the ledger."""
    wait_until_entered(office)
    receipts = [receipt for phone in office.phones for receipt in phone.receipts.values()]
    numbers = Counter(receipt["number"] for receipt in receipts)
    assert not [number for number, times in numbers.items() if times > 1]
    with opened_place(office.folder) as place:
        for receipt in receipts:
            _check_receipt(office, place, receipt)
        _check_ledger(place)
        audit = evidence_desk.audit(place.workspace, translator("en"))
        assert audit["ok"], audit


def _check_receipt(office: Office, place: Place, receipt: dict[str, Any]) -> None:
    with place.reception.reading() as connection:
        row = rows.numbered(connection, receipt["number"])
        files = rows.files(connection, receipt["uuid"], receipt["content"])
    assert row is not None, f"a receipt was given for what is not kept: {receipt}"
    assert json.loads(row["receipt"]) == receipt
    assert hand_in_receipts.is_genuine(place.workspace, receipt)
    assert row["state"] in ("recorded", "refused", "conflict"), row
    assert row["state"] != "refused" or json.loads(row["answer"])["reasons"]
    assert files
    for file in files:
        out = office.folder.with_name("opened")
        found = Shelf(place).opened(row["channel"], file["sha256"], out, receiving.opener(place), 1 << 30)
        assert found == talk.sha256(out.read_bytes()) == office.sealed[file["sha256"]]


def _check_ledger(place: Place) -> None:
    """What is said to be recorded is in the ledger once; nothing else is."""
    store = place.workspace.store
    visits = Counter(
        event.payload["form"]["instance_id"].removeprefix("uuid:")
        for event in store.events(kinds=[EventKind.VISIT_RECORDED])
    )
    tracks = Counter(
        event.payload["file"].removeprefix("walk-").removesuffix(".csv")
        for event in store.events(kinds=[EventKind.PATROL_RECORDED])
    )
    with place.reception.reading() as connection:
        found = rows.listed(connection, states=["recorded"], most=1_000_000)
    said = Counter(row["hand_in_id"] for row in found)
    assert set(said.values()) <= {1}
    assert said == visits + tracks
