"""Every page and every screen of the phone: no serious fault by axe, nothing cut off, each control reached by keys.

Vietnamese on a telephone every day, both languages on a telephone and on a desk with ``make pictures``, which keeps a
picture of each in ``.pictures``, or in the folder that ``ERADICATION_PICTURES`` names.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e.web import looking
from playwright.sync_api import Page, expect
from starlette.testclient import TestClient
from web import fine, live, models, world
from web.live import Live
from web.world import World

from eradication.domain.person import Role
from eradication.pipeline import reading
from eradication.pipeline.reception import people, worker
from eradication.web import rights

LANGUAGES = ("vi", pytest.param("en", marks=pytest.mark.long))
LOOKS = (
    ("vi", 360),
    *(pytest.param(*look, marks=pytest.mark.long) for look in (("en", 360), ("vi", 1440), ("en", 1440))),
)
"""A night looks at what every day is looked at in one language and width."""
WALK, SHEET, ODD, WRONG = (f"6d0f2f3c-55a1-4c6e-9c52-0d5f3b1f7a1{digit}" for digit in "0123")
NO_PAGES = re.compile(
    r"^/(api|static|vendor|openrosa|tiles|reports|dossiers)/|^/ogc|\.(svg|js|json|webmanifest)$|^/(metrics|healthz)$"
)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world in which something was handed in: a walk, a sheet of paper, a file that nobody can read; with a model."""
    with world.built(tmp_path_factory.mktemp("pages"), imagery=(models.CATALOG,)) as made:
        models.keep(made)
        client = made.client("patrol_a")
        walk = world.gpx(world.A, made.clock.now, shift_m=11.0)
        hand_in(client, WALK, "10-02.gpx", walk)
        typed = {"uuid": SHEET, "unit": world.A, "officers": "CB012", "outcome": "rejected", "place": "20.8 104.7"}
        client.post("/paper", data={"form": "eradication_visit"} | typed)
        hand_in(client, ODD, "odd.gpx", "<gpx")
        worker.empty(made.place)
        hand_in(client, WRONG, "11-02.gpx", world.gpx(world.A, made.clock.now, shift_m=13.0))
        read(made)
        yield made


def read(here: World) -> None:
    """Let one person outline something on a fine image, and another one wait to look."""
    for login, unit in (("first", world.A), ("second", world.B)):
        here.add(login, [Role.REVIEWER], unit)
    first = here.client("first")
    assert fine.hand_in(first, fine.mosaic(metres=20.0), "2026-02-20-flight.tif") == 303
    worker.empty(here.place)
    status, told = fine.draw(first, "/images/2026-02-20-flight", fine.drawing(fine.outline(5, 5)))
    assert status == 200, told
    here.client("officer").post(f"/plots/{here.plots['found_A']}/dossier")


def hand_in(client: TestClient, uuid: str, name: str, content: str) -> None:
    answer = client.post(f"/desk?uuid={uuid}", files={"file": (name, content, "application/gpx+xml")})
    assert answer.status_code == 303, answer.text


@pytest.fixture(scope="module")
def served(here: World) -> Iterator[Live]:
    with live.served(here.app) as server:
        yield server


def pages(here: World) -> dict[str, tuple[str, str, str]]:
    """Name of a picture → route of the page, who looks at it, address."""
    plot = here.plots["found_A"]
    kinds = ("visit", "eradication", "verification", "tip")
    forms = {f"paper-{kind}": ("/paper", "patrol_a", f"/paper?form=eradication_{kind}") for kind in kinds}
    invitation = people.invite(here.place, "patrol_b")["invitation"]
    return (
        forms
        | office(here)
        | {
            "first": ("/", "patrol_a", "/"),
            "first-officer": ("/", "officer", "/"),
            "signin": ("/signin", "", "/signin"),
            "signin-invited": ("/signin", "", f"/signin?invite={invitation}"),
            "code": ("/signin/code", "half officer", "/signin/code"),
            "account": ("/account", "patrol_a", "/account"),
            "people": ("/people", "administrator", "/people"),
            "plots": ("/plots", "patrol_a", "/plots"),
            "plots-officer": ("/plots", "officer", "/plots"),
            "plots-auditor": ("/plots", "auditor", "/plots"),
            "plot": ("/plots/{plot_id}", "patrol_a", f"/plots/{plot}"),
            "ledger": ("/ledger", "officer", "/ledger"),
            "desk": ("/desk", "patrol_a", "/desk"),
            "hand-in-walk": ("/hand-ins/{uuid}", "patrol_a", f"/hand-ins/{WALK}"),
            "hand-in-sheet": ("/hand-ins/{uuid}", "patrol_a", f"/hand-ins/{SHEET}"),
            "hand-in-refused": ("/hand-ins/{uuid}", "patrol_a", f"/hand-ins/{ODD}"),
            "hand-in-waits": ("/hand-ins/{uuid}", "patrol_a", f"/hand-ins/{WRONG}"),
            "hand-ins": ("/hand-ins", "administrator", "/hand-ins"),
            "jobs": ("/jobs", "officer", "/jobs"),
            "jobs-administrator": ("/jobs", "administrator", "/jobs"),
            "nowhere": ("", "patrol_a", "/nowhere"),
            "forbidden": ("", "patrol_a", "/people"),
        }
    )


