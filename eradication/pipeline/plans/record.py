"""Plans on record: whose they are, how long they hold, which stops were vetoed, which draws are still open.

A plan is its unit's own. It says where people will be, so after its hours it is told without its places, unless it was
walked: then its places are where people were.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from eradication.domain import Event, EventKind, Json, Season, SelectionMode
from eradication.domain.event import iso, parse_iso
from eradication.errors import N_, UnusableInput
from eradication.pipeline import projection, units
from eradication.pipeline.plans.wish import Wish
from eradication.pipeline.workspace import Workspace

UNSAFE = "unsafe"
"""The one reason of a veto; nobody is asked for more."""
PLOT, CELL = "plot", "cell"
_DAY = timedelta(days=1)
RESTED_ON = (EventKind.PLAN_MADE, EventKind.STOP_VETOED, EventKind.VISITS_CHOSEN, EventKind.CELLS_DRAWN)
"""What a new plan must have seen: places others claim, what was vetoed, what was drawn."""


@dataclass(frozen=True, slots=True)
class Veto:
    """A stop that the leader of the patrol said no to."""

    plan: str
    order: int
    """Number of the stop, 0 if it was drawn and not in the route."""
    kind: str
    name: str
    """Plot id or name of the cell."""
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Made:
    """A plan of one unit."""

    event: Event
    is_superseded: bool
    """A later plan of the unit for the same day took its place."""

    @property
    def body(self) -> Mapping[str, Any]:
        """What was planned."""
        return self.event.payload

    @property
    def id(self) -> str:
        """Name of the plan."""
        return str(self.body["plan"])

    @property
    def unit(self) -> str:
        """Code of the unit."""
        return str(self.body["unit"])

    @property
    def stops(self) -> Sequence[Mapping[str, Any]]:
        """Stops of the route, in their order."""
        stops: Sequence[Mapping[str, Any]] = self.body["stops"]
        return stops

    @property
    def search_m(self) -> int | None:
        """Metres that searching the cells of the route takes, besides the way; ``None`` = it was not yet recorded."""
        told = self.body.get("search_m")
        return None if told is None else int(told)

    @property
    def drawn(self) -> list[Mapping[str, Any]]:
        """What was drawn for this plan itself, in the route or not; draws carried from an earlier plan are not."""
        rows = [*self.stops, *self.body["open"]]
        return [row for row in rows if row["own_draw"] and not row["carried_from"]]

    def expires_at(self) -> datetime:
        """Return when it ends to hold."""
        return parse_iso(str(self.body["expires_at"]))

    def is_expired(self, now: datetime) -> bool:
        """Tell whether it holds no longer."""
        return now >= self.expires_at()


def plans(workspace: Workspace, season: Season | None = None, as_of: datetime | None = None) -> list[Made]:
    """Return every plan recorded until ``as_of`` (default: now), of a season or of all, in the order of recording."""
    events = workspace.store.events(as_of=as_of, kinds=[EventKind.PLAN_MADE])
    mine = [event for event in events if season is None or event.payload["season"] == season.label]
    mine.sort(key=lambda event: (event.recorded_at, *event.key))
    # Made twice, on two laptops say, a plan is one plan: its name is that of its content.
    mine = list({str(event.payload["plan"]): event for event in reversed(mine)}.values())[::-1]
    last = {(str(event.payload["unit"]), str(event.payload["day"])): event.key for event in mine}
    return [Made(e, last[str(e.payload["unit"]), str(e.payload["day"])] != e.key) for e in mine]


def mark(events: Sequence[Event]) -> frozenset[tuple[str, int]]:
    """Return what tells whether others planned, vetoed or drew since."""
    return frozenset(event.key for event in events)


def hold(workspace: Workspace, made: Sequence[Made], ground: Mapping[str, str]) -> bool:
    """Tell whether plans are there for all units, none replaced, on the same ground, with no stop vetoed since.

    Args:
        workspace: whose vetoes.
        made: plans of one wish.
        ground: unit → fingerprint of the ground as it is told now.
    """
    refused = {veto.plan for veto in vetoes(workspace) if veto.order}
    same = {one.unit for one in made if one.body.get("ground") == ground.get(one.unit)} == set(ground)
    return same and not any(one.is_superseded or one.id in refused for one in made)


def vetoes(workspace: Workspace, as_of: datetime | None = None) -> list[Veto]:
    """Return every veto, in the order of recording; one said twice counts once."""
    events = workspace.store.events(as_of=as_of, kinds=[EventKind.STOP_VETOED])
    found: dict[tuple[str, str], Veto] = {}
    for event in sorted(events, key=lambda e: (e.recorded_at, *e.key)):
        told = event.payload
        veto = Veto(str(told["plan"]), int(told["order"]), str(told["stop_kind"]), str(told["stop"]), event.recorded_at)
        found.setdefault((veto.plan, veto.name), veto)
    return list(found.values())


def asked_for(workspace: Workspace, name: str, unit: str) -> Made:
    """Return a plan of a unit by its name or the beginning of it.

    Raises:
        UnusableInput: ``unit_missing``; ``unknown_unit``; ``unknown_plan``: also where it is another unit's, for that
            it is there is nobody else's matter.
    """
    if not unit.strip():
        raise UnusableInput(
            "unit_missing",
            N_("A plan says where people will be: it is for the unit whose plan it is."),
            where="--unit",
            hint=N_("Name the code of the unit: --unit BP01"),
        )
    code, wanted = units.on_record(workspace, unit), name.strip().lower()
    found = [one for one in plans(workspace) if wanted and one.id.startswith(wanted) and is_of(workspace, one, code)]
    if len(found) != 1:
        raise UnusableInput(
            "unknown_plan",
            N_("There is no plan '{name}' of this unit."),
            hint=N_("`eradication plans list --unit CODE` shows the plans of a unit."),
            values={"name": name.strip()},
        )
    return found[0]


def expired(made: Made) -> UnusableInput:
    """Return the refusal to write a plan whose hours are over."""
    return UnusableInput(
        "plan_expired",
        N_("The plan {plan} has expired and is not written any more."),
        hint=N_("It says where people would be: make a new one for a day to come."),
        values={"plan": made.id},
    )


def is_of(workspace: Workspace, made: Made, unit: str) -> bool:
    """Tell whether a plan is a unit's, or of one that it followed."""
    table = units.tables_of(workspace)
    return table.comparable(unit) in table.heirs(made.unit)


