"""The picture of clear looks lies where its layer lies and shows its numbers."""

import base64
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.io import MemoryFile

from eradication import geo
from eradication.report import seen


def layer(path: Path, looks: np.ndarray) -> Path:
    profile = {"driver": "GTiff", "height": looks.shape[0], "width": looks.shape[1], "count": 1, "dtype": "uint8"}
    with rasterio.open(
        path, "w", crs="EPSG:32648", transform=Affine(10, 0, 386_400, 0, -10, 2_358_800), **profile
    ) as f:
        f.write(looks, 1)
    return path


def colours(picture: seen.Seen) -> np.ndarray:
    kind, _, coded = picture.png.partition(",")
    assert kind == "data:image/png;base64"
    with MemoryFile(base64.b64decode(coded)) as memory, memory.open() as file:
        return file.read().transpose(1, 2, 0)


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
@pytest.mark.parametrize("step", seen.STEPS)
def test_numbers_have_the_colour_of_their_step(tmp_path, step):
    for looks in (step.least, step.most):
        shown = colours(seen.picture(layer(tmp_path / "clear.tif", np.full((60, 90), looks, np.uint8))))
        rows, columns, _ = shown.shape
        assert tuple(shown[rows // 2, columns // 2]) == step.colour


def test_every_number_belongs_to_one_step():
    owners = [[n for n in range(256) if step.least <= n <= step.most] for step in seen.STEPS]
    assert sorted(n for some in owners for n in some) == list(range(256))


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_it_lies_where_the_layer_lies_and_stays_small(tmp_path):
    looks = np.zeros((2000, 3000), np.uint8)
    looks[:, 1500:] = 20
    picture = seen.picture(layer(tmp_path / "clear.tif", looks))
    shown = colours(picture)
    assert max(shown.shape) <= seen.MOST_PX
    rows, columns, _ = shown.shape
    assert tuple(shown[rows // 2, columns // 4]) == seen.STEPS[0].colour, "the west was never seen"
    assert shown[rows // 2, 3 * columns // 4, 3] == 0, "the east was seen often and stays as it is"
    west, south, east, north = picture.bounds
    corners = geo.transform([(386_400, 2_358_800), (416_400, 2_338_800)], geo.UTM48, geo.WGS84)
    assert (west, north) == pytest.approx(corners[0], abs=0.003)
    assert (east, south) == pytest.approx(corners[1], abs=0.003)