def office(here: World) -> dict[str, tuple[str, str, str]]:
    """The same of the pages of reviewers, officers, analysts, administrators and auditors."""
    lists = {
        "officer": ("periods", "reports", "deadlines", "facts"),
        "analyst": ("runs", "models", "draws", "map", "former"),
        "administrator": ("units", "boundaries", "origins", "backups", "doctor"),
        "auditor": ("audit",),
    }
    plain = {name: (f"/{name}", login, f"/{name}") for login, names in lists.items() for name in names}
    return plain | {
        "review": ("/review", "reviewer", "/review"),
        "review-nothing": ("/review", "reviewer", "/review?q=nothing"),
        "case": ("/review/{plot_id}", "reviewer", f"/review/{here.plots['open_A']}"),
        "case-found": ("/review/{plot_id}", "reviewer", f"/review/{here.plots['found_A']}?of=any"),
        "agreement": ("/review/agreement", "reviewer", "/review/agreement"),
        "period": ("/periods/{period}", "officer", "/periods/2026-Q1"),
        "images": ("/images", "second", "/images"),
        "drawing": ("/images/{name}", "first", "/images/2026-02-20-flight"),
        "second-look": ("/readings/{name}", "second", f"/readings/{waiting(here)}"),
        "dossiers": ("/dossiers", "officer", "/dossiers"),
        "model": ("/models/{name}", "analyst", models.page_of(models.NEWER)),
        "model-unknown": ("/models/{name}", "analyst", "/models/none"),
    }


def waiting(here: World) -> str:
    """Return the id of the reading that waits."""
    (row,) = reading.waiting(here.workspace, here.people["second"].person_id)["readings"]
    return str(row["id"])


def test_every_page_that_there_is_is_looked_at(here: World):
    routes = {path for method, path in rights.table() if method == "GET" and not NO_PAGES.search(path)}
    assert {route for route, _, _ in pages(here).values() if route} | {"/phone"} == routes


SIDEWAYS = """() => {
  const wide = (node) => node.scrollWidth > node.clientWidth + 1 && node.clientWidth > 0 && node.tagName !== "INPUT"
    && !["visible", "hidden", "clip"].includes(getComputedStyle(node).overflowX);
  const { scrollWidth } = document.scrollingElement;
  const nodes = [...document.querySelectorAll("main, main *")].filter(wide).map((node) => node.outerHTML.slice(0, 80));
  return [...(scrollWidth > innerWidth ? [`${scrollWidth} of ${innerWidth}`] : []), ...nodes];
}"""


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_is_moved_sideways_on_a_telephone(browser, here, served, tmp_path, language):
    look = looking.Look(language, looking.NARROW, tmp_path, [], keys=False)
    found: dict[str, list[str]] = {}
    for login in {login for _, login, _ in pages(here).values()}:
        with looking.window(browser, here, served, login, look) as context:
            page = context.new_page()
            for name, (_, who, address) in pages(here).items():
                if who == login:
                    page.goto(f"{served.url}{address}{'&' if '?' in address else '?'}lang={language}")
                    found[name] = page.evaluate(SIDEWAYS)
    assert len(found) == len(pages(here))
    assert {name: faults for name, faults in found.items() if faults} == {}


