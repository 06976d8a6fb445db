"""What nobody has found, as events and tracks tell it: three lines, the precision of candidates, the re-checks.

Loaded late: it reads maps and walks on the grid.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

import numpy as np

from eradication import geo
from eradication.domain import Episode, Event, Season
from eradication.domain.event import parse_iso
from eradication.effort import search, strips
from eradication.effort.lines import join
from eradication.effort.search import Floats, Ints, Search
from eradication.history import History
from eradication.pipeline import cells, drawn_cells, foreseen, planned, projection
from eradication.pipeline.cells import Frame
from eradication.pipeline.foreseen import Foreseen
from eradication.pipeline.walks import Ground, Walks, ground_of, searched, walks
from eradication.pipeline.workspace import Workspace
from eradication.undetected import Ground as Searched
from eradication.undetected import Sample, Stratum, bound, chapman, expected, pooled
from eradication.undetected.upper import LEVEL, holding, share_up
from eradication.undetected.words import ASSUMPTIONS

OF_NO_UNIT: Mapping[str, Any] = MappingProxyType(
    {
        **dict.fromkeys(("upper", "expected", "lower")),
        "why": dict.fromkeys(("upper", "expected", "lower"), "told_of_province"),
    }
)
"""What stands in the answer of one unit: cells are drawn and searched over the whole province."""


def told(
    workspace: Workspace, season: Season, as_of: datetime | None = None, replayed: History | None = None
) -> dict[str, Any]:
    """Return the three lines, why one cannot be said, and what each takes for granted.

    Args:
        workspace: whose draws, walks, visits and candidates.
        season: the season.
        as_of: cut on ``recorded_at``; ``None`` = now.
        replayed: the replay as of then, if it is at hand.

    Returns:
        ``upper``, ``expected``, ``lower`` (``None`` where it cannot be said), ``why`` and ``assumptions`` by line.
    """
    said, known = replayed or projection.replayed(workspace, as_of=as_of), foreseen.of_season(workspace, season, as_of)
    upper, likely, why = _of_cells(workspace, said, known)
    lists = foreseen.lists(said, known)
    missed = chapman(lists)
    why["lower"] = "" if missed else "too_few_recaptures"
    lower = None if missed is None else dataclasses.asdict(missed) | dataclasses.asdict(lists)
    return {
        "upper": upper,
        "expected": likely,
        "lower": lower,
        "why": why,
        "recaptures": lists.both,
        "assumptions": {line: list(sentences) for line, sentences in ASSUMPTIONS.items()},
    }


def _of_cells(
    workspace: Workspace, said: History, known: Foreseen
) -> tuple[dict[str, Any] | None, dict[str, Any] | None, dict[str, str]]:
    """Return the upper and the expected line, and why either is missing."""
    season, as_of = known.season, known.as_of
    drawn, taken = planned.draws(workspace, season, as_of), walks(workspace, season, as_of)
    why = {"upper": "" if drawn else "no_random_sample", "expected": "" if taken.summaries else "no_search"}
    if not drawn and not taken.summaries:
        return None, None, why
    where = ground_of(workspace, season, taken, as_of)
    ground = _Walked(workspace, season, taken, where)
    upper = _upper(ground, drawn, said, known) if drawn else None
    if upper is not None and not upper["searched"]:
        upper, why["upper"] = None, "no_random_search"
    likely = None
    if taken.summaries and where.units:
        walked = searched(workspace, season, taken, where)
        likely = _expected(cells.frame(workspace, season, said), walked, said, known)
        why["expected"] = "too_little_search" if likely is None else "" if likely["finds"] else "no_find"
    elif not where.units:
        why["expected"] = "no_outlines"
    return upper, likely, why


@dataclass(frozen=True, slots=True, eq=False)
class _Walked:
    """The walks of a season and the ground they are judged on."""

    workspace: Workspace
    season: Season
    taken: Walks
    where: Ground

    def searched(self, lines: Any) -> Search:
        """Return how well lines searched the ground."""
        return search.of_season(lines, self.season, self.where.widths, self.workspace.settings.effort)

    def for_draw(self, event: Event, since: datetime) -> Search:
        """Return how well the drawn cells were searched, as it is kept or by the walks that are there."""
        drawn = np.array([cells.number_of(row["cell"]) for row in event.payload["cells"]], np.int64)
        known = self.taken.kept.drawn.get(str(event.payload["draw"])) if self.taken.kept else None
        if known is None:
            return self.by(event.payload.get("units") or [event.payload["unit"]], since, drawn)
        order = np.argsort(drawn)
        return search.of_cells(
            drawn[order], np.array([known.get(cells.name_of(n), 0.0) for n in drawn[order].tolist()])
        )

    def by(self, units: Sequence[str], since: datetime, drawn: Ints) -> Search:
        """Return how well the walks of units that began from a moment on searched the drawn cells."""
        mine = [
            str(patrol["id"])
            for patrol in self.taken.summaries
            if any(_same(patrol["unit"], unit) for unit in units) and parse_iso(patrol["start"]) >= since
        ]
        lines = join(self.taken.lines[key] for key in mine)
        # A step is at most 200 m long and a strip 200 m wide: what is two cells away reaches no drawn one.
        reach = np.arange(-2, 3)
        near = np.unique(drawn[:, None, None] + reach[:, None] * strips.STRIDE + reach)
        return self.searched(lines.only(np.isin(strips.number(lines.xy[:, 0], lines.xy[:, 1]), near)))


def to_freeze(workspace: Workspace, known: Foreseen, taken: Walks, where: Ground) -> dict[str, dict[str, float]]:
    """Return draw → cell → p, of every draw of cells, to be kept when the tracks are thinned."""
    ground = _Walked(workspace, known.season, taken, where)
    told: dict[str, dict[str, float]] = {}
    for event in planned.draws(workspace, known.season, known.as_of):
        walked = ground.for_draw(event, planned.since(event, simulated=known.simulated))
        names = [str(row["cell"]) for row in event.payload["cells"]]
        p = _p_in(walked, np.array([cells.number_of(name) for name in names], np.int64))
        told[str(event.payload["draw"])] = dict(zip(names, p.tolist(), strict=True))
    return told


def _same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


def _upper(ground: _Walked, drawn: Sequence[Event], said: History, known: Foreseen) -> dict[str, Any]:
    grounds, unused = drawn_cells.grounds(drawn)
    why = {str(event.payload["draw"]): drawn_cells.WITHIN_WIDER for event in unused}
    strata: list[Stratum] = []
    untracked = 0
    for one in grounds:
        together = pooled([_samples(event, ground, said, known) for event in one.draws])
        strata += together.strata
        untracked += together.untracked
        others = [event for event, used in zip(one.draws, together.used, strict=True) if not used]
        why |= {str(event.payload["draw"]): drawn_cells.OTHER_GROUND for event in others}
    most = bound(strata)
    whole = {code for one in grounds if not one.reach for code in one.communes}
    names = [event.payload["draw"] for event in drawn]
    return {
        "cells": most.cells,
        "of": most.of,
        "share": share_up(most.cells, most.of),
        "level": LEVEL,
        "method": most.method,
        "counted_whole": list(most.whole),
        "drawn": sum(s.drawn for s in strata),
        "searched": sum(len(s.p) for s in strata),
        "mean_p": _mean([p for s in strata for p in s.p]),
        "finds": sum(s.finds for s in strata),
        "finds_without_track": untracked,
        "left": sum(s.left for s in strata),
        "strata": [_told_stratum(s) for s in strata],
        "draws": [name for name in names if name not in why],
        "unused_draws": [name for name in names if name in why],
        "unused_why": why,
        "communes_without_draw": len(ground.where.units) - len(whole),
    }


def _samples(event: Event, ground: _Walked, said: History, known: Foreseen) -> list[Sample]:
    """Return what became of the cells that one draw took, stratum by stratum."""
    since = planned.since(event, simulated=known.simulated)
    walked, found = ground.for_draw(event, since), frozenset(_finds(said, known, since))
    samples = []
    for stratum in drawn_cells.strata(event):
        reached = _p_in(walked, np.array(stratum.drawn, np.int64)).tolist()
        p = {cell: value for cell, value in zip(stratum.drawn, reached, strict=True) if value > 0}
        samples.append(Sample(stratum.name, stratum.cells, stratum.members, stratum.drawn, p, found & {*stratum.drawn}))
    return samples


def _told_stratum(stratum: Stratum) -> dict[str, Any]:
    most, of = holding(stratum) - stratum.finds + stratum.left, stratum.cells + stratum.left
    return {
        "name": stratum.name,
        "N": of,
        "left": stratum.left,
        "drawn": stratum.drawn,
        "searched": len(stratum.p),
        "mean_p": _mean(stratum.p),
        "finds": stratum.finds,
        "cells": most,
        "share": share_up(most, of),
    }


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None


def _finds(said: History, known: Foreseen, since: datetime | None = None) -> list[int]:
    """Return the cells of plots first detected from a moment on; without one, of all that nothing had foretold."""
    found = [e for e in said.episodes if e.season == known.season and e.detected_at is not None]
    if since is None:
        mine: Sequence[Episode] = [e for e in found if not foreseen.is_foretold(e, known)]
    else:
        mine = [e for e in found if e.detected_at is not None and e.detected_at >= since]
    return sorted({cells.cell_at(*geo.centre(e.plot.geometry)) for e in mine})


def _expected(frame: Frame, walked: Search, said: History, known: Foreseen) -> dict[str, Any] | None:
    finds = np.array(_finds(said, known), np.int64)
    searched, found = (
        _p_in(walked, frame.cells),
        np.where(np.isin(frame.flagged, finds), _p_in(walked, frame.flagged), 0),
    )
    strata = []
    for number, name in enumerate(frame.strata):
        inside, flagged = frame.stratum == number, frame.flagged_stratum == number
        p, found_p = searched[inside & (searched > 0)], found[flagged & (found > 0)]
        strata.append(Searched(name, int(inside.sum()), p, found_p))
    likely = expected(strata)
    if likely is None:
        return None
    plain: Mapping[str, Any] = dataclasses.asdict(likely)
    return {**plain, "without": list(likely.without), "level": LEVEL, "prior": "finds_per_searched_cell"}


def _p_in(walked: Search, wanted: Ints) -> Floats:
    """Return the p with which cells were searched, 0 where nobody came near."""
    p = np.zeros(len(wanted))
    if len(walked.cell):
        at = np.searchsorted(walked.cell, wanted).clip(max=len(walked.cell) - 1)
        p = np.where(walked.cell[at] == wanted, walked.p[at], 0.0)
    return p
