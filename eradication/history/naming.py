"""Names of plots: an id derived from content, and a short permanent code for radio and minutes."""

import hashlib
import re
from collections.abc import Iterable

from shapely.geometry.base import BaseGeometry

from eradication.domain import Plot, Season, Visit
from eradication.domain.codes import fold
from eradication.domain.event import iso

_KINDS = ("xa ", "phuong ", "thi tran ", "dac khu ")
NOWHERE = "XX"
"""Initials of a plot outside every known commune."""


def plot_id_of(candidate_id: str) -> str:
    """Return the id of the plot a candidate founds: the same candidate founds the same plot on every laptop."""
    return _hashed("candidate", candidate_id)


def plot_id_of_visit(visit: Visit) -> str:
    """Return the id of the plot a visit founds; the rows of one visit at one place and time found one plot."""
    place = f"{visit.lon or 0.0:.6f}", f"{visit.lat or 0.0:.6f}"
    return _hashed("visit", visit.unit, visit.visit_id, iso(visit.visited_at), *place)


def part_id(plot_id: str, outline: BaseGeometry) -> str:
    """Return the id of a part of a divided plot: the same part of the same plot has the same id on every laptop."""
    return _hashed("part", plot_id, outline.normalize().wkb_hex)


def _hashed(*parts: str) -> str:
    return "P-" + hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:10]


def initials(commune_name: str) -> str:
    """Return ``VH`` for ``Xã Vân Hồ``: initials without the kind and without diacritics, ASCII capitals."""
    name = fold(commune_name)
    for kind in _KINDS:
        name = name.removeprefix(kind)
    words = re.findall(r"[a-z0-9]+", name)
    if not words:
        return NOWHERE
    letters = "".join(word[0] for word in words) if len(words) > 1 else words[0][:2]
    return letters.upper()


def codes(plots: Iterable[Plot]) -> set[str]:
    """Return every code that ever stood for one of the plots: a new plot must bear none of them."""
    return {name for plot in plots for name in (plot.code, *plot.aliases)}


def next_code(commune_name: str, season: Season, taken: Iterable[str]) -> str:
    """Return the next free code such as ``VH-27-014``: commune, year in which the season ends, serial.

    A serial is never given twice, even if a lower one has become free: codes are permanent.
    """
    prefix = f"{initials(commune_name)}-{(season.start_year + 1) % 100:02d}-"
    pattern = re.compile(re.escape(prefix) + r"(\d+)")
    used = [int(match.group(1)) for code in taken if (match := pattern.match(code))]
    return f"{prefix}{max(used, default=0) + 1:03d}"
