"""One block of a season after the other: the same work whether one thread does it or many machines.

::

    survey_block     read what is new of the block, rule out what cannot be poppy, keep the rest   (needs no neighbours)
    describe_block   features of what is left                                                (neighbours are surveyed)

They, and :mod:`eradication.pipeline.scoring`, write only into the block's own folder and find there what an earlier run
had done, so they may be repeated, in any order, by anyone who sees the folder.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from eradication import features
from eradication.config import Settings
from eradication.errors import N_, StorageFailed
from eradication.features.blocks import AROUND, FORMAT, OWN, BlockFolder, DamagedFile, key_of, with_margin
from eradication.ingest import imagery
from eradication.ingest.imagery import Archive
from eradication.ingest.scene import Scene
from eradication.pipeline import cuts
from eradication.pipeline.ground import Ground
from eradication.raster import Cube, FeatureStack, Index, SceneFailure, Window

SIDE_PX = 1024
"""Side of a block: large enough that few files are opened twice, small enough that its season fits beside another's."""

LOOKS_IN_BLOCK = 48
"""With more dates than this blocks get smaller, so that memory does not grow with the season."""


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """All that a block's work needs; it can be sent to another process."""

    archive: Archive
    folder: Path
    """Where blocks keep their files."""
    settings: Settings
    keys: tuple[str, ...]
    """Name of each pass by its files and calibration, in order of time."""
    dates: features.Dates
    gate: features.Gate
    windows: dict[tuple[int, int], Window]
    """Blocks by row and column."""
    ground: Ground
    scored_by: str
    """Name of everything but the images and the model that scores depend on."""
    earlier: tuple["Scan", ...] = ()
    """Earlier seasons on the same grid: only their first look is taken."""

    def block(self, at: tuple[int, int]) -> BlockFolder:
        """Return the folder of a block."""
        window = self.windows[at]
        return BlockFolder(self.folder / f"r{at[0]:03d}c{at[1]:03d}", (window.rows, window.columns))

    def around(self, at: tuple[int, int]) -> dict[tuple[int, int], BlockFolder]:
        """Return the neighbours of a block that exist, by (rows down, columns right)."""
        steps = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0)]
        return {s: self.block(n) for s in steps if (n := (at[0] + s[0], at[1] + s[1])) in self.windows}


def plan(
    archives: Sequence[Archive],
    settings: Settings,
    folder: Path,
    *,
    ground: Ground | None = None,
    side_px: int = 0,
    windows: dict[tuple[int, int], Window] | None = None,
) -> Scan:
    """Cut the archives' grid into blocks; each season, area and set of rules has its own folder under ``folder``.

    Args:
        archives: the season, then earlier ones on the same grid.
        settings: all go into the work.
        folder: of everything that runs keep.
        ground: what lies under the season; ``None`` = nothing is known of it.
        side_px: of a block; 0 = the usual one.
        windows: blocks; ``None`` = they are cut here.
    """
    archive, ground, side_px = archives[0], ground or Ground(settings.terrain), side_px or SIDE_PX
    while side_px > 2 * cuts.LEAST_PX and side_px * side_px * len(archive.groups) > SIDE_PX * SIDE_PX * LOOKS_IN_BLOCK:
        side_px //= 2
    grid = archive.grid
    windows = windows or cuts.windows(archive, side_px)
    area = "" if archive.area is None else archive.area.wkt
    place = [grid.affine, grid.shape, str(grid.crs), area, tuple(windows.values())]
    name = key_of([FORMAT, archive.season.label, *place, archive.settings])
    return Scan(
        archive=archive,
        # Absolute, for other processes may do the work, which began in other folders.
        folder=folder.absolute() / f"{archive.season.label}-{name}",
        settings=settings,
        keys=tuple(_pass_key(group, ground.key(number)) for number, group in enumerate(archive.groups)),
        dates=features.Dates.of(archive.times, archive.season.start_year),
        gate=features.gate_of(archive.season, archive.times, settings.imagery.gate),
        windows=windows,
        ground=ground,
        scored_by=key_of([repr(settings), ground.features_key()]),
        earlier=tuple(plan([other], settings, folder, windows=windows) for other in archives[1:]),
    )


