"""What stands beside the ledger's five quantities: effort, coverage, what was not seen, what the office knows."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from eradication import effort, history
from eradication import ledger as books
from eradication.domain import EventKind, Period, Season
from eradication.errors import N_
from eradication.ledger import Beside, Context, Entry
from eradication.pipeline import facts, photos, projection, tip_answers
from eradication.pipeline.question import Question, wording
from eradication.pipeline.workspace import Workspace


def told(workspace: Workspace, question: Question, replayed: history.History) -> Beside:
    """Return effort, coverage and bounds, and what the signs look at."""
    walked, coverage = Walked.of(workspace, question), _coverage(workspace, question)
    bounds = {} if question.season_beside is None else {"undetected": _undetected(workspace, question, replayed)}
    return Beside(
        effort=dataclasses.asdict(walked.all),
        coverage=coverage,
        tips=tip_answers.open_tips(workspace, question, replayed),
        context=_context(workspace, question, walked, coverage, replayed),
        **bounds,
    )


def _undetected(workspace: Workspace, question: Question, replayed: history.History) -> dict[str, Any]:
    from eradication.pipeline import undetected  # reads maps

    assert question.season_beside is not None
    return undetected.told(workspace, question.season_beside, question.as_of, replayed)


def by_season(workspace: Workspace, question: Question, entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Return detected area season on season, always with the effort that found it (I7)."""
    recorded = workspace.store.events(as_of=question.as_of, kinds=[EventKind.PATROL_RECORDED])
    walked_by = [event.payload["patrol"] for event in recorded]
    patrols = [patrol for patrol in walked_by if question.unit in ("", patrol["unit"])]
    rows = []
    for season in sorted({entry.season for entry in entries}):
        total = books.rows_by(entries, books.Scope(season), books.Wording("total"))
        walked = effort.summarise(patrols, season=season)
        row = total[0] if total else {"detected_m2": 0, "plots": 0}
        found = {"detected_m2": row["detected_m2"], "plots": row["plots"]}
        rows.append({"season": season.label, **found, "km": round(walked.km, 1), "km2_visits": walked.km2_visits})
    return rows


def drawn(workspace: Workspace, question: Question, replayed: history.History) -> dict[str, Any]:
    """Return what visits drawn at random say: precision of candidates, re-checks of class C; of a season only."""
    season = question.season_beside
    if season is None:
        return {"precision": None, "rechecks": None}
    from eradication.pipeline import precision, rechecking

    return {
        "precision": precision.of_season(workspace, season, question.as_of),
        "rechecks": rechecking.of_season(workspace, season, question.as_of, replayed),
    }


def office(
    workspace: Workspace, question: Question, replayed: history.History, entries: Sequence[Entry]
) -> dict[str, Any]:
    """Return what the office entered beside the ledger: baselines, targets, commitments, mailboxes, conversions."""
    scope = question.scope
    year = scope.year if scope.period is None else scope.period.year
    if scope.season is None and year is None:
        return {}
    communes, by_unit = (books.rows_by(entries, scope, wording(workspace, question, by)) for by in ("commune", "unit"))
    return facts.told(
        workspace,
        season=scope.season,
        year=year,
        as_of=question.as_of,
        vintage=projection.day_of(question.vintage, question.as_of),
        totals={row["key"]: row["detected_m2"] for row in communes},
        communes=communes,
        units=by_unit,
        history=replayed,
    )


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
    workspace: Workspace,
    question: Question,
    walked: Walked,
    coverage: Mapping[str, Any],
    replayed: history.History,
) -> Context:
    """Return what the signs look at besides entries."""
    own = workspace.settings.ledger
    year = datetime.now(UTC).year if question.as_of is None else question.as_of.year
    cuts = [Period(y, n, own.period_cuts).last for y in range(year - 10, year + 2) for n in range(4)]
    reused, redated = _photos(workspace, question, replayed, cuts)
    return Context(
        reused_photos=reused,
        redated_photos=redated,
        effort=dataclasses.asdict(walked.all),
        effort_by_unit={unit: dataclasses.asdict(one) for unit, one in walked.by_unit.items()},
        coverage=coverage,
        least_seen=own.least_seen,
        cuts=cuts,
        late_days=own.late_days,
    )


def _photos(
    workspace: Workspace, question: Question, replayed: history.History, cuts: Sequence[datetime]
) -> tuple[list[str], list[str]]:
    """Return visits whose photos show another place or time, and plots whose photos lie across a period's cut."""
    scope = question.scope
    visits = {"/".join(visit.key): visit for visit in replayed.recorded}
    reused, redated = set(), set()
    for check in photos.shown(workspace, replayed, question.as_of).checks:
        visit = visits.get(check.visit)
        if visit is None or not _is_of(visit.visited_at, scope):
            continue
        if check.code == "photo_reused":
            reused.add(check.visit)
        elif check.code == "photo_other_day":
            taken = visit.visited_at + timedelta(minutes=float(check.value))
            first, last = min(taken, visit.visited_at), max(taken, visit.visited_at)
            if any(first <= cut < last for cut in cuts):
                redated.add(check.plot_id)
    return sorted(reused), sorted(redated)


def _is_of(moment: datetime, scope: books.Scope) -> bool:
    if scope.span is not None:
        return scope.span[0] <= moment <= scope.span[1]
    return scope.season in (None, Season.of(moment))


def _coverage(workspace: Workspace, question: Question) -> dict[str, Any]:
    season = question.season_beside
    if season is None:
        why = N_("Coverage is told by season: ask for a season instead of a year.")
        return {"optical": None, "patrol": None, "none": None, "why": why}
    from eradication.pipeline import covered

    return covered.total(workspace, season, question.as_of)
