"""One figure is the same wherever it is told: cells add up to totals, the price begins with the map's chance."""

from dataclasses import replace

import numpy as np
import pyogrio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pipeline.test_risk_season import NOW, on, propose
from risk_world import at, small, walk

from eradication.pipeline import main_path
from eradication.pipeline.plans import price
from eradication.pipeline.risk.surface import Wish, surface
from eradication.pipeline.risk.writing import written
from eradication.report.risk_files import significant


@pytest.fixture
def office(tmp_path):
    with small(tmp_path / "office") as workspace:
        walk(workspace, "BP01", [at(1.2, 3.5), at(14.8, 3.5)], on("2026-02-01"))
        yield workspace


def test_the_cells_of_the_layer_add_up_to_the_totals_however_little_each_holds(office, tmp_path):
    few = replace(office, settings=replace(office.settings, risk=replace(office.settings.risk, plots=0.2)))
    total = written(few, Wish(NOW), tmp_path / "out", "en")["total"]
    found = surface(few, Wish(NOW))
    about, _, _, columns = pyogrio.raw.read(tmp_path / "out" / "risk.gpkg", layer="risk")
    cells = dict(zip(about["fields"], columns, strict=True))
    assert 0 < cells["left_m2"].max() < 1.0  # two decimals would not do
    sums = {"expected": found.expected.mean, "left": found.left.mean, "m2": found.m2_mean, "left_m2": found.left_m2}
    sums |= {"m2_low": found.m2_low, "m2_high": found.m2_high, "searched_p": found.rows.searched}
    for name, values in sums.items():
        assert float(cells[name].sum()) == pytest.approx(float(values.sum()), rel=1e-4), name
    told = {"expected": 0.0005, "left": 0.0005, "m2": 0.5, "left_m2": 0.5}  # what the answer is rounded to
    for name in told:
        assert float(cells[name].sum()) == pytest.approx(total[name], rel=1e-4, abs=0.5 if "m2" in name else 0.0005), (
            name
        )


@given(st.lists(st.floats(1e-12, 1e9), min_size=1, max_size=20))
def test_figures_keep_their_significant_digits(values):
    told = significant(np.array([*values, 0.0]), 7)
    assert told == pytest.approx([*values, 0.0], rel=5.1e-7, abs=0.0)
    assert significant(np.array([0.27512345678, 2.4]), 3).tolist() == [0.275, 2.4]
    assert significant(np.array([0.4, 1.6]), 0).tolist() == [0.0, 2.0]


def test_the_price_begins_with_the_chance_that_the_map_tells(office, tmp_path):
    propose(office, "seen", at(12.5, 5.5))
    (office.folder / "no.csv").write_text(
        "visit_id,lon,lat,visited_at,unit,officers,outcome,look_alike\n"
        "n," + ",".join(map(str, at(12.5, 5.5))) + ",2026-03-01T09:00+07:00,BP01,S1;S2,rejected,plum_blossom\n"
    )
    assert main_path.record_visits(office, office.folder / "no.csv")["visits"][0]["status"] == "accepted"
    few = replace(office, settings=replace(office.settings, risk=replace(office.settings.risk, plots=0.5)))
    answer = written(few, Wish(NOW), tmp_path / "out", "en")
    told = {row["key"]: row["nothing_left"] for row in answer["communes"]}
    priced = price.of_season(few, NOW, sure=min(told.values()) / 2)
    assert {row["key"]: row["now"] for row in priced["rows"]} == told
    # No search is needed, and what it then is comes from the pricing itself.
    assert {row["key"]: row["then"] for row in priced["rows"]} == told
    assert all(0 < chance < 1 for chance in told.values())