def _pass_key(group: Sequence[Scene], ground: object) -> str:
    """Name a pass by what its pixels depend on: files as they are on disk, and how their numbers are read."""
    parts: list[object] = [ground]
    for scene in group:
        layers = [(name, layer.raster, layer.calibration) for name, layer in sorted(scene.bands.items())]
        for name, raster, how in [*layers, ("scl", scene.scl, None)]:
            if raster is not None:
                status = Path(raster.path).stat()
                state = (status.st_size, status.st_mtime_ns, raster.transform)
                parts.append((scene.id, name, raster.index, state, how))
    return key_of(parts)


def survey_block(scan: Scan, at: tuple[int, int], wanted: Index | None = None) -> list[SceneFailure]:
    """Bring a block's files up to date with the archive.

    Args:
        scan: what is to be done.
        at: row and column of the block.
        wanted: flat indices into the block of pixels to keep whatever the gate says; ``None`` = none.

    Returns:
        Files of which something could not be read.
    """
    block, wanted = scan.block(at), np.empty(0, np.int64) if wanted is None else wanted
    for other in scan.earlier:
        look_back(other, at)
    try:
        failed = _surveyed(scan, at, wanted)
    except DamagedFile:
        block.empty()
        failed = _surveyed(scan, at, wanted)
    return [SceneFailure(*failure) for _, *failure in failed]


def _surveyed(scan: Scan, at: tuple[int, int], wanted: Index) -> list[Sequence[str]]:
    """Do the work of :func:`survey_block`; failures are told with the key of their pass."""
    block = scan.block(at)
    earlier = [key_of(other.keys) for other in scan.earlier]
    note: dict[str, object] = {"keys": list(scan.keys), "gate": scan.gate.key, "earlier": earlier}
    note |= {"state": key_of(sorted(note.items())), "wanted": key_of(wanted.tolist())}
    done = block.note()
    if all(done.get(name) == value for name, value in (note | {"whole": True}).items()):
        return list(done["failed"])
    reading = _Reading(scan, at, block)
    looks = reading.looks() or block.looks(scan.keys)
    found = features.survey(looks, scan.dates, scan.gate)
    chosen = features.observed_in(found.clear, scan.settings) & found.possible
    chosen.ravel()[wanted] = True
    reading.series(looks, np.flatnonzero(chosen))
    _keep_moved(block, done, note, looks, found)
    failed = sorted(reading.failed | {tuple(f) for f in done.get("failed", []) if f[0] in scan.keys})
    block.finish(found, note | {"failed": failed})
    return list(failed)


def _keep_moved(
    block: BlockFolder, done: Mapping[str, Any], note: Mapping[str, Any], looks: features.Looks, found: features.Survey
) -> None:
    """Keep what new dates changed, if only dates are new: a date changes no feature where it has no clear look."""
    keys, old = note["keys"], set(done.get("keys", ()))
    if not done.get("whole") or done.get("state") in (None, note["state"]):
        return
    if done["earlier"] == note["earlier"] and old.issubset(keys) and block.has_layers_of(done):
        fresh = [number for number, key in enumerate(keys) if key not in old]
        own = (looks.blue[fresh] != 0).any(axis=0) | (block.found()[1] != found.possible)
        around = (block.layers() != found.layers).any(axis=0)
        block.keep_moved(done["state"], note["state"], own * np.uint8(OWN) | around * np.uint8(AROUND))


def look_back(scan: Scan, at: tuple[int, int]) -> None:
    """Bring an earlier season's block up to date as far as permanence needs it."""
    block = scan.block(at)
    name = f"never-bare-{key_of(scan.keys)}"
    for _ in range(2):
        try:
            if not (block.path / name).exists():
                _Reading(scan, at, block).looks()
                block.keep_map(name, features.never_bare(block.looks(scan.keys), scan.dates))
            block.map(name)
        except DamagedFile:
            block.empty()


def looked_back(scan: Scan, at: tuple[int, int]) -> list[npt.NDArray[np.uint8]]:
    """Return what :func:`look_back` kept of each earlier season."""
    return [other.block(at).map(f"never-bare-{key_of(other.keys)}") for other in scan.earlier]


