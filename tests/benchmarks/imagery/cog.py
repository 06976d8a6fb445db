"""Cloud-optimised GeoTIFFs put together from blocks that are compressed already.

An archive's file is a list of compressed blocks behind a header, so a block that was encoded once can stand in many
files. GDAL cannot be told to do that; the header is short enough to write here. Layout: all directories first, then
the blocks of the coarsest overview … the full resolution, as in a COG.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import deflate
import numpy as np
import numpy.typing as npt

type Counts = npt.NDArray[np.uint16] | npt.NDArray[np.uint8]

LEVEL = 1
"""Of libdeflate. Higher levels pack noise no better and take twice as long."""


@dataclass(frozen=True, slots=True)
class Level:
    """One resolution of a file."""

    shape: tuple[int, int]
    """Rows, columns."""
    block_px: int
    """Side of a block, a multiple of 16."""
    blocks: Sequence[bytes]
    """Compressed blocks, row by row; edge blocks are whole, what lies outside is padding."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the full resolution lies."""

    epsg: int
    west: float
    north: float
    pixel_m: float


def encode(values: Counts) -> bytes:
    """Return one block, difference-coded along rows (TIFF's predictor 2) and deflated."""
    differences = values.copy()
    differences[:, 1:] -= values[:, :-1]
    return deflate.zlib_compress(differences.tobytes(), LEVEL)


def encode_all(values: Counts, block_px: int) -> Level:
    """Return an image as a level; edge blocks are padded with their last row and column."""
    rows, columns = values.shape
    padded = np.pad(values, ((0, -rows % block_px), (0, -columns % block_px)), mode="edge")
    blocks = [
        encode(padded[top : top + block_px, left : left + block_px])
        for top in range(0, rows, block_px)
        for left in range(0, columns, block_px)
    ]
    return Level((rows, columns), block_px, blocks)


def write(path: Path, dtype: npt.DTypeLike, levels: Sequence[Level], place: Place) -> int:
    """Write a file of one band, nodata 0; ``levels[0]`` is the full resolution. A block given twice is stored once.

    Returns:
        Bytes written.
    """
    bits = np.dtype(dtype).itemsize * 8
    heads = [_tags(level, bits, place if number == 0 else None) for number, level in enumerate(levels)]
    at = 8
    starts = []
    for tags in heads:
        starts.append(at)
        at += _size(tags)
    offsets: list[list[int]] = []
    order: list[bytes] = []
    stored: dict[int, int] = {}
    for level in reversed(levels):
        offsets.insert(0, [])
        for block in level.blocks:
            if id(block) not in stored:
                stored[id(block)] = at
                order.append(block)
                at += len(block)
            offsets[0].append(stored[id(block)])
    with path.open("wb") as file:
        file.write(struct.pack("<2sHI", b"II", 42, starts[0]))
        for tags, start, following, where in zip(heads, starts, [*starts[1:], 0], offsets, strict=True):
            tags[324] = ("I", where)
            file.write(_directory(tags, start, following))
        file.writelines(order)
    return at


type Tags = dict[int, tuple[str, Sequence[int | float] | bytes]]


def _tags(level: Level, bits: int, place: Place | None) -> Tags:
    rows, columns = level.shape
    tags: Tags = {
        254: ("I", [0 if place else 1]),  # an overview, or not
        256: ("I", [columns]),
        257: ("I", [rows]),
        258: ("H", [bits]),
        259: ("H", [8]),  # deflate
        262: ("H", [1]),  # black is zero
        277: ("H", [1]),  # one band
        284: ("H", [1]),
        317: ("H", [2]),  # differences along rows
        322: ("I", [level.block_px]),
        323: ("I", [level.block_px]),
        324: ("I", [0] * len(level.blocks)),  # where blocks lie, known later
        325: ("I", [len(block) for block in level.blocks]),
        339: ("H", [1]),  # unsigned
        42113: ("s", b"0\0"),  # nodata
    }
    if place:
        tags[33550] = ("d", [place.pixel_m, place.pixel_m, 0.0])
        tags[33922] = ("d", [0.0, 0.0, 0.0, place.west, place.north, 0.0])
        tags[34735] = ("H", [1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, place.epsg])
    return tags


_TYPE = {"s": 2, "H": 3, "I": 4, "d": 12}


def _packed(kind: str, values: Sequence[int | float] | bytes) -> bytes:
    return bytes(values) if isinstance(values, bytes) else struct.pack(f"<{len(values)}{kind}", *values)


def _size(tags: Tags) -> int:
    return 6 + 12 * len(tags) + sum(len(extra) for _, extra in _long(tags))


def _long(tags: Tags) -> Iterator[tuple[int, bytes]]:
    """Yield values that do not fit into their entry, padded to 8 bytes."""
    for number, (kind, values) in sorted(tags.items()):
        packed = _packed(kind, values)
        if len(packed) > 4:
            yield number, packed + b"\0" * (-len(packed) % 8)


def _directory(tags: Tags, start: int, following: int) -> bytes:
    entries, extras = [], []
    at = start + 6 + 12 * len(tags)
    long = dict(_long(tags))
    for number, (kind, values) in sorted(tags.items()):
        packed = _packed(kind, values)
        head = struct.pack("<HHI", number, _TYPE[kind], len(values))
        if number in long:
            entries.append(head + struct.pack("<I", at))
            extras.append(long[number])
            at += len(long[number])
        else:
            entries.append(head + packed.ljust(4, b"\0"))
    return struct.pack("<H", len(tags)) + b"".join(entries) + struct.pack("<I", following) + b"".join(extras)
