"""People decide about places: through the pipeline, and as typed."""

import dataclasses
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shapely.geometry import box, mapping
from worlds import candidate, east

from eradication import history
from eradication.cli import main
from eradication.domain import DismissalReason, Season
from eradication.errors import UnusableInput
from eradication.pipeline import accounts, deciding, main_path, placing, projection
from eradication.pipeline.deciding import Decision
from eradication.pipeline.workspace import Workspace

SEASON = Season(2025)
JANUARY = datetime(2026, 1, 10, 2, tzinfo=UTC)
HERE = (104.70, 20.80)
DECISION = Decision(SEASON, "CB-1", JANUARY + timedelta(days=1))


def proposed(workspace: Workspace, *names: str, metres: float = 300.0) -> list[str]:
    """Candidates in a row; return the ids of their plots."""
    spots = [(name, east(metres * number, HERE)) for number, name in enumerate(names)]
    found = [dataclasses.replace(candidate(name, spot), season=SEASON) for name, spot in spots]
    known = history.follow(projection.replayed(workspace).plots, found, workspace.settings)
    with workspace.store.transaction() as transaction:
        projection.propose(workspace, transaction, known, np.array([JANUARY.replace(tzinfo=None)], "datetime64[s]"))
        projection.refresh(workspace, transaction)
    return [followed.plot_id for followed in known]


def states(workspace: Workspace, until: datetime = DECISION.at) -> dict[str, str]:
    told = projection.replayed(workspace, happened_until=until)
    return {episode.plot.id: str(episode.state) for episode in told.episodes}


def statuses(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(row["status"], row["reason"]) for row in answer["plots"]]


def test_candidates_are_dismissed_and_assigned_once_and_the_ledger_says_by_whom(office):
    first, second = proposed(office, "a", "b")
    dismissed = deciding.dismiss(office, [first], DismissalReason.ORCHARD, DECISION)
    assert statuses(dismissed) == [("accepted", "")]
    assert statuses(deciding.dismiss(office, [first], DismissalReason.ORCHARD, DECISION)) == [
        ("duplicate", "same_content")
    ]
    assert statuses(deciding.assign(office, [second, "VH-99-999"], "BP-1", DECISION)) == [
        ("accepted", ""),
        ("refused", "no_such_plot"),
    ]
    assert statuses(deciding.assign(office, [second], "BP-1", DECISION)) == [("duplicate", "same_content")]
    assert statuses(deciding.assign(office, [second], "bp 1", DECISION)) == [("duplicate", "same_content")]
    assert statuses(deciding.assign(office, [second], "BP-2", DECISION)) == [("accepted", "")]
    assert states(office) == {first: "dismissed", second: "assigned"}
    ledger = accounts.ledger(office, accounts.Question(SEASON))
    (sign,) = [sign for sign in ledger["signs"] if sign["code"] == "mass_dismissal"]
    assert (sign["value"], sign["marked"]) == (1, False)


def test_what_a_person_found_is_not_undone_by_a_decision(office, tmp_path):
    (plot,) = proposed(office, "a")
    table = tmp_path / "visits.csv"
    table.write_text(
        "visit_id,plot_id,visited_at,unit,officers,outcome,look_alike\n"
        f"1,{plot},2026-01-10T15:00+07:00,BP-1,S1,rejected,coffee\n"
    )
    main_path.record_visits(office, table)
    assert statuses(deciding.dismiss(office, [plot], DismissalReason.CROP, DECISION)) == [("refused", "is_rejected")]
    assert statuses(deciding.assign(office, [plot], "BP-1", DECISION)) == [("refused", "is_rejected")]
    over = Decision(SEASON, "", datetime(2026, 7, 1, tzinfo=UTC))
    (late,) = proposed(office, "late")[-1:]
    assert statuses(deciding.dismiss(office, [late], DismissalReason.CROP, over))[0][0] == "refused"


def test_a_decision_dated_before_the_proposal_says_when_it_was_first_proposed(office, capsys):
    (plot,) = proposed(office, "a")
    name = ["--workspace", str(office.folder), "--lang", "en", "--json", "dismiss", plot, "--reason", "orchard"]
    assert main([*name, "--season", SEASON.label, "--date", "2025-12-01"]) == 3
    (row,) = json.loads(capsys.readouterr().out)["plots"]
    assert (row["status"], row["reason"]) == ("refused", "not_yet_proposed")
    assert row["message"] == "Not yet proposed on 2025-12-01: it was first proposed or found on 2026-01-10."
    assert "--date" in row["hint"]
    assert main([*name, "--season", "2024-2025", "--date", "2025-01-01"]) == 3
    assert json.loads(capsys.readouterr().out)["plots"][0]["reason"] == "no_season"
    assert main([*name, "--season", SEASON.label, "--date", "2026-01-10"]) == 0


