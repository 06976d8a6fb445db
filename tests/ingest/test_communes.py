"""Names, codes, stand-in outlines and lineage of communes."""

from datetime import date

import pytest
import shapely
from shapely.geometry import Point

from eradication import geo
from eradication.domain import AdminUnit
from eradication.errors import UnusableInput
from eradication.ingest import communes


@pytest.fixture(scope="module")
def son_la() -> tuple[list[AdminUnit], list[AdminUnit]]:
    units, _ = communes.of_province("Sơn La")
    return [u for u in units if u.valid_on(date(2025, 6, 30))], [u for u in units if u.valid_on(date(2025, 7, 1))]


def test_son_la_has_200_communes_until_june_2025_and_75_since(son_la):
    old, new = son_la
    assert (len(old), len(new)) == (200, 75)
    assert sum(u.name.startswith("Phường ") for u in new) == 8
    assert sum(u.name.startswith("Xã ") for u in new) == 67
    assert all(len(u.code) == 5 and u.code.startswith("0") for u in [*old, *new])


def test_a_code_is_unique_within_a_vintage_but_may_return_with_another_meaning(son_la):
    old, new = ({u.code: u.name for u in vintage} for vintage in son_la)
    assert (len(old), len(new)) == (200, 75)
    assert (old["03646"], new["03646"]) == ("Phường Chiềng Lề", "Phường Tô Hiệu")


def test_every_new_unit_has_an_approximate_outline_round_its_centre(son_la):
    _, new = son_la
    for unit in new:
        assert unit.approximate
        assert unit.source == "vietnamadminunits 1.0.4, Voronoi"
        assert unit.geometry is not None
        assert unit.geometry.is_valid
        assert unit.geometry.intersects(Point(unit.lon, unit.lat)), unit.name


def test_outlines_of_a_vintage_do_not_overlap_and_add_up_to_the_stated_area(son_la):
    for vintage in son_la:
        outlines = [u.geometry for u in vintage if u.geometry is not None]
        total = sum(geo.area_m2(g) for g in outlines)
        assert total == pytest.approx(geo.area_m2(shapely.union_all(outlines)), rel=1e-6)
        stated = 1e6 * sum(u.area_km2 for u in son_la[1] if u.area_km2)
        assert total == pytest.approx(stated, rel=0.01)


def test_old_units_whose_centre_is_not_their_own_get_no_outline(son_la):
    old, _ = son_la
    without = {u.name for u in old if u.geometry is None}
    assert len(without) == 9
    assert {"Phường Mộc Sơn", "Xã Chiềng Hặc"} <= without


def test_old_units_state_no_area_and_new_ones_do(son_la):
    old, new = son_la
    assert {u.area_km2 for u in old} == {None}
    assert all(u.area_km2 and u.area_km2 > 0 for u in new)


def test_lineage_leads_every_old_unit_to_one_new_one(son_la):
    old, new = son_la
    _, lineage = communes.of_province("Sơn La")
    assert {item.old_code for item in lineage} == {u.code for u in old}
    assert {item.new_code for item in lineage} == {u.code for u in new}
    assert {(item.changed_on, item.share) for item in lineage} == {(date(2025, 7, 1), 1.0)}
    [van_ho] = [item.new_code for item in lineage if item.old_name == "Xã Vân Hồ"]
    assert van_ho in {u.code for u in new if u.name == "Xã Vân Hồ"}


def test_shares_of_a_divided_unit_are_unknown_not_guessed():
    units, lineage = communes.of_province("Hà Nội")
    divided = [item for item in lineage if item.share is None]
    heirs = {(i.old_code, i.new_code) for i in divided}
    assert len(heirs) == len(divided) > len({i.old_code for i in divided}) > 0
    assert {i.new_code for i in lineage} <= {u.code for u in units}


@pytest.mark.parametrize("spelling", ["son la", "SƠN LA", "Tỉnh Sơn La", "So\u031bn La", "  sơn   la "])
def test_a_province_is_found_without_its_diacritics_or_its_kind(spelling):
    units, _ = communes.of_province(spelling)
    assert len(units) == 275


@pytest.mark.parametrize(
    ("name", "near"), [("Sơn Lá La", "Sơn La"), ("Hoà Binh", "Phú Thọ"), ("Hà Giang", "Tuyên Quang")]
)
def test_an_unknown_province_is_refused_with_near_matches(name, near):
    with pytest.raises(UnusableInput) as refusal:
        communes.of_province(name)
    assert refusal.value.kind == "unknown_province"
    assert near in refusal.value.hint.format(**refusal.value.values)


def test_the_same_name_gives_the_same_units():
    assert communes.of_province("Sơn La") == communes.of_province("sơn la")
