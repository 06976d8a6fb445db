"""The ledger of a workspace: what counts, read from the events, with what was not seen beside it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

from eradication import history
from eradication import ledger as books
from eradication.domain import TIMEZONE, AdminUnit, Episode
from eradication.errors import N_, UnusableInput
from eradication.ledger import Entry, Limits, Scope
from eradication.pipeline import ahead, beside, counting, kept, projection, remembered
from eradication.pipeline.costly import costly as kept_or_computed
from eradication.pipeline.question import Question, whose, wording
from eradication.pipeline.workspace import Workspace

INSTANT = timedelta(microseconds=1)

__all__ = ["Question", "Teller", "ledger", "limits", "rows", "wording"]


def ledger(
    workspace: Workspace, question: Question, teller: "Teller | None" = None, *, at_once: bool = False
) -> dict[str, Any]:
    """Return the ledger: five quantities by row, with effort and what was not seen beside them.

    ``teller`` is whoever already tells the same question, if there is one. ``at_once`` = what stands beside the five
    quantities may be of an earlier moment, which ``late`` then says, rather than be waited for.

    Raises:
        UnusableInput: ``not_yet``, ``unknown_season``, and what :func:`eradication.ledger.account` raises.
    """
    as_of = question.as_of or datetime.now(UTC)
    _refuse_the_future(question)
    teller = teller or Teller(workspace, question)
    findings, entries, before = teller.told()
    costly = kept_or_computed(workspace, question, teller, at_once=at_once)
    answer = books.account(
        entries,
        question.scope,
        as_of=as_of,
        before=before,
        wording=wording(workspace, question),
        beside=beside.told(workspace, question, costly, teller.elsewhere()),
        limits=limits(workspace),
    )
    communes = projection.units_on(workspace, question.vintage, question.as_of)
    late = {"late": costly["late"]} if at_once else {}
    return (
        answer
        | late
        | {
            **beside.office(workspace, question, entries, answer["rows"], costly),
            **{name: costly[name] for name in ("precision", "rechecks", "by_season")},
            "season_beside": question.season_beside.label if question.season_beside else None,
            "rebased": teller.rebased(entries, question.scope),
            "findings": _findings(findings, entries, question),
            "approximate_boundaries": any(unit.approximate for unit in communes),
            "altered": teller.altered,
            "simulated": projection.is_simulated(workspace, question.as_of),
        }
    )


def rows(workspace: Workspace, question: Question) -> list[dict[str, Any]]:
    """Return the rows of the ledger alone, without what stands beside them."""
    _, entries, before = Teller(workspace, question).told()
    as_of = question.as_of or datetime.now(UTC)
    told = books.account(entries, question.scope, as_of=as_of, before=before, wording=wording(workspace, question))
    return list(told["rows"])


def _refuse_the_future(question: Question) -> None:
    """What is told of a later day would be another answer on that day, and a season that has not begun has nothing."""
    today = projection.day_of(None, None)
    if question.as_of is not None and question.as_of.astimezone(TIMEZONE).date() > today:
        hint = N_("Give a day until today; without --as-of things are told as of now.")
        raise UnusableInput(
            "not_yet",
            N_("What will be known on {day} nobody can say."),
            where="--as-of",
            hint=hint,
            values={"day": question.as_of.astimezone(TIMEZONE).date().isoformat()},
        )
    if question.season is not None and question.season.first_day > today:
        raise ahead.not_begun(question.season)


def _findings(told: Sequence[history.Finding], entries: Sequence[Entry], question: Question) -> list[dict[str, Any]]:
    """Return what had no effect or waits for a person; of a unit, what is of its plots."""
    codes = {entry.plot_id: entry.code for entry in entries}
    rows = projection.findings(told, question.scope.season)
    mine = [row for row in rows if not question.unit or row["plot_id"] in codes]
    return [row | {"others": _others(row, codes)} for row in mine]


def _others(row: Mapping[str, Any], codes: Mapping[str, str]) -> list[str]:
    """Return the codes of the other plots that a place could be."""
    named = row["what"].split(", ") if row["kind"] == "ambiguous_place" else []
    return [codes.get(plot_id) or plot_id for plot_id in named if plot_id != row["plot_id"]]


def limits(workspace: Workspace) -> Limits:
    """Return the days within which things ought to be done."""
    own = workspace.settings.ledger
    return Limits(own.destroy_days, own.tip_days, own.revisit_days, own.late_days)


class Teller:
    """Tells findings and entries: as they are kept, or replayed at several moments; reads the events at most once."""

    def __init__(self, workspace: Workspace, question: Question) -> None:
        """Ask ``question`` of ``workspace``; nothing is read before something is told."""
        self._workspace, self._question = workspace, question
        self._now = datetime.now(UTC)
        self._until: dict[datetime, list[Entry]] = {}
        """Everybody's."""
        self.altered = False
        """What is kept was changed beside the program, so that everything was replayed."""

    @property
    def question(self) -> Question:
        """What is asked."""
        return self._question

    def told(self) -> tuple[list[history.Finding], list[Entry], list[Entry]]:
        """Return findings and entries as the scope left them, and the entries of a span as it found them.

        Of a season these are all that matter; entries of others may be among them. What is kept answers if the question
        is about now; else, or where events have come since or boundaries and settings are others, everything is
        replayed. Both say the same.
        """
        findings, entries, before = self._everybodys
        return findings, self._mine(entries), self._mine(before)

    def elsewhere(self) -> list[Entry]:
        """Return, as the scope left them, the entries that other units answer for; of the province there are none."""
        return [entry for entry in self._everybodys[1] if not self._is_of(entry.unit)]

    @cached_property
    def _everybodys(self) -> tuple[list[history.Finding], list[Entry], list[Entry]]:
        span = self._question.scope.span
        if span is not None:
            return self.replay.findings, self._all_until(span[1]), self._all_until(span[0] - INSTANT)
        if self._question.as_of is None and self._question.vintage is None:
            known = kept.told(self._workspace, self._question.scope.season, self._now, self._note_altered)
            if known is not None:
                return known.findings, list(known.entries), []
        return self.replay.findings, self._counting.entries(self.replay.episodes), []

    def _note_altered(self) -> None:
        self.altered = True

    def every(self) -> list[Entry]:
        """Return the entries of all seasons as the scope left them."""
        return self.entries(self.replay.episodes)

    @cached_property
    def replay(self) -> history.History:
        """The history as the scope left it, replayed when it is first asked for."""
        span = self._question.scope.span
        return self.replayed(None if span is None else span[1])

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
        return self._mine(self._all_until(moment))

    def _all_until(self, moment: datetime) -> list[Entry]:
        if moment not in self._until:
            span = self._question.scope.span
            is_end = span is not None and moment == span[1]
            told = self.replay if is_end else self.replayed(moment)
            self._until[moment] = self._counting.entries(told.episodes)
        return self._until[moment]

    def replayed(self, until: datetime | None = None) -> history.History:
        """Return the history, what happened after ``until`` left out."""
        return self._settled.at(self._question.as_of or self._now, until)

    def entries(self, episodes: Sequence[Episode]) -> list[Entry]:
        """Return what the ledger counts of episodes."""
        return self._mine(self._counting.entries(episodes))

    def _mine(self, entries: list[Entry]) -> list[Entry]:
        return [entry for entry in entries if self._is_of(entry.unit)]

    @cached_property
    def _is_of(self) -> Callable[[str], bool]:
        return whose(self._workspace, self._question)

    @cached_property
    def _settled(self) -> history.Settled:
        return remembered.settled(self._workspace, self._question.as_of or self._now, self._units, self._day)

    @cached_property
    def _units(self) -> Sequence[AdminUnit]:
        return self._workspace.store.units(as_of=self._question.as_of)

    @cached_property
    def _changes(self) -> Sequence[date]:
        return sorted({unit.valid_from for unit in self._units})

    @cached_property
    def _counting(self) -> counting.Counting:
        told_on = projection.day_of(None, self._question.as_of or self._now)
        return counting.shared(self._workspace, self._units, told_on, self._question.vintage)

    @property
    def _day(self) -> date:
        return projection.day_of(self._question.vintage, self._question.as_of or self._now)