class _Reading:
    """Reads what a block does not have yet; what was read for the first look serves the series too."""

    def __init__(self, scan: Scan, at: tuple[int, int], block: BlockFolder) -> None:
        self._scan, self._window, self._block = scan, scan.windows[at], block
        self._cube: Cube | None = None
        self._read: tuple[str, ...] = ()
        self._relief = scan.ground.relief(scan.archive, self._window) if scan.ground.corrections else None
        self.failed: set[tuple[str, ...]] = set()
        """Key of the pass, then what a :class:`SceneFailure` says."""

    def looks(self) -> features.Looks | None:
        """Keep the looks of new dates, and forget dates that the archive no longer has.

        Returns:
            The looks of all dates if all were new.
        """
        known = self._block.dates()
        for key in known - set(self._scan.keys):
            self._block.forget(key)
        self._read = tuple(key for key in self._scan.keys if key not in known)
        if self._read:
            self._cube = self._bands(self._read, features.LOOK_BANDS)
            made = features.look(self._cube)
            self._block.keep_looks(self._read, made)
            if self._read == self._scan.keys:
                return made
        return None

    def series(self, looks: features.Looks, chosen: Index) -> None:
        """Keep the series of ``chosen`` pixels; those kept before are kept on."""
        every = np.zeros(looks.ndvi.shape[1] * looks.ndvi.shape[2], bool)
        every[self._block.pixels()] = True
        anew = not every[chosen].all()
        every[chosen] = True
        keys = tuple(k for k in self._scan.keys if anew or not self._block.has_series(k))
        if not keys:
            return
        if self._cube is None or keys != self._read:
            self._cube = self._bands(keys, features.LOOK_BANDS)
        rest = self._bands(keys, tuple(name for name in features.NEEDED if name not in features.LOOK_BANDS))
        cube, self._cube = replace(rest, bands=self._cube.bands | rest.bands), None
        at = [self._scan.keys.index(key) for key in keys]
        series = features.gather(cube, features.Looks(looks.ndvi[at], looks.blue[at]), np.flatnonzero(every))
        self._block.keep_series(keys, series, anew=anew)

    def _bands(self, keys: Sequence[str], names: Sequence[str]) -> Cube:
        groups = tuple(g for g, key in zip(self._scan.archive.groups, self._scan.keys, strict=True) if key in keys)
        some = replace(self._scan.archive, groups=groups, failed=())
        cube = imagery.read(some, self._window, names)
        numbers = [number for number, key in enumerate(self._scan.keys) if key in keys]
        self._scan.ground.correct(cube, numbers, self._relief)
        pairs = zip(self._scan.archive.groups, self._scan.keys, strict=True)
        key_of_scene = {scene.id: key for group, key in pairs for scene in group}
        self.failed |= {(key_of_scene[f.id], f.id, f.asset, f.reason, f.detail) for f in cube.failed}
        return cube


@contextmanager
def damage_told() -> Iterator[None]:
    """Turn a damaged file into ``scan_damaged`` (StorageFailed), after its block was emptied."""
    try:
        yield
    except DamagedFile as error:
        BlockFolder(error.path.parent, (0, 0)).empty()
        raise StorageFailed(
            "scan_damaged",
            N_("A file that an earlier run kept of the imagery is damaged."),
            where=str(error.path),
            hint=N_("Run it again: this part of the imagery is then read anew."),
        ) from error


@damage_told()
def describe_block(scan: Scan, at: tuple[int, int], wanted: Index | None = None) -> FeatureStack:
    """Return the features of a block whose neighbours are surveyed: of ``wanted`` pixels, else of all possible ones.

    Raises:
        StorageFailed: ``scan_damaged`` if a file was damaged since the survey; its block will be read anew.
    """
    block = scan.block(at)
    clear, possible, _ = block.found()
    observed = features.observed_in(clear, scan.settings)
    chosen = np.flatnonzero(observed & possible) if wanted is None else wanted[observed.ravel()[wanted]]
    series = block.series(scan.keys, chosen)
    layers = with_margin(block, scan.around(at))
    names, x = features.columns(series, scan.dates, layers, looked_back(scan, at), frozenset(scan.archive.steps))
    around = scan.ground.features(scan.archive, scan.windows[at], chosen)
    names, x = (*names, *around), np.column_stack([x, *around.values()]) if around else x
    return FeatureStack(
        season=scan.archive.season,
        names=names,
        pixels=chosen,
        x=x,
        geobox=scan.windows[at].of(scan.archive.grid),
        clear_observations=clear,
        observed=observed,
        ruled_out=observed & ~possible,
        missing=features.missing(names),
    )
