"""Images of one date that are fine enough to see plants: layers for people to look at, not features for a model.

A mosaic of an unmanned aircraft or a commercial image shows a place once. What a season of 10-day looks tells it cannot
tell, so it never passes those features. It is kept as a review layer: a cloud-optimised copy and a STAC item in
``<workspace>/layers``, found there by the map and by reviewers. A :class:`Detector` may look at it as well; what one
proposes is to be checked by people like any candidate. The package ships none that finds anything.
"""

import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import rasterio
from rasterio.errors import RasterioError
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from eradication import geo
from eradication.errors import N_, RefusedInput, UnusableInput

FINE_M = 3.0
"""Pixels of at most this size show rows of plants or single trees; a coarser single image does not."""

KIND = "eradication:kind"
REVIEW = "review"


@dataclass(frozen=True, slots=True)
class Mosaic:
    """A review layer as a detector gets it."""

    path: Path
    """Cloud-optimised GeoTIFF."""
    item: Mapping[str, Any]
    """Its STAC item: date, bands, pixel size."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """Something a detector proposes to look at. It accuses nobody."""

    outline: BaseGeometry
    """WGS 84."""
    score: float
    """0…1; comparable within one detector only."""
    label: str = ""


class Detector(Protocol):
    """Looks at one fine image."""

    @property
    def name(self) -> str:
        """Name and version, kept with what it proposes."""

    def detect(self, mosaic: Mosaic) -> Sequence[Sighting]:
        """Return what people should look at."""


class NoDetector:
    """Looks at nothing: the layer is for people alone."""

    @property
    def name(self) -> str:
        """``none``."""
        return "none"

    def detect(self, mosaic: Mosaic) -> Sequence[Sighting]:
        """Propose nothing."""
        return ()


DETECTORS: dict[str, Callable[[], Detector]] = {"none": NoDetector}
"""Name → how to make one; another program adds its own here."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A registered review layer."""

    id: str
    image: Path
    item: Path
    sightings: tuple[Sighting, ...]
    detector: str


def detector(name: str) -> Detector:
    """Return a detector by name.

    Raises:
        UnusableInput: ``unknown_detector``.
    """
    if name not in DETECTORS:
        raise UnusableInput(
            "unknown_detector",
            N_("There is no detector named {name}."),
            hint=N_("Known ones: {known}."),
            values={"name": name, "known": ", ".join(sorted(DETECTORS))},
        )
    return DETECTORS[name]()


def register(source: Path, item: Mapping[str, Any], folder: Path, look: Detector) -> Layer:
    """Keep an image as a review layer and let a detector look at it. The same id again replaces the layer.

    Args:
        source: cloud-optimised GeoTIFF; it is copied.
        item: its STAC item; the id becomes the layer's name and must be a plain file name.
        folder: ``<workspace>/layers``.
        look: the detector.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = str(item["id"])
    image, described = folder / f"{name}.tif", folder / f"{name}.json"
    part = folder / f".{name}.part.tif"
    try:
        shutil.copyfile(source, part)
        part.replace(image)
    finally:
        part.unlink(missing_ok=True)
    document = _described(item, image.name, look.name)
    sightings = tuple(look.detect(Mosaic(image, document)))
    _write(folder / f"{name}.sightings.geojson", _features(sightings, look.name) if sightings else None)
    _write(described, document)
    return Layer(name, image, described, sightings, look.name)


def _described(item: Mapping[str, Any], file: str, by: str) -> dict[str, Any]:
    """Return the layer's own item: one asset, the copy."""
    original = next(iter(item["assets"].values()))
    asset = original | {
        "href": f"./{file}",
        "type": "image/tiff; application=geotiff; profile=cloud-optimized",
        "roles": ["data", "visual"],
    }
    properties = {**item["properties"], KIND: REVIEW, "eradication:detector": by}
    return {**item, "properties": properties, "assets": {"image": asset}}


def _features(sightings: Sequence[Sighting], by: str) -> dict[str, Any]:
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": mapping(one.outline),
                "properties": {"score": one.score, "label": one.label, "detector": by, "status": "to_be_checked"},
            }
            for one in sightings
        ],
    }


def _write(path: Path, document: Mapping[str, Any] | None) -> None:
    """Write a file whole or not at all; without a document make sure that there is none."""
    if document is None:
        path.unlink(missing_ok=True)
        return
    part = path.with_name(f".{path.name}.part")
    with part.open("w", encoding="utf-8") as stream:
        json.dump(document, stream, ensure_ascii=False, allow_nan=False)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(path)


def layers(folder: Path) -> list[dict[str, Any]]:
    """Return the items of the review layers in a folder, in order of time; their hrefs are relative to it."""
    found = []
    for path in sorted(folder.glob("*.json")):
        try:
            document = json.loads(path.read_bytes())
        except (OSError, ValueError):
            continue
        properties = document.get("properties") if isinstance(document, dict) else None
        if isinstance(properties, dict) and properties.get(KIND) == REVIEW:
            found.append(document)
    return sorted(found, key=lambda item: (str(item["properties"].get("datetime")), str(item.get("id"))))


def seen_share(image: Path, outline: BaseGeometry) -> float:
    """Return which share of an outline's box (WGS 84) an image has pixels for: mosaics have holes and ragged edges.

    Raises:
        RefusedInput: ``unreadable``.
    """
    try:
        with (
            rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR", GDAL_PAM_ENABLED="NO"),
            rasterio.open(image, driver="GTiff") as opened,
        ):
            bounds = geo.project(outline, geo.WGS84, int(opened.crs.to_epsg())).bounds
            window = opened.window(*bounds)
            size = min(256, max(1, round(window.height))), min(256, max(1, round(window.width)))
            mask = opened.read_masks(1, window=window, out_shape=size, boundless=True)
            return float((mask > 0).mean())
    except (RasterioError, ValueError) as error:
        message = N_("The image cannot be read: {error}.")
        raise RefusedInput("unreadable", message, where=str(image), values={"error": error}) from None
