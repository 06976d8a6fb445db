"""Fetched scenes go by disk to a computer without a network."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shapely.geometry.base import BaseGeometry

from eradication import sources
from eradication.archive import bundle, unpacking
from eradication.archive import items as archive_items
from eradication.archive.bundle import Load
from eradication.archive.shelf import Kept, Shelf, shelves
from eradication.domain import Season
from eradication.domain.event import iso
from eradication.errors import N_, RefusedInput, UnusableInput
from eradication.i18n import Translate, explain
from eradication.pipeline.workspace import Workspace, check_output, disk_errors_explained, imagery_locked
from eradication.progress import Stage, quiet


@dataclass(frozen=True, slots=True)
class Choice:
    """Which scenes are taken along."""

    season: Season
    area: BaseGeometry | None = None
    """WGS 84; ``None`` = all that is here."""
    source: str = ""
    """Name of one source's cache; empty = all."""


def write(workspace: Workspace, out: Path, choice: Choice, stage: Stage = quiet) -> dict[str, Any]:
    """Write the fetched scenes of a season into one file.

    Raises:
        UnusableInput: ``no_imagery``, ``protected_path``.
        StorageFailed: ``disk_full`` …
    """
    check_output(workspace, out)
    profiles = sources.all_of(workspace.sources)
    loads = []
    for shelf in shelves(workspace.imagery):
        kept = _chosen(shelf, choice)
        if kept:
            text = (profiles.get(shelf.name) or profiles[sources.ANY]).text
            loads.append(Load(shelf, kept, text))
    if not loads:
        raise UnusableInput(
            "no_imagery",
            N_("No fetched image of season {season} is here."),
            hint=N_("`eradication imagery list` shows what is here; fetch first."),
            values={"season": choice.season.label},
        )
    facts = {"season": choice.season.label, "written_at": iso(datetime.now(UTC))}
    with disk_errors_explained(out), imagery_locked(workspace):
        out.parent.mkdir(parents=True, exist_ok=True)
        carried = bundle.write(out, loads, choice.area, facts, stage(N_("Writing the bundle")))
    return {
        "path": str(out),
        "season": choice.season.label,
        "sources": [load.shelf.name for load in loads],
        "scenes": carried.scenes,
        "files": carried.files,
        "gb": round(out.stat().st_size / 1e9, 4),
        "damaged": [{"id": name, "asset": band} for name, band in carried.damaged],
    }


def _chosen(shelf: Shelf, choice: Choice) -> list[Kept]:
    if choice.source not in ("", shelf.name):
        return []
    kept = {one.item["id"]: one for one in shelf.items() if one.files}
    wanted = archive_items.wanted([k.item for k in kept.values()], choice.season.imagery_window, choice.area)
    return [kept[item["id"]] for item in wanted]


def take(workspace: Workspace, paths: Sequence[Path], translate: Translate, stage: Stage = quiet) -> dict[str, Any]:
    """Take bundles in; a bad one is refused as a whole, with its reason, and the others go on."""
    tick = stage(N_("Reading the bundle"))
    rows: list[dict[str, Any]] = []
    with disk_errors_explained(workspace.imagery), imagery_locked(workspace):
        for path in paths:
            try:
                report = unpacking.take(path, workspace.imagery, workspace.settings.fetch, tick)
            except (RefusedInput, UnusableInput) as error:
                told = explain(error, translate)
                refused = {"reason": error.kind, "message": told["message"], "hint": told["hint"]}
                rows.append({"path": str(path), "status": "refused", **refused})
                continue
            values = asdict(report)
            added_mb = round(values.pop("added_bytes") / 1e6, 3)
            conflicts = [{"id": name, "asset": band} for name, band in values.pop("conflicts")]
            rows.append(
                {
                    "path": str(path),
                    "status": "accepted",
                    "reason": "",
                    **values,
                    "added_mb": added_mb,
                    "conflicts": conflicts,
                    "catalogs": _catalogs(workspace, report.sources),
                }
            )
    return {"bundles": rows}


def _catalogs(workspace: Workspace, names: Sequence[str]) -> list[str]:
    """Write for each source one catalog of all it has here, and return their paths."""
    profiles = sources.all_of(workspace.sources)
    paths = [Shelf(workspace.imagery / name) for name in names]
    return [str(shelf.write_catalog("all", shelf.items(), profiles)) for shelf in paths]
