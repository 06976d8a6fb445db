"""One province-size simulated season at real prevalence: are poppy plots among the first 300 candidates?

Forty plots in all on 150 million pixels with every look-alike the simulator knows; the models learned from the visits
of two and of four other seasons. Nothing here says how well real poppy would be found. ``make bench-learning-province``
takes an hour or more. Set ``ERADICATION_BENCH_OUT`` to a folder and an interrupted run goes on where it was.

For trials: ``ERADICATION_PROVINCE_CHIPS`` (columns x rows, ``2x1``), ``ERADICATION_PROVINCE_PX`` (side of a chip) and
``ERADICATION_PROVINCE_PROCESSES``.
"""

import os
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from benchmarks import province
from benchmarks.province import Chip, Listed, Methods, Province

from eradication import simulation
from eradication.domain import Detectability, Season
from eradication.simulation.recipe import LARGEST_PX
from eradication.validation import FALSE, Figure, Kind, Searched, operating

TEACHERS = tuple(
    simulation.Recipe(seed, Season(year)) for seed, year in ((141, 2022), (142, 2023), (143, 2020), (144, 2021))
)
"""No setting of a feature or a learner was chosen on these, nor on the season that is searched."""
RULES, TWO, FOUR = "rule score, no labels", "trained model, 2 seasons of visits", "trained model, 4 seasons of visits"
WEATHER, SEASON = 151, Season(2024)
FULL = (11, 13)
PLOTS = 40
VISITS = 300
ENOUGH = 0.5
KIND = Kind.SEASON_OUT
CURVE = (1, 3, 10, 30, 100, 300, 1000, 3000, 10000, 30000)


def asked() -> Province:
    """Return the province, or the part of it that the environment asks for."""
    columns, rows = (int(n) for n in os.environ.get("ERADICATION_PROVINCE_CHIPS", "{}x{}".format(*FULL)).split("x"))
    side = int(os.environ.get("ERADICATION_PROVINCE_PX", LARGEST_PX))
    return Province(WEATHER, SEASON, columns, rows, side, PLOTS)


def walked(where: Province, folder: Path) -> list[Chip]:
    """Train, search all chips and tell how far it is."""
    began = time.perf_counter()
    two, four = province.taught(TEACHERS, folder, (2, 4))
    methods: Methods = {TWO: two, FOUR: four, RULES: None}
    print(f"\nmodels trained: {time.perf_counter() - began:.0f} s", flush=True)
    processes = int(os.environ.get("ERADICATION_PROVINCE_PROCESSES", "2"))
    chips: dict[int, Chip] = {}
    for number, chip, before in province.searched(where, methods, folder, processes):
        chips[number] = chip
        print(
            f"{len(chips):4}/{where.columns * where.rows} chip {number}: {len(chip.area_m2)} plots,"
            f" {len(chip.listed[TWO])} candidates, {chip.seconds:.0f} s, {chip.memory_gb:.1f} GB"
            f"{' (kept)' if before else ''}; {time.perf_counter() - began:.0f} s in all",
            flush=True,
        )
    return [chips[k] for k in sorted(chips)]


def told(figure: Figure) -> str:
    """Return a figure with its interval."""
    digits = 3 if figure.value < 10 else 0
    return f"{figure.value:.{digits}f} [{figure.low:.{digits}f}, {figure.high:.{digits}f}] n = {figure.n}"


def heading(where: Province, season: Searched) -> list[str]:
    """Return what is needed to read the figures rightly."""
    wide, high = where.size_px
    by_class = ", ".join(f"{c.value} {int(season.of([c]).sum())}" for c in Detectability)
    return [
        "",
        "mô phỏng / simulated: no real poppy was looked for, these figures only compare methods",
        f"{wide} x {high} px in {where.columns} x {where.rows} chips, {season.km2:.0f} km2 observed; one season"
        f" ({where.season}, weather {where.weather}), learned from the visits of the first two or of all of seeds"
        f" {', '.join(str(t.seed) for t in TEACHERS)}",
        f"{len(season.area_m2)} plots ({by_class}); N = {int(season.of().sum())} of class A or B; plots cover"
        f" {season.area_m2.sum() / (season.km2 * 1e6):.2e} of the area (prevalence)",
        f"the province's first {VISITS} candidates are visited; 95 % intervals: Clopper-Pearson for counts, bootstrap"
        " over plots for m2; one season gives no interval for false candidates",
    ]


