"""The ledger of a workspace: what counts, read from the events, with what was not seen beside it."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from eradication import effort, geo, history
from eradication import ledger as books
from eradication.domain import Episode, Event, EventKind, Period, Season
from eradication.domain.unit import successor_of
from eradication.errors import N_, RefusedInput, UnusableInput
from eradication.ingest import boundaries, dividing
from eradication.ledger import Beside, Context, Entry, Limits, Scope, Wording
from eradication.pipeline import facts, projection, units
from eradication.pipeline.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Question:
    """What the ledger is asked."""

    season: Season | None
    year: int | None = None
    by: str = "commune"
    as_of: datetime | None = None
    """Cut on ``recorded_at``; ``None`` = now."""
    vintage: date | None = None
    """Boundaries valid on this day; ``None`` = on the day things are told of."""
    period: Period | None = None
    unit: str = ""
    """Only what this unit answers for; empty = the whole province."""

    @property
    def scope(self) -> Scope:
        """Season, calendar year or reporting period."""
        return Scope(None if self.year or self.period else self.season, self.year, self.period)


def ledger(workspace: Workspace, question: Question) -> dict[str, Any]:
    """Return the ledger: five quantities by row, with effort and what was not seen beside them."""
    as_of = question.as_of or datetime.now(UTC)
    teller = Teller(workspace, question)
    told, entries, before = teller.told()
    coverage = _coverage(workspace, question)
    walked = Walked.of(workspace, question)
    answer = books.account(
        entries,
        question.scope,
        as_of=as_of,
        before=before,
        wording=wording(workspace, question),
        beside=Beside(
            effort=dataclasses.asdict(walked.all),
            coverage=coverage,
            context=_context(workspace, question, walked, coverage),
        ),
        limits=limits(workspace),
    )
    communes = projection.units_on(workspace, question.vintage, question.as_of)
    return answer | {
        **_of_the_office(workspace, question, told, entries),
        "findings": projection.findings(told, question.scope.season),
        "approximate_boundaries": any(unit.approximate for unit in communes),
        "simulated": projection.is_simulated(workspace, question.as_of),
    }


def wording(workspace: Workspace, question: Question, by: str = "") -> Wording:
    """Return how rows are grouped and named: units by whoever answers for them on the day of the report."""
    day = projection.day_of(question.vintage, question.as_of)
    known = units.recorded(workspace, question.as_of)
    names = projection.names(workspace, question.vintage, question.as_of)
    if (by or question.by) == "unit":
        names = {unit.code: unit.name for unit in known if unit.valid_on(day)}

    @cache
    def answering(code: str) -> str:
        found = successor_of(known, code, day)
        return found.code if found else code

    return Wording(by or question.by, names, answering)


def _of_the_office(
    workspace: Workspace, question: Question, told: history.History, entries: Sequence[Entry]
) -> dict[str, Any]:
    """Return what the office entered beside the ledger: baselines, targets, commitments, mailboxes, conversions."""
    scope = question.scope
    if scope.season is None and scope.year is None:
        return {}
    communes, by_unit = (books.rows_by(entries, scope, wording(workspace, question, by)) for by in ("commune", "unit"))
    return facts.told(
        workspace,
        season=scope.season,
        year=scope.year,
        as_of=question.as_of,
        vintage=projection.day_of(question.vintage, question.as_of),
        totals={row["key"]: row["detected_m2"] for row in communes},
        communes=communes,
        units=by_unit,
        history=told,
    )


def limits(workspace: Workspace) -> Limits:
    """Return the days within which things ought to be done."""
    own = workspace.settings.ledger
    return Limits(own.destroy_days, own.tip_days, own.revisit_days, own.late_days)


class Teller:
    """Replays events into entries, at several moments if need be; reads the store once."""

    def __init__(self, workspace: Workspace, question: Question) -> None:
        """Read what is needed.

        Args:
            workspace: whose events, communes and border line are used.
            question: its times and vintage.
        """
        self._workspace, self._question = workspace, question
        self._events: Sequence[Event] = workspace.store.events(as_of=question.as_of)
        communes = workspace.store.units(as_of=question.as_of)
        day = projection.day_of(question.vintage, question.as_of)
        self._locate = boundaries.locator(communes, day)
        self._divide = dividing.divider(communes, day, workspace.settings.ledger.commune_gap_m)
        self._is_unclear = _line_of_doubt(workspace)
        self._answering = wording(workspace, question).answering

    def told(self) -> tuple[history.History, list[Entry], list[Entry]]:
        """Return the history as the scope left it, its entries, and those of a span as it found them."""
        span = self._question.scope.span
        if span is None:
            told = self.replayed()
            return told, self.entries(told.episodes), []
        first, last = span
        told = self.replayed(last)
        return told, self.entries(told.episodes), self.until(first - timedelta(microseconds=1))

    def until(self, moment: datetime) -> list[Entry]:
        """Return the entries as they stood at a moment, as known today."""
        return self.entries(self.replayed(moment).episodes)

    def replayed(self, until: datetime | None = None) -> history.History:
        """Return the history, what happened after ``until`` left out."""
        return history.replay(
            self._events,
            as_of=self._question.as_of or datetime.now(UTC),
            locate=self._locate,
            settings=self._workspace.settings,
            happened_until=until,
        )

    def entries(self, episodes: Sequence[Episode]) -> list[Entry]:
        """Return what the ledger counts of episodes."""
        told = books.entries(episodes, self._divide, self._is_unclear)
        wanted = self._question.unit
        return [entry for entry in told if not wanted or self._answering(entry.unit) == wanted]


def _line_of_doubt(workspace: Workspace) -> Callable[[Sequence[BaseGeometry]], Sequence[bool]] | None:
    """Return what tells whether outlines lie too near the border line to say on which side, if a line is set."""
    name, metres = workspace.settings.distances.border, workspace.settings.ledger.border_m
    if not name:
        return None
    path = workspace.folder / Path(name)
    try:
        shapes = boundaries.shapes(path, workspace.settings)
    except (UnusableInput, RefusedInput) as error:
        hint = N_("Correct border under [distances] in eradication.toml, or leave it empty.")
        where = f"[distances] border: {path}"
        raise UnusableInput(error.kind, error.message, where=where, hint=hint, values=error.values) from None
    line = shapely.union_all([geo.project(shape, geo.WGS84, geo.UTM48) for shape in shapes])
    line = shapely.union_all([line.boundary]) if line.geom_type.endswith("Polygon") else line
    band = line.buffer(metres)
    shapely.prepare(band)

    def is_unclear(outlines: Sequence[BaseGeometry]) -> Sequence[bool]:
        centres = [geo.centre(outline) for outline in outlines]
        points = shapely.points(np.array(geo.transform(centres, geo.WGS84, geo.UTM48)).reshape(-1, 2))
        return [bool(near) for near in np.atleast_1d(shapely.intersects(band, points))]

    return is_unclear


@dataclass(frozen=True, slots=True)
class Walked:
    """Effort of a season or span, of everybody and by unit."""

    all: effort.Effort
    by_unit: Mapping[str, effort.Effort]

    @classmethod
    def of(cls, workspace: Workspace, question: Question) -> "Walked":
        """Sum up the recorded patrols."""
        recorded = workspace.store.events(as_of=question.as_of, kinds=[EventKind.PATROL_RECORDED])
        span, season = question.scope.span, question.scope.season
        told = [e.payload["patrol"] for e in recorded if span is None or span[0] <= e.happened_at <= span[1]]
        by_unit = effort.by_unit(told, season=season)
        mine = [patrol for patrol in told if question.unit in ("", patrol["unit"])]
        return cls(effort.summarise(mine, season=season), by_unit)


def _context(workspace: Workspace, question: Question, walked: Walked, coverage: Mapping[str, Any]) -> Context:
    """Return what the signs look at besides entries."""
    own = workspace.settings.ledger
    year = datetime.now(UTC).year if question.as_of is None else question.as_of.year
    cuts = [Period(y, n, own.period_cuts).last for y in range(year - 10, year + 2) for n in range(4)]
    return Context(
        effort=dataclasses.asdict(walked.all),
        effort_by_unit={unit: dataclasses.asdict(one) for unit, one in walked.by_unit.items()},
        coverage=coverage,
        least_seen=own.least_seen,
        cuts=cuts,
        late_days=own.late_days,
    )


def _coverage(workspace: Workspace, question: Question) -> dict[str, Any]:
    season = question.scope.season
    if season is None:
        why = N_("Coverage is told by season: ask for a season instead of a year.")
        return {"optical": None, "patrol": None, "none": None, "why": why}
    from eradication.pipeline import covered

    return covered.total(workspace, season, question.as_of)
