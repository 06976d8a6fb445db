"""Only what a new image changed is scored again, and what is kept is what a run from nothing would give."""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import seasons

from eradication import classify, features
from eradication.config import Candidates, Imagery, Settings
from eradication.domain import Season
from eradication.features.blocks import BlockFolder
from eradication.ingest import imagery
from eradication.pipeline import blocks, cuts, scan
from eradication.progress import quiet
from eradication.raster import ScoreMap

SEASON = Season(2025)
SETTINGS = Settings(imagery=Imagery(gate="wide", min_clear=2))
ROWS, COLUMNS = 44, 52
HIGH_CLOUD = 9


@pytest.fixture(autouse=True, scope="module")
def narrow_blocks() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cuts, "LEAST_PX", 6)
        yield


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> seasons.Written:
    """A season whose later dates lie under large clouds, so that parts of the ground have nothing new for weeks."""
    season = seasons.write(tmp_path_factory.mktemp("season"), ROWS, COLUMNS, 5)
    for date, cloud in {8: np.s_[:, :13], 9: np.s_[7:, :], 10: np.s_[:14, 9:]}.items():
        with rasterio.open(season.file(date, "scl"), "r+") as file:
            classes = file.read(1)
            classes[cloud] = HIGH_CLOUD
            file.write(classes, 1)
    return season


