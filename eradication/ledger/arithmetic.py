"""Whole square metres and floored percentages: the same on any computer, and nothing is rounded up to the target."""

from collections.abc import Mapping
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal


def whole(area_m2: float) -> int:
    """Round to whole m², half up."""
    return int(Decimal(repr(float(area_m2))).quantize(Decimal(1), ROUND_HALF_UP))


def percent(part: int, of: int, is_open: bool = False) -> float | None:
    """Return ``part / of`` floored to 0.1 %; ``None`` if ``of`` is 0, 99.9 if only something open is left."""
    if of == 0:
        return None
    if part >= of:
        return 99.9 if is_open else 100.0
    return float((Decimal(1000 * part) / Decimal(of)).to_integral_value(ROUND_FLOOR) / 10)


def change_percent(now: int, then: int) -> float | None:
    """Return by how many per cent ``now`` differs from ``then``, floored to 0.1; ``None`` if ``then`` is 0."""
    if then == 0:
        return None
    return float((Decimal(1000 * (now - then)) / Decimal(then)).to_integral_value(ROUND_FLOOR) / 10)


def apportion(total: int, shares: Mapping[str, float]) -> dict[str, int]:
    """Divide a whole number by shares so that the parts add up to it: largest remainders first, then by key.

    Args:
        total: not negative.
        shares: by key; they need not sum to 1.
    """
    weights = {key: Decimal(repr(float(share))) for key, share in shares.items() if share > 0}
    everything = sum(weights.values(), Decimal(0))
    if not everything:
        return {}
    exact = {key: total * weight / everything for key, weight in weights.items()}
    parts = {key: int(value.to_integral_value(ROUND_FLOOR)) for key, value in exact.items()}
    left = total - sum(parts.values())
    for key in sorted(parts, key=lambda key: (parts[key] - exact[key], key))[:left]:
        parts[key] += 1
    return parts


def reduced(part: int, share: float) -> int:
    """Return what is left of ``part`` m² when ``share`` of it is counted elsewhere, half up; larger stays larger."""
    return part - int((Decimal(repr(float(share))) * part).quantize(Decimal(1), ROUND_HALF_UP))
