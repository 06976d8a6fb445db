"""What a closed period says today: figures that later entries and corrections have changed, with was and now."""

from collections.abc import Mapping, Sequence
from typing import Any

QUANTITIES = ("detected_m2", "claimed_m2", "verified_m2", "remaining_m2", "plots", "plants")


def differences(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return every figure of the five quantities that differs, the total's first, then row by row.

    Args:
        was: ``rows`` and ``total`` of a ledger as it was closed, or as it was last restated.
        now: the same ledger as the events tell it now.
    """
    before, after = ({row["key"]: row for row in (side["total"], *side["rows"])} for side in (was, now))
    keys = ["total", *sorted((set(before) | set(after)) - {"total"})]
    told = []
    for key in keys:
        old, new = before.get(key, {}), after.get(key, {})
        for quantity in QUANTITIES:
            first, then = old.get(quantity) or 0, new.get(quantity) or 0
            if first != then:
                name = new.get("name") or old.get("name") or ""
                told.append({"key": key, "name": name, "quantity": quantity, "was": first, "now": then})
    return told


def figures(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return of a ledger what can be restated: rows and total, the five quantities, plots and plants."""
    rows: Sequence[Mapping[str, Any]] = answer["rows"]
    return {"rows": [_figures(row) for row in rows], "total": _figures(answer["total"])}


def _figures(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("key", "name", *QUANTITIES)}