@pytest.fixture
def scored(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pixels were scored, block by block."""
    numbers: list[int] = []
    predict = classify.predict

    def counted(stack: Any, model: Any, **how: Any) -> ScoreMap:
        numbers.append(len(stack.pixels))
        return predict(stack, model, **how)

    monkeypatch.setattr(classify, "predict", counted)
    return numbers


def plan(
    written: seasons.Written, dates: Iterable[int], folder: Path, settings: Settings = SETTINGS, side_px: int = 16
) -> blocks.Scan:
    archive = imagery.find(str(written.catalog(dates)), SEASON, settings=settings)
    return blocks.plan([archive], settings, folder, side_px=side_px)


def run(planned: blocks.Scan) -> tuple[ScoreMap, np.ndarray]:
    """The candidates' pixels, and every score of the map."""
    with scan.workers() as at_work:
        found = scan.scan(planned, None, at_work, quiet)
    dense = np.full(planned.archive.grid.shape, np.nan, np.float32)
    for at, window in planned.windows.items():
        dense[window.slices] = planned.block(at).scores()
    return found.scores, dense


@dataclass
class Fresh:
    """Runs from nothing, each made once and compared with by several tests."""

    written: seasons.Written
    folder: Path
    made: dict[str, tuple[ScoreMap, np.ndarray]] = field(default_factory=dict)

    def of(self, dates: range, settings: Settings) -> tuple[ScoreMap, np.ndarray]:
        name = f"{dates} {settings}"
        if name not in self.made:
            self.made[name] = run(plan(self.written, dates, self.folder / str(len(self.made)), settings))
        return self.made[name]


@pytest.fixture(scope="module")
def fresh(written: seasons.Written, tmp_path_factory: pytest.TempPathFactory) -> Fresh:
    return Fresh(written, tmp_path_factory.mktemp("fresh"))


@pytest.fixture
def kept(nine: Path, tmp_path: Path) -> Path:
    """What is kept of a run over nine dates, to go on with."""
    return shutil.copytree(nine, tmp_path / "kept")


@pytest.fixture(scope="module")
def nine(written: seasons.Written, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nine")
    run(plan(written, range(9), folder))
    return folder


def assert_fresh(planned: blocks.Scan, found: tuple[ScoreMap, np.ndarray], fresh: Fresh, dates: range) -> None:
    """Everything is as a run from nothing gives it."""
    scores, dense = fresh.of(dates, planned.settings)
    np.testing.assert_array_equal(found[1], dense)
    for name in ("pixels", "score", "clear_observations"):
        np.testing.assert_array_equal(getattr(found[0], name), getattr(scores, name), err_msg=name)
    assert found[0].observed == scores.observed


def scorable(planned: blocks.Scan) -> int:
    """How many pixels were seen often enough and can be poppy."""
    maps = [planned.block(at).found() for at in planned.windows]
    return sum(int((possible & (clear >= planned.settings.imagery.min_clear)).sum()) for clear, possible, _ in maps)


def seen_anew(planned: blocks.Scan, date: int) -> np.ndarray:
    """Pixels with a clear look on a date."""
    out = np.zeros(planned.archive.grid.shape, bool)
    for at, window in planned.windows.items():
        out[window.slices] = planned.block(at).looks([planned.keys[date]]).blue[0] != 0
    return out


@pytest.mark.slow
def test_a_date_costs_the_pixels_it_shows_and_what_lies_around_them(
    written: seasons.Written, fresh: Fresh, tmp_path: Path, scored: list[int]
) -> None:
    last = len(written.items) - 1
    _, before = run(plan(written, range(last), tmp_path / "kept"))
    scored.clear()
    planned = plan(written, range(last + 1), tmp_path / "kept")
    found = run(planned)
    assert 0 < sum(scored) < 0.8 * scorable(planned)
    assert_fresh(planned, found, fresh, range(last + 1))
    changed = (found[1] != before) & ~(np.isnan(found[1]) & np.isnan(before))
    assert (changed & ~seen_anew(planned, last)).any(), (
        "no ring reached beyond what the date shows: a test without bite"
    )


def test_nothing_new_scores_nothing_and_every_pixel_keeps_its_score(
    written: seasons.Written, tmp_path: Path, scored: list[int]
) -> None:
    first = run(plan(written, range(9), tmp_path))
    scored.clear()
    second = run(plan(written, range(9), tmp_path))
    never = sum(np.isnan(first[1]).ravel())
    assert sum(scored) <= never
    np.testing.assert_array_equal(second[1], first[1])
    np.testing.assert_array_equal(second[0].pixels, first[0].pixels)


@pytest.mark.parametrize(
    "other",
    [
        replace(SETTINGS, candidates=Candidates(seed=0.9, grow=0.8)),
        replace(SETTINGS, imagery=Imagery(gate="wide", min_clear=3)),
    ],
    ids=["candidates", "imagery"],
)
def test_other_settings_score_everything_again(
    written: seasons.Written, fresh: Fresh, kept: Path, scored: list[int], other: Settings
) -> None:
    scored.clear()
    planned = plan(written, range(9), kept, other)
    found = run(planned)
    assert sum(scored) == scorable(planned)
    assert_fresh(planned, found, fresh, range(9))


@pytest.mark.slow
def test_blocks_surveyed_twice_before_they_are_scored_are_scored_whole(
    written: seasons.Written, fresh: Fresh, tmp_path: Path
) -> None:
    run(plan(written, range(8), tmp_path / "kept"))
    survey(plan(written, range(9), tmp_path / "kept"))
    planned = plan(written, range(10), tmp_path / "kept")
    assert_fresh(planned, run(planned), fresh, range(10))


@pytest.mark.slow
def test_some_blocks_scored_and_some_not_when_a_run_ends_and_the_next_goes_on(
    written: seasons.Written, fresh: Fresh, tmp_path: Path
) -> None:
    run(plan(written, range(8), tmp_path / "kept"))
    ended = plan(written, range(9), tmp_path / "kept")
    survey(ended)
    for at in sorted(ended.windows)[::2]:
        blocks_scored(ended, at)
    again = plan(written, range(9), tmp_path / "kept")
    assert_fresh(again, run(again), fresh, range(9))
    planned = plan(written, range(10), tmp_path / "kept")
    survey(planned, sorted(planned.windows)[1::3])
    assert_fresh(planned, run(planned), fresh, range(10))


@pytest.mark.slow
@pytest.mark.parametrize("next_date", [10, 11], ids=["the same date", "another date"])
def test_a_run_ended_after_it_replaced_the_layers(
    written: seasons.Written, fresh: Fresh, kept: Path, monkeypatch: pytest.MonkeyPatch, next_date: int
) -> None:
    ended = plan(written, range(10), kept)
    write = BlockFolder._replace

    def cut_off(self: BlockFolder, name: str, content: Any) -> None:
        if name == "found":  # written after the layers
            raise KeyboardInterrupt
        write(self, name, content)

    with monkeypatch.context() as patched:
        patched.setattr(BlockFolder, "_replace", cut_off)
        for at in ended.windows:
            with pytest.raises(KeyboardInterrupt):
                blocks.survey_block(ended, at)
    planned = plan(written, range(next_date), kept)
    assert_fresh(planned, run(planned), fresh, range(next_date))


@pytest.mark.slow
def test_a_date_that_came_and_went_leaves_no_score_behind(written: seasons.Written, fresh: Fresh, kept: Path) -> None:
    run(plan(written, range(10), kept))
    planned = plan(written, range(9), kept)
    assert_fresh(planned, run(planned), fresh, range(9))


@pytest.mark.parametrize("name", ["scores", "scores.json"])
@pytest.mark.parametrize("content", [b"", b"\0" * 400, b"[]"], ids=["empty", "zeros", "something else"])
def test_damaged_scores_are_made_again(
    written: seasons.Written, fresh: Fresh, kept: Path, name: str, content: bytes
) -> None:
    planned = plan(written, range(9), kept)
    (planned.block((0, 0)).path / name).write_bytes(content)
    again = plan(written, range(9), kept)
    assert_fresh(again, run(again), fresh, range(9))


def survey(planned: blocks.Scan, some: Sequence[tuple[int, int]] = ()) -> None:
    for at in some or sorted(planned.windows):
        blocks.survey_block(planned, at)


def blocks_scored(planned: blocks.Scan, at: tuple[int, int]) -> None:
    from eradication.pipeline import scoring

    scoring.score_block(planned, at, None)


def test_a_date_without_a_clear_look_changes_no_feature(written: seasons.Written) -> None:
    archive = imagery.find(str(written.catalog(range(10))), SEASON, settings=SETTINGS)
    cube = imagery.read(archive)
    blank = 8
    cube.clear[blank] = 0
    kept = [number for number in range(10) if number != blank]
    short = imagery.read(imagery.find(str(written.catalog(kept)), SEASON, settings=SETTINGS))
    every = np.ones(archive.grid.shape, bool)
    with_it = features.describe(cube, SETTINGS, gate=features.OPEN, wanted=every)
    without = features.describe(short, SETTINGS, gate=features.OPEN, wanted=every)
    np.testing.assert_array_equal(with_it.pixels, without.pixels)
    np.testing.assert_array_equal(with_it.x, without.x)
