"""The oracle is in the input: every number of every file names its item, its band and its place.

Random archives (one to six tiles of one to three overflights, anywhere on the 20 m lattice around the border of zones
47 and 48, overlapping or apart, in the words of four archives, with every way to store the offset, gaps of data, clouds
and files that are missing) are loaded, and every pixel of the answer is compared with what it must be. A pixel that is
misplaced, doubled, left out, taken from the wrong tile or band, or scaled wrongly cannot hold the right number by
chance. It is read in windows or at once. The test for missed clouds is a later step.
"""

import dataclasses
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import shapely
from archive.coded import BANDS, BORDER, Coded, Task, name_of, tasks
from archive.files import Tile, write_archive
from archive.oracle import MASKED, WORLD, Answer, Grid, faults, transformer, truth
from hypothesis import HealthCheck, given, reject, settings
from imagery_factory import Place
from rounds import rounds

from eradication.config import Imagery, Settings
from eradication.domain import Season
from eradication.ingest import imagery
from eradication.raster import Window

SEASON = Season(2025)


def find(folder: Path, task: Task) -> imagery.Archive:
    written = write_archive(folder, task.products)
    for product in task.products:
        for band in product.lost:
            written.file(product, band).unlink()
    chosen = dataclasses.replace(Settings(), imagery=Imagery(dilate_px=task.dilate_px, mask_scl=MASKED))
    area = None
    if task.area is not None:
        area = shapely.Polygon([transformer(WORLD.epsg, 4326).transform(*corner) for corner in task.area])
    return imagery.find(str(written.items), SEASON, area=area, settings=chosen)


def read(archive: imagery.Archive, task: Task) -> Answer:
    """Read all, window by window."""
    rows, columns = archive.grid.shape
    step = task.cut or max(rows, columns)
    bands = {name: np.full((len(archive.times), rows, columns), np.nan) for name in archive.steps}
    for top in range(0, rows, step):
        for left in range(0, columns, step):
            window = Window(top, left, min(step, rows - top), min(step, columns - left))
            cube = imagery.read(archive, window)
            for name, values in bands.items():
                values[:, *window.slices] = cube.reflectance(name)
    a, b, c, d, e, f = tuple(archive.grid.affine)[:6]
    assert (a, b, d, e) == (10, 0, 0, -10)
    times = [datetime.fromisoformat(f"{str(time)[:19]}Z") for time in archive.times]
    return Answer(times, Grid(c, f, rows, columns, archive.grid.crs.to_epsg()), bands)


def check(task: Task) -> None:
    true = truth(task)
    if not any(codes.any() for codes, _ in true.values()):
        reject()  # what shows nothing of what is asked for is refused, which is another test's matter
    with tempfile.TemporaryDirectory() as folder:
        archive = find(Path(folder), task)
        answer = read(archive, task)
    assert list(faults(answer, task, true)) == []
    if task.area is None:
        named = {(failure.id, failure.asset) for failure in archive.failed}
        assert {(product.id, band) for product in task.products for band in product.lost} <= named
    else:
        west, south, east, north = shapely.Polygon(task.area).bounds
        assert answer.grid.columns <= (east - west) / 10 + 3
        assert answer.grid.rows <= (north - south) / 10 + 3


QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


@settings(max_examples=30, suppress_health_check=QUIET)
@given(tasks())
def test_every_pixel_is_the_one_of_its_item_band_and_place(task: Task) -> None:
    check(task)


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.timeout(3000)
@settings(max_examples=rounds(200, 60), suppress_health_check=QUIET)
@given(tasks())
def test_every_pixel_of_many_more_archives_is_the_one_of_its_item_band_and_place(task: Task) -> None:
    check(task)


