"""Whether what a description says of envelopes has their form, so that nothing later stumbles over it."""

from typing import Any

_BANDS = {"p10", "p50", "p90"}


def are_envelopes(value: Any) -> bool:
    """Tell whether a value read from JSON is ``{class: {"plots": n, index: {"p10": […], "p50": […], "p90": […]}}}``."""
    return isinstance(value, dict) and all(
        isinstance(of, dict)
        and isinstance(of.get("plots"), int)
        and all(_is_band(band) for name, band in of.items() if name != "plots")
        for of in value.values()
    )


def _is_band(value: Any) -> bool:
    if not isinstance(value, dict) or set(value) != _BANDS or not all(isinstance(v, list) for v in value.values()):
        return False
    months = [month for part in value.values() for month in part]
    return len({len(part) for part in value.values()}) == 1 and all(
        month is None or (isinstance(month, int | float) and not isinstance(month, bool)) for month in months
    )
