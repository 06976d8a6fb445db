"""How fast imagery becomes candidates, the plain ways beside it. Run with ``make bench-imagery`` on a quiet machine.

Everything is measured on simulated imagery in one run: the same files, dates and fitted model for all, each method in
a process of its own, in turns, medians of the repeats. Nothing here says how well poppy would be found.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest
from benchmarks.imagery import chart, machine, ours, printed, race, reading, sets
from benchmarks.imagery.printed import Goal
from benchmarks.imagery.setting import DATES, Setting, keep, sets_folder, setting

pytestmark = [pytest.mark.bench_imagery, pytest.mark.timeout(4 * 3600)]

GATED, PLAIN = "package, gate", "package, no gate"
BOTTLENECK, NUMPY = "rasterio + bottleneck + scikit-learn", "the same with numpy's nan-functions"
FEW = 12


@dataclass(frozen=True, slots=True)
class Ground:
    """What all measurements share."""

    how: Setting
    folder: Path
    models: Path
    model: str
    small: sets.Built
    wider: tuple[sets.Built, ...]
    """The same dates, more pixels."""
    longer: tuple[sets.Built, ...]
    """The same pixels, more dates."""

    def race(self, entrants: list[race.Entrant], built: sets.Built, name: str) -> dict[str, race.Outcome]:
        """Run methods on a set."""
        return race.race(entrants, built.catalog, self.models, self.model, self.folder / "runs" / name)


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    how = setting()
    facts = machine.described(how.out)
    with sets_folder() as folder:
        px = how.square_px
        # From two squares on, which are two blocks: with fewer than cores there are, one core would be idle.
        wider = [((1, 2), "2"), ((2, 2), "4"), ((2, 4), "8"), ((4, 4), "16")]
        plans = [sets.rectangle(f"wider-{n}", squares, sets.spread(FEW, DATES), px) for squares, n in wider]
        plans += [sets.rectangle(f"longer-{n}", (1, 2), sets.spread(n, DATES), px) for n in (6, 24, 30)]
        built = sets.build(plans, folder, DATES)
        model = ours.train(folder / "models")
        longer = (built[4], built[0], built[5], built[6])
        told = {b.plan.name: str(b) for b in built} | {"model": f"{model.label}, {model.learner}, trained on simulated"}
        print(f"\n{printed.SIMULATED}\n{printed.block('machine', facts)}\n{printed.block('sets', told)}")
        if how.is_trial:
            print("TRIAL: the sets are far too small for the figures to mean anything")
        keep(how.out, "machine", dict(facts))
        keep(how.out, "sets", dict(told))
        yield Ground(how, folder, folder / "models", model.label, built[1], tuple(built[:4]), longer)


def test_reading_alone_beside_its_floor(ground):
    names = {"package": "read:ours", "floor: libdeflate + predictor": "read:floor", "rasterio": "read:rasterio"}
    built = ground.longer[-1]
    entrants = [race.Entrant(label, method, warm=1, repeats=ground.how.repeats) for label, method in names.items()]
    outcomes = ground.race(entrants, built, "reading")
    goal = Goal(
        "reading by the package / its floor",
        outcomes["package"].total_s / outcomes["floor: libdeflate + predictor"].total_s,
        1.7,
        at_least=False,
    )
    beside = outcomes["rasterio"].total_s / outcomes["floor: libdeflate + predictor"].total_s
    print(f"\nreading alone, {built.plan.name}, native resolution, two threads, files in the page cache")
    print(printed.stages(list(outcomes.values()), built.plan.mpx))
    print(f"{goal}\n  rasterio / floor: {beside:.2f}")
    _conclude(ground, "reading", outcomes, [goal])
    assert reading.agrees(built.catalog), "the package and rasterio read different pixels"


def test_from_files_to_candidates_beside_the_plain_scripts(ground):
    repeats = ground.how.repeats
    entrants = [
        race.Entrant(GATED, "ours", gate=True, warm=1, repeats=repeats),
        race.Entrant(PLAIN, "ours", gate=False, warm=1, repeats=repeats),
        race.Entrant(BOTTLENECK, "bottleneck", repeats=repeats),
        race.Entrant(NUMPY, "numpy", repeats=1),
    ]
    outcomes = ground.race(entrants, ground.small, "end-to-end")
    goals = [
        printed.ratio("bottleneck script / package with gate", outcomes[BOTTLENECK], outcomes[GATED], 10),
        printed.ratio("bottleneck script / package without gate", outcomes[BOTTLENECK], outcomes[PLAIN], 2),
        printed.ratio("numpy script / package with gate", outcomes[NUMPY], outcomes[GATED], 100),
    ]
    print(f"\nend to end, {ground.small.plan.name}, files in the page cache")
    print(printed.stages(list(outcomes.values()), ground.small.plan.mpx))
    print("\n".join(map(str, goals)))
    agreements = {
        f"{a} and {b}": race.agreement(outcomes[a], outcomes[b])
        for a, b in ((PLAIN, BOTTLENECK), (PLAIN, NUMPY), (GATED, BOTTLENECK))
    }
    for pair, agreement in agreements.items():
        print(f"  {pair}: {agreement}")
    print(f"  the gate let {outcomes[GATED].result['passed']:.1%} of the observed pixels through")
    _conclude(ground, "end_to_end", outcomes, goals)
    keep(ground.how.out, "agreement", {pair: asdict(a) for pair, a in agreements.items()})
    assert agreements[f"{PLAIN} and {BOTTLENECK}"].correlation > 0.99
    assert agreements[f"{PLAIN} and {NUMPY}"].correlation > 0.99


def test_a_season_of_thirty_dates_extrapolated_to_the_province(ground):
    built = ground.longer[-1]
    entrants = [
        race.Entrant(GATED, "ours", gate=True, warm=1, repeats=ground.how.repeats),
        race.Entrant(PLAIN, "ours", gate=False, warm=1, repeats=ground.how.repeats),
        race.Entrant(BOTTLENECK, "bottleneck", repeats=1),
    ]
    outcomes = ground.race(entrants, built, "season")
    minutes = outcomes[GATED].total_s / built.plan.mpx * printed.PROVINCE_MPX / 60
    goals = [Goal("province-season with gate, extrapolated", minutes, 10, at_least=False, unit="min")]
    print(f"\na season, {built.plan.name}, files in the page cache")
    print(printed.stages(list(outcomes.values()), built.plan.mpx))
    print(printed.extrapolated(list(outcomes.values()), built.plan.mpx, DATES))
    print("\n".join(map(str, goals)))
    _conclude(ground, "season", outcomes, goals)
    assert outcomes[GATED].total_s > 0


def test_cost_grows_with_pixels_and_with_dates_and_memory_with_neither(ground):
    panels, goals, facts = [], [], {}
    for way, series, across in (("pixels", ground.wider, "Mpx"), ("dates", ground.longer, "dates")):
        x = [b.plan.mpx if way == "pixels" else float(len(b.plan.dates)) for b in series]
        for label, gate in ((GATED, True), (PLAIN, False)):
            entrant = [race.Entrant(label, "ours", gate=gate, warm=1, repeats=ground.how.repeats)]
            told = [ground.race(entrant, b, f"{way}-{b.plan.name}-{gate}")[label] for b in series]
            seconds, memory = [o.total_s for o in told], [o.peak_rss_mb for o in told]
            slope, intercept, r2 = chart.straightness(x, seconds)
            panels.append(chart.Panel(f"{label}: seconds", across, "s", x, seconds, fit=True))
            panels.append(chart.Panel(f"{label}: peak memory", across, "MB", x, memory, fit=False))
            growth = (seconds[-1] / seconds[0]) / (x[-1] / x[0])
            goals.append(Goal(f"seconds grow / {way} grow, {label}", growth, 1.1, at_least=False))
            if (way, label) != ("dates", GATED):  # the more dates, the more the gate rules out: no straight line
                goals.append(Goal(f"R² of seconds over {way}, {label}", r2, 0.98, at_least=True, unit=""))
            goals.append(
                Goal(f"memory at most {way} / at fewest, {label}", memory[-1] / memory[0], 1.25, at_least=False)
            )
            line = {"slope": slope, "intercept": intercept, "r2": r2}
            facts[f"{way}, {label}"] = {"x": x, "seconds": seconds, "peak_mb": memory, **line}
    path = ground.how.out / "linearity.svg"
    chart.write(path, f"Cost by pixels ({FEW} dates) and by dates; {printed.SIMULATED}", panels)
    print(f"\nlinearity, drawn in {path}")
    print("\n".join(map(str, goals)))
    keep(ground.how.out, "linearity", facts)
    _judge(ground, goals)
    assert path.read_text(encoding="utf-8").count("<circle") == 8 * 4


def _conclude(ground: Ground, part: str, outcomes: dict[str, race.Outcome], goals: list[Goal]) -> None:
    facts = {"outcomes": {k: asdict(o) for k, o in outcomes.items()}, "goals": [asdict(g) for g in goals]}
    keep(ground.how.out, part, facts | {"trial": ground.how.is_trial})
    _judge(ground, goals)


def _judge(ground: Ground, goals: list[Goal]) -> None:
    missed = [str(g).strip() for g in goals if not g.reached]
    assert not (ground.how.must_reach and missed), missed
