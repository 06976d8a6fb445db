"""T7: whatever somebody writes into a field is text on every page, in every popup and in every file that is opened."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from e2e.web import evil, looking, opened
from e2e.web.evil import ALL, EVIL, FIRST
from e2e.web.test_pages import office, pages
from playwright.sync_api import Browser, Page, expect
from web import live, world
from web.live import Live
from web.world import World

from eradication.pipeline import carrying, choosing, documents, errands, outputs, printing
from eradication.pipeline.choosing import Wish
from eradication.pipeline.errands import Errand
from eradication.pipeline.printing import Printing

OFFICE = frozenset({"officer", "analyst", "administrator", "auditor", "reviewer", "first", "second"})


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with evil.built(tmp_path_factory.mktemp("evil")) as made:
        yield made


@pytest.fixture(scope="module")
def served(here: World) -> Iterator[Live]:
    with live.served(here.app) as server:
        yield server


@pytest.fixture
def look(tmp_path: Path) -> looking.Look:
    return looking.Look("vi", 1440, tmp_path, [], keys=False)


def seen(page: Page, served: Live, addresses: Iterable[str]) -> str:
    """Look at pages one after the other, and return what they say."""
    said = ""
    for address in addresses:
        page.goto(f"{served.url}{address}")
        evil.check(page, address)
        said += page.inner_text("body")
    return re.sub(r"\s+", " ", said)


def evil_plots(here: World) -> list[str]:
    ids = {row["code"]: row["plot_id"] for row in here.workspace.store.layer("plots")}
    return [ids[f"VH-26-{one}"] for one in EVIL]


def refused(page: Page, served: Live) -> None:
    """Write into fields and addresses what no person, plot or page can be called: it is shown as it was written."""
    for field in ("login", "unit", "communes", "officer_code"):
        page.goto(f"{served.url}/people")
        form = page.locator("form[action='/people']")
        form.evaluate("(one) => { one.noValidate = true; }")
        form.locator("[name=login]").fill("newcomer")
        form.locator("[name=role][value=auditor]").check()
        form.locator(f"[name={field}]").fill(ALL)
        form.locator("button").click()
        evil.check(page, field)
        assert EVIL[0].split()[0] in page.inner_text("main"), field
    for address in ("review/{}", "review?of=any&q={}", "plots?state={}", "map?layer={}", "paper?form={}", "{}"):
        page.goto(f"{served.url}/{address.format(quote(ALL, safe=''))}")
        evil.check(page, address)


@pytest.mark.slow
def test_t7_what_somebody_wrote_is_text_on_every_page(browser: Browser, here: World, served: Live, look: looking.Look):
    dialogs = list[str]()
    wanted = {address for _, login, address in pages(here).values() if login in OFFICE} | {"/review?of=any"}
    assert len(wanted) > len(office(here))
    plots = evil_plots(here)
    wanted |= {address for plot in plots[:3] for address in (f"/plots/{plot}", f"/review/{plot}?of=any")}
    with looking.window(browser, here, served, "everything", look) as context:
        page = context.new_page()
        evil.watched(page, dialogs)
        said = seen(page, served, sorted(wanted))
        refused(page, served)
        page.goto(f"{served.url}/map?plot={plots[0]}")
        page.wait_for_selector("#map[data-ready=yes]")
        page.locator("#map").click()  # in its middle, wherever what is above has pushed it
        page.wait_for_selector(".maplibregl-popup")
        evil.check(page, "popup")
    assert dialogs == []
    told = here.client("everything").get("/ogc/collections/plots/items").json()
    codes = "\n".join(one["properties"]["code"] for one in told["features"])
    assert [one for one in EVIL if one not in codes] == []  # to programs it is the text that it was
    assert [one for one in EVIL if one not in said] == []  # it was there, as text


def of_the_patrol(here: World) -> list[str]:
    """Return addresses of the pages of the patrol whose unit, visits, walks and plots bear attacks for names."""
    client = here.client("patrol_x")
    client.post("/account/devices", data={"name": ALL, "scope": "submit"})
    told = client.get("/api/hand-ins").json()["hand_ins"]
    assert {one["state"] for one in told} == {"recorded", "refused"}
    own = [one["id"] for one in client.get("/api/plots").json()["plots"] if one["state"] == "detected"]
    assert len(own) == 1 + len(FIRST)  # of a table, of forms
    kinds = ("visit", "eradication", "verification", "tip")
    return [
        *("/", "/account", "/plots", "/desk", "/ledger", "/jobs"),
        *(f"/paper?form=eradication_{kind}" for kind in kinds),
        *(f"/hand-ins/{one['uuid']}" for one in told),
        *(f"/plots/{plot}" for plot in own),
    ]


@pytest.mark.slow
def test_t7_what_somebody_wrote_is_text_to_patrols_and_verifiers(
    browser: Browser, here: World, served: Live, look: looking.Look
):
    dialogs, said = list[str](), ""
    (plot, *_) = evil_plots(here)
    form = "/paper?form=eradication_verification"
    of_the_verifier = ("/", "/plots", f"/plots/{plot}", f"/review/{plot}?of=any", "/images", "/former", form)
    for login, addresses in (("patrol_x", of_the_patrol(here)), ("verifier", of_the_verifier)):
        with looking.window(browser, here, served, login, look) as context:
            page = context.new_page()
            evil.watched(page, dialogs)
            said += seen(page, served, addresses)
    assert dialogs == []
    assert [one for one in EVIL if f"VH-26-{one}" not in said] == []
    for of in ("o", "r", "t"):  # forms that were taken, one that was not, tips
        assert [one for one in FIRST if f"{of}{one}" not in said] == [], of


def by_the_phone(page: Page, here: World) -> Iterator[str]:
    """Go through the phone's screens, write attacks into a visit and a tip, and hear what became of them."""
    nav = page.locator("#nav button")
    page.wait_for_selector(".stop")
    yield "today"
    page.locator(".stop", has_text="data-evil").first.click()
    page.wait_for_selector("#form-title")
    page.locator("[data-name=outcome] input[value=rejected]").locator("..").click()
    page.locator("[data-name=look_alike] label").first.click()
    for name, answer in (("unit", world.A), ("officers", "CB012")):  # no others are codes to a form
        page.locator(f"[data-name={name}] input").fill(answer)
    page.locator(".more summary").click()
    page.locator("[data-name=note] textarea").fill(ALL)
    expect(page.locator("[data-name=place] .said")).to_have_class("said good")
    yield "visit"
    page.locator(".main-button").click()
    page.wait_for_selector("#today-title")
    nav.nth(3).click()
    page.wait_for_selector("#form-title")
    for details in page.locator("details > summary").all():
        if details.is_visible():
            details.click()
    page.locator("[data-name=unit] input").fill(world.A)
    for name in ("place", "mailbox", "note", "source"):
        page.locator(f"[data-name={name}]").locator("input, textarea").fill(ALL)
    yield "tip"
    page.locator(".main-button").click()
    page.wait_for_selector("#today-title")
    nav.nth(4).click()
    expect(page.locator(".record.green")).to_have_count(2)
    evil.enter(here)
    nav.nth(0).click()
    nav.nth(4).click()
    expect(page.locator(".record .reason", has_text="thuộc đơn vị")).to_have_count(2, timeout=60_000)
    yield "queue"


