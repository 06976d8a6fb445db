"""T7: whatever somebody writes into a field is text on every page, in every popup and in every file that is opened."""

import csv
import dataclasses
import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from e2e.web import looking
from e2e.web.test_pages import office, pages, read
from playwright.sync_api import Browser, Page
from web import live, world
from web.world import World
from worlds import candidate

from eradication import history
from eradication.domain import AdminUnit, EventKind
from eradication.domain.person import Role
from eradication.pipeline import fact_book, main_path, projection, units
from eradication.pipeline.handing_in import PatrolOptions
from eradication.pipeline.journal import of_candidate
from eradication.pipeline.reception import worker

EVIL = (
    "<img src=x data-evil onerror=alert(1)>",
    "'\"><svg data-evil onload=alert(2)>",
    "</script><script data-evil>alert(3)</script>",
    "${alert(4)}{{7*7*191}}",
    "javascript:alert(5)",
    "=cmd|' /C calc'!A0",
)
OFFICE = frozenset({"officer", "analyst", "administrator", "auditor", "reviewer", "first", "second"})
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


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world in which every text that somebody may write is an attack."""
    folder = tmp_path_factory.mktemp("evil")
    with world.built(folder, judged_twice_share=0.0) as made:
        made.add("everything", [role for role in Role if role is not Role.PATROL])
        workspace = made.workspace
        for number, evil in enumerate(EVIL):
            write(made, folder, number, evil)
        with workspace.store.transaction() as transaction:
            outlines = [
                AdminUnit(code, f"{name} {EVIL[0]}", date(2025, 7, 2), None, shape, *shape.centroid.coords[0], None,
                          False, f"x {EVIL[1]}")
                for code, (name, shape) in world.COMMUNES.items()
            ]  # fmt: skip
            transaction.add_units(outlines, [])
        hand_in(made)
        read(made)
        yield made


def write(made: World, folder: Path, number: int, evil: str) -> None:
    workspace, unit = made.workspace, f"X{number}"
    file = folder / f"units-{number}.csv"
    file.write_text(table({"code": unit, "name": f"Đồn {evil}", "kind": "border_post", "valid_from": "2000-01-01",
                           "letterhead": evil, "symbol": "X", "place": evil, "reports": "yes"}))  # fmt: skip
    units.record_units(workspace, file)
    lon, lat = world.east(world.A, 5000.0 + 300.0 * number)
    visit = {"visit_id": f"v{evil}", "lon": str(lon), "lat": str(lat), "visited_at": "2026-02-02T08:00+07:00",
             "unit": unit, "officers": f"S1{evil};S2", "outcome": "detected", "area_m2": "200", "area_method": "tape",
             "minutes_no": evil, "note": evil}  # fmt: skip
    file = folder / f"visits-{number}.csv"
    file.write_text(table(visit))
    main_path.record_visits(workspace, file)
    walk = world.gpx(world.A, datetime(2026, 2, 3 + number, 1, tzinfo=UTC), shift_m=7.0 * number)
    escaped = evil.replace("&", "&amp;").replace("<", "&lt;")
    file = folder / f"walk-{number}.gpx"
    file.write_text(walk.replace(world.canary(world.A, "patrol"), escaped).replace(
        world.canary(world.A, "waypoint"), escaped))  # fmt: skip
    main_path.record_patrols(workspace, [file], PatrolOptions(unit=unit))
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


def hand_in(made: World) -> None:
    client = made.client("patrol_a")
    for number, evil in enumerate(EVIL):
        name = f"{evil.replace('/', '')}.gpx"
        content = world.gpx(world.A, datetime(2026, 2, 20, 1 + number, tzinfo=UTC), shift_m=3.0)
        client.post("/desk", files={"file": (name, content, "application/gpx+xml")})
    worker.empty(made.place)


def watched(page: Page, dialogs: list[str]) -> None:
    page.add_init_script(WATCH)
    page.on("dialog", lambda one: (dialogs.append(one.message), one.dismiss()))


def check(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.querySelectorAll('[data-evil]').length") == 0, name
    assert page.evaluate("window.__reports") == [], name
    assert "9359" not in page.inner_text("body"), name  # 7*7*191
    leads = page.evaluate(
        "[...document.querySelectorAll('a[href], form[action]')].map((one) => one.href || one.action)"
    )
    assert not [one for one in leads if str(one).startswith("javascript:")], name


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_t7_what_somebody_wrote_is_text_on_every_page(browser: Browser, here: World, tmp_path: Path):
    look = looking.Look("vi", 1440, tmp_path, [], keys=False)
    seen, dialogs, said = 0, list[str](), ""
    wanted = {name: address for name, (_, login, address) in pages(here).items() if login in OFFICE}
    rows = here.workspace.store.layer("plots")
    evil = [row["plot_id"] for row in rows if any(one in str(row["code"]) for one in EVIL)]
    wanted |= {f"plot-{plot}": f"/plots/{plot}" for plot in evil} | {f"case-{p}": f"/review/{p}?of=any" for p in evil}
    wanted |= {"list": "/review?of=any", "people": "/people"}
    assert len(evil) == len(EVIL)
    with live.served(here.app) as served, looking.window(browser, here, served, "everything", look) as context:
        page = context.new_page()
        watched(page, dialogs)
        for name, address in wanted.items():
            page.goto(f"{served.url}{address}")
            check(page, name)
            said += page.inner_text("body")
            seen += 1
        page.goto(f"{served.url}/map?plot={evil[0]}")
        page.wait_for_selector("#map[data-ready=yes]")
        page.locator("#map").click()  # in its middle, wherever what is above has pushed it
        page.wait_for_selector(".maplibregl-popup")
        check(page, "popup")
    assert dialogs == []
    assert seen >= len(office(here)) + 2 * len(EVIL)
    told = here.client("everything").get("/ogc/collections/plots/items").json()
    codes = "\n".join(one["properties"]["code"] for one in told["features"])
    assert [one for one in EVIL if one not in codes] == []  # to programs it is the text that it was
    for one in EVIL[:2]:
        assert re.sub(r"\s+", " ", one) in re.sub(r"\s+", " ", said)  # it was there, as text
