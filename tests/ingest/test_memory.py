"""Known files are not examined again; changed ones are."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from imagery_factory import Item, Place, coded, write_catalog

from eradication.config import Imagery, Settings
from eradication.domain import Season
from eradication.ingest import imagery
from eradication.ingest.memory import Memory

PLACE = Place()


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    items = [
        Item(f"i{n}", f"2026-0{n + 1}-05T03:40:00Z", {"red": coded(n, 0, PLACE), "nir": coded(n, 1, PLACE)}, PLACE)
        for n in (0, 1)
    ]
    return write_catalog(tmp_path / "images", items)


def found(catalog: Path, file: Path, settings: Settings | None = None) -> imagery.Archive:
    return imagery.find(str(catalog), Season(2025), settings=settings or Settings(), memory=Memory(file))


def last_opened(catalog: Path) -> list[int]:
    return [os.stat(path).st_atime_ns for path in sorted(catalog.parent.rglob("*.tif"))]


def rewind(catalog: Path) -> None:
    """Set the time of the last reading back, so that the next one shows."""
    for path in catalog.parent.rglob("*.tif"):
        os.utime(path, ns=(1, path.stat().st_mtime_ns))


def test_a_second_look_at_the_same_files_opens_none_of_them(catalog: Path, tmp_path: Path) -> None:
    first = found(catalog, tmp_path / "files.json")
    rewind(catalog)
    second = found(catalog, tmp_path / "files.json")
    assert last_opened(catalog) == [1] * 4
    assert [scene.rasters for scene in second.scenes] == [scene.rasters for scene in first.scenes]
    assert second.facts["items"] == first.facts["items"]


def test_a_file_that_was_replaced_is_examined_again(catalog: Path, tmp_path: Path) -> None:
    found(catalog, tmp_path / "files.json")
    changed = next(path for path in sorted(catalog.parent.rglob("*.tif")) if "red" in path.name)
    changed.write_bytes(b"no image")
    again = found(catalog, tmp_path / "files.json")
    assert [(failure.asset, failure.reason) for failure in again.failed] == [("red", "unreadable")]


def test_other_thresholds_judge_the_pixels_again(catalog: Path, tmp_path: Path) -> None:
    found(catalog, tmp_path / "files.json")
    size = (tmp_path / "files.json").stat().st_size
    found(catalog, tmp_path / "files.json", replace(Settings(), imagery=Imagery(dark_forest_red=0.2)))
    assert (tmp_path / "files.json").stat().st_size > size


@pytest.mark.parametrize("content", [b"", b"[1, 2]", b'{"x": 3}', bytes(range(256))])
def test_a_damaged_memory_is_no_memory(catalog: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "files.json").write_bytes(content)
    archive = found(catalog, tmp_path / "files.json")
    np.testing.assert_array_equal(imagery.read(archive).bands["red"][0], coded(0, 0, PLACE) + np.uint16(1000))
