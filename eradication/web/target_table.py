"""Targets that were set to units and communes, beside what was reached: never a percentage without its area."""

from collections.abc import Mapping, Sequence
from typing import Any

from eradication.errors import N_
from eradication.i18n import number, translator
from eradication.web.sheets import Cell, Table, heads

type Values = Mapping[str, Any]

_AREAS = ("target_m2", "detected_m2", "claimed_m2", "verified_m2")


def made(rows: Sequence[Values], span: str, language: str) -> Table:
    """Return the table of targets of a season or a year; ``rows`` as :func:`eradication.facts.targets` tells them."""
    _ = translator(language)
    columns = heads(
        *(_, N_("Unit or commune"), N_("Season or year"), N_("Target (m²)"), N_("Target (%)")),
        *(N_("Detected (m²)"), N_("Claimed (m²)"), N_("Verified (m²)"), N_("Source")),
    )
    told = [_row(row, language) for row in rows]
    empty = _(N_("No target was entered for {span}.")).format(span=span)
    return Table(_(N_("Targets, beside what was reached")), columns, told, empty, numeric=frozenset(range(2, 7)))


def _row(row: Values, language: str) -> list[Cell]:
    name = ", ".join(filter(None, (row["unit"], row["commune_name"] or row["commune"])))
    wanted, *reached = (number(row[area], language) for area in _AREAS)
    return [name or "–", row["span"], wanted, number(row["target_pct"], language, 1), *reached, row["source"] or "–"]
