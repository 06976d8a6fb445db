"""The real vintages of Sơn La, 204, 200 and 75 communes, told on one another."""

from collections import Counter
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eradication.config import Settings
from eradication.ingest import boundaries, communes
from eradication.rebasing import Basis, place, rebase, shares, vintage_on

REFORM, EVE = date(2025, 7, 1), date(2025, 6, 30)


@pytest.fixture(scope="module")
def vintages(shared_data):
    known, lineage = communes.of_province("Sơn La")
    read = {
        year: boundaries.read(
            shared_data / "boundaries" / f"sonla_communes_{year}.geojson",
            valid_from=first,
            valid_to=last,
            known=known,
            settings=Settings(),
        ).units
        for year, first, last in ((2009, date(2009, 4, 1), EVE), (2025, REFORM, None))
    }
    return {2009: read[2009], 2024: [u for u in known if u.valid_on(EVE)], 2025: read[2025]}, lineage


@pytest.fixture(scope="module")
def from_2009(vintages):
    by_year, lineage = vintages
    return shares(by_year[2009], by_year[2025], lineage)


@pytest.mark.slow
def test_the_old_map_and_the_present_one_disagree_by_about_eighty_square_kilometres(from_2009):
    assert sum(from_2009.outside_m2.values()) / 1e6 == pytest.approx(77.3, abs=0.5)
    assert sum(from_2009.unclaimed_m2.values()) / 1e6 == pytest.approx(82.7, abs=0.5)
    assert (from_2009.unplaced, from_2009.uncovered) == ((), ())
    assert {row.basis for row in from_2009.rows} == {Basis.OVERLAP}


@pytest.mark.slow
@settings(max_examples=30)
@given(data=st.data())
def test_any_figures_of_any_of_the_204_old_communes_keep_their_total(from_2009, data):
    codes = sorted({row.old for row in from_2009.rows})
    values = data.draw(st.dictionaries(st.sampled_from(codes), st.integers(0, 10**9)))
    assert rebase(values, from_2009).total_m2 == sum(values.values())


@pytest.mark.slow
def test_the_200_communes_of_the_list_went_into_the_75_wholly_and_back_they_are_estimates(vintages):
    by_year, lineage = vintages
    how = shares(by_year[2024], by_year[2025], lineage)
    assert Counter(row.basis for row in how.rows) == {Basis.STATED: 200}
    anew = rebase({u.code: 10_000 for u in by_year[2024]}, how)
    assert (len(anew.rows), anew.total_m2, anew.left) == (75, 2_000_000, {})
    assert {figure.mark for figure in anew.rows.values()} == {""}
    back = rebase({u.code: 10_000 for u in by_year[2025]}, shares(by_year[2025], by_year[2024], lineage))
    assert back.total_m2 == 750_000
    assert sum(figure.mark == "" for figure in back.rows.values()) == 7  # those that were not changed


def test_a_day_before_the_reform_has_the_204_of_the_map_and_not_the_list_over_them_again(vintages):
    by_year, _ = vintages
    known = [unit for units in by_year.values() for unit in units]
    assert len(vintage_on(known, date(2015, 1, 1))) == 204
    assert len(vintage_on(known, REFORM)) == 75


def test_a_village_just_outside_the_outlines_is_placed_in_the_nearest_commune(vintages):
    by_year, _ = vintages
    (vân_hồ,) = [u for u in by_year[2025] if u.code == "04048"]
    inside, abroad = place([(vân_hồ.lon, vân_hồ.lat), (103.0, 20.0)], by_year[2025])
    assert (inside.code, inside.distance_m, abroad.code) == ("04048", 0.0, "")