def lines(listed: Listed) -> list[str]:
    """Return the figures of one method as text."""
    season, some = listed.season, [listed.season]
    few = [replace(season, visits=int(season.of().sum()))]
    figures = {
        f"recall of A+B in the first {VISITS}, plots": operating.recall(some, KIND),
        f"recall of A+B in the first {VISITS}, m2": operating.recall_m2(some, KIND),
        **{
            f"recall of {c.value} in the first {VISITS}, plots": operating.recall(some, KIND, [c])
            for c in Detectability
        },
        **{
            f"recall of {c.value} in the first {VISITS}, m2": operating.recall_m2(some, KIND, [c])
            for c in Detectability
        },
        f"precision in the first {VISITS}": operating.precision(some, KIND),
        "precision in the first N": operating.precision(few, KIND),
        "false per 1 000 km2 at recall 0.5": operating.false_per_1000_km2(some, 0.5, KIND),
        "false per 1 000 km2 at recall 0.7": operating.false_per_1000_km2(some, 0.7, KIND),
        "false per 1 000 km2 at recall 0.85": operating.false_per_1000_km2(some, 0.85, KIND),
    }
    return [
        f"    {len(season.hits)} candidates ranked, scores {listed.score[:1].sum():.4f} down to"
        f" {listed.score[-1:].sum():.4f}; lists cut on {listed.cut} chips",
        *(f"    {name:40} {told(figure)}" for name, figure in figures.items()),
        *curve(season),
        *places_of(season),
    ]


def curve(season: Searched) -> list[str]:
    """Return the free-response curve as text, where the list is so long."""
    false, reached = operating.froc([season])
    ends = [n for n in CURVE if n < len(false)] + [len(false)] * bool(len(false))
    return [
        "    FROC: candidates, false per 1 000 km2, recall of A+B",
        *(f"    {n:10} {false[n - 1]:12.2f} {reached[n - 1]:8.3f}" for n in ends),
    ]


def places_of(season: Searched) -> list[str]:
    """Return the place in the list at which each plot was found, largest plots first."""
    first = season.first()
    rows = [
        f"{area:.0f} m2: {place + 1 if place < len(season.hits) else '-'}"
        for area, place in sorted(zip(season.area_m2, first, strict=True), reverse=True)
    ]
    return ["    found at candidate, by area: " + "; ".join(rows)]


def table(where: Province, results: dict[str, Listed]) -> str:
    """Return the results as text."""
    out = heading(where, results[TWO].season)
    for name, listed in results.items():
        out += [name, *lines(listed)]
    return "\n".join(out)


def counts_add_up(where: Province, chips: Sequence[Chip], season: Searched) -> None:
    """What must hold whatever is found."""
    wide, high = where.size_px
    assert len(chips) == where.columns * where.rows
    assert len(season.area_m2) == sum(len(chip.area_m2) for chip in chips) == where.plots
    assert 0 < season.km2 <= wide * high * 1e-4
    hit = season.hits[season.hits != FALSE]
    assert len(np.unique(hit)) == len(hit)
    false, reached = operating.froc([season])
    assert reached[-1] == pytest.approx((season.first() < len(season.hits))[season.of()].mean())
    assert false[-1] * season.km2 / 1000.0 == pytest.approx((season.hits == FALSE).sum())


@pytest.mark.bench_learning_province
@pytest.mark.timeout(24 * 3600)
def test_after_four_seasons_half_of_the_visible_plots_of_a_province_are_among_its_first_300_candidates(
    tmp_path, capsys, monkeypatch
):
    # Processes stand side by side; threads inside each would only be in each other's way.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
        monkeypatch.setenv(name, "1")
    where, folder = asked(), Path(os.environ.get("ERADICATION_BENCH_OUT", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    with capsys.disabled():
        chips = walked(where, folder)
        results = {name: province.together(chips, name, VISITS) for name in (TWO, FOUR, RULES)}
        print(table(where, results))
    for listed in results.values():
        counts_add_up(where, chips, listed.season)
    if min(where.size_px[0] / 11_000, where.size_px[1] / 13_000) >= 1.0:
        # Two seasons of visits miss it by a plot (docs/accuracy.md): their figures are printed, not asserted.
        assert operating.recall([results[FOUR].season], KIND).value >= ENOUGH