def pictures(tmp_path: Path) -> Path:
    folder = Path(os.environ.get("ERADICATION_PICTURES") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(("language", "width"), LOOKS)
def test_no_page_has_a_serious_fault_or_is_cut_off(browser, here, served, tmp_path, language, width):
    look = looking.Look(language, width, pictures(tmp_path), [], keys=language == "vi" and width == looking.NARROW)
    said: list[str] = []
    of: dict[str, list[tuple[str, str]]] = {}
    for name, (_, login, address) in pages(here).items():
        of.setdefault(login, []).append((name, address))
    for login, addresses in of.items():
        with looking.window(browser, here, served, login, look) as context:
            page = context.new_page()
            page.on("console", lambda one: said.append(one.text) if one.type == "error" else None)
            page.on("pageerror", lambda one: said.append(str(one)))
            for name, address in addresses:
                page.goto(f"{served.url}{address}{'&' if '?' in address else '?'}lang={language}")
                look.at(page, name)
    assert not look.faults, "\n".join(look.faults)
    assert [one for one in said if not re.search("status of 40[34]", one)] == []


def phone_screens(page: Page, here: World) -> Iterator[str]:
    """Go from screen to screen of the phone, and say what is shown."""
    nav = page.locator("#nav button")
    page.wait_for_selector(".stop")
    page.locator(".pack button").click()
    page.wait_for_function("() => document.querySelector('.pack > span')?.textContent.length > 20")
    yield "map-being-made"
    worker.empty(here.place)
    page.wait_for_selector(".lacks")
    page.locator(".lacks summary").click()
    yield "today"
    nav.nth(1).click()
    yield "walk"
    page.locator(".main-button").click()
    page.wait_for_selector(".stop-button")
    yield "walk-running"
    page.locator(".stop-button").click()
    page.locator("section .wide-button").first.click()
    page.wait_for_selector("#boundary-title")
    yield "boundary"
    nav.nth(0).click()
    page.locator(".stop", has_text="VH-26-CANDIDATEA").click()
    page.wait_for_selector("#form-title")
    page.locator("[data-name=outcome] label").first.click()
    expect(page.locator("[data-name=place] .said")).to_have_class("said good")
    for details in page.locator("details > summary").all():
        if details.is_visible():
            details.click()
    yield "visit"
    page.locator(".main-button").click()
    expect(page.locator(".wrong:visible")).not_to_have_count(0)
    yield "visit-wrong"
    nav.nth(3).click()
    page.wait_for_selector("dialog[open]")
    yield "leave"
    page.locator("dialog button").last.click()
    page.locator("[data-name=place] input").fill("đầu suối (mô phỏng)")
    yield "tip"
    page.locator("[data-name=position] button").first.click()
    page.wait_for_selector("dialog.pick canvas")
    yield "pick"
    page.locator("dialog button").last.click()
    page.locator(".main-button").click()
    page.wait_for_selector("#today-title")
    nav.nth(2).click()
    for at, name in ((1, "eradication"), (2, "verification")):
        page.locator(".tab").nth(at).click()
        yield name
    nav.nth(4).click()
    page.wait_for_selector(".record.green")
    yield "queue"
    page.context.set_offline(True)
    nav.nth(3).click()
    page.locator("[data-name=place] input").fill("đầu suối khác (mô phỏng)")
    page.locator(".main-button").click()
    page.wait_for_selector("#today-title")
    nav.nth(4).click()
    page.wait_for_selector(".record.red .reason")
    yield "queue-waits"
    page.evaluate("phone.today.expires_at = '2020-01-01T00:00:00Z'; phone.go('today').then(() => phone.dropExpired())")
    page.wait_for_selector(".warning")
    yield "expired"


@pytest.mark.slow
@pytest.mark.parametrize(("language", "width"), LOOKS)
def test_no_screen_of_the_phone_has_a_serious_fault_or_is_cut_off(browser, here, served, tmp_path, language, width):
    look = looking.Look(language, width, pictures(tmp_path), [], keys=language == "vi" and width == looking.NARROW)
    said: list[str] = []
    with looking.window(browser, here, served, "patrol_a", look) as context:
        page = context.new_page()
        page.on("console", lambda one: said.append(one.text) if one.type == "error" else None)
        page.on("pageerror", lambda one: said.append(str(one)))
        page.goto(f"{served.url}/phone")
        page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
        for name in phone_screens(page, here):
            page.wait_for_timeout(300)  # what fades is still
            look.at(page, f"phone-{name}")
    assert not look.faults, "\n".join(look.faults)
    assert [one for one in said if "ERR_INTERNET_DISCONNECTED" not in one] == []
