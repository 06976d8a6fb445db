"""T15: what leaves by the way: lines of logs, addresses of pages, headers. T14: cells of others' patrols."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from web import live, world
from web.world import GROUND, ROLES, SEASON, A, B, World, canary

from eradication.pipeline.reception import looks
from eradication.web.gate import COOKIE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

HTML = {"Accept": "text/html"}
PLANTED = ("chim-trong-nhat-ky", "104.987654", "20.123456")
"""Given in addresses, headers and bodies; in no line of a log."""


def test_T15_no_line_of_a_log_holds_a_place_a_name_a_note_or_what_was_asked(
    fresh: World, capfd: pytest.CaptureFixture[str]
):
    word, lon, lat = PLANTED
    with live.served(fresh.app) as server, httpx.Client(base_url=server.url) as client:
        for login in ("patrol_b", "analyst", "auditor"):
            headers = {"Cookie": f"{COOKIE}={fresh.token(login)}", "User-Agent": word, "Referer": f"{server.url}/{lon}"}
            headers |= {"Origin": server.url}
            asked = [
                *(f"/api/{name}" for name in ("plots", "visits", "patrols", "patrols/cells", "ledger")),
                f"/api/plots?bbox={lon},{lat},105,21&state={word}",
                f"/api/plots/{word}", f"/plots/{word}?x={lon}", f"/api/patrols/{word}", f"/{word}/{lon}",
                f"/plots?{word}={lat}",
                *(f"/api/plots/{plot}" for plot in fresh.plots.values()),
                *(f"/plots/{plot}" for plot in fresh.plots.values()),
                *(f"/api/patrols/{patrol}" for patrol in fresh.patrols[B]),
            ]  # fmt: skip
            for path in asked:
                answer = client.get(path, headers=headers | HTML)
                assert answer.status_code < 500
                assert answer.headers["Referrer-Policy"] == "no-referrer"
                assert answer.headers["Cache-Control"] == "no-store"
            box = {"bbox": [float(lon), float(lat), 105, 21], "state": word}
            client.post("/api/plots/search", json=box, headers=headers)
            client.post("/api/plots/export", json={"format": "geojson", "reason": f"{word} và nữa"}, headers=headers)
            client.post("/api/plots/search", content=b'{"bbox": [' + lon.encode(), headers=headers)
    looks.tell_looks(fresh.place)
    said = "\n".join([*fresh.log, *capfd.readouterr()])
    assert len(fresh.log) > 60
    secrets = [*PLANTED, *fresh.plots.values(), *fresh.patrols[B], *fresh.patrols[A], *ROLES, "VH-26", "CA02", "BP01"]
    secrets += [canary(unit, of) for unit in (A, B) for of in ("patrol", "waypoint", "note", "officer")]
    secrets += [str(number) for place in GROUND.values() for number in place]
    assert [secret for secret in secrets if secret in said] == []
    assert not re.search(
        r"10[2-5]\.\d{3}|2[0-2]\.\d{3}", re.sub(r'"at": "[^"]*"', "", said).replace('"ms": ', '"ms":_')
    )
    routes = {json.loads(line)["route"] for line in fresh.log}
    assert {"/api/plots/{plot_id}", "/api/plots/search", "/plots/{plot_id}", "-"} <= routes


@pytest.mark.parametrize("login", ["patrol_a", "reviewer", "auditor"])
def test_T15_no_address_on_a_page_holds_a_place_and_nothing_is_loaded_from_elsewhere(here: World, login: str):
    client = here.client(login)
    for path in ("/plots", "/ledger", f"/plots/{here.plots['found_A']}"):
        page = client.get(path, headers=HTML)
        links = re.findall(r'(?:href|src|action)="([^"]*)"', page.text)
        assert links
        assert not [link for link in links if re.search(r"\d{2,3}\.\d", link)]
        assert not [link for link in links if not link.startswith(("/", "?", "#", "data:,"))]
        assert "unsafe" not in page.headers["content-security-policy"]


def test_T15_the_page_of_plots_takes_no_place_from_its_address(here: World):
    client = here.client("reviewer")
    whole, cut = (client.get(f"/plots{query}", headers=HTML) for query in ("", "?bbox=0,0,1,1"))
    assert (whole.status_code, cut.text) == (200, whole.text)


@pytest.fixture(scope="module", params=["file", "server"])
def crowd(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Unit B walked over one kilometre on seven days, A once."""
    server = request.getfixturevalue("server").place() if request.param == "server" else None
    with world.built(tmp_path_factory.mktemp("crowd"), server, patrols_of_b=7) as made:
        yield made


