"""Percentages as the ledger writes them: exact, floored to 0.1."""

from decimal import ROUND_FLOOR, Decimal


def floored(part: int, whole: int) -> float | None:
    """Return ``part ÷ whole`` in per cent floored to 0.1, ``None`` where ``whole`` is 0; negative ones floor too."""
    if whole == 0:
        return None
    return float((Decimal(1000 * part) / Decimal(whole)).to_integral_value(ROUND_FLOOR) / 10)


def reached(part: int, whole: int, complete: bool) -> float | None:
    """Return the same for what can be reached wholly: 99.9 where all is reached but something is missing."""
    share = floored(part, whole)
    if share is None or part < whole:
        return share
    return 100.0 if complete else 99.9
