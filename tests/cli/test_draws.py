"""Cells drawn to be walked, plots drawn to be re-checked, and what the three lines of the undetected make of them."""

import csv
import json
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest

from eradication import geo
from eradication.cli import main
from eradication.domain import EventKind, Season
from eradication.i18n import translator
from eradication.pipeline import (
    accounts,
    cells,
    created,
    opened,
    patrolled,
    precision,
    projection,
    rechecking,
    settings_for,
    undetected,
)
from eradication.pipeline.accounts import Question
from eradication.pipeline.main_path import found_workspace
from eradication.pipeline.words import beside_lines

SEASON = Season(2024)
BLOOM = datetime(2025, 3, 3, 1, 0, tzinfo=UTC)
COMMUNE = "04048"

type Run = Callable[..., Any]


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated workspace of Sơn La: its seasons are never today, so the days that are named count."""
    place = tmp_path_factory.mktemp("founded") / "ws"
    with created(place, settings_for("Sơn La", language="en", simulated=True, season=SEASON)) as workspace:
        found_workspace(workspace)
    return place


@pytest.fixture
def folder(founded: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return shutil.copytree(founded, tmp_path / "ws")


@pytest.fixture
def run(cli: Run, folder: Path) -> Run:
    return lambda *words: cli("--workspace", folder, "--json", *words)


def planned(run: Run, count: int, *more: object, day: str = "2025-03-01", unit: str = "BP01") -> dict[str, Any]:
    ended = run("plan", "--unit", unit, "--date", day, "--cells", count, "--commune", COMMUNE, *more)
    assert ended.code == 0, ended.out
    return ended.json


def stops(plan: dict[str, Any]) -> list[dict[str, Any]]:
    (route,) = plan["routes"]
    return route["stops"]


def walk(run: Run, names: list[str], path: Path, began: datetime = BLOOM, unit: str = "BP01") -> None:
    """Walk each cell to and fro, 25 m apart, on a day of its own."""
    tracks = ""
    for number, name in enumerate(names):
        east, north = (float(part) for part in name.split("_"))
        lanes = [(east + x, north + y) for k, x in enumerate(range(10, 250, 25)) for y in (10, 240)[:: 1 - 2 * (k % 2)]]
        fine = np.vstack([np.linspace(a, b, 5) for a, b in pairwise(lanes)])
        start = began + timedelta(days=number)
        tracks += f"<trk><name>{name}</name><trkseg>"
        for k, (lon, lat) in enumerate(geo.transform([tuple(p) for p in fine], geo.UTM48, geo.WGS84)):
            time = f"{start + timedelta(seconds=75 * k):%Y-%m-%dT%H:%M:%SZ}"
            tracks += f'<trkpt lat="{lat:.7f}" lon="{lon:.7f}"><time>{time}</time></trkpt>'
        tracks += "</trkseg></trk>"
    file = path / f"{unit}-{began:%m%d}.gpx"
    file.write_text(f'<gpx version="1.1">{tracks}</gpx>')
    assert run("patrols", "import", file, "--unit", unit).code == 0


def visits(run: Run, path: Path, *rows: dict[str, Any]) -> None:
    columns = dict.fromkeys(name for row in rows for name in row)
    with path.open("w", newline="") as file:
        table = csv.DictWriter(file, columns)
        table.writeheader()
        table.writerows(rows)
    ended = run("visits", "import", path)
    assert ended.code == 0, ended.out


def row(number: int, stop: dict[str, Any], outcome: str = "detected", **more: Any) -> dict[str, Any]:
    plain = {
        "visit_id": f"v{number}",
        "lon": stop["lon"],
        "lat": stop["lat"],
        "visited_at": "2025-03-05T09:00:00+07:00",
    }
    plain |= {"unit": "BP01", "officers": "cb-1;cb-2", "outcome": outcome, "crop": "opium_poppy"}
    return plain | {"area_m2": "200", "area_method": "tape"} | more


def lines(folder: Path, **how: Any) -> dict[str, Any]:
    with opened(folder) as workspace:
        return undetected.told(workspace, SEASON, **how)


def asked(folder: Path) -> dict[str, Any]:
    """Return the three lines as the ledger tells them."""
    with opened(folder) as workspace:
        told: dict[str, Any] = accounts.ledger(workspace, Question(SEASON))["undetected"]
    return told


def test_the_same_wish_is_the_same_draw_and_once_on_record(run: Run, folder: Path):
    first, again = planned(run, 12), planned(run, 12)
    assert first == again
    assert first["frame"]["n"] == len(stops(first)) == len({s["cell"] for s in stops(first)}) == 12
    assert {s["inclusion_prob"] for s in stops(first)} == {round(12 / first["frame"]["N"], 12)}
    assert {s["commune"] for s in stops(first)} == {COMMUNE}
    assert {s["selection_mode"] for s in stops(first)} == {"random"}
    with opened(folder) as workspace:
        (event,) = workspace.store.events(kinds=[EventKind.CELLS_DRAWN])
    assert event.payload["draw"] == first["draw"]
    assert (event.payload["unit"], event.payload["season"]) == ("BP01", SEASON.label)


def test_what_was_asked_before_is_told_as_it_was_drawn_whatever_has_become_known(
    run: Run, folder: Path, tmp_path: Path
):
    first = planned(run, 6)
    visits(run, tmp_path / "v.csv", row(1, stops(first)[0]))
    assert planned(run, 6) == first


def test_no_cell_is_drawn_twice_in_a_season_and_others_get_other_cells(run: Run):
    taken = [s["cell"] for s in stops(planned(run, 30))]
    later = [s["cell"] for s in stops(planned(run, 30, day="2025-03-08"))]
    other = [s["cell"] for s in stops(planned(run, 30, unit="CA02"))]
    assert len({*taken, *later, *other}) == 90


def test_cells_that_a_plot_touches_are_not_drawn(run: Run, folder: Path, tmp_path: Path):
    (place,) = stops(planned(run, 1))
    visits(run, tmp_path / "v.csv", row(1, place))
    with opened(folder) as workspace:
        frame = cells.frame(workspace, SEASON, projection.replayed(workspace), [COMMUNE])
        before = cells.frame(workspace, Season(2023), projection.replayed(workspace), [COMMUNE])
    flagged = cells.number_of(place["cell"])
    assert flagged in frame.flagged
    assert flagged not in frame.cells
    assert len(frame.cells) + len(frame.flagged) == len(before.cells)
    assert cells.cell_at(place["lon"], place["lat"]) == flagged
    assert cells.name_of(flagged) == place["cell"]


def test_ground_near_plots_of_earlier_seasons_is_drawn_more_densely(run: Run, tmp_path: Path):
    (place,) = stops(planned(run, 1))
    visits(run, tmp_path / "v.csv", row(1, place, visited_at="2024-03-05T09:00:00+07:00"))
    strata = {s["name"]: s for s in planned(run, 60, day="2025-03-02")["frame"]["strata"]}
    near, rest = strata["near_past_plots"], strata["rest"]
    assert 100 <= near["N"] <= 202  # a circle of 2 km holds 201 cells; the commune's edge may cut it
    assert near["n"] / near["N"] == pytest.approx(3 * rest["n"] / rest["N"], rel=0.35)


@pytest.mark.parametrize("ending", ["gpx", "csv", "gpkg"])
def test_the_cells_go_to_a_file_that_says_they_are_simulated(run: Run, tmp_path: Path, ending: str):
    out = tmp_path / f"cells.{ending}"
    plan = planned(run, 3, "--out", out)
    assert plan["written"] == [str(out)]
    if ending == "gpkg":
        frame = pyogrio.read_dataframe(out)
        assert len(frame) == 3
        assert [geo.area_m2(square) for square in frame.geometry] == pytest.approx([62_500] * 3, rel=0.002)
        assert frame["simulated"].str.contains("simulated").all()
    else:
        said = out.read_text(encoding="utf-8-sig")
        assert "simulated" in said.casefold()
        assert said.count(stops(plan)[0]["cell"]) == 1
    if ending == "gpx":
        assert (said.count("<wpt"), said.count("<rte>"), said.count("<rtept")) == (3, 3, 15)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("--unit", "BP01", "--date", "2025-03-01"), "cells_missing"),
        (("--unit", " ", "--date", "2025-03-01", "--cells", 3), "unit_missing"),
        (("--unit", "BP01", "--date", "2025-03-01", "--cells", 3, "--season", "2025-2026"), "other_season"),
        (("--unit", "BP01", "--date", "2025-03-01", "--cells", 3, "--commune", "99999"), "unknown_commune"),
        (("--unit", "BP01", "--date", "2025-03-01", "--cells", 3, "--out", "a.txt"), "unknown_format"),
        (("--unit", "BP01", "--date", "tomorrow", "--cells", 3), "bad_time"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_with_a_hint(run: Run, folder: Path, words: tuple[object, ...], kind: str):
    ended = run("plan", *words)
    assert (ended.code, ended.json["error"]["kind"]) == (2, kind)
    assert ended.json["error"]["hint"]
    with opened(folder) as workspace:
        assert workspace.store.events(kinds=[EventKind.CELLS_DRAWN]) == []


def test_three_lines_always_print_and_say_why_there_is_no_number(folder: Path):
    told = lines(folder)
    assert (told["upper"], told["expected"], told["lower"]) == (None, None, None)
    assert told["why"] == {"upper": "no_random_sample", "expected": "no_search", "lower": "too_few_recaptures"}
    for language in ("vi", "en"):
        said = beside_lines.undetected(told, language, translator(language))
        assert len(said) == 3
        assert "m = 0" in said[2]
    assert all(told["assumptions"][line] for line in ("upper", "expected", "lower"))


def test_drawn_cells_that_were_walked_bound_what_nobody_found(run: Run, folder: Path, tmp_path: Path):
    drawn = stops(planned(run, 8))
    assert lines(folder)["why"]["upper"] == "no_random_search"
    walk(run, [s["cell"] for s in drawn[:6]], tmp_path)
    upper = lines(folder)["upper"]
    assert (upper["drawn"], upper["searched"], upper["finds"], upper["method"]) == (8, 6, 0, "exact")
    assert 0.15 < upper["mean_p"] <= 0.9
    assert 0.5 * upper["of"] < upper["cells"] <= upper["of"]  # six cells say little of a commune
    with opened(folder) as workspace:
        _, walked = patrolled.told(workspace, SEASON)
    p_of = dict(zip(walked.cell.tolist(), walked.p.tolist(), strict=True))
    p = [p_of[cells.number_of(s["cell"])] for s in drawn if cells.number_of(s["cell"]) in p_of]
    assert upper["mean_p"] == pytest.approx(np.mean([value for value in p if value > 0]), abs=1e-4)
    visits(run, tmp_path / "v.csv", row(1, drawn[0]), row(2, drawn[7]))
    upper = lines(folder)["upper"]
    assert (upper["searched"], upper["finds"], upper["finds_without_track"]) == (7, 2, 1)
    assert upper["communes_without_draw"] == 74


def test_walks_before_the_draw_of_others_and_out_of_season_are_no_search_of_it(run: Run, folder: Path, tmp_path: Path):
    drawn = [s["cell"] for s in stops(planned(run, 3))]
    walk(run, drawn[:1], tmp_path, BLOOM - timedelta(days=9))
    walk(run, drawn[1:2], tmp_path, unit="CA02")
    walk(run, drawn[2:], tmp_path, BLOOM + timedelta(days=85))
    told = lines(folder)
    assert (told["upper"], told["why"]["upper"]) == (None, "no_random_search")


def test_a_draw_in_ground_that_a_wider_one_holds_is_left_out_and_named(run: Run, folder: Path, tmp_path: Path):
    narrow = planned(run, 2)
    wide = run("plan", "--unit", "BP01", "--date", "2025-03-01", "--cells", 4).json
    walk(run, [s["cell"] for s in (*stops(narrow), *stops(wide))], tmp_path)
    upper = lines(folder)["upper"]
    assert (upper["draws"], upper["unused_draws"]) == ([wide["draw"]], [narrow["draw"]])
    assert upper["unused_why"] == {narrow["draw"]: "within_wider"}
    assert (upper["of"], upper["drawn"], upper["communes_without_draw"]) == (wide["frame"]["N"], 4, 0)


def test_successive_draws_of_the_same_ground_count_together(run: Run, folder: Path, tmp_path: Path):
    one, two = planned(run, 3), planned(run, 3, day="2025-03-02")
    walk(run, [s["cell"] for s in (*stops(one), *stops(two))], tmp_path)
    upper = lines(folder)["upper"]
    assert (upper["drawn"], upper["searched"], len(upper["strata"])) == (6, 6, 1)
    assert upper["of"] == one["frame"]["N"] == two["frame"]["N"] + 3


def reached(folder: Path, day: int, members: list[int], drawn: list[int], communes: list[str]) -> None:
    """Put a draw on record as plans of a day make it: from what is in reach, which differs by day."""
    rows = [{"cell": cells.name_of(n), "commune": COMMUNE, "stratum": "in_reach", "inclusion_prob": 0.1} for n in drawn]
    body = {"draw": f"day-{day}", "season": SEASON.label, "unit": "BP01", "units": ["BP01"], "reach": "BP01 here 8 h"}
    body |= {"frame": "cells", "communes": communes, "cells": rows, "members": cells.runs(members)}
    body |= {"strata": [{"name": "in_reach", "N": len(members), "n": len(drawn)}]}
    with opened(folder) as workspace, workspace.store.transaction() as transaction:
        transaction.append(EventKind.CELLS_DRAWN, BLOOM + timedelta(days=day - 8), body)


def test_draws_from_one_reach_are_judged_on_the_cells_that_all_of_them_could_take(
    run: Run, folder: Path, tmp_path: Path
):
    """The second day two cells are away and the reach touches another commune; the third is of quite other ground."""
    ground = [cells.number_of("560000_2300000") + k for k in range(60)]
    reached(folder, 1, ground, ground[:4], [COMMUNE])
    reached(folder, 2, ground[4:58], ground[4:8], [COMMUNE, "04051"])
    reached(folder, 3, [n + 1000 for n in ground[:30]], [ground[0] + 1000], [COMMUNE])
    walk(run, [cells.name_of(n) for n in ground[:8]], tmp_path)
    upper = lines(folder)["upper"]
    assert (upper["of"], upper["left"], upper["drawn"], upper["searched"]) == (60, 2, 8, 8)
    assert (upper["draws"], upper["unused_why"]) == (["day-1", "day-2"], {"day-3": "other_ground"})
    (stratum,) = upper["strata"]
    assert (stratum["N"], stratum["left"], stratum["cells"]) == (60, 2, upper["cells"])
    assert 2 < upper["cells"] < 60


def test_what_is_told_as_of_a_time_knows_nothing_later(run: Run, folder: Path, tmp_path: Path):
    drawn = stops(planned(run, 2))
    before = datetime.now(UTC)
    walk(run, [s["cell"] for s in drawn], tmp_path)
    assert lines(folder)["upper"]["searched"] == 2
    assert lines(folder, as_of=before)["why"]["upper"] == "no_random_search"


def test_what_was_computed_is_kept_until_anything_is_recorded(run: Run, folder: Path, tmp_path: Path):
    drawn = stops(planned(run, 2))
    walk(run, [s["cell"] for s in drawn[:1]], tmp_path)
    first = asked(folder)
    (kept,) = (folder / "outputs" / "beside").iterdir()
    kept.write_text(json.dumps(json.loads(kept.read_bytes()) | {"undetected": {"upper": {"as": "kept"}}}))
    assert asked(folder)["upper"] == {"as": "kept"}
    walk(run, [s["cell"] for s in drawn[1:]], tmp_path)
    assert asked(folder)["upper"]["searched"] == first["upper"]["searched"] + 1
    kept.write_text("{}"[:1])
    assert asked(folder)["upper"]["searched"] == first["upper"]["searched"] + 1


def test_another_file_of_forests_is_another_search(run: Run, folder: Path, tmp_path: Path):
    walk(run, [s["cell"] for s in stops(planned(run, 2))], tmp_path)
    settings, forest = folder / "eradication.toml", folder / "forest.geojson"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(re.sub(r'(?m)^forest = ""', 'forest = "forest.geojson"', text), encoding="utf-8")

    def searched(west: float) -> float:
        ring = [[west, 20], [west + 0.5, 20], [west + 0.5, 22], [west, 22], [west, 20]]
        feature = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
        forest.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
        return lines(folder)["upper"]["mean_p"]

    assert searched(104.6) < searched(100.0)


def test_the_expected_line_needs_ten_searched_cells_and_one_find(run: Run, folder: Path, tmp_path: Path):
    drawn = stops(planned(run, 24))
    walk(run, [s["cell"] for s in drawn[:4]], tmp_path)
    assert lines(folder)["why"]["expected"] == "too_little_search"
    walk(run, [s["cell"] for s in drawn[4:]], tmp_path, BLOOM + timedelta(days=4))
    told = lines(folder)
    assert told["why"]["expected"] == "no_find"
    assert told["expected"]["cells"] == 0.0 < told["expected"]["high"]
    visits(run, tmp_path / "v.csv", row(1, drawn[5]))
    told = lines(folder)
    assert (told["why"]["expected"], told["expected"]["finds"]) == ("", 1)
    rate = 1 / told["expected"]["searched"]
    assert told["expected"]["cells"] == pytest.approx(rate * told["expected"]["of"], rel=0.01)


def destroyed(run: Run, path: Path, places: list[dict[str, Any]], area: int = 200, tag: str = "d") -> None:
    found = [row(k, s, area_m2=area, visit_id=f"{tag}{k}") for k, s in enumerate(places)]
    gone = [
        r | {"outcome": "eradicated", "destroyed_fraction": 1, "visited_at": "2025-03-05T10:00:00+07:00"} for r in found
    ]
    visits(run, path, *found, *gone)


def check(run: Run, path: Path, plot: dict[str, Any], outcome: str, unit: str = "CA02") -> None:
    checked = row(1, plot, outcome, visit_id=f"{outcome}-{plot['plot_id'][:8]}", unit=unit, officers="cb-8;cb-9")
    checked |= {"plot_id": plot["plot_id"], "visited_at": "2025-03-25T09:00:00+07:00"}
    visits(run, path, {k: v for k, v in checked.items() if k not in ("lon", "lat")})


def test_thirty_per_cent_of_destroyed_small_plots_are_drawn_and_told_again(run: Run, folder: Path, tmp_path: Path):
    destroyed(run, tmp_path / "d.csv", stops(planned(run, 10)))
    first = run("rechecks", "draw", "--season", SEASON.label).json
    assert (first["N"], first["n"], len(first["stops"])) == (10, 3, 3)
    assert {stop["inclusion_prob"] for stop in first["stops"]} == {0.3}
    assert {tuple(stop["not_by"]) for stop in first["stops"]} == {("BP01",)}
    assert run("rechecks", "draw", "--season", SEASON.label).json == first
    destroyed(run, tmp_path / "e.csv", stops(planned(run, 4, day="2025-03-02")), tag="e")
    second = run("rechecks", "draw", "--season", SEASON.label).json
    assert (second["N"], second["n"]) == (4, 2)
    assert not {s["plot_id"] for s in first["stops"]} & {s["plot_id"] for s in second["stops"]}
    with opened(folder) as workspace:
        assert len(workspace.store.events(kinds=[EventKind.RECHECKS_DRAWN])) == 2


def test_rechecks_count_another_units_verifications_and_regrowth(run: Run, folder: Path, tmp_path: Path):
    destroyed(run, tmp_path / "d.csv", stops(planned(run, 7)))
    destroyed(run, tmp_path / "l.csv", stops(planned(run, 1, day="2025-03-02")), area=900, tag="l")
    one, two, three = run("rechecks", "draw", "--season", SEASON.label).json["stops"]
    check(run, tmp_path / "c1.csv", one, "verified")
    check(run, tmp_path / "c2.csv", two, "regrown")
    told = run("rechecks", "show", "--season", SEASON.label).json
    assert {s["plot_id"]: s["live"] for s in told["stops"]} == {
        one["plot_id"]: False,
        two["plot_id"]: True,
        three["plot_id"]: None,
    }
    assert (told["drawn"], told["checked"], told["live"], told["live_share"]) == (3, 2, 1, 0.5)
    assert (told["large"], told["large_verified"], told["small_met"], told["met"]) == (1, 0, False, False)
    check(run, tmp_path / "c3.csv", three, "verified")
    told = run("rechecks", "show", "--season", SEASON.label).json
    assert (told["small_met"], told["large_met"]) == (True, False)
    with opened(folder) as workspace:
        assert rechecking.of_season(workspace, SEASON)["checked"] == 3
        assert rechecking.of_season(workspace, SEASON, datetime(2020, 1, 1, tzinfo=UTC))["drawn"] == 0


def test_plots_abroad_are_neither_drawn_nor_counted_as_destroyed(run: Run, folder: Path, tmp_path: Path):
    destroyed(run, tmp_path / "d.csv", stops(planned(run, 2)))
    destroyed(run, tmp_path / "a.csv", [{"lon": 104.6, "lat": 19.5}], tag="a")
    destroyed(run, tmp_path / "l.csv", [{"lon": 104.6, "lat": 19.6}], area=900, tag="l")
    told = run("rechecks", "show", "--season", SEASON.label).json
    assert (told["small"], told["waiting"], told["large"], told["large_met"]) == (2, 2, 0, True)
    assert run("rechecks", "draw", "--season", SEASON.label, "--share", 1).json["N"] == 2
    with opened(folder) as workspace:
        assert rechecking.of_season(workspace, SEASON)["small"] == 2


def test_a_plot_abroad_that_was_drawn_before_is_listed_and_counts_nowhere(run: Run, folder: Path, tmp_path: Path):
    destroyed(run, tmp_path / "a.csv", [{"lon": 104.6, "lat": 19.5}])
    with opened(folder) as workspace:
        (episode,) = projection.replayed(workspace).episodes
        body = {"frame": "class_c", "draw": "d1", "season": SEASON.label, "share": 0.3, "seed": 0, "unit": ""}
        stop = {"plot_id": episode.plot.id, "inclusion_prob": 1.0}
        body |= {"N": 1, "n": 1, "plots": [episode.plot.id], "stops": [stop]}
        with workspace.store.transaction() as transaction:
            transaction.append(EventKind.RECHECKS_DRAWN, datetime.now(UTC), body)
    told = run("rechecks", "show", "--season", SEASON.label).json
    assert [one["plot_id"] for one in told["stops"]] == [episode.plot.id]
    assert (told["small"], told["drawn"], told["needed"]) == (0, 0, 0)


def two_units(run: Run, path: Path) -> None:
    path.write_text("code,name,kind,valid_from\nBP01,Đồn Một,border_post,2000-01-01\nCA02,Công an,police,2000-01-01\n")
    assert run("units", "import", path).code == 0


def test_a_unit_that_is_sent_is_one_on_record_however_it_is_typed(run: Run, folder: Path, tmp_path: Path):
    destroyed(run, tmp_path / "d.csv", stops(planned(run, 4)))
    two_units(run, tmp_path / "units.csv")
    draw = ("rechecks", "draw", "--season", SEASON.label, "--unit")
    unknown = run(*draw, "nobody")
    assert (unknown.code, unknown.json["error"]["kind"]) == (2, "unknown_unit")
    own = run(*draw, "Đồn Một")
    assert (own.code, own.json["error"]["kind"]) == (2, "nothing_to_recheck")
    first = run(*draw, "CA02").json
    assert first["unit"] == "CA02"
    assert run(*draw, "ca 02").json == first


def test_a_draw_that_bears_another_spelling_is_told_again(run: Run, folder: Path, tmp_path: Path):
    destroyed(run, tmp_path / "d.csv", stops(planned(run, 4)))
    two_units(run, tmp_path / "units.csv")
    with opened(folder) as workspace:
        ids = [episode.plot.id for episode in projection.replayed(workspace).episodes]
        body = {"frame": "class_c", "draw": "d1", "season": SEASON.label, "share": 0.3, "seed": 0, "unit": "ca 02"}
        body |= {"N": 4, "n": 1, "plots": ids, "stops": [{"plot_id": ids[0], "inclusion_prob": 0.25}]}
        with workspace.store.transaction() as transaction:
            transaction.append(EventKind.RECHECKS_DRAWN, datetime.now(UTC), body)
    assert run("rechecks", "draw", "--season", SEASON.label, "--unit", "CA02").json["draw"] == "d1"


def test_a_unit_is_not_sent_to_what_it_destroyed(run: Run, tmp_path: Path):
    destroyed(run, tmp_path / "d.csv", stops(planned(run, 4)))
    two_units(run, tmp_path / "units.csv")
    own = run("rechecks", "draw", "--season", SEASON.label, "--unit", "BP01")
    assert (own.code, own.json["error"]["kind"]) == (2, "nothing_to_recheck")
    assert run("rechecks", "draw", "--season", SEASON.label, "--unit", "CA02").json["N"] == 4
    few = run("rechecks", "draw", "--season", SEASON.label, "--share", 0.1)
    assert (few.code, few.json["error"]["kind"]) == (2, "bad_share")


def test_texts_say_what_to_do_in_both_languages(cli: Run, run: Run, folder: Path, tmp_path: Path):
    destroyed(run, tmp_path / "d.csv", stops(planned(run, 5)))
    for language in ("vi", "en"):
        words = ("--workspace", folder, "--lang", language)
        plan = cli(*words, "plan", "--unit", "BP01", "--date", "2025-03-01", "--cells", 5, "--commune", COMMUNE)
        assert stops(planned(run, 5))[0]["cell"] in plan.out
        assert cli(*words, "rechecks", "draw", "--season", SEASON.label).out.count("BP01") == 2
        assert cli(*words, "rechecks", "show", "--season", SEASON.label).code == 0
    assert main(["--workspace", str(folder), "plan", "--help"]) == 0


def test_without_random_visits_there_is_no_precision(folder: Path):
    with opened(folder) as workspace:
        told = precision.of_season(workspace, SEASON)
    assert (told["value"], told["n"], told["score_kind"], told["why"]) == (None, 0, "priority", "no_random_visits")