def names_of(stop: Mapping[str, Any]) -> tuple[str, str]:
    """Return kind and name of a stop: the id of a plot, or the name of a cell."""
    kind = str(stop["kind"])
    return kind, str(stop[kind])


def claimed(workspace: Workspace, wish: Wish, now: datetime) -> dict[tuple[str, str], str]:
    """Return kind and name → plan, of the stops that a wish leaves to other plans.

    Those of other units' plans within so many hours as a plan holds, and those of the units' own plans of any other day
    that is not over: who plans two days is sent to a place once. What a unit planned before for this very day is
    replaced, and what it planned for a day that is over is free again: it goes there where it did not get to.

    Args:
        workspace: whose plans.
        wish: who plans for when.
        now: what is over.
    """
    hours = timedelta(hours=workspace.settings.plan.expires_hours)
    codes = {one.unit for one in wish.patrols}
    refused = {(veto.plan, veto.name) for veto in vetoes(workspace)}
    found: dict[tuple[str, str], str] = {}
    for made in plans(workspace, wish.season):
        is_over = made.body["day"] == wish.date.isoformat() or made.expires_at() - hours + _DAY <= now
        is_free = is_over if made.unit in codes else abs(made.event.happened_at - wish.day) >= hours
        if made.is_superseded or is_free:
            continue
        for stop in made.stops:
            key = names_of(stop)
            if (made.id, key[1]) not in refused:
                found.setdefault(key, made.id)
    return found


