"""What tells that two files hold the same walk: the seconds at which it was recorded and where it lay on the whole.

One walk is often handed in twice: sent by two people, saved again by another program, exported as another format. The
bytes differ then, and so does the id of the patrol. The key does not depend on anything a program may drop, add or
write with fewer decimals: names, comments, units, elevations, accuracies, repeated fixes, or the last digits of single
positions. It is made from

- the distinct times of all fixes with a place, rounded to 1 s, and
- the mean position of one fix for each of these times, rounded to 1e-4° (11 m). A mean and not each position, because
  of a thousand rounded positions some always flip where one decimal less is written, and a mean does not.

Not recognised: a copy that lacks fixes or has others, was cut, joined or simplified; times moved by a zone or cut off
instead of rounded; a second device on the same walk. Those count as walks of their own.
"""

import hashlib
from collections.abc import Sequence

import numpy as np

from eradication.domain import MARKS, Fixes

_NOWHERE = MARKS.index("bad_coordinates")
_PER_DEGREE = 1e4


def key(segments: Sequence[Fixes]) -> str:
    """Return the key of a walk, 32 hexadecimal digits, or an empty text if none of its fixes has place and time.

    Args:
        segments: cleaned segments of one patrol; marks other than ``bad_coordinates`` make no difference.
    """
    if not segments:
        return ""
    columns = [np.concatenate([getattr(s, name) for s in segments]) for name in ("time_s", "lon", "lat", "mark")]
    time_s, lon, lat, mark = columns
    placed = np.isfinite(time_s) & (mark != _NOWHERE)
    if not placed.any():
        return ""
    seconds, first = np.unique(np.round(time_s[placed]), return_index=True)
    if len(seconds) < 2:
        return ""  # a single moment tells no walk from another
    middle = [round(float(np.mean(values[placed][first])) * _PER_DEGREE) for values in (lon, lat)]
    content = " ".join([*(f"{s:.0f}" for s in seconds.tolist()), *map(str, middle)])
    return hashlib.sha256(content.encode()).hexdigest()[:32]