def cells(here: World, login: str) -> list[dict[str, Any]]:
    answer = here.client(login).get(f"/api/patrols/cells?season={SEASON.label}")
    assert answer.status_code == 200
    told: list[dict[str, Any]] = answer.json()["cells"]
    return told


def test_T14_cells_are_shown_of_crowds_only_and_never_lately(crowd: World):
    """What is entered today is shown after its delay and the end of its week, to whom it is not known anyway."""
    entered = datetime.now(UTC)
    for days, wanted in ((0, set()), (2.9, set()), (3 + 7 + 0.1, {5})):
        crowd.clock.now = entered + timedelta(days=days)
        crowd.tokens.clear()
        for login in ("patrol_a", "reviewer", "auditor", "analyst"):
            assert {cell["patrols"] for cell in cells(crowd, login)} == wanted, (days, login)
        assert cells(crowd, "patrol_b") == []
    told = crowd.client("auditor").get("/api/patrols/cells").json()
    assert (told["side_km"], told["least"]) == (1, 5)
    assert told["until"] < (crowd.clock.now - timedelta(hours=72)).isoformat()
    said = json.dumps(told)
    assert not [secret for secret in (B, canary(B, "patrol"), *crowd.patrols[B], "2026-02-0") if secret in said]
    lon, lat = GROUND[B]
    ring = told["cells"][0]["outline"]["coordinates"][0]
    assert all(abs(x - lon) < 0.02 and abs(y - lat) < 0.02 for x, y in ring)
    assert len({(x, y) for x, y in ring}) == 4


def test_T14_the_effort_beside_the_ledger_is_that_of_a_crowd(crowd: World):
    crowd.clock.now = datetime.now(UTC) + timedelta(days=11)
    crowd.tokens.clear()
    exact = crowd.client("analyst").get("/api/ledger").json()["effort"]
    shown = crowd.client("auditor").get("/api/ledger").json()["effort"]
    assert (exact["patrols"], shown["patrols"]) == (8, 5)
    assert 0 < shown["km"] < exact["km"]
    page = crowd.client("auditor").get("/ledger?lang=en", headers=HTML).text
    assert "5 or more together" in page


@pytest.mark.slow
@pytest.mark.parametrize("login", ["patrol_a", "auditor"])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_pages_fit_a_telephone_of_360_pixels(fresh: World, chromium: "Browser", login: str, language: str):
    asked = fresh.client(login)

    def answered(route: "Route") -> None:
        path = route.request.url.removeprefix(world.HOST)
        given = asked.get(path, headers=HTML)
        kept = ("content-type", "content-security-policy")
        headers = {name: given.headers[name] for name in kept if name in given.headers}
        route.fulfill(status=given.status_code, body=given.content, headers=headers)

    context = chromium.new_context(viewport={"width": 360, "height": 740}, locale=language)
    page: Page = context.new_page()
    page.route("**/*", answered)
    plot = [f"/plots/{fresh.plots['found_A']}"] if login == "patrol_a" else []
    for path in ["/plots", "/ledger", *plot]:
        page.goto(f"{world.HOST}{path}?lang={language}")
        width = page.evaluate("Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)")
        assert width <= 360, path
        assert page.evaluate("document.documentElement.lang") == language
    context.close()
