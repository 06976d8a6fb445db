"""The results as text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.imagery.race import STAGES, Outcome
from benchmarks.imagery.setting import PROVINCE_MPX

SIMULATED = "mô phỏng / simulated imagery: these figures speak of speed and memory, of nothing else"


def block(title: str, facts: Mapping[str, str]) -> str:
    """Return named facts under a title."""
    wide = max(map(len, facts))
    return "\n".join([title, *(f"  {name:<{wide}}  {value}" for name, value in facts.items())])


def stages(outcomes: Sequence[Outcome], mpx: float) -> str:
    """Return seconds per Mpx by stage, a line per method, memory beside it."""
    used = [s for s in STAGES if any(s in o.seconds for o in outcomes)]
    used += sorted({s for o in outcomes for s in o.seconds} - set(STAGES))
    wide = max(len(o.label) for o in outcomes)
    lines = [
        f"  {'s/Mpx':<{wide}}  "
        + "".join(f"{s:>12}" for s in used)
        + f"{'total':>10}{'min-max':>17}{'peak MB':>10}{'n':>4}"
    ]
    for o in outcomes:
        cells = "".join(f"{o.seconds[s] / mpx:>12.2f}" if s in o.seconds else f"{'-':>12}" for s in used)
        span = f"{o.spread_s[0] / mpx:.2f}-{o.spread_s[1] / mpx:.2f}"
        lines.append(
            f"  {o.label:<{wide}}  {cells}{o.total_s / mpx:>10.2f}{span:>17}{o.peak_rss_mb:>10.0f}{o.repeats:>4}"
        )
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure, and what was asked of it."""

    what: str
    value: float
    wanted: float
    at_least: bool
    """Else: at most."""
    unit: str = "x"

    @property
    def reached(self) -> bool:
        """True if the figure is as good as asked."""
        return self.value >= self.wanted if self.at_least else self.value <= self.wanted

    def __str__(self) -> str:
        """Put it in a line."""
        sign = "at least" if self.at_least else "at most"
        verdict = "reached" if self.reached else "NOT REACHED"
        return f"  {self.what:<58}{self.value:>9.2f} {self.unit:<4}{sign} {self.wanted:g}: {verdict}"


def ratio(what: str, slower: Outcome, faster: Outcome, wanted: float) -> Goal:
    """Return how many times faster one method is, by medians."""
    return Goal(what, slower.total_s / faster.total_s, wanted, at_least=True)


def extrapolated(outcomes: Sequence[Outcome], mpx: float, dates: int) -> str:
    """Return what a province-season of as many dates would take at the measured rate."""
    lines = [f"  extrapolated to {PROVINCE_MPX:.0f} Mpx x {dates} dates (rate x pixels, nothing else assumed):"]
    for o in outcomes:
        minutes = o.total_s / mpx * PROVINCE_MPX / 60
        lines.append(f"    {o.label:<40}{minutes:>10.1f} min")
    return "\n".join(lines)
