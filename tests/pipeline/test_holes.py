"""Looks lost to unreadable files: holes in the map, fewer clear looks, a failure in the list, an honest share."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import seasons
from imagery_factory import Item

from eradication import features
from eradication.cli import main
from eradication.config import Imagery, Settings
from eradication.domain import Season
from eradication.ingest import imagery
from eradication.raster import Cube

SEASON = Season(2025)
ROWS, COLUMNS, DATE = 36, 44, 6
BLOCK = 16
"""Side of a block of the written files, in pixels."""
MIN_CLEAR = 9
SETTINGS = Settings(imagery=Imagery(min_clear=MIN_CLEAR, align=False))

type Damage = Callable[[Path], None]


def one_block(path: Path) -> None:
    content = bytearray(path.read_bytes())
    begin = content.index(b"\x78", 300)
    content[begin : begin + 60] = bytes(60)
    path.write_bytes(bytes(content))


def whole_file(path: Path) -> None:
    path.unlink()


@pytest.fixture
def season(tmp_path: Path) -> seasons.Written:
    return seasons.write(tmp_path / "season", ROWS, COLUMNS, 4)


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, dict[str, Any]]]:
    workspace = tmp_path / "ws"
    main(["--json", "init", str(workspace)])
    file = workspace / "eradication.toml"
    text = file.read_text(encoding="utf-8")
    text = text.replace("min_clear = 3", f"min_clear = {MIN_CLEAR}").replace("align = true", "align = false")
    file.write_text(text, encoding="utf-8")

    def monitor(catalog: Path, *more: str) -> tuple[int, dict[str, Any]]:
        capsys.readouterr()
        words = ["--workspace", str(workspace), "--json", "monitor", "--season", "2025-2026", "--imagery", str(catalog)]
        code = main([*words, *more])
        return code, json.loads(capsys.readouterr().out)

    return monitor


def layer(answer: dict[str, Any], name: str) -> np.ndarray:
    with rasterio.open(Path(answer["layers"]).parent / f"{name}.tif") as source:
        return source.read(1)


def without(cube: Cube, name: str, lost: np.ndarray) -> np.ndarray:
    """Clear looks of a cube in which one band of one date is unknown at some pixels."""
    cube.bands[name][DATE][lost] = 0
    return features.describe(cube, SETTINGS).clear_observations


ONE_BLOCK = one_block, "unreadable", BLOCK * BLOCK
WHOLE_FILE = whole_file, "missing_asset", ROWS * COLUMNS


@pytest.mark.slow
@pytest.mark.parametrize(
    ("band", "damage", "reason", "lost_px"),
    [
        ("nir", *ONE_BLOCK),
        ("red", *WHOLE_FILE),
        ("blue", *ONE_BLOCK),
        pytest.param("nir", *WHOLE_FILE, marks=pytest.mark.slow),
        pytest.param("red", *ONE_BLOCK, marks=pytest.mark.slow),
        pytest.param("blue", *WHOLE_FILE, marks=pytest.mark.slow),
    ],
)
def test_an_unreadable_band_of_the_first_look_costs_its_pixels_one_look_and_everyone_is_told(
    season: seasons.Written, run: Callable[..., Any], band: str, damage: Damage, reason: str, lost_px: int
) -> None:
    cube = imagery.load(str(season.catalog()), SEASON, settings=SETTINGS)
    code, before = run(season.catalog())
    assert (code, before["scenes"]["failed"]) == (0, [])
    holes_before, clear_before = layer(before, "holes"), layer(before, "clear")
    damage(season.file(DATE, band))
    code, after = run(season.catalog())
    assert code == 3
    assert [(f["id"], f["asset"], f["reason"]) for f in after["scenes"]["failed"]] == [
        (season.items[DATE].id, band, reason)
    ]

    inside = np.ones((ROWS, COLUMNS), bool)
    if lost_px < ROWS * COLUMNS:
        inside[BLOCK:] = inside[:, BLOCK:] = False
    assert inside.sum() == lost_px
    looked = features.look(cube).blue[DATE] != 0
    np.testing.assert_array_equal(layer(after, "holes"), holes_before + (inside & looked))
    clear = without(cube, band, inside)
    np.testing.assert_array_equal(layer(after, "clear"), clear)
    assert (clear <= clear_before).mean() > 0.99
    assert (clear < clear_before)[inside & looked].mean() > 0.9
    assert (clear == clear_before)[~inside].all()

    observed = int((clear >= MIN_CLEAR).sum())
    assert 0 < observed < (clear_before >= MIN_CLEAR).sum() < ROWS * COLUMNS
    assert after["unobserved_share"] == pytest.approx(1 - observed / (ROWS * COLUMNS), abs=1e-4)
    assert after["coverage"]["observed_share"] == pytest.approx(observed / (ROWS * COLUMNS), abs=1e-4)
    assert after["coverage"]["clear_looks"]["median"] == np.quantile(clear, 0.5, method="inverted_cdf")
    lost = int(layer(after, "holes").sum())
    assert after["coverage"]["lost_looks_share"] == pytest.approx(lost / (lost + int(clear.sum())), abs=1e-4)
    assert after["coverage"]["lost_looks_share"] > before["coverage"]["lost_looks_share"]
    np.testing.assert_array_equal(layer(after, "class") == 0, clear < MIN_CLEAR)


def test_an_unreadable_block_of_another_band_costs_no_look_and_is_told(
    season: seasons.Written, run: Callable[..., Any]
) -> None:
    before = run(season.catalog())[1]
    one_block(season.file(DATE, "swir16"))
    code, after = run(season.catalog())
    assert code == 3
    (failure,) = after["scenes"]["failed"]
    assert (failure["asset"], failure["reason"]) == ("swir16", "unreadable")
    for name in ("holes", "clear"):
        np.testing.assert_array_equal(layer(after, name), layer(before, name))
    assert after["unobserved_share"] == before["unobserved_share"]


def test_clouds_and_what_lies_outside_the_images_are_unobserved_but_no_holes(
    season: seasons.Written, run: Callable[..., Any]
) -> None:
    item = season.items[DATE]
    item.write_tif(season.file(DATE, "scl"), np.full_like(item.bands["scl"], 9), 20.0)
    code, answer = run(season.catalog())
    assert code == 0
    cube = imagery.load(str(season.catalog()), SEASON, settings=SETTINGS)
    assert not cube.clear[DATE].any()
    lost = (cube.clear != 0) & (features.look(cube).blue == 0)
    np.testing.assert_array_equal(layer(answer, "holes"), lost.sum(axis=0))
    np.testing.assert_array_equal(layer(answer, "clear"), features.describe(cube, SETTINGS).clear_observations)


@pytest.mark.slow
def test_an_area_beyond_the_images_counts_as_unobserved(
    season: seasons.Written, run: Callable[..., Any], tmp_path: Path
) -> None:
    place = seasons.place(2 * ROWS, 2 * COLUMNS)
    wide: Item = Item("x", "2026-01-01T00:00:00Z", {}, place)
    outline = tmp_path / "area.geojson"
    feature = {"type": "Feature", "properties": {}, "geometry": wide.place.footprint()}
    outline.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    code, answer = run(season.catalog(), "--area", str(outline))
    assert code == 0, answer
    assert answer["pixels"] == pytest.approx(4 * ROWS * COLUMNS, rel=0.01)
    observed = int((layer(answer, "clear") >= MIN_CLEAR).sum())
    assert answer["unobserved_share"] == pytest.approx(1 - observed / answer["pixels"], abs=1e-4)
    assert 0.7 < answer["unobserved_share"] < 1
    looked = layer(answer, "clear").ravel().tolist()
    every = np.array(looked + [0] * (answer["pixels"] - len(looked)))
    assert answer["coverage"]["clear_looks"]["lowest_tenth"] == np.quantile(every, 0.1, method="inverted_cdf") == 0
