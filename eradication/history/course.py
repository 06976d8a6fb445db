"""From the facts of one plot in one season that had an effect to the course of its episode."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from eradication.domain import Course, Visit
from eradication.geo import area_m2
from eradication.history.areas import Measurement
from eradication.history.destroying import destroying_of
from eradication.history.facts import Fact
from eradication.history.states import Trigger


def course_of(facts: Sequence[Fact], measurement: Measurement) -> Course:
    """Return the course that ``facts`` tell.

    Args:
        facts: those that had an effect, in the order of replay.
        measurement: the one that counts.
    """
    proposed = [fact for fact in facts if fact.candidate is not None]
    visits = [(fact, fact.visit) for fact in facts if fact.visit is not None]
    detected = _first(facts, Trigger.DETECTED)
    told = destroying_of(facts)
    dismissed = [fact for fact in facts if fact.trigger is Trigger.DISMISSED]
    moved = [fact for fact in facts if fact.redated_from not in (None, fact.happened_at)]
    mode = detected.visit.selection_mode if detected and detected.visit else None
    return Course(
        suspected_at=_when(proposed[:1]),
        suspected_by=proposed[0].candidate.source.value if proposed and proposed[0].candidate else "",
        tipped_at=_when([fact for fact in proposed if fact.candidate and fact.candidate.by_tip][:1]),
        assigned_at=_when([fact for fact in facts if fact.trigger is Trigger.ASSIGNED][-1:]),
        dismissed_at=_when(dismissed[-1:]),
        dismissed_by=dismissed[-1].by if dismissed else "",
        dismissal_reason=dismissed[-1].reason if dismissed else "",
        visited_at=_when([fact for fact, _ in visits if fact.trigger is not Trigger.NOT_REACHED][:1]),
        selection_mode=mode.value if mode else "",
        stage=_stage(visits, told.destroyed_at),
        detection_recorded_at=detected.recorded_at if detected else None,
        destructions=tuple(told.destructions),
        destroyed_at=told.destroyed_at,
        destroyed_by=told.destroyed_by,
        rounds=tuple(told.rounds),
        standing_since=told.standing_since,
        harvested_at=_when([fact for fact in facts if fact.trigger is Trigger.HARVESTED][:1]),
        latest_entry_days=max((_days(fact) for fact, _ in visits), default=0.0),
        redated_from=moved[-1].redated_from if moved else None,
        redated_to=_when(moved[-1:]),
        outline_m2=None if measurement.outline is None else round(area_m2(measurement.outline), 1),
    )


def stage_seen(visits: Sequence[Visit], since: datetime | None) -> tuple[str, datetime] | None:
    """Return the stage that was stated last and when.

    Args:
        visits: in the order of replay.
        since: of what has regrown; the stage of what stood there before says nothing.
    """
    seen = [(v.stage.value, v.visited_at) for v in visits if v.stage and (since is None or v.visited_at >= since)]
    return seen[-1] if seen else None


def _first(facts: Iterable[Fact], trigger: Trigger) -> Fact | None:
    return next((fact for fact in facts if fact.trigger is trigger), None)


def _when(facts: Sequence[Fact]) -> datetime | None:
    return facts[0].happened_at if facts else None


def _days(fact: Fact) -> float:
    return round((fact.recorded_at - fact.happened_at).total_seconds() / 86400.0, 2)


def _stage(visits: Sequence[tuple[Fact, Visit]], destroyed_at: datetime | None) -> str:
    """Return the stage as last stated until the whole was destroyed."""
    until = [v for fact, v in visits if v.stage and (destroyed_at is None or fact.happened_at <= destroyed_at)]
    return until[-1].stage.value if until and until[-1].stage else ""
