"""A world in which every text that somebody may write is an attack, and what a browser says of a page of it."""

import csv
import dataclasses
import io
import uuid as ids
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import filled_forms
from e2e.web.test_pages import read
from playwright.sync_api import Page
from web import models, world
from web.world import World
from worlds import candidate

from eradication import history
from eradication.domain import AdminUnit, EventKind
from eradication.domain.job import JobState
from eradication.domain.person import Role
from eradication.pipeline import fact_book, main_path, projection, units
from eradication.pipeline.handing_in import PatrolOptions
from eradication.pipeline.journal import of_candidate
from eradication.pipeline.reception import jobs, worker

EVIL = (
    "<img src=x data-evil onerror=alert(1)>",
    "'\"><svg data-evil onload=alert(2)>",
    "</script><script data-evil>alert(3)</script>",
    "${alert(4)}{{7*9359*1000003}}",
    "javascript:alert(5)",
    "=cmd|' /C calc'!A0",
)
ALL = "".join(EVIL)
FIRST = (ALL, *EVIL[4:])
"""All in one text, and those that do harm only where a text begins with them."""
MADE = str(7 * 9359 * 1000003)
"""What a template would make of one of them; too long to stand in a hash by chance."""
UNIT = EVIL[1]
"""Code of a unit whose patrol signs in as ``patrol_x``."""
WATCH = """
window.__reports = [];
document.addEventListener('securitypolicyviolation',
  (e) => window.__reports.push(`${e.violatedDirective} ${e.blockedURI} ${e.sample}`));
"""


