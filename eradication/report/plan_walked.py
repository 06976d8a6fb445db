"""Planned against walked: where a patrol was to go, where it went, which stops it reached; one page to print.

It is for the patrol's own unit. It bears no grid and no coordinates, no names, and no judgement: a stop that was left
out as unsafe is said to be that, and nothing is asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np

from eradication import geo
from eradication.domain.caution import NO_ACCUSATION, NO_PERSONS
from eradication.domain.codes import NotReachedReason
from eradication.errors import N_
from eradication.i18n import Translate, number, translator
from eradication.report import assets, plan_facts, plan_words, words
from eradication.report.plan_facts import CELL, Floats, PatrolPlan, Stop
from eradication.report.plan_ground import SheetGround

REACHED, NOT_REACHED, UNSAFE, UNKNOWN = "reached", "not_reached", "unsafe", "unknown"
STATUS = {
    REACHED: N_("reached"),
    NOT_REACHED: N_("was not reached"),
    UNSAFE: N_("left out as unsafe"),
    UNKNOWN: N_("nothing is known"),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one stop."""

    status: str
    """``reached``, ``not_reached``, ``unsafe`` or ``unknown``."""
    at: datetime | None = None
    """When the patrol was nearest to it."""
    away_m: float | None = None
    """How near it came."""
    reason: NotReachedReason | None = None
    """Why it was not reached, where the patrol said so."""


@dataclass(frozen=True, slots=True, eq=False)
class Walked:
    """What was walked on a plan."""

    tracks: Sequence[Floats] = ()
    """Longitude, latitude and, if known, height in metres of each stretch, kept fixes only; shape (fix, 2 or 3)."""
    outcomes: Mapping[int, Outcome] = field(default_factory=dict)
    """By the order of the stop."""
    hours: float | None = None
    """On the move and at stops."""
    search_m: float | None = None
    """Metres walked inside the cells of the plan."""

    @property
    def length_m(self) -> float:
        """Metres walked, gaps left out."""
        return sum(geo.length_m(track[:, 0], track[:, 1]) for track in self.tracks)

    def outcome(self, stop: Stop) -> Outcome:
        """Return what became of a stop."""
        return self.outcomes.get(stop.order, Outcome(UNKNOWN))


def walked_page(
    plan: Mapping[str, Any], walked: Walked, ground: SheetGround | None = None, *, language: str,
    translate: Translate | None = None,
) -> str:  # fmt: skip
    """Return one printable HTML page without script and outside reference; the same plan and walk, the same bytes.

    Args:
        plan: the payload of ``plan_made``; see :mod:`eradication.report.plan_facts`.
        walked: what was walked.
        ground: rivers, tracks, border and dangers for the picture; codes of the plots.
        language: ``vi`` or ``en``.
        translate: instead of the language's own catalog.
    """
    from eradication.report import walked_picture
    from eradication.report.page import environment
    from eradication.report.safe import policy

    _, ground = translate or translator(language), ground or SheetGround()
    told = plan_facts.of(plan, ground.codes, ground.commune_names)
    style = assets.own("receipt.css")
    return (
        environment()
        .get_template("plan_walked.html")
        .render(
            _=_,
            language=language,
            style=style,
            policy=policy(scripts=[], styles=[style]),
            title=f"{_(N_('Planned against walked'))} – {told.unit} – {words.day(told.departs, language)}",
            simulated=ground.simulated,
            stamp=plan_words.stamp(told, language, _),
            facts=facts(told, walked, language, _),
            picture=walked_picture.svg(told, walked, ground, language, _),
            rows=[_row(told, stop, walked.outcome(stop), language, _) for stop in told.stops],
            sentences=[_(plan_words.VETO_RESPECTED), _(NO_ACCUSATION), _(NO_PERSONS)],
        )
    )


def facts(plan: PatrolPlan, walked: Walked, language: str, _: Translate) -> list[tuple[str, str, str]]:
    """Return what was planned beside what was walked: label, planned, walked."""
    counts = {status: sum(walked.outcome(stop).status == status for stop in plan.stops) for status in STATUS}
    drawn = [stop for stop in plan.stops if stop.is_random]
    reached = sum(walked.outcome(stop).status == REACHED for stop in drawn)
    hours = number((plan.walking_min + plan.service_min) / 60, language, 1)
    rows = [
        (_(N_("Stops")), str(len(plan.stops)), f"{counts[REACHED]} {_(STATUS[REACHED])}"),
        *(("", "", f"{counts[s]} {_(STATUS[s])}") for s in (NOT_REACHED, UNSAFE, UNKNOWN) if counts[s]),
        (_(N_("Drawn at random")), str(len(drawn)), f"{reached} {_(STATUS[REACHED])}"),
        *_lengths(plan, walked, language, _),
        (_(N_("Hours")), hours, number(walked.hours, language, 1)),
    ]
    near = share_near(plan, walked)
    if near is not None:
        within = _(N_("Planned way that was walked (within {metres} m)")).format(metres=round(NEAR_M))
        rows.append((within, "", f"{number(np.floor(1000 * near) / 10, language, 1)} %"))
    return rows


def _lengths(plan: PatrolPlan, walked: Walked, language: str, _: Translate) -> list[tuple[str, str, str]]:
    """Return lengths that may be compared: all that is walked, and of it what is walked to search cells."""

    def km(metres: float | None) -> str:
        return "–" if metres is None else number(metres / 1000, language, 1)

    way = km(walked.length_m if walked.tracks else None)
    if plan.search_m is None:
        return [(_(N_("Length (km)")), km(plan.length_m), way)]
    whole = _(N_("Length with the search of cells (km)")), km(plan.length_m + plan.search_m), way
    inside = _(N_("of it inside cells to be searched (km)")), km(plan.search_m), km(walked.search_m)
    return [whole, inside] if plan.cells else [whole]


NEAR_M = 60.0
"""A planned way counts as walked where a track passes this near: a grid cell of the way and the error of a receiver."""


def share_near(plan: PatrolPlan, walked: Walked) -> float | None:
    """Return the share of the planned way that lies within ``NEAR_M`` of a track; ``None`` for no way or no track."""
    import shapely

    lines = [shapely.LineString(_metres(track)) for track in walked.tracks if len(track) > 1]
    if len(plan.way) < 2 or not lines:
        return None
    way = shapely.LineString(_metres(plan.way))
    if not way.length:
        return None
    return float(shapely.intersection(way, shapely.union_all(lines).buffer(NEAR_M)).length / way.length)


def _metres(track: Floats) -> Floats:
    return np.column_stack(geo.transformer(geo.WGS84, geo.UTM48).transform(track[:, 0], track[:, 1]))


def _row(plan: PatrolPlan, stop: Stop, outcome: Outcome, language: str, _: Translate) -> dict[str, str]:
    said = _(STATUS[outcome.status])
    if outcome.status == NOT_REACHED and outcome.reason is not None:
        said += f" ({words.word(outcome.reason, language)})"
    return {
        "order": str(stop.order),
        "code": f"{_(N_('cell'))} {stop.code}" if stop.kind == CELL else stop.code,
        "kind": plan_words.kind(stop, _),
        "drawn": _(N_("drawn at random")) if stop.is_random else "",
        "planned": plan_words.clock(plan.arrives(stop)),
        "walked": plan_words.clock(outcome.at),
        "away": "–" if outcome.away_m is None else f"{number(round(outcome.away_m), language)} m",
        "status": said,
        "mark": outcome.status,
    }
