"""Where the imagery of a run lies on this computer: a note beside the run's maps.

It is no part of the chain of events: paths differ from computer to computer and may bear a person's name.
"""

import json
from pathlib import Path

import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from eradication.errors import N_, UnusableInput
from eradication.pipeline.workspace import Workspace, write_whole

_NOTE = "imagery.json"


def note(workspace: Workspace, run: str, catalog: str, area: BaseGeometry | None) -> None:
    """Note the catalog a run read, and the area (WGS 84) it looked at."""
    told = {"catalog": str(Path(catalog).absolute()), "area": None if area is None else shapely.to_wkt(area, -1)}
    write_whole(_path(workspace, run), json.dumps(told, ensure_ascii=False))


def imagery_of(workspace: Workspace, run: str) -> tuple[str, BaseGeometry | None]:
    """Return catalog and area of a run.

    Raises:
        UnusableInput: ``imagery_gone`` if nothing was noted here, or the catalog is no longer where it was.
    """
    try:
        told = json.loads(_path(workspace, run).read_text(encoding="utf-8"))
        catalog, area = str(told["catalog"]), told["area"]
        outline = None if area is None else shapely.from_wkt(str(area))
    except (OSError, ValueError, KeyError, TypeError, ShapelyError):
        raise _gone(run, "") from None
    if not Path(catalog).exists():
        raise _gone(run, catalog)
    return catalog, outline


def _path(workspace: Workspace, run: str) -> Path:
    # The name comes out of an event, which may be another computer's.
    return workspace.folder / "outputs" / "runs" / Path(run).name / _NOTE


def _gone(run: str, where: str) -> UnusableInput:
    return UnusableInput(
        "imagery_gone",
        N_("The imagery of run {run} is not on this computer, or no longer where it was."),
        where=where,
        hint=N_("Name it with --imagery, or run `eradication monitor` here again."),
        values={"run": run},
    )
