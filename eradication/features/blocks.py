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

FORMAT = 6
"""To be raised when what the files hold changes: what an older program kept is then not taken for the same."""


SIZE_BYTES = 8
"""Before every packed array stands how many bytes it unpacks to."""

OWN, AROUND = 1, 2
"""Bits of what changed at a pixel: its own series or whether it can be poppy; a layer that neighbours compare with."""


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
        """Return the series of ``wanted`` pixels, which must be among those kept; nothing is read for none."""
        kept = self.pixels()
        at = np.searchsorted(kept, wanted)
        bands = np.empty((len(keys), len(NEEDED), len(wanted)), np.uint16)
        looks = np.empty((len(keys), 2, len(wanted)), np.uint8)
        wide = 2 * len(NEEDED) * len(kept)
        for number, key in enumerate(keys if len(wanted) else ()):
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
        self._write("flowering", survey.flowering)
        told = {"sizes": self._sizes(), "layers": self._layers_time()}
        self._replace("note.json", json.dumps(dict(note) | told).encode())
        for file in self.path.glob("moved-*"):
            if not file.name.endswith(str(note["state"])):
                file.unlink(missing_ok=True)

    def keep_moved(self, before: str, state: str, moved: npt.NDArray[np.uint8]) -> None:
        """Keep what changed from one state of the block to the next, shape (y, x), see :data:`OWN`."""
        self._write(f"moved-{before}-{state}", moved)

    def has_layers_of(self, note: Mapping[str, Any]) -> bool:
        """Tell whether the layers are those of a note: a run may have been ended after it had replaced them."""
        try:
            return self._layers_time() == note.get("layers")
        except OSError:
            return False

    def _layers_time(self) -> int:
        return (self.path / "layers.npy").stat().st_mtime_ns

    def moved(self, before: str, state: str) -> npt.NDArray[np.uint8] | None:
        """Return what changed between two states, shape (y, x), ``None`` if that is not known."""
        try:
            return self._read(f"moved-{before}-{state}", np.uint8, self.shape)
        except DamagedFile:
            return None

    def state(self) -> str:
        """Return the name of what the block was surveyed with, empty if it is not finished."""
        return str(_json(self.path / "note.json").get("state", ""))

    def keep_scores(
        self, scores: npt.NDArray[np.float32], outside: npt.NDArray[np.bool_], note: Mapping[str, Any]
    ) -> None:
        """Keep a score for each pixel, NaN where there is none, and what lies outside the model's area, shape (y, x).

        ``note`` says how they were made.
        """
        (self.path / "scores.json").unlink(missing_ok=True)
        self._write("scores", scores)
        self._write("scores-outside", outside.view(np.uint8))
        self._replace("scores.json", json.dumps(dict(note)).encode())

    def scores(self) -> npt.NDArray[np.float32]:
        """Return the scores kept last, shape (y, x)."""
        return self._read("scores", np.float32, self.shape)

    def outside(self) -> npt.NDArray[np.bool_]:
        """Return what lies outside the model's area of applicability, shape (y, x), as kept with the scores."""
        out: npt.NDArray[np.bool_] = self._read("scores-outside", np.uint8, self.shape) != 0
        return out

    def scored(self) -> dict[str, Any]:
        """Return the note of :meth:`keep_scores`, empty if there is none."""
        return _json(self.path / "scores.json")

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
        skipped = ("new-", "moved-", "scores", "note.json")
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
            with pa.memory_map(str(path)) as file:
                size = int.from_bytes(file.read(SIZE_BYTES), "little")
                # Told its size, the codec unpacks in one go: half as long again is what a stream takes.
                raw = pa.decompress(file.read_buffer(), decompressed_size=size, codec="lz4")
            return np.frombuffer(raw, dtype).reshape(shape)
        except (OSError, ValueError, OverflowError, MemoryError) as error:
            raise DamagedFile(path) from error

    def _write(self, name: str, values: Array) -> None:
        packed = pa.compress(np.ascontiguousarray(values), codec="lz4", asbytes=True)
        self._replace(name, values.nbytes.to_bytes(SIZE_BYTES, "little") + packed)

    def _replace(self, name: str, content: bytes | memoryview) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        new = self.path / f"new-{name}"
        new.write_bytes(content)
        os.replace(new, self.path / name)


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def with_margin(middle: BlockFolder, around: Mapping[tuple[int, int], BlockFolder]) -> npt.NDArray[np.int16]:
    """Return a block's layers with a margin of :data:`REACH` pixels taken from its neighbours.

    Args:
        middle: the block.
        around: its neighbours by (rows down, columns right), -1, 0 or 1; outside the map there is none.
    """
    out = widened(len(RINGED), middle.shape, int(NO_LAYER))
    for step, block in {(0, 0): middle, **around}.items():
        lay(out, step, block.layers())
    return out


def widened(layers: int, shape: tuple[int, int], value: int) -> npt.NDArray[np.int16]:
    """Return layers of a block and a margin of :data:`REACH` pixels, all of ``value``."""
    return np.full((layers, shape[0] + 2 * REACH, shape[1] + 2 * REACH), value, np.int16)


def lay(wide: npt.NDArray[np.int16], step: tuple[int, int], layers: Array) -> None:
    """Put a block's layers, or the edge of a neighbour's, into what :func:`widened` gave.

    Args:
        wide: shape (layer, y + margins, x + margins).
        step: where the layers lie from the middle, by (rows down, columns right).
        layers: shape (layer, y, x).
    """
    rows, columns = wide.shape[1] - 2 * REACH, wide.shape[2] - 2 * REACH
    rows_to, rows_from = _edge(step[0], rows, layers.shape[1])
    columns_to, columns_from = _edge(step[1], columns, layers.shape[2])
    part = layers[:, rows_from, columns_from]
    wide[:, rows_to.start : rows_to.start + part.shape[1], columns_to.start : columns_to.start + part.shape[2]] = part


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
