"""Whoever opens the ledger waits for no long computation: what takes long is of an earlier moment, and says so."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from web import world
from web.world import World

from eradication.domain import Season
from eradication.pipeline import accounts, costly, main_path, not_yet, plot_answers
from eradication.pipeline.question import Question
from eradication.pipeline.reception import jobs, ledger_view, worker


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world.built(tmp_path) as made:
        yield made


def visit(here: World, folder: Path, number: int) -> None:
    """Somebody finds and destroys another plot of 150 m²."""
    lon, lat = world.east(world.A, 2000.0 + 300.0 * number)
    rows = [
        f"n{number}{outcome},{lon},{lat},2026-02-2{1 + turn}T08:00+07:00,{world.A},S1;S2,{outcome},150,tape,"
        for turn, outcome in enumerate(("detected", "eradicated"))
    ]
    file = folder / f"more-{number}.csv"
    file.write_text(world.VISITS + "\n".join(rows) + "\n", encoding="utf-8")
    main_path.record_visits(here.workspace, file)


def asked(here: World) -> list[str]:
    return [job["state"] for job in jobs.listed(here.place)["jobs"] if job["kind"] == "figures"]


def told(here: World) -> dict:
    return here.client("analyst").get("/api/ledger", params={"season": "2025-2026"}).json()


def test_the_quantities_are_of_now_and_what_takes_long_says_of_when_it_is(
    here: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    first = told(here)
    assert first["late"] == ""
    with monkeypatch.context() as patched:
        patched.setattr(costly, "_computed", lambda *_: pytest.fail("somebody waits"))
        visit(here, tmp_path, 1)
        for _ in range(2):
            answer = told(here)
            assert answer["total"]["detected_m2"] == first["total"]["detected_m2"] + 150
            assert answer["late"]
        page = here.client("analyst").get("/ledger?season=2025-2026&lang=vi").text
        assert "nhiều nhất mười phút một lần" in page
        assert "tip" in here.client("officer").get("/deadlines?lang=en").text.lower()
        assert asked(here) == ["queued"]
    worker.empty(here.place)
    assert asked(here) == ["done"]
    answer = told(here)
    assert answer["late"] == ""
    assert "nhiều nhất mười phút một lần" not in here.client("analyst").get("/ledger?season=2025-2026&lang=vi").text
    whole = accounts.ledger(here.workspace, Question(Season(2025)))
    assert answer["total"] == whole["total"]
    assert answer["undetected"] == whole["undetected"]


def test_it_is_computed_anew_once_in_a_while_however_much_comes(here: World, tmp_path: Path):
    told(here)
    for number in range(3):
        visit(here, tmp_path, number)
        assert told(here)["late"]
    assert asked(here) == ["queued"]
    here.clock.now += ledger_view.ANEW_EVERY + timedelta(seconds=1)
    assert told(here)["late"]
    assert asked(here) == ["queued", "queued"]
    worker.empty(here.place)
    assert told(here)["late"] == ""


def test_reports_and_commands_wait_and_are_of_now(here: World, tmp_path: Path):
    told(here)
    visit(here, tmp_path, 1)
    answer = accounts.ledger(here.workspace, Question(Season(2025)))
    assert "late" not in answer
    seasons = {row["season"]: row["detected_m2"] for row in answer["by_season"]}
    assert seasons["2025-2026"] == answer["total"]["detected_m2"]


def test_coverage_is_told_in_whole_percent_that_never_say_more_than_is_so(here: World, monkeypatch: pytest.MonkeyPatch):
    shares = {"optical": 0.2999, "patrol": 0.01, "both": 0.0099, "none": 0.9901, "why": ""}
    monkeypatch.setattr(costly, "_coverage", lambda *_: shares)
    here.client("officer").get("/api/ledger?season=2025-2026")
    answer = here.client("officer").get("/api/ledger?season=2025-2026").json()["coverage"]
    assert {name: answer[name] for name in ("optical", "patrol", "both", "none")} == {
        "optical": 0.29, "patrol": 0.01, "both": 0.0, "none": 1.0}  # fmt: skip
    page = here.client("officer").get("/ledger?season=2025-2026&lang=vi").text
    assert "29 %" in page
    assert "29,00" not in page


def test_where_nothing_was_computed_yet_nobody_waits_and_the_page_says_so(here: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(not_yet, "FEW_EVENTS", 0)
    with monkeypatch.context() as patched:
        patched.setattr(costly, "_computed", lambda *_: pytest.fail("somebody waits"))
        answer = told(here)
        assert answer["late"] == not_yet.NEVER
        assert answer["total"]["detected_m2"] > 0
        assert answer["effort"]["km"] is None
        assert set(answer["undetected"]["why"].values()) == {"not_computed_yet"}
        page = here.client("analyst").get("/ledger?season=2025-2026&lang=vi").text
        assert "đang được tính lần đầu" in page
        assert "chưa liệt kê" in here.client("officer").get("/deadlines?lang=vi", headers={"accept": "text/html"}).text
    worker.empty(here.place)
    answer = told(here)
    assert answer["late"] == ""
    assert answer["effort"]["km"] is not None


def test_the_page_of_a_visited_plot_waits_for_no_comparison_with_all_others(
    here: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    visit(here, tmp_path, 1)
    client = here.client("officer")
    (plot,) = [row["id"] for row in client.get("/api/plots?state=eradicated").json()["plots"]]
    address, html = f"/plots/{plot}?lang=vi", {"accept": "text/html"}
    whole = client.get(address, headers=html).text
    assert "Kiểm tra tự động" in whole
    monkeypatch.setattr(not_yet, "FEW_EVENTS", 0)
    with monkeypatch.context() as patched:
        patched.setattr(plot_answers.projection, "replayed", lambda *_, **__: pytest.fail("somebody waits"))
        quick = client.get(address, headers=html).text
        case = here.client("reviewer").get(f"/review/{plot}?of=any&lang=vi", headers=html).text
    for page in (quick, case):
        assert f"/plots/{plot}?whole=true" in page
        assert "Kiểm tra tự động" not in page
    assert client.get(f"{address}&whole=true", headers=html).text == whole
    assert client.get(f"/api/plots/{plot}").json()["checks"]
