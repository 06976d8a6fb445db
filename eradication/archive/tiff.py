"""Where the blocks of a tiled TIFF lie, read from its header alone.

GDAL would tell too, but it would have to be fed by callbacks while it opens a file; this reads every directory of the
file and everything a directory points at, so that afterwards GDAL finds each byte of every header in the mirror. The
format: TIFF 6.0, BigTIFF, GeoTIFF 1.1 (OGC 19-008r4).
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

MAX_DIRECTORIES = 64
MAX_ENTRIES = 4096
MAX_HEADER_BYTES = 64_000_000

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_NUMBERS = {1: "u1", 3: "u2", 4: "u4", 6: "i1", 8: "i2", 9: "i4", 11: "f4", 12: "f8", 13: "u4", 16: "u8", 17: "i8"}

WIDTH, HEIGHT, SAMPLES, PLANAR = 256, 257, 277, 284
SAMPLE_FORMAT, NODATA = 339, 42113
TILE_WIDTH, TILE_HEIGHT, TILE_OFFSETS, TILE_SIZES = 322, 323, 324, 325
PIXEL_SCALE, TIEPOINT, MATRIX, GEO_KEYS = 33550, 33922, 34264, 34735

type Read = Callable[[int, int], bytes]
"""Returns the bytes from a start to an end, fewer only at the end of the file."""


class NotTiled(ValueError):
    """The file is no TIFF cut into tiles whose place on earth its header states: fetch it whole."""


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """The full-resolution image of a file."""

    epsg: int
    transform: tuple[float, float, float, float, float, float]
    """a, b, c, d, e, f of x = a·column + b·row + c, y = d·column + e·row + f."""
    shape: tuple[int, int]
    """Rows, columns."""
    block: tuple[int, int]
    """Rows, columns of a tile."""
    offsets: npt.NDArray[np.int64]
    """Where each tile begins, shape (plane, tile row, tile column); 0 = the tile is not there."""
    sizes: npt.NDArray[np.int64]
    """Bytes of each tile, same shape."""
    sizes_at: tuple[int, str]
    """Where in the file the sizes stand, and how they are written (a NumPy type)."""
    zero_is_unknown: bool
    """True if a tile that is not there reads as unknown: whole numbers, or a value that means "no data" is stated."""


@dataclass(frozen=True, slots=True)
class _Form:
    """How this file writes numbers."""

    order: str
    big: bool

    def unpack(self, letters: str, content: bytes) -> tuple[Any, ...]:
        return struct.unpack(self.order + letters, content)


@dataclass(slots=True)
class _Entries:
    """One directory."""

    values: dict[int, npt.NDArray[Any]] = field(default_factory=dict)
    """Numeric entries by tag."""
    places: dict[int, int] = field(default_factory=dict)
    """Where each entry's values stand in the file, by tag."""

    def __getitem__(self, tag: int) -> npt.NDArray[Any]:
        return self.values[tag]

    def __contains__(self, tag: int) -> bool:
        return tag in self.values


def layout(read: Read, size: int) -> Layout:
    """Read every directory of a file through ``read`` and return where the tiles of its first image lie.

    Raises:
        NotTiled: anything else than a tiled, georeferenced TIFF.
    """
    try:
        directories = list(_directories(read, size))
        return _layout(directories[0])
    except (struct.error, IndexError, KeyError, ValueError, OverflowError) as error:
        raise NotTiled(str(error)) from None


def _directories(read: Read, size: int) -> Iterator[_Entries]:
    form, at = _begin(read(0, 16))
    seen: set[int] = set()
    budget = MAX_HEADER_BYTES
    while at:
        if at in seen or at >= size or len(seen) >= MAX_DIRECTORIES:
            raise NotTiled("directories without end")
        seen.add(at)
        entries, at, cost = _directory(read, form, at, min(budget, size))
        budget -= cost
        yield entries


def _begin(start: bytes) -> tuple[_Form, int]:
    order = {b"II": "<", b"MM": ">"}.get(start[:2])
    if order is None:
        raise NotTiled("not a TIFF")
    version = struct.unpack(order + "H", start[2:4])[0]
    if version == 42:
        return _Form(order, False), struct.unpack(order + "I", start[4:8])[0]
    if version == 43:
        return _Form(order, True), struct.unpack(order + "Q", start[8:16])[0]
    raise NotTiled("not a TIFF")


