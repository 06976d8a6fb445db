"""What a plan says, as it is answered: to its unit, and after its hours without its places."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from eradication.domain import dangers
from eradication.domain.caution import NO_ACCUSATION, NO_PERSONS
from eradication.domain.plan_gaps import IS_ASSUMED
from eradication.pipeline import projection
from eradication.pipeline.plans import record
from eradication.pipeline.workspace import Workspace


def draw_name(names: Sequence[str]) -> str | None:
    """Return the name of several draws as one; that of one is its own, ``None`` of none."""
    said = sorted(names)
    if len(said) < 2:
        return said[0] if said else None
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]


def answer(workspace: Workspace, plans: Sequence[record.Made], now: datetime) -> dict[str, Any]:
    """Return the answer of ``plan --hours``."""
    walked: list[dict[str, Any]] = [shown(made, now) for made in plans]
    first = plans[0].body
    draws = sorted({str(made.body["draw"]) for made in plans if made.body["draw"]})
    joined = draw_name(draws)
    names = projection.names(workspace)
    codes = {stop["commune"] for route in walked for stop in [*route.get("stops", ()), *route.get("open", ())]}
    return {
        "draw": joined,
        "season": first["season"],
        "day": first["day"],
        "routes": walked,
        "communes": {code: names.get(code, "") for code in sorted(codes)},
        "left_out": first["left_out"],
        "not_known": first["not_known"],
        "about": NO_PERSONS,
        "caution": NO_ACCUSATION,
        "simulated": projection.is_simulated(workspace),
    }


def _assumed(made: record.Made) -> dict[str, Any]:
    """Return how many of a plan's stops and m² rest on what is assumed, for no visit and no find has taught it."""
    rows = [stop for stop in made.stops if stop["basis"] in IS_ASSUMED]
    return {"assumed_stops": len(rows), "assumed_m2": round(sum(stop["expected_m2"] for stop in rows), 1)}


def shown(made: record.Made, now: datetime, *, was_walked: bool = False) -> dict[str, Any]:
    """Return a plan as its unit may see it: after its hours without its places, unless it was walked."""
    told = record.header(made, now)
    hidden = made.is_expired(now) and not was_walked
    figures = (
        *("seed", "random_share", "draw", "draws", "walking_minutes", "service_minutes", "least_team"),
        *("check_in_hours", "basis", "compared", "expected_m2", "prize_m2", "planned_p", "offered"),
        *("learned", "left_out"),
        *("not_known", "factors_missing", "approximate_boundaries", "hazards"),
    )
    told |= {name: made.body[name] for name in figures}
    carried = {name: sum(bool(row["carried_from"]) for row in made.body[name]) for name in ("stops", "open")}
    told["dangers"] = [{"kind": kind, "name": name} for kind, name in dangers.of(made.body)]
    told["carried"] = {"planned": carried["stops"], "waiting": carried["open"]}
    told |= {"surface": made.body.get("surface"), "random_short": made.body.get("random_short"), **_assumed(made)}
    counted = {"stop_count": told.pop("stops"), "open_count": told.pop("open"), "hidden": hidden}
    if hidden:
        return told | counted
    places = {name: made.body[name] for name in ("post", "stops", "open", "way")}
    return told | counted | places
