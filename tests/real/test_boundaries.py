"""Real boundary files of Sơn La go in with their known faults listed."""

from collections import Counter
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from eradication.config import Settings
from eradication.domain import AdminUnit
from eradication.ingest import boundaries, communes
from eradication.ingest.boundaries import BoundaryFile

REFORM = date(2025, 7, 1)


@pytest.fixture(scope="module")
def known() -> list[AdminUnit]:
    return communes.of_province("Sơn La")[0]


@pytest.fixture(scope="module")
def imported(shared_data: Path, known: list[AdminUnit]) -> BoundaryFile:
    path = shared_data / "boundaries" / "sonla_communes_2025.geojson"
    return boundaries.read(path, valid_from=REFORM, valid_to=None, known=known, settings=Settings())


def of_kind(found: BoundaryFile, kind: str) -> dict[str, float | str | None]:
    return {w.code: w.value for w in found.warnings if w.kind == kind}


def test_all_75_communes_of_2025_come_in_with_their_codes_and_names(imported, known):
    now = {u.code: u.name for u in known if u.valid_on(REFORM)}
    assert {u.code: u.name for u in imported.units} == now
    assert all(u.geometry is not None and u.geometry.is_valid and not u.approximate for u in imported.units)


def test_the_three_communes_whose_polygon_disagrees_with_the_stated_area_are_listed(imported):
    names = {u.code: u.name for u in imported.units}
    found = {names[code]: value for code, value in of_kind(imported, "area_differs").items()}
    assert found == {
        "Phường Mộc Châu": pytest.approx(1.28, abs=0.005),
        "Xã Chiềng Sơn": pytest.approx(0.85, abs=0.005),
        "Xã Lóng Sập": pytest.approx(0.92, abs=0.005),
    }


def test_the_two_overlaps_over_a_hectare_are_listed_with_both_units(imported):
    names = {u.code: u.name for u in imported.units}
    found = [(names[w.code], names[w.other], w.value) for w in imported.warnings if w.kind == "overlap"]
    assert found == [
        ("Xã Tân Phong", "Xã Đoàn Kết", pytest.approx(88_400, rel=0.01)),
        ("Xã Tân Yên", "Xã Đoàn Kết", pytest.approx(65_500, rel=0.01)),
    ]


def test_areas_stated_far_too_small_by_the_package_of_names_come_to_light(imported):
    assert of_kind(imported, "stated_area_conflict") == {"03703": pytest.approx(8.0, abs=0.1), "04117": 1.5496}


def test_nothing_else_is_wrong_with_the_file_of_2025(imported):
    assert Counter(w.kind for w in imported.warnings) == {"area_differs": 3, "overlap": 2, "stated_area_conflict": 2}


def test_stand_in_outlines_put_about_three_quarters_of_the_area_into_the_right_commune(imported, known):
    guess = boundaries.locator(known, REFORM)
    truth = boundaries.locator([*known, *imported.units], REFORM)
    rng = np.random.default_rng(1)
    points = zip(rng.uniform(103.2, 105.1, 4000).tolist(), rng.uniform(20.5, 22.1, 4000).tolist(), strict=True)
    pairs = [(truth(*p), guess(*p)) for p in points]
    inside = [(real, said) for real, said in pairs if real]
    right = sum(real == said for real, said in inside) / len(inside)
    assert 0.65 < right < 0.85
    abroad = [said for real, said in pairs if not real]
    assert sum(said == "" for said in abroad) / len(abroad) > 0.9


def test_the_old_vintage_of_2009_comes_in_although_its_codes_are_not_official(shared_data, known):
    path = shared_data / "boundaries" / "sonla_communes_2009.geojson"
    found = boundaries.read(
        path, valid_from=date(2009, 4, 1), valid_to=date(2025, 6, 30), known=known, settings=Settings()
    )
    kinds = Counter(w.kind for w in found.warnings)
    assert len(found.units) == 204
    assert (kinds["unknown_code"], kinds["missing_unit"]) == (204, 200)
    assert {u.name for u in found.units} >= {"Phường Chiềng Lề", "Xã Vân Hồ"}
    assert found.units[0].code == "3030101"
