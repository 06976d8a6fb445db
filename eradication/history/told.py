"""What a replay tells: plots, episodes, visits, and the rows of two map layers."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, overload

from shapely.geometry import Point

from eradication.domain import Episode, Plot, Season, Visit
from eradication.domain.codes import fold as folded
from eradication.domain.succession import NO_SUCCESSIONS, Successions
from eradication.history.facts import Fact
from eradication.history.findings import Finding, Key

type Row = dict[str, Any]


class Rows(Sequence[Row]):
    """Rows of a layer, made when somebody looks at them: most who replay never do."""

    def __init__(self, make: Callable[[], list[Row]]) -> None:
        """Remember how they are made."""
        self._make: Callable[[], list[Row]] | None = make
        self._rows: list[Row] = []

    def _made(self) -> list[Row]:
        if self._make is not None:
            self._rows, self._make = self._make(), None
        return self._rows

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        """Return one row or some."""
        return self._made()[index]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._made())

    def __iter__(self) -> Iterator[Row]:
        """Yield them in order."""
        return iter(self._made())

    def __eq__(self, other: object) -> bool:
        """Tell whether others are the same rows in the same order."""
        return isinstance(other, Sequence) and self._made() == list(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """Return them as a list."""
        return repr(self._made())


@dataclass(frozen=True, slots=True)
class History:
    """What the events recorded until ``as_of`` tell; the same for any order in which they arrived."""

    as_of: datetime
    """The cut on recording, or the earlier cut on happening."""
    episodes: list[Episode]
    """One per plot and season, by plot id and season."""
    plots: list[Plot]
    """By id."""
    recorded: list[Visit]
    """Visit rows that count, in order of time, with the plot's id and a position filled in."""
    visits: Sequence[Row]
    """Rows of the layer ``visits``: those that count and those in conflict."""
    candidates: Sequence[Row]
    """Rows of the layer ``candidates``."""
    findings: list[Finding]
    """Rows without effect and why, conflicts, ambiguous places, double codes."""
    successions: Successions = NO_SUCCESSIONS
    """Which unit followed which."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Any id or code ever used, folded → the id of its plot; a code that two plots bear is absent."""

    late: dict[tuple[tuple[str, str, str], str], Season] = field(default_factory=dict)
    """Key and plot of a visit after 31 August that belongs to the season before → that season."""
    by_id: Mapping[str, Plot] = field(default_factory=dict, repr=False)
    """The same plots by id."""

    def season_of(self, visit: Visit) -> Season:
        """Return the season to which a visit of :attr:`recorded` belongs."""
        return self.late.get((visit.key, visit.plot_id)) or Season.of(visit.visited_at)

    @property
    def names_of_plots(self) -> frozenset[str]:
        """Ids of all plots."""
        return frozenset(self.by_id)

    def knows(self, name: str) -> bool:
        """Tell whether ``name`` is the id, the code or an alias of a plot."""
        return folded(name) in self.names

    def plot(self, name: str) -> Plot | None:
        """Return the plot by id, code or alias."""
        return self.by_id.get(self.names.get(folded(name), ""))

    def episode(self, name: str, season: Season) -> Episode | None:
        """Return a plot's episode by id, code or alias."""
        plot_id = self.names.get(folded(name))
        return next((e for e in self.episodes if e.plot.id == plot_id and e.season == season), None)


def visit_rows(facts: Iterable[tuple[Fact, Visit]], conflicts: Iterable[tuple[Fact, Visit]]) -> list[Row]:
    """Return the rows of the layer ``visits``: facts that count and facts in conflict, each with its visit as told."""
    conflicting = list(conflicts)
    without_effect = {fact.key for fact, _ in conflicting}
    rows: list[Row] = []
    told: set[Key] = set()
    for fact, visit in sorted((*facts, *conflicting), key=lambda pair: pair[0].order):
        # A row that speaks of several parts of a divided plot stands there once for each.
        key = "/".join(visit.key) + (f"@{fact.plot_id}" if fact.key in told else "")
        told.add(fact.key)
        rows.append(
            {
                "geometry": None if visit.lon is None or visit.lat is None else Point(visit.lon, visit.lat),
                # Both rows of a conflict are kept; the one without effect is told apart by its event.
                "key": f"{key}#{fact.key[0]}:{fact.key[1]}" if fact.key in without_effect else key,
                "visit_id": visit.visit_id,
                "unit": visit.unit,
                "outcome": visit.outcome.value,
                "plot_id": visit.plot_id,
                "season": fact.season.label,
                "area_m2": visit.area_m2,
                "visited_at": visit.visited_at,
            }
        )
    return rows


def candidate_rows(facts: Iterable[Fact], names: Mapping[str, str]) -> list[Row]:
    """Return the rows of the layer ``candidates``; ``names`` = any id ever used → the id of its plot."""
    rows: dict[str, Row] = {}
    for fact in facts:
        candidate = fact.candidate
        if candidate is None:
            continue
        rows[candidate.id] = {
            "geometry": candidate.geometry,
            "id": candidate.id,
            "plot_id": names.get(fact.plot_id, fact.plot_id),
            "season": candidate.season.label,
            "score": candidate.score if candidate.is_scored else None,
            "score_kind": candidate.score_kind.value if candidate.is_scored else None,
            "class": candidate.klass.value,
            "area_m2": candidate.area_m2,
            "lon": candidate.lon,
            "lat": candidate.lat,
            "run": candidate.run,
            "model": candidate.model,
            "outside": int(candidate.outside),
        }
    return [rows[candidate_id] for candidate_id in sorted(rows)]