def test_a_band_that_one_item_lacks_is_still_masked_by_the_classes_of_the_other() -> None:
    place = Tile("48QUA", Place(*BORDER[32648], 4, 4))
    bare = Coded("2025-11-05T03:40:00Z", place, bands=("red",))
    clouded = dataclasses.replace(
        bare, tile=Tile("48QUB", place.place), bands=("red", "nir", "scl"), number=1, classes=((0, 0, 1, 1, 9),)
    )
    check(Task((bare, clouded), dilate_px=0, area=None))


# The oracle can say no.

FIRST = Coded("2025-11-05T03:40:00Z", Tile("48QUA", Place(*BORDER[32648], 16, 16)), bands=(*BANDS, "scl"))
PLAIN = Task(
    (
        FIRST,
        dataclasses.replace(FIRST, tile=Tile("48QUB", FIRST.tile.place.moved(columns=8)), number=1),
        dataclasses.replace(FIRST, tile=Tile("47QUC", Place(*BORDER[32647], 16, 16, 32647)), number=2),
    ),
    dilate_px=1,
    area=None,
)
TRUTH = truth(PLAIN)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    return read(find(tmp_path_factory.mktemp("plain"), PLAIN), PLAIN)


def spoilt(answer: Answer, change: Callable[[npt.NDArray[Any]], npt.NDArray[Any]]) -> list[str]:
    bands = answer.bands | {"red": change(answer.bands["red"].copy())}
    return list(faults(dataclasses.replace(answer, bands=bands), PLAIN, TRUTH))


def test_an_honest_answer_has_no_faults_and_nearly_every_pixel_of_all_three_tiles_is_judged(plain: Answer) -> None:
    assert list(faults(plain, PLAIN, TRUTH)) == []
    codes, certain = TRUTH[0, "red"]
    assert certain[codes > 0].mean() > 0.9
    assert {name_of(int(code)).split(" of ")[-1] for code in codes[codes > 0]} == {"item 0", "item 1", "item 2"}


def without_brightest(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.where(values == np.nanmax(values), np.nan, values)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda values: np.roll(values, 1, axis=2), id="a column off"),
        pytest.param(lambda values: np.roll(values, 1, axis=1), id="a row off"),
        pytest.param(lambda values: np.fliplr(values), id="upside down"),
        pytest.param(lambda values: values - 0.1, id="offset twice"),
        pytest.param(lambda values: values + 0.1, id="offset never"),
        pytest.param(lambda values: values * 10, id="wrong scale"),
        pytest.param(lambda values: values + 0.00003, id="not quite"),
        pytest.param(lambda values: values[:, np.arange(values.shape[1]) // 2 * 2], id="every other row doubled"),
        pytest.param(without_brightest, id="one pixel lost"),
        pytest.param(lambda values: np.nan_to_num(values, nan=0.0), id="zero for nothing"),
        pytest.param(lambda values: np.nan_to_num(values, nan=0.0001), id="invented"),
    ],
)
def test_the_oracle_sees_what_is_wrong(plain: Answer, change: Callable[[npt.NDArray[Any]], npt.NDArray[Any]]) -> None:
    assert spoilt(plain, change)


def test_the_oracle_sees_a_band_in_the_place_of_another(plain: Answer) -> None:
    assert spoilt(plain, lambda _: plain.bands["nir"])


def test_the_oracle_sees_a_grid_that_lies_elsewhere(plain: Answer) -> None:
    moved = dataclasses.replace(plain, grid=dataclasses.replace(plain.grid, west=plain.grid.west + 10))
    assert list(faults(moved, PLAIN, TRUTH))


def test_the_oracle_sees_an_overflight_counted_twice(plain: Answer) -> None:
    other = dataclasses.replace(FIRST, when="2025-11-05T03:40:08Z", tile=PLAIN.products[1].tile, number=1)
    task = dataclasses.replace(PLAIN, products=(FIRST, other, PLAIN.products[2]))
    twice = Answer([FIRST.time, other.time], plain.grid, {n: np.concatenate([v, v]) for n, v in plain.bands.items()})
    assert "overflight 0 counts as 2" in list(faults(twice, task, truth(task)))
