"""Nothing is told by what it is to foretell; and coverage by decile of risk holds only as long as nothing changed."""

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest
import worlds
from shapely.geometry import box

from eradication import history
from eradication.config.planning import Risk
from eradication.domain import AdminUnit, EventKind, Season
from eradication.effort import search
from eradication.pipeline.journal import of_candidate
from eradication.pipeline.risk import evaluating, first_day
from eradication.pipeline.risk.evaluating import Course
from eradication.pipeline.risk.found import Found
from eradication.pipeline.risk.ground import Ground
from eradication.pipeline.risk.season import SEVERAL, Rows

SIDE = 60
UNITS = ("bp01", "bp02", "ca01")


def ground() -> Ground:
    east, north = np.meshgrid(np.arange(SIDE), np.arange(SIDE))
    cells = ((9000 + north) * 1_000_000 + 1500 + east).ravel().astype(np.int64)
    rng = np.random.default_rng(0)
    raw = {"elevation_m": rng.uniform(200, 1800, len(cells)), "village_m": rng.uniform(0, 9000, len(cells))}
    outline = box(104.0, 20.0, 105.0, 21.0)
    communes = tuple(
        AdminUnit(f"0400{n}", f"Xã {n}", date(2025, 7, 1), None, outline, 104.5, 20.5, None, False, "test")
        for n in range(6)
    )
    return Ground(cells, (np.arange(len(cells)) % 6).astype(np.int64), communes, raw)


def season(of: Ground, year: int) -> Rows:
    rng = np.random.default_rng(year)
    size = len(of.cells)
    p = np.where(rng.random(size) < 0.2, rng.uniform(0.05, 0.6, size), 0.0)
    high = np.asarray(of.raw["elevation_m"]) > 900
    finds = rng.poisson(0.5 * p * np.where(high, 1.0, 0.1)).astype(float)
    unit = np.where(p > 0, rng.integers(0, 3, size), SEVERAL)
    raw = {"past_near_m": rng.uniform(0, 9000, size), "past_density": None, "tips_density": None, "satellite": None}
    raw["satellite"] = rng.uniform(0, 1, size)
    none = np.zeros(size, bool)
    first = Found(finds, np.zeros(size), np.empty(0), {}, 0, 0)
    return Rows(Season(year), of.cells, of.commune, p, finds, first, none, unit, UNITS, raw, raw, 100.0, 9)


@pytest.fixture(scope="module")
def over() -> Course:
    of = ground()
    return Course(of, [season(of, year) for year in (2023, 2024, 2025)], Risk())


def other_finds(over: Course, number: int, where) -> Course:
    """The same seasons with other finds in part of the cells of one."""
    row = over.rows[number]
    finds = np.where(where, 3.0 - np.minimum(row.finds, 3.0), row.finds)
    rows = [replace(row, finds=finds) if n == number else one for n, one in enumerate(over.rows)]
    return Course(over.ground, rows, Risk())


EVERYWHERE = np.ones(SIDE * SIDE, bool)


@pytest.mark.parametrize("changed", [1, 2])
def test_neither_the_finds_of_a_season_nor_later_ones_tell_it(over, changed):
    altered = other_finds(over, changed, EVERYWHERE)
    assert (altered.before(1).expected == over.before(1).expected).all()
    assert (altered.first_day(1)[0] == over.first_day(1)[0]).all()


def test_what_was_found_in_seasons_before_tells_a_season(over):
    altered = other_finds(over, 0, EVERYWHERE)
    assert not np.allclose(altered.before(1).expected, over.before(1).expected)


def told_of_units(over: Course, number: int) -> dict[str, np.ndarray]:
    k = over.before(number).fit.k
    return {unit: told.expected for unit, told in evaluating._units(over, number, k)}


def test_the_finds_of_a_unit_do_not_tell_its_own_cells_but_those_of_others(over):
    mine = over.rows[2].unit == UNITS.index("bp01")
    altered = other_finds(over, 2, mine)
    before, after = told_of_units(over, 2), told_of_units(altered, 2)
    assert set(before) == set(UNITS)
    assert (before["bp01"] == after["bp01"]).all()
    assert not np.allclose(before["bp02"], after["bp02"])


def test_the_first_season_is_told_by_experts_and_the_satellite_does_not_order_the_first_day(over):
    assert over.before(0).fit.basis == "expert"
    assert over.before(0).fit.finds == 0
    row = over.rows[2]
    blind = Course(
        over.ground, [*over.rows[:2], replace(row, raw={**row.raw, "satellite": row.raw["satellite"][::-1]})], Risk()
    )
    assert (blind.first_day(2)[0] == over.first_day(2)[0]).all()


def test_untracked_finds_are_no_search(over):
    row = over.rows[1]
    untracked = (row.finds > 0) & (np.arange(len(row.cells)) % 2 == 0)
    altered = Course(over.ground, [over.rows[0], replace(row, untracked=untracked)], Risk())
    told = altered.before(1)
    judged = altered.searched(1, told, EVERYWHERE)
    assert judged.finds.sum() == row.finds[~untracked].sum()


def test_coverage_by_decile_is_that_of_the_search_and_is_told_only_while_it_holds(over, office):
    last, row = over.seasons[-1], over.rows[-1]
    found = search.of_cells(over.cells[row.p > 0], row.p[row.p > 0])
    assert first_day.coverage(office, last, found) == (None, first_day.NO_SURFACE)
    first_day.keep(office, over, heads(office))
    told, why = first_day.coverage(office, last, found)
    assert why == ""
    rows = told["deciles"]
    assert [one["cells"] for one in rows] == [SIDE * SIDE // 10] * 10
    assert sum(one["cells"] * one["searched_p"] for one in rows) == pytest.approx(row.p.sum(), rel=1e-3)
    riskiest = np.argsort(-over.first_day(2)[0], kind="stable")[: SIDE * SIDE // 10]
    assert rows[0]["searched_p"] == pytest.approx(row.p[riskiest].mean(), abs=1e-6)


def heads(workspace) -> dict[str, int]:
    return {head.origin: head.events for head in workspace.store.origins()}


def propose(workspace, name: str, when: datetime) -> None:
    (followed,) = history.follow([], [worlds.candidate(name)], workspace.settings)
    with workspace.store.transaction() as transaction:
        transaction.append(EventKind.CANDIDATE_PROPOSED, when, of_candidate(followed, name))


@pytest.mark.parametrize(("month", "why"), [(8, first_day.OUTDATED), (10, "")])
def test_what_is_kept_ends_with_an_event_of_an_earlier_season_not_of_its_own(over, office, month, why):
    first_day.keep(office, over, heads(office))
    propose(office, "late", datetime(2025, month, 15, tzinfo=UTC))
    assert first_day.kept(office, over.seasons[-1], None)[1] == why


def test_a_ledger_of_an_earlier_day_does_not_use_what_became_known_later(over, office):
    before = datetime.now(UTC)
    propose(office, "early", datetime(2025, 5, 15, tzinfo=UTC))
    first_day.keep(office, over, heads(office))
    assert first_day.kept(office, over.seasons[-1], before)[1] == first_day.KNOWN_LATER
    assert first_day.kept(office, over.seasons[-1], datetime.now(UTC))[1] == ""


def test_other_settings_of_the_risk_make_what_is_kept_worthless(over, office):
    first_day.keep(office, over, heads(office))
    other = replace(office, settings=replace(office.settings, risk=replace(office.settings.risk, plots=5.0)))
    assert first_day.kept(other, over.seasons[-1], None)[1] == first_day.OUTDATED
