"""Old swidden from imagery: runs write how often earlier years were bare, and the risk surface reads it."""

import json
from datetime import UTC, datetime

import numpy as np
import pytest
import rasterio
import seasons
from odc.geo.geobox import GeoBox
from risk_world import COLUMNS, ROWS, SOUTH_M, WEST_M, commune, named, small

from eradication.domain import EventKind, Season
from eradication.effort.ground import Box
from eradication.pipeline import main_path
from eradication.pipeline.main_path import Monitoring
from eradication.pipeline.risk import bare, first_day, ground, season
from eradication.pipeline.risk.surface import Wish, surface
from eradication.pipeline.workspace import created, settings_for
from eradication.raster import Window
from eradication.report import rasters

BEFORE, NOW, NEXT = Season(2024), Season(2025), Season(2026)
PER = 25
"""Pixels along a cell."""


@pytest.fixture
def office(tmp_path):
    with small(tmp_path / "office") as workspace:
        yield workspace


def run(office, name, year, cells=None, *, west=0, earlier=("2023-2024",)):
    """Put a run on record; ``cells`` = its map, rows from the south; ``None`` = its maps are not here."""
    if cells is not None:
        cells = np.asarray(cells, np.float32)
        pixels = cells[::-1].repeat(PER, 0).repeat(PER, 1)
        place = rasterio.Affine(10, 0, WEST_M + 250 * west, 0, -10, SOUTH_M + 250 * len(cells))
        rows, columns = pixels.shape
        layers = {layer.name: np.zeros(pixels.shape, layer.dtype) for layer in rasters.LAYERS}
        layers |= {"bare_share": rasters.packed_share(pixels)} if earlier else {}
        when = datetime(year, 9, 1, tzinfo=UTC)
        rasters.write(
            office.folder / "outputs" / "runs" / name,
            GeoBox((rows, columns), place, "EPSG:32648"),
            [(Window(0, 0, rows, columns), layers)],
            {"run": name, "earlier_years": list(earlier)},
            (when, when),
            str,
            earlier=bool(earlier),
        )
    with office.store.transaction() as transaction:
        told = {"run": name, "season": Season(year).label}
        transaction.append(EventKind.RUN_FINISHED, datetime(year + 1, 4, 1, tzinfo=UTC), told)


def shares(office, when=NOW, as_of=None):
    (row,) = season.rows(office, (when,), ground.of_workspace(office), as_of)
    found = row.raw["swidden_share"]
    return None if found is None else found.reshape(ROWS, COLUMNS)


def why(office, when=NOW):
    found = surface(office, Wish(when))
    assert ("swidden_share" in found.factors_missing) == bool(found.missing_why)
    return found.missing_why.get("swidden_share")


@pytest.mark.slow
def test_monitor_writes_what_an_earlier_year_showed_and_the_surface_reads_it(tmp_path):
    parts = seasons.write(tmp_path, 50, 50, 5), seasons.write(tmp_path, 50, 50, 8, years=1)
    alone = parts[0].catalog(range(11))
    both = seasons.Written(tmp_path, tuple(item for part in parts for item in part.items)).catalog()
    with created(tmp_path / "office", settings_for("Sơn La")) as office:
        place = seasons.place(50, 50)
        with office.store.transaction() as transaction:
            west = np.floor(place.east / 250) * 250
            unit = commune("04001", "Xã Tây", west, 1000.0, south=np.floor((place.north - 500) / 250) * 250)
            transaction.add_units([unit], [])
        told = main_path.monitor(office, Monitoring(NOW, str(alone)))
        folder = office.folder / "outputs" / "runs" / told["run"]
        assert told["earlier_years"] == []
        assert not (folder / "bare_share.tif").exists()
        assert why(office) == "no_earlier_years"
        told = main_path.monitor(office, Monitoring(NOW, str(both)))
        assert told["earlier_years"] == ["2024-2025"]
        with rasterio.open(folder.parent / told["run"] / "bare_share.tif") as opened:
            known = opened.read(1, masked=True) * opened.scales[0]
        assert 0.05 < known.mean() < 0.95
        assert why(office) is None
        ground_now = ground.of_workspace(office)
        (row,) = season.rows(office, (NOW,), ground_now)
        share = row.raw["swidden_share"]
        weight = np.isfinite(share)
        assert 4 <= weight.sum() < len(share)
        assert np.nanmean(share) == pytest.approx(known.mean(), abs=0.1)
        assert "swidden_share" in surface(office, Wish(NOW)).fit.names


def test_each_cell_has_the_mean_of_its_pixels_and_none_outside(office):
    values = np.tile([0, 1 / 3, 1 / 2, np.nan, 1, 2 / 3], (ROWS, 1))
    values[0] = 1.0
    run(office, "a", 2025, values, west=2)
    found = shares(office)
    assert found[0, 2:8] == pytest.approx(1.0)
    assert found[1:, 2:8] == pytest.approx(values[1:], abs=1e-6, nan_ok=True)
    assert np.isnan(found[:, :2]).all()
    assert np.isnan(found[:, 8:]).all()


