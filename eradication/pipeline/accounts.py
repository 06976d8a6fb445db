"""The ledger of a workspace: what counts, read from the events, with what was not seen beside it."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from eradication import geo, history
from eradication import ledger as books
from eradication.domain import TIMEZONE, Episode, Event
from eradication.errors import N_, RefusedInput, UnusableInput
from eradication.ingest import boundaries, dividing
from eradication.ledger import Entry, Limits, Scope
from eradication.pipeline import beside, projection
from eradication.pipeline.question import Question, wording
from eradication.pipeline.workspace import Workspace

__all__ = ["Question", "Teller", "ledger", "limits", "wording"]


def ledger(workspace: Workspace, question: Question) -> dict[str, Any]:
    """Return the ledger: five quantities by row, with effort and what was not seen beside them."""
    as_of = question.as_of or datetime.now(UTC)
    teller = Teller(workspace, question)
    told, entries, before = teller.told()
    answer = books.account(
        entries,
        question.scope,
        as_of=as_of,
        before=before,
        wording=wording(workspace, question),
        beside=beside.told(workspace, question, told),
        limits=limits(workspace),
    )
    communes = projection.units_on(workspace, question.vintage, question.as_of)
    return answer | {
        **beside.office(workspace, question, told, entries),
        **beside.drawn(workspace, question, told),
        "by_season": beside.by_season(workspace, question, entries),
        "rebased": teller.rebased(entries, question.scope),
        "findings": projection.findings(told, question.scope.season),
        "approximate_boundaries": any(unit.approximate for unit in communes),
        "simulated": projection.is_simulated(workspace, question.as_of),
    }


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
        self._day = day
        self._changes = sorted({unit.valid_from for unit in communes})
        # Outlines of another time fit less well: there a plot belongs to the nearest commune within the wider reach.
        same = self._vintage_of(day) == self._vintage_of(projection.day_of(None, question.as_of))
        reach = workspace.settings.ledger.commune_gap_m if same else dividing.APPROXIMATE_M
        self._divide = dividing.divider(communes, day, reach)
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

    def rebased(self, entries: Sequence[Entry], scope: Scope) -> dict[str, Any]:
        """Return the day of the boundaries, and how many plots were found under other ones: re-based, an estimate."""
        mine = [e.detected_at for e in scope.chosen(entries, []) if e.detected_at is not None]
        days = [moment.astimezone(TIMEZONE).date() for moment in mine]
        moved = sum(self._vintage_of(day) != self._vintage_of(self._day) for day in days)
        return {"vintage": self._day.isoformat(), "plots": moved, "mark": "estimated_conversion" if moved else ""}

    def _vintage_of(self, day: date) -> date | None:
        """Return the first day of the communes that were valid on ``day``."""
        return max((change for change in self._changes if change <= day), default=None)

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
