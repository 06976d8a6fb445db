"""What a cleaned track looks like as a whole: where it was broken off, and whether it comes back to where it began."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from shapely.geometry import Polygon

from eradication import geo
from eradication.config import Cleaning
from eradication.domain import MARKS, Fixes

_STATIONARY, _VEHICLE = MARKS.index("stationary"), MARKS.index("vehicle")


@dataclass(frozen=True, slots=True)
class Gaps:
    """Where a track was split: nobody knows what way was walked there, so it counts as neither length nor time."""

    count: int
    longest_s: float | None
    """Seconds; ``None`` if there is no gap or none with times on both sides."""


def gaps(segments: Sequence[Fixes]) -> Gaps:
    """Count the gaps between the segments of one patrol; where it was driven it was split and is no gap.

    Args:
        segments: as :func:`eradication.ingest.cleaning.clean` returned them, or as the store keeps them.
    """
    ends = [found for segment in segments if (found := _ends(segment)) is not None]
    seconds = [after.first_s - before.last_s for before, after in pairwise(ends) if not before.drives_off]
    known = [s for s in seconds if np.isfinite(s)]
    return Gaps(len(seconds), round(float(max(known)), 3) if known else None)


def is_closed(segments: Sequence[Fixes], settings: Cleaning) -> bool:
    """Tell whether the kept fixes end where they began and go round something.

    That is how a boundary walk looks, and also a patrol that comes home by another way: a person decides.
    """
    lon, lat = (np.concatenate([getattr(s, name)[s.kept] for s in segments] or [[]]) for name in ("lon", "lat"))
    if len(lon) < 4 or geo.distance_m(lon[0], lat[0], lon[-1], lat[-1]) > settings.closed_m:
        return False
    return geo.area_m2(Polygon(np.column_stack([lon, lat]))) >= settings.closed_m2


@dataclass(frozen=True, slots=True)
class _Ends:
    first_s: float
    last_s: float
    drives_off: bool


def _ends(segment: Fixes) -> _Ends | None:
    present: npt.NDArray[np.intp] = np.flatnonzero(segment.kept | (segment.mark == _STATIONARY))
    if not present.size:
        return None
    after = segment.mark[present[-1] + 1 :]
    times = segment.time_s[present]
    return _Ends(float(times[0]), float(times[-1]), bool(np.any(after == _VEHICLE)))
