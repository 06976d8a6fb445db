"""Between computers and between coordinate systems."""

import dataclasses
import math
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from eradication import geo
from eradication.errors import N_, RefusedInput, UnusableInput
from eradication.i18n import Translate, explain
from eradication.pipeline import projection, retention
from eradication.pipeline.workspace import Workspace, check_output, disk_errors_explained
from eradication.store import bundle


def export_bundle(workspace: Workspace, out: Path, since: datetime | None) -> dict[str, Any]:
    """Write a signed bundle of everything recorded after ``since`` (default: all)."""
    check_output(workspace, out)
    with disk_errors_explained(out):
        return dataclasses.asdict(bundle.write(workspace.store, out, since))


def import_bundles(workspace: Workspace, paths: Sequence[Path], translate: Translate) -> dict[str, Any]:
    """Merge bundles; each is merged whole or refused whole.

    Raises:
        UnusableInput: none of the files could be examined.
    """
    told: list[dict[str, Any]] = []
    examined = 0
    for path in paths:
        try:
            told.append(_merge(workspace, path) | {"path": str(path), "status": "accepted", "reason": ""})
            examined += 1
        except RefusedInput as error:
            told.append(_refused(path, error, translate))
            examined += 1
        except UnusableInput as error:
            if len(paths) == 1:
                raise
            told.append(_refused(path, error, translate))
    if not examined:
        raise UnusableInput(
            "no_such_file",
            N_("None of the files could be read."),
            where=", ".join(str(path) for path in paths),
            hint=N_("Check the names of the files and the folder you are in."),
        )
    with workspace.store.transaction() as transaction:
        projection.refresh(workspace, transaction)
    with disk_errors_explained(workspace.folder):
        return {"bundles": told, "retention": retention.follow(workspace)}


def _merge(workspace: Workspace, path: Path) -> dict[str, Any]:
    with disk_errors_explained(workspace.folder):
        content = bundle.read(path)
        accept = workspace.settings.bundles.accept_new_origins
        return dataclasses.asdict(bundle.merge(workspace.store, content, accept_new_origins=accept))


def _refused(path: Path, error: RefusedInput | UnusableInput, translate: Translate) -> dict[str, Any]:
    told = explain(error, translate)
    return {
        "path": str(path),
        "status": "refused",
        "reason": error.kind,
        "message": told["message"],
        "hint": told["hint"],
    }


def convert(points: Sequence[str], source_crs: str, target_crs: str) -> dict[str, Any]:
    """Convert ``"x,y"`` texts (longitude,latitude or east,north) between two CRS, e.g. ``EPSG:9206``.

    Raises:
        UnusableInput: ``bad_point`` names the point; ``unknown_crs``.
    """
    source, target = geo.parse_epsg(source_crs), geo.parse_epsg(target_crs)
    given = [_point(text, number) for number, text in enumerate(points, start=1)]
    if not given:
        raise UnusableInput("no_points", N_("No points were given."), hint=N_("Write them after --, as X,Y."))
    moved = geo.transform(given, source, target)
    for number, (x, y) in enumerate(moved, start=1):
        if not (math.isfinite(x) and math.isfinite(y)):
            raise UnusableInput(
                "point_out_of_range",
                N_("The point lies outside the area of the coordinate system."),
                where=f"{points[number - 1]} ({number})",
                hint=N_("Order is longitude,latitude or east,north; in cadastral tables X is north: swap them."),
            )
    decimals = 9 if geo.is_geographic(target) else 4
    rounded = [[round(x, decimals), round(y, decimals)] for x, y in moved]
    return {"points": rounded, **geo.describe_operation(source, target)}


def _point(text: str, number: int) -> tuple[float, float]:
    x, comma, y = text.partition(",")
    try:
        if not comma:
            raise ValueError
        return float(x), float(y)
    except ValueError:
        raise UnusableInput(
            "bad_point",
            N_("'{text}' is not a point."),
            where=str(number),
            hint=N_("Write X,Y with a dot as decimal mark: longitude,latitude or east,north."),
            values={"text": text},
        ) from None
