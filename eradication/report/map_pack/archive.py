"""Tiles → one PMTiles file, whole in memory; the same tiles give the same bytes."""

import gzip
import io
from collections.abc import Mapping

from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from eradication.domain import Json
from eradication.report.map_pack.mercator import Bounds

type Tile = tuple[int, int, int]
"""Zoom, column, row."""


def packed(tiles: Mapping[Tile, bytes], kind: TileType, bounds: Bounds, told: Mapping[str, Json]) -> bytes:
    """Return a PMTiles file.

    Args:
        tiles: at least one; vector tiles as they are, they are compressed here.
        kind: of all tiles.
        bounds: WGS 84.
        told: its metadata.

    Raises:
        OSError: the temporary folder refuses.
    """
    zipped = kind is TileType.MVT
    out = io.BytesIO()
    writer = Writer(out)  # type: ignore[no-untyped-call]
    for number, key in sorted((zxy_to_tileid(*key), key) for key in tiles):
        content = gzip.compress(tiles[key], 9, mtime=0) if zipped else tiles[key]
        writer.write_tile(number, content)  # type: ignore[no-untyped-call]
    zooms = [zoom for zoom, _, _ in tiles]
    west, south, east, north = (round(degrees * 1e7) for degrees in bounds)
    header = {
        "tile_type": kind,
        "tile_compression": Compression.GZIP if zipped else Compression.NONE,
        "min_lon_e7": west,
        "min_lat_e7": south,
        "max_lon_e7": east,
        "max_lat_e7": north,
        "center_zoom": min(max(zooms), max(min(zooms), 12)),
        "center_lon_e7": (west + east) // 2,
        "center_lat_e7": (south + north) // 2,
    }
    writer.finalize(header, dict(told))  # type: ignore[no-untyped-call]
    return out.getvalue()
