"""The map of a unit's phones: its own places on its own ground, made anew when what it rests on changes."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import geopandas
import plan_ground
import pytest
import shapely
from plan_ground import NOW, PLACES, POSTS, SEASON, SIDE_M, SOUTH, WEST, lonlat
from report.map_pack import reading
from shapely.geometry import LineString, Point

from eradication import geo
from eradication.domain import AdminUnit, EventKind, State
from eradication.errors import UnusableInput
from eradication.history.naming import plot_id_of
from eradication.pipeline import opened, projection
from eradication.pipeline.reception import map_pack, map_places, today
from eradication.pipeline.workspace import Workspace, created, scans_locked

MINE, THEIRS = ("c0", "c1", "c2"), ("c7", "c8", "c9")


def assign(office: Workspace, unit: str, *names: str) -> None:
    with office.store.transaction() as transaction:
        for name in names:
            told = {"plot_id": plot_id_of(name), "season": SEASON.label, "unit": unit}
            transaction.append(EventKind.PLOT_ASSIGNED, NOW - timedelta(days=1), told)
        projection.refresh(office, transaction)


@contextmanager
def two_units(folder, **plan) -> Iterator[Workspace]:
    """Places of two units on one ground, and some of nobody."""
    folder.mkdir()
    with created(folder / "office", plan_ground.settings(folder, **plan)) as office:
        outline = geo.project(shapely.box(WEST, SOUTH, WEST + SIDE_M, SOUTH + SIDE_M), geo.UTM48, geo.WGS84)
        first = date(2025, 7, 1)
        commune = AdminUnit("04048", "Xã Vân Hồ", first, None, outline, *POSTS["BP01"], None, False, "test")
        with office.store.transaction() as transaction:
            transaction.add_units([commune], [])
            for body in plan_ground.proposals(10):
                transaction.append(EventKind.CANDIDATE_PROPOSED, NOW - timedelta(days=20), body)
        assign(office, "BP01", *MINE)
        assign(office, "BP02", *THEIRS)
        yield office


@pytest.fixture
def office(tmp_path):
    with two_units(tmp_path / "ground") as workspace:
        yield workspace


def code_of(name: str) -> bytes:
    return f"VH-26-{int(name[1:]) + 1:03}".encode()


def why(pack: map_pack.MapPack) -> set[tuple[str, str]]:
    return {(one["part"], one["why"]) for one in pack.told["remarks"]}


def test_T14_the_map_of_a_unit_holds_no_place_of_another(office):
    for unit, own, others in (("BP01", MINE, THEIRS), ("BP02", THEIRS, MINE)):
        pack = map_pack.of_unit(office, unit, NOW)
        told = reading.text_of(pack.file("vector")) + json.dumps(pack.told).encode()
        assert all(code_of(name) in told and plot_id_of(name).encode() in told for name in own)
        assert not any(code_of(name) in told or plot_id_of(name).encode() in told for name in others)
        assert code_of("c5") in told  # nobody's: whoever is near may go there
        assert (pack.told["features"]["candidates"], pack.told["features"]["candidate_points"]) == (7, 7)


def test_T14_a_place_that_went_to_another_unit_is_gone_from_the_map(office):
    before = map_pack.of_unit(office, "BP01", NOW)
    assign(office, "BP02", "c0")
    assert isinstance(map_pack.ready(office, "BP01", NOW), str)
    after = map_pack.of_unit(office, "BP01", NOW)
    assert after.folder != before.folder
    assert code_of("c0") in reading.text_of(before.file("vector"))
    assert code_of("c0") not in reading.text_of(after.file("vector"))


def test_places_lie_where_they_are_on_the_ground_of_the_unit(office):
    pack = map_pack.of_unit(office, "BP01", NOW)
    column, row, x, y = reading.tile_of(*PLACES[0], 15)
    tile = reading.vector_tile(pack.file("vector"), 15, column, row)
    (point,) = [one for one in tile["candidate_points"] if one["properties"]["code"] == "VH-26-001"]
    away = [told - share * reading.EXTENT for told, share in zip(point["geometry"]["coordinates"], (x, y), strict=True)]
    assert max(map(abs, away)) < reading.EXTENT / 512
    west, south, east, north = pack.told["bounds"]
    assert all(west < lon < east and south < lat < north for lon, lat in [*PLACES, *POSTS.values()])
    # 3 km beyond the outermost places, and not much more.
    assert 7_400 < geo.distance_m(west, south, east, south) < 8_600


def test_a_map_is_made_once_and_the_newest_two_are_kept(office):
    assert isinstance(map_pack.ready(office, "BP01", NOW), str)
    made = [map_pack.of_unit(office, "BP01", NOW).folder]
    stamp = (made[0] / "pack.json").stat().st_mtime_ns
    assert map_pack.of_unit(office, "bp01", NOW).folder == made[0]
    assert map_pack.ready(office, "BP01", NOW).folder == made[0]
    assert (made[0] / "pack.json").stat().st_mtime_ns == stamp
    for name in ("c0", "c1"):
        assign(office, "BP02", name)
        made.append(map_pack.of_unit(office, "BP01", NOW).folder)
    assert {one.name for one in made[0].parent.iterdir()} == {one.name for one in made[1:]}


def test_another_height_model_makes_another_map(office, tmp_path):
    first = map_pack.of_unit(office, "BP01", NOW)
    bare = replace(office, settings=replace(office.settings, terrain=replace(office.settings.terrain, dem="")))
    second = map_pack.of_unit(bare, "BP01", NOW)
    assert second.file("hillshade") is None
    assert "contours" not in second.told["features"]
    assert ("contours", "not_set") in why(second)
    gone = replace(office.settings.terrain, dem=str(tmp_path / "gone.tif"))
    third = map_pack.of_unit(replace(office, settings=replace(office.settings, terrain=gone)), "BP01", NOW)
    assert ("contours", "no_such_file") in why(third)
    assert str(tmp_path) not in json.dumps(third.told)
    assert len({one.folder for one in (first, second, third)}) == 3


def test_heights_of_the_map_are_those_of_the_model(office):
    pack = map_pack.of_unit(office, "BP01", NOW)
    count = 0
    for column, row, layers in reading.vector_tiles(pack.file("vector"), 15):
        for one in layers.get("contours_index", []):
            lines = one["geometry"]["coordinates"]
            for line in [lines] if one["geometry"]["type"] == "LineString" else lines:
                places = [reading.place_of(15, column, row, *xy) for xy in line]
                for east, north in geo.transform(places, geo.WGS84, geo.UTM48):
                    # The slope of the invented ground: 0.06 m a metre to the north and to the east, from cell centres.
                    height = 600 + 0.06 * (east - (WEST - 500) - 25 + north - (SOUTH - 500) + 25)
                    assert height == pytest.approx(one["properties"]["elevation"], abs=0.5)
                    count += 1
    assert count > 40


@pytest.fixture
def dangers(tmp_path):
    """A file of dangers: one of the day, one of tomorrow, one that is over."""
    days = [(None, None), ("2026-02-11", "2026-02-12"), ("2026-01-01", "2026-02-08")]
    spots = [Point(lonlat(1500 + 400 * n, 2000)).buffer(0.001) for n in range(3)]
    told = {"name": ["Bãi mìn", "Lũ", "Xong"], "kind": ["mine", "flood", "other"]}
    told |= {"valid_from": [one[0] for one in days], "valid_to": [one[1] for one in days]}
    geopandas.GeoDataFrame(told, geometry=spots, crs=geo.WGS84).to_file(tmp_path / "dangers.geojson")
    return tmp_path / "dangers.geojson"


@pytest.mark.slow
def test_dangers_of_the_days_a_map_is_carried_are_on_it(tmp_path, dangers):
    with two_units(tmp_path / "ground", hazards=str(dangers)) as office:
        pack = map_pack.of_unit(office, "BP01", NOW)
        told = reading.text_of(pack.file("vector")).decode(errors="ignore")
        assert "mìn, vật nổ: Bãi mìn" in told
        assert "mines: Bãi mìn" in told
        assert "Lũ" in told
        assert "Xong" not in told
        later = map_pack.of_unit(office, "BP01", NOW + timedelta(days=4))
        assert "Lũ" not in reading.text_of(later.file("vector")).decode(errors="ignore")


def test_a_file_of_dangers_that_is_not_understood_is_told_and_stops_nothing_else(tmp_path, dangers):
    dangers.write_text(dangers.read_text().replace("2026-02-12", "soon"))
    with two_units(tmp_path / "ground", hazards=str(dangers)) as office:
        pack = map_pack.of_unit(office, "BP01", NOW)
        (said,) = [one for one in pack.told["remarks"] if one["part"] == "hazards"]
        assert said["why"] == "bad_hazard"
        assert "hazards" not in pack.told["features"]
        assert pack.told["features"]["candidates"] == 7


def test_what_is_missing_is_said_in_sentences(office):
    said = map_pack.remarks(map_pack.of_unit(office, "BP01", NOW), "en")
    assert "Areas of danger: The settings name no file for it." in said
    assert len(said) == len(set(said)) > 3


def test_the_map_shows_all_places_of_the_list_of_the_day(demo):
    now = datetime.now(UTC)
    listed = today._waiting(demo, "BP01", [demo.season_of(now)], set())
    assert listed
    assert {one["plot_id"] for one in listed} <= {row["plot_id"] for row in map_places.of_unit(demo, "BP01", now).rows}


@pytest.mark.slow
def test_ways_are_lines_of_the_ground_alone(tmp_path):
    near, far = LineString([lonlat(0, 0), lonlat(2500, 1500)]), LineString([lonlat(60_000, 0), lonlat(61_000, 0)])
    geopandas.GeoSeries([near, far], crs=geo.WGS84).to_file(tmp_path / "tracks.geojson")
    geopandas.GeoSeries([far], crs=geo.WGS84).to_file(tmp_path / "rivers.geojson")
    files = {"tracks": str(tmp_path / "tracks.geojson"), "rivers": str(tmp_path / "rivers.geojson")}
    with two_units(tmp_path / "ground", **files) as office:
        pack = map_pack.of_unit(office, "BP01", NOW)
        assert pack.told["features"]["tracks"] == 1
        assert {("rivers", "none_here"), ("roads", "not_set"), ("border", "not_set")} <= why(pack)
        assert ("tracks", "none_here") not in why(pack)


def test_a_ground_larger_than_a_phone_takes_is_that_round_the_post(office, monkeypatch):
    for name, smaller in (("MOST_SIDE_M", 1000.0), ("MARGIN_M", 100.0), ("STEP_DEG", 0.0005)):
        monkeypatch.setattr(map_places, name, smaller)
    pack = map_pack.of_unit(office, "BP02", NOW)
    area, (lon, lat) = shapely.box(*pack.told["bounds"]), POSTS["BP02"]
    assert area.contains(Point(lon, lat))
    assert not area.contains(Point(PLACES[0]))
    (said,) = [one for one in pack.told["remarks"] if one["why"] == "left_out"]
    assert said["values"]["count"] + pack.told["features"]["candidates"] == 7
    assert said["values"]["count"] > 0


def test_without_place_post_plan_or_commune_there_is_no_map(office):
    bare = replace(office, settings=replace(office.settings, plan=replace(office.settings.plan, posts="")))
    everything = {one["plot_id"] for one in office.store.layer("plots")}
    with office.store.transaction() as transaction:
        for plot_id in sorted(everything):
            told = {"plot_id": plot_id, "season": SEASON.label, "unit": "BP02"}
            transaction.append(EventKind.PLOT_ASSIGNED, NOW, told)
        projection.refresh(bare, transaction)
    with pytest.raises(UnusableInput) as refused:
        map_pack.of_unit(bare, "BP01", NOW)
    assert refused.value.kind == "no_ground"
    assert map_pack.of_unit(office, "BP01", NOW).told["features"].get("candidates") is None
    with pytest.raises(UnusableInput) as refused:
        map_pack.of_unit(office, "  ", NOW)
    assert refused.value.kind == "unit_missing"


@pytest.fixture(scope="module")
def demo(demo_folder, tmp_path_factory):
    """A copy of the demonstration in which the first candidate is a unit's."""
    with opened(shutil.copytree(demo_folder, tmp_path_factory.mktemp("phone") / "demo")) as workspace:
        with workspace.store.transaction() as transaction:
            row = max(workspace.store.layer("plots"), key=lambda row: row["score"] or 0)
            told = {"plot_id": row["plot_id"], "season": row["season"], "unit": "BP01"}
            transaction.append(EventKind.PLOT_ASSIGNED, _within(workspace), told)
            projection.refresh(workspace, transaction)
        yield workspace