def test_merged_plots_answer_to_all_their_names(office):
    first, second = proposed(office, "a", "b", metres=60.0)
    codes = [projection.replayed(office).plot(plot).code for plot in (first, second)]
    told = placing.merge(office, codes, "one terrace", DECISION)
    assert told["plot"] in (first, second)
    plots = {projection.replayed(office).plot(name).id for name in (first, second, *codes)}
    assert plots == {told["plot"]}
    with pytest.raises(UnusableInput) as caught:
        placing.merge(office, codes, "again", DECISION)
    assert caught.value.kind == "same_plot"


def found(workspace: Workspace, folder: Path, *areas: float, metres: float) -> list[str]:
    """Detections in a row with these areas; return the codes of their plots."""
    spots = [east(metres * number, HERE) for number in range(len(areas))]
    table = folder / "found.csv"
    rows = [
        f"{number},{lon},{lat},2026-01-1{number}T15:00+07:00,BP-1,S1,detected,{area},tape"
        for number, (area, (lon, lat)) in enumerate(zip(areas, spots, strict=True))
    ]
    header = "visit_id,lon,lat,visited_at,unit,officers,outcome,area_m2,area_method"
    table.write_text("\n".join([header, *rows]) + "\n")
    told = main_path.record_visits(workspace, table)
    assert all(row["status"] == "accepted" for row in told["visits"])
    return [projection.replayed(workspace).plot(row["plot"]).code for row in told["visits"]]


def detected(workspace: Workspace) -> int:
    return accounts.ledger(workspace, accounts.Question(SEASON))["total"]["detected_m2"]


def test_places_far_apart_are_merged_only_if_somebody_insists_and_every_report_says_so(office, tmp_path):
    codes = found(office, tmp_path, 500, 400, metres=3_000.0)
    with pytest.raises(UnusableInput) as caught:
        placing.merge(office, codes, "slip", DECISION)
    assert (caught.value.kind, detected(office)) == ("far_apart", 900)
    told = placing.merge(office, codes, "one family of terraces", DECISION, force=True)
    assert told["forced"]
    assert told["gap_m"] == pytest.approx(3_000.0 - 12.6 - 11.3, abs=3.0)
    assert told["detected"] == [{"season": "2025-2026", "before_m2": 900, "after_m2": 400, "change_m2": -500}]
    assert detected(office) == 400
    (finding,) = accounts.ledger(office, accounts.Question(SEASON))["findings"]
    assert finding["reason"] == "merged_far_apart"
    assert "one family of terraces" in finding["what"]
    placing.hold_apart(office, codes, "a slip", DECISION)
    assert accounts.ledger(office, accounts.Question(SEASON))["findings"] == []


def test_a_chain_of_lots_near_one_another_is_one_place(office, tmp_path):
    codes = found(office, tmp_path, 100, 100, 100, metres=50.0)
    assert placing.merge(office, [codes[0], codes[2], codes[1]], "one terrace", DECISION)["gap_m"] < 50.0


def test_a_merge_is_undone_by_the_names_as_they_were_and_can_be_made_again(office, tmp_path, capsys):
    codes = found(office, tmp_path, 500, 400, metres=40.0)
    ids = [projection.replayed(office).plot(code).id for code in codes]
    name = ["--workspace", str(office.folder), "--lang", "en"]
    for names in (codes, ids, [code.lower() for code in codes]):
        assert main([*name, "plots", "merge", *codes, "--reason", "one terrace"]) == 0
        assert "detected 900 → 400 m² (-500)" in capsys.readouterr().out
        assert detected(office) == 400
        assert main([*name, "plots", "apart", *names, "--reason", "two after all"]) == 0
        assert "detected 400 → 900 m² (+500)" in capsys.readouterr().out
        assert detected(office) == 900
        assert [projection.replayed(office).plot(code).id for code in codes] == ids
    before = len(office.store.events())
    assert main([*name, "plots", "apart", *codes, "--reason", "said before"]) == 0
    assert len(office.store.events()) == before


