"""Two hundred reads a second of a store of ten simulated seasons: lists, rectangles and tiles, on each store.

``make bench-web``. Half the readers are analysts in a browser, who see everything, half are programs of patrols, which
see what is their unit's. The rate and the percentiles are printed, and how long single pages take and how heavy they
are. Asserted are ratios alone: every answer is right, and the slow ones (95 % of answers are quicker) are within a few
times what the same server takes to say that it is well.

``ERADICATION_BENCH_READS`` is the share of 50 000 plots and 1 000 000 fixes, 1 if not set; ``ERADICATION_BENCH_WEB``
the seconds, 60 if not set.
"""

import http.client
import itertools
import math
import os
import random
import re
import statistics
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import postgres
import pytest
import served
from benchmarks import big_store
from postgres import Cluster
from web import asking

from eradication.domain.person import Role, Scope
from eradication.pipeline import projection
from eradication.pipeline.reception import devices, people, sessions
from eradication.pipeline.reception.place import Place, opened_place
from eradication.pipeline.workspace import created, settings_for
from eradication.store.reception import people as rows
from eradication.web.app import create_app
from eradication.web.gate import COOKIE

pytestmark = [pytest.mark.bench_web, pytest.mark.timeout(7200)]

SHARE = float(os.environ.get("ERADICATION_BENCH_READS", "1"))
SECONDS = float(os.environ.get("ERADICATION_BENCH_WEB", "60"))
RATE, READERS = 200.0, 16
WORKERS = 3
"""One more than a machine of two cores has: connections never share themselves out evenly."""
SEASON = "2024-2025"
MOST_OF_HEALTH = 80.0
"""Slow answers against slow answers of ``/healthz`` in the same load."""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A server as an office has one."""
    if reason := postgres.why_not():
        pytest.skip(reason)
    made = postgres.new_cluster(postgres.OFFICE)
    yield made
    made.stop()


@pytest.fixture(scope="module", params=["file", "server"])
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of ten seasons."""
    server: Cluster | None = request.getfixturevalue("cluster") if request.param == "server" else None
    folder = tmp_path_factory.mktemp("reads") / "office"
    settings = settings_for("Sơn La", language="vi", simulated=True, server=server.place() if server else None)
    with created(folder, settings) as workspace:
        counts = big_store.fill(workspace, SHARE)
        with workspace.store.transaction() as transaction:
            projection.refresh(workspace, transaction)
    if server is not None:  # an office's server had its nights for this
        server.run("VACUUM ANALYZE", "CHECKPOINT")
    print(f"\n{request.param}: {counts}")
    return folder


def shown(folder: Path) -> list[dict[str, str]]:
    """Let readers in: the headers by which each shows who it is."""
    found: list[dict[str, str]] = []
    with opened_place(folder) as place:
        for number in range(READERS):
            analyst = number % 2 == 0
            roles, unit = ([Role.ANALYST], "") if analyst else ([Role.PATROL], big_store.UNITS[number % 12])
            told = people.add(place, people.Wanted(f"reader-{number}", roles, unit))
            if analyst:
                found.append({"Cookie": f"{COOKIE}={session(place, told['login'])}"})
            else:
                token = devices.issue(place, told["login"], "bench", [Scope.READ.value], told["person_id"])["token"]
                found.append({"Authorization": f"Bearer {token}"})
    return found


def session(place: Place, login: str) -> str:
    """Sign somebody in."""
    with place.reception.reading() as connection:
        person = rows.person(rows.by(connection, "login", login) or {})
    return sessions.begin(place, person, second_factor=True, language="vi")


def requests(seed: int) -> Iterator[tuple[str, str]]:
    """What readers ask, without end: kind and path."""
    chance = random.Random(seed)
    for turn in itertools.count():
        lon = chance.uniform(big_store.WEST, big_store.EAST - 0.06)
        lat = chance.uniform(big_store.SOUTH, big_store.NORTH - 0.06)
        kind = ("list", "features", "rectangle", "tile", "tile", "health")[turn % 6]
        begin = 20 * chance.randrange(50)
        if kind == "list":
            yield kind, f"/api/plots?season={SEASON}&limit=20&begin={begin}"
        elif kind == "features":
            yield kind, f"/ogc/collections/plots/items?season={SEASON}&limit=20&offset={begin}&sortby=-score"
        elif kind == "rectangle":
            box = f"{lon:.4f},{lat:.4f},{lon + 0.05:.4f},{lat + 0.05:.4f}"
            yield kind, f"/ogc/collections/plots/items?season={SEASON}&limit=100&bbox={box}"
        elif kind == "tile":
            z = chance.choice((9, 11, 13))
            n = 2**z
            x, y = int((lon + 180) / 360 * n), int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * n)
            yield kind, f"/tiles/plots/{z}/{x}/{y}.mvt?season={SEASON}"
        else:
            yield kind, "/healthz"


