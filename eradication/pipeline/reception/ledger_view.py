"""The ledger as somebody may see it: figures alone, never a list of places; who sees which, in one table.

==============================================  =====================================================================
reviewer, verifier, officer, analyst, auditor   the province by commune, unit or class, what is suspected included
administrator                                   the province by commune or class, without what is only suspected
patrol                                          the own unit's, and of the province the total, without the suspected
==============================================  =====================================================================

Targets stand beside what was reached for who sees figures of units; a patrol sees its own unit's.

Beside every total stands what was not seen. A figure that moves with each patrol's return would tell of that patrol:
but for who sees every patrol, the province's effort counts patrols as they are shown, in crowds and late, and its
coverage is told in whole percent.

What takes long to tell (effort, coverage, bounds) is told as it was computed last: ``late`` says of when it is, if
anything came since, and a job is asked for that computes it anew.
"""

import dataclasses
import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from eradication.domain import Season
from eradication.domain.event import iso
from eradication.domain.person import SEES_PLOTS, Role
from eradication.effort import blurred
from eradication.errors import N_, StorageFailed, UnusableInput
from eradication.pipeline import accounts, costly
from eradication.pipeline.question import Question, check_answers
from eradication.pipeline.reception import fresh, jobs, patrol_views, reach
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.sessions import Caller

_BY = ("commune", "class", "unit")
_TOLD = (
    "season", "year", "as_of", "by", "effort", "coverage", "undetected", "season_beside", "approximate_boundaries",
    "altered", "late", "simulated", "targets", "total", "rows",
)  # fmt: skip
_FIGURES: Mapping[str, tuple[str, ...]] = {
    "unvisited": ("open", "expired", "dismissed_unvisited", "oldest_days", "harvested_undetected", "harvested_m2"),
    "timeliness": (
        "median_days_to_destruction", "destroyed", "destroyed_in_part", "before_lancing_pct", "stage_known",
        "revisit_due", "revisited_in_time_pct", "limits",
    ),
    "precision": ("value", "low", "high", "n", "why"),
    "baseline": ("year", "m2", "source", "change_pct", "why"),
}  # fmt: skip
"""Parts of which only figures are told: the rest lists places or units."""
ANEW_EVERY = timedelta(minutes=10)
"""So often at most what takes long is computed anew, while figures change."""
_MOST_KEPT = 100
_SUSPECTED = ("suspected_m2", "open")


@dataclass(frozen=True, slots=True)
class Asked:
    """What of the ledger is asked for."""

    season: Season | None
    year: int | None = None
    by: str = "commune"
    province: bool = False
    """The province, also by somebody who sees a unit's own figures."""


def ledger(place: Place, caller: Caller, asked: Asked) -> dict[str, Any]:
    """Return what the caller may see of the ledger.

    Raises:
        UnusableInput: ``unknown_grouping``; ``unit_followed``: another unit answers for the caller's; and those of
            :func:`eradication.pipeline.accounts.ledger`.
    """
    roles = caller.person.roles
    aggregates = bool(roles & {*SEES_PLOTS, Role.AUDITOR})
    unit = "" if aggregates or asked.province or Role.ADMINISTRATOR in roles else reach.of(caller).unit
    _check_grouping(asked.by, aggregates=aggregates or bool(unit))
    question = Question(None if asked.year else asked.season, asked.year, asked.by, unit=unit)
    check_answers(place.workspace, question)
    answer = _figures(_told(place, question)) | {"unit": unit}
    if unit or aggregates:
        return answer if unit or reach.of(caller).every_track else _crowded(place, question, answer)
    answer = _without_suspected(_crowded(place, question, answer)) | {"targets": None}
    return answer if Role.ADMINISTRATOR in roles else answer | {"rows": []}


def overdue(place: Place, season: Season) -> tuple[list[dict[str, Any]], str]:
    """Return what is overdue in the whole province, for whom no place is a secret, and ``late`` of the ledger."""
    told = _told(place, Question(season))
    rows: list[dict[str, Any]] = told["timeliness"]["overdue"]
    return rows, told["late"]


