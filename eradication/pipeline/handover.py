"""Places handed over across the border: a sheet in Vietnamese and Lao, and the record of it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eradication.domain import TIMEZONE, Episode, EventKind, Json, Season
from eradication.domain.event import iso
from eradication.errors import N_, UnusableInput
from eradication.history import History
from eradication.pipeline import carrying, outputs, projection
from eradication.pipeline.workspace import Workspace


def write(
    workspace: Workspace, out: Path, plots: Sequence[str], season: Season | None = None, *, this_side: bool = False
) -> dict[str, Any]:
    """Write the sheet of some places, and put on record which were handed over.

    Args:
        workspace: knows the places.
        out: PDF to write.
        plots: ids, codes or aliases, in the order in which they are to stand.
        season: of what is told of each; ``None`` = its latest.
        this_side: take places that lie in a commune of the province as well; they are refused otherwise.

    Raises:
        UnusableInput: ``no_such_plot``, ``not_across``, ``protected_path``, ``no_such_folder``, ``unknown_format``.
        StorageFailed: the disk or the store refused.
    """
    from eradication.report import handover

    carrying.check_place(workspace, out, ".pdf")
    told = projection.replayed(workspace)
    episodes = [_episode(told, wanted, season) for wanted in dict.fromkeys(plots)]
    episodes = list({episode.plot.id: episode for episode in episodes}.values())
    inside = [episode.plot.code for episode in episodes if episode.plot.commune_code]
    if inside and not this_side:
        raise UnusableInput(
            "not_across",
            N_("These places lie in communes of the province: {codes}."),
            hint=N_("Leave them out; --this-side hands them over on purpose, for example near the line."),
            values={"codes": ", ".join(inside)},
        )
    simulated = projection.is_simulated(workspace)
    day = datetime.now(UTC).astimezone(TIMEZONE).date()
    epsg = workspace.settings.workspace.official_epsg
    content = handover.render(handover.Handover(outputs.rows_of(workspace, episodes), day, epsg, simulated))
    body: dict[str, Json] = {
        "plots": [episode.plot.id for episode in episodes],
        "seasons": [episode.season.label for episode in episodes],
        "this_side": [*inside],
    }
    sha256 = carrying.recorded(workspace, out, EventKind.PLOTS_HANDED_OVER, body, content)
    return {
        "written": [str(out)],
        "sha256": sha256,
        "plots": [_answer(episode) for episode in episodes],
        "simulated": simulated,
    }


def _answer(episode: Episode) -> dict[str, Any]:
    return {
        "plot_id": episode.plot.id,
        "code": episode.plot.code,
        "season": episode.season.label,
        "seen": iso(episode.detected_at or episode.first_seen),
    }


def _episode(told: History, wanted: str, season: Season | None) -> Episode:
    plot = told.plot(wanted)
    known = [e for e in told.episodes if plot is not None and e.plot.id == plot.id and season in (None, e.season)]
    if not known:
        raise UnusableInput(
            "no_such_plot",
            N_("There is no plot '{wanted}'."),
            hint=N_("`eradication plots list` shows ids and codes."),
            values={"wanted": wanted},
        )
    return max(known, key=lambda episode: episode.season)