class Reader(threading.Thread):
    """Asks at a steady pace over one connection, and notes how long each answer took since it was due."""

    def __init__(self, address: str, headers: dict[str, str], number: int, begin: float) -> None:
        super().__init__(daemon=True)
        self.host, self.headers, self.number, self.begin = address.partition("//")[2], headers, number, begin
        self.took: dict[str, list[float]] = {}
        self.odd: list[Any] = []

    def run(self) -> None:
        connection = http.client.HTTPConnection(self.host, timeout=60)
        for turn, (kind, path) in enumerate(requests(self.number)):
            due = self.begin + (turn * READERS + self.number) / RATE
            if due > self.begin + SECONDS:
                break
            time.sleep(max(0.0, due - time.monotonic()))
            connection.request("GET", path, headers=self.headers)
            answer = connection.getresponse()
            body = answer.read()
            self.took.setdefault(kind, []).append(time.monotonic() - due)
            if answer.status != 200 or not body:
                self.odd.append((path, answer.status, body[:200]))
        connection.close()


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def test_lists_rectangles_and_tiles_at_two_hundred_a_second(office: Path):
    readers = shown(office)
    with served.running(office, ["--workers", str(WORKERS), "--no-worker"]) as server:
        beginning = [threading.Thread(target=begin_with, args=(server.address, headers)) for headers in readers]
        for thread in beginning:
            thread.start()
        for thread in beginning:
            thread.join()
        begin = time.monotonic() + 1.0
        threads = [Reader(server.address, headers, number, begin) for number, headers in enumerate(readers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    took: dict[str, list[float]] = {}
    for thread in threads:
        for kind, values in thread.took.items():
            took.setdefault(kind, []).extend(values)
    asked = sum(map(len, took.values()))
    print(f"{asked / SECONDS:.0f} reads/s asked and answered")
    for kind, values in sorted(took.items()):
        told = [1000 * one for one in (statistics.median(values), percentile(values, 0.95), max(values))]
        print(f"{kind:9} n={len(values):6} median {told[0]:7.1f} ms  p95 {told[1]:7.1f} ms  most {told[2]:7.1f} ms")
    assert [odd for thread in threads for odd in thread.odd][:3] == []
    assert asked >= 0.95 * RATE * SECONDS
    usual = percentile(took["health"], 0.95)
    assert all(percentile(values, 0.95) < MOST_OF_HEALTH * usual for values in took.values())


def begin_with(address: str, headers: dict[str, str]) -> None:
    """Ask what each process reads once for all who see the same plots; several ask at once, so that each is asked."""
    for x in range(6465, 6465 + 3 * WORKERS):
        one(address, headers, f"/tiles/plots/13/{x}/3604.mvt?season={SEASON}")
        one(address, headers, f"/ogc/collections/plots/items?season={SEASON}&limit=1")
        one(address, headers, f"/api/plots?season={SEASON}&limit=1")


def one(address: str, headers: dict[str, str], path: str) -> None:
    connection = http.client.HTTPConnection(address.partition("//")[2], timeout=600)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    told = answer.read()
    assert answer.status == 200, (path, told[:300])
    connection.close()


LINKED = re.compile(r'(?:src|href)="(/(?:static|vendor)/[^"?]+)"')


def test_the_first_pages_are_light_and_quick(office: Path):
    """A page without a map is no heavier than 300 kB with all that it loads."""
    with opened_place(office) as place:
        people.add(place, people.Wanted("light", [Role.OFFICER, Role.REVIEWER], ""))
        client = asking.client(create_app(place, log=lambda _: None), "https://testserver")
        client.cookies.set(COOKIE, session(place, "light"))
        plot = client.get(f"/api/plots?season={SEASON}&limit=1").json()["plots"][0]["id"]
        ledger, case = f"/ledger?season={SEASON}", f"/review/{plot}?of=any&season={SEASON}"
        lists = f"/plots?season={SEASON}", f"/review?of=any&season={SEASON}"
        for path in ("/", *lists, ledger, "/deadlines", "/periods", f"/plots/{plot}", case):
            took = []
            for _ in range(3):  # the first one also loads what the program needs
                began = time.monotonic()
                answer = client.get(path, headers={"accept": "text/html"})
                took.append(time.monotonic() - began)
            weight = len(answer.content) + sum(len(client.get(one).content) for one in set(LINKED.findall(answer.text)))
            name = path.partition("?")[0].replace(plot, "P")
            print(f"{name:14} {weight / 1000:7.1f} kB  first {took[0]:6.2f} s, then {min(took[1:]):6.2f} s")
            assert answer.status_code == 200, answer.text[:500]
            assert weight < 300_000
