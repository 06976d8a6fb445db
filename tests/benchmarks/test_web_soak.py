"""Fifty hand-ins a second for a minute, on each store, by one process that answers and by two, a worker beside them.

``make bench-web``. No receipt may be lost, and memory and open files of the server stay as they are once it is warm:
asserted are ratios, never seconds; the rates are printed. ``ERADICATION_BENCH_WEB`` is the number of seconds, 60 if not
set. The records are simulated, small visits, and sealed beforehand.
"""

import base64
import json
import os
import statistics
import subprocess
import sys
import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
from web.faults import running
from web.faults.running import Office

from eradication import config
from eradication.pipeline.reception import hand_in_receipts
from eradication.pipeline.reception.place import opened_place
from eradication.store import blobs
from eradication.store.reception import hand_ins as rows

pytestmark = [pytest.mark.bench_web, pytest.mark.timeout(7200)]

RATE = 50.0
SECONDS = float(os.environ.get("ERADICATION_BENCH_WEB", "60"))
CLIENTS, THREADS = 3, 12
PEOPLE = tuple(f"p-{number:08}" for number in range(20))
WARM = 1 / 3
"""Share of the time after which a server is warm."""
MOST_GROWTH = 1.15
"""Memory at the end against memory when warm."""
MOST_FILES = 1.25
"""Open files at the end against those when warm: how many connections are at work just then goes up and down."""
CLIENT = Path(__file__).with_name("many_phones.py")


@dataclass
class Watched:
    """What a server took, each second."""

    office: Office
    rss_mb: list[float] = field(default_factory=list)
    files: list[int] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def family(self) -> list[psutil.Process]:
        """The server's processes that answer: all but the worker and what that starts."""
        first = psutil.Process(self.office.server)
        children = [one for one in first.children() if one.cmdline()[-1:] != ["worker"]]
        return [first, *children, *(grandchild for child in children for grandchild in child.children())]

    def watch(self) -> None:
        while not self.over.wait(1.0):
            family = self.family()
            self.rss_mb.append(sum(one.memory_info().rss for one in family) / 1e6)
            self.files.append(sum(one.num_fds() for one in family))

    def warm_and_end(self, what: list[Any]) -> tuple[float, float]:
        """The median of a few seconds when it was warm, and at the end."""
        at, some = int(len(what) * WARM), max(1, len(what) // 10)
        return statistics.median(what[at : at + some]), statistics.median(what[-some:])


def prepared(office: Office, count: int) -> list[list[str]]:
    """Seal visits, each at a place of its own; lines for each client."""
    lines: list[list[str]] = [[] for _ in range(CLIENTS)]
    for number in range(count):
        phone = office.phones[number % len(office.phones)]
        place = f"20.{2000 + number % 71 * 100:04} 104.{1000 + number // 71 * 100:04} 900 4"
        uuid, contents = office.visit(phone, place=place)
        sent = [base64.b64encode(content).decode() for content in contents]
        lines[number % CLIENTS].append(json.dumps({"token": phone.token, "uuid": uuid, "contents": sent}))
    return lines


def driven(office: Office, lines: list[list[str]]) -> list[dict[str, Any]]:
    """Send everything at the rate wanted; return what was told of each, and how long all of it took."""
    command = [sys.executable, str(CLIENT), str(office.port), str(RATE / CLIENTS), str(THREADS)]
    clients = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(CLIENTS)
    ]
    for client, own in zip(clients, lines, strict=True):
        assert client.stdin is not None
        assert client.stdout is not None
        client.stdin.write("\n".join(own) + "\n\n")
        client.stdin.flush()
        assert client.stdout.readline() == "ready\n"
    said = [None] * CLIENTS

    def drive(at: int) -> None:
        said[at] = json.loads(clients[at].communicate("\n")[0])

    threads = [threading.Thread(target=drive, args=(at,)) for at in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said  # type: ignore[return-value]


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("kind", ["file", "server"])
def test_fifty_hand_ins_a_second_lose_nothing_and_leave_the_server_as_it_was(kind, workers, tmp_path, request):
    store: config.Store | None = request.getfixturevalue("server").place() if kind == "server" else None
    web = config.Web()  # as it comes
    with running.office(tmp_path / "office", store, web, PEOPLE) as office:
        office.has_clock = False
        lines = prepared(office, int(RATE * SECONDS))
        office.start_server(workers, own_worker=True)
        watched = Watched(office)
        watching = threading.Thread(target=watched.watch)
        load = os.getloadavg()[0]
        watching.start()
        said = driven(office, lines)
        watched.over.set()
        watching.join()
        told = [one for client in said for one in client["told"]]
        entered = len(waiting_or(office, "recorded"))
        tell(f"{kind}, {workers} processes", said, told, watched, entered, load)
        check(office, told)
        check_flat(watched)


def waiting_or(office: Office, *states: str) -> list[dict[str, Any]]:
    with opened_place(office.folder) as place, place.reception.reading() as connection:
        return rows.listed(connection, states=states, most=1_000_000)


def tell(
    what: str, said: list[dict[str, Any]], told: list[dict[str, Any]], watched: Watched, entered: int, load: float
) -> None:
    took_s = max(client["took"] for client in said)
    waits = sorted(one["took"] for one in told)
    (warm_mb, end_mb), (warm, end) = (watched.warm_and_end(of) for of in (watched.rss_mb, watched.files))
    statuses = Counter(status for one in told for status in one["statuses"])
    print(
        f"\n{what}: {len(told)} hand-ins in {took_s:.1f} s = {len(told) / took_s:.1f}/s of {RATE:.0f}/s wanted; "
        f"median {1000 * waits[len(waits) // 2]:.0f} ms, 99 % within {1000 * waits[len(waits) * 99 // 100]:.0f} ms; "
        f"answers {dict(statuses)}; memory {warm_mb:.0f} → {end_mb:.0f} MB, open files {warm:.0f} → {end:.0f}; "
        f"entered meanwhile {entered}; load before {load:.1f}",
        flush=True,
    )


def check(office: Office, told: list[dict[str, Any]]) -> None:
    """Each receipt is there, its own, and kept with its files; each waits for a worker or is in the ledger."""
    office.stop()
    receipts = [one["receipt"] for one in told]
    assert None not in receipts
    assert (
        len({receipt["number"] for receipt in receipts}) == len({receipt["uuid"] for receipt in receipts}) == len(told)
    )
    with opened_place(office.folder) as place, place.reception.reading() as connection:
        for receipt in receipts:
            row = rows.numbered(connection, receipt["number"])
            assert row is not None
            assert json.loads(row["receipt"]) == receipt
            assert hand_in_receipts.is_genuine(place.workspace, receipt)
            assert row["state"] in ("received", "recorded")
            for file in rows.files(connection, receipt["uuid"], receipt["content"]):
                path = blobs.find(office.folder / "hand_ins" / "files", file["sha256"])
                assert path is not None
                assert blobs.is_whole(path, file["sha256"])


def check_flat(watched: Watched) -> None:
    warm_mb, end_mb = watched.warm_and_end(watched.rss_mb)
    warm, end = watched.warm_and_end(watched.files)
    assert end_mb <= MOST_GROWTH * warm_mb
    assert end <= MOST_FILES * warm
