"""One row of a visit table and what its cells say: texts, codes, numbers within what can be meant.

A cell that cannot be right raises :class:`RefusedInput` whose message names its column and whose hint says what to
write; the place of the row in its file is added where the row is read (:mod:`eradication.ingest.visits`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eradication.domain import Outcome, parse_code
from eradication.domain.codes import Code
from eradication.errors import N_, RefusedInput
from eradication.ingest import table_cells

MOST_AREA_M2 = 1e7
MOST_PLANTS = 1e9


@dataclass(frozen=True, slots=True)
class Row:
    """Cells of one row by column, and how the file writes numbers."""

    cells: Mapping[str, Any]
    grouped: bool
    """The file writes decimals with commas."""

    def text(self, field: str) -> str:
        """Return a cell as clean text, empty where there is none."""
        return table_cells.text(self.cells.get(field))

    def number(self, field: str, least: float = 0.0) -> float | None:
        """Return a cell as a number, ``None`` where it is empty; see :func:`table_cells.number`.

        Raises:
            RefusedInput: ``bad_number``, ``ambiguous_number``.
        """
        return table_cells.number(self.cells.get(field), field, grouped=self.grouped, least=least)

    def code(self, field: str, kind: type[Code]) -> Any:
        """Return a cell as a member of ``kind``, ``None`` where it is empty.

        Raises:
            RefusedInput: ``unknown_code``.
        """
        written = self.text(field)
        return parse_code(kind, written, field) if written else None


def missing(field: str) -> RefusedInput:
    """Return the refusal of a row that leaves a required column empty."""
    hint = N_("Fill in the column {field}.")
    return RefusedInput("missing_field", N_("{field} is missing."), hint=hint, values={"field": field})


def bad_area(row: Row) -> RefusedInput:
    """Return the refusal of an area that is no area of a plot."""
    return RefusedInput(
        "bad_area",
        N_("An area of {text} m² cannot be right."),
        hint=N_("Give area_m2 in square metres, above 0 and at most {most}."),
        values={"text": row.text("area_m2"), "most": f"{MOST_AREA_M2:.0f}"},
    )


def officers(row: Row) -> tuple[str, ...]:
    """Return who was there, each once.

    Raises:
        RefusedInput: ``missing_field``.
    """
    value = row.cells["officers"]
    parts = value if isinstance(value, list) else re.split(r"[;,/|+]", table_cells.text(value))
    named = tuple(dict.fromkeys(name for part in parts if (name := table_cells.text(part))))
    if not named:
        raise missing("officers")
    return named


def share(row: Row, field: str) -> float | None:
    """Return a share of 0 … 1, which may be written as a percentage.

    Raises:
        RefusedInput: ``bad_fraction``, ``bad_probability``, ``bad_number``.
    """
    written = row.text(field)
    percent = written.endswith("%")
    value = table_cells.number(written[:-1] if percent else row.cells.get(field), field, most=100.0)
    if value is None:
        return None
    value = value / 100.0 if percent else value
    if not 0.0 <= value <= 1.0:
        kind = "bad_fraction" if field == "destroyed_fraction" else "bad_probability"
        raise RefusedInput(
            kind,
            N_("{field} is {text}, but must lie between 0 and 1."),
            hint=N_("Write a share such as 0.8, or a percentage with its sign such as 80%."),
            values={"field": field, "text": written},
        )
    return value


def area_m2(row: Row, outcome: Outcome) -> float | None:
    """Return the measured area in m²; a detection must have one and say how it was measured.

    Raises:
        RefusedInput: ``missing_field``, ``bad_area``, ``bad_number``.
    """
    area = row.number("area_m2")
    if outcome is Outcome.DETECTED:
        for field in ("area_m2", "area_method"):
            if not row.text(field):
                raise missing(field)
    if area is not None and not 0.0 < area <= MOST_AREA_M2:
        raise bad_area(row)
    return area


def plant_count(row: Row) -> int | None:
    """Return the number of plants.

    Raises:
        RefusedInput: ``bad_number``.
    """
    count = row.number("plant_count")
    if count is None:
        return None
    if count < 0 or not count.is_integer() or count > MOST_PLANTS:
        raise RefusedInput(
            "bad_number",
            N_("'{text}' in {field} is not a number of plants."),
            hint=N_("Write a whole number without a sign, or leave the cell empty."),
            values={"text": row.text("plant_count"), "field": "plant_count"},
        )
    return int(count)
