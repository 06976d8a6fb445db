"""From the facts of one plot in one season to its episode: state, areas, times, people, and what had no effect."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby

from eradication.domain import (
    AreaMethod,
    Candidate,
    CountMethod,
    Crop,
    Episode,
    Outcome,
    Plot,
    Season,
    State,
    Visit,
    detectability,
)
from eradication.domain.succession import NO_SUCCESSIONS, Successions
from eradication.history.areas import best_count, standard_error_m2
from eradication.history.course import course_of, stage_seen
from eradication.history.facts import Fact
from eradication.history.findings import Finding
from eradication.history.independence import FORCED, NOT_INDEPENDENT, UNKNOWN_VERIFIER, parties
from eradication.history.states import FOUND_WITH, Trigger, misfit, of_one_instant, standing, step
from eradication.history.tally import Account, count_area, measured_by, place_of, walked

NOT_COUNTED = "crop_not_counted"
NO_AREA = "area_missing"

_UNCOUNTED_CROPS = frozenset({Crop.FIBRE_HEMP, Crop.OTHER})
"""Fibre hemp and crops without narcotics are recorded and shown as rejected places, and never enter the totals."""

_FINDERS = frozenset({Trigger.DETECTED, Trigger.ERADICATED})


def fold(
    plot: Plot, season: Season, facts: Sequence[Fact], as_of: datetime, successions: Successions = NO_SUCCESSIONS
) -> tuple[Episode | None, list[Finding]]:
    """Take the facts of one plot and season in order.

    Args:
        plot: the place.
        season: the season.
        facts: sorted by :attr:`Fact.order`.
        as_of: when past the season's end, candidates nobody visited have expired.
        successions: which unit followed which.

    Returns:
        The episode, or ``None`` if there is neither a candidate nor a visit; and the rows without effect.
    """
    account = Account(successions=successions)
    ended = False
    for moment, together in groupby(facts, key=lambda fact: fact.happened_at):
        if not ended and moment >= season.ends:
            ended = True
            account.state = step(account.state, Trigger.SEASON_ENDED) or account.state
        for fact in _in_order(account.state, list(together)):
            _take(account, fact, plot.id)
    if account.state is None:
        return None, account.findings
    episode = _episode(plot, season, account, standing(account.state, season, as_of), facts)
    verifier = account.verifier if account.areas.verified else ""
    return replace(episode, units=_units(account, facts), verifier=verifier), account.findings


def _in_order(state: State | None, together: list[Fact]) -> list[Fact]:
    key = of_one_instant(state, [fact.trigger for fact in together])
    return sorted(together, key=lambda fact: key(fact.trigger))


def _take(account: Account, fact: Fact, plot_id: str) -> None:
    if fact.candidate is not None:
        account.candidate = _later(account.candidate, fact.candidate)
        account.state = step(account.state, Trigger.PROPOSED) or account.state
        account.taken.append(fact)
        return
    reason = _obstacle(account, fact)
    if not reason and _found_and_destroyed(account, fact):
        _take(account, _as_detection(fact), plot_id)
    trigger = _pulled(account, fact)
    after = step(account.state, trigger)
    if reason or after is None:
        _out_of_place(account, fact, plot_id, reason or misfit(account.state, fact.trigger))
        _kept_in_sight(account, fact, reason)
        return
    if fact.trigger is Trigger.ERADICATED and account.state in (State.DETECTED, State.REGROWN):
        account.destructions += 1
    account.state = after
    account.taken.append(fact)
    _note(account, fact, trigger, plot_id)


def _note(account: Account, fact: Fact, trigger: Trigger, plot_id: str) -> None:
    """Remember what a fact that had an effect says: people, times, areas."""
    if fact.trigger is Trigger.ASSIGNED:
        account.assigned = fact.unit
    elif fact.trigger is Trigger.DETECTED:
        account.detector = account.detector or fact.unit
    elif fact.trigger is Trigger.VERIFIED:
        _note_verifier(account, fact, plot_id)
    if fact.visit is not None:
        _visited(account, fact, fact.visit)
        if trigger is Trigger.VERIFIED_PART:
            account.times.pop(Trigger.VERIFIED, None)
        if fact.trigger is Trigger.DETECTED and not account.measurements:
            _out_of_place(account, fact, plot_id, NO_AREA)


def _found_and_destroyed(account: Account, fact: Fact) -> bool:
    """Tell whether a destruction of what nobody had detected measures what it found."""
    destroyed = fact.trigger is Trigger.ERADICATED and account.state in FOUND_WITH
    return destroyed and fact.visit is not None and bool(fact.visit.area_m2)


def _as_detection(fact: Fact) -> Fact:
    """Return the detection that a destruction tells of: same people, place and time; an unstated method is a guess."""
    assert fact.visit is not None
    method = fact.visit.area_method or AreaMethod.ESTIMATE
    found = replace(fact.visit, outcome=Outcome.DETECTED, area_method=method, destroyed_fraction=None)
    return replace(fact, trigger=Trigger.DETECTED, visit=found)


def _note_verifier(account: Account, fact: Fact, plot_id: str) -> None:
    """Remember a verification that somebody insisted on, or of an unknown unit; another one afterwards mends it."""
    account.unknown_verifier, account.verifier = "", fact.visit.unit if fact.visit is not None else ""
    if fact.visit is not None and not account.successions.knows(fact.visit.unit):
        account.unknown_verifier = fact.visit.unit
        row = "/".join(fact.visit.key)
        account.findings.append(Finding("doubtful", UNKNOWN_VERIFIER, plot_id, fact.season.label, fact.key, row))
    account.forced = fact.forced if _is_breach(account, fact) else ""
    if account.forced:
        row = "/".join(fact.visit.key) if fact.visit else ""
        what = f"{row}: {account.forced}"
        account.findings.append(Finding("forced", FORCED, plot_id, fact.season.label, fact.key, what))


def _pulled(account: Account, fact: Fact) -> Trigger:
    """Return the trigger a fact pulls: a verification is one of the whole plot only if all of it was destroyed."""
    if fact.visit is None or fact.trigger is not Trigger.VERIFIED:
        return fact.trigger
    seen = fact.visit.destroyed_fraction
    whole = account.destroyed >= 1.0 and (seen is None or seen >= 1.0)
    return Trigger.VERIFIED if whole else Trigger.VERIFIED_PART


def _later(known: Candidate | None, new: Candidate) -> Candidate:
    """Return the candidate of the later run; within one run the one that scores higher.

    One without a score, of a tip or a reading, never hides a run's.
    """
    if known is not None and known.is_scored != new.is_scored:
        return known if known.is_scored else new
    if known is None or known.run != new.run:
        return new
    return max(known, new, key=lambda candidate: (candidate.score, candidate.id))


def _obstacle(account: Account, fact: Fact) -> str:
    if fact.visit is None:
        return ""
    if fact.visit.crop in _UNCOUNTED_CROPS and fact.trigger not in (Trigger.REJECTED, Trigger.NOT_REACHED):
        return NOT_COUNTED
    if _is_breach(account, fact) and not fact.forced:
        return NOT_INDEPENDENT
    return ""


def _is_breach(account: Account, fact: Fact) -> bool:
    if fact.visit is None or fact.trigger is not Trigger.VERIFIED:
        return False
    return account.successions.shared(parties(fact.visit), account.finders, fact.happened_at)


def _out_of_place(account: Account, fact: Fact, plot_id: str, reason: str) -> None:
    row = "/".join(fact.visit.key) if fact.visit else str(fact.trigger)
    account.findings.append(Finding("out_of_place", reason, plot_id, fact.season.label, fact.key, row))


def _kept_in_sight(account: Account, fact: Fact, reason: str) -> None:
    """Let a row that counts nothing leave the trace that it deserves.

    Where a crop without narcotics grows, somebody looked and it was not that: rejected. Who reports regrowth saw live
    plants, so the place is a candidate of that patrol until it is cleared up. Anything else (destroyed, but without an
    area and detected by nobody; verified where nothing was destroyed) waits for the row that it speaks of, listed and
    in no sum: nobody has to go there.
    """
    if fact.visit is None or (reason != NOT_COUNTED and fact.trigger is not Trigger.REGROWN):
        return
    trigger = Trigger.REJECTED if reason == NOT_COUNTED else Trigger.PROPOSED
    after = step(account.state, trigger)
    if after is None:
        return
    account.state = after
    account.visits.append(fact.visit)
    if trigger is Trigger.REJECTED and fact.visit.crop is not None:
        account.crop = fact.visit.crop.value


def _visited(account: Account, fact: Fact, visit: Visit) -> None:
    account.visits.append(visit)
    account.crop = visit.crop.value if visit.crop else account.crop
    if fact.trigger in _FINDERS:
        account.finders |= parties(visit) | fact.parties
    if fact.trigger is Trigger.DETECTED:
        account.times.setdefault(Trigger.DETECTED, fact.happened_at)
    else:
        account.times[fact.trigger] = fact.happened_at
    if visit.look_alike is not None and fact.trigger is Trigger.REJECTED:
        account.look_alike = visit.look_alike.value
    if visit.plant_count is not None:
        account.counts.setdefault(fact.trigger, []).append((visit.plant_count, visit.count_method))
    count_area(account, fact, visit)


def _counts(account: Account) -> list[tuple[int, CountMethod | None]]:
    return account.counts.get(Trigger.DETECTED) or account.counts.get(Trigger.ERADICATED) or []


def _episode(plot: Plot, season: Season, account: Account, state: State, facts: Iterable[Fact]) -> Episode:
    measurement, candidate = measured_by(account), account.candidate
    scored = candidate if candidate is not None and candidate.is_scored else None
    regrown = account.times.get(Trigger.REGROWN) if state is State.REGROWN else None
    return Episode(
        plot=plot,
        season=season,
        state=state,
        klass=detectability(measurement.area_m2),
        score=scored.score if scored else None,
        score_kind=scored.score_kind if scored else None,
        outside=candidate.outside if candidate else False,
        priority=candidate.priority if candidate else None,
        run=candidate.run if candidate else "",
        model=candidate.model if candidate else "",
        area_m2=measurement.area_m2,
        area_method=measurement.method,
        area_se_m2=standard_error_m2(measurement),
        detected_m2=account.areas.measured,
        claimed_m2=account.areas.claimed,
        verified_m2=account.areas.verified,
        plant_count=best_count(_counts(account)),
        unit=account.detector or account.assigned,
        first_seen=min(fact.happened_at for fact in facts),
        detected_at=account.times.get(Trigger.DETECTED),
        eradicated_at=account.times.get(Trigger.ERADICATED),
        verified_at=account.times.get(Trigger.VERIFIED),
        visits=len({(visit.unit, visit.visit_id) for visit in account.visits}),
        look_alike=account.look_alike,
        crop=account.crop,
        out_of_place=tuple(finding.reason for finding in account.findings),
        parties=tuple(sorted(account.finders)),
        destructions=account.destructions,
        forced=account.forced if account.areas.verified else "",
        unknown_verifier=account.unknown_verifier if account.areas.verified else "",
        sown_on=None if candidate is None or state is State.REGROWN else candidate.sown_on,
        stage_seen=stage_seen(account.visits, regrown),
        course=course_of(account.taken, measurement),
        outline=walked(account),
        place=place_of(account),
    )


def _units(account: Account, facts: Iterable[Fact]) -> tuple[str, ...]:
    """Return the units it is the business of, in the comparable form: the one it is assigned to, and who was there."""
    named = {account.assigned, account.detector, *(fact.visit.unit for fact in facts if fact.visit is not None)}
    return tuple(sorted({account.successions.comparable(unit) for unit in named} - {""}))
