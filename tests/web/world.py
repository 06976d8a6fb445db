"""A workspace with two units, their patrols, plots and visits, and somebody of each role who is signed in.

::

    with world.built(folder) as here:                     # or built(folder, server.place())
        here.client("patrol_a").get("/api/plots")         # a browser with a session
        here.client("patrol_b", device=["read"]).get(…)   # a program with a device's token
        here.client("").get(…)                            # nobody
        here.clock.now += timedelta(hours=1); here.log    # lines that were logged

Whatever is a unit's bears its canary: :func:`canary`. All of it is simulated.
"""

import atexit
import contextlib
import shutil
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from secrets import token_hex
from typing import Any

import psycopg
import worlds
from fastapi import FastAPI
from psycopg import sql
from shapely.geometry import box
from sqlalchemy import URL, make_url
from web import asking

from eradication import config, geo, history
from eradication.domain import AdminUnit, EventKind, Season
from eradication.domain.event import iso
from eradication.domain.person import Person, Role
from eradication.pipeline import deciding, main_path, projection, units
from eradication.pipeline.handing_in import PatrolOptions
from eradication.pipeline.journal import of_candidate
from eradication.pipeline.reception import devices, people, secrets, sessions
from eradication.pipeline.reception.place import Place, opened_place, reception_of
from eradication.pipeline.workspace import Workspace, created, settings_for
from eradication.store.reception import people as rows
from eradication.web.app import create_app
from eradication.web.gate import COOKIE

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # that it would rather have another version of httpx
    from starlette.testclient import TestClient

SEASON = Season(2025)
NOW = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
"""What the clock of the place shows at first."""
HOST = "https://testserver"
A, B = "BP01", "CA02"
WEST, EAST = "04048", "04049"
"""Communes: all of A's is in the western one, all of B's in the eastern one; in each is a candidate of nobody's."""
GROUND = {A: (104.701234, 20.801234), B: (104.851234, 20.831234)}
"""Where a unit works: longitude, latitude."""
COMMUNES = {
    WEST: ("Xã Vân Hồ", box(104.6, 20.7, 104.78, 20.95)),
    EAST: ("Xã Mộc Châu", box(104.78, 20.7, 104.95, 20.95)),
}
UNIT_TABLE = f"""code,name,kind,valid_from,reports
{A},Đồn Một,border_post,2000-01-01,yes
{B},Công an Hai,police,2000-01-01,yes
"""
VISITS = "visit_id,lon,lat,visited_at,unit,officers,outcome,area_m2,area_method,note\n"
ROLES = {
    "patrol_a": ([Role.PATROL], A, ()),
    "patrol_b": ([Role.PATROL], B, ()),
    "reviewer": ([Role.REVIEWER], "", ()),
    "verifier": ([Role.VERIFIER], "", ()),
    "officer": ([Role.OFFICER], "", ()),
    "analyst": ([Role.ANALYST], "", ()),
    "administrator": ([Role.ADMINISTRATOR], "", ()),
    "auditor": ([Role.AUDITOR], "", ()),
    "reviewer_east": ([Role.REVIEWER], "", (EAST,)),
    "analyst_east": ([Role.ANALYST], "", (EAST,)),
}
"""Login → roles, unit, communes."""


def canary(unit: str, of: str) -> str:
    """A word that only those may read who may see a unit's ``of`` (patrol, waypoint, note, officer)."""
    return f"chim-{of}-{unit}"


