"""What nobody has found: an upper bound, an expected number and a lower estimate, which are never added up.

Each of the three rests on assumptions of its own, which are printed beside it (:mod:`eradication.undetected.words`).
Random visits to candidates and random re-checks are told here too: they are the other figures that chance makes honest.
"""

from eradication.undetected.expected import Expected, Ground, expected
from eradication.undetected.lower import LEAST_RECAPTURES, Lists, chapman
from eradication.undetected.pooling import Pooled, Sample, pooled
from eradication.undetected.rechecks import Recheck, Required, rechecks
from eradication.undetected.upper import Bound, Stratum, bound

__all__ = [
    "LEAST_RECAPTURES",
    "Bound",
    "Expected",
    "Ground",
    "Lists",
    "Pooled",
    "Recheck",
    "Required",
    "Sample",
    "Stratum",
    "bound",
    "chapman",
    "expected",
    "pooled",
    "rechecks",
]