@pytest.mark.slow
def test_t7_what_somebody_wrote_is_text_on_the_phone(browser: Browser, here: World, served: Live, look: looking.Look):
    dialogs, said = list[str](), ""
    with looking.window(browser, here, served, "patrol_x", look) as context:
        page = context.new_page()
        evil.watched(page, dialogs)
        page.goto(f"{served.url}/phone")
        for name in by_the_phone(page, here):
            evil.check(page, name)
            said += page.inner_text("body")
    assert dialogs == []
    assert [one for one in EVIL if f"VH-26-{one}" not in said] == []
    assert f"thuộc đơn vị {evil.UNIT}." in said  # why the office did not take it, in the phone's language


def written(here: World, folder: Path) -> list[Path]:
    """Write whatever can be taken out of the office in which people's texts stand, and return the files."""
    workspace, client = here.workspace, here.client("everything")
    for form in ("xlsx", "geojson", "gpkg"):
        asked = {"season": world.SEASON.label, "format": form, "reason": "abcdefghij klmn"}
        (folder / f"plots.{form}").write_bytes(client.post("/plots/export", data=asked).content)
    for form in ("gpx", "kml"):
        outputs.export_plots(workspace, folder / f"all.{form}", world.SEASON)
    for form in ("gpx", "kml", "geojson", "gpkg"):
        carrying.export_patrols(workspace, folder / f"walks.{form}", notes=True)
    day = here.clock.now
    errand = Errand(EVIL[5], world.SEASON, day)
    errands.write_package(workspace, folder / "package.gpkg", errand, "vi")
    (own, *_) = errands.places(workspace, errand)
    printing.print_sheets(workspace, folder / "sheets.pdf", replace(errand, plots=[own.plot.id]),
                          Printing(table=folder / "typed.csv", curves=False), "vi")  # fmt: skip
    choosing.choose(workspace, Wish(world.SEASON, 8, day=day), folder / "list.csv")
    order = documents.Order("", None, (EVIL[0], EVIL[5]))
    files = [folder / f"report.{ending}" for ending in ("docx", "pdf", "xlsx")]
    documents.write_report(workspace, files, world.SEASON, "vi", unit=EVIL[5], order=order)
    return sorted(folder.iterdir())


@pytest.mark.slow
def test_t7_what_somebody_wrote_is_text_in_every_file(browser: Browser, here: World, tmp_path: Path):
    dialogs, said = list[str](), dict[str, str]()
    for file in written(here, tmp_path):
        if file.suffix == ".pdf":
            assert not opened.ACTS.search(file.read_bytes()), file.name
        else:
            said[file.name] = opened.text(file)
    for name in ("plots.xlsx", "plots.geojson", "plots.gpkg", "all.kml", "package.gpkg"):
        assert [one for one in EVIL if f"VH-26-{one}" not in said[name]] == [], name
    for name in ("walks.gpx", "walks.kml", "walks.geojson", "walks.gpkg"):
        assert [one for one in EVIL if one not in said[name]] == [], name
    for name in ("list.csv", "typed.csv", "report.docx", "report.xlsx"):
        assert EVIL[5] in said[name], name
    page = browser.new_page()
    evil.watched(page, dialogs)
    outputs.draw_map(here.workspace, tmp_path / "map.html", world.SEASON, "vi")
    page.goto((tmp_path / "map.html").as_uri())
    marks = page.locator(".plot").all()
    assert len(marks) > 2 * len(EVIL)
    for mark in marks:
        mark.dispatch_event("click")
        evil.check(page, "popup")
    page.close()
    assert dialogs == []
