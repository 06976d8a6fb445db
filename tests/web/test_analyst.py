"""The analyst: models and what was measured of them, who may measure one or let it take over, draws by chance."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import registry_models
from web import models, world
from web.models import CATALOG, NEWER, OLDER, label, page_of
from web.world import World

from eradication.domain import EventKind
from eradication.pipeline import choosing, learning
from eradication.pipeline.choosing import Wish

PAGE = {"accept": "text/html"}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world with two versions of a model, the newer of which was measured on another season, as a job was told to."""
    with world.built(tmp_path_factory.mktemp("models"), imagery=(CATALOG,)) as made:
        models.keep(made)
        yield made


def cells(here: World, login: str, path: str) -> list[list[str]]:
    """Return the rows of all tables of a page."""
    html = read(here, login, path)
    rows = [
        re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)
    ]
    return [[" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in row] for row in rows if row]


def read(here: World, login: str, path: str) -> str:
    answer = here.client(login).get(f"{path}{'&' if '?' in path else '?'}lang=en", headers=PAGE)
    assert answer.status_code == 200, answer.text
    return answer.text.partition("<main")[2]


def test_the_list_tells_each_version_and_leads_to_its_page(here: World):
    rows = cells(here, "reviewer", "/models")
    assert {row[0]: row[1] for row in rows} == {label(NEWER): "trees and networks", label(OLDER): "logistic"}
    html = read(here, "reviewer", "/models")
    for plots in (OLDER, NEWER):
        assert f'href="{page_of(plots)}"' in html
        assert f"<h1>{label(plots)}</h1>" in read(here, "reviewer", page_of(plots))


def test_each_figure_stands_with_its_interval_and_its_number(here: World):
    rows = cells(here, "auditor", page_of(NEWER))
    held_out = "held-out plots with poppy above all but 1 in 200 pixels that may be poppy"
    assert [held_out, "60.0 %", "51.2 % – 68.1 %", "1,234", "communes not learned from"] in rows
    assert ["found, class A and B", "75.0 %", "20.0 % – 80.0 %", "24", "season not learned from"] in rows
    assert [
        "visits drawn at random that find a plot",
        "5.0 %",
        "20.0 % – 80.0 %",
        "60",
        "drawn at random, weighted",
    ] in rows
    assert "Season 2024-2025: 12 plots known in 6.6 km² (poppy on 1/500 of it); 20 visits." in read(
        here, "auditor", page_of(NEWER)
    )
    assert "nobody visited counts as false" in read(here, "auditor", page_of(NEWER))


def test_of_a_version_nobody_measured_nothing_is_shown_of_the_other(here: World):
    html = read(here, "analyst", page_of(OLDER))
    assert "has not been measured" in html
    assert "2024-2025:" not in html
    assert "evaluation.html" not in html


def test_the_evaluation_page_is_opened_by_whom_the_rights_let(here: World):
    (link,) = set(re.findall(r'href="(/reports/[^"]+)"', read(here, "analyst", page_of(NEWER))))
    answer = here.client("analyst").get(link)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "2024-2025" in answer.text
    for login in ("reviewer", "auditor"):
        assert "/reports/" not in read(here, login, page_of(NEWER))
        assert here.client(login).get(link).status_code == 403


@pytest.mark.parametrize("version", [OLDER, NEWER])
def test_a_contest_is_offered_on_a_season_that_the_model_did_not_learn_from(here: World, version: str):
    rows = cells(here, "analyst", page_of(version))
    (learned,) = [row[1] for row in rows if row[0] == "Seasons learned from"]
    offered = set(re.findall(r'name="season" type="text" value="([^"]*)"', read(here, "analyst", page_of(version))))
    assert learned
    assert len(offered) == 1
    assert not offered & set(learned.split(", "))


@pytest.mark.parametrize("path", [page_of(NEWER), "/runs"])
def test_only_whom_the_rights_let_is_offered_to_measure_to_promote_or_to_score(here: World, path: str):
    asked = {"kind": "promote", "season": "2024-2025", "imagery": CATALOG, "model": label(NEWER)}
    html = read(here, "analyst", path)
    assert html.count('action="/runs"') == 2
    assert path == "/runs" or f'name="model" value="{label(NEWER)}"' in html
    for login in ("reviewer", "auditor"):
        assert 'action="/runs"' not in read(here, login, path)
        assert here.client(login).post("/runs", data=asked).status_code == 403


def test_a_model_that_took_over_is_said_to_be_in_use(tmp_path: Path):
    with world.built(tmp_path) as made:
        kept = learning.keep(made.workspace, registry_models.model(OLDER))
        with made.workspace.store.transaction() as transaction:
            told = {"name": kept["name"], "version": kept["version"], "model_hash": kept["model_hash"]}
            transaction.append(EventKind.MODEL_PROMOTED, made.clock.now, told | {"season": "2024-2025"})
        (row,) = cells(made, "analyst", "/models")
        assert row[-1] == "in use"
        assert ["State", "in use"] in cells(made, "analyst", "/models/demo")
        (made.workspace.models / kept["name"] / kept["version"] / "meta.json").write_text("{")
        (row,) = cells(made, "analyst", "/models")
        assert row[-1] == "damaged"
        assert made.client("analyst").get("/models/demo", headers=PAGE).status_code == 409
        choosing.choose(made.workspace, Wish(world.SEASON, 3, day=made.clock.now - timedelta(days=1)))
        (draw,) = cells(made, "auditor", "/draws")
        assert draw[1:] == ["candidates to visit", "2025-2026", "3", "4", "0"]
