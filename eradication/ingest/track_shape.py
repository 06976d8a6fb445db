"""Where a cleaned track was broken off, and what of it was driven."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from eradication import geo
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


@dataclass(frozen=True, slots=True)
class Drives:
    """What was driven: it parts walking legs, and is neither length nor effort."""

    count: int
    km: float
    """Geodesic, from fix to fix."""


def drives(segments: Sequence[Fixes]) -> Drives:
    """Count the stretches that were driven, and add up how long they are.

    Args:
        segments: as :func:`gaps` takes them; each is cut where a drive parts it from the next.
    """
    count, metres, last = 0, 0.0, False
    for segment in segments:
        driven = segment.mark == _VEHICLE
        present = driven | segment.kept
        steps = geo.steps_m(segment.lon[present], segment.lat[present])
        metres += float(steps[driven[present][1:]].sum())
        begins = driven & ~np.concatenate([[last], driven[:-1]])
        count += int(begins.sum())
        last = bool(driven[-1]) if len(driven) else last
    return Drives(count, metres / 1000.0)


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
