"""What a season knew before its walks: nothing is told by what it is to foretell."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from risk_world import COLUMNS, ROWS, WEST_M, at, drawn, finds, named, small, walk

from eradication.domain import TIMEZONE, Candidate, CandidateSource, EventKind, ScoreKind, Season
from eradication.effort.lines import walked
from eradication.effort.strips import STRIDE
from eradication.geo import disc
from eradication.history import Followed
from eradication.history.naming import plot_id_of
from eradication.pipeline import journal, projection
from eradication.pipeline.risk import ground, past, searching, season
from eradication.pipeline.risk.past import Field, Past, Places

BEFORE, NOW = Season(2024), Season(2025)


@pytest.fixture
def office(tmp_path):
    with small(tmp_path / "office") as workspace:
        yield workspace


def on(day):
    return datetime.fromisoformat(f"{day}T08:00").replace(tzinfo=TIMEZONE)


def rows(workspace, *seasons):
    return season.rows(workspace, seasons or (NOW,), ground.of_workspace(workspace))


def grid(values):
    return np.asarray(values).reshape(ROWS, COLUMNS)


def propose(workspace, name, place, score=0.8, *, source=CandidateSource.SATELLITE, radius=10.0):
    """Put a candidate or a tip of the season on record, now."""
    shape = disc(*place, np.pi * radius**2)
    if source is CandidateSource.SATELLITE:
        about = score, ScoreKind.RULE, 300.0, "run", "rules", 9
    else:
        about = 0.0, ScoreKind.PRIORITY, 300.0, "", "", 0
    told = Candidate(name, NOW, shape, *place, *about, source=source)
    plot = plot_id_of(name)
    with workspace.store.transaction() as transaction:
        body = journal.of_candidate(Followed(told, plot, True), f"SL-{name}")
        transaction.append(EventKind.CANDIDATE_PROPOSED, datetime(2026, 1, 1, tzinfo=UTC), body)
        projection.refresh(workspace, transaction)
    return plot


def test_a_plot_is_of_the_past_only_in_later_seasons(office):
    finds(office, [(*at(4.5, 4.5), "2025-02-01", "BP01")])
    first, second = rows(office, BEFORE, NOW)
    assert first.raw["past_near_m"] is None
    assert first.raw["past_density"] is None
    assert grid(first.finds)[4, 4] == 1
    assert first.finds.sum() == 1
    near = grid(second.raw["past_near_m"])
    assert near[4, 4] == 0.0
    assert near[4, 5] == pytest.approx(125.0, abs=0.1)  # from its nearest part
    assert near[4, 7] == pytest.approx(625.0, abs=0.1)
    assert near[7, 4] == pytest.approx(625.0, abs=0.1)
    assert near[6, 6] == pytest.approx(np.hypot(375.0, 375.0), abs=0.1)
    density = grid(second.raw["past_density"])
    assert density[4, 4] == pytest.approx(1.0)
    assert density[4, 5] == pytest.approx(np.exp(-0.5 * (125 / 500) ** 2), abs=1e-3)
    assert second.finds.sum() == 0


def test_older_seasons_count_less_and_fibre_hemp_counts_nothing():
    field = Field(1600, 9320, (8, 16))
    both = Past.of(field, {2020: [(401_125.0, 2_331_125.0)], 2022: [(401_125.0, 2_331_125.0)]})
    cell = np.array([9324 * STRIDE + 1604])
    assert both.before(2020, cell)["past_near_m"] is None
    assert both.before(2021, cell)["past_density"] == pytest.approx(1.0)
    assert both.before(2023, cell)["past_density"] == pytest.approx(1.0 + 0.5)
    assert past.weight(1) == 1.0
    assert past.weight(3) == 0.5


def test_searched_cells_have_p_and_the_only_unit_that_came_near(office):
    walk(office, "BP01", [at(1.2, 1.5), at(6.8, 1.5)], on("2026-02-01"))
    walk(office, "CA02", [at(10.2, 6.5), at(13.8, 6.5)], on("2026-02-02"))
    walk(office, "BP01", [at(13.2, 6.5), at(15.8, 6.5)], on("2026-02-03"))
    (now,) = rows(office)
    p, unit = grid(now.p), grid(now.unit)
    assert (p[1, 1:7] > 0).all()
    assert (p[3:6] == 0).all()
    assert now.units == ("BP01", "CA02")
    assert unit[1, 3] == 0
    assert unit[6, 11] == 1
    assert unit[6, 13] == searching.SEVERAL
    assert unit[4, 4] == searching.SEVERAL
    assert now.patrols == 3
    assert now.hours > 0
    assert rows(office, BEFORE)[0].p.sum() == 0


def test_a_find_without_a_track_counts_like_the_others_and_is_told(office):
    walk(office, "BP01", [at(1.2, 1.5), at(6.8, 1.5)], on("2026-02-01"))
    walk(office, "BP01", [at(1.2, 1.5), at(3.8, 1.5)], on("2026-02-15"))
    finds(
        office,
        [
            (*at(2.5, 1.5), "2026-02-01", "BP01"),
            (*at(5.5, 1.5), "2026-02-01", "BP01"),
            (*at(12.5, 5.5), "2026-02-20", "CA02"),
            (*at(30.5, 5.5), "2026-02-20", "CA02"),
        ],
    )
    (now,) = rows(office)
    assert now.finds.sum() == 3
    assert now.outside == 1
    assert now.untracked.sum() == 1
    assert grid(now.untracked)[5, 12]
    p = grid(now.p)
    assert p[5, 12] == pytest.approx((p[1, 2] + p[1, 5]) / 2)
    assert grid(now.searched)[5, 12] == 0.0
    assert now.searched.sum() < now.p.sum()


def test_candidates_count_where_nobody_had_walked_before_they_were_known(office):
    walk(office, "BP01", [at(1.2, 3.5), at(6.8, 3.5)], on("2026-02-01"))
    propose(office, "late", at(3.5, 3.5))  # put on record today, long after the walk
    propose(office, "beside", at(5.5, 3.5))
    propose(office, "other", at(11.5, 3.5), 0.4)
    propose(office, "best", at(11.6, 3.6), 0.7)
    finds(office, [(*at(3.5, 3.5), "2026-02-01", "BP01")])
    (now,) = rows(office)
    score = grid(now.raw["satellite"])
    assert score[3, 3] == score[3, 5] == 0.0  # with a find or without
    assert score[3, 11] == 0.7
    assert score.sum() == pytest.approx(0.7)
    assert grid(now.raw_now["satellite"])[3, 3] == 0.0  # what is found is not left
    assert grid(now.raw_now["satellite"])[3, 5] == 0.8
    # A simulated season is over when its images are looked at: there the candidate stands.
    simulated = replace(office.settings, workspace=replace(office.settings.workspace, simulated=True))
    (then,) = rows(replace(office, settings=simulated))
    assert grid(then.raw["satellite"])[3, 3] == 0.8
    assert rows(office, BEFORE)[0].raw["satellite"] is None


def test_what_is_found_in_a_season_changes_nothing_of_what_it_is_told_by(office):
    for row in range(ROWS):
        walk(office, "BP01", [at(0.2, row + 0.5), at(COLUMNS - 0.2, row + 0.5)], on(f"2026-02-0{row + 1}"))
    rng = np.random.default_rng(1)
    spots = [at(column + 0.5, row + 0.5) for column in range(COLUMNS) for row in range(ROWS)]
    for n in rng.choice(len(spots), 10, replace=False).tolist():
        propose(office, f"c{n}", spots[n])
        propose(office, f"t{n}", spots[n], source=CandidateSource.TIP, radius=50.0)
    (before,) = rows(office)
    found = [(*spots[n], "2026-02-09", "BP01") for n in rng.choice(len(spots), 40, replace=False)]
    finds(office, found)
    (after,) = rows(office)
    assert after.finds.sum() > 20
    for name, told in before.raw.items():
        assert np.array_equal(told, after.raw[name]), name


def test_the_first_walk_near_a_cell_is_that_of_any_unit_and_of_thinned_walks_that_in_its_square_kilometre(office):
    walk(office, "BP01", [at(1.2, 1.5), at(6.8, 1.5)], on("2026-02-05"))
    walk(office, "CA02", [at(1.2, 2.5), at(3.2, 2.5)], on("2026-02-03"))
    known = searching.of_season(office, NOW)
    since = dict(zip(known.cell.tolist(), known.since.tolist(), strict=True))
    first, second = on("2026-02-03").toordinal(), on("2026-02-05").toordinal()
    cell = 9320 * STRIDE + 1600  # south-west corner of the ground
    assert since[cell + STRIDE + 3] == since[cell + 2 * STRIDE + 3] == first
    assert since[cell + STRIDE + 6] == second
    nothing = walked(())
    where, day = searching._days({"cells": {"2026-02-07": ["400_2330"], "2026-02-09": ["401_2330"]}}, nothing)
    told = dict(zip(where.tolist(), day.tolist(), strict=True))
    assert len(told) == 32
    assert told[cell] == told[cell + 3 * STRIDE + 3] == on("2026-02-07").toordinal()
    assert told[cell + 4] == on("2026-02-09").toordinal()


def test_a_rejected_candidate_raises_what_was_expected_and_not_what_is_left(office):
    propose(office, "doubtful", at(9.5, 3.5), 0.9)
    table = office.folder / "rejected.csv"
    lon, lat = at(9.5, 3.5)
    head = "visit_id,lon,lat,visited_at,unit,officers,outcome,look_alike\n"
    table.write_text(f"{head}r1,{lon},{lat},2026-02-01T09:00+07:00,BP01,S1;S2,rejected,plum_blossom\n")
    from eradication.pipeline import main_path

    assert main_path.record_visits(office, table)["visits"][0]["status"] == "accepted"
    (now,) = rows(office)
    assert grid(now.raw["satellite"])[3, 9] == 0.9
    assert grid(now.raw_now["satellite"])[3, 9] == 0.0


def test_a_vague_tip_is_spread_over_its_disc(office):
    propose(office, "here", at(2.5, 2.5), source=CandidateSource.TIP, radius=50.0)
    propose(office, "there", at(12.5, 5.5), source=CandidateSource.TIP, radius=500.0)
    tips = grid(rows(office)[0].raw["tips_density"])
    assert tips[2, 2] == pytest.approx(1.0, abs=0.01)
    assert tips[2, 5] < 0.1
    assert 0.05 < tips[5, 12] < 0.1
    assert tips[5, 14] > 0.5 * tips[5, 12]


@pytest.mark.slow
def test_the_kept_search_is_used_until_a_walk_or_the_forest_changes(office, monkeypatch):
    drawn(office.folder / "forest.gpkg", [disc(*at(40, 40), 100.0)])
    desk = named(office, effort_forest="forest.gpkg")
    walk(desk, "BP01", [at(1.2, 1.5), at(6.8, 1.5)], on("2026-02-01"))
    first = searching.of_season(desk, NOW)
    with monkeypatch.context() as patch:
        patch.setattr(searching, "_computed", lambda *_: pytest.fail("computed anew"))
        assert np.array_equal(searching.of_season(desk, NOW).p, first.p)
        walk(desk, "BP01", [at(1.2, 3.5), at(6.8, 3.5)], on("2025-02-01"))  # another season's
        assert np.array_equal(searching.of_season(desk, NOW).p, first.p)
    drawn(office.folder / "forest.gpkg", [disc(*at(4, 1.5), 4e6)])
    assert searching.of_season(desk, NOW).p.sum() < first.p.sum()
    walk(desk, "BP01", [at(1.2, 5.5), at(6.8, 5.5)], on("2026-02-05"))
    assert len(searching.of_season(desk, NOW).cell) > len(first.cell)


def test_seasons_are_those_with_walks_or_finds_until_the_one_asked(office):
    walk(office, "BP01", [at(1, 1), at(2, 1)], on("2024-02-01"))
    finds(office, [(*at(4.5, 4.5), "2025-02-01", "BP01")])
    walk(office, "BP01", [at(1, 1), at(2, 1)], on("2026-02-01"))
    assert season.known(office, Season(2024)) == (Season(2023), Season(2024))
    assert season.known(office, Season(2026)) == (Season(2023), Season(2024), Season(2025), Season(2026))


places = st.lists(st.tuples(st.integers(-5000, 9000), st.integers(-5000, 7000)), min_size=1, max_size=8)


@given(places)
def test_the_field_of_distances_is_that_of_every_cell_and_place(spots):
    field = Field(1600, 9320, (8, 16))
    xy = np.array([(WEST_M + x, 2_330_000.0 + y) for x, y in spots], float)
    told = past.near(field, xy)
    rows_, columns = np.mgrid[:8, :16]
    x, y = WEST_M + 250.0 * (columns + 0.5), 2_330_000.0 + 250.0 * (rows_ + 0.5)
    beside = np.maximum(np.abs(x[..., None] - xy[:, 0]) - 125.0, 0.0)
    above = np.maximum(np.abs(y[..., None] - xy[:, 1]) - 125.0, 0.0)
    assert told == pytest.approx(np.hypot(beside, above).min(axis=2), abs=1e-6)
    alone = past.density(field, Places(xy, np.zeros(len(xy))), 500.0)
    assert (alone >= 0).all()
    assert alone.max() <= len(spots) + 1e-9
