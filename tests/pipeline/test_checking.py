"""The checks of a season, from what was handed in: gathered, told, and nothing changed by it."""

import csv
import dataclasses
import json
import shutil
from datetime import UTC, datetime, time, timedelta

import pytest
import shapely
from shapely.geometry import box, mapping

from eradication import geo, simulation
from eradication.domain import TIMEZONE, EventKind, Season
from eradication.pipeline import checking, documents, kept, main_path, placing, plot_answers
from eradication.pipeline.deciding import Decision
from eradication.pipeline.main_path import Monitoring
from eradication.pipeline.workspace import created, settings_for

SEASON = Season(2025)
HERE, THERE = (104.70, 20.80), (104.71, 20.80)
COLUMNS = (
    "visit_id lon lat plot_id visited_at unit officers selection_mode outcome crop area_m2 area_method plant_count "
    "count_method destroyed_fraction destroyed_by method minutes_type minutes_no photo_before photo_after"
).split()


def found(number, at, **more):
    return {
        "visit_id": f"v{number}", "lon": at[0], "lat": at[1], "visited_at": "2026-02-10T08:00+07:00", "unit": "BP01",
        "officers": "S1;S2", "selection_mode": "score", "outcome": "detected", "crop": "opium_poppy", "area_m2": 300,
        "area_method": "tape",
    } | more  # fmt: skip


def destroyed(number, at, **more):
    words = {"destroyed_fraction": 1, "destroyed_by": "force", "method": "uproot", "minutes_type": "destruction"}
    files = {"photo_before": f"v{number}b.jpg", "photo_after": f"v{number}a.jpg", "minutes_no": f"{number}/BB"}
    none = dict.fromkeys(("area_m2", "area_method", "crop"), "")
    row = found(number, at) | none | {"outcome": "eradicated", "visited_at": "2026-02-10T10:00+07:00"}
    return row | words | files | more


def hand_in(workspace, folder, *rows):
    table = folder / "visits.csv"
    with table.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(rows)
    told = main_path.record_visits(workspace, table)["visits"]
    assert [row["status"] for row in told] == ["accepted"] * len(rows)
    return told


def codes(row, check):
    return [(r["status"], r["code"]) for r in row["checks"] if r["check"] == check]


def test_each_destruction_is_checked_and_nothing_is_changed_by_it(office, tmp_path):
    rows = found(1, HERE), destroyed(1, HERE), found(2, THERE), destroyed(2, THERE, minutes_no=" 1/bb ", officers="S1")
    hand_in(office, tmp_path, *rows)
    before = len(office.store.events()), plot_answers.plots(office, kept.Wanted(SEASON))
    one, two = checking.of_season(office, SEASON)
    assert list(one) == ["plot", "code", "visit", "unit", "eradicated_at", "class", "checks"]
    assert codes(one, "position") == codes(two, "position") == [("ok", "position_inside")]
    assert codes(one, "geometry") == [("cannot_tell", "no_walked_outline")]
    assert codes(one, "form") == [("failed", "minutes_used_elsewhere")]
    assert codes(two, "form") == [("failed", "two_officers_missing"), ("failed", "minutes_used_elsewhere")]
    assert codes(one, "spectral") == [("cannot_tell", "plot_too_small")]
    assert codes(one, "photos") == [("cannot_tell", "photo_missing")] * 2
    assert (len(office.store.events()), plot_answers.plots(office, kept.Wanted(SEASON))) == before


def test_a_number_of_minutes_may_come_again_in_another_unit_or_season(office, tmp_path):
    other = {"minutes_no": "1/BB", "unit": "BP02"}
    hand_in(
        office, tmp_path, found(1, HERE), destroyed(1, HERE), found(2, THERE, unit="BP02"), destroyed(2, THERE, **other)
    )
    assert {code for row in checking.of_season(office, SEASON) for code in codes(row, "form")} == {
        ("ok", "form_complete")
    }


