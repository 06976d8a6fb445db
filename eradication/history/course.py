"""From the facts of one plot in one season that had an effect to the course of its episode."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from eradication.domain import Course, Visit
from eradication.geo import area_m2
from eradication.history.areas import Measurement
from eradication.history.facts import Fact
from eradication.history.states import Trigger

_REVISITS = (Trigger.VERIFIED, Trigger.REGROWN)


def course_of(facts: Sequence[Fact], measurement: Measurement) -> Course:
    """Return the course that ``facts`` tell.

    Args:
        facts: those that had an effect, in the order of replay.
        measurement: the one that counts.
    """
    proposed = [fact for fact in facts if fact.candidate is not None]
    visits = [(fact, fact.visit) for fact in facts if fact.visit is not None]
    detected = _first(facts, Trigger.DETECTED)
    destroyed = [(fact, visit) for fact, visit in visits if fact.trigger is Trigger.ERADICATED]
    first = destroyed[0][0] if destroyed else None
    dismissed = [fact for fact in facts if fact.trigger is Trigger.DISMISSED]
    moved = [fact for fact in facts if fact.redated_from not in (None, fact.happened_at)]
    fractions = [visit.destroyed_fraction for _, visit in destroyed if visit.destroyed_fraction is not None]
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
        stage=_stage(visits, first),
        detection_recorded_at=detected.recorded_at if detected else None,
        destroyed_at=first.happened_at if first else None,
        destruction_recorded_at=first.recorded_at if first else None,
        destroyers=tuple(sorted({visit.unit for _, visit in destroyed})),
        destroyed_by=next((v.destroyed_by.value for _, v in reversed(destroyed) if v.destroyed_by), ""),
        destroyed_fraction=fractions[-1] if fractions else None,
        revisited_at=_when(
            [f for f in facts if f.trigger in _REVISITS and first and f.happened_at > first.happened_at]
        ),
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


def _stage(visits: Sequence[tuple[Fact, Visit]], first: Fact | None) -> str:
    """Return the stage as last stated until the first destruction."""
    until = [v for fact, v in visits if v.stage and (first is None or fact.happened_at <= first.happened_at)]
    return until[-1].stage.value if until and until[-1].stage else ""
