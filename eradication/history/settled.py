"""One reading of the events, told at any moment: what does not depend on the moment is found out once.

Which rows count, which ids are one place and where it lies are told by everything recorded (:class:`Read`,
:class:`Settled`). A moment only leaves out what happened after it, so a plot of which nothing happened since, and whose
seasons were over before, has the episodes it had: they are not told again, and are the very same objects.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from eradication.config import Settings
from eradication.domain import Event, Plot, Season, Visit
from eradication.domain.codes import fold as folded
from eradication.domain.succession import Successions, successions
from eradication.geo import centre
from eradication.history import decisions as _decisions
from eradication.history import late_checks, parting, readings
from eradication.history import places as _places
from eradication.history.decisions import Decisions
from eradication.history.facts import Fact, Facts
from eradication.history.findings import Finding, listed
from eradication.history.late_checks import Folded
from eradication.history.plot_facts import Locate
from eradication.history.recurrence import Recurrence
from eradication.history.told import History, Rows, candidate_rows, visit_rows


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """What events say, whenever it happened and wherever communes end."""

    facts: Facts
    """Those of divided plots already given to their parts."""
    decided: Decisions
    followed: Successions


def read(known: Sequence[Event], as_of: datetime) -> Read:
    """Return what events say of which each was recorded until ``as_of``."""
    facts, decided = parting.divide(readings.selected(known, as_of), _decisions.read(known))
    return Read(facts, decided, successions(known))


class Settled:
    """The plots that events speak of, and their history at any moment."""

    def __init__(self, said: Read, locate: Locate, settings: Settings) -> None:
        """Settle which ids are one place.

        Args:
            said: what events say.
            locate: longitude, latitude (WGS 84) → commune code, empty outside every commune.
            settings: thresholds in ``settings.identity``.
        """
        self.said = said
        self._places = _places.settle(said.facts, said.decided, locate, settings)
        self._times = [fact.happened_at for fact in said.facts.counted]
        self._lost: list[tuple[datetime, Finding]] = []
        facts: dict[str, list[Fact]] = {}
        for fact in said.facts.counted:
            plot_id = self._places.names.get(fact.plot_id)
            if plot_id is None:
                about = fact.plot_id, fact.season.label, fact.key
                self._lost.append((fact.happened_at, Finding("unknown_plot", "founding_event_missing", *about)))
            else:
                facts.setdefault(plot_id, []).append(fact)
        plots, followed = self._places.plots, said.followed
        self._courses = [_Course(plots[plot_id], facts[plot_id], followed) for plot_id in sorted(facts)]
        self._recurrence = Recurrence(settings)

    def at(self, as_of: datetime, happened_until: datetime | None = None, earliest: Season | None = None) -> History:
        """Return the history as :func:`eradication.history.replay` tells it, of events recorded until ``as_of``."""
        facts, places = self.said.facts, self._places
        if happened_until is not None:
            facts, as_of = facts.until(happened_until), min(as_of, happened_until)
        told = [course.at(as_of, happened_until) for course in self._courses]
        counted = facts.counted
        moved = [pair for one in told for pair in one.moved]
        belongs = {id(dated): fact for dated, fact in moved}
        lost = [finding for when, finding in self._lost if happened_until is None or when <= happened_until]
        findings = [*facts.findings, *places.findings, *lost, *(odd for one in told for odd in one.findings)]
        return History(
            as_of=as_of,
            episodes=self._recurrence.compared([e for one in told for e in one.episodes], earliest),
            plots=self._plots,
            recorded=self.recorded(len(counted)),
            visits=Rows(lambda: self._visit_rows(facts, belongs)),
            candidates=Rows(lambda: candidate_rows(counted, places.names)),
            findings=listed(self._coded(findings)),
            successions=self.said.followed,
            names=self._names,
            late={(dated.visit.key, places.names[dated.plot_id]): f.season for dated, f in moved if dated.visit},
            by_id=places.plots,
        )

    def recorded(self, most: int | None = None) -> list[Visit]:
        """Return the visits that count as :attr:`History.recorded` has them, of the first ``most`` facts; no replay."""
        return [visit for visit in self._visits[:most] if visit is not None]

    @cached_property
    def _plots(self) -> list[Plot]:
        return [self._places.plots[plot_id] for plot_id in sorted(self._places.plots)]

    @cached_property
    def _visits(self) -> list[Visit | None]:
        """The visit of each fact as it is told, in the order of replay."""
        return [fact.visit and self._resolved(fact, fact.visit) for fact in self.said.facts.counted]

    @cached_property
    def _names(self) -> dict[str, str]:
        codes: dict[str, set[str]] = {}
        for plot in self._places.plots.values():
            for name in (plot.code, *plot.aliases):
                codes.setdefault(folded(name), set()).add(plot.id)
        names = {name: min(ids) for name, ids in codes.items() if name and len(ids) == 1}
        return names | {folded(name): plot_id for name, plot_id in self._places.names.items()}

    def _coded(self, findings: Iterable[Finding]) -> Iterable[Finding]:
        """Yield findings with the codes of their plots: what waits may be all that is known of one."""
        for finding in findings:
            plot = self._places.plots.get(self._places.names.get(finding.plot_id, finding.plot_id))
            yield finding if plot is None else replace(finding, code=plot.code)

    def _resolved(self, fact: Fact, visit: Visit) -> Visit:
        plot_id = self._places.names.get(fact.plot_id, fact.plot_id)
        plot = self._places.plots.get(plot_id)
        if plot is None or (visit.lon is not None and visit.lat is not None):
            return visit if visit.plot_id == plot_id else replace(visit, plot_id=plot_id)
        lon, lat = centre(plot.geometry)
        return replace(visit, plot_id=plot_id, lon=lon, lat=lat)

    def _visit_rows(self, facts: Facts, belongs: Mapping[int, Fact]) -> list[dict[str, object]]:
        told = zip(facts.counted, self._visits, strict=False)
        counting = [(belongs.get(id(fact), fact), visit) for fact, visit in told if visit is not None]
        in_conflict = [(f, self._resolved(f, f.visit)) for f, _ in facts.conflicts if f.visit is not None]
        return visit_rows(counting, in_conflict)


class _Course:
    """What is known of one plot, told at one moment after another."""

    __slots__ = ("_ends", "_facts", "_followed", "_plot", "_told")

    def __init__(self, plot: Plot, facts: list[Fact], followed: Successions) -> None:
        self._plot, self._facts, self._followed = plot, facts, followed
        self._ends = sorted({fact.season.ends for fact in facts})
        self._told: dict[tuple[int, int], Folded] = {}

    def at(self, as_of: datetime, happened_until: datetime | None) -> Folded:
        """Return the plot's episodes, what had no effect, and what belongs to the season before."""
        facts, ends = self._facts, self._ends
        count = len(facts)
        if happened_until is not None and facts[-1].happened_at > happened_until:
            count = bisect_right(facts, happened_until, key=lambda fact: fact.happened_at)
        over = len(ends) if ends[-1] <= as_of else bisect_right(ends, as_of)
        known = self._told.get((count, over))
        if known is None:
            known = self._told[count, over] = self._folded(facts[:count], as_of)
        return known

    def _folded(self, facts: Iterable[Fact], as_of: datetime) -> Folded:
        groups: dict[tuple[str, Season], list[Fact]] = {}
        for fact in facts:
            groups.setdefault((self._plot.id, fact.season), []).append(fact)
        return late_checks.folded({self._plot.id: self._plot}, groups, as_of, self._followed)
