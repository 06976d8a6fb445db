"""What stands beside the ledger's five quantities: effort, coverage, what was not seen, what the office knows."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from eradication import ledger as books
from eradication.domain import FactKind
from eradication.ledger import Beside, Context, Entry
from eradication.pipeline import fact_book, facts, projection, tip_answers
from eradication.pipeline.costly import Costly, cuts
from eradication.pipeline.question import Question, whose, wording
from eradication.pipeline.workspace import Workspace


def told(workspace: Workspace, question: Question, costly: Costly, elsewhere: Sequence[Entry]) -> Beside:
    """Return effort, coverage and bounds, and what the signs look at; ``elsewhere`` as :attr:`Beside.elsewhere`."""
    answered = costly["tips_answered"]
    bounds = {} if costly["undetected"] is None else {"undetected": costly["undetected"]}
    return Beside(
        effort=costly["effort"]["all"],
        coverage=costly["coverage"],
        tips=() if answered is None else tip_answers.open_tips(workspace, question, answered),
        context=_context(workspace, question, costly),
        elsewhere=elsewhere,
        **bounds,
    )


type Rows = Sequence[Mapping[str, Any]]


def office(
    workspace: Workspace,
    question: Question,
    entries: Sequence[Entry],
    rows: Rows,
    costly: Costly,
) -> dict[str, Any]:
    """Return what the office entered beside the ledger: baselines, targets, commitments, mailboxes, conversions.

    ``rows`` are those of the ledger that was asked.
    """
    scope = question.scope
    if scope.season is None and question.year_beside is None:
        return {}

    def rows_by(by: str) -> Rows:
        return books.rows_by(entries, scope, wording(workspace, question, by))

    communes = rows if question.by == "commune" and scope.span is None else rows_by("commune")
    # Only targets are set to units.
    by_unit = rows_by("unit") if fact_book.recorded(workspace, question.as_of, FactKind.TARGET) else ()
    told = facts.told(
        workspace,
        season=scope.season,
        year=question.year_beside,
        as_of=question.as_of,
        vintage=projection.day_of(question.vintage, question.as_of),
        totals={row["key"]: row["detected_m2"] for row in communes},
        communes=communes,
        units=by_unit,
        answering=wording(workspace, question).answering,
        told_conversions=costly["conversions"],
    )
    return _of_unit(told, whose(workspace, question)) if question.unit else told


def _of_unit(told: dict[str, Any], is_own: Callable[[str], bool]) -> dict[str, Any]:
    """Return what concerns one unit: its target, what it typed, conversions of its plots.

    The province's baseline says nothing of its part; commitments and mailboxes are told by commune.
    """
    typed = [row for row in told["self_reported"]["rows"] if is_own(row["unit"])]
    return told | {
        "baseline": dict(books.NO_BASELINE),
        "commitments": {},
        "mailboxes": {},
        "targets": told["targets"] | {"rows": [row for row in told["targets"]["rows"] if is_own(row["unit"])]},
        "self_reported": {"rows": typed, "units": len({row["unit"] for row in typed})},
    }


def _context(workspace: Workspace, question: Question, costly: Costly) -> Context:
    """Return what the signs look at besides entries."""
    own, is_own = workspace.settings.ledger, whose(workspace, question)
    return Context(
        reused_photos=costly["photos"]["reused"],
        redated_photos=costly["photos"]["redated"],
        effort=costly["effort"]["all"],
        effort_by_unit={unit: one for unit, one in costly["effort"]["by_unit"].items() if is_own(unit)},
        unit=question.unit,
        answering=wording(workspace, question).answering,
        coverage=costly["coverage"],
        least_seen=own.least_seen,
        cuts=cuts(workspace, question),
        late_days=own.late_days,
    )
