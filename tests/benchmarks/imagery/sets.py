"""Sets of imagery to measure on: simulated chips laid out over as many pixels and dates as wanted.

Land is a chessboard of squares of one block each. A square shows one *variant*: a chip, turned and mirrored in one of
eight ways, and from the second round on with a little noise of its own, so that its bytes are its own. Variants repeat
where a set has more squares than variants; how many bytes are distinct is counted.
"""

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from benchmarks.imagery import chips as simulated
from benchmarks.imagery import cog, items
from benchmarks.imagery.chips import COARSE, FINE, Chips, passes

WEST, NORTH = 330_000.0, 2_415_000.0
"""Upper left corner of the land, EPSG:32648."""
OVERVIEWS = (4, 8, 16)
"""Archives also keep half resolution; nothing here reads it, and it is a quarter of the disk."""
OVERVIEW_BLOCK_PX = 512
NOISE_DN = 24
ASSETS = (*FINE, *COARSE, "scl")


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile of the archive's grid, in squares of land; the last square of a row or column may be cut."""

    name: str
    row: int
    column: int
    height_px: int
    width_px: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What a set holds."""

    name: str
    tiles: tuple[Tile, ...]
    dates: tuple[int, ...]
    """Which of the chips' dates."""
    square_px: int
    variants: int
    chips: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the land that the tiles cover together."""
        return (
            max(t.row * self.square_px + t.height_px for t in self.tiles),
            max(t.column * self.square_px + t.width_px for t in self.tiles),
        )

    @property
    def mpx(self) -> float:
        """Million pixels of land."""
        return self.shape[0] * self.shape[1] / 1e6

    def variant(self, row: int, column: int) -> int:
        """Return what a square of land shows."""
        return (row * 11 + column) % self.variants

    def squares(self, tile: Tile) -> list[list[int]]:
        """Return the variants of a tile, row by row."""
        rows, columns = -(-tile.height_px // self.square_px), -(-tile.width_px // self.square_px)
        return [[self.variant(tile.row + r, tile.column + c) for c in range(columns)] for r in range(rows)]


@dataclass(frozen=True, slots=True)
class Built:
    """A set on disk."""

    plan: Plan
    folder: Path
    raw_bytes: int
    """Of the full resolution, unpacked."""
    packed_bytes: int
    """The same, deflated."""
    distinct_bytes: int
    """Of ``packed_bytes``, those that are not a repetition of a square shown elsewhere on the same date."""
    file_bytes: int
    """With headers and overviews."""

    @property
    def catalog(self) -> Path:
        """The static STAC catalog."""
        return self.folder / "catalog.json"

    @property
    def files(self) -> list[Path]:
        """Every image."""
        return sorted(self.folder.glob("sentinel-2-l2a/*/*.tif"))

    def __str__(self) -> str:
        """Say what it is, simulated first."""
        rows, columns = self.plan.shape
        shown_again = (self.packed_bytes - self.distinct_bytes) / 1e9
        return (
            f"simulated, {rows} x {columns} px = {self.plan.mpx:.2f} Mpx x {len(self.plan.dates)} dates,"
            f" {len(self.plan.tiles)} tile(s), deflate ratio {self.raw_bytes / self.packed_bytes:.2f},"
            f" {self.file_bytes / 1e9:.2f} GB of files, {self.distinct_bytes / 1e9:.2f} GB distinct,"
            f" {shown_again:.2f} GB shown again"
        )


def rectangle(name: str, squares: tuple[int, int], dates: Sequence[int], square_px: int = 1024, chips: int = 2) -> Plan:
    """Return a plan of one tile of (rows, columns) squares."""
    rows, columns = squares
    tile = Tile("48QVH", 0, 0, rows * square_px, columns * square_px)
    return Plan(name, (tile,), tuple(dates), square_px, rows * 11 + columns, chips)


def province(
    dates: Sequence[int], shape: tuple[int, int] = (13_000, 11_000), square_px: int = 1024, variants: int = 64
) -> Plan:
    """Return a plan of four tiles that overlap by one square, as tiles of an archive overlap by about 10 km."""
    rows, columns = shape
    middle_row, middle_column = -(-rows // square_px) // 2, -(-columns // square_px) // 2
    high, wide = (middle_row + 1) * square_px, (middle_column + 1) * square_px
    low, narrow = rows - middle_row * square_px, columns - middle_column * square_px
    tiles = (
        Tile("48QUJ", 0, 0, high, wide),
        Tile("48QVJ", 0, middle_column, high, narrow),
        Tile("48QUH", middle_row, 0, low, wide),
        Tile("48QVH", middle_row, middle_column, low, narrow),
    )
    return Plan("province", tiles, tuple(dates), square_px, variants, 4)


def spread(dates: int, of: int) -> tuple[int, ...]:
    """Return ``dates`` numbers spread evenly over ``of``."""
    return tuple(int(d) for d in np.linspace(0, of - 1, dates).round())


def build(plans: Sequence[Plan], folder: Path, dates: int) -> list[Built]:
    """Make the sets that are not there yet; every square of a date is encoded once for all of them.

    Args:
        plans: of one ``square_px``.
        folder: chips and sets go there.
        dates: dates of the chips.
    """
    absent = [p for p in plans if not _done(folder, p)]
    if absent:
        land = simulated.make(folder, max(p.chips for p in absent), absent[0].square_px, dates)
        jobs = [(land, tuple(absent), date, folder) for date in range(dates) if any(date in p.dates for p in absent)]
        if len(jobs) * sum(p.mpx for p in absent) < 2:
            counted = [_write_date(job) for job in jobs]
        else:
            with ProcessPoolExecutor(simulated.WORKERS, mp_context=get_context("spawn")) as pool:
                counted = list(pool.map(_write_date, jobs))
        for plan in absent:
            items.write_catalog(folder / plan.name, _items(plan, dates))
            sizes = np.sum([c[plan.name] for c in counted if plan.name in c], axis=0)
            facts = dict(
                zip(("raw_bytes", "packed_bytes", "distinct_bytes", "file_bytes"), sizes.tolist(), strict=True)
            )
            _note(folder, plan).write_text(json.dumps({"plan": asdict(plan), **facts}), encoding="utf-8")
    return [_read(folder, plan) for plan in plans]


def _note(folder: Path, plan: Plan) -> Path:
    return folder / plan.name / "built.json"


def _done(folder: Path, plan: Plan) -> bool:
    note = _note(folder, plan)
    wanted = json.loads(json.dumps(asdict(plan)))
    return note.is_file() and json.loads(note.read_text(encoding="utf-8"))["plan"] == wanted


def _read(folder: Path, plan: Plan) -> Built:
    facts = json.loads(_note(folder, plan).read_text(encoding="utf-8"))
    return Built(plan, folder / plan.name, *(facts[k] for k in Built.__dataclass_fields__ if k.endswith("_bytes")))


def _items(plan: Plan, dates: int) -> Iterator[dict[str, Any]]:
    season = passes(dates)
    for date in plan.dates:
        for tile in plan.tiles:
            yield items.item(season[date], tile.name, _place(plan, tile, 10.0), (tile.height_px, tile.width_px))


def _place(plan: Plan, tile: Tile, pixel_m: float) -> cog.Place:
    step = plan.square_px * 10.0
    return cog.Place(32648, WEST + tile.column * step, NORTH - tile.row * step, pixel_m)


def _write_date(job: tuple[Chips, tuple[Plan, ...], int, Path]) -> dict[str, list[int]]:
    """Write one date of every plan; return raw, packed, distinct and file bytes by plan."""
    land, plans, date, folder = job
    mine = [p for p in plans if date in p.dates]
    sizes = {p.name: np.zeros(4, np.int64) for p in mine}
    for asset in ASSETS:
        squares = _Squares(land, date, asset)
        for plan in mine:
            sizes[plan.name] += _write_asset(squares, plan, folder)
    return {name: counted.tolist() for name, counted in sizes.items()}


def _write_asset(squares: "_Squares", plan: Plan, folder: Path) -> npt.NDArray[np.int64]:
    asset = squares.asset
    pixel = 1 if asset in FINE else 2
    itemsize = 1 if asset == "scl" else 2
    raw = packed = size = 0
    seen: dict[int, int] = {}
    for tile in plan.tiles:
        name = items.name_of(passes(squares.land.dates)[squares.date], tile.name)
        path = folder / plan.name / items.COLLECTION / name / items.FILES[asset]
        path.parent.mkdir(parents=True, exist_ok=True)
        variants = plan.squares(tile)
        blocks = [squares.block(plan, v) for line in variants for v in line]
        shape = (tile.height_px // pixel, tile.width_px // pixel)
        full = cog.Level(shape, plan.square_px // pixel, blocks)
        smaller = [_overview(squares, plan, variants, shape, by) for by in OVERVIEWS if min(shape) >= 4 * by]
        size += cog.write(path, f"u{itemsize}", [full, *smaller], _place(plan, tile, 10.0 * pixel))
        raw += shape[0] * shape[1] * itemsize
        packed += sum(map(len, blocks))
        seen |= {id(block): len(block) for block in blocks}
    return np.array([raw, packed, sum(seen.values()), size], np.int64)


def _overview(squares: "_Squares", plan: Plan, variants: list[list[int]], shape: tuple[int, int], by: int) -> cog.Level:
    """Return a mean of ``by`` × ``by`` pixels (the upper left one of scene classes), cut to the tile."""
    whole = np.block([[squares.shrunk(plan, v, by) for v in line] for line in variants])
    return cog.encode_all(whole[: -(-shape[0] // by), : -(-shape[1] // by)], OVERVIEW_BLOCK_PX)


class _Squares:
    """The variants of one date and asset, each made and encoded once."""

    def __init__(self, land: Chips, date: int, asset: str) -> None:
        self.land, self.date, self.asset = land, date, asset
        self._chips: dict[int, cog.Counts] = {}
        self._blocks: dict[tuple[int, int], bytes] = {}
        self._shrunk: dict[tuple[int, int, int], cog.Counts] = {}

    def values(self, plan: Plan, variant: int) -> cog.Counts:
        """Return a variant's counts."""
        around, chip = divmod(variant, plan.chips)
        if chip not in self._chips:
            self._chips[chip] = self.land.load(chip, self.date)[self.asset]
        turned = np.rot90(self._chips[chip], around % 4)
        if around // 4 % 2:
            turned = turned[:, ::-1]
        if around < 8 or self.asset == "scl":
            return np.ascontiguousarray(turned)
        return _with_noise(turned, variant, self.date)

    def block(self, plan: Plan, variant: int) -> bytes:
        """Return a variant, compressed."""
        key = (plan.chips, variant)
        if key not in self._blocks:
            self._blocks[key] = cog.encode(self.values(plan, variant))
        return self._blocks[key]

    def shrunk(self, plan: Plan, variant: int, by: int) -> cog.Counts:
        """Return a variant in an overview's resolution."""
        key = (plan.chips, variant, by)
        if key not in self._shrunk:
            values = self.values(plan, variant)
            for step in OVERVIEWS:
                self._shrunk[*key[:2], step] = self._shrink(values, step)
        return self._shrunk[key]

    def _shrink(self, values: cog.Counts, by: int) -> cog.Counts:
        if self.asset == "scl":
            return np.ascontiguousarray(values[::by, ::by])
        side = values.shape[0] // by
        means = values.reshape(side, by, side, by).mean(axis=(1, 3), dtype=np.float32)
        return np.rint(means).astype(np.uint16)


@lru_cache(maxsize=1)
def _noise() -> npt.NDArray[np.int16]:
    steps = np.random.default_rng(5).integers(-1, 2, (2048, 2048)) * (NOISE_DN // 3)
    return steps.astype(np.int16)


def _with_noise(values: npt.NDArray[Any], variant: int, date: int) -> npt.NDArray[np.uint16]:
    """Add a few counts, less than the simulated instrument's noise, differently for every variant and date."""
    rows, columns = values.shape
    top, left = (variant * 61 + date * 17) % (2048 - rows), (variant * 127 + date * 29) % (2048 - columns)
    changed = values.astype(np.int16) + _noise()[top : top + rows, left : left + columns]
    return np.maximum(changed, 1).astype(np.uint16)