def test_who_takes_two_of_three_apart_is_told_to_name_the_third(office, tmp_path):
    codes = found(office, tmp_path, 100, 100, 100, metres=40.0)
    placing.merge(office, codes, "one terrace", DECISION)
    before = len(office.store.events())
    with pytest.raises(UnusableInput) as caught:
        placing.hold_apart(office, codes[1:], "a path", DECISION)
    assert (caught.value.kind, caught.value.values["others"]) == ("still_one_place", codes[0])
    assert len(office.store.events()) == before
    placing.hold_apart(office, codes, "a path", DECISION)
    assert len(projection.replayed(office).plots) == 3


def test_the_code_of_a_merged_plot_is_given_to_no_other(office, tmp_path):
    codes = found(office, tmp_path, 100, 100, metres=40.0)
    placing.merge(office, codes, "one terrace", DECISION)
    third = proposed(office, "near", "elsewhere", metres=900.0)[-1]
    assert projection.replayed(office).plot(third).code not in codes


def test_a_divided_plot_gets_a_code_for_each_further_part(office, tmp_path):
    (plot,) = proposed(office, "a")
    lon, lat = HERE
    reach = 0.0003
    halves = [box(lon - reach, lat - reach, lon, lat + reach), box(lon, lat - reach, lon + reach, lat + reach)]
    path = drawn(tmp_path / "parts.geojson", halves)
    told = placing.split(office, plot, path, "two lots", DECISION)
    assert told["parts"][0]["plot"] == plot
    assert len({part["code"] for part in told["parts"]}) == 2
    assert len(states(office)) == 2
    assert office.store.original(office.store.events()[-1].payload["sha256"]) is not None
    with pytest.raises(UnusableInput) as caught:
        placing.split(office, plot, drawn(tmp_path / "one.geojson", halves[:1]), "one", DECISION)
    assert caught.value.kind == "bad_parts"


def test_a_part_bears_the_season_of_the_plot_and_not_that_of_the_day_of_the_division(office, tmp_path):
    (plot,) = proposed(office, "a")
    lon, lat = HERE
    reach = 0.0003
    halves = [box(lon - reach, lat - reach, lon, lat + reach), box(lon, lat - reach, lon + reach, lat + reach)]
    path = drawn(tmp_path / "parts.geojson", halves)
    a_year_later = Decision(Season(SEASON.start_year + 1), "CB-1", DECISION.at + timedelta(days=365))
    told = placing.split(office, plot, path, "two lots", a_year_later)
    first, second = (part["code"].rpartition("-")[0] for part in told["parts"])
    assert first == second


def test_an_old_id_and_code_answer_after_a_division_and_every_part_tells_what_was_before(office, tmp_path, capsys):
    table, (lon, lat) = tmp_path / "visits.csv", east(5.0, HERE)
    table.write_text(
        "visit_id,lon,lat,visited_at,unit,officers,outcome,area_m2,area_method,plant_count,destroyed_fraction\n"
        f"1,{lon},{lat + 0.00009},2026-01-10T15:00+07:00,BP-1,S1,detected,800,tape,9001,\n"
        f"1,{lon},{lat + 0.00009},2026-01-10T16:00+07:00,BP-1,S1,eradicated,,,,1\n"
    )
    main_path.record_visits(office, table)
    (plot,) = projection.replayed(office).plots
    question = accounts.Question(SEASON)
    before = accounts.ledger(office, question)["total"]
    (edge, south), north = HERE, HERE[1] + 20.0 / 110_700.0
    lots = [box(east(-10.0, HERE)[0], south, edge, north), box(edge, south, east(30.0, HERE)[0], north)]
    path = drawn(tmp_path / "lots.geojson", lots)
    name = ["--workspace", str(office.folder), "--lang", "en", "--json"]
    assert main([*name, "plots", "split", plot.code, str(path), "--reason", "two lots", "--season", "2025-2026"]) == 0
    parts = json.loads(capsys.readouterr().out)["parts"]
    assert [(part["drawn_m2"], part["seasons"][0]["detected_m2"]) for part in parts] == [(200, 200), (600, 600)]
    after = accounts.ledger(office, question)["total"]
    same = ("detected_m2", "claimed_m2", "verified_m2", "remaining_m2", "plants", "suspected_m2")
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    for wanted in (plot.id, plot.code, parts[1]["plot"], parts[1]["code"]):
        assert main([*name, "plots", "show", wanted]) == 0
        told = json.loads(capsys.readouterr().out)
        assert [event["outcome"] for event in told["events"]] == ["detected", "eradicated", ""]
        assert [check["plot"] for check in told["checks"]] == [told["plot"]]
        assert {row["check"] for row in told["checks"][0]["checks"] if row["status"] == "failed"} <= {"form", "photos"}
    assert main([*name, "plots", "split", parts[1]["code"], str(path), "--reason", "?"]) == 2
    listed = accounts.ledger(office, question)["findings"]
    assert [(f["reason"], f["plot_id"]) for f in listed] == [
        ("area_divided_as_drawn", part["plot"]) for part in sorted(parts, key=lambda part: part["plot"])
    ]


