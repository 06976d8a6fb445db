"""Which candidates wait for a decision, the most important first; any list of plots by what somebody looks for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eradication.domain import Season, State
from eradication.domain.codes import fold
from eradication.pipeline import projection
from eradication.pipeline.plot_answers import Wanted, listed
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


def waiting(place: Place, caller: Caller, asked: Asked) -> dict[str, Any]:
    """Return the candidates that somebody is to judge, in their order, and what may be chosen from.

    Whose first judgement is hidden (:mod:`.second`) stands among them as if nobody had decided.

    Returns:
        ``cases`` (rows as lists of plots have them, with ``uav`` and ``again``), ``communes`` (code, name, count),
        ``total``, ``season``, ``simulated``.
    """
    rows = views.seen(place, reach.of(caller), Wanted(asked.season))
    desk = second.desk(place, caller, asked.season)
    kept = [one for one in seen_as(place, rows, desk) if _is_wanted(one, asked, desk)]
    chosen = [row for row in kept if all(test(row) for test in _tests(asked))]
    answer = listed(place.workspace, chosen, urgent=asked.urgent)
    cases = [row | {"uav": row["id"] in desk.uav, "again": (row["id"] in desk.again)} for row in answer["plots"]]
    return {
        "cases": cases,
        "total": len(cases),
        "communes": _communes(kept),
        "season": asked.season.label,
        "simulated": projection.is_simulated(place.workspace),
    }


def seen_as(place: Place, rows: Sequence[Row], desk: Desk) -> list[Row]:
    """Return rows as this reviewer may see them: what another decided first of those to be judged again is hidden."""
    practising = projection.is_simulated(place.workspace)
    hidden = {"state": str(State.CANDIDATE), "units": ""}
    return [
        row | hidden if row["plot_id"] in desk.again else practice.as_then(row, desk, practising=practising)
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


def shown(place: Place, caller: Caller, answer: Mapping[str, Any], begin: int, most: int) -> list[dict[str, Any]]:
    """Return some cases of an answer, and keep that they were seen."""
    cases: list[dict[str, Any]] = answer["cases"][begin : begin + most]
    looks.note(place, caller, [row["id"] for row in cases], How.LIST)
    return cases


def beside(place: Place, caller: Caller, asked: Asked, plot_id: str) -> tuple[str, str]:
    """Return the ids of the cases before and after a plot in the list; empty where there is none.

    Of a plot that is not in the list (it was decided of) the first one follows.
    """
    ids = [row["id"] for row in waiting(place, caller, asked)["cases"]]
    if plot_id not in ids:
        return "", next(iter(ids), "")
    at = ids.index(plot_id)
    return (ids[at - 1] if at else ""), (ids[at + 1] if at + 1 < len(ids) else "")
