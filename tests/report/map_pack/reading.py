"""Packs read back with other libraries than wrote them."""

import gzip
import io
import math
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import numpy as np
from PIL import Image
from pmtiles.reader import MemorySource, Reader, all_tiles

EXTENT = 4096


def tile_of(lon: float, lat: float, zoom: int) -> tuple[int, int, float, float]:
    """Column and row of the tile at a place, and where in it the place lies, in shares from the upper left corner."""
    x = (lon + 180) / 360 * 2**zoom
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**zoom
    return int(x), int(y), x % 1, y % 1


def place_of(zoom: int, column: int, row: int, x: float, y: float) -> tuple[float, float]:
    """Longitude and latitude of units of a vector tile, y downwards."""
    lon = (column + x / EXTENT) / 2**zoom * 360 - 180
    lat = math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * (row + y / EXTENT) / 2**zoom))))
    return lon, lat


def header(path: Path) -> dict[str, Any]:
    """Header of a PMTiles file."""
    return Reader(MemorySource(path.read_bytes())).header()


def metadata(path: Path) -> dict[str, Any]:
    """Metadata of a PMTiles file."""
    return Reader(MemorySource(path.read_bytes())).metadata()


def vector_tile(path: Path, zoom: int, column: int, row: int) -> dict[str, list[dict[str, Any]]]:
    """Layers of a tile: name → features with ``properties`` and ``geometry`` in units of the tile, y downwards."""
    content = Reader(MemorySource(path.read_bytes())).get(zoom, column, row)
    told = mapbox_vector_tile.decode(gzip.decompress(content), default_options={"y_coord_down": True})
    assert all(layer["extent"] == EXTENT for layer in told.values())
    return {name: layer["features"] for name, layer in told.items()}


def vector_tiles(path: Path, zoom: int) -> list[tuple[int, int, dict[str, list[dict[str, Any]]]]]:
    """All tiles of a zoom."""
    keys = [key for key, _ in all_tiles(MemorySource(path.read_bytes())) if key[0] == zoom]
    return [(column, row, vector_tile(path, zoom, column, row)) for _, column, row in keys]


def text_of(path: Path) -> bytes:
    """All that stands in the vector tiles of all zooms: whatever a pack tells of a place can be found in it."""
    return b"".join(gzip.decompress(tile) for _, tile in all_tiles(MemorySource(path.read_bytes())))


def raster_tile(path: Path, zoom: int, column: int, row: int) -> Any:
    """A picture, shape (row, column, 4)."""
    content = Reader(MemorySource(path.read_bytes())).get(zoom, column, row)
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGBA"))