def test_every_pixel_counts_although_the_file_has_overviews(office):
    noise = np.random.default_rng(3).integers(0, 4, (ROWS * PER, COLUMNS * PER)) / 3
    run(office, "a", 2025, np.zeros((ROWS, COLUMNS)))
    path = office.folder / "outputs" / "runs" / "a" / bare.LAYER
    with rasterio.open(path) as opened:
        profile, scales = opened.profile, opened.scales
    packed = rasters.packed_share(noise.astype(np.float32))
    with rasterio.open(path, "w", **{**profile, "driver": "GTiff"}) as target:
        target.write(packed, 1)
        target.scales = scales
        target.build_overviews([2, 4, 8, 16])
    by_hand = noise[::-1].reshape(ROWS, PER, COLUMNS, PER).mean(axis=(1, 3))
    found = bare.averaged(path, Box(round(WEST_M / 250), round(SOUTH_M / 250), COLUMNS, ROWS))
    assert found == pytest.approx(by_hand, abs=1e-5)


def test_the_newest_run_tells_and_older_ones_of_other_areas_what_it_did_not_see(office):
    run(office, "west", 2024, np.full((ROWS, 8), 1 / 2))
    run(office, "old", 2025, np.full((ROWS, 10), 0.0), west=6)
    run(office, "new", 2025, np.full((ROWS, 10), 1.0), west=6)
    found = shares(office)
    assert found[:, :6] == pytest.approx(1 / 2)
    assert found[:, 6:] == pytest.approx(1.0)


def test_no_season_is_told_by_later_ones_nor_by_what_was_recorded_later(office):
    assert shares(office) is None
    run(office, "before", 2024, np.zeros((ROWS, COLUMNS)))
    moment = datetime.now(UTC)
    run(office, "now", 2025, np.ones((ROWS, COLUMNS)))
    both = season.rows(office, (BEFORE, NOW), ground.of_workspace(office))
    assert [float(row.raw["swidden_share"].mean()) for row in both] == [0.0, 1.0]
    assert (shares(office, NOW, moment) == 0.0).all()
    assert (shares(office, NEXT) == 1.0).all()


def test_a_map_that_the_settings_name_comes_first(office):
    run(office, "a", 2025, np.ones((ROWS, COLUMNS)))
    (office.folder / "own.tif").write_bytes((office.folder / "outputs/runs/a" / bare.LAYER).read_bytes())
    run(office, "b", 2025, np.zeros((ROWS, COLUMNS)))
    desk = named(office, risk_swidden="own.tif")
    (row,) = season.rows(desk, (NOW,), ground.of_workspace(desk))
    assert "swidden_share" not in row.raw
    assert ground.of_workspace(desk).raw["swidden_share"] == pytest.approx(1.0)


def test_what_is_missing_is_named_with_why(office):
    assert why(office) == "no_run"
    run(office, "elsewhere", 2025)
    assert why(office) == "no_map"
    run(office, "none", 2025, np.zeros((ROWS, COLUMNS)), earlier=())
    assert why(office) == "no_earlier_years"
    run(office, "far", 2025, np.ones((2, 2)), west=40)
    assert why(office) == "elsewhere"
    run(office, "whole", 2025, np.ones((ROWS, COLUMNS)))
    assert why(office) is None
    for path in (office.folder / "outputs" / "runs").glob(f"*/{bare.LAYER}"):
        path.write_bytes(path.read_bytes()[:300])
    assert why(office) == "map_damaged"


def test_a_map_is_read_once_and_another_in_its_place_anew(office, monkeypatch):
    run(office, "a", 2025, np.zeros((ROWS, COLUMNS)))
    first = shares(office)
    with monkeypatch.context() as patch:
        patch.setattr(bare, "averaged", lambda *_: pytest.fail("read anew"))
        assert np.array_equal(shares(office), first)
    run(office, "other", 2024, np.ones((ROWS, COLUMNS)))
    maps = office.folder / "outputs" / "runs"
    (maps / "other" / bare.LAYER).replace(maps / "a" / bare.LAYER)
    assert (shares(office) == 1.0).all()


def test_the_order_of_the_first_day_rests_on_what_maps_say_not_on_which_run_wrote_them(office):
    from eradication.pipeline.risk import evaluating

    run(office, "a", 2025, np.zeros((ROWS, COLUMNS)))
    evaluating.keep_first_day(office, NOW)
    assert first_day.kept(office, NOW, None)[1] == ""
    run(office, "week2", 2025, np.zeros((ROWS, COLUMNS)))
    assert first_day.kept(office, NOW, None)[1] == ""
    run(office, "later", 2026, np.ones((ROWS, COLUMNS)))
    assert first_day.kept(office, NOW, None)[1] == ""
    run(office, "week3", 2025, np.ones((ROWS, COLUMNS)))
    assert first_day.kept(office, NOW, None)[1] == first_day.OUTDATED


def test_the_item_of_a_run_says_which_years_it_looked_at(office):
    run(office, "a", 2025, np.zeros((ROWS, COLUMNS)))
    item = json.loads((office.folder / "outputs" / "runs" / "a" / "item.json").read_text())
    assert item["properties"]["eradication:earlier_years"] == ["2023-2024"]
    assert "bare_share" in item["assets"]
