"""The change of the detected area against baselines of earlier years (I9)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from eradication.facts.shares import floored

STATED, SUMMED = "province", "communes"
"""Where a province's figure comes from."""


@dataclass(frozen=True, slots=True)
class Base:
    """The baseline of one year, told on the vintage asked for."""

    year: int
    communes: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    """Commune → whole m² and mark (empty, or that of an estimated conversion)."""
    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Commune → sources of its figure."""
    province_m2: int | None = None
    """The province's own figure, if one was entered."""
    province_source: str = ""
    left_m2: int = 0
    """Of communes that have no place in this vintage."""
    mixed: bool = False
    """Figures of more than one vintage stand beside one another."""


def changes(
    bases: Sequence[Base], totals: Mapping[str, int], names: Mapping[str, str], *, before: int, year: int | None = None
) -> dict[str, Any]:
    """Return the change of the detected area against every year's baseline, one of them for the headline.

    The headline is ``year``, else the latest year before ``before``; the province's own figure goes before the sum of
    communes, and that sum stands for the province only where every commune has a figure.

    Args:
        bases: one for each year.
        totals: commune → detected m²; a code of no commune (abroad, unknown) counts in the province's total.
        names: commune → name, of all communes of the vintage.
        before: the year the totals are of.
        year: the year whose baseline is wanted.
    """
    told = sorted(bases, key=lambda base: base.year)
    years = [_of_province(base, totals, names) for base in told]
    earlier = [one for one in years if (one["year"] < before if year is None else one["year"] == year)]
    head = earlier[-1] if earlier else dict.fromkeys(("year", "m2", "source", "change_pct"))
    rows = [row for base in told for row in _of_communes(base, totals, names)]
    return {**{name: head[name] for name in ("year", "m2", "source", "change_pct")}, "rows": rows, "years": years}


def _of_province(base: Base, totals: Mapping[str, int], names: Mapping[str, str]) -> dict[str, Any]:
    summed = sum(m2 for m2, _ in base.communes.values()) + base.left_m2 if base.communes or base.left_m2 else None
    missing = sorted(set(names) - set(base.communes))
    known = base.province_m2 if base.province_m2 is not None else (None if missing else summed)
    detected = sum(totals.values())
    sources = sorted({source for told in base.sources.values() for source in told})
    stated = base.province_m2 is not None
    why = "" if known else ("communes_missing" if missing and not stated else "baseline_zero")
    return {
        "year": base.year,
        "m2": known,
        "detected_m2": detected,
        "change_pct": None if known is None else floored(detected - known, known),
        "source": base.province_source if stated else "; ".join(sources) or None,
        "of": STATED if stated else SUMMED,
        "sum_of_communes_m2": summed,
        "communes_without": len(missing),
        "without_place_m2": base.left_m2,
        "mixed_vintages": base.mixed,
        "estimated": any(mark for _, mark in base.communes.values()),
        "why": why,
    }


def _of_communes(base: Base, totals: Mapping[str, int], names: Mapping[str, str]) -> list[dict[str, Any]]:
    rows = []
    for code in sorted(base.communes):
        m2, mark = base.communes[code]
        detected = totals.get(code, 0)
        rows.append(
            {
                "key": code,
                "name": names.get(code, code),
                "year": base.year,
                "m2": m2,
                "detected_m2": detected,
                "change_pct": floored(detected - m2, m2),
                "mark": mark,
                "source": "; ".join(base.sources.get(code, ())),
            }
        )
    return rows
