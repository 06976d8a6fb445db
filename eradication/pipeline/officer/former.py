"""Former plots on whose ground no conversion to another crop is on record."""

from typing import Any

import shapely
from shapely.geometry import shape

from eradication.domain import FactKind, Season, State
from eradication.pipeline import fact_book
from eradication.pipeline.kept import Wanted
from eradication.pipeline.reception import looks, reach, views
from eradication.pipeline.reception.looks import How
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.sessions import Caller
from eradication.store import Row

_NOT_FOUND = frozenset(
    map(str, (State.CANDIDATE, State.ASSIGNED, State.NOT_REACHED, State.DISMISSED, State.REJECTED, State.EXPIRED))
)


def without_conversion(place: Place, caller: Caller) -> list[dict[str, Any]]:
    """Return the plots on which something was found in an earlier season, without those that converted land touches.

    Of each its last season with a find; the largest first. That they were seen is kept.
    """
    now = Season.of(place.now()).label
    last: dict[str, Row] = {}
    for row in views.seen(place, reach.of(caller), Wanted()):
        if row["season"] < now and row["state"] not in _NOT_FOUND:
            known = last.get(row["plot_id"])
            if known is None or row["season"] > known["season"]:
                last[row["plot_id"]] = row
    converted = _converted(place)
    named = {str(values.get("plot") or "") for values, _ in converted}
    outlines = shapely.unary_union([outline for _, outline in converted if outline is not None])
    bare = [
        row
        for row in last.values()
        if not named & {row["plot_id"], row["code"]} and not shapely.intersects(row["geometry"], outlines)
    ]
    looks.note(place, caller, [row["plot_id"] for row in bare], How.LIST)
    bare.sort(key=lambda row: (-(row["detected_m2"] or 0), row["plot_id"]))
    names = ("season", "commune", "detected_m2", "state")
    return [
        {"plot": row["plot_id"], "code": row["code"] or row["plot_id"]} | {n: row[n] for n in names} for row in bare
    ]


def _converted(place: Place) -> list[tuple[dict[str, Any], Any]]:
    entered = fact_book.recorded(place.workspace, None, FactKind.CONVERSION)
    found = []
    for one in entered:
        values: dict[str, Any] = dict(one.fact.values)
        outline = values.get("geometry")
        if not values.get("withdrawn"):
            found.append((values, shape(outline) if outline else None))
    return found
