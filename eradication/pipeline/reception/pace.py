"""How often somebody asks: counted in this process at once, and added to what all processes count once a second.

A row written for every request would cost more than most requests, and a full disk would let nobody look at anything
any more. So another process may let a second's worth of requests more pass; no more than that.
"""

import threading
from dataclasses import dataclass, field
from typing import cast

from eradication.errors import StorageFailed
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.tries import Limit, key_of, too_often
from eradication.store.reception import tries

_TOLD_EVERY_S = 1.0


@dataclass
class _Asked:
    """What one caller asked in the window at hand."""

    since_s: float
    window_s: float
    count: int = 0
    """Requests here and, as of when it was last heard, elsewhere."""
    untold: int = 0
    """Of these, those that the other processes have not been told of."""

    def is_over(self, now_s: float) -> bool:
        # A clock that was set back by more than a window begins a new one too.
        return not abs(now_s - self.since_s) < self.window_s


@dataclass
class _Paces:
    """Of one process."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    asked: dict[str, _Asked] = field(default_factory=dict)
    telling: threading.Lock = field(default_factory=threading.Lock)
    told_s: float = 0.0

    def count(self, what: str, limit: Limit, now_s: float) -> int:
        with self.lock:
            one = self.asked.get(what)
            if one is None or one.is_over(now_s):
                one = self.asked[what] = _Asked(now_s, limit.window_s)
            one.count, one.untold = one.count + 1, one.untold + 1
            return one.count

    def is_due(self, now_s: float) -> bool:
        return not 0 <= now_s - self.told_s < _TOLD_EVERY_S

    def tell(self, place: Place, now_s: float) -> None:
        """Add what was counted here to what all processes count, and hear how much that is."""
        with self.lock:
            self.told_s = now_s
            for what in [what for what, one in self.asked.items() if one.is_over(now_s)]:
                del self.asked[what]
            news = {what: one.untold for what, one in self.asked.items() if one.untold}
            windows = {what: self.asked[what].window_s for what in news}
        totals: dict[str, int] = {}
        with place.reception.writing() as connection:
            for what, times in news.items():
                totals[what] = tries.count(connection, what, now_s, windows[what], times)
        with self.lock:
            for what, total in totals.items():
                if (one := self.asked.get(what)) is not None and one.untold >= news[what]:
                    one.untold -= news[what]
                    one.count = max(one.count, total + one.untold)


def spend(place: Place, limit: Limit, whose: str) -> None:
    """Count a request; refuse it if there were too many.

    Args:
        place: whose counters.
        limit: how many.
        whose: person or device; only a hash of it is kept.

    Raises:
        Denied: ``too_often``.
    """
    paces = cast(_Paces, place.workspace.found.setdefault(spend, _Paces()))
    now_s = place.now().timestamp()
    count = paces.count(key_of(limit, whose), limit, now_s)
    if paces.is_due(now_s) and paces.telling.acquire(blocking=False):
        try:
            paces.tell(place, now_s)
        except StorageFailed:
            pass  # this process goes on counting by itself, and tells it when the store is there again
        finally:
            paces.telling.release()
    if count > limit.most:
        raise too_often(limit)
