"""Where finds are pure noise, nothing foretells them: what is captured then is what a useless order captures.

Beside each rule stands the one it replaced, which fails: it told of finds by what it should not have known.
"""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from shapely.geometry import Point, box

from eradication.config.planning import Risk
from eradication.domain import TIMEZONE, AdminUnit, Candidate, CandidateSource, ScoreKind, Season
from eradication.pipeline.risk import evaluating, ground, season, signs
from eradication.pipeline.risk.evaluating import Course
from eradication.pipeline.risk.found import Found
from eradication.pipeline.risk.past import Field, Past
from eradication.pipeline.risk.season import Rows
from eradication.pipeline.risk.signs import Sign
from eradication.risk import deciles
from eradication.risk.deciles import Searched

SIDE, COMMUNES = 60, 36
UNITS = ("bp01", "bp02", "ca01")
SEEDS = range(12)
SATELLITE = {CandidateSource.SATELLITE}
SEASON = Season(2025)
WALKED = datetime(2026, 1, 10, tzinfo=TIMEZONE)


def ground_of(rng: np.random.Generator) -> ground.Ground:
    """Cells of 36 square communes, on which height and villages are noise."""
    north, east = (axis.ravel() for axis in np.mgrid[:SIDE, :SIDE])
    cells = ((9000 + north) * 1_000_000 + 1500 + east).astype(np.int64)
    raw = {"elevation_m": rng.uniform(200, 1800, len(cells)), "village_m": rng.uniform(0, 9000, len(cells))}
    outline = box(104.0, 20.0, 105.0, 21.0)
    units = tuple(
        AdminUnit(f"04{n:03}", f"Xã {n}", WALKED.date(), None, outline, 104.5, 20.5, None, False, "test")
        for n in range(COMMUNES)
    )
    return ground.Ground(cells, (north // 10 * 6 + east // 10).astype(np.int64), units, raw)


def rows_of(of: ground.Ground, number: int, p, finds, unit, raw, earlier=None) -> Rows:
    size = len(of.cells)
    first = Found(finds, np.zeros(size), np.empty(0), {}, 0, 0)
    none = np.zeros(size, bool)
    named = {"past_near_m": None, "past_density": None, "tips_density": None, "satellite": None} | raw
    return Rows(Season(number), of.cells, of.commune, p, finds, first, none, unit, UNITS, named, named, 9.0, 9, earlier)


def planted_again(seed: int) -> Course:
    """Two seasons in which each unit finds plots in the same cells of its own, which lie anywhere."""
    rng = np.random.default_rng(seed)
    of = ground_of(rng)
    size = len(of.cells)
    p, unit = np.full(size, 0.4), rng.integers(0, len(UNITS), size)
    finds = (rng.random(size) < 0.02).astype(float)
    places = ground.middles(of.cells)[finds > 0]
    finders = {2024: [UNITS[n] for n in unit[finds > 0]]}
    earlier = Past.of(Field.of(of.cells), {2024: [(x, y) for x, y in places.tolist()]}, finders)
    raw = [earlier.before(year, of.cells) for year in (2024, 2025)]
    rows = [rows_of(of, year, p, finds, unit, told, earlier) for year, told in zip((2024, 2025), raw, strict=True)]
    return Course(of, rows, Risk())


def over_random(parts: list[Searched]) -> dict[str, float]:
    return deciles.capture(deciles.joined(parts))["top"][0]["over_random"]


def told_apart(over: Course) -> list[Searched]:
    k = over.before(1).fit.k
    return [part for _, part in evaluating._units(over, 1, k)]


def told_with_own_plots(over: Course) -> list[Searched]:
    """The rule before: only the rows of others teach, but the unit's own earlier plots are among the factors."""
    k, row = over.before(1).fit.k, over.rows[1]
    out = []
    for n, unit in enumerate(UNITS):
        told = over.predicted(1, [evaluating._others(earlier, unit) for earlier in over.rows], (k,))
        out.append(over.searched(1, told, row.unit == n))
    return out


def chance_alone(figures: list[dict[str, float]]) -> None:
    """Each interval holds 0 but for the one in twenty that need not; and the mean is 0 within its own error."""
    held = [figure["low"] <= 0 <= figure["high"] for figure in figures]
    values = np.array([figure["value"] for figure in figures])
    assert sum(held) >= len(held) - 2, figures
    assert abs(values.mean()) < 3 * values.std(ddof=1) / len(values) ** 0.5, values


@pytest.mark.slow
def test_plots_of_the_unit_that_is_held_out_foretell_nothing_of_it():
    courses = [planted_again(seed) for seed in SEEDS]
    leaking = [over_random(told_with_own_plots(over)) for over in courses]
    assert all(figure["low"] > 0.2 for figure in leaking), leaking
    chance_alone([over_random(told_apart(over)) for over in courses])


def test_the_distance_it_is_compared_with_does_not_know_them_either():
    over = planted_again(0)
    near = deciles.capture(deciles.joined(told_with_own_plots(over)))["top"][0]["by_distance"]["value"]
    apart = deciles.capture(deciles.joined(told_apart(over)))["top"][0]["by_distance"]["value"]
    assert near > 0.5
    assert apart < 0.2


def test_nothing_that_a_unit_found_before_changes_what_its_cells_are_told_by():
    over = planted_again(1)
    row = over.rows[0]
    mine = np.flatnonzero(row.unit == 0)[::40]
    places = ground.middles(row.cells)
    others = [name != UNITS[0] for name in row.earlier.finders[2024]]
    kept = [(x, y) for x, y in row.earlier.places[2024][others].tolist()]
    finders = [name for name in row.earlier.finders[2024] if name != UNITS[0]]
    added = {2024: kept + [(x, y) for x, y in places[mine].tolist()]}
    # The new ones are its own, of nobody known, or said to be another's where it alone walked.
    told = finders + [(UNITS[0], "", UNITS[1])[n % 3] for n in range(len(mine))]
    earlier = Past.of(row.earlier.field, added, {2024: told})
    assert len(mine) > 20
    raw = [dict(one.raw) | earlier.before(one.season.start_year, row.cells) for one in over.rows]
    rows = [
        rows_of(over.ground, one.season.start_year, one.p, one.finds, one.unit, told, earlier)
        for one, told in zip(over.rows, raw, strict=True)
    ]
    altered = Course(over.ground, rows, Risk())
    assert not np.array_equal(altered.designs[1].x, over.designs[1].x)
    before, after = (dict(evaluating._units(one, 1, 1.0))["bp01"] for one in (over, altered))
    assert (before.expected == after.expected).all()
    assert (before.by_distance == after.by_distance).all()


def test_a_season_with_other_earlier_plots_is_described_as_if_from_the_beginning():
    over = planted_again(2)
    held_out = over.without("bp01", 1)
    for number in (0, 1):
        anew = season.describe(over.ground, held_out.rows[number].raw, Risk().reuse_floor_m)
        told = held_out.designs[number]
        assert (anew.names, anew.missing) == (told.names, told.missing)
        assert np.array_equal(anew.x, told.x)


def late_candidates(seed: int) -> tuple[Course, Course]:
    """A season of candidates and finds that lie anywhere: by the rule, and by the one before it."""
    rng = np.random.default_rng(seed)
    of = ground_of(rng)
    size, field = len(of.cells), Field.of(of.cells)
    finds = (rng.random(size) < 0.03).astype(float)
    walked = rng.integers(0, 60, size)
    since = WALKED.toordinal() + walked.astype(float)
    where = rng.choice(size, 1200, replace=False)
    lonlat = signs.geo.transform(ground.middles(of.cells)[where].tolist(), signs.geo.UTM48, signs.geo.WGS84)
    known = [
        Sign(candidate(lon, lat, score), "", WALKED + timedelta(days=int(day)))
        for (lon, lat), score, day in zip(lonlat, rng.uniform(0.4, 1, 1200), rng.integers(-10, 70, 1200), strict=True)
    ]
    kept = [
        sign
        for sign, cell in zip(known, where, strict=True)
        if finds[cell] == 0 or sign.when <= WALKED + timedelta(days=int(walked[cell]))
    ]
    told = signs.drawn(known, field, of.cells, SATELLITE, since), signs.drawn(kept, field, of.cells, SATELLITE)
    p, unit = np.full(size, 0.4), np.zeros(size, int)
    one, before = (Course(of, [rows_of(of, 2025, p, finds, unit, raw)], Risk()) for raw in told)
    return one, before


def candidate(lon: float, lat: float, score: float) -> Candidate:
    about = score, ScoreKind.RULE, 300.0, "run", "rules", 9
    return Candidate("a", SEASON, Point(lon, lat), lon, lat, *about)


def by_season(over: Course) -> dict[str, float]:
    return over_random([over.searched(0, over.before(0), np.ones(len(over.cells), bool))])


@pytest.mark.slow
def test_candidates_that_came_late_foretell_nothing_by_being_absent():
    pairs = [late_candidates(seed) for seed in SEEDS]
    leaking = np.array([by_season(before)["value"] for _, before in pairs])
    assert leaking.mean() < -5 * leaking.std(ddof=1) / len(leaking) ** 0.5, leaking
    chance_alone([by_season(now) for now, _ in pairs])


def test_a_sign_counts_in_each_cell_by_the_day_of_that_cell():
    rng = np.random.default_rng(0)
    of = ground_of(rng)
    (lonlat,) = signs.geo.transform([tuple(ground.middles(of.cells)[1830])], signs.geo.UTM48, signs.geo.WGS84)
    shape = signs.geo.disc(*lonlat, 300.0)
    words = 0.0, ScoreKind.PRIORITY, 300.0, "", "", 0
    tip = Candidate("t", SEASON, shape, *lonlat, *words, source=CandidateSource.TIP)
    on = datetime(2026, 1, 15, 1, tzinfo=UTC)
    until = np.full(len(of.cells), np.inf)
    until[1831], until[1829] = on.toordinal(), on.toordinal() + 1  # walked that very day, and the day after
    kinds = {CandidateSource.TIP}
    told = signs.drawn([Sign(tip, "", on)], Field.of(of.cells), of.cells, kinds, until)["tips_density"]
    assert told[1831] == 0.0
    assert told[1829] > 0.5
    assert told[1830] == 1.0
    whole = signs.drawn([Sign(tip, "", on)], Field.of(of.cells), of.cells, kinds)["tips_density"]
    assert whole[[1831, 1829]] == pytest.approx(told[1829])