def _directory(read: Read, form: _Form, at: int, budget: int) -> tuple[_Entries, int, int]:
    """Return the numeric entries of one directory, where the next one is, and how many bytes it took."""
    count_size, entry_size, room = (8, 20, 8) if form.big else (2, 12, 4)
    (count,) = form.unpack("Q" if form.big else "H", read(at, at + count_size))
    if count > MAX_ENTRIES:
        raise NotTiled("too many entries")
    body = at + count_size
    end = body + count * entry_size
    table = read(body, end + room)
    entries = _Entries()
    cost = len(table)
    for number in range(count):
        raw = table[number * entry_size : (number + 1) * entry_size]
        tag, kind, values = form.unpack("HHQ" if form.big else "HHI", raw[: entry_size - room])
        length = values * _SIZES.get(kind, 1)
        content = raw[entry_size - room :]
        place = body + (number + 1) * entry_size - room
        if length > room:
            (place,) = form.unpack("Q" if form.big else "I", content)
            cost += length
            if cost > budget:
                raise NotTiled("a header larger than allowed")
            content = read(place, place + length)
        entries.places[tag] = place
        if kind in _NUMBERS:
            entries.values[tag] = np.frombuffer(content[:length], form.order + _NUMBERS[kind])
    (following,) = form.unpack("Q" if form.big else "I", table[count * entry_size : count * entry_size + room])
    return entries, following, cost


def _layout(entries: _Entries) -> Layout:
    if TILE_OFFSETS not in entries:
        raise NotTiled("not tiled")
    rows, columns = int(entries[HEIGHT][0]), int(entries[WIDTH][0])
    high, wide = int(entries[TILE_HEIGHT][0]), int(entries[TILE_WIDTH][0])
    if min(rows, columns, high, wide) < 1:
        raise NotTiled("no pixels")
    separate = PLANAR in entries and int(entries[PLANAR][0]) == 2
    planes = int(entries[SAMPLES][0]) if separate else 1
    shape = (planes, -(-rows // high), -(-columns // wide))
    offsets, sizes = entries[TILE_OFFSETS], entries[TILE_SIZES]
    if np.prod(shape, dtype=float) != offsets.size or sizes.size != offsets.size:
        raise NotTiled("a wrong number of tiles")
    whole_numbers = SAMPLE_FORMAT not in entries or int(entries[SAMPLE_FORMAT][0]) in (1, 2)
    return Layout(
        epsg=_epsg(entries),
        transform=_transform(entries),
        shape=(rows, columns),
        block=(high, wide),
        offsets=offsets.astype(np.int64).reshape(shape),
        sizes=sizes.astype(np.int64).reshape(shape),
        sizes_at=(entries.places[TILE_SIZES], sizes.dtype.str),
        zero_is_unknown=whole_numbers or NODATA in entries.places,
    )


def _keys(entries: _Entries) -> dict[int, int]:
    """Return the GeoTIFF keys whose value stands in the directory itself."""
    keys = entries[GEO_KEYS].astype(int)
    table = keys[4 : 4 + 4 * keys[3]].reshape(-1, 4)
    return {int(key): int(value) for key, location, _, value in table if location == 0}


def _epsg(entries: _Entries) -> int:
    keys = _keys(entries)
    code = keys.get(3072, keys.get(2048, 0))  # projected, else geographic
    if not 1024 <= code < 32767:
        raise NotTiled("no EPSG code")
    return code


def _transform(entries: _Entries) -> tuple[float, float, float, float, float, float]:
    if PIXEL_SCALE in entries and TIEPOINT in entries:
        a, e = float(entries[PIXEL_SCALE][0]), -float(entries[PIXEL_SCALE][1])
        column, row, _, x, y = (float(v) for v in entries[TIEPOINT][:5])
        b = d = 0.0
        c, f = x - a * column, y - e * row
    else:
        a, b, _, c, d, e, _, f = (float(v) for v in entries[MATRIX][:8])
    if _keys(entries).get(1025) == 2:  # the tie point is a pixel's centre
        c, f = c - (a + b) / 2, f - (d + e) / 2
    if not np.isfinite((a, b, c, d, e, f)).all() or a * e == b * d:
        raise NotTiled("no place on earth")
    return a, b, c, d, e, f
