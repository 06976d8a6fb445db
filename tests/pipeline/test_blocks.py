"""Blocks: whatever the cut and the order of arrival, a season is the season."""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import seasons
import shapely
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from scenes import visited

from eradication import features, geo, plots
from eradication.config import Imagery, Settings
from eradication.domain import Season
from eradication.errors import StorageFailed
from eradication.ingest import imagery
from eradication.ingest.imagery import Archive
from eradication.pipeline import blocks, cuts, scan, seen
from eradication.progress import quiet
from eradication.raster import Cube, FeatureStack, SceneFailure, ScoreMap
from eradication.report import rasters

SEASON = Season(2025)
SETTINGS = Settings(imagery=Imagery(gate="wide", min_clear=2))
ROWS, COLUMNS = 44, 52
WHOLE = 1024
"""A side larger than any grid here: one block."""


@pytest.fixture(scope="module", autouse=True)
def narrow_blocks() -> Iterator[None]:
    """Let blocks be as narrow as a ring reaches."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cuts, "LEAST_PX", 6)
        yield


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> seasons.Written:
    return seasons.write(tmp_path_factory.mktemp("season"), ROWS, COLUMNS, 5)


def opened(written: seasons.Written, dates: Iterable[int] | None = None, area: Any = None) -> Archive:
    return imagery.find(str(written.catalog(dates)), SEASON, area=area, settings=SETTINGS)


@dataclass(frozen=True)
class Seen:
    """A scan as it was when it ended: the next one over the same folder writes its maps anew."""

    scan: blocks.Scan
    scores: ScoreMap
    failed: tuple[SceneFailure, ...]
    maps: dict[str, np.ndarray]
    counted: dict[str, Any]


def scanned(archives: Archive | Sequence[Archive], folder: Path, side_px: int = 16) -> Seen:
    several = [archives] if isinstance(archives, Archive) else archives
    with scan.workers() as run:
        found = scan.scan(blocks.plan(several, SETTINGS, folder, side_px=side_px), None, run, quiet)
    counted = seen.count(found.scan, []).facts(1, 1)
    return Seen(found.scan, found.scores, found.failed, maps_of(found), counted)


def clear_in_flower(cube: Cube) -> npt.NDArray[np.uint8]:
    first, last = (np.datetime64(day) for day in cube.season.flowering)
    days = (cube.times + np.timedelta64(7, "h")).astype("datetime64[D]")
    looks = features.kept(features.look(cube), features.Dates.of(cube.times, cube.season.start_year))
    return looks[(days >= first) & (days <= last)].sum(axis=0, dtype=np.uint8)


def described(archive: Archive, pixels: Any, folder: Path, side_px: int = 16) -> FeatureStack:
    with scan.workers() as run:
        planned = blocks.plan([archive], SETTINGS, folder, side_px=side_px)
        return scan.describe(planned, visited(archive.grid, pixels), run, quiet)


def test_background_is_described_where_the_gate_lets_it_through_and_nowhere_else(
    written: seasons.Written, tmp_path: Path
) -> None:
    archive = opened(written)
    whole = features.describe(imagery.read(archive), SETTINGS)
    choice = features.choose(archive.grid, [], background=100, seed=1)
    with scan.workers() as run:
        stack = scan.describe(blocks.plan([archive], SETTINGS, tmp_path, side_px=16), choice, run, quiet)
    assert not np.isin(choice.free, whole.pixels).all()
    assert len(stack.pixels) == 100
    assert set(stack.pixels) == set([pixel for pixel in choice.free if pixel in set(whole.pixels)][:100])


def maps_of(found: scan.Scanned) -> dict[str, np.ndarray]:
    """The layers of a scan, put together; every pixel is given once."""
    out: dict[str, np.ndarray] = {}
    times = np.zeros(found.scan.archive.grid.shape, int)
    for window, parts in scan.layers(found):
        times[window.slices] += 1
        for name, values in parts.items():
            out.setdefault(name, np.zeros(times.shape, values.dtype))[window.slices] = values
    assert (times == 1).all()
    return out


def assert_same(found: Seen, wanted: Seen) -> None:
    for name in ("pixels", "score", "clear_observations"):
        np.testing.assert_array_equal(getattr(found.scores, name), getattr(wanted.scores, name), err_msg=name)
    for name in ("season", "kind", "model", "geobox", "observed", "missing"):
        assert getattr(found.scores, name) == getattr(wanted.scores, name)
    assert found.failed == wanted.failed
    assert found.counted == wanted.counted
    assert found.maps.keys() == wanted.maps.keys()
    for name, values in found.maps.items():
        np.testing.assert_array_equal(values, wanted.maps[name], err_msg=name)


def test_the_season_of_these_tests_holds_every_kind_of_pixel(written: seasons.Written, tmp_path: Path) -> None:
    found = scanned(opened(written), tmp_path, WHOLE)
    assert len(found.scan.windows) == 1
    maps = found.maps
    assert set(np.unique(maps["class"])) == {0, 1, 2, 3, 4} or set(np.unique(maps["class"])) == {1, 2, 3, 4}
    assert maps["holes"].any()
    assert len(set(maps["clear"].ravel())) > 3
    assert len(found.scores.pixels) > 100
    assert len(plots.outline(found.scores, SETTINGS, run="r")) > 10


@st.composite
def areas(draw: st.DrawFn) -> Any:
    """A box or a disc in the season's ground, WGS 84, or everything."""
    place = seasons.place(ROWS, COLUMNS)
    left, top = draw(st.integers(0, 10 * COLUMNS - 200)), draw(st.integers(0, 10 * ROWS - 200))
    width, height = draw(st.integers(120, 10 * COLUMNS)), draw(st.integers(120, 10 * ROWS))
    west, north = place.east + left, place.north - top
    box = shapely.box(west, north - height, west + width, north)
    shape = box if draw(st.booleans()) else box.centroid.buffer(min(width, height) / 2)
    return None if draw(st.integers(0, 3)) == 0 else geo.project(shape, place.epsg, geo.WGS84)


