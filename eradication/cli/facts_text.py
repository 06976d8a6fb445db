"""Answers on units and facts as text."""

import re
from datetime import date
from typing import Any

from eradication.cli.field_text import STATUS, hints
from eradication.cli.shell import Shell
from eradication.cli.text import SIMULATED, Answer, table, word
from eradication.domain import FactKind, UnitKind, VillageKind
from eradication.errors import N_
from eradication.i18n import number
from eradication.pipeline.words import sentence

LABELS = {
    "target_m2": N_("target (m²)"),
    "target_pct": N_("target (%)"),
    "area_m2": N_("area (m²)"),
    "detected_m2": N_("detected (m²)"),
    "claimed_m2": N_("claimed (m²)"),
    "verified_m2": N_("verified (m²)"),
    "plots": N_("plots"),
    "plants": N_("plants"),
    "households": N_("households"),
    "signed": N_("signed"),
    "has_mailbox": N_("has a mailbox"),
    "village_kind": N_("kind of village"),
    "lon": N_("longitude"),
    "lat": N_("latitude"),
    "vintage": N_("boundaries of"),
    "crop": N_("crop"),
    "plot": N_("plot"),
    "case_ref": N_("case file"),
    "withdrawn": N_("taken back"),
}
"""Column of a fact → its words; what is not here is shown by its own name."""
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DECIMALS = {"lon": 5, "lat": 5, "target_pct": 1}
_HIDDEN = (
    *("kind", "commune", "commune_name", "village", "unit", "recorded_at", "earlier", "source", "note", "date"),
    *("span", "year", "period", "conversion_id", "outline_m2", "reported_on", "converted_on"),
)


def units(shell: Shell, answer: Answer) -> None:
    """Counts by status, refused rows and what to do, warnings."""
    _rows(shell, answer, answer["units"], N_("Unit"), lambda row: row["code"])


def facts(shell: Shell, answer: Answer) -> None:
    """Counts by status, refused rows and what to do, warnings."""
    _rows(shell, answer, answer["facts"], N_("Fact"), lambda row: _named(shell, row))


def _named(shell: Shell, row: Answer) -> str:
    kind = word(shell, FactKind, row["kind"])
    return f"{kind} {' / '.join(part for part in row['names'] if part)}".strip()


def _rows(shell: Shell, answer: Answer, rows: list[Answer], heading: str, name: Any) -> None:
    _ = shell.translate
    if answer["simulated"]:
        shell.say(_(SIMULATED))
    for status in ("accepted", "duplicate", "refused"):
        count = sum(row["status"] == status for row in rows)
        if count:
            shell.say(f"{_(STATUS[status])}: {count}")
    refused = [row for row in rows if row["status"] == "refused"]
    if refused:
        cells = [(row["line"], name(row), row["message"]) for row in refused]
        table(shell, (N_("Line"), heading, N_("Reason")), cells)
        hints(shell, refused)
    warned = [row for row in rows if row["warnings"]]
    if warned:
        said = [(row["line"], name(row), _warnings(shell, row["warnings"])) for row in warned]
        table(shell, (N_("Line"), heading, N_("Warning")), said)


def _warnings(shell: Shell, codes: list[str]) -> str:
    told = []
    for code in codes:
        name, colon, value = code.partition(":")
        told.append(sentence(name, shell.language, shell.translate) + (f": {value}" if colon else ""))
    return "; ".join(told)


def listed_units(shell: Shell, answer: Answer) -> None:
    """One row per span of a unit."""
    _ = shell.translate
    if answer["simulated"]:
        shell.say(_(SIMULATED))
    headings = (
        *(N_("Unit"), N_("Name"), N_("Kind"), N_("Above it"), N_("Valid from"), N_("Valid to")),
        *(N_("Followed by"), N_("Reports"), N_("Communes")),
    )
    rows = [
        (
            *(unit["code"], unit["name"], word(shell, UnitKind, unit["kind"]), unit["parent"] or "–"),
            *(unit["valid_from"], unit["valid_to"] or "–", unit["successor"] or "–"),
            *(_(N_("yes")) if unit["reports"] else "–", ", ".join(unit["communes"]) or "–"),
        )
        for unit in answer["units"]
    ]
    table(shell, headings, rows)


def listed_facts(shell: Shell, answer: Answer) -> None:
    """One row per fact: what of, where or whose, when, what it says, its source."""
    _ = shell.translate
    if answer["simulated"]:
        shell.say(_(SIMULATED))
    headings = (N_("Fact"), N_("Place or unit"), N_("Time"), N_("Says"), N_("Source"), N_("Entered before"))
    table(shell, headings, [_fact(shell, row) for row in answer["facts"]], numeric=(5,))


def _fact(shell: Shell, row: Answer) -> tuple[object, ...]:
    commune = row.get("commune_name") or row.get("commune") or ""
    where = [part for part in (row.get("unit"), row.get("village"), commune) if part]
    times = ("span", "year", "period", "converted_on", "date")
    when = next((_when(str(row[name])) for name in times if row.get(name)), "–")
    says = [
        f"{_label(shell, name)}: {_value(shell, name, value)}"
        for name, value in row.items()
        if name not in _HIDDEN and value not in ("", None)
    ]
    place = ", ".join(where) or shell.translate(N_("the province"))
    return word(shell, FactKind, row["kind"]), place, when, "; ".join(says), row.get("source", ""), row["earlier"]


def _when(text: str) -> str:
    """Write a day as people here read it; a season, year or period as it is."""
    return f"{date.fromisoformat(text):%d/%m/%Y}" if _DAY.fullmatch(text) else text


def _label(shell: Shell, name: str) -> str:
    return shell.translate(LABELS[name]) if name in LABELS else name.replace("_", " ")


def _value(shell: Shell, name: str, value: Any) -> str:
    if isinstance(value, bool):
        return shell.translate(N_("yes")) if value else shell.translate(N_("NO"))
    if name == "village_kind":
        return word(shell, VillageKind, str(value))
    if name == "vintage":
        return f"{date.fromisoformat(str(value)):%d/%m/%Y}"
    return number(value, shell.language, _DECIMALS.get(name, 0)) if isinstance(value, int | float) else str(value)
