"""The maps of a run, opened by others."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pystac
import pytest
import rasterio
from scenes import geobox

from eradication.raster import Window
from eradication.report import rasters

FACTS = {"run": "abc", "season": "2025-2026", "model": "rules", "simulated": True}
FIRST, WHEN = datetime(2025, 5, 4, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)


SHARES = np.array([np.nan, 0, 1 / 3, 1 / 2, 2 / 3, 1], np.float32)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    return write(tmp_path)


def write(folder: Path, *, earlier: bool = False) -> Path:
    grid = geobox(40, 60)
    score = np.linspace(0, 1, 40 * 60, dtype=np.float32).reshape(40, 60)
    score[0, 0] = np.nan
    possible = np.ones((40, 60), bool)
    possible[1, :] = False
    clear = np.full((40, 60), 7, np.uint8)

    def parts():
        for window in (Window(0, 0, 40, 32), Window(0, 32, 40, 28)):
            at = window.slices
            maps = rasters.layers_of(score[at], clear[at], possible[at], (0.35, 0.6))
            maps |= {name: np.zeros((window.rows, window.columns), np.uint8) for name in ("holes", "flowering")}
            share = np.broadcast_to(SHARES[np.arange(window.columns) % 6], (window.rows, window.columns))
            yield window, maps | ({"bare_share": rasters.packed_share(share)} if earlier else {})

    return rasters.write(folder / "run", grid, parts(), FACTS, (FIRST, WHEN), str, earlier=earlier)


def test_scores_classes_and_looks_lie_where_they_were_made(written: Path) -> None:
    with rasterio.open(written.parent / "score.tif") as score:
        assert score.crs.to_epsg() == 32648
        assert tuple(score.transform)[:6] == (10, 0, 386_000, 0, -10, 2_358_000)
        values = score.read(1)
        assert score.scales == (rasters.SCORE_STEP,)
        assert values[0, 0] == score.nodata == rasters.NO_SCORE
        assert values[-1, -1] * score.scales[0] == pytest.approx(1)
    with rasterio.open(written.parent / "class.tif") as classes:
        found = classes.read(1)
        assert {value: classes.colormap(1)[value] for value in rasters.CLASS_COLOURS} == rasters.CLASS_COLOURS
    assert found[0, 0] == rasters.UNOBSERVED
    assert (found[1] == rasters.RULED_OUT).all()
    assert [found[5, 0], found[20, 0], found[39, 0]] == [rasters.LOW, rasters.GROW, rasters.SEED]
    with rasterio.open(written.parent / "clear.tif") as clear:
        assert (clear.read(1) == 7).all()


def test_the_files_are_cloud_optimised_and_nothing_else_lies_there(written: Path) -> None:
    assert sorted(p.name for p in written.parent.iterdir()) == [
        "class.tif",
        "clear.tif",
        "flowering.tif",
        "holes.tif",
        "item.json",
        "score.tif",
    ]
    for name in ("score", "class", "clear", "flowering", "holes"):
        with rasterio.open(written.parent / f"{name}.tif") as opened:
            assert opened.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"


def test_earlier_years_have_a_map_of_their_own_which_goes_when_there_are_none(tmp_path: Path) -> None:
    item = pystac.Item.from_file(str(write(tmp_path, earlier=True)))
    assert item.assets["bare_share"].href.endswith("bare_share.tif")
    with rasterio.open(tmp_path / "run" / "bare_share.tif") as opened:
        assert opened.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        values = opened.read(1, masked=True) * opened.scales[0]
    assert values.mask[:, 0].all()
    assert not values.mask[:, 1:6].any()
    assert values[0, 1:6].tolist() == pytest.approx(SHARES[1:].tolist())
    assert "bare_share" not in pystac.Item.from_file(str(write(tmp_path))).assets
    assert not (tmp_path / "run" / "bare_share.tif").exists()


def test_the_item_says_what_the_run_was_and_where_its_files_are(written: Path) -> None:
    item = pystac.Item.from_file(str(written))
    assert item.properties["eradication:simulated"] is True
    assert item.properties["eradication:run"] == "abc"
    assert item.properties["proj:shape"] == [40, 60]
    assert item.datetime == item.common_metadata.end_datetime == WHEN
    assert item.common_metadata.start_datetime == FIRST
    assert {name: asset.href for name, asset in item.assets.items()}["class"].endswith("class.tif")
    assert item.assets["score"].extra_fields["raster:bands"][0]["scale"] == rasters.SCORE_STEP
