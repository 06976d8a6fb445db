"""What a run says of every pixel, as cloud-optimised GeoTIFFs with a STAC item: for QGIS, and for the next program."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pystac
import rasterio
import rasterio.shutil
import shapely
from odc.geo.geobox import GeoBox
from rasterio.windows import Window as RasterWindow

from eradication import geo
from eradication.domain import Json
from eradication.errors import N_
from eradication.i18n import Translate
from eradication.raster import Window

SCORE_STEP = 1e-4
NO_SCORE = 65_535
UNOBSERVED, RULED_OUT, LOW, GROW, SEED = 0, 1, 2, 3, 4
"""Values of the layer ``class``."""

CLASS_COLOURS = {
    UNOBSERVED: (158, 158, 158, 255),
    RULED_OUT: (246, 246, 240, 255),
    LOW: (254, 224, 139, 255),
    GROW: (244, 109, 67, 255),
    SEED: (165, 0, 38, 255),
}

COG_TYPE = "image/tiff; application=geotiff; profile=cloud-optimized"
BLOCK_PX = 512

type Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Layer:
    """One file."""

    name: str
    title: str
    dtype: str
    nodata: int | None
    scale: float = 1.0


LAYERS: tuple[Layer, ...] = (
    Layer("score", N_("Score of each pixel: where to look first, no finding"), "uint16", NO_SCORE, SCORE_STEP),
    Layer("class", N_("0 unobserved, 1 ruled out, 2 low, 3 grows a candidate, 4 starts one"), "uint8", None),
    Layer("clear", N_("Clear looks in the season, missed clouds left out"), "uint8", None),
    Layer("flowering", N_("Clear looks while poppy may be in flower, 15 December to 15 April"), "uint8", None),
    Layer("holes", N_("Looks lost to files that could not be read"), "uint8", None),
)


SHARE_STEP = 1 / 60
"""Shares of up to six years are whole multiples of it."""
NO_SHARE = 255

BARE_SHARE = Layer(
    "bare_share",
    N_("Share of earlier years that showed bare ground, as old swidden does"),
    "uint8",
    NO_SHARE,
    SHARE_STEP,
)
"""Only of runs that looked at earlier years."""


def packed_share(share: npt.NDArray[np.float32]) -> Array:
    """Return the layer ``bare_share`` of one block from shares 0…1, NaN where nothing is known."""
    known = np.isfinite(share)
    packed = np.full(share.shape, NO_SHARE, np.uint8)
    packed[known] = np.rint(share[known] / SHARE_STEP).astype(np.uint8)
    return packed


def layers_of(
    score: npt.NDArray[np.float32], clear: Array, possible: Array, limits: tuple[float, float]
) -> dict[str, Array]:
    """Return the layers ``score``, ``class`` and ``clear`` of one block.

    Args:
        score: 0…1, NaN where nothing could be scored, shape (y, x).
        clear: clear looks.
        possible: pixels that were not ruled out.
        limits: scores from which a pixel grows and starts a candidate.
    """
    known = np.isfinite(score)
    packed = np.full(score.shape, NO_SCORE, np.uint16)
    packed[known] = np.rint(score[known] / SCORE_STEP).astype(np.uint16)
    classes = np.zeros(score.shape, np.uint8)
    classes[known] = LOW
    classes[known & ~possible] = RULED_OUT
    for limit, value in zip(limits, (GROW, SEED), strict=True):
        classes[known & possible & (score >= limit)] = value
    return {"score": packed, "class": classes, "clear": clear}


def write(
    folder: Path,
    grid: GeoBox,
    parts: Iterable[tuple[Window, Mapping[str, Array]]],
    facts: Mapping[str, Json],
    span: tuple[datetime, datetime],
    translate: Translate,
    *,
    earlier: bool = False,
) -> Path:
    """Write one file a layer and ``item.json`` into ``folder``; each is whole or not there at all.

    A map of ``bare_share`` that an earlier call wrote there goes if this one has none.

    Args:
        folder: made if absent.
        grid: of everything.
        parts: blocks, each with an array for every layer.
        facts: what the item says of the run: ``run``, ``season``, ``model``, ``simulated`` …
        span: times of the oldest and the newest image, UTC.
        translate: for the titles.
        earlier: the parts have ``bare_share`` as well.

    Returns:
        Path of the item.
    """
    layers = (*LAYERS, BARE_SHARE) if earlier else LAYERS
    folder.mkdir(parents=True, exist_ok=True)
    drafts = {layer.name: folder / f"new-{layer.name}.draft.tif" for layer in layers}
    targets = {layer.name: _draft(drafts[layer.name], layer, grid) for layer in layers}
    targets["class"].write_colormap(1, CLASS_COLOURS)
    try:
        for window, values in parts:
            place = RasterWindow(window.left, window.top, window.columns, window.rows)
            for name, target in targets.items():
                target.write(values[name], 1, window=place)
    finally:
        for target in targets.values():
            target.close()
    for layer in layers:
        _finish(drafts[layer.name], folder / f"{layer.name}.tif", layer)
    item = _item(grid, facts, span, translate, layers)
    new = folder / "new-item.json"
    new.write_text(json.dumps(item.to_dict(include_self_link=False), ensure_ascii=False, indent=1), encoding="utf-8")
    os.replace(new, folder / "item.json")
    if not earlier:
        (folder / f"{BARE_SHARE.name}.tif").unlink(missing_ok=True)
    return folder / "item.json"


def _draft(path: Path, layer: Layer, grid: GeoBox) -> Any:
    return rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=int(grid.shape[0]),
        width=int(grid.shape[1]),
        count=1,
        dtype=layer.dtype,
        crs=str(grid.crs),
        transform=grid.affine,
        nodata=layer.nodata,
        tiled=True,
        blockxsize=BLOCK_PX,
        blockysize=BLOCK_PX,
        bigtiff="if_safer",
    )


def _finish(draft: Path, target: Path, layer: Layer) -> None:
    """Turn a draft into a cloud-optimised file; overviews take the nearest pixel, for classes have no average."""
    if layer.scale != 1.0:
        with rasterio.open(draft, "r+") as opened:
            opened.scales = (layer.scale,)
    new = target.with_name(f"new-{target.name}")
    rasterio.shutil.copy(
        draft,
        new,
        driver="COG",
        compress="deflate",
        level=1,
        predictor="yes",
        blocksize=BLOCK_PX,
        overview_resampling="nearest",
        num_threads="all_cpus",
    )
    os.replace(new, target)
    draft.unlink()


def _item(
    grid: GeoBox,
    facts: Mapping[str, Json],
    span: tuple[datetime, datetime],
    translate: Translate,
    layers: Sequence[Layer],
) -> pystac.Item:
    outline = geo.project(shapely.box(*grid.boundingbox), _epsg(grid), geo.WGS84)
    item = pystac.Item(
        f"eradication-{facts['run']}",
        shapely.geometry.mapping(outline),
        list(outline.bounds),
        span[1],
        {f"eradication:{name}": value for name, value in facts.items()},
        start_datetime=span[0],
        end_datetime=span[1],
        stac_extensions=[
            "https://stac-extensions.github.io/projection/v2.0.0/schema.json",
            "https://stac-extensions.github.io/raster/v1.1.0/schema.json",
        ],
    )
    item.properties |= {
        "proj:code": f"EPSG:{_epsg(grid)}",
        "proj:shape": [int(n) for n in grid.shape],
        "proj:transform": list(grid.affine)[:6],
    }
    for layer in layers:
        band: dict[str, Any] = {"data_type": layer.dtype, "scale": layer.scale, "spatial_resolution": 10}
        band |= {} if layer.nodata is None else {"nodata": layer.nodata}
        item.add_asset(
            layer.name,
            pystac.Asset(
                f"./{layer.name}.tif",
                title=translate(layer.title),
                media_type=COG_TYPE,
                roles=["data"],
                extra_fields={"raster:bands": [band]},
            ),
        )
    return item


def _epsg(grid: GeoBox) -> int:
    code = grid.crs.to_epsg() if grid.crs else None
    return geo.UTM48 if code is None else int(code)