def test_parts_of_a_divided_plot_share_their_row_and_are_told_its_photos_once(office, tmp_path):
    hand_in(office, tmp_path, found(1, HERE, area_m2=4000), destroyed(1, HERE))
    [before] = checking.of_season(office, SEASON)
    (lon, lat), reach = HERE, 0.0003
    halves = [box(lon - reach, lat - reach, lon, lat + reach), box(lon, lat - reach, lon + reach, lat + reach)]
    features = [{"type": "Feature", "properties": {}, "geometry": mapping(half)} for half in halves]
    (tmp_path / "lots.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    said = Decision(SEASON, "CB-1", datetime(2026, 2, 11, 2, tzinfo=UTC))
    placing.split(office, before["plot"], tmp_path / "lots.geojson", "two lots", said)
    parts = checking.of_season(office, SEASON)
    assert len({row["plot"] for row in parts}) == 2
    assert {row["visit"] for row in parts} == {before["visit"]}
    for row in parts:
        assert codes(row, "form") == codes(before, "form") == [("ok", "form_complete")]
        assert codes(row, "photos") == codes(before, "photos") == [("cannot_tell", "photo_missing")] * 2
    # Another row with the number of these minutes is another matter.
    hand_in(office, tmp_path, found(2, THERE), destroyed(2, THERE, minutes_no="1/BB"))
    told = checking.of_season(office, SEASON)
    assert [codes(row, "form") for row in told] == [[("failed", "minutes_used_elsewhere")]] * 3


def test_a_row_far_from_the_plot_it_names_and_in_another_commune_is_told(office, tmp_path):
    told = hand_in(office, tmp_path, found(1, HERE))
    far = {"plot_id": told[0]["plot"], "lon": 105.1}
    hand_in(office, tmp_path, destroyed(2, HERE, **far))
    [row] = checking.of_season(office, SEASON)
    assert codes(row, "position") == [("failed", "position_away"), ("failed", "position_other_commune")]
    assert row["plot"] == told[0]["plot"]


def test_what_regrew_after_a_verification_is_destroyed_in_order(office, tmp_path):
    again = {"visited_at": "2026-03-20T10:00+07:00", "minutes_no": "9/BB"}
    hand_in(
        office, tmp_path, found(1, HERE), destroyed(1, HERE),
        found(2, HERE, outcome="verified", unit="CA01", officers="S8;S9", visited_at="2026-03-01T08:00+07:00"),
        found(3, HERE, outcome="regrown", area_m2=20, visited_at="2026-03-20T08:00+07:00"),
        destroyed(3, HERE, **again),
    )  # fmt: skip
    assert [codes(row, "form") for row in checking.of_season(office, SEASON)] == [[("ok", "form_complete")]] * 2


def test_as_of_an_earlier_time_there_is_less_to_check(office, tmp_path):
    hand_in(office, tmp_path, found(1, HERE), destroyed(1, HERE))
    cut = datetime.now(UTC)
    hand_in(office, tmp_path, found(2, THERE), destroyed(2, THERE))
    assert (len(checking.of_season(office, SEASON)), len(checking.of_season(office, SEASON, cut))) == (2, 1)


def test_the_answer_counts_each_check_and_failed_thins_the_list_only(office, tmp_path):
    hand_in(office, tmp_path, found(1, HERE), destroyed(1, HERE), found(2, THERE), destroyed(2, THERE, officers="S1"))
    answer = checking.answer(office, SEASON, "vi", failed=True)
    assert [row["visit"] for row in answer["eradications"]] == ["BP01/v2/eradicated"]
    assert answer["summary"]["form"] == {"ok": 1, "failed": 1, "cannot_tell": 0}
    assert all(result["message"] for result in answer["eradications"][0]["checks"])
    code = answer["eradications"][0]["code"]
    assert [row["code"] for row in checking.answer(office, SEASON, "en", wanted=code)["eradications"]] == [code]
    assert [row["code"] for row in checking.of_plot(office, code)] == [code]


def test_the_report_has_a_line_for_each_destruction(office, tmp_path):
    hand_in(office, tmp_path, found(1, HERE), destroyed(1, HERE, officers="S1"))
    documents.write_report(office, tmp_path / "report.html", SEASON, "en")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "✗ two officers are not named" in text
    assert "BP01/v1/eradicated" in text


def _outline(world, plot):
    return json.loads(shapely.to_geojson(geo.rounded(world.outline(plot))))


@pytest.mark.slow
def test_a_destroyed_plot_of_class_a_lost_its_green_and_one_that_was_only_said_to_be_did_not(tmp_path):
    recipe = simulation.Recipe(
        seed=3, season=SEASON, size_px=160, plots=14, median_m2=4000, sigma_ln=0.2, mixed_share=0
    )
    grown = simulation.build(recipe)
    days = {plot.id: plot.sowings[0] + 75.0 for plot in grown.plots}
    truly = {plot.id: days[plot.id] for plot in grown.plots[::2]}
    world = simulation.destroyed(grown, truly)
    settings = dataclasses.replace(settings_for("Sơn La"))
    with created(tmp_path / "w", settings) as workspace:
        main_path.found_workspace(workspace)
        files = simulation.write(world, tmp_path / "simulated")
        main_path.monitor(workspace, Monitoring(SEASON, str(files.catalog)))
        features, names = [], {}
        for plot in world.plots:
            for outcome, minutes in (("detected", 0), ("eradicated", 60)):
                when = datetime.combine(world.date(days[plot.id]), time(9), TIMEZONE) + timedelta(minutes=minutes)
                words = found(plot.id, HERE, outcome=outcome, visited_at=when.isoformat(), area_m2=round(plot.area_m2))
                words = {k: v for k, v in words.items() if k not in ("lon", "lat")} | {"area_method": "gps_vertices"}
                features.append({"type": "Feature", "properties": words, "geometry": _outline(world, plot)})
            names[f"BP01/v{plot.id}/eradicated"] = plot.id
        table = tmp_path / "visits.geojson"
        table.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
        main_path.record_visits(workspace, table)
        assert {r["code"] for row in checking.of_season(workspace, SEASON, measure=False) for r in row["checks"]
                if r["check"] == "spectral" and row["class"] == "A"} == {"not_measured"}  # fmt: skip
        rows = checking.of_season(workspace, SEASON)
        told = {names[row["visit"]]: codes(row, "spectral")[0] for row in rows if row["class"] == "A"}
        assert {status for name, (status, _) in told.items() if name in truly} <= {"ok", "cannot_tell"}
        assert sum(told[name][0] == "ok" for name in truly) >= 4
        assert sum(status == "failed" for name, (status, _) in told.items() if name not in truly) >= 3
        # What was measured is kept: it is told again without the images.
        shutil.rmtree(tmp_path / "simulated" / "imagery" / "sentinel-2-l2a")
        assert checking.of_season(workspace, SEASON) == rows
        assert [e.kind for e in workspace.store.events(kinds=[EventKind.VISIT_RECORDED])].count("visit_recorded") == 28
