"""Which candidates wait for a decision, the most important first; any list of plots by what somebody looks for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from eradication.domain import Season, State
from eradication.domain.codes import fold
from eradication.pipeline import projection
from eradication.pipeline.kept import Wanted
from eradication.pipeline.plot_answers import listed
from eradication.pipeline.reception import looks, reach, views
from eradication.pipeline.reception.looks import How
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.sessions import Caller
from eradication.pipeline.review import practice, second
from eradication.pipeline.review.second import Desk
from eradication.store import Row

WAITING, ASKED, ANY = "waiting", "uav", "any"
"""What is looked for: undecided candidates, those a drone is to look at, or all in whatever state."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody looks for; empty = whatever it is."""

    season: Season
    of: str = WAITING
    """One of :data:`WAITING`, :data:`ASKED`, :data:`ANY`, or a state."""
    commune: str = ""
    klass: str = ""
    source: str = ""
    text: str = ""
    """Part of a code, a commune's name or a unit; compared without capitals and diacritics."""
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Laid:
    """What lies before a reviewer of a season."""

    rows: Sequence[Row]
    """All plots of the season, as this reviewer may see them."""
    desk: Desk


def laid_out(place: Place, caller: Caller, season: Season) -> Laid:
    """Return what lies before a reviewer.

    Whose first judgement is hidden (:mod:`.second`) stands among them as if nobody had decided.
    """
    desk = second.desk(place, caller, season)
    rows = views.seen(place, reach.of(caller), Wanted(season))
    return Laid(seen_as(place, rows, desk), desk)


def waiting(place: Place, caller: Caller, asked: Asked, begin: int, most: int) -> dict[str, Any]:
    """Return some of the candidates that somebody is to judge, in their order; that they were seen is kept.

    Returns:
        ``cases`` (``most`` rows from ``begin`` on as lists of plots have them, with ``uav`` and ``again``),
        ``communes`` (code, name, count) that may be chosen from, ``total``, ``season``, ``simulated``.
    """
    laid = laid_out(place, caller, asked.season)
    kept = [one for one in laid.rows if _is_wanted(one, asked, laid.desk)]
    chosen = _in_order(place, kept, asked)
    some, desk = chosen[begin : begin + most], laid.desk
    looks.note(place, caller, [row["plot_id"] for row in some], How.LIST)
    told = listed(place.workspace, some, urgent=asked.urgent)["plots"]
    return {
        "cases": [row | {"uav": row["id"] in desk.uav, "again": (row["id"] in desk.again)} for row in told],
        "total": len(chosen),
        "communes": _communes(kept),
        "season": asked.season.label,
        "simulated": projection.is_simulated(place.workspace),
    }


def _in_order(place: Place, rows: Sequence[Row], asked: Asked) -> list[Row]:
    """Return the rows that somebody looks for, the most important first, as :func:`listed` sorts them."""
    tests = _tests(asked)
    chosen = [row for row in rows if all(test(row) for test in tests)]
    if not asked.urgent:
        return sorted(chosen, key=lambda row: (-(row["score"] or 0.0), row["plot_id"]))
    told = listed(place.workspace, chosen, urgent=True)["plots"]  # each one's days must be counted
    at = {row["id"]: number for number, row in enumerate(told)}
    return sorted(chosen, key=lambda row: at[row["plot_id"]])


def seen_as(place: Place, rows: Sequence[Row], desk: Desk) -> list[Row]:
    """Return rows as this reviewer may see them: what another decided first of those to be judged again is hidden."""
    practising = projection.is_simulated(place.workspace)
    return [
        second.undecided(row) if row["plot_id"] in desk.again else practice.as_then(row, desk, practising=practising)
        for row in rows
    ]


def _is_wanted(row: Row, asked: Asked, desk: Desk) -> bool:
    if asked.of == WAITING:
        return bool(row["state"] == State.CANDIDATE and row["plot_id"] not in desk.uav)
    if asked.of == ASKED:
        return row["plot_id"] in desk.uav
    return asked.of == ANY or row["state"] == asked.of


def _tests(asked: Asked) -> list[Callable[[Row], bool]]:
    tests: list[Callable[[Row], bool]] = []
    if asked.commune:
        tests.append(lambda row: row["commune_code"] == asked.commune)
    if asked.klass:
        tests.append(lambda row: row["class"] == asked.klass)
    if asked.source:
        tests.append(lambda row: row["source"] == asked.source)
    if wanted := fold(asked.text):
        names = ("code", "plot_id", "commune", "commune_code", "units", "aliases")
        tests.append(lambda row: any(wanted in fold(str(row[name] or "")) for name in names))
    return tests


def _communes(rows: Sequence[Row]) -> list[dict[str, Any]]:
    counted: dict[tuple[str, str], int] = {}
    for row in rows:
        key = str(row["commune_code"] or ""), str(row["commune"] or "")
        counted[key] = counted.get(key, 0) + 1
    return [{"code": code, "name": name, "count": count} for (code, name), count in sorted(counted.items())]


def beside(place: Place, laid: Laid, asked: Asked, plot_id: str) -> tuple[str, str]:
    """Return the ids of the cases before and after a plot in the list; empty where there is none.

    Of a plot that is not in the list (it was decided of) the first one follows.
    """
    kept = [one for one in laid.rows if _is_wanted(one, asked, laid.desk)]
    ids = [row["plot_id"] for row in _in_order(place, kept, asked)]
    if plot_id not in ids:
        return "", next(iter(ids), "")
    at = ids.index(plot_id)
    return (ids[at - 1] if at else ""), (ids[at + 1] if at + 1 < len(ids) else "")
