"""How much a fetch will bring and how long it will take, said before it begins.

Bytes are those of the blocks inside the area, from the headers of the files: of all, or of a sample spread over items
and bands and scaled by the share of each item that is wanted. Time goes by a rate that was measured: on the first few
megabytes of this fetch, or in the last one from the same source; which of the two is said.
"""

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import fmean

from eradication.archive.fetching import Fetcher, Wanted
from eradication.archive.shelf import Shelf, read_json, write_json
from eradication.progress import Tick, silent

SAMPLE = 66
"""Most files whose headers are read for an estimate."""

MEASURED_BYTES = 6_000_000
"""Bytes on which a rate is measured; it begins with slow starts of connections."""

REMEMBERED = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Rate:
    """Bytes per second, and how they are known."""

    bytes_s: float
    source: str
    """``measured`` or ``remembered``."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What lies ahead."""

    files: int
    files_missing: int
    """Files of which something is missing, as far as is known."""
    needed_bytes: int
    missing_bytes: int
    sampled: int
    """Headers read; equal to ``files`` if nothing was extrapolated."""
    rate: Rate | None = None

    @property
    def seconds(self) -> float | None:
        """Time the missing bytes take at the rate, ``None`` if no rate is known."""
        return None if self.rate is None else self.missing_bytes / self.rate.bytes_s


def estimate(fetcher: Fetcher, tick: Tick = silent) -> Estimate:
    """Look at headers and tell how many bytes the area needs and how many are missing."""
    wanted = fetcher.wanted
    new = [one for one in wanted if not one.path.is_file()]
    known = [one for one in wanted if one.path.is_file()]
    sample = _spread(new, SAMPLE)
    looked = [*known, *sample]
    planned = dict(zip(looked, fetcher.plan(looked, tick), strict=True))
    by_band: dict[str, list[float]] = defaultdict(list)
    for one in sample:
        plan = planned[one]
        if plan is not None and one.weight > 0:
            by_band[one.band].append(plan[0] / one.weight)
    overall = [value for values in by_band.values() for value in values]
    needed = missing = 0
    unfinished = 0
    for one in wanted:
        plan = planned.get(one)
        if plan is not None:
            needed, missing, unfinished = needed + plan[0], missing + plan[1], unfinished + (plan[1] > 0)
        elif one not in planned and overall:
            guess = round(fmean(by_band.get(one.band) or overall) * one.weight)
            needed, missing, unfinished = needed + guess, missing + guess, unfinished + 1
    return Estimate(len(wanted), unfinished, needed, missing, len(looked))


def _spread(wanted: Sequence[Wanted], most: int) -> list[Wanted]:
    """Return at most ``most`` files, as many of each band, evenly spread over the list."""
    if len(wanted) <= most:
        return list(wanted)
    by_band: dict[str, list[Wanted]] = defaultdict(list)
    for one in wanted:
        by_band[one.band].append(one)
    each = max(1, most // len(by_band))
    picked: list[Wanted] = []
    for group in by_band.values():
        step = max(1.0, len(group) / each)
        picked += [group[int(number * step)] for number in range(min(each, len(group)))]
    return picked


def measure(fetcher: Fetcher, tick: Tick = silent) -> Rate | None:
    """Fetch the first files until a rate is known; what they bring is kept. ``None`` if nothing came."""
    before, began = fetcher.http.received, time.monotonic()
    width = max(1, fetcher.http.settings.threads)
    waiting = list(fetcher.wanted)  # what is here already costs nothing
    while waiting and fetcher.http.received - before < MEASURED_BYTES:
        batch, waiting = waiting[:width], waiting[width:]
        fetcher.run(batch, tick)
    came, seconds = fetcher.http.received - before, time.monotonic() - began
    return Rate(came / seconds, "measured") if came > 0 and seconds > 0 else None


def remembered(shelf: Shelf, now: datetime) -> Rate | None:
    """Return the rate of the last fetch from a source, if it is not too old."""
    table = read_json(shelf.folder / "rate.json")
    try:
        age = now - datetime.fromisoformat(table["at"])
        rate = float(table["bytes_s"])
    except (KeyError, TypeError, ValueError):
        return None
    return Rate(rate, "remembered") if rate > 0 and timedelta(0) <= age <= REMEMBERED else None


def remember(shelf: Shelf, received: int, seconds: float) -> None:
    """Keep the rate of a fetch that brought enough to tell."""
    if received >= MEASURED_BYTES and seconds > 0:
        write_json(shelf.folder / "rate.json", {"bytes_s": received / seconds, "at": datetime.now(UTC).isoformat()})
