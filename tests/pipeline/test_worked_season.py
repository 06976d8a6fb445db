"""A season worked by hand: every figure of tests/golden/season_worked.md, on every kind of store."""

import csv
import dataclasses
import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from shapely.geometry import box, mapping

from eradication import store as stores
from eradication.config import Settings
from eradication.domain import TIMEZONE, AdminUnit, Period, Season
from eradication.pipeline import main_path, periods
from eradication.pipeline.accounts import Question, ledger
from eradication.pipeline.workspace import Workspace
from eradication.store.memory import MemoryStore

PAGE = Path(__file__).parents[1] / "golden" / "season_worked.md"
SEASON = Season(2025)


def tables() -> dict[str, list[dict[str, str]]]:
    """The tables of the page, each by its first heading and a number if there are several of one heading."""
    found: dict[str, list[dict[str, str]]] = {}
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    for is_table, block in groupby(lines, key=lambda line: line.startswith("|")):
        if is_table:
            heading, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in block]
            name, number = heading[0] if heading[0] != "entered" else heading[1], 2
            while name in found:
                name, number = f"{name.split()[0]} {number}", number + 1
            found[name] = [dict(zip(heading, row, strict=True)) for row in rows]
    return found


TABLES = tables()


class Clock:
    """Says that it is a little later each time it is asked, on the day it was set to."""

    def __init__(self) -> None:
        self.now = datetime(2025, 12, 1, tzinfo=UTC)

    def set(self, day: str) -> None:
        self.now = datetime.combine(date.fromisoformat(day), time(9), TIMEZONE).astimezone(UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def unit(code: str, name: str, west: float, east: float) -> AdminUnit:
    return AdminUnit(code, name, date(2025, 7, 1), None, box(west, 20, east, 22), west + 0.1, 21, None, False, "test")


@pytest.fixture(scope="module", params=["geopackage", "postgis", pytest.param("memory", marks=pytest.mark.slow)])
def season(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The whole season entered, with the answers of the closes and what was refused."""
    folder, clock = tmp_path_factory.mktemp("office"), Clock()
    settings = Settings()
    if request.param == "postgis":
        settings = dataclasses.replace(settings, store=request.getfixturevalue("server").place())
    with ExitStack() as stack:
        if request.param == "memory":
            store: Any = stack.enter_context(MemoryStore(clock=clock))
        else:
            store = stack.enter_context(stores.open(folder, create=True, clock=clock, settings=settings.store))
        workspace = Workspace(folder, settings, store)
        with store.transaction() as transaction:
            communes = [unit("04048", "Xã Vân Hồ", 104.4, 104.7), unit("04049", "Xã Tô Múa", 104.7, 105.0)]
            transaction.add_units(communes, [])
        yield {"workspace": workspace} | entered(workspace, clock, folder)


def entered(workspace: Workspace, clock: Clock, folder: Path) -> dict[str, Any]:
    """Enter the page day by day; return answers of closes by period, and refused rows."""
    closes, refused = {}, []
    days = sorted({row["entered"] for name in ("visit", "corrects", "period") for row in TABLES[name]})
    for day in days:
        clock.set(day)
        rows = [row for row in TABLES["visit"] if row["entered"] == day]
        if rows:
            answer = main_path.record_visits(workspace, table(rows, folder / f"{day}.geojson"))
            refused += [(row["visit_id"], row["reason"]) for row in answer["visits"] if row["status"] != "accepted"]
        for row in (row for row in TABLES["corrects"] if row["entered"] == day):
            file = correction(row, folder / f"{day}-correction.csv")
            assert main_path.correct_visit(workspace, row["corrects"], file, row["reason"])["visits"][0]["status"]
        for row in (row for row in TABLES["period"] if row["entered"] == day):
            closes[row["period"]] = periods.close(workspace, Period.parse(row["period"]), "CB-1", now=clock())
    return {"closes": closes, "refused": refused}


def table(rows: list[dict[str, str]], path: Path) -> Path:
    features = [{"type": "Feature", "properties": properties(row), "geometry": place(row["place"])} for row in rows]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def properties(row: dict[str, str]) -> dict[str, str]:
    given = {name: value for name, value in row.items() if value and name not in ("entered", "visit", "at", "place")}
    when = row["at"] if "T" in row["at"] else f"{row['at']}T00:00"
    return given | {"visit_id": row["visit"], "visited_at": f"{when}+07:00", "crop": "opium_poppy"}


def place(text: str) -> dict[str, Any]:
    numbers = [float(part) for part in text.split()]
    return {"type": "Point", "coordinates": numbers} if len(numbers) == 2 else mapping(box(*numbers))


def correction(row: dict[str, str], path: Path) -> Path:
    name, visit, outcome = row["corrects"].split("/")
    (wrong,) = (r for r in TABLES["visit"] if (r["unit"], r["visit"], r["outcome"]) == (name, visit, outcome))
    right = properties(wrong | {"area_m2": row["area_m2"]})
    right["lon"], right["lat"] = wrong["place"].split()
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, right)
        writer.writeheader()
        writer.writerow(right)
    return path


def agree(told: dict[str, dict[str, Any]], name: str, key: str) -> None:
    """Every row of a table of the page equals the program's."""
    expected = TABLES[name]
    assert [row[key] for row in expected] == [k for k in told if k in {row[key] for row in expected}]
    for row in expected:
        shown = {column: f"{told[row[key]][column]}" for column in row if column != key}
        assert shown == {column: value for column, value in row.items() if column != key}, row[key]


def by_key(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["key"]: row for row in (*answer["rows"], answer["total"])}


def test_the_ledger_by_commune(season):
    agree(by_key(ledger(season["workspace"], Question(SEASON))), "key", "key")


def test_the_ledger_by_unit(season):
    agree(by_key(ledger(season["workspace"], Question(SEASON, by="unit"))), "unit", "unit")


def test_the_ledger_by_class(season):
    agree(ledger(season["workspace"], Question(SEASON))["by_class"], "class", "class")


def test_the_ledger_as_it_was_known_in_january(season):
    then = datetime(2026, 1, 28, tzinfo=UTC)
    agree(by_key(ledger(season["workspace"], Question(SEASON, as_of=then))), "key 2", "key")


def test_one_row_is_refused_and_one_overlap_is_told_to_both(season):
    assert season["refused"] == [("C2", "verifier_not_independent")]
    answer = ledger(season["workspace"], Question(SEASON))
    (overlap,) = answer["overlaps"]
    assert overlap["units"] == ["BP-1", "CA-1"]
    assert overlap["m2"] == pytest.approx(100.0, rel=0.02)  # walked, not taped: the taped share is what counts
    assert answer["total"]["overlap_m2"] == 100
    assert answer["timeliness"]["median_days_to_destruction"] == 1.0
    assert (answer["timeliness"]["destroyed"], answer["timeliness"]["destroyed_in_part"]) == (5, 2)
    (whole,) = (sign for sign in answer["signs"] if sign["code"] == "always_whole")
    assert (whole["value"], whole["of"]) == (6, 9)
    assert answer["timeliness"]["harvested_before_arrival"] == 1


def test_periods_as_they_were_closed(season):
    closes = season["closes"]
    agree({name: closes[name]["cumulative"]["total"] for name in closes}, "period 2", "period")
    agree({name: closes[name]["in_period"]["total"] for name in closes}, "in_period", "in_period")


def test_what_was_closed_is_restated_by_the_next_close_and_never_changed(season):
    first, second = (season["closes"][name] for name in ("2026-Q1", "2026-H1"))
    assert first["restatements"] == []
    (restated,) = second["restatements"]
    told = [
        {"restated": restated["period"]} | {name: str(row[name]) for name in ("key", "quantity", "was", "now")}
        for row in restated["differences"]
    ]
    assert told == TABLES["restated"]
    assert [row["unit"] for row in restated["because"]] == ["BP-2", "BP-2"]
    again = periods.show(season["workspace"], Period.parse("2026-Q1"))
    for frozen in ("cumulative", "in_period", "figures_sha", "closed_at"):
        assert again[frozen] == first[frozen]
    assert again["restated"] is None  # H1 has stated it
    assert stores.verify(season["workspace"].store)[0].ok
