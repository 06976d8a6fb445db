"""Plots and visits as somebody may see them. Every plot that an answer names is a look, kept before it is sent.

What somebody may not see is not there: the answer is that for something nobody has ever heard of, found out in the same
way. So the places are filtered first, by the store where a unit is asked for, and all else is looked up among these.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from eradication.domain import Season
from eradication.errors import N_, Denied, UnusableInput
from eradication.pipeline import kept, plot_answers, projection
from eradication.pipeline.kept import Wanted
from eradication.pipeline.reception import fresh, looks, of_unit, reach
from eradication.pipeline.reception.looks import How
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.reach import Reach
from eradication.pipeline.reception.sessions import Caller
from eradication.pipeline.reception.told_states import as_told
from eradication.pipeline.review import second
from eradication.store import BBox, Row, Slice
from eradication.store.where import Among, Compare, Every, Where

MOST = 10_000
"""Plots of one answer."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which plots are asked for, and in what order."""

    season: Season | None = None
    state: str = ""
    """Empty = in any."""
    bbox: BBox | None = None
    """West, south, east, north in degrees (WGS 84)."""
    urgent: bool = False
    """By the days left until the harvest; else by season and score."""
    most: int = MOST
    begin: int = 0
    """How many are passed over."""
    how: How = How.LIST

    @property
    def wanted(self) -> Wanted:
        """The part that the store is asked."""
        return Wanted(self.season, self.state, self.bbox)


def plots(place: Place, caller: Caller, asked: Asked) -> dict[str, Any]:
    """Return the plots that the caller may see, or counts by commune to whom no place is shown."""
    sees = reach.of(caller)
    if not sees.places:
        return _counts(place, asked)
    answer, total = _urgent(place, sees, asked) if asked.urgent else _paged(place, sees, asked)
    shown = [row for row in as_judged(place, caller, answer["plots"], "id") if asked.state in ("", row["state"])]
    looks.note(place, caller, [row["id"] for row in shown], asked.how)
    told = shown if sees.every_plot else [of_unit.row(row) for row in shown]
    return answer | {"plots": told, "total": total, "begin": asked.begin}


def as_judged(place: Place, caller: Caller, rows: Sequence[Row], name: str = "plot_id") -> list[Row]:
    """Return rows of plots as their caller may see them who is to judge some of these again: as if nobody had.

    ``name`` is the column of ids.
    """
    seasons = {str(row["season"]) for row in rows}
    untold = {
        (plot, season)
        for season in seasons
        for plot in second.untold(
            place, caller, Season.parse(season), [row[name] for row in rows if row["season"] == season]
        )
    }
    if not untold:
        return list(rows)
    return [second.undecided(row) if (row[name], row["season"]) in untold else row for row in rows]


def _urgent(place: Place, sees: Reach, asked: Asked) -> tuple[dict[str, Any], int]:
    """Return the plots with the fewest days left, and how many there are in all: each one's days must be counted."""
    answer = plot_answers.listed(place.workspace, seen(place, sees, asked.wanted), urgent=True)
    every = answer["plots"]
    return answer | {"plots": every[asked.begin : asked.begin + min(asked.most, MOST)]}, len(every)


def _paged(place: Place, sees: Reach, asked: Asked) -> tuple[dict[str, Any], int]:
    """Return some plots by season and score, cut out where they are kept, and how many there are in all."""
    now = datetime.now(UTC)
    tests: list[Where] = [Compare("season", "=", asked.season.label)] if asked.season else []
    tests += [as_told(Compare("state", "=", asked.state), now)] if asked.state else []
    tests += [Among("commune_code", tuple(sorted(sees.communes)))] if sees.communes else []
    order = (("season", False), ("score", True))
    wanted = Slice("plots", Every(tuple(tests)), asked.bbox, order, min(asked.most, MOST), asked.begin, shapes=False)
    page = fresh.page(place.workspace, None if sees.every_plot else sees.unit, wanted)
    rows = [kept.standing(row, now) for row in page.rows]
    return plot_answers.listed(place.workspace, rows), page.total


def seen_rows(place: Place, caller: Caller, season: Season) -> list[tuple[str, str]]:
    """Return id and season of all plots of a season that the caller may have in a file; no look is kept of them yet.

    Those that the caller is to judge without knowing what was decided are left out.
    """
    plots = [row["plot_id"] for row in seen(place, reach.of(caller), Wanted(season))]
    untold = second.untold(place, caller, season, plots)
    return [(plot, season.label) for plot in plots if plot not in untold]


def seen(place: Place, sees: Reach, wanted: Wanted) -> list[Row]:
    """Return rows of the layer of plots that are seen, each once."""
    units = [""] if sees.whole or (sees.every_plot and not sees.unit) else ["", sees.unit]
    rows = {
        (row["plot_id"], row["season"]): row
        for unit in (units if sees.every_plot else [sees.unit])
        for row in plot_answers.standing(place.workspace, wanted, unit)
    }
    return [row for row in rows.values() if not sees.communes or row["commune_code"] in sees.communes]