def table(*rows: dict[str, str]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


@contextmanager
def built(folder: Path) -> Iterator[World]:
    with world.built(folder, judged_twice_share=0.0, imagery=(models.CATALOG,)) as made:
        models.keep(made, ALL)
        made.add("everything", [role for role in Role if role is not Role.PATROL])
        for number, evil in enumerate(EVIL):
            write(made, folder, number, evil)
        made.add("patrol_x", [Role.PATROL], UNIT)
        with made.workspace.store.transaction() as transaction:
            outlines = [
                AdminUnit(code, f"{name} {EVIL[0]}", date(2025, 7, 2), None, shape, *shape.centroid.coords[0], None,
                          False, f"a {EVIL[1]}")
                for code, (name, shape) in world.COMMUNES.items()
            ]  # fmt: skip
            transaction.add_units(outlines, [])
        hand_in(made)
        read(made)
        yield made


def write(made: World, folder: Path, number: int, evil: str) -> None:
    workspace = made.workspace
    file = folder / f"units-{number}.csv"
    file.write_text(table({"code": evil, "name": f"Đồn {evil}", "kind": "border_post", "valid_from": "2000-01-01",
                           "letterhead": evil, "symbol": "X", "place": evil, "reports": "yes"}))  # fmt: skip
    units.record_units(workspace, file)
    lon, lat = world.east(world.A, 5000.0 + 300.0 * number)
    visit = {"visit_id": f"v{evil}", "lon": str(lon), "lat": str(lat), "visited_at": "2026-02-02T08:00+07:00",
             "unit": evil, "officers": f"S1{evil};S2", "outcome": "detected", "area_m2": "200", "area_method": "tape",
             "minutes_no": evil, "note": evil}  # fmt: skip
    file = folder / f"visits-{number}.csv"
    file.write_text(table(visit))
    main_path.record_visits(workspace, file)
    walk = world.gpx(world.A, datetime(2026, 2, 3 + number, 1, tzinfo=UTC), shift_m=7.0 * number)
    file = folder / f"walk-{number}.gpx"
    file.write_text(named(walk, evil))
    main_path.record_patrols(workspace, [file], PatrolOptions(unit=evil))
    found = dataclasses.replace(candidate(f"evil-{number}", world.east(world.B, 4000.0 + 300.0 * number)),
                                season=world.SEASON, model=evil, run=evil)  # fmt: skip
    (followed,) = history.follow([], [found], workspace.settings)
    with workspace.store.transaction() as transaction:
        transaction.append(EventKind.RUN_FINISHED, made.clock.now,
                           {"run": evil, "season": world.SEASON.label, "model": evil})  # fmt: skip
        transaction.append(EventKind.CANDIDATE_PROPOSED, made.clock.now, of_candidate(followed, f"VH-26-{evil}"))
        projection.refresh(workspace, transaction)
    file = folder / f"facts-{number}.csv"
    file.write_text(table({"kind": "baseline", "commune": "", "year": str(2015 + number), "area_m2": "100",
                           "source": evil}))  # fmt: skip
    fact_book.record_facts(workspace, file)
    client = made.client("everything")
    client.post("/account/devices", data={"name": evil, "scope": "submit"})
    client.post("/plots/export", data={"season": world.SEASON.label, "format": "xlsx", "reason": f"{evil} abcdefghij"})


def named(walk: str, evil: str) -> str:
    """Name a walk and its waypoint."""
    escaped = evil.replace("&", "&amp;").replace("<", "&lt;")
    for what in ("patrol", "waypoint"):
        walk = walk.replace(world.canary(world.A, what), escaped)
    return walk


def hand_in(made: World) -> None:
    """Hand in files with odd names, and forms that hold an attack in every answer that is a text."""
    client = made.client("patrol_a")
    for number, evil in enumerate(EVIL):
        name = f"{evil.replace('/', '')}.gpx"
        content = world.gpx(world.A, datetime(2026, 2, 20, 1 + number, tzinfo=UTC), shift_m=3.0)
        client.post("/desk", files={"file": (name, content, "application/gpx+xml")})
    phone = made.client("patrol_x", device=["submit"])
    phone.headers.pop("Origin", None)
    for number, evil in enumerate(FIRST):
        for form, answers in forms(number, evil):
            content = filled_forms.instance(form, answers, str(ids.uuid4()))
            sent = {"xml_submission_file": ("filled.xml", content, "text/xml")}
            answer = phone.post("/openrosa/submission", files=sent, headers={"X-OpenRosa-Version": "1.0"})
            assert answer.status_code == 201, answer.text
    own = named(world.gpx(world.A, datetime(2026, 2, 21, tzinfo=UTC)), EVIL[0])
    made.client("patrol_x").post("/desk", files={"file": ("x.gpx", own, "application/gpx+xml")})
    worker.empty(made.place)


def enter(made: World) -> None:
    """Enter what was handed in; other work that waits is called off, for it takes its time."""
    for job in jobs.listed(made.place)["jobs"]:
        if job["state"] == JobState.QUEUED and job["kind"] != "hand_in":
            jobs.cancel(made.place, job["job_id"])
    worker.empty(made.place)


def forms(number: int, evil: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Return a visit and a tip that are taken, and a visit that is not: it speaks for a unit that it is not of."""
    lon, lat = world.east(world.A, 8000.0 + 300.0 * number)
    found = filled_forms.FOUND | {"place": f"{lat} {lon} 900 4.5", "unit": UNIT, "visit_id": f"o{evil}", "note": evil}
    yield "visit", found | {"officers": f"S1{evil};S2"}
    yield "visit", found | {"visit_id": f"r{evil}", "unit": f"{evil} ?", "plot_id": "", "plot_text": evil}
    told = dict.fromkeys(("place", "mailbox", "note", "source"), evil)
    lon, lat = world.east(world.A, 11000.0 + 300.0 * number)
    yield "tip", filled_forms.TOLD | told | {"unit": UNIT, "tip_id": f"t{evil}", "position": f"{lat} {lon} 0 0"}


def watched(page: Page, dialogs: list[str]) -> None:
    page.add_init_script(WATCH)
    page.on("dialog", lambda one: (dialogs.append(one.message), one.dismiss()))


def check(page: Page, name: str) -> None:
    """Nothing that somebody wrote is an element, an address of a script, or a template; no policy had to stop it."""
    assert page.evaluate("document.querySelectorAll('[data-evil]').length") == 0, name
    assert page.evaluate("window.__reports") == [], name
    assert MADE not in page.inner_text("body"), name
    leads = page.evaluate(
        "[...document.querySelectorAll('a[href], form[action]')].map((one) => one.href || one.action)"
    )
    assert not [one for one in leads if str(one).startswith("javascript:")], name