def test_a_part_of_which_nothing_is_recorded_is_there_and_says_so(office, tmp_path, capsys):
    table, (lon, lat) = tmp_path / "visits.csv", east(5.0, HERE)
    header = "visit_id,lon,lat,visited_at,unit,officers,outcome,area_m2,area_method\n"
    table.write_text(header + f"1,{lon},{lat + 0.00009},2026-01-10T15:00+07:00,BP-1,S1,detected,580,tape\n")
    main_path.record_visits(office, table)
    (plot,) = projection.replayed(office).plots
    (edge, south), north = HERE, HERE[1] + 20.0 / 110_700.0
    lots = [box(east(-10.0, HERE)[0], south, edge, north), box(edge, south, east(30.0, HERE)[0], north)]
    told = placing.split(office, plot.id, drawn(tmp_path / "lots.geojson", lots), "two lots", DECISION)
    assert [len(part["seasons"]) for part in told["parts"]] == [0, 1]
    assert main(["--workspace", str(office.folder), "--lang", "en", "plots", "show", plot.code]) == 0
    shown = capsys.readouterr().out
    assert "Nothing that counts is recorded" in shown
    assert "it has to be visited" in shown
    assert [f["reason"] for f in accounts.ledger(office, accounts.Question(SEASON))["findings"]] == [
        "nothing_known_of_part"
    ]


def drawn(path: Path, shapes: list[Any]) -> Path:
    features = [{"type": "Feature", "properties": {}, "geometry": mapping(shape)} for shape in shapes]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def test_the_commands_say_what_they_refuse(office, capsys):
    first, second = proposed(office, "a", "b", metres=60.0)
    name = ["--workspace", str(office.folder), "--lang", "en", "--json"]
    season = ["--season", SEASON.label, "--date", "2026-01-11"]
    assert main([*name, "dismiss", first, "nothing", "--reason", "vườn cây ăn quả", *season]) == 3
    told = json.loads(capsys.readouterr().out)
    assert [row["status"] for row in told["plots"]] == ["accepted", "refused"]
    assert told["reason"] == "orchard"
    assert main([*name, "dismiss", second, "--reason", "because", *season]) == 3
    assert json.loads(capsys.readouterr().out)["error"]["kind"] == "unknown_code"
    assert main([*name, "assign", second, "--unit", "BP-1", *season]) == 0
    capsys.readouterr()
    assert main([*name, "plots", "merge", first, second, "--reason", "one place"]) == 0
    assert json.loads(capsys.readouterr().out)["plot"]


def test_the_ledger_as_of_yesterday_is_the_same_to_the_byte_whatever_came_since(office, tmp_path, communes: Callable):
    proposed(office, "a", "b")
    yesterday = office.store.events()[-1].recorded_at
    question = accounts.Question(SEASON, as_of=yesterday)
    before = json.dumps(accounts.ledger(office, question))
    proposed(office, "c", metres=4_000.0)
    deciding.dismiss(office, [projection.replayed(office).plots[0].id], DismissalReason.CROP, DECISION)
    main_path.import_boundaries(office, communes(tmp_path), datetime(2025, 7, 1).date(), None)
    assert json.dumps(accounts.ledger(office, question)) == before
    assert json.dumps(accounts.ledger(office, accounts.Question(SEASON))) != before


@pytest.fixture
def communes() -> Callable[[Path], Path]:
    """Writes outlines that divide the ground otherwise."""

    def write(folder: Path) -> Path:
        path = folder / "communes.geojson"
        feature = {
            "type": "Feature",
            "properties": {"code": "04049"},
            "geometry": mapping(box(104.5, 20.5, 104.9, 21.0)),
        }
        path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
        return path

    return write
