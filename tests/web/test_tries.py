"""T20: guessing is slow for whoever guesses, however many processes answer, and keeps nobody else out for ever."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from secrets import token_hex

import pyotp
import pytest
from fastapi import FastAPI
from sqlalchemy import Connection, select
from starlette.testclient import TestClient
from web import asking, world
from web.world import HOST, A, World

from eradication.domain.person import Role
from eradication.pipeline.reception import people, secrets, sessions, standing, tries
from eradication.pipeline.reception.place import opened_place
from eradication.pipeline.reception.tries import QUARTER_S, Limit
from eradication.store.reception import people as rows
from eradication.store.reception import schema
from eradication.web.app import create_app
from eradication.web.gate import COOKIE
from eradication.web.routes.signin import KNOWN

PASSWORD = "lúa nương suối đá 7"
QUARTER = timedelta(seconds=QUARTER_S)


@pytest.fixture(scope="module", params=["file", "server"])
def here(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    server = request.getfixturevalue("server").place() if request.param == "server" else None
    with world.built(tmp_path_factory.mktemp("world"), server, sign_in_tries=4, address_tries=12) as made:
        yield made


@pytest.fixture
def fresh(here: World) -> World:
    """The world with a new account of ``walker`` and of ``other``, a day after the test before."""
    here.clock.now += timedelta(days=2)
    for login in ("walker", "other", "coded", "waiting"):
        if login in here.people:
            here.people.pop(login)
            with here.place.reception.writing() as connection:
                rows.change(connection, people.find(here.place, login).person_id, {"login": f"was-{token_hex(8)}"})
    for login in ("walker", "other"):
        here.add(login, [Role.PATROL], A)
        people.accept(here.place, people.invite(here.place, login)["invitation"], PASSWORD)
    return here


def browser(here: World, address: str = "192.0.2.1", app: FastAPI | None = None) -> TestClient:
    client = asking.client(app or here.app, HOST, client=(address, 4000))
    client.headers["Origin"] = HOST
    return client


def tried(client: TestClient, login: str = "walker", password: str = "a wrong password") -> int:
    return client.post("/signin", data={"login": login, "password": password}).status_code


def test_t20_wrong_passwords_are_counted_for_the_account_and_forgotten_after_a_quarter_of_an_hour(fresh: World):
    client = browser(fresh)
    assert [tried(client) for _ in range(6)] == [401, 401, 401, 401, 429, 429]
    assert tried(client, password=PASSWORD) == 429
    assert tried(client, "Walker ") == 429  # the same account
    assert tried(client, "other", PASSWORD) == 303
    fresh.clock.now += QUARTER - timedelta(seconds=1)
    assert tried(client, password=PASSWORD) == 429
    fresh.clock.now += timedelta(seconds=1)
    assert tried(client, password=PASSWORD) == 303


@pytest.mark.slow
def test_t20_right_passwords_use_nothing_up(fresh: World):
    client = browser(fresh)
    assert {tried(browser(fresh), password=PASSWORD) for _ in range(20)} == {303}
    assert [tried(client) for _ in range(5)] == [401, 401, 401, 401, 429]


def test_t20_one_address_tries_few_accounts(fresh: World):
    client = browser(fresh)
    assert [tried(client, f"nobody{n}") for n in range(13)] == [401] * 12 + [429]
    assert tried(client, "other", PASSWORD) == 429
    assert tried(browser(fresh, "192.0.2.2"), "other", PASSWORD) == 303


def test_t20_addresses_of_one_network_of_ipv6_are_one_caller(fresh: World):
    assert [tried(browser(fresh, f"2001:db8::{n:x}"), f"nobody{n}") for n in range(13)] == [401] * 12 + [429]
    assert tried(browser(fresh, "2001:db8:0:1::1"), "other", PASSWORD) == 303
    assert tries.network_of("::ffff:192.0.2.7") == tries.network_of("192.0.2.7")
    assert tries.network_of("fe80::1%eth0") == tries.network_of("fe80::2")
    assert tries.network_of("testclient") == "testclient"


def test_t20_who_tries_wrong_passwords_all_day_keeps_no_known_browser_out(fresh: World):
    own = browser(fresh, "198.51.100.1")
    assert tried(own, password=PASSWORD) == 303
    known = own.cookies[KNOWN]
    for hour in range(3):
        fresh.clock.now += timedelta(hours=1)
        for n in range(5):
            tried(browser(fresh, f"203.0.113.{5 * hour + n}"))
        assert tried(browser(fresh, "198.51.100.2"), password=PASSWORD) == 429  # a browser that nobody knows
        again = browser(fresh, "198.51.100.1")
        again.cookies.set(KNOWN, known)
        assert tried(again, password=PASSWORD) == 303
    # And a person whose browsers are all unknown comes in by an invitation, which wrong tries do not touch.
    invitation = people.invite(fresh.place, "walker")["invitation"]
    new = browser(fresh, "198.51.100.3")
    assert new.post("/signin", data={"invite": invitation, "password": PASSWORD}).status_code == 303


def test_t20_a_full_address_does_not_keep_out_whom_it_knows(fresh: World):
    own = browser(fresh)
    tried(own, password=PASSWORD)
    for n in range(14):
        tried(browser(fresh), f"nobody{n}")
    again = browser(fresh)
    again.cookies.set(KNOWN, own.cookies[KNOWN])
    assert tried(again, password=PASSWORD) == 303


def test_t20_a_stolen_mark_of_a_known_browser_gives_no_more_tries(fresh: World):
    own = browser(fresh)
    tried(own, password=PASSWORD)
    thief = browser(fresh, "203.0.113.1")
    thief.cookies.set(KNOWN, own.cookies[KNOWN])
    assert [tried(thief) for _ in range(5)] == [401] * 4 + [429]
    other = browser(fresh, "203.0.113.1")
    other.cookies.set(KNOWN, own.cookies[KNOWN])
    assert [tried(other, "other") for _ in range(5)] == [401] * 4 + [429]  # it is another account's
    fresh.clock.now += timedelta(days=181)
    for n in range(5):
        tried(browser(fresh, f"203.0.113.{n}"))
    assert tried(thief, password=PASSWORD) == 429  # too old a mark
    for mark in ("x", "gAAAAA", "a" * 5000):
        thief.cookies.set(KNOWN, mark)
        assert tried(thief, password=PASSWORD) == 429


def test_t20_two_applications_on_one_reception_count_together(fresh: World):
    with ExitStack() as stack:
        second = stack.enter_context(opened_place(fresh.workspace.folder, fresh.clock))
        apps = [fresh.app, create_app(second, log=lambda line: None)]
        sent = [tried(browser(fresh, app=apps[n % 2])) for n in range(6)]
        assert sent == [401, 401, 401, 401, 429, 429]


PROGRAM = """
import sys
from pathlib import Path
from eradication.errors import Denied
from eradication.pipeline.reception import tries
from eradication.pipeline.reception.place import opened_place