@pytest.mark.slow
@examples(max_examples=25)
@given(area=areas(), side_px=st.sampled_from([6, 8, 10, 14, 20, 32]))
def test_blocks_of_any_size_give_the_bits_that_one_block_gives(
    written: seasons.Written, tmp_path_factory: pytest.TempPathFactory, area: Any, side_px: int
) -> None:
    folder = tmp_path_factory.mktemp("scans")
    archive = opened(written, area=area)
    cut, whole = scanned(archive, folder / "cut", side_px), scanned(archive, folder / "whole", WHOLE)
    assert len(whole.scan.windows) == 1
    assert_same(cut, whole)
    assert all(window.top % 2 == window.left % 2 == 0 for window in cut.scan.windows.values())
    assert all(min(window.rows, window.columns) >= min(6, *archive.grid.shape) for window in cut.scan.windows.values())
    ids = [[c.id for c in plots.outline(one.scores, SETTINGS, run="r")] for one in (cut, whole)]
    assert ids[0] == ids[1]


@pytest.mark.slow
@examples(max_examples=20)
@given(
    area=areas(),
    side_px=st.sampled_from([6, 8, 14, 20]),
    seed=st.integers(0, 99),
    share=st.sampled_from([0, 0.01, 0.3]),
)
def test_chosen_pixels_are_described_as_a_cube_of_everything_describes_them(
    written: seasons.Written, tmp_path_factory: pytest.TempPathFactory, area: Any, side_px: int, seed: int, share: float
) -> None:
    archive = opened(written, area=area)
    cube = imagery.read(archive)
    wanted = np.random.default_rng(seed).random(cube.geobox.shape) < share
    stack = described(archive, np.flatnonzero(wanted), tmp_path_factory.mktemp("scans"), side_px)
    right = features.describe(cube, SETTINGS, wanted=wanted)
    assert (stack.names, stack.missing, stack.season) == (right.names, right.missing, right.season)
    assert stack.geobox == right.geobox
    np.testing.assert_array_equal(stack.pixels, right.pixels)
    np.testing.assert_array_equal(stack.x, right.x)


def test_a_scan_is_what_its_cube_says_pixel_by_pixel(written: seasons.Written, tmp_path: Path) -> None:
    archive = opened(written)
    found, stack = scanned(archive, tmp_path), features.describe(imagery.read(archive), SETTINGS)
    maps = found.maps
    assert "bare_share" not in maps
    np.testing.assert_array_equal(maps["clear"], stack.clear_observations)
    np.testing.assert_array_equal(maps["class"] == 1, stack.ruled_out)
    np.testing.assert_array_equal(maps["flowering"], clear_in_flower(imagery.read(archive)))
    assert 0 < maps["flowering"].sum() < maps["clear"].sum()
    assert np.isin(found.scores.pixels, stack.pixels).all()


