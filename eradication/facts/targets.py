"""What units and communes were told to reach, beside what they have reached."""

from collections.abc import Mapping, Sequence
from typing import Any

from eradication.facts.shares import floored

_FIGURES = ("detected_m2", "claimed_m2", "verified_m2", "claimed_pct", "verified_pct")

type Values = Mapping[str, Any]


def targets(
    entered: Sequence[Values],
    *,
    names: Mapping[str, str],
    communes: Mapping[str, Values],
    units: Mapping[str, Values],
) -> dict[str, Any]:
    """Return each target with the ledger's figures of its unit or commune; what the ledger does not tell is ``None``.

    A target of a unit in a commune stands beside the figures of neither alone: the ledger has none for the two at once.

    Args:
        entered: targets of the span.
        names: commune → name.
        communes: commune → row of the ledger (``detected_m2``, ``claimed_m2``, ``verified_m2``, percentages).
        units: unit → row of the ledger by unit.
    """
    rows = []
    for one in sorted(entered, key=lambda v: (str(v["unit"]), str(v["commune"]), str(v["span"]))):
        unit, commune = str(one["unit"]), str(one["commune"])
        both = bool(unit and commune)
        figures: Values = {} if both else (units.get(unit, {}) if unit else communes.get(commune, {}))
        wanted, claimed = one["target_m2"], figures.get("claimed_m2")
        rows.append(
            {
                "unit": unit,
                "commune": commune,
                "commune_name": names.get(commune, ""),
                "span": one["span"],
                "target_m2": wanted,
                "target_pct": one["target_pct"],
                **{name: figures.get(name) for name in _FIGURES},
                "claimed_of_target_pct": None if not wanted or claimed is None else floored(claimed, wanted),
                "date": one["date"],
                "source": one.get("source", ""),
                "why": "unit_and_commune" if both else ("" if figures else "no_figures"),
            }
        )
    return {"rows": rows}
