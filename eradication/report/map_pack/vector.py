"""Layers of shapes → vector tiles.

GDAL cuts, simplifies and encodes each layer; it writes one layer at a time. A vector tile is a list of layers, so tiles
of several layers are joined by writing one after the other.
"""

import gzip
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas
import pandas as pd
from pmtiles.reader import MemorySource, all_tiles

from eradication import geo
from eradication.domain import Json
from eradication.report.map_pack.archive import Tile
from eradication.report.map_pack.view import Feature

COARSEST, FINEST = 8, 15


@dataclass(frozen=True, slots=True)
class Layer:
    """How a layer is written."""

    coarsest: int
    """First zoom in which it is seen."""
    fields: Mapping[str, str]
    """Name → ``text``, ``whole`` or ``real``."""
    rough: int = 0
    """Sixteenths of a pixel up to which it is simplified, also in the finest zoom."""


_PLACE = {"plot_id": "text", "code": "text", "class": "text", "state": "text", "score": "real", "area_m2": "whole"}
_NAMED = {"code": "text", "name": "text", "approximate": "whole"}
_DANGER = dict.fromkeys(("kind", "name", "label_vi", "label_en", "valid_from", "valid_to"), "text")

LAYERS: Mapping[str, Layer] = {
    "contours": Layer(13, {"elevation": "whole"}, rough=4),
    "contours_index": Layer(11, {"elevation": "whole"}, rough=4),
    "communes": Layer(8, _NAMED),
    "commune_names": Layer(9, _NAMED),
    "border": Layer(8, {}),
    "rivers": Layer(10, {}),
    "roads": Layer(9, {}),
    "tracks": Layer(11, {}),
    "hazards": Layer(8, _DANGER),
    "candidates": Layer(11, _PLACE),
    "candidate_points": Layer(8, _PLACE),
}
"""Name → how it is written; drawn in this order as a rule."""

_KINDS = {"text": "str", "whole": "int64", "real": "float64"}
_SAID = {"text": "String", "whole": "Number", "real": "Number"}


def tiles(layers: Mapping[str, Sequence[Feature]]) -> dict[Tile, bytes]:
    """Return vector tiles, not compressed, of all layers that hold anything.

    Raises:
        OSError: the temporary folder or GDAL refuses.
    """
    joined: dict[Tile, bytes] = {}
    for name in LAYERS:
        if layers.get(name):
            for key, content in _of_layer(name, layers[name]).items():
                joined[key] = joined.get(key, b"") + content
    return joined


def described() -> list[Json]:
    """Return what the metadata says of the layers: of all, for MapLibre calls it an error to draw an unknown one."""
    return [
        {
            "id": name,
            "minzoom": layer.coarsest,
            "maxzoom": FINEST,
            "fields": {field: _SAID[kind] for field, kind in layer.fields.items()},
        }
        for name, layer in LAYERS.items()
    ]


def _of_layer(name: str, features: Sequence[Feature]) -> dict[Tile, bytes]:
    layer = LAYERS[name]
    with tempfile.TemporaryDirectory(prefix="eradication-") as folder:
        file = Path(folder, f"{name}.pmtiles")
        try:
            _table(layer, features).to_file(
                file,
                layer=name,
                driver="PMTiles",
                engine="pyogrio",
                MINZOOM=layer.coarsest,
                MAXZOOM=FINEST,
                SIMPLIFICATION=max(layer.rough, 2),
                SIMPLIFICATION_MAX_ZOOM=layer.rough,
            )
        except RuntimeError as error:  # of GDAL
            raise OSError(str(error)) from error
        content = file.read_bytes()
    found = all_tiles(MemorySource(content))  # type: ignore[no-untyped-call]
    return {key: gzip.decompress(tile) for key, tile in found}


def _table(layer: Layer, features: Sequence[Feature]) -> geopandas.GeoDataFrame:
    kinds = {name: _KINDS[kind] for name, kind in layer.fields.items()}
    table = pd.DataFrame([dict(one.told) for one in features], columns=list(kinds)).astype(kinds)
    return geopandas.GeoDataFrame(table, geometry=[one.shape for one in features], crs=f"EPSG:{geo.WGS84}")
