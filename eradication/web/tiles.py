"""Raster tiles: titiler's factory reads and draws them; of a layer nothing can be said but its id.

The factory's own routes take an address of a file and formulas. Ours take neither: which file it is, is found among the
layers that the caller may see, inside the dependency that the factory asks for its path.
"""

import io
from functools import cache
from typing import Annotated

import numpy as np
from attrs import define
from fastapi import Depends, Path, Response
from PIL import Image
from rio_tiler.colormap import cmap
from rio_tiler.errors import TileOutsideBounds
from rio_tiler.models import ImageData
from titiler.core.factory import TilerFactory

from eradication.errors import N_, UnusableInput
from eradication.pipeline.reception import layers
from eradication.pipeline.reception.layers import RUN, Layer
from eradication.web.asking import Here, Who

DEEPEST, SIDE = 22, 256
MOST_LOOKS = 20
"""Clear looks that are drawn in the brightest colour."""


def layer_of(place: Here, caller: Who, layer: Annotated[str, Path(max_length=120)]) -> Layer:
    """Return the layer that is asked for, as far as it is the caller's."""
    return layers.named(place, caller, layer)


@define(kw_only=True)
class LayerTiles(TilerFactory):
    """Tiles of layers by id, and nothing else."""

    def register_routes(self) -> None:
        """Add the one route."""

        @self.router.get("/tiles/{layer}/{z}/{x}/{y}.png", response_class=Response)
        def tile(
            layer: Annotated[Layer, Depends(self.path_dependency)],
            z: Annotated[int, Path(ge=0, le=DEEPEST)],
            x: Annotated[int, Path(ge=0)],
            y: Annotated[int, Path(ge=0)],
        ) -> Response:
            """Return a tile of a layer as PNG (EPSG:3857); where it has no pixel, one that all is seen through."""
            check(z, x, y)
            try:
                with self.reader(str(layer.path)) as opened:
                    content = _drawn(opened.tile(x, y, z, tilesize=SIDE), layer)
            except TileOutsideBounds:
                content = _nothing()
            return Response(content, media_type="image/png")


def check(z: int, x: int, y: int) -> None:
    """Refuse a tile that lies beyond the world.

    Raises:
        UnusableInput: ``no_such_tile``.
    """
    if x >= 2**z or y >= 2**z:
        raise UnusableInput("no_such_tile", N_("There is no such tile."), hint=N_("x and y lie below 2^z."))


def _drawn(image: ImageData, layer: Layer) -> bytes:
    if layer.kind != RUN:
        return _three_bands(image).render(img_format="PNG")
    if layer.name == "class":
        return image.render(img_format="PNG", colormap=layers.CLASS_COLOURS)
    most = {"score": 10_000, "holes": 1, "bare_share": 1}.get(layer.name, MOST_LOOKS)
    image.rescale(in_range=((0, most),))
    return image.render(img_format="PNG", colormap=cmap.get("inferno" if layer.name == "score" else "viridis"))


def _three_bands(image: ImageData) -> ImageData:
    """Return red, green and blue of a fine image; values of more than 8 bits are stretched by what the tile holds."""
    if image.count > 3:
        image.array = image.array[:3]
        image.band_names = image.band_names[:3]
        image.band_descriptions = image.band_descriptions[:3]
    if image.array.dtype != np.uint8:
        image.rescale(in_range=image.dataset_statistics or ((float(image.array.min()), float(image.array.max()) + 1),))
    return image


@cache
def _nothing() -> bytes:
    out = io.BytesIO()
    Image.new("LA", (SIDE, SIDE)).save(out, "PNG", optimize=True)
    return out.getvalue()
