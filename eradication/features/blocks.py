"""What is kept of a block between runs: its looks and series by date, and what neighbours need of it.

One folder a block, one file a date and kind, each written whole or not at all. A new image adds two small files; a run
that was ended half-way finds what it had done; and since a run *always* computes from these files, a season folded in
date by date equals the same season read at once.
"""

import hashlib
import io
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from eradication.features.looks import NO_LAYER, REACH, Looks, Survey
from eradication.features.series import Series
from eradication.features.table import NEEDED, RINGED

type Array = npt.NDArray[Any]

FORMAT = 3
"""To be raised when what the files hold changes: what an older program kept is then not taken for the same."""


class DamagedFile(ValueError):
    """A file of a block is missing or not what was written."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.path = path


@dataclass(frozen=True, slots=True)
class BlockFolder:
    """The files of one block."""

    path: Path
    shape: tuple[int, int]
    """Rows, columns."""

    def dates(self) -> set[str]:
        """Return the keys of dates whose looks are kept."""
        return {file.stem for file in self.path.glob("*.looks")}

    def forget(self, key: str) -> None:
        """Remove a date, one that was replaced by a better processing."""
        for suffix in ("looks", "series"):
            (self.path / f"{key}.{suffix}").unlink(missing_ok=True)

    def keep_looks(self, keys: Sequence[str], looks: Looks) -> None:
        """Keep the looks of dates, one file each."""
        for number, key in enumerate(keys):
            self._write(f"{key}.looks", np.stack([looks.ndvi[number], looks.blue[number]]))

    def looks(self, keys: Sequence[str]) -> Looks:
        """Return the looks of dates, in the order given."""
        both = np.empty((2, len(keys), *self.shape), np.uint8)
        for number, key in enumerate(keys):
            both[:, number] = self._read(f"{key}.looks", np.uint8, (2, *self.shape))
        return Looks(both[0], both[1])

    def pixels(self) -> npt.NDArray[np.int64]:
        """Return the pixels whose series are kept."""
        return self._read("pixels", np.int64, (-1,)) if (self.path / "pixels").exists() else np.empty(0, np.int64)

    def keep_map(self, name: str, values: npt.NDArray[np.uint8]) -> None:
        """Keep a map of one byte a pixel, shape (y, x)."""
        self._write(name, values)

    def map(self, name: str) -> npt.NDArray[np.uint8]:
        """Return a map kept by :meth:`keep_map`."""
        return self._read(name, np.uint8, self.shape)

    def has_series(self, key: str) -> bool:
        """Tell whether the series of a date is kept."""
        return (self.path / f"{key}.series").exists()

    def keep_series(self, keys: Sequence[str], series: Series, *, anew: bool) -> None:
        """Keep the series and looks of dates; ``anew`` = for other pixels than before: all dates must be given."""
        if anew:
            (self.path / "pixels").unlink(missing_ok=True)
        for number, key in enumerate(keys):
            parts = (series.bands[number], series.ndvi[number], series.blue[number])
            self._write(f"{key}.series", np.concatenate([part.reshape(-1).view(np.uint8) for part in parts]))
        if anew:
            self._write("pixels", series.pixels)

    def series(self, keys: Sequence[str], wanted: npt.NDArray[np.int64]) -> Series:
        """Return the series of ``wanted`` pixels, which must be among those kept."""
        kept = self.pixels()
        at = np.searchsorted(kept, wanted)
        bands = np.empty((len(keys), len(NEEDED), len(wanted)), np.uint16)
        looks = np.empty((len(keys), 2, len(wanted)), np.uint8)
        wide = 2 * len(NEEDED) * len(kept)
        for number, key in enumerate(keys):
            held = self._read(f"{key}.series", np.uint8, (wide + 2 * len(kept),))
            # Taking releases the interpreter, which an index in brackets holds; "clip" writes straight into ``out``.
            np.take(held[:wide].view(np.uint16).reshape(len(NEEDED), -1), at, axis=1, out=bands[number], mode="clip")
            np.take(held[wide:].reshape(2, -1), at, axis=1, out=looks[number], mode="clip")
        return Series(wanted, bands, looks[:, 0], looks[:, 1])

    def finish(self, survey: Survey, note: Mapping[str, Any]) -> None:
        """Keep what was found; ``note`` says of what input, and is written last."""
        layers = io.BytesIO()
        np.save(layers, survey.layers)
        self._replace("layers.npy", layers.getbuffer())
        self._write("found", np.stack([survey.clear, survey.possible.astype(np.uint8), survey.holes]))
        self._replace("note.json", json.dumps(dict(note) | {"sizes": self._sizes()}).encode())

    def keep_scores(self, scores: npt.NDArray[np.float32]) -> None:
        """Keep a score for each pixel, shape (y, x), NaN where nothing could be scored."""
        self._write("scores", scores)

    def scores(self) -> npt.NDArray[np.float32]:
        """Return the scores kept last, shape (y, x)."""
        return self._read("scores", np.float32, self.shape)

    def note(self) -> dict[str, Any]:
        """Return the note of :meth:`finish`, empty if the block is not finished; ``whole`` = no file of it is missing.

        A block of which a file is not as long as it was written is emptied: a disk was full, or the power failed.
        """
        file = self.path / "note.json"
        try:
            found: dict[str, Any] = json.loads(file.read_bytes()) if file.exists() else {"sizes": {}}
            sizes, there = found.pop("sizes"), self._sizes()
        except (ValueError, KeyError, TypeError, AttributeError):
            sizes, there = {"": 0}, {"": 1}
        if any(there.get(name, size) != size for name, size in sizes.items()):
            self.empty()
            return {}
        return found | {"whole": sizes.keys() <= there.keys()}

    def empty(self) -> None:
        """Remove all files."""
        for file in list(self.path.glob("*")):
            file.unlink(missing_ok=True)

    def _sizes(self) -> dict[str, int]:
        """Return the length of every file that a finished block rests on."""
        skipped = ("new-", "scores", "note.json")
        return {f.name: f.stat().st_size for f in self.path.glob("*") if not f.name.startswith(skipped)}

    def found(self) -> tuple[Array, Array, Array]:
        """Return clear looks, which pixels are possible, and looks lost to unreadable files, each of shape (y, x)."""
        clear, possible, holes = self._read("found", np.uint8, (3, *self.shape))
        return clear, possible != 0, holes

    def layers(self) -> npt.NDArray[np.int16]:
        """Return the layers that neighbours are compared by, not read before they are used."""
        path = self.path / "layers.npy"
        try:
            out: npt.NDArray[np.int16] = np.load(path, mmap_mode="r")
        except (OSError, ValueError) as error:
            raise DamagedFile(path) from error
        return out

    def _read(self, name: str, dtype: Any, shape: tuple[int, ...]) -> Array:
        """Return a file's array.

        Raises:
            DamagedFile: it is not there, not whole, or of another shape.
        """
        path = self.path / name
        try:
            with pa.CompressedInputStream(pa.memory_map(str(path)), "lz4") as stream:
                return np.frombuffer(stream.read(), dtype).reshape(shape)
        except (OSError, ValueError) as error:
            raise DamagedFile(path) from error

    def _write(self, name: str, values: Array) -> None:
        self._replace(name, pa.Codec("lz4").compress(np.ascontiguousarray(values), asbytes=True))

    def _replace(self, name: str, content: bytes | memoryview) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        new = self.path / f"new-{name}"
        new.write_bytes(content)
        os.replace(new, self.path / name)


def with_margin(middle: BlockFolder, around: Mapping[tuple[int, int], BlockFolder]) -> npt.NDArray[np.int16]:
    """Return a block's layers with a margin of :data:`REACH` pixels taken from its neighbours.

    Args:
        middle: the block.
        around: its neighbours by (rows down, columns right), -1, 0 or 1; outside the map there is none.
    """
    rows, columns = middle.shape
    out = np.full((len(RINGED), rows + 2 * REACH, columns + 2 * REACH), NO_LAYER, np.int16)
    out[:, REACH:-REACH, REACH:-REACH] = middle.layers()
    for (down, right), neighbour in around.items():
        rows_to, rows_from = _edge(down, rows, neighbour.shape[0])
        columns_to, columns_from = _edge(right, columns, neighbour.shape[1])
        part = neighbour.layers()[:, rows_from, columns_from]
        out[:, rows_to.start : rows_to.start + part.shape[1], columns_to.start : columns_to.start + part.shape[2]] = (
            part
        )
    return out


def _edge(side: int, size: int, other: int) -> tuple[slice, slice]:
    """Return where a neighbour's edge goes in the widened block, and where it comes from in the neighbour."""
    if side < 0:
        width = min(REACH, other)
        return slice(REACH - width, REACH), slice(other - width, other)
    if side > 0:
        return slice(REACH + size, REACH + size + REACH), slice(0, min(REACH, other))
    return slice(REACH, REACH + size), slice(0, other)


def key_of(parts: Sequence[object]) -> str:
    """Return a short name for what ``parts`` say."""
    return hashlib.sha256(repr(tuple(parts)).encode()).hexdigest()[:20]
