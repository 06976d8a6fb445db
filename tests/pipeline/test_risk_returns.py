"""Which old places are known to be planted again, and which are known not to be: those somebody went back to."""

import pytest
from pipeline.test_risk_season import NOW, on
from risk_world import at, finds, small, walk

from eradication.domain import Season
from eradication.pipeline import main_path, projection
from eradication.pipeline.risk import ground, season
from eradication.pipeline.risk.returns import returns
from eradication.risk import reuse

HEAD = "visit_id,lon,lat,visited_at,unit,officers,outcome,area_m2,area_method,look_alike\n"


@pytest.fixture
def office(tmp_path):
    with small(tmp_path / "office") as workspace:
        yield workspace


@pytest.fixture
def found_last_season(office):
    finds(office, [(*at(2.5 + n, 4.5), "2025-02-01", "BP01") for n in range(8)])
    return office


def told(workspace, until=NOW):
    here = ground.of_workspace(workspace)
    rows = season.rows(workspace, season.known(workspace, until), here)
    return returns(projection.replayed(workspace), rows, here, until)


def reject(workspace, place, day):
    table = workspace.folder / "rejected.csv"
    table.write_text(HEAD + f"r-{day},{place[0]},{place[1]},{day}T09:00+07:00,BP01,S1;S2,rejected,,,plum_blossom\n")
    (row,) = main_path.record_visits(workspace, table)["visits"]
    assert row["status"] == "accepted", row


def test_a_season_nobody_walked_says_nothing_of_old_places(found_last_season):
    for later in (NOW, Season(2026), Season(2040)):
        known = told(found_last_season, later)
        assert known == reuse.Returns(8, 0.0, 0, 0.0)
        assert known.rate == pytest.approx(reuse.REUSE)
    assert told(found_last_season, Season(2024)) == reuse.Returns(0, 0.0, 0, 0.0)


def test_a_visit_that_found_nothing_counts_and_so_does_poppy_found_again(found_last_season):
    reject(found_last_season, at(2.5, 4.5), "2026-02-01")
    finds(found_last_season, [(*at(3.5, 4.5), "2026-02-02", "BP01")])
    assert told(found_last_season) == reuse.Returns(8, 2.0, 1, 2.0)


def test_a_return_after_three_seasons_counts_half(office):
    finds(office, [(*at(2.5 + n, 4.5), "2020-02-01", "BP01") for n in range(2)])
    reject(office, at(2.5, 4.5), "2023-02-01")
    assert told(office, Season(2021)) == reuse.Returns(2, 0.0, 0, 0.0)
    assert told(office, Season(2022)) == reuse.Returns(2, 1.0, 0, 0.5)
    finds(office, [(*at(3.5, 4.5), "2023-02-02", "BP01")])
    assert told(office, Season(2022)) == reuse.Returns(2, 2.0, 1, 1.0)
    reject(office, at(3.5, 4.5), "2024-02-01")  # last found the season before, so it counts whole
    assert told(office, Season(2023)) == reuse.Returns(2, 3.0, 1, 2.0)


def test_the_search_of_its_cell_counts_with_its_p(found_last_season):
    walk(found_last_season, "BP01", [at(1.2, 4.5), at(4.8, 4.5)], on("2026-02-01"))
    (now,) = season.rows(found_last_season, [NOW], ground.of_workspace(found_last_season))
    known, p = told(found_last_season), now.searched.reshape(8, 16)[4, 2:10]
    assert 0.0 < p[0] < 1.0
    assert p[-1] == 0.0
    assert known.made == known.weight == pytest.approx(p.sum())
    assert known.again == 0