@dataclass
class Clock:
    """Shows what a test sets."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass
class World:
    """What tests work on."""

    place: Place
    app: FastAPI
    clock: Clock
    log: list[str]
    people: dict[str, Person]
    plots: dict[str, str]
    """``candidate_A``, ``candidate_B``: assigned; ``open_A``, ``open_B``: of nobody, on the ground of …; ``found_A``,
    ``found_B``: visited → plot id."""
    patrols: dict[str, list[str]]
    """Unit → ids of its patrols; the first one's end was long ago."""
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def workspace(self) -> Workspace:
        """The open workspace."""
        return self.place.workspace

    def add(self, login: str, roles: Sequence[str], unit: str = "", communes: Sequence[str] = ()) -> Person:
        """Let somebody in."""
        self.people[login] = _let_in(self.place, login, roles, unit, communes)
        return self.people[login]

    def token(self, login: str) -> str:
        """Return the token of a session in which everything was shown."""
        if login not in self.tokens:
            self.tokens[login] = sessions.begin(self.place, self.people[login], second_factor=True, language="en")
        return self.tokens[login]

    def client(self, login: str = "", device: Sequence[str] = (), **options: Any) -> TestClient:
        """Return what asks as somebody: a browser on our own pages, or with ``device`` (scopes) a program."""
        client = asking.client(self.app, HOST, raise_server_exceptions=False, **options)
        if device:
            own = self.people[login].person_id
            token = devices.issue(self.place, login, "test", device, own)["token"]
            client.headers["Authorization"] = f"Bearer {token}"
        elif login:
            client.cookies.set(COOKIE, self.token(login))
            client.headers["Origin"] = HOST
        return client

    def half(self, login: str) -> TestClient:
        """Return a browser in which the second factor was not shown."""
        client = self.client()
        client.cookies.set(COOKIE, sessions.begin(self.place, self.people[login], language="en"))
        client.headers["Origin"] = HOST
        return client

    def resting(self, login: str) -> TestClient:
        """Return a browser with a session that nobody has used for a day."""
        client = self.client()
        token = sessions.begin(self.place, self.people[login], language="en")
        long_ago = {"seen_at": iso(self.clock.now - timedelta(days=1))}
        with self.place.reception.writing() as connection:
            rows.change_session(connection, secrets.token_hash(token), long_ago)
        client.cookies.set(COOKIE, token)
        client.headers["Origin"] = HOST
        return client


@contextmanager
def built(
    folder: Path,
    server: config.Store | None = None,
    *,
    patrols_of_b: int = 1,
    mail: config.Mail | None = None,
    **web: Any,
) -> Iterator[World]:
    """Make the world in ``folder``; with ``server`` store and reception are on it; ``web`` = settings of ``[web]``."""
    office, clock, log = folder / "office", Clock(), list[str]()
    source, template, made = _template(patrols_of_b, server.url if server else "")
    settings = settings_for("Sơn La", language="en", simulated=True, season=SEASON)
    store = _copied(template) if template else settings.store
    settings = replace(settings, web=replace(settings.web, **web), mail=mail or settings.mail, store=store)
    shutil.copytree(source / "office", office)
    (office / config.FILE_NAME).write_text(config.render(settings), encoding="utf-8")
    with opened_place(office, clock) as place:
        yield World(place, create_app(place, log=log.append), clock, log, dict(made.people), made.plots, made.patrols)


@dataclass(frozen=True)
class Made:
    """What a world holds."""

    plots: dict[str, str]
    patrols: dict[str, list[str]]
    people: dict[str, Person]