@pytest.mark.slow
@examples(max_examples=10)
@given(data=st.data())
def test_dates_folded_in_one_by_one_in_any_order_and_out_again_equal_a_run_of_those_that_are_left(
    written: seasons.Written, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("scans")
    every = range(len(written.items))
    steps = data.draw(st.lists(st.sets(st.sampled_from(every), min_size=1), min_size=1, max_size=3))
    for number, dates in enumerate(steps):
        last = scanned(opened(written, dates), folder / "kept")
        assert_same(last, scanned(opened(written, dates), folder / f"fresh-{number}"))


@pytest.mark.slow
@pytest.mark.parametrize("every", [4, pytest.param(1, marks=pytest.mark.slow)])
def test_a_season_followed_week_by_week_equals_the_season_and_reads_each_date_once(
    written: seasons.Written, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, every: int
) -> None:
    count = len(written.items)
    for known in range(1, count):
        week = scanned(opened(written, range(known)), tmp_path / "kept")
        if known % every == 0:
            assert_same(week, scanned(opened(written, range(known)), tmp_path / f"fresh-{known}"))
    reads = Reads.watch(monkeypatch)
    assert_same(scanned(opened(written), tmp_path / "kept"), scanned(opened(written), tmp_path / "fresh"))
    # Pixels that a new date brings back must be read for the dates before; nearly all are only ruled out by it.
    ours = [read for read in reads.all if read.folder == "kept"]
    assert {read.bands for read in ours} >= {features.LOOK_BANDS}
    assert {read.dates for read in ours if read.bands == features.LOOK_BANDS} <= {1, count}
    assert sum(read.dates == 1 for read in ours) >= len(ours) / 2


@dataclass(frozen=True)
class Read:
    """One reading of a window."""

    folder: str
    dates: int
    bands: tuple[str, ...]


class Reads:
    """Every reading of images for a block, as it passes by."""

    def __init__(self) -> None:
        self.all: list[Read] = []
        self._folder = ""

    @classmethod
    def watch(cls, monkeypatch: pytest.MonkeyPatch) -> "Reads":
        reads, read, survey = cls(), imagery.read, blocks.survey_block

        def surveyed(planned: blocks.Scan, *arguments: Any) -> Any:
            reads._folder = planned.folder.parent.name
            return survey(planned, *arguments)

        def counted(archive: Archive, window: Any = None, bands: Any = None) -> Any:
            reads.all.append(Read(reads._folder, len(archive.groups), tuple(bands or ())))
            return read(archive, window, bands)

        monkeypatch.setattr(imagery, "read", counted)
        monkeypatch.setattr(blocks, "survey_block", surveyed)
        return reads


def test_a_second_run_over_the_same_images_reads_none_of_them(
    written: seasons.Written, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = scanned(opened(written), tmp_path)
    reads = Reads.watch(monkeypatch)
    assert_same(scanned(opened(written), tmp_path), first)
    assert reads.all == []


def test_training_and_scoring_share_what_was_read(
    written: seasons.Written, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = opened(written)
    first = scanned(archive, tmp_path)
    inside = np.setdiff1d(first.scores.pixels, [])[::7]
    reads = Reads.watch(monkeypatch)
    stack = described(archive, inside, tmp_path)
    np.testing.assert_array_equal(stack.pixels, inside)
    assert_same(scanned(archive, tmp_path), first)
    assert reads.all == []


@pytest.fixture
def own(tmp_path: Path) -> seasons.Written:
    """A season that a test may spoil."""
    return seasons.write(tmp_path / "season", 24, 28, 6)


def replaced(own: seasons.Written, number: int, seed: int) -> None:
    """Write a date's files anew, as a better processing of the same item would."""
    item = own.items[number]
    other = seasons.write(own.folder.parent / f"other-{seed}", 24, 28, seed).items[number]
    for band, values in other.bands.items():
        item.write_tif(own.file(number, band), values, item.pixel_m.get(band, 10.0))


@pytest.mark.slow
def test_a_date_replaced_by_another_processing_is_read_again_and_only_it(
    own: seasons.Written, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = scanned(opened(own), tmp_path / "kept")
    replaced(own, 4, seed=9)
    reads = Reads.watch(monkeypatch)
    after = scanned(opened(own), tmp_path / "kept")
    looks = [read.dates for read in reads.all if read.bands == features.LOOK_BANDS]
    assert looks.count(1) == len(after.scan.windows)
    assert not np.array_equal(before.maps["clear"], after.maps["clear"])
    assert_same(after, scanned(opened(own), tmp_path / "fresh"))


@pytest.mark.slow
def test_a_date_that_vanished_is_forgotten_with_its_files(own: seasons.Written, tmp_path: Path) -> None:
    every = range(len(own.items))
    scanned(opened(own), tmp_path / "kept")
    left = [n for n in every if n not in (2, 7)]
    after = scanned(opened(own, left), tmp_path / "kept")
    assert_same(after, scanned(opened(own, left), tmp_path / "fresh"))
    for at in after.scan.windows:
        kept = {file.stem for file in after.scan.block(at).path.glob("*.*s")}
        assert kept == set(after.scan.keys)
    assert_same(scanned(opened(own), tmp_path / "kept"), scanned(opened(own), tmp_path / "again"))


def test_a_late_date_in_the_middle_takes_its_place(own: seasons.Written, tmp_path: Path) -> None:
    scanned(opened(own, [0, 1, 2, 3, 6, 7, 8, 9]), tmp_path / "kept")
    late = opened(own)
    assert list(late.times) == sorted(late.times)
    assert_same(scanned(late, tmp_path / "kept"), scanned(late, tmp_path / "fresh"))


def spoil(path: Path) -> None:
    """Make the first block of an image undecodable, its header and its last block left whole."""
    content = bytearray(path.read_bytes())
    begin = content.index(b"\x78", 300)
    content[begin : begin + 60] = bytes(60)
    path.write_bytes(bytes(content))


@pytest.mark.slow
@pytest.mark.parametrize("band", ["red", pytest.param("swir16", marks=pytest.mark.slow)])
def test_a_failure_is_told_by_every_run_until_its_file_is_replaced(
    own: seasons.Written, tmp_path: Path, band: str
) -> None:
    whole = own.file(5, band).read_bytes()
    spoil(own.file(5, band))
    for _ in range(2):
        told = scanned(opened(own), tmp_path / "kept").failed
        assert [(f.id, f.asset, f.reason) for f in told] == [(own.items[5].id, band, "unreadable")]
    own.file(5, band).write_bytes(whole)
    mended = scanned(opened(own), tmp_path / "kept")
    assert mended.failed == ()
    assert_same(mended, scanned(opened(own), tmp_path / "fresh"))


@pytest.mark.slow
def test_earlier_years_are_looked_at_block_by_block_and_known_again(
    own: seasons.Written, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = seasons.write(own.folder, 24, 28, 8, years=1)
    both = seasons.Written(own.folder, (*own.items, *before.items))
    catalog = str(both.catalog())
    archive = imagery.find(catalog, SEASON, settings=SETTINGS)
    archives = [archive, *imagery.earlier(archive, catalog, area=None, settings=SETTINGS)]
    assert len(archives) == 2
    first = scanned(archives, tmp_path / "kept", 8)
    assert_same(first, scanned(archives, tmp_path / "whole", WHOLE))
    seen = imagery.read(archives[1])
    years = [features.never_bare(features.look(seen), features.Dates.of(seen.times, SEASON.start_year - 1))]
    by_hand = features.bare_share(years)
    assert len(np.unique(by_hand)) >= 2
    np.testing.assert_array_equal(first.maps["bare_share"], rasters.packed_share(by_hand))
    at = min(first.scan.windows)
    stack = blocks.describe_block(first.scan, at)
    assert np.isfinite(stack.layer("permanence")).any()
    reads = Reads.watch(monkeypatch)
    assert_same(scanned(archives, tmp_path / "kept", 8), first)
    assert reads.all == []


@pytest.mark.slow
def test_what_was_kept_of_earlier_years_may_be_deleted(own: seasons.Written, tmp_path: Path) -> None:
    before = seasons.write(own.folder, 24, 28, 8, years=1)
    catalog = str(seasons.Written(own.folder, (*own.items, *before.items)).catalog())
    archive = imagery.find(catalog, SEASON, settings=SETTINGS)
    archives = [archive, *imagery.earlier(archive, catalog, area=None, settings=SETTINGS)]
    first = scanned(archives, tmp_path / "kept")
    for folder in (tmp_path / "kept").glob("2024*"):
        for file in folder.rglob("*.*"):
            file.unlink(missing_ok=True)
        for file in folder.rglob("never-bare-*"):
            file.unlink()
    assert_same(scanned(archives, tmp_path / "kept"), first)


def files_of(found: Seen, pattern: str) -> Iterator[Path]:
    yield from sorted(found.scan.folder.rglob(pattern))


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def gone(path: Path) -> None:
    path.unlink()


@pytest.fixture(scope="module")
def steady(tmp_path_factory: pytest.TempPathFactory) -> seasons.Written:
    """A season that no test spoils."""
    return seasons.write(tmp_path_factory.mktemp("steady") / "season", 24, 28, 6)


@pytest.fixture(scope="module")
def fresh(steady: seasons.Written, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """What a first scan finds in it."""
    return scanned(opened(steady), tmp_path_factory.mktemp("fresh"))


@pytest.fixture(scope="module")
def kept(steady: seasons.Written, tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Path]:
    """What is kept of a scan of all its dates (``False``) and of all but the last (``True``, more to come); copy it."""
    folders = {more: tmp_path_factory.mktemp("kept") for more in (False, True)}
    for more, folder in folders.items():
        scanned(opened(steady, range(len(steady.items) - more)), folder)
    return folders


@pytest.mark.parametrize("pattern", ["*.looks", "*.series", "note.json", "found", "layers.npy", "pixels", "scores"])
@pytest.mark.parametrize(
    ("damage", "more"),
    [
        (cut_short, False),
        pytest.param(cut_short, True, marks=pytest.mark.slow),
        pytest.param(emptied, False, marks=pytest.mark.slow),
        (gone, False),
    ],
)
def test_a_block_with_a_damaged_file_is_noticed_and_done_again(
    steady: seasons.Written,
    fresh: Seen,
    kept: dict[bool, Path],
    tmp_path: Path,
    pattern: str,
    damage: Any,
    more: bool,
) -> None:
    folder = shutil.copytree(kept[more], tmp_path / "kept")
    hit = sorted(folder.rglob(pattern))
    assert hit
    for path in hit[:: max(1, len(hit) // 3)]:
        damage(path)
    assert_same(scanned(opened(steady), folder), fresh)


@pytest.mark.slow
def test_a_block_begun_by_a_run_that_was_cut_off_is_gone_on_with_if_its_files_are_whole(
    own: seasons.Written, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = scanned(opened(own), tmp_path / "kept")
    for path in files_of(found, "note.json"):
        path.unlink()
    reads = Reads.watch(monkeypatch)
    assert_same(scanned(opened(own), tmp_path / "kept"), found)
    assert reads.all == []
    for path in [*files_of(found, "note.json"), *list(files_of(found, "*.looks"))[::7]]:
        cut_short(path)
    assert_same(scanned(opened(own), tmp_path / "kept"), found)


def test_damaged_looks_are_noticed_when_the_next_date_needs_them(own: seasons.Written, tmp_path: Path) -> None:
    found = scanned(opened(own, range(len(own.items) - 1)), tmp_path / "kept")
    path = next(files_of(found, "*.looks"))
    path.write_bytes(bytes(path.stat().st_size))
    assert_same(scanned(opened(own), tmp_path / "kept"), scanned(opened(own), tmp_path / "fresh"))


@pytest.mark.slow
@pytest.mark.parametrize("pattern", ["*.series", "found", "pixels"])
def test_damage_that_only_shows_when_a_file_is_unpacked_is_said_and_mended_by_the_next_run(
    own: seasons.Written, tmp_path: Path, pattern: str
) -> None:
    found = scanned(opened(own), tmp_path / "kept")
    path = next(files_of(found, pattern))
    path.write_bytes(bytes(path.stat().st_size))
    for kept in files_of(found, "scores.json"):  # else nothing would have to be scored again
        kept.unlink()
    with pytest.raises(StorageFailed) as caught:
        scanned(opened(own), tmp_path / "kept")
    assert caught.value.kind == "scan_damaged"
    assert Path(caught.value.where).parent == path.parent
    assert caught.value.hint
    assert_same(scanned(opened(own), tmp_path / "kept"), found)


def test_what_a_program_of_another_format_kept_is_not_taken_for_the_same(
    own: seasons.Written, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = scanned(opened(own), tmp_path / "kept")
    monkeypatch.setattr(blocks, "FORMAT", blocks.FORMAT + 1)
    again = scanned(opened(own), tmp_path / "kept")
    assert again.scan.folder != found.scan.folder
    assert_same(again, found)


@pytest.mark.slow
@pytest.mark.parametrize("damage", [cut_short, pytest.param(emptied, marks=pytest.mark.slow)])
def test_damaged_files_of_earlier_years_are_noticed_too(own: seasons.Written, tmp_path: Path, damage: Any) -> None:
    before = seasons.write(own.folder, 24, 28, 8, years=1)
    catalog = str(seasons.Written(own.folder, (*own.items, *before.items)).catalog())
    archive = imagery.find(catalog, SEASON, settings=SETTINGS)
    archives = [archive, *imagery.earlier(archive, catalog, area=None, settings=SETTINGS)]
    first = scanned(archives, tmp_path / "kept")
    hit = list((tmp_path / "kept").rglob("never-bare-*"))
    assert len(hit) == len(first.scan.windows)
    for path in hit:
        damage(path)
    assert_same(scanned(archives, tmp_path / "kept"), first)
