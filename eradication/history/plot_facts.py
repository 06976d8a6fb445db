"""A plot as the facts that speak of it tell: who founded it, its outline, code and other names."""

from collections.abc import Callable, Collection, Sequence

from shapely.geometry.base import BaseGeometry

from eradication.domain import CandidateSource, Plot
from eradication.geo import centre
from eradication.history.decisions import Part
from eradication.history.facts import Fact
from eradication.history.states import Trigger

MEASURING = frozenset({Trigger.DETECTED, Trigger.REGROWN})
"""Rows whose outline is the plot's."""

_SEEN = MEASURING | {Trigger.REJECTED, Trigger.ERADICATED}
"""Rows of somebody who stood at the place."""

type Locate = Callable[[float, float], str]


def age(fact: Fact) -> tuple[object, ...]:
    """Order of founding: the canonical order of events, a founder before one that only mentions the id."""
    return not fact.founding, fact.happened_at, fact.recorded_at, *fact.key


def is_placed(fact: Fact) -> bool:
    """Tell whether a fact has a footprint, without drawing it."""
    if fact.candidate is not None:
        return True
    if fact.visit is None:
        return False
    drawn = fact.outline is not None and fact.outline.area > 0
    return drawn or (fact.visit.lon is not None and fact.visit.lat is not None)


def plot_of(plot_id: str, facts: Sequence[Fact], others: set[str], locate: Locate, part: Part | None) -> Plot:
    """Return a plot; ``part`` = as it was drawn when a plot was divided, ``others`` = ids that stand for it."""
    founder = min((f for f in facts if f.plot_id == plot_id and is_placed(f)), key=age)
    geometry, measured = _outline(facts, founder) if part is None else _outline_of_part(facts, part)
    code = next((f.code for f in sorted(facts, key=age) if f.code and f.plot_id == plot_id), "")
    code = code if part is None else part.code
    codes = {fact.code for fact in facts if fact.code} - {code}
    return Plot(
        id=plot_id,
        code=code or min(codes, default=""),
        geometry=geometry,
        measured=measured,
        source=founder.candidate.source if founder.candidate else CandidateSource.PATROL,
        commune_code=locate(*centre(geometry)),
        aliases=tuple(sorted(others | codes)),
        first_seen=min(fact.happened_at for fact in facts),
    )


def bare_plot(part: Part, others: Collection[str], locate: Locate) -> Plot:
    """Return a part that nothing speaks of yet: it can be visited by its code."""
    commune, aliases = locate(*centre(part.geometry)), tuple(sorted(others))
    return Plot(part.plot_id, part.code, part.geometry, False, CandidateSource.PATROL, commune, aliases, part.since)


def _outline(facts: Sequence[Fact], founder: Fact) -> tuple[BaseGeometry, bool]:
    """Return the latest measured outline, else the run's latest outline of a candidate, else a disc."""
    walked = [f.outline for f in facts if f.outline is not None and f.trigger in MEASURING]
    if walked:
        return walked[-1], True
    drawn = [fact.candidate.geometry for fact in facts if fact.candidate and not fact.candidate.by_tip]
    if drawn and founder.candidate:
        return drawn[-1], False
    # A tip only says where to look: whoever stood at the place knows it better.
    seen = [f.footprint for f in facts if f.visit is not None and f.trigger in _SEEN and f.footprint is not None]
    place = seen[-1] if seen and founder.candidate else founder.footprint
    assert place is not None
    return place.geometry, founder.outline is not None


def _outline_of_part(facts: Sequence[Fact], part: Part) -> tuple[BaseGeometry, bool]:
    """Return the outline measured since the plot was divided, else the part as it was drawn."""
    walked = [fact for fact in facts if fact.outline is not None and fact.trigger in MEASURING]
    since = [fact.outline for fact in walked if fact.happened_at >= part.since and fact.outline is not None]
    return since[-1] if since else part.geometry, bool(walked)
