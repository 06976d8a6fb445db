"""Hypothesis strategies: whole seasons as several laptops would have recorded them, apart from one another."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from worlds import HERE, START, World, east

from eradication.domain import AreaMethod, CountMethod, Event

SITES = tuple(east(metres, HERE) for metres in (0.0, 8.0, 20.0, 60.0, 400.0, 12_000.0))
"""Some so near that two laptops mean one place by them, some of them doubtful, one in another commune."""

ORIGINS = tuple(f"laptop-{n}" for n in range(1, 6))
UNITS = ("BP-1", "BP-2", "CA-1", "CA-2")
OUTCOMES = ("detected", "eradicated", "verified", "regrown", "rejected", "not_reached", "harvested", "self_removed")

_fractions = st.none() | st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.7, 1.0]) | st.floats(0, 1)
_areas = st.integers(1, 30_000).map(lambda tenths: tenths / 10)


@st.composite
def visits(draw: st.DrawFn) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
    """Draw one row of a visit table."""
    outcome = draw(st.sampled_from(OUTCOMES))
    unit = draw(st.sampled_from(UNITS))
    fields: dict[str, Any] = {
        "unit": unit,
        "officers": (f"{unit}-{draw(st.integers(1, 2))}",),
        "visited_at": START + timedelta(days=draw(st.integers(0, 160)), hours=draw(st.integers(0, 2))),
        "destroyed_fraction": draw(_fractions),
    }
    if outcome == "detected":
        fields |= {"area_m2": draw(_areas), "area_method": draw(st.sampled_from(AreaMethod))}
        fields |= {
            "plant_count": draw(st.none() | st.integers(0, 5000)),
            "count_method": draw(st.sampled_from(CountMethod)),
        }
    if outcome == "regrown":
        fields["area_m2"] = draw(st.none() | _areas)
    if outcome in ("eradicated", "verified"):
        fields |= {"area_m2": draw(st.none() | _areas), "area_method": draw(st.none() | st.sampled_from(AreaMethod))}
    if draw(st.integers(0, 9)) == 0:
        fields["visit_id"] = "again"  # the same key may come twice, with the same or with other content
    return "visit", (outcome, draw(st.sampled_from(SITES))), fields


def acts() -> st.SearchStrategy[tuple[str, tuple[Any, ...], dict[str, Any]]]:
    """One thing that is recorded."""
    names = st.sampled_from(["a", "b", "c"])
    return st.one_of(
        visits(),
        visits(),
        st.tuples(st.just("candidate"), st.tuples(names, st.sampled_from(SITES)), st.just({})),
        st.tuples(st.just("dismiss"), st.tuples(names), st.just({})),
        st.tuples(st.just("assign"), st.tuples(names, st.sampled_from(UNITS)), st.just({})),
        st.tuples(st.just("strike"), st.tuples(st.integers(0, 50)), st.just({})),
    )


LIVES = (
    "detected eradicated verified",
    "detected eradicated verified regrown eradicated verified",
    "detected eradicated eradicated verified regrown",
    "detected detected eradicated verified eradicated verified",
    "detected eradicated regrown regrown eradicated verified verified",
)


@st.composite
def lives(draw: st.DrawFn) -> list[tuple[str, tuple[Any, ...], dict[str, Any]]]:
    """Draw what happens to one plot in the order in which it makes sense, some rows of it handed in late or never."""
    site = draw(st.sampled_from(SITES))
    day, rows = draw(st.integers(0, 60)), []
    for outcome in draw(st.sampled_from(LIVES)).split():
        _, _, fields = draw(visits())
        unit = "CA-9" if outcome == "verified" else "BP-1"
        day += draw(st.integers(0, 20))
        kept = {"unit": unit, "officers": (f"{unit}-1",), "visited_at": START + timedelta(days=day)}
        kept["destroyed_fraction"] = fields["destroyed_fraction"]
        if outcome in ("detected", "regrown"):
            kept["area_m2"] = draw(_areas)
        elif draw(st.booleans()):
            kept |= {"area_m2": draw(_areas), "area_method": draw(st.sampled_from(AreaMethod))}
        rows.append(("visit", (outcome, site), kept))
    return draw(st.permutations(rows)) if draw(st.booleans()) else rows


def _record(world: World, act: tuple[str, tuple[Any, ...], dict[str, Any]]) -> None:
    name, args, fields = act
    if name != "strike":
        getattr(world, name)(*args, **fields)
        return
    rows = [i for i, event in enumerate(world.events) if event.kind == "visit_recorded"]
    if rows:
        world.correct(rows[args[0] % len(rows)], None)


@st.composite
def seasons(draw: st.DrawFn, origins: int = 5, most: int = 8) -> list[Event]:
    """Draw what ``origins`` laptops recorded, each knowing only its own events."""
    events: list[Event] = []
    for origin in ORIGINS[:origins]:
        world = World(origin, START + timedelta(minutes=draw(st.integers(0, 600))))
        for act in draw(st.lists(acts(), max_size=most // 2)) + draw(lives() | st.just([])):
            _record(world, act)
        for act in draw(st.lists(acts(), max_size=most // 2)):
            _record(world, act)
        events += world.events
    return events