def _within(workspace: Workspace):
    """A moment in the season, after all that was recorded of it."""
    return max(event.happened_at for event in workspace.store.events(kinds=[EventKind.RUN_FINISHED]))


def test_while_a_run_holds_the_imagery_a_map_has_no_pictures_and_the_next_one_has(demo):
    now = _within(demo)
    with scans_locked(demo):
        first = map_pack.of_unit(demo, "BP01", now)
        assert first.file("imagery") is None
        assert ("imagery", "in_use") in why(first)
        assert map_pack.of_unit(demo, "BP01", now).folder == first.folder
        assert map_pack.ready(demo, "BP01", now).folder == first.folder
    second = map_pack.of_unit(demo, "BP01", now)
    assert second.folder != first.folder
    assert second.told["features"]["pictures"] > 0
    assert ("imagery", "in_use") not in why(second)


def test_the_demonstration_gives_a_map_that_says_it_is_simulated(demo):
    pack = map_pack.of_unit(demo, "BP01", _within(demo))
    assert set(pack.told["files"]) == {"vector", "hillshade", "imagery"}
    assert pack.told["simulated"] is True
    assert pack.told["attribution"] == "mô phỏng / simulated"
    assert all(reading.metadata(pack.file(name))["simulated"] for name in pack.told["files"])
    assert pack.told["features"]["pictures"] > 0
    states = {row["state"] for row in map_places.of_unit(demo, "BP01", _within(demo)).rows}
    assert states
    assert not states & {State.REJECTED, State.DISMISSED, State.ERADICATED, State.VERIFIED}
