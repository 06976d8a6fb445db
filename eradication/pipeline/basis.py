"""What a replay rests on besides events: the communes of the day, settings, the border line, the program, the key."""

import hashlib
import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pyproj
import shapely

from eradication.domain import TIMEZONE, AdminUnit
from eradication.domain.event import parse_iso
from eradication.pipeline.workspace import Workspace

_TOLD_BY = ("history/*.py", "ledger/*.py", "domain/*.py", "geo.py", "ingest/boundaries.py", "ingest/dividing.py")
_KEEPING = ("basis", "kept", "sums", "counting", "set_layers", "projection", "refreshing")
_KEPT_BY = tuple(f"pipeline/{name}.py" for name in _KEEPING)


@dataclass(frozen=True, slots=True)
class Ground:
    """The moment of a replay, and the communes of every vintage known then."""

    now: datetime
    units: Sequence[AdminUnit]

    @property
    def day(self) -> date:
        """The local day, whose communes count."""
        return self.now.astimezone(TIMEZONE).date()


def rests_on(marker: Mapping[str, Any], basis: Mapping[str, str] | None, now: datetime) -> bool:
    """Tell whether what was kept with a marker rests on this basis, and was told no later than ``now``."""
    if basis is None or any(marker.get(name) != value for name, value in basis.items()):
        return False
    return parse_iso(marker["as_of"]) <= now


def basis_of(workspace: Workspace, ground: Ground) -> dict[str, str] | None:
    """Return hashes of what a replay rests on besides events, or ``None`` if the border line is not there."""
    settings = workspace.settings
    border = settings.distances.border
    try:
        line = hashlib.sha256((workspace.folder / Path(border)).read_bytes()).hexdigest() if border else ""
    except OSError:
        return None
    told = repr((settings.identity, settings.ledger, settings.limits, border))
    return {
        "program": program(),
        "origin": workspace.store.origin,
        "settings": hashlib.sha256(f"{told}{line}".encode()).hexdigest(),
        "communes": outlines([unit for unit in ground.units if unit.valid_on(ground.day)]),
    }


_MOST_HASHED = 8
_HASHED: list[tuple[tuple[AdminUnit, ...], str]] = []
"""Communes whose hash was asked for last: outlines are large, and every question rests on the same ones."""


def outlines(units: Iterable[AdminUnit]) -> str:
    """Return a hash of communes: codes, names, days, outlines."""
    asked = tuple(units)
    for known, told in tuple(_HASHED):
        if len(known) == len(asked) and all(map(operator.is_, known, asked)):
            return told
    told = _hashed(asked)
    _HASHED[:] = [(asked, told), *_HASHED[: _MOST_HASHED - 1]]
    return told


def _hashed(units: Iterable[AdminUnit]) -> str:
    digest = hashlib.sha256()
    for unit in units:
        said = (unit.code, unit.name, unit.valid_from, unit.valid_to, unit.approximate, unit.source)
        digest.update(repr(said).encode())
        digest.update(b"" if unit.geometry is None else shapely.to_wkb(unit.geometry))
    return digest.hexdigest()


@cache
def program() -> str:
    """Return a hash of what tells and keeps: another program, or another version of it, replays once more."""
    root = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256(repr((shapely.__version__, shapely.geos_version, pyproj.__version__)).encode())
    for pattern in (*_TOLD_BY, *_KEPT_BY):
        for path in sorted(root.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()
