"""Two recorded walks round one plot, compared: their mean with its error, or a third walk."""

from collections.abc import Mapping
from typing import Any

from shapely.geometry import shape

from eradication.domain import EventKind, Perimeter
from eradication.errors import N_, UnusableInput
from eradication.ingest import perimeter
from eradication.pipeline import projection
from eradication.pipeline.workspace import Workspace


def compare(workspace: Workspace, one: str, other: str) -> dict[str, Any]:
    """Return the areas of two walks round one plot, their mean, and whether someone must walk again.

    Args:
        workspace: where the patrols are recorded.
        one: a patrol's id, or ``ID:n`` for its n-th closed walk (the first is 1).
        other: the other walk's; the same patrol may hold both.

    Raises:
        UnusableInput: ``no_such_patrol``, ``no_perimeter``.
    """
    walks = [_walk(workspace, wanted) for wanted in (one, other)]
    if walks[0]["outline"] == walks[1]["outline"]:
        raise UnusableInput(
            "same_walk",
            N_("Both are one walk: comparing it with itself says nothing of its error."),
            hint=N_("Name another walk round the same plot."),
        )
    most = workspace.settings.perimeters.differ_pct
    found = perimeter.compare(_rebuilt(walks[0]), _rebuilt(walks[1]), most)
    return {
        "walks": [{"walk": wanted} | _told(walk) for wanted, walk in zip((one, other), walks, strict=True)],
        "area_m2": round(found.area_m2, 1),
        "area_se_m2": round(found.area_se_m2, 1),
        "differ_pct": round(found.differ_pct, 1),
        "most_pct": most,
        "overlap": round(found.overlap, 3),
        "walk_again": found.walk_again,
        "simulated": projection.is_simulated(workspace),
    }


def _walk(workspace: Workspace, wanted: str) -> dict[str, Any]:
    patrol_id, _, number = wanted.partition(":")
    events = workspace.store.events(kinds=[EventKind.PATROL_RECORDED])
    found = next((e for e in events if e.payload["patrol"]["id"] == patrol_id), None)
    values = {"wanted": wanted}
    if found is None:
        hint = N_("`eradication patrols list` shows the ids.")
        raise UnusableInput("no_such_patrol", N_("There is no patrol '{wanted}'."), hint=hint, values=values)
    walked = found.payload["patrol"].get("perimeters", [])
    at = 0 if number == "" and ":" not in wanted else int(number) - 1 if number.isdecimal() else -1
    if not 0 <= at < len(walked):
        raise UnusableInput(
            "no_perimeter",
            N_("The patrol '{wanted}' holds no such closed walk round something."),
            hint=N_("Walk once round and end where you began; [perimeters] in eradication.toml says what is taken."),
            values=values,
        )
    walk: dict[str, Any] = walked[at]
    return walk


def _told(walk: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in walk.items() if name != "outline"}


def _rebuilt(walk: Mapping[str, Any]) -> Perimeter:
    return Perimeter(polygon=shape(walk["outline"]), **_told(walk))