def _counts(place: Place, asked: Asked) -> dict[str, Any]:
    rows = plot_answers.standing(place.workspace, asked.wanted)
    counts = Counter((row["commune_code"], row["season"], row["state"]) for row in rows)
    names = projection.names(place.workspace)
    told = [
        {"commune_code": code, "commune": names.get(code, ""), "season": season, "state": state, "plots": count}
        for (code, season, state), count in sorted(counts.items())
    ]
    return {"communes": told, "total": len(rows), "simulated": projection.is_simulated(place.workspace)}


def plot(place: Place, caller: Caller, wanted: str, language: str, *, at_once: bool = False) -> dict[str, Any]:
    """Return one plot with its seasons, events, photos and checks: all of it, or what is the caller's unit's of it.

    Args:
        place: where it is looked for.
        caller: who asks.
        wanted: id, an earlier id, or code.
        language: of what checks say.
        at_once: without what takes long, see :func:`eradication.pipeline.plot_answers.plot`.

    Raises:
        UnusableInput: ``no_such_plot``: there is none, or it is not for the caller.
        Denied: ``to_be_judged``: the caller is to judge it without knowing what was decided.
    """
    sees = reach.of(caller)
    known = _named(place, sees, wanted) if sees.places and wanted else ""
    if not known and not sees.whole:
        raise no_such_plot(wanted)
    try:
        answer = plot_answers.plot(place.workspace, known or wanted, language, looks=False, at_once=at_once)
    except UnusableInput as error:
        raise no_such_plot(wanted) if error.kind == "no_such_plot" else error from None
    _check_judged(place, caller, answer)
    looks.note(place, caller, [answer["plot"]], How.PAGE)
    del answer["views"]  # who else looked is for those who oversee it
    return answer if sees.every_plot else of_unit.plot(place, sees.unit, answer, language)


def _check_judged(place: Place, caller: Caller, answer: Mapping[str, Any]) -> None:
    for one in answer["seasons"]:
        if second.untold(place, caller, Season.parse(one["season"]), [answer["plot"]]):
            raise Denied(
                "to_be_judged",
                N_("You are to judge this candidate a second time, without knowing what was decided first."),
                hint=N_("Decide in the list of candidates; afterwards this page opens."),
            )


def _named(place: Place, sees: Reach, wanted: str) -> str:
    """Return the id of the plot of that id, earlier id or code; empty if none that is seen is it."""
    by_id = seen(place, sees, Wanted(plot_id=wanted))
    # Whoever types a code or an old id waits for a look at all plots.
    for row in by_id or seen(place, sees, Wanted()):
        if wanted in (row["plot_id"], row["code"], *row["aliases"].split(",")):
            return str(row["plot_id"])
    return ""


def no_such_plot(wanted: str) -> UnusableInput:
    """Return what is answered of a plot that is not there, or not for whoever asks."""
    return UnusableInput(
        "no_such_plot",
        N_("There is no plot '{wanted}'."),
        hint=N_("The list of plots shows ids and codes."),
        values={"wanted": wanted[:60]},
    )


def seen_by(place: Place, wanted: str) -> dict[str, Any]:
    """Return who saw a plot when; of one that does not exist, or that nobody saw, nothing."""
    told = projection.replayed(place.workspace).plot(wanted)
    names = {wanted} if told is None else {told.id, *told.aliases}
    seen = [{name: view[name] for name in ("person", "at", "how", "event")} for view in looks.of_plot(place, names)]
    return {"plot": wanted, "views": seen}


def visits(place: Place, caller: Caller, season: Season | None = None) -> dict[str, Any]:
    """Return the visits that the caller may see, the latest first."""
    rows = visit_rows(place, caller, season)
    told = [_visit(row) for row in rows[:MOST]]
    looks.note(place, caller, {row["plot"] for row in told} - {""}, How.VISITS)
    return {"visits": told, "total": len(rows), "simulated": projection.is_simulated(place.workspace)}


def visit_rows(place: Place, caller: Caller, season: Season | None) -> list[Row]:
    """Return rows of the layer of visits that the caller may see, the latest first; no look is kept of them yet."""
    sees, store = reach.of(caller), place.workspace.store
    only = {} if season is None else {"season": (season.label,)}
    rows = (store if sees.every_plot else store.seen_by(sees.unit)).layer("visits", only=only)
    if sees.communes:
        within = {row["plot_id"] for row in seen(place, sees, Wanted(season))}
        rows = [row for row in rows if row["plot_id"] in within]
    return sorted(rows, key=lambda row: (str(row["visited_at"]), row["key"]), reverse=True)


def _visit(row: Row) -> dict[str, Any]:
    kept = {name: row[name] for name in ("visit_id", "unit", "outcome", "season", "area_m2", "visited_at")}
    point = row["geometry"]
    where = (None, None) if point is None or point.is_empty else (round(point.x, 7), round(point.y, 7))
    return kept | {"plot": row["plot_id"] or "", "lon": where[0], "lat": where[1]}
