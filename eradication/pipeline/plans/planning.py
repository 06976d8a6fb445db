"""A plan for a day: where each unit goes, in which order, by which way, and what it is expected to find.

::

    risk surface   what is expected to be left where                    (pipeline.risk)
    ground         heights, tracks, rivers, dangers round the posts     ground.py
    stops          what each place is worth, what is left out and why   stops.py
    draws          the part that is drawn at random                     drawing.py
    turns          which earlier draws are gone to now, which wait      turns.py
    routes         which of them within the hours, in which order       routes.py
    record         draws and plans as events, in one transaction        written here

Built from ground, access, imagery, past plots, tips and patrols' search; never from names, ethnicity, households or
anything about persons. Loaded late: it brings rasterio and OR-tools.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eradication.domain import EventKind, Json
from eradication.domain.event import canonical
from eradication.errors import N_, UnusableInput
from eradication.pipeline import choosing, projection
from eradication.pipeline.plans import drawing, ground, posts, record, sheet, shown, standing, stops, told
from eradication.pipeline.plans.drawing import Drawn, Frame
from eradication.pipeline.plans.ground import Ground
from eradication.pipeline.plans.record import CELL, PLOT
from eradication.pipeline.plans.routes import Network, Reach, routed, trimmed
from eradication.pipeline.plans.stops import UNREACHED
from eradication.pipeline.plans.turns import Turn, turns
from eradication.pipeline.plans.wish import Patrol, Wish, checked
from eradication.pipeline.risk import surface
from eradication.pipeline.workspace import Workspace, disk_errors_explained
from eradication.planning import REACH_SHARE, shared_out

TRIES = 3
"""A plan is computed anew at most so often because others planned meanwhile."""

type Bodies = list[tuple[EventKind, dict[str, Json]]]


def plan(
    workspace: Workspace,
    wish: Wish,
    out: Path | None = None,
    now: datetime | None = None,
    *,
    language: str = "vi",
) -> dict[str, Any]:
    """Plan a day and put it on record; the same wish gives the plan it gave before, while that still holds.

    It holds no longer, and another takes its place, when the ground is told otherwise since (an area of danger, the
    border, a river, heights), when a stop of it was vetoed, or when the unit made another plan for that day.

    Args:
        workspace: its risk surface, candidates, ground.
        wish: which units, on which day, for how many hours.
        out: folder for the files that go along.
        now: when it is made; ``None`` = by the clock.
        language: of the files, ``vi`` or ``en``.

    Raises:
        UnusableInput: ``bad_hours``, ``hours_too_long``, ``unknown_unit``, ``post_missing``, ``post_outside``,
            ``post_on_hazard``, ``no_dem``, ``dem_elsewhere``, ``day_is_past``, ``day_too_far``, ``nothing_stands``,
            ``nothing_in_reach``, ``plan_expired``, ``plans_busy`` and others.
    """
    moment = now or datetime.now(UTC)
    asked = checked(workspace, wish)
    standing.check_day(workspace, asked, moment)
    asked = Wish(posts.with_posts(workspace, asked.patrols), asked.day, asked.hours, asked.random_share, asked.seed)
    if out is not None:
        sheet.check_folder(workspace, out)
    made = _holding(workspace, asked, moment)
    answer = shown.answer(workspace, made, moment)
    answer["past_day"] = standing.is_past(asked, moment)
    return answer | {"written": sheet.write(workspace, made, out, moment, language) if out is not None else []}


def _holding(workspace: Workspace, wish: Wish, now: datetime) -> list[record.Made]:
    """Return the plans on record that hold for a wish; where there are none, make them and put them on record."""
    for _ in range(TRIES):
        known = record.mark(workspace.store.events(kinds=record.RESTED_ON))
        made = _recorded(workspace, wish)
        if made and all(one.is_expired(now) for one in made):
            return made
        if not made:
            standing.check_coming(workspace, wish, now)
        groups = ground.groups(wish.patrols, wish.hours)
        # The ground first: what is wrong with a post is said before the province is computed.
        pairs = [(group, ground.around(workspace, wish, group)) for group in groups]
        told = {one.unit: around.fingerprint for group, around in pairs for one in group}
        if record.hold(workspace, made, told):
            return made
        standing.check_coming(workspace, wish, now)
        field = surface.surface(workspace, surface.Wish(wish.season))
        bodies = [body for one in pairs for body in _of_group(workspace, wish, one, field, now)]
        with disk_errors_explained(workspace.folder), workspace.store.transaction() as transaction:
            # Nobody else writes from here on. What others planned or drew meanwhile was not seen: begin anew.
            if record.mark(transaction.events(kinds=record.RESTED_ON)) == known:
                for kind, body in bodies:
                    transaction.append(kind, wish.day, body)
                break
    else:
        raise UnusableInput(
            "plans_busy",
            N_("Others make plans at the same time, again and again; nothing was planned."),
            hint=N_("Give the command again in a minute."),
        )
    return _recorded(workspace, wish)


def wish_name(wish: Wish) -> str:
    """Name a wish, so that a plan can be found by it without telling who else was asked for."""
    return hashlib.sha256(canonical(wish.told())).hexdigest()[:16]


def _recorded(workspace: Workspace, wish: Wish) -> list[record.Made]:
    """Return the newest plans of a wish, one for each of its units."""
    wanted = wish_name(wish)
    found = {made.unit: made for made in record.plans(workspace, wish.season) if made.body["wish"] == wanted}
    return [found[unit] for unit in sorted(found)]


def _of_group(
    workspace: Workspace, wish: Wish, group: tuple[Sequence[Patrol], Ground], field: Any, now: datetime
) -> Bodies:
    """Return the events of units whose ground has something in common."""
    patrols, around = group
    offer = stops.offered(workspace, wish, around, field, now)
    if not offer.places and offer.is_past:
        raise standing.nothing_here(workspace, wish, [one.unit for one in patrols])
    reach = Reach.of(wish, patrols, around, offer)
    within = reach.within()
    _check_any(wish, patrols, within)
    far = [place.key for place, near in zip(offer.places, within.any(axis=0).tolist(), strict=True) if not near]
    offer = stops.without(offer, far, UNREACHED)
    network = Network.of(reach)
    first = routed(network, {}, compare=True)
    counts = {unit: [network.places[n].kind for n in one.places] for unit, one in first.items()}
    fresh, before, short = _drawn(workspace, reach, offer, counts, now)
    drawn = {unit: [*before[unit].planned, *one.fresh] for unit, one in fresh.items()}
    waiting = {unit: one.waiting for unit, one in before.items()}
    network = network.with_drawn(drawn)
    away = {one.place.key for draws in waiting.values() for one, _ in draws}
    routes = trimmed(network, drawn, routed(network, drawn, away))
    gone = frozenset(network.places[n].key for one in routes.values() for n in one.places)
    bodies: Bodies = [body for one in fresh.values() for body in one.bodies]
    compared = next(iter(first.values())).compared
    made = told.Made(network, drawn, waiting, fresh, offer, field, gone, compared, now, short)
    for patrol in patrols:
        body = told.body(workspace, patrol, routes[patrol.unit], made)
        bodies.append((EventKind.PLAN_MADE, body | {"wish": wish_name(wish), "ground": around.fingerprint}))
    return [(kind, told.named(body) if kind is EventKind.PLAN_MADE else body) for kind, body in bodies]


def _check_any(wish: Wish, patrols: Sequence[Patrol], within: Any) -> None:
    """Refuse hours in which a unit reaches nothing."""
    for number, one in enumerate(patrols):
        if not within[number].any():
            raise UnusableInput(
                "nothing_in_reach",
                N_("In {hours} hours {unit} reaches no place, searches it and comes back to its post."),
                where="--hours",
                hint=N_("Give more hours, or another post; rivers, dangers and unknown heights bar ways too."),
                values={"unit": one.unit, "hours": float(wish.hours)},
            )


def _drawn(
    workspace: Workspace, reach: Reach, offer: stops.Offer, kinds: Mapping[str, Sequence[str]], now: datetime
) -> tuple[dict[str, Drawn], dict[str, Turn], int]:
    """Return unit → what is drawn anew, unit → what was drawn before and is still open, and how many draws are missing.

    What was drawn with certainty does not stand for the share that is to be drawn by chance.
    """
    wish, history = reach.wish, projection.replayed(workspace)
    model = choosing.newest_model(workspace, wish.season)
    taken = set(record.drawn_before(workspace, wish.season))
    fresh: dict[str, Drawn] = {}
    still = {
        patrol.unit: drawing.carried(workspace, wish, patrol, history, offer.pool, now) for patrol in reach.patrols
    }
    before = turns(reach, still, {unit: len(visited) for unit, visited in kinds.items()})
    stops_of = [max(len(kinds[patrol.unit]), 1) for patrol in reach.patrols]
    by_chance = sum(not one.is_certain for turn in before.values() for one in turn.planned)
    wanted = drawing.wanted(wish.random_share, sum(stops_of), by_chance)
    near, short = reach.within(REACH_SHARE), 0
    for number, (patrol, share) in enumerate(zip(reach.patrols, shared_out(wanted, stops_of), strict=True)):
        mine = [place for place, inside in zip(reach.places, near[number].tolist(), strict=True) if inside]
        frame = Frame(tuple(mine), model, frozenset(taken))
        sizes = len(frame.of(PLOT)), len(frame.of(CELL))
        count = min(share + short, sum(sizes))
        short += share - count
        visited = kinds[patrol.unit]
        counts = drawing.divided(count, visited.count(PLOT), visited.count(CELL), sizes)
        communes = {place.commune for place in mine if place.kind == CELL and place.commune}
        fresh[patrol.unit] = drawing.draw(wish, patrol, frame, counts, sorted(communes))
        taken |= {one.place.key for one in fresh[patrol.unit].fresh}
    made = sum(not one.is_certain for drawn in fresh.values() for one in drawn.fresh)
    return fresh, before, max(wanted - made, 0)
