"""Sentences of everything that shows a plan: for whom it is, what it is not, whose right it is to leave a stop out."""

from datetime import datetime

from eradication.domain import TIMEZONE, dangers
from eradication.domain.codes import NotReachedReason
from eradication.domain.plan_gaps import BASES, sentences
from eradication.errors import N_
from eradication.i18n import Translate, number
from eradication.report import words
from eradication.report.plan_facts import CELL, PatrolPlan, Stop

VETO = N_(
    "The leader of the patrol may leave out any stop that is not safe. No explanation is asked for: tick “unsafe”, "
    "and that is all."
)
VETO_RESPECTED = N_(
    "Stops that were left out as unsafe need no explanation; they count as not visited, and not against anyone."
)
LEFT_OUT = N_("left out – not safe")
"""Stands at a stop that was vetoed since the plan was made."""
KINDS = {"plot": N_("Place to be checked"), "cell": N_("Cell to be searched")}
"""What a stop is called; never what may grow there."""


def kind(stop: Stop, translate: Translate) -> str:
    """Return what a stop is: a place to be checked, or a cell to be searched."""
    return translate(KINDS[CELL if stop.kind == CELL else "plot"])


def clock(when: datetime | None) -> str:
    """Return hour and minute in Vietnam, a dash for none."""
    return "–" if when is None else f"{when.astimezone(TIMEZONE):%H:%M}"


def day_and_clock(when: datetime, language: str) -> str:
    """Return ``27/11/2026 06:00`` in Vietnam's time."""
    return f"{words.day(when, language)} {clock(when)}"


def stamp(plan: PatrolPlan, language: str, translate: Translate) -> str:
    """Return for whom a plan is and how long it holds."""
    said = translate(N_("For unit {unit} only – expires {when}"))
    return said.format(unit=plan.unit, when=day_and_clock(plan.expires_at, language))


def duration(minutes: float, language: str, translate: Translate) -> str:
    """Return minutes as hours: ``2,5 giờ``."""
    return translate(N_("{hours} h")).format(hours=number(minutes / 60, language, 1))


def estimate(area_m2: float | None, language: str, translate: Translate, basis: str = "") -> str:
    """Return m² with what they rest on; what it is an area of is never said, for nobody was there.

    Args:
        area_m2: expected.
        language: of the number.
        translate: message id → text.
        basis: one of :data:`eradication.domain.plan_gaps.BASES`; of none they are said to be an estimate.
    """
    if area_m2 is None:
        return "–"
    about = "< 1 m²" if area_m2 < 1 else f"≈ {number(round(area_m2), language)} m²"
    return f"{about} ({translate(BASES.get(basis, N_('estimate')))})"


def in_all(plan: PatrolPlan, language: str, translate: Translate) -> str:
    """Return the m² expected on the whole way, and at how many stops they are assumed."""
    said = estimate(plan.expected_m2, language, translate)
    if not plan.assumed:
        return said
    more = translate(N_("{assumed} of {count} assumed"))
    return f"{said.removesuffix(')')}; {more.format(assumed=plan.assumed, count=len(plan.kept))})"


def length(plan: PatrolPlan, language: str, translate: Translate) -> str:
    """Return how long and steep the way is, and besides what is walked to search cells."""
    told = translate(N_("{km} km, {climb} m up"))
    told = told.format(km=number(plan.length_m / 1000, language, 1), climb=number(round(plan.climb_m), language))
    if not plan.cells:
        return told
    if plan.search_m is not None:
        km = number(plan.search_m / 1000, language, 1)
        return f"{told}; {translate(N_('+ {km} km to search {count} cells')).format(km=km, count=plan.cells)}"
    return f"{told}; {translate(N_('inside {count} cells not counted')).format(count=plan.cells)}"


def left_out(plan: PatrolPlan, translate: Translate) -> str:
    """Return which stops were left out as unsafe since the plan was made; empty for none."""
    if not plan.vetoed:
        return ""
    said = translate(N_("Left out – not safe: {numbers}. The legs to and from there are not to be walked."))
    return said.format(numbers=", ".join(map(str, plan.vetoed)))


def not_known(plan: PatrolPlan, translate: Translate) -> list[str]:
    """Return what was not known when a plan was made, and what was left out since, a sentence each."""
    said = left_out(plan, translate)
    return [*([said] if said else []), *sentences(plan.not_known, plan.approximate, translate)]


def keeps_out_of(plan: PatrolPlan, translate: Translate) -> str:
    """Return kind and name of the areas of danger; that none is known is not that there is none."""
    if plan.hazards:
        return ", ".join(dangers.said(kind, name, translate) for kind, name in plan.hazards)
    if "hazards" in plan.not_known:
        return translate(N_("nothing: nobody has named a file of dangerous areas"))
    return translate(N_("nothing: the file of dangerous areas names none here on this day"))


def check_ins(plan: PatrolPlan, translate: Translate) -> str:
    """Return when a patrol reports in, as clock times."""
    times = [clock(when) for when in plan.check_ins]
    back = translate(N_("back at the post {clock}")).format(clock=clock(plan.returns))
    return ", ".join([*times, back])


def reasons(language: str) -> list[tuple[str, str]]:
    """Return letter and word of each reason why a place was not reached, without that it is unsafe: it has its box."""
    found = [reason for reason in NotReachedReason if reason is not NotReachedReason.UNSAFE]
    return [(letter, words.word(reason, language)) for letter, reason in zip("ABCDEFGH", found, strict=False)]