with opened_place(Path(sys.argv[1])) as place:
    print("ready", flush=True)
    sys.stdin.readline()
    good = 0
    for _ in range(30):
        try:
            tries.spend(place, tries.Limit("race", 40, 86_400.0), "everybody")
            good += 1
        except Denied:
            pass
    print(good)
"""


@pytest.mark.slow
def test_t20_processes_that_try_at_the_same_time_get_no_try_more(fresh: World):
    command = [sys.executable, "-c", PROGRAM, str(fresh.workspace.folder)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen(command, **pipes) for _ in range(2)]
    assert [process.stdout.readline() for process in processes] == ["ready\n"] * 2
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    counts = [int(process.communicate(timeout=120)[0]) for process in processes]
    assert sum(counts) == 40, counts


def test_t20_a_crowd_of_tries_at_the_same_moment_gets_no_password_checked_more(fresh: World, monkeypatch):
    checked: list[str] = []
    fits = secrets.fits
    monkeypatch.setattr(secrets, "fits", lambda password, kept: checked.append(password) or fits(password, kept))

    def attempt(number: int) -> None:
        with pytest.raises(Exception, match=r"wrong|often"):
            sessions.sign_in(fresh.place, "walker", f"wrong password {number}", f"203.0.113.{number}")

    with ThreadPoolExecutor(16) as crowd:
        list(crowd.map(attempt, range(32)))
    assert len(checked) == 4


def test_t20_unknown_disabled_and_uninvited_accounts_are_answered_like_a_wrong_password(fresh: World):
    standing.disable(fresh.place, "other")
    fresh.add("waiting", [Role.REVIEWER])
    pages = {login: browser(fresh).post("/signin", data={"login": login, "password": "a wrong password"})
             for login in ("walker", "nobody", "other", "waiting")}  # fmt: skip
    pages["right"] = browser(fresh).post("/signin", data={"login": "other", "password": PASSWORD})
    plain = {page.text.replace(page.headers["content-security-policy"].split("nonce-")[1].split("'")[0], "")
             for page in pages.values()}  # fmt: skip
    assert len(plain) == 1
    assert {page.status_code for page in pages.values()} == {401}
    assert len({tuple(sorted(set(page.headers) - {"content-security-policy"})) for page in pages.values()}) == 1
    assert not any("set-cookie" in page.headers for page in pages.values())


def test_t20_known_and_unknown_accounts_cost_the_same_work(fresh: World, monkeypatch):
    class Counting:
        def __init__(self) -> None:
            self.hasher, self.work = secrets._hasher(), []

        def verify(self, kept: str, password: str) -> bool:
            self.work.append(("verify", kept.rsplit("$", 2)[0]))
            return self.hasher.verify(kept, password)

        def hash(self, password: str) -> str:
            self.work.append(("hash", ""))
            return self.hasher.hash(password)

    secrets._nobody()
    counting = Counting()
    monkeypatch.setattr(secrets, "_hasher", lambda: counting)
    works = []
    for login in ("walker", "nobody", "patrol_b"):
        counting.work = []
        tried(browser(fresh), login)
        works.append(tuple(counting.work))
    assert len(set(works)) == 1
    assert len(works[0]) == 1


def test_t20_an_invitation_that_is_none_costs_no_hash(fresh: World, monkeypatch):
    monkeypatch.setattr(secrets, "_hasher", lambda: pytest.fail("it was hashed"))
    answer = browser(fresh).post("/signin", data={"invite": "x" * 43, "password": PASSWORD})
    assert answer.status_code == 403


def test_t20_codes_are_guessed_a_few_times_and_few_a_day(fresh: World):
    fresh.add("coded", [Role.REVIEWER])
    people.accept(fresh.place, people.invite(fresh.place, "coded")["invitation"], PASSWORD)
    client = browser(fresh)
    tried(client, "coded", PASSWORD)
    secret = client.get("/signin/code").text.split("<code>")[1].split("<")[0]
    right = client.post("/signin/code", data={"code": pyotp.TOTP(secret).at(fresh.clock.now)})
    assert right.status_code == 303
    wrong = {403: 0, 429: 0}
    for _ in range(8):
        guess = browser(fresh)
        guess.cookies.set(COOKIE, sessions.begin(fresh.place, fresh.people["coded"]))
        for _ in range(5):
            wrong[guess.post("/signin/code", data={"code": "000000"}).status_code] += 1
        fresh.clock.now += QUARTER
    assert wrong == {403: 16, 429: 24}  # the limit of a day, not eight times that of a quarter of an hour


def test_t20_a_clock_that_was_set_back_locks_nobody_out_for_years(fresh: World):
    limit = Limit("clock", 1, QUARTER_S)
    fresh.clock.now += timedelta(days=3650)
    tries.spend(fresh.place, limit, "x")
    fresh.clock.now -= timedelta(days=3650)
    tries.spend(fresh.place, limit, "x")


def test_t20_counters_that_are_over_are_forgotten_and_bear_no_name(fresh: World):
    for n in range(9):
        tried(browser(fresh, f"203.0.113.{n}"), f"canary{n}")
    with fresh.place.reception.reading() as connection:
        kept = _kept(connection)
    assert len(kept) >= 18
    assert not [what for what in kept if "canary" in what or "203.0" in what]
    fresh.clock.now += timedelta(days=1, seconds=1)
    tried(browser(fresh), password=PASSWORD)
    with fresh.place.reception.reading() as connection:
        assert len(_kept(connection)) <= 3


def _kept(connection: Connection) -> list[str]:
    return [row[0] for row in connection.execute(select(schema.tries.c.what))]


def test_t20_a_person_who_asks_without_end_is_told_to_wait_and_others_are_not(tmp_path):
    with world.built(tmp_path, requests_a_minute=10) as here:
        client = here.client("patrol_a")
        assert [client.get("/api/me").status_code for _ in range(12)] == [200] * 10 + [429] * 2
        assert client.get("/api/me").headers["retry-after"] == "60"
        assert client.get("/api/nothing").status_code == 429
        assert here.client("patrol_b").get("/api/me").status_code == 200
        assert here.client("patrol_a", device=["read"]).get("/api/me").status_code == 200
        here.clock.now += timedelta(minutes=1)
        assert client.get("/api/me").status_code == 200
