"""Review layers that are fine enough to be read, and what of them a second reader is shown."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import shapely
from shapely.geometry import box, shape
from shapely.geometry.base import BaseGeometry

from eradication import geo, review
from eradication.archive import geotiffs
from eradication.domain.event import parse_iso
from eradication.errors import N_, RefusedInput, UnusableInput
from eradication.pipeline.workspace import Workspace

MOST_PIXEL_M = 0.10
"""Coarser pixels do not show a poppy plant."""

SQUARE_M = 60.0
"""Side of the square a second reader is shown; for a larger place, twice its width."""

_LEAST_SEEN = 0.5


@dataclass(frozen=True, slots=True)
class FineLayer:
    """A review layer of this workspace."""

    id: str
    image: Path
    hash: str
    """SHA-256 of the image."""
    taken_at: datetime
    """UTC."""
    pixel_m: float
    """Larger side of a pixel."""
    outline: BaseGeometry
    """What the image covers, WGS 84."""


def find(workspace: Workspace, name: str) -> FineLayer:
    """Return a layer by its id.

    Raises:
        UnusableInput: ``no_such_layer``.
        RefusedInput: ``too_coarse``, and what a damaged file is refused for.
    """
    item = next((item for item in review.layers(workspace.layers) if item.get("id") == name), None)
    path = _image(workspace, name)
    if item is None or not path.is_file():
        known = ", ".join(str(item.get("id")) for item in review.layers(workspace.layers)) or "–"
        raise UnusableInput(
            "no_such_layer",
            N_("There is no review layer '{name}' here."),
            hint=N_("Layers here: {known}. `eradication imagery review FILE` keeps an image as one."),
            values={"name": name, "known": known},
        )
    taken = parse_iso(str(item["properties"]["datetime"]))
    image = geotiffs.look(path, taken.date())
    # Squares of a geographic CRS are narrower on the ground than they are high.
    pixel = image.pixel_m * max(1.0, abs(image.transform[4] / image.transform[0]))
    if pixel > MOST_PIXEL_M * (1 + 1e-6):
        raise RefusedInput(
            "too_coarse",
            N_("Pixels of {pixel:.2f} m do not show plants; a reading needs {most:.2f} m or less."),
            where=name,
            hint=N_("Fly lower, or send a patrol: a coarser image may only propose a place to check."),
            values={"pixel": pixel, "most": MOST_PIXEL_M},
        )
    return FineLayer(name, path, _hash(path), taken, pixel, shape(image.outline))


def is_here(workspace: Workspace, name: str, expected: str) -> bool:
    """Tell whether the very layer is on this computer."""
    path = _image(workspace, name)
    return path.is_file() and _hash(path) == expected


def check_on(layer: FineLayer, outline: BaseGeometry) -> None:
    """Make sure that an outline (WGS 84) lies on what a layer shows.

    Raises:
        RefusedInput: ``off_layer``.
    """
    if not layer.outline.covers(outline) or review.seen_share(layer.image, outline) < _LEAST_SEEN:
        hint = N_("Check the coordinate system of the drawing, and that it was drawn on this layer.")
        raise RefusedInput("off_layer", N_("The outline does not lie on the layer."), where=layer.id, hint=hint)


def window(outline: BaseGeometry) -> BaseGeometry:
    """Return the square (WGS 84) in which a second reader looks for what a first one outlined.

    The place lies somewhere in it, each position as likely as the other, so that its centre tells nothing. Where, is
    drawn from the outline itself, which the second reader does not know: the same for ever, and not to be guessed.
    """
    plain = geo.project(outline, geo.WGS84, geo.UTM48)
    west, south, east, north = plain.bounds
    side = max(SQUARE_M, 2.0 * max(east - west, north - south))
    seed = int.from_bytes(hashlib.sha256(shapely.to_wkb(geo.rounded(outline))).digest()[:8], "big")
    share = np.random.default_rng(seed).random(2)
    left = west - share[0] * (side - (east - west))
    bottom = south - share[1] * (side - (north - south))
    square = box(float(left), float(bottom), float(left + side), float(bottom + side))
    return geo.rounded(geo.project(square, geo.UTM48, geo.WGS84))


def _image(workspace: Workspace, name: str) -> Path:
    # The name may come out of another computer's event.
    return workspace.layers / f"{Path(name).name}.tif"


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
