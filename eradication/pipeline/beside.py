"""What stands beside the ledger's five quantities: effort, coverage, what was not seen, what the office knows."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eradication import effort
from eradication import ledger as books
from eradication.domain import EventKind
from eradication.errors import N_
from eradication.ledger import Beside, Context, Entry
from eradication.pipeline import facts, projection
from eradication.pipeline.costly import Costly, cuts
from eradication.pipeline.question import Question, wording
from eradication.pipeline.workspace import Workspace


def told(workspace: Workspace, question: Question, costly: Costly) -> Beside:
    """Return effort, coverage and bounds, and what the signs look at."""
    walked, coverage = Walked.of(workspace, question), _coverage(workspace, question)
    bounds = {} if costly["undetected"] is None else {"undetected": costly["undetected"]}
    return Beside(
        effort=dataclasses.asdict(walked.all),
        coverage=coverage,
        context=_context(workspace, question, walked, coverage, costly),
        **bounds,
    )


def office(workspace: Workspace, question: Question, entries: Sequence[Entry], costly: Costly) -> dict[str, Any]:
    """Return what the office entered beside the ledger: baselines, targets, commitments, mailboxes, conversions."""
    scope = question.scope
    if scope.season is None and question.year_beside is None:
        return {}
    communes, by_unit = (books.rows_by(entries, scope, wording(workspace, question, by)) for by in ("commune", "unit"))
    told = facts.told(
        workspace,
        season=scope.season,
        year=question.year_beside,
        as_of=question.as_of,
        vintage=projection.day_of(question.vintage, question.as_of),
        totals={row["key"]: row["detected_m2"] for row in communes},
        communes=communes,
        units=by_unit,
        told_conversions=costly["conversions"],
    )
    return _of_unit(told, question.unit) if question.unit else told


def _of_unit(told: dict[str, Any], unit: str) -> dict[str, Any]:
    """Return what concerns one unit: its target and what it typed; the province's baseline says nothing of its part."""
    typed = [row for row in told["self_reported"]["rows"] if row["unit"] == unit]
    return told | {
        "baseline": dict(books.NO_BASELINE),
        "targets": told["targets"] | {"rows": [row for row in told["targets"]["rows"] if row["unit"] == unit]},
        "self_reported": {"rows": typed, "units": len({row["unit"] for row in typed})},
    }


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


def _context(
    workspace: Workspace, question: Question, walked: Walked, coverage: Mapping[str, Any], costly: Costly
) -> Context:
    """Return what the signs look at besides entries."""
    own = workspace.settings.ledger
    return Context(
        reused_photos=costly["photos"]["reused"],
        redated_photos=costly["photos"]["redated"],
        effort=dataclasses.asdict(walked.all),
        effort_by_unit={
            unit: dataclasses.asdict(one) for unit, one in walked.by_unit.items() if question.unit in ("", unit)
        },
        coverage=coverage,
        least_seen=own.least_seen,
        cuts=cuts(workspace, question),
        late_days=own.late_days,
    )


def _coverage(workspace: Workspace, question: Question) -> dict[str, Any]:
    season = question.season_beside
    if season is None:
        why = N_("Coverage is told by season: ask for a season instead of a year.")
        return {"optical": None, "patrol": None, "none": None, "why": why}
    from eradication.pipeline import covered

    return covered.total(workspace, season, question.as_of)
