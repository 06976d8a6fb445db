"""A user's own images: several dates become a catalog, one fine date becomes a review layer."""

import filecmp
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from eradication import review
from eradication.archive import geotiffs
from eradication.archive.geotiffs import Image
from eradication.archive.shelf import safe_name
from eradication.domain.event import iso
from eradication.errors import N_, EradicationError, RefusedInput, UnusableInput
from eradication.i18n import Translate, explain
from eradication.ingest import mosaics
from eradication.pipeline.workspace import Workspace, disk_errors_explained
from eradication.raster import SceneFailure


def are_images(address: str) -> bool:
    """Tell whether a path is a GeoTIFF, or a folder of GeoTIFFs without a catalog."""
    path = Path(address)
    if path.is_dir() and (path / "catalog.json").is_file():
        return False
    return bool(geotiffs.files_in(path))


def looked_at(address: str) -> tuple[list[Image], list[SceneFailure]]:
    """Return the images a path means, and those of a folder that cannot be used.

    Raises:
        UnusableInput: ``no_date``; ``review_only``: one date, too fine to be one look of a season.
        RefusedInput: the only image cannot be used.
    """
    paths = geotiffs.files_in(Path(address))
    images: list[Image] = []
    failed: list[SceneFailure] = []
    for path in paths:
        try:
            images.append(geotiffs.look(path))
        except RefusedInput as error:
            if len(paths) == 1:
                raise
            failed.append(SceneFailure(path.name, "*", error.kind, str(error)))
    fine = [image for image in images if image.pixel_m <= review.FINE_M]
    if fine and len({image.when.date() for image in images}) == 1:
        raise UnusableInput(
            "review_only",
            N_("An image of one date with pixels of {pixel_m:.2f} m tells nothing of a season."),
            where=str(fine[0].path),
            hint=N_("Keep it as a layer for people to look at: eradication imagery review {name}"),
            values={"pixel_m": fine[0].pixel_m, "name": fine[0].path.name},
        )
    return images, failed


def keep(
    workspace: Workspace, paths: Sequence[Path], translate: Translate, *, day: date | None, detector: str
) -> dict[str, Any]:
    """Register images as review layers; a bad one is refused with its reason and the others go on.

    Raises:
        UnusableInput: ``unknown_detector``, ``no_such_file``.
    """
    look = review.detector(detector)
    files = [file for path in paths for file in _files(path)]
    with disk_errors_explained(workspace.layers):
        rows = [_keep(workspace, file, day, look) | {"path": str(file)} for file in files]
    for row in rows:
        if isinstance(error := row.pop("error", None), EradicationError):
            told = explain(error, translate)
            row |= {"reason": error.kind, "message": told["message"], "hint": told["hint"]}
    return {"detector": look.name, "layers": rows}


def _files(path: Path) -> list[Path]:
    found = geotiffs.files_in(path)
    if found:
        return found
    raise UnusableInput(
        "no_such_file",
        N_("There is no GeoTIFF here."),
        where=str(path),
        hint=N_("Give a file that ends in .tif, or a folder of them."),
    )


def _keep(workspace: Workspace, file: Path, day: date | None, look: review.Detector) -> dict[str, Any]:
    try:
        return keep_one(workspace, file, day, look)
    except EradicationError as error:
        return {"status": "refused", "error": error}


def keep_one(
    workspace: Workspace, file: Path, day: date | None, look: review.Detector, *, replacing: bool = True
) -> dict[str, Any]:
    """Register one image as a review layer.

    Args:
        workspace: whose ``layers`` folder takes it.
        file: GeoTIFF; it is made a cloud-optimised one in the sandbox.
        day: when it was taken; ``None`` = as side-car or name says.
        look: detector that looks at it too.
        replacing: whether another image of the same name gives way.

    Raises:
        UnusableInput: ``no_date`` and others.
        RefusedInput: ``name_taken``, ``unreadable``, ``no_crs``, ``rotated`` and others.
    """
    with mosaics.optimised(file, workspace.settings.limits) as copy:
        image = geotiffs.look(file, day, copy)
        [item] = geotiffs.items_of([image])
        item = {**item, "id": safe_name(item["id"])}
        if not replacing:
            _check_free(workspace.layers / f"{item['id']}.tif", copy)
        layer = review.register(copy, item, workspace.layers, look)
    return {
        "status": "kept",
        "id": layer.id,
        "image": str(layer.image),
        "item": str(layer.item),
        "datetime": iso(image.when),
        "pixel_m": round(image.pixel_m, 3),
        "bands": [band for band in image.bands if band],
        "sightings": len(layer.sightings),
    }


def _check_free(there: Path, copy: Path) -> None:
    """Make sure that no other image bears the name: people may have read it, and each reading bears its hash."""
    if there.is_file() and not filecmp.cmp(there, copy, shallow=False):
        raise RefusedInput(
            "name_taken",
            N_("Another image is kept under the name {name}."),
            hint=N_("Give the file another name, with the day and the place, and hand it in again."),
            values={"name": there.stem},
        )
