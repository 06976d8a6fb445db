"""Days from detection to destruction, with the limits of the plan: what was destroyed in time, late, or not yet.

A plot found and destroyed in one visit takes no day; how many of these there are is seen at once. Destroyed is what was
wholly destroyed; what is left of the others, and what has regrown since, waits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eradication.errors import N_
from eradication.i18n import number
from eradication.report.charts.parts import LETTERS, LOOKS, SMALL_IN, Chart
from eradication.report.drawing import GREY, INK
from eradication.report.tables.parts import rows, values
from eradication.report.view import ReportView

EDGES = (1, 14, 28)
"""Days at which classes end, besides the limits."""
DESTROY_DAYS, TIP_DAYS = 3, 7
"""Limits where the ledger does not tell its own: days after a detection, and after a tip."""
SECONDS_PER_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Durations:
    """How long plots waited for their destruction."""

    edges: tuple[int, ...]
    """Class ``i`` holds durations above ``edges[i-1]`` up to ``edges[i]`` days; the last those above the last edge."""
    counts: tuple[int, ...]
    """Plots wholly destroyed, by class; one longer than the edges."""
    waiting: int
    """Known to stand, wholly, in part or again, still within the limit."""
    overdue: int
    """The same, beyond the limit."""
    limit: int
    """Days within which a detected plot is to be destroyed."""
    tip_limit: int
    """Days within which a tip is to be visited."""


def durations(view: ReportView) -> Durations:
    """Return how long the plots in the totals took."""
    told = values(view.ledger.get("timeliness"))
    limits = values(told.get("limits"))
    limit, tip_limit = int(limits.get("destroy_days", DESTROY_DAYS)), int(limits.get("tip_days", TIP_DAYS))
    edges = tuple(sorted({*EDGES, limit, tip_limit}))
    counts = [0] * (len(edges) + 1)
    waiting = 0
    for episode in (row.episode for row in view.plots if view.counts(row)):
        destroyed = episode.course.destroyed_at
        if episode.detected_at is not None and destroyed is not None:
            days = (destroyed - episode.detected_at).total_seconds() / SECONDS_PER_DAY
            counts[sum(days > edge for edge in edges)] += 1
        waiting += episode.course.standing_since is not None
    overdue = sum(row.get("what") == "not_destroyed" for row in rows(told.get("overdue")))
    return Durations(edges, tuple(counts), max(waiting - overdue, 0), overdue, limit, tip_limit)


def told(view: ReportView) -> Chart | None:
    """Return the chart, ``None`` where nothing was detected."""
    found = durations(view)
    if not any((*found.counts, found.waiting, found.overdue)):
        return None
    _ = view.translate
    labels = _labels(view, found)
    counts = [*found.counts, found.waiting, found.overdue]
    said = "; ".join(f"{label}: {number(n, view.language)}" for label, n in zip(labels, counts, strict=True))
    note = _(N_("Limits: {limit} days from detection to destruction; {tip} days from a tip to the visit."))
    shown = note.format(limit=number(found.limit, view.language), tip=number(found.tip_limit, view.language))
    title = _(N_("Days from detection to destruction, plots"))
    return Chart("days", title, f"{said}. {shown}", (SMALL_IN, 1.95), partial(_draw, view, found), shown)


def _labels(view: ReportView, found: Durations) -> list[str]:
    """Return the names of the classes, of those that wait and of the overdue."""
    _ = view.translate
    spans = [f"{first}–{last}" for first, last in pairwise((0, *found.edges))]
    return [*spans, f"> {found.edges[-1]}", _(N_("not yet, in time")), _(N_("not yet, overdue"))]


def _draw(view: ReportView, found: Durations, figure: Figure) -> None:
    axes = figure.subplots()
    late = [edge > found.limit for edge in (*found.edges, float("inf"))]
    looks = [LOOKS["claimed"] if is_late else LOOKS["verified"] for is_late in late]
    looks += [LOOKS["open"], LOOKS["detected"]]
    counts = [*found.counts, found.waiting, found.overdue]
    for place, (count, (colour, pattern)) in enumerate(zip(counts, looks, strict=True)):
        bars = axes.bar(place, count, 0.8, color=colour, hatch=pattern, edgecolor="white", linewidth=0)
        axes.bar_label(bars, [number(count, view.language)], fontsize=LETTERS, padding=1)
    labels = [label.replace(", ", ",\n") for label in _labels(view, found)]
    axes.set_xticks(range(len(counts)), labels, fontsize=6.8, linespacing=0.95)
    for height, limit, name in ((0.99, found.limit, N_("limit")), (0.88, found.tip_limit, N_("tip"))):
        _limit(axes, found.edges.index(limit) + 0.5, height, f"{view.translate(name)}: {limit}")
    axes.axvline(len(found.counts) - 0.5, color=GREY, linewidth=0.7, linestyle=":")
    _bare(axes, counts)


def _limit(axes: Axes, at: float, height: float, text: str) -> None:
    axes.axvline(at, color=INK, linewidth=0.9, linestyle="--")
    axes.text(at + 0.06, height, text, fontsize=6.8, color=INK, va="top", transform=axes.get_xaxis_transform())


def _bare(axes: Axes, counts: Sequence[int]) -> None:
    axes.set_ylim(0, max(max(counts), 1) * 1.3)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="x", length=0)
    axes.grid(visible=False)