def _told(place: Place, question: Question) -> dict[str, Any]:
    """Return the ledger, as it was told before if nothing was recorded and no day has begun since."""
    workspace = place.workspace
    state = fresh.layers(workspace)
    kept = cast(dict[object, Any], workspace.found.setdefault(_told, {}))
    if kept.get("state") != state or len(kept) > _MOST_KEPT:
        kept.clear()
        kept["state"] = state
    key = question, workspace.settings, costly.kept_at(workspace, question)
    told = cast(dict[str, Any] | None, kept.get(key))
    if told is None:
        told = accounts.ledger(workspace, question, at_once=True)
        kept[question, workspace.settings, costly.kept_at(workspace, question)] = told
    if told["late"]:
        _ask_anew(place, question)
    return told


def _ask_anew(place: Place, question: Question) -> None:
    """Have what stands beside a ledger computed as of now, for whoever asks next; not every minute."""
    body = {"season": question.season.label if question.season else "", "year": question.year or 0}
    turn = int(place.now().timestamp() // ANEW_EVERY.total_seconds())
    key = ":".join(("figures", str(turn), *map(str, body.values()), question.unit))
    with suppress(StorageFailed):  # a full disk keeps nobody from reading on
        jobs.ask(place, "figures", body | {"unit": question.unit}, "", key)


def _check_grouping(by: str, *, aggregates: bool) -> None:
    known = _BY if aggregates else _BY[:2]
    if by not in known:
        raise UnusableInput(
            "unknown_grouping",
            N_("The ledger has no rows by '{by}' for you."),
            where="by",
            hint=N_("Ask for one of: {known}."),
            values={"by": by[:20], "known": ", ".join(known)},
        )


def _figures(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answer without what lists places, people or visits."""
    told = {name: answer.get(name) for name in _TOLD}
    parts = {part: answer.get(part) for part in _FIGURES}
    figures = {
        part: None if whole is None else {name: whole.get(name) for name in _FIGURES[part]}
        for part, whole in parts.items()
    }
    overdue: dict[str, int] = {}
    for row in answer["timeliness"]["overdue"]:
        overdue[row["what"]] = overdue.get(row["what"], 0) + 1
    return told | figures | {"overdue": overdue}


def _without_suspected(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the answer without areas and counts of places that nobody has visited, but that they are not visited."""

    def plain(row: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in row.items() if name not in _SUSPECTED}

    return answer | {"total": plain(answer["total"]), "rows": [plain(row) for row in answer["rows"]]}


def _crowded(place: Place, question: Question, answer: dict[str, Any]) -> dict[str, Any]:
    """Return the answer with effort as patrols are shown to others, and coverage in whole percent."""
    how, told = patrol_views.rule(place), dict[str, Any](dict.fromkeys(answer["effort"]))
    if question.season is not None:
        patrols = patrol_views.released(place, None, question.season)
        walked = blurred.effort(patrols, question.season, how.least)
        # Before there is a crowd nothing is known, which is not the same as nothing walked.
        told |= dataclasses.asdict(walked) if walked.patrols else {}
    told |= {"until": iso(how.until(place.now())), "least": how.least}
    return answer | {"effort": told, "coverage": coarse(answer["coverage"])}


def coarse(coverage: Mapping[str, Any]) -> dict[str, Any]:
    """Return coverage in whole percent: finer, it would move with each patrol's return."""
    return {name: _whole_percent(name, value) for name, value in coverage.items()} | {"coarse": True}


def _whole_percent(name: str, value: Any) -> Any:
    """Return a share in whole percent, floored; of what nobody saw rounded up: no share says more than is so."""
    if not isinstance(value, float):
        return value
    return math.ceil(100.0 * value - 1e-9) / 100.0 if name == "none" else math.floor(100.0 * value + 1e-9) / 100.0