@cache
def _template(patrols_of_b: int, server: str) -> tuple[Path, config.Store | None, Made]:
    """Make a world once for all tests of a process, in a file or in a database of its own: copying it is faster."""
    folder = Path(tempfile.mkdtemp(prefix="world-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    store = config.Store(_database(server), "world") if server else None
    settings = settings_for("Sơn La", language="en", simulated=True, season=SEASON, server=store)
    return folder, store, _made(folder, settings, patrols_of_b)


def _copied(template: config.Store) -> config.Store:
    """Copy a database that nobody is connected to."""
    return replace(template, url=_database(template.url, make_url(template.url).database))


def _database(server: str, template: str | None = None) -> str:
    """Make a database on a server and return its address."""
    name, url = f"world_{token_hex(4)}", make_url(server)
    with contextlib.closing(psycopg.connect(_address(url), autocommit=True)) as connection:
        copied = sql.SQL(" TEMPLATE {}").format(sql.Identifier(template)) if template else sql.SQL("")
        connection.execute(sql.SQL("CREATE DATABASE {}{}").format(sql.Identifier(name), copied))
    made = url.set(database=name)
    if template is None:
        with contextlib.closing(psycopg.connect(_address(made), autocommit=True)) as connection:
            connection.execute("CREATE EXTENSION postgis")
    return made.render_as_string(hide_password=False)


def _address(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def _made(folder: Path, settings: config.Settings, patrols_of_b: int) -> Made:
    given = folder / "given"
    given.mkdir(parents=True, exist_ok=True)
    with created(folder / "office", settings) as workspace, reception_of(workspace, Clock()) as place:
        _ground(workspace, given)
        plots = _plots(workspace, given)
        walked = {unit: _walk(workspace, given, unit, count) for unit, count in ((A, 1), (B, patrols_of_b))}
        let_in = {login: _let_in(place, login, *who) for login, who in ROLES.items()}
    return Made(plots, walked, let_in)


def _let_in(place: Place, login: str, roles: Sequence[str], unit: str = "", communes: Sequence[str] = ()) -> Person:
    told = people.add(place, people.Wanted(login, [*roles], unit, communes, language="en"))
    with place.reception.reading() as connection:
        return rows.person(rows.by(connection, "login", told["login"]) or {})


def _ground(workspace: Workspace, folder: Path) -> None:
    (folder / "units.csv").write_text(UNIT_TABLE)
    told = units.record_units(workspace, folder / "units.csv")["units"]
    assert {row["status"] for row in told} == {"accepted"}, told
    outlines = [
        AdminUnit(code, name, date(2025, 7, 1), None, shape, *shape.centroid.coords[0], None, False, "test")
        for code, (name, shape) in COMMUNES.items()
    ]
    with workspace.store.transaction() as transaction:
        transaction.add_units(outlines, [])


def east(unit: str, metres: float) -> tuple[float, float]:
    """Return a place on a unit's ground."""
    lon, lat, _ = geo.GEOD.fwd(*GROUND[unit], 90.0, metres)
    return round(lon, 6), round(lat, 6)


def _plots(workspace: Workspace, folder: Path) -> dict[str, str]:
    seen = datetime(2026, 1, 10, tzinfo=UTC)
    named: dict[str, str] = {}
    with workspace.store.transaction() as transaction:
        run = {"run": "run-1", "season": SEASON.label, "model": "rules"}
        transaction.append(EventKind.RUN_FINISHED, seen, run)
        for unit, letter in ((A, "A"), (B, "B")):
            for number, what in enumerate(("candidate", "open")):
                found = replace(worlds.candidate(f"{what}-{letter}", east(unit, 500.0 * (1 + number))), season=SEASON)
                (followed,) = history.follow([], [found], worlds.SETTINGS)
                body = of_candidate(followed, f"VH-26-{what.upper()}{letter}")
                transaction.append(EventKind.CANDIDATE_PROPOSED, seen, body)
                named[f"{what}_{letter}"] = followed.plot_id
        projection.refresh(workspace, transaction)
    when = datetime(2026, 1, 20, tzinfo=UTC)
    for unit, letter in ((A, "A"), (B, "B")):
        deciding.assign(workspace, [named[f"candidate_{letter}"]], unit, deciding.Decision(SEASON, "QL1", when))
        file = folder / f"visits-{unit}.csv"
        place = ",".join(map(str, GROUND[unit]))
        said = f"{unit},{canary(unit, 'officer')};s2,detected,200,tape,{canary(unit, 'note')}"
        file.write_text(f"{VISITS}v-{unit},{place},2026-02-01T08:00+07:00,{said}\n")
        (row,) = main_path.record_visits(workspace, file)["visits"]
        assert row["status"] == "accepted", row
        named[f"found_{letter}"] = row["plot"]
    return named


def _walk(workspace: Workspace, folder: Path, unit: str, count: int) -> list[str]:
    """Let a unit walk ``count`` times over the same kilometre, a day apart, the first on 2 February."""
    ids: list[str] = []
    for number in range(count):
        file = folder / f"{unit}-{number}.gpx"
        began = datetime(2026, 2, 2, 1, 0, tzinfo=UTC) + timedelta(days=number)
        file.write_text(gpx(unit, began, shift_m=3.0 * number))
        (told,) = main_path.record_patrols(workspace, [file], PatrolOptions(unit=unit))
        assert told.status == "accepted", told
        ids += [patrol.id for patrol in told.patrols]
    return ids


def gpx(unit: str, began: datetime, shift_m: float = 0.0, minutes: int = 12) -> str:
    """Return a walk of a unit from its ground to the east."""
    points = [(east(unit, shift_m + 40.0 * k), began + timedelta(minutes=k)) for k in range(minutes)]
    track = "".join(
        f'<trkpt lat="{lat}" lon="{lon}"><ele>{900 + k}</ele><time>{when:%Y-%m-%dT%H:%M:%SZ}</time></trkpt>'
        for k, ((lon, lat), when) in enumerate(points)
    )
    lon, lat = east(unit, 40.0)
    mark = f'<wpt lat="{lat}" lon="{lon}"><name>{canary(unit, "waypoint")}</name></wpt>'
    name = f"<name>{canary(unit, 'patrol')}</name>"
    return f'<gpx version="1.1">{mark}<trk>{name}<trkseg>{track}</trkseg></trk></gpx>'
