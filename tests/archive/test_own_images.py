"""A user's own GeoTIFFs: several dates make a catalog, one fine date a layer for people, and nothing is guessed."""

import dataclasses
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from shapely.geometry import Point

from eradication import review
from eradication.archive import geotiffs
from eradication.domain import Season
from eradication.errors import RefusedInput, UnusableInput
from eradication.ingest import imagery
from eradication.pipeline import fetching, reviewing, sourcing, workspace
from eradication.review import Mosaic, Sighting

SEASON = Season(2025)


@pytest.fixture
def ws(tmp_path: Path):
    with workspace.created(tmp_path / "ws", workspace.settings_for("Sơn La")) as opened:
        yield opened


def image(path: Path, pixel_m: float = 10.0, count: int = 4, epsg: int | None = 32648, **more: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    dtype = more.pop("dtype", "float32")
    names: Sequence[str] = more.pop("names", ("blue", "green", "red", "nir")[:count])
    values = (np.arange(count * 60 * 50).reshape(count, 60, 50) % 97 / 200 + 0.02).astype(dtype)
    profile = {"driver": "GTiff", "height": 60, "width": 50, "count": count, "dtype": dtype, **more}
    if epsg:
        profile |= {"crs": f"EPSG:{epsg}", "transform": Affine(pixel_m, 0, 386_400, 0, -pixel_m, 2_358_800)}
    with rasterio.open(path, "w", **profile) as file:
        file.write(values)
        for number, name in enumerate(names, start=1):
            file.set_band_description(number, name)
    return path


DAYS = ("2025-11-05", "20260114", "2026_02_13", "2026.03.15")


def test_a_folder_of_dated_images_is_read_as_a_season(ws, tmp_path):
    for day in DAYS:
        image(tmp_path / "own" / f"mosaic_{day}.tif")
    catalog = fetching.local_catalog(ws, str(tmp_path / "own"), SEASON, None)
    archive = imagery.find(catalog, SEASON, settings=ws.settings)
    assert [scene.time.date().isoformat() for scene in archive.scenes] == [
        "2025-11-05",
        "2026-01-14",
        "2026-02-13",
        "2026-03-15",
    ]
    assert {tuple(scene.bands) for scene in archive.scenes} == {("blue", "green", "red", "nir")}
    assert {scene.facts["rule"] for scene in archive.scenes} == {"reflectance"}


def test_files_of_one_band_each_are_one_image(ws, tmp_path):
    for day in DAYS[:2]:
        for band in ("B02", "B04", "nir"):
            image(tmp_path / "own" / f"{day}_{band}.tif", count=1, names=("",))
    with sourcing.asked(ws, sourcing.Request(str(tmp_path / "own"), SEASON)) as archive:
        files = sourcing.files_of(archive)
    assert [item["id"] for item in files.items] == ["2025-11-05", "20260114"]
    assert set(files.items[0]["assets"]) == {"blue", "red", "nir"}


def test_counts_without_a_scale_are_never_guessed_to_be_reflectance(ws, tmp_path):
    for day in DAYS[:2]:
        image(tmp_path / "own" / f"{day}.tif", dtype="uint16")
    catalog = fetching.local_catalog(ws, str(tmp_path / "own"), SEASON, None)
    with pytest.raises(UnusableInput) as error:
        imagery.find(catalog, SEASON, settings=ws.settings)
    assert "no_offset_rule" in str(error.value.values["reasons"])
    for day in DAYS[:2]:
        told = {"scale": 0.0001, "bands": ["blue", "green", "red", "nir"]}
        (tmp_path / "own" / f"{day}.json").write_text(json.dumps(told))
    archive = imagery.find(
        fetching.local_catalog(ws, str(tmp_path / "own"), SEASON, None), SEASON, settings=ws.settings
    )
    assert len(archive.scenes) == 2


def test_one_fine_date_does_not_pass_as_a_season(ws, tmp_path):
    path = image(tmp_path / "2026-02-14_uav.tif", pixel_m=0.05)
    with pytest.raises(UnusableInput) as error:
        fetching.local_catalog(ws, str(path), SEASON, None)
    assert error.value.kind == "review_only"
    assert "imagery review" in error.value.hint


@pytest.mark.parametrize("name", ["mosaic.tif", "99999999_x.tif", "2026-13-40.tif", "flight_1234.tif"])
def test_an_image_without_a_date_asks_for_it(tmp_path, name):
    with pytest.raises(UnusableInput) as error:
        geotiffs.look(image(tmp_path / name))
    assert error.value.kind == "no_date"
    assert "--date" in error.value.hint


def test_the_side_car_wins_over_the_name_and_the_user_over_both(tmp_path):
    path = image(tmp_path / "2026-01-01.tif")
    told = {"datetime": "2026-02-14T09:30:00+07:00", "bands": ["B04", "x", "", "B08"]}
    (tmp_path / "2026-01-01.json").write_text(json.dumps(told))
    seen = geotiffs.look(path)
    assert seen.when.isoformat() == "2026-02-14T02:30:00+00:00"
    assert seen.bands == ("red", "", "", "nir")
    assert geotiffs.look(path, date(2026, 3, 1)).when.date() == date(2026, 3, 1)


SIDECARS = ["", "[1]", "{", '{"bands": ["red"]}', '{"bands": 3}', '{"datetime": "yesterday"}', '{"scale": "small"}']


@pytest.mark.parametrize("text", SIDECARS)
def test_a_side_car_that_makes_no_sense_is_refused(tmp_path, text):
    path = image(tmp_path / "2026-01-01.tif")
    (tmp_path / "2026-01-01.json").write_text(text)
    with pytest.raises(RefusedInput) as error:
        geotiffs.look(path)
    assert error.value.kind == "bad_sidecar"


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")  # of the writing here
def test_an_image_must_say_where_it_is(tmp_path):
    path = image(tmp_path / "2026-01-01.tif", epsg=None)
    with pytest.raises(RefusedInput) as error:
        geotiffs.look(path)
    assert error.value.kind == "no_crs"


def test_T1_a_file_of_another_kind_with_the_name_of_an_image_is_not_opened(tmp_path):
    path = tmp_path / "2026-01-01.tif"
    path.write_text('<VRTDataset rasterXSize="1" rasterYSize="1"><SRS>EPSG:4326</SRS></VRTDataset>')
    with pytest.raises(RefusedInput) as error:
        geotiffs.look(path)
    assert error.value.kind == "unreadable"


def keep(ws: workspace.Workspace, *paths: Path, day: Any = None, detector: str = "none") -> dict[str, Any]:
    return reviewing.keep(ws, paths, str, day=day, detector=detector)


def test_a_mosaic_becomes_a_layer_that_others_find(ws, tmp_path):
    path = image(tmp_path / "2026-02-14 UAV.tif", pixel_m=0.05, count=3, dtype="uint8", names=("red", "green", "blue"))
    answer = keep(ws, path)
    [row] = answer["layers"]
    assert (row["status"], row["bands"], row["pixel_m"]) == ("kept", ["red", "green", "blue"], 0.05)
    [found] = review.layers(ws.layers)
    assert found["id"] == row["id"]
    with rasterio.open(ws.layers / found["assets"]["image"]["href"]) as copy, rasterio.open(path) as original:
        np.testing.assert_array_equal(copy.read(), original.read())
        assert copy.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
    assert found["properties"]["datetime"] == "2026-02-14T05:00:00Z"
    keep(ws, path)
    assert len(review.layers(ws.layers)) == 1


def test_a_bad_image_is_refused_with_its_reason_and_the_others_go_on(ws, tmp_path):
    image(tmp_path / "own" / "2026-02-14.tif", pixel_m=0.1)
    (tmp_path / "own" / "2026-02-15.tif").write_bytes(b"II*\0" + b"\0" * 50)
    image(tmp_path / "own" / "nodate.tif", pixel_m=0.1)
    rows = keep(ws, tmp_path / "own")["layers"]
    assert [(row["status"], row["reason"] if row["status"] == "refused" else "") for row in rows] == [
        ("kept", ""),
        ("refused", "unreadable"),
        ("refused", "no_date"),
    ]
    assert {p.name for p in ws.layers.iterdir()} == {"2026-02-14.tif", "2026-02-14.json"}


@dataclasses.dataclass
class FakeDetector:
    """Proposes the middle of every image; what a real one would do is not this package's to say."""

    seen: list[Mosaic]
    name: str = "fake 1"

    def detect(self, mosaic: Mosaic) -> Sequence[Sighting]:
        self.seen.append(mosaic)
        west, south, east, north = mosaic.item["bbox"]
        return [Sighting(Point((west + east) / 2, (south + north) / 2).buffer(1e-6), 0.7, "bright rows")]


def test_a_detector_sees_the_layer_and_what_it_proposes_is_to_be_checked(ws, tmp_path, monkeypatch):
    fake = FakeDetector([])
    monkeypatch.setitem(review.DETECTORS, "fake", lambda: fake)
    path = image(tmp_path / "2026-02-14.tif", pixel_m=0.05)
    answer = keep(ws, path, detector="fake")
    assert answer["detector"] == "fake 1"
    assert answer["layers"][0]["sightings"] == 1
    assert fake.seen[0].path == ws.layers / "2026-02-14.tif"
    told = json.loads((ws.layers / "2026-02-14.sightings.geojson").read_text())["features"][0]["properties"]
    assert told == {"score": 0.7, "label": "bright rows", "detector": "fake 1", "status": "to_be_checked"}
    keep(ws, path)
    assert not (ws.layers / "2026-02-14.sightings.geojson").exists()


def test_an_unknown_detector_is_named_with_the_known_ones(ws, tmp_path):
    with pytest.raises(UnusableInput) as error:
        keep(ws, image(tmp_path / "2026-02-14.tif"), detector="magic")
    assert error.value.kind == "unknown_detector"
    assert error.value.values["known"] == "none"
