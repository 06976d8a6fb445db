"""What a report shows, put together: the ledger, the plots it counts, and what stands beside them.

A report of a closed period is told as of its close: its plots, patrols and checks are those that its figures count.
Of a unit everything is its own: its plots and findings, its patrols, and its visits wherever they led, and no list of
other units; what others did at its plots is told without them (:mod:`.withheld`).
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from eradication import ledger as books
from eradication.domain import Event, EventKind, Period, Season
from eradication.i18n import translator
from eradication.ledger import Entry, Scope, Side
from eradication.pipeline import accounts, checking, criteria, event_list, outputs, periods, projection, units, withheld
from eradication.pipeline.accounts import Question, Teller
from eradication.pipeline.event_list import Reach
from eradication.pipeline.question import check_answers, whose
from eradication.pipeline.workspace import Workspace
from eradication.report.view import PatrolRow, ReportView


def view_of(
    workspace: Workspace, of: Season | Period, language: str, *, unit: str = "", with_events: bool = False
) -> ReportView:
    """Return what the report of a season or a period shows, of one unit or of the whole province.

    Args:
        workspace: whose report.
        of: season or period.
        language: ``vi`` or ``en``.
        unit: code of the unit, empty = the whole province.
        with_events: also the events that the figures rest on, which a workbook lists.

    Raises:
        UnusableInput: ``unknown_unit``, ``unit_followed``, ``period_not_begun``.
    """
    unit = units.on_record(workspace, unit)
    season, period = (of.season, of) if isinstance(of, Period) else (of, None)
    question = _question(workspace, of, unit)
    teller = Teller(workspace, question)
    closed = periods.show(workspace, period, unit=unit, teller=teller) if period else None
    known = question.as_of if closed and closed["closed_at"] else None
    ledger = closed["cumulative"] if closed else accounts.ledger(workspace, question, teller)
    _, entries, before = teller.told()
    chosen = {entry.key: entry for entry in question.scope.chosen(entries, before)}
    mine = {name for name, _ in chosen}
    episodes = [e for e in teller.replay.episodes if (e.plot.id, e.season.label) in chosen]
    counted = [*chosen.values(), *question.scope.chosen(teller.elsewhere(), ())]
    seasons = sorted({season, *(entry.season for entry in counted)}) if period else [season]
    checks = _checks(workspace, question, teller, seasons, {entry.plot_id for entry in counted})
    if unit:
        is_own, events = whose(workspace, question), workspace.store.events(as_of=question.as_of)
        ledger, checks = withheld.of_ledger(ledger, events, is_own), withheld.of_checks(checks, is_own, mine)
        closed = withheld.of_period(closed, ledger, is_own) if closed else None
    return ReportView(
        province=workspace.settings.workspace.province,
        season=season,
        as_of=question.as_of or datetime.now(UTC),
        ledger=ledger,
        by_class=tuple(ledger["by_class"][name] for name in sorted(ledger["by_class"])),
        by_unit=() if unit else _by_unit(workspace, question, entries, before),
        plots=outputs.rows_of(workspace, episodes, as_of=known),
        counted=frozenset(key for key, entry in chosen.items() if entry.side is Side.INSIDE),
        codes={plot.id: plot.code for plot in teller.replay.plots},
        period=closed,
        unit=unit,
        criterion=None if unit else criteria.told(workspace, season, question.as_of, question.vintage, teller),
        patrols=tuple(_patrol_row(event.payload["patrol"]) for event in _patrols(workspace, question)),
        runs=tuple(outputs.runs(workspace, season, known)),
        checks=tuple(checking.in_words(checks, language)),
        events=event_list.told(workspace, question, teller, Reach(mine, seasons)) if with_events else None,
        approximate_boundaries=ledger["approximate_boundaries"],
        simulated=projection.is_simulated(workspace, known),
        language=language,
        translate=translator(language),
    )


def _question(workspace: Workspace, of: Season | Period, unit: str) -> Question:
    """Return what a report asks: a paper that is signed is told by the events alone, which are evidence."""
    now = datetime.now(UTC)
    if isinstance(of, Period):
        periods.check_begun(of, now)
        question = periods.asked(workspace, of, unit=unit)
    else:
        question = Question(of, unit=unit, as_of=now)
    check_answers(workspace, question)
    return question


def _by_unit(
    workspace: Workspace, question: Question, entries: Sequence[Entry], before: Sequence[Entry]
) -> tuple[dict[str, Any], ...]:
    """Return the rows of the same ledger by the unit that answers for a plot, in the order of codes."""
    as_of = question.as_of or datetime.now(UTC)
    wording = accounts.wording(workspace, question, by="unit")
    told = books.account(entries, question.scope, as_of=as_of, before=before, wording=wording)
    return tuple(told["rows"])


def _checks(
    workspace: Workspace, question: Question, teller: Teller, seasons: Sequence[Season], plots: Collection[str]
) -> list[dict[str, Any]]:
    told, as_of = teller.replay, question.as_of
    rows = (checking.of_season(workspace, season, as_of, told=told, measure=False) for season in seasons)
    return [row for group in rows for row in group if row["plot"] in plots]


def _patrols(workspace: Workspace, question: Question) -> list[Event]:
    recorded = workspace.store.events(as_of=question.as_of, kinds=[EventKind.PATROL_RECORDED])
    is_own = whose(workspace, question)
    return [e for e in recorded if _is_of(e.happened_at, question.scope) and is_own(str(e.payload["patrol"]["unit"]))]


def _is_of(moment: datetime, scope: Scope) -> bool:
    return Season.of(moment) == scope.season if scope.span is None else scope.span[0] <= moment <= scope.span[1]


def _patrol_row(summary: dict[str, Any]) -> PatrolRow:
    return PatrolRow(
        unit=summary["unit"],
        name=summary["name"],
        start=datetime.fromisoformat(summary["start"]) if summary["start"] else None,
        length_km=summary["length_km"],
        hours=summary["hours"],
        total=summary["total"],
        kept=summary["kept"],
        marked=summary["marked"],
    )