def drawn_before(workspace: Workspace, season: Season) -> Iterator[tuple[str, str]]:
    """Yield kind and name of everything that was drawn at random in a season: it is not drawn again."""
    for event in workspace.store.events(kinds=[EventKind.VISITS_CHOSEN, EventKind.CELLS_DRAWN]):
        if event.payload["season"] != season.label:
            continue
        for row in event.payload.get("stops", ()):
            if row["selection_mode"] == SelectionMode.RANDOM.value:
                yield PLOT, str(row["plot_id"])
        for row in event.payload.get("cells", ()):
            yield CELL, str(row["cell"])


def drawn_for_later(workspace: Workspace, wish: Wish) -> set[tuple[str, str]]:
    """Return kind and name of what was drawn for plans of the units of a wish for later days: it waits for these."""
    codes = {one.unit for one in wish.patrols}
    later = (m for m in plans(workspace, wish.season) if m.unit in codes and m.event.happened_at > wish.day)
    return {names_of(row) for made in later for row in made.drawn}


def veto(workspace: Workspace, name: str, stop: str, unit: str, now: datetime | None = None) -> dict[str, Any]:
    """Put on record that a stop of a plan is unsafe; nobody is asked why.

    The selection stays on record: a drawn stop counts as not visited, and is in no figure that rests on visits.

    Args:
        workspace: whose plan.
        name: of the plan.
        stop: its number in the plan, the code or id of the plot, or the name of the cell.
        unit: whose plan it is.
        now: when; ``None`` = by the clock.

    Raises:
        UnusableInput: ``unit_missing``, ``unknown_unit``, ``unknown_plan``, ``unknown_stop``.
    """
    made = asked_for(workspace, name, unit)
    row, before = _stop(made, stop), vetoes(workspace)
    kind, named = names_of(row)
    body: dict[str, Json] = {
        "plan": made.id,
        "unit": made.unit,
        "season": made.body["season"],
        "order": int(row.get("order") or 0),
        "stop_kind": kind,
        "stop": named,
        "selection_mode": row["selection_mode"],
        "inclusion_prob": row["inclusion_prob"],
        "reason": UNSAFE,
    }
    again = any((one.plan, one.name) == (made.id, named) for one in before)
    if not again:
        with workspace.store.transaction() as transaction:
            transaction.append(EventKind.STOP_VETOED, now or datetime.now(UTC), body)
    told = {key: value for key, value in body.items() if key != "stop_kind"}
    status = {"kind": kind, "code": row.get("code") or "", "status": "duplicate" if again else "accepted"}
    return told | status | {"simulated": projection.is_simulated(workspace)}


def _stop(made: Made, wanted: str) -> Mapping[str, Any]:
    text = wanted.strip()
    rows: list[Mapping[str, Any]] = [*made.stops, *made.body["open"]]
    for row in rows:
        is_number = text.isdecimal() and row.get("order") == int(text)
        if text and (is_number or text in (names_of(row)[1], row.get("code"))):
            return row
    raise UnusableInput(
        "unknown_stop",
        N_("The plan has no stop '{stop}'."),
        where="--stop",
        hint=N_("Give its number in the plan, 1 to {count}, the code of the plot or the name of the cell."),
        values={"stop": text, "count": len(made.stops)},
    )


def header(made: Made, now: datetime) -> dict[str, Any]:
    """Return what is told of a plan to whomever: no place."""
    body = made.body
    state = "superseded" if made.is_superseded else "expired" if made.is_expired(now) else "open"
    names = ("plan", "unit", "day", "hours", "season", "expires_at", "length_m", "climb_m")
    return {name: body[name] for name in names} | {
        "search_m": made.search_m,
        "made_at": iso(made.event.recorded_at),
        "state": state,
        "stops": len(made.stops),
        "random": sum(row["selection_mode"] == SelectionMode.RANDOM.value for row in made.stops),
        "open": len(body["open"]),
        "minutes": round(body["walking_minutes"] + body["service_minutes"]),
    }
