"""No page offers a person what the table of rights denies: no button, no form and no link that ends in a refusal."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from web import models, world
from web.world import World

from eradication.pipeline.reception import errands, job_files, worker
from eradication.pipeline.reception.errands import Kind
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.sessions import Caller
from eradication.web import rights
from eradication.web.rights import Right

AFTER_Q1 = datetime(2026, 3, 20, tzinfo=UTC)
NO_PAGES = re.compile(r"/(api|ogc|openrosa|phone|signin|healthz|metrics)")
PAGE = {"accept": "text/html"}
LOGINS = ("patrol_a", "reviewer", "verifier", "officer", "analyst", "administrator", "auditor")
ROUTES = [(*key, re.compile(re.sub(r"\{[^}]+\}", "[^/]+", key[1]))) for key in rights.table()]
OFFERS = re.compile(r'<(a|form)\b([^>]*?)(?:href|action)="(/[^"?#]*)([^>]*)')


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world with something on every page: a run, a model, a closed period and its report, a report of a season."""
    with world.built(tmp_path_factory.mktemp("offers"), imagery=(models.CATALOG,)) as made:
        models.keep(made)
        made.clock.now = AFTER_Q1
        made.tokens.clear()  # sessions of before have ended
        officer = made.client("officer")
        assert officer.post("/periods/2026-Q1/close", data={"sure": "yes"}).status_code == 303
        with pytest.MonkeyPatch.context() as patched:
            patched.setitem(errands.KINDS, "report", Kind(written))
            worker.empty(made.place)
        yield made


def written(place: Place, body: dict[str, Any], stage: object) -> dict[str, Any]:
    """A report of which nobody reads a word."""
    file = job_files.outputs_of(place, body["job_id"]) / "report.pdf"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"%PDF")
    return {"written": [file.relative_to(place.workspace.folder).as_posix()], "draft": False, "missing": []}


def addresses(here: World) -> list[str]:
    """Return the pages that there are: each without a parameter, and those of a plot, a case, a model and periods."""
    plot = here.plots["found_A"]
    asked = {path for method, path in rights.table() if method == "GET"}
    plain = [path for path in asked if re.fullmatch(r"/[a-z/]*", path) and not NO_PAGES.match(path)]
    named = (
        f"/plots/{plot}",
        f"/review/{plot}?of=any",
        models.page_of(models.NEWER),
        "/periods/2026-Q1",
        "/periods/2026-H1",
    )
    return [*sorted(plain), *named]


def right_of(method: str, path: str) -> Right:
    """Return the right that an address needs; one that is written out comes before one with a parameter."""
    found = [route for known, route, pattern in ROUTES if known == method and pattern.fullmatch(path)]
    assert found, (method, path)
    return rights.table()[method, min(found, key=lambda route: route.count("{"))]


@pytest.mark.parametrize("login", LOGINS)
def test_a_page_offers_nothing_that_is_denied(here: World, login: str):
    caller = Caller(here.people[login], "vi", second_factor=True)
    client, denied, offers = here.client(login), [], 0
    for address in addresses(here):
        answer = client.get(address, headers=PAGE)
        assert answer.status_code in (200, 303, 403), (address, answer.text)
        if answer.status_code != 200:
            continue
        for kind, before, path, after in OFFERS.findall(answer.text):
            method = "POST" if kind == "form" and 'method="post"' in before + after else "GET"
            right = right_of(method, path)
            offers += 1
            if not right.admits(caller):
                denied.append(f"{address}: {method} {path}")
    assert offers > 30
    assert sorted(set(denied)) == []
