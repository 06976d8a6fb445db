"""The arithmetic of one episode: measured, claimed and verified area in whole m², and how sure the measure is.

All sums are integers and exact decimals, so that any machine and any order of arrival gives the same ledger.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from math import pi, sqrt

from shapely.geometry.base import BaseGeometry

from eradication.domain import AreaMethod, CountMethod
from eradication.geo import GEOD

METHODS: tuple[AreaMethod, ...] = tuple(AreaMethod)
"""Best first, the order of :class:`AreaMethod`."""

CV: dict[AreaMethod, float] = {
    AreaMethod.TAPE: 0.05,
    AreaMethod.UAV: 0.05,
    AreaMethod.PACE: 0.25,
    AreaMethod.ESTIMATE: 0.50,
}
"""Default coefficients of variation. An orthophoto of ≤ 10 cm is taken to be as good as a tape until measured."""

GPS_SIGMA_M = 4.0
"""Position error (1 sigma) of a perimeter walk under canopy, the worse of the two floors: a row does not say which."""

_COUNT_RANK = {CountMethod.FULL: 0, CountMethod.QUADRAT: 1, CountMethod.ESTIMATE: 2}


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measured area."""

    area_m2: float
    method: AreaMethod
    outline: BaseGeometry | None = None
    """The walked outline in WGS 84, if there is one."""


@dataclass(frozen=True, slots=True)
class Areas:
    """The account of one episode, m²; ``verified ≤ claimed ≤ measured`` holds after every step."""

    measured: int = 0
    claimed: int = 0
    verified: int = 0

    def remeasured(self, area_m2: float) -> "Areas":
        """Take a new measurement.

        A smaller one scales down what was claimed and verified, for both are shares of the area; a larger one leaves
        them until somebody says what share of it is destroyed.
        """
        area = whole(area_m2)
        if area >= self.measured:
            return replace(self, measured=area)
        claimed, verified = (part * area // self.measured for part in (self.claimed, self.verified))
        return Areas(area, claimed, verified)

    def eradicated(self, fraction: float | None) -> "Areas":
        """Claim the cumulative ``fraction`` of the measured area; none stated means all of it."""
        claimed = share(self.measured, fraction)
        return replace(self, claimed=claimed, verified=min(self.verified, claimed))

    def confirmed(self, fraction: float | None) -> "Areas":
        """Verify what is claimed, or ``fraction`` of the measured area if that is less."""
        return replace(self, verified=min(share(self.measured, fraction), self.claimed))

    def regrown(self, area_m2: float | None) -> "Areas":
        """Withdraw ``area_m2`` (all if not stated); the measured area grows only if more than it has regrown."""
        back = self.measured if area_m2 is None else whole(area_m2)
        claimed = max(0, self.claimed - back)
        return Areas(max(self.measured, back), claimed, min(max(0, self.verified - back), claimed))


def whole(area_m2: float) -> int:
    """Round to whole m², half up."""
    return int(Decimal(repr(float(area_m2))).quantize(Decimal(1), ROUND_HALF_UP))


def share(area: int, fraction: float | None) -> int:
    """Return ``fraction`` of ``area`` floored to whole m²; ``None`` means all."""
    if fraction is None:
        return area
    return int((Decimal(repr(float(fraction))) * area).to_integral_value(ROUND_FLOOR))


def best(measurements: Sequence[Measurement]) -> Measurement:
    """Return the latest measurement of the best method; ``measurements`` are in order of time and not empty."""
    top = min(METHODS.index(m.method) for m in measurements)
    return [m for m in measurements if METHODS.index(m.method) == top][-1]


def standard_error_m2(measurement: Measurement) -> float:
    """Return the standard error of an area in m².

    Perimeter walks: CV = 0.42·σ·P/A (P perimeter, A area; of the walked outline, else of a circle).
    """
    area = measurement.area_m2
    if area <= 0:
        return 0.0
    if measurement.method in CV:
        return CV[measurement.method] * area
    perimeter = 2.0 * sqrt(pi * area)
    if measurement.outline is not None and measurement.outline.area > 0:
        perimeter = float(GEOD.geometry_area_perimeter(measurement.outline)[1])
    return 0.42 * GPS_SIGMA_M * perimeter


def best_count(counts: Sequence[tuple[int, CountMethod | None]]) -> int | None:
    """Return the last full count, else the last quadrat count, else the last estimate; no method means estimate."""
    if not counts:
        return None
    ranks = [_COUNT_RANK[method or CountMethod.ESTIMATE] for _, method in counts]
    return [count for (count, _), rank in zip(counts, ranks, strict=True) if rank == min(ranks)][-1]
