"""What stands on the pages of facts, deadlines, and former plots without another crop."""

from collections.abc import Mapping, Sequence
from typing import Any

from eradication.domain.fact import IDENTIFYING, FactKind
from eradication.errors import N_
from eradication.i18n import Translate, number, translator
from eradication.pipeline.not_yet import NEVER
from eradication.pipeline.words import sentence
from eradication.web import plot_pages
from eradication.web.answers import local
from eradication.web.officer_pages import day
from eradication.web.plot_pages import day_of
from eradication.web.sheets import Act, Cell, Field, Form, Link, Part, Sheet, Table, heads

type Values = Mapping[str, Any]

_APART = frozenset({"kind", "geometry", "source", "recorded_at", "earlier", "withdrawn"})
"""What a table of facts has no column of its own for, or one at its end."""
STATUSES = {"accepted": N_("accepted"), "duplicate": N_("known already"), "refused": N_("refused")}
COLUMNS = {
    "unit": N_("Unit"),
    "commune": N_("Commune"),
    "commune_name": N_("Name of the commune"),
    "village": N_("Village"),
    "span": N_("Season or year"),
    "period": N_("Period"),
    "year": N_("Year"),
    "date": N_("Date"),
    "target_m2": N_("Target (m²)"),
    "target_pct": N_("Target (%)"),
    "area_m2": N_("Area (m²)"),
    "plants": N_("Plants"),
    "vintage": N_("Boundaries of"),
    "households": N_("Households"),
    "signed": N_("Signed"),
    "detected_m2": N_("Detected (m²)"),
    "claimed_m2": N_("Claimed (m²)"),
    "verified_m2": N_("Verified (m²)"),
    "conversion_id": N_("Conversion"),
    "crop": N_("Crop"),
}
"""What a column of facts is called; a column that is not here keeps its own name."""
OVERDUE = {
    "not_destroyed": N_("found, not destroyed in time"),
    "tip_not_visited": N_("tip that nobody went to see in time"),
    "not_revisited": N_("destroyed, not checked again in time"),
}


def taken(language: str, rows: Sequence[Values] | None) -> list[Part]:
    """Return what became of the rows of a table that was handed in: why not, or what to look at once more."""
    if rows is None:
        return []
    _ = translator(language)
    told: list[list[Cell]] = [
        [
            str(row["line"]),
            _(STATUSES.get(str(row["status"]), N_("refused"))),
            "; ".join(filter(None, [str(row["message"]), *(_warning(one, language) for one in row["warnings"])])),
        ]
        for row in rows
    ]
    return [Table(_(N_("What became of each row")), heads(_, N_("Line"), N_("State"), N_("Why")), told)]


def _warning(code: str, language: str) -> str:
    """Return a warning in words; what it is about may follow its code."""
    name, _, what = code.partition(":")
    return ": ".join(filter(None, [sentence(name, language, translator(language)), what]))


def facts(
    rows: Sequence[Values], language: str, *, enters: bool, simulated: bool, told: Sequence[Values] | None = None
) -> Sheet:
    """Return the page of facts and targets."""
    _ = translator(language)
    parts = taken(language, told)
    if enters:
        kinds = [(kind.value, kind.vietnamese[0] if language == "vi" else kind.value) for kind in FactKind]
        fields = [
            Field("file", _(N_("File ({kinds})")).format(kinds=".csv, .xlsx, .geojson, .gpkg"), "file", required=True),
            Field("kind", _(N_("Kind of facts")), "select", options=[("", _(N_("as the table says"))), *kinds]),
        ]
        parts.append(Form(_(N_("Take in a table of facts")), "/facts", fields, _(N_("Take in"))))
    for kind in FactKind:
        mine = [row for row in rows if row["kind"] == kind.value]
        named = [*IDENTIFYING[kind]]
        others = sorted({name for row in mine for name in row} - {*named, *_APART})
        told_rows: list[list[Cell]] = [
            [
                *(_value(name, row.get(name), language) for name in (*named, *others)),
                str(row.get("source") or ""),
                day_of(row["recorded_at"]),
            ]
            for row in mine
        ]
        columns = [_(COLUMNS.get(name, name.replace("_", " "))) for name in (*named, *others)] + heads(
            _, N_("Source"), N_("Recorded")
        )
        heading = kind.vietnamese[0] if language == "vi" else kind.value.replace("_", " ")
        parts.append(Table(heading.capitalize(), columns, told_rows))
    if not rows:
        parts.append(_(N_("No target, baseline or other fact has been entered yet.")))
    return Sheet(_(N_("Facts and targets")), parts, simulated)


def _value(name: str, value: Any, language: str) -> str:
    if isinstance(value, bool) or value is None:
        return "" if not value else "✓"
    if isinstance(value, int | float):
        return str(value) if name == "year" else number(value, language)
    return day(value) if name == "date" else str(value)


def deadlines(
    told: Sequence[Values],
    overdue: tuple[Sequence[Values], str],
    language: str,
    units: Sequence[str],
    *,
    files: bool,
    simulated: bool,
) -> Sheet:
    """Return the page of deadlines: which unit has not reported, and what is overdue.

    Args:
        told: periods with ``period``, ``due``, ``units``, ``reminders``.
        overdue: as the ledger lists it, with the communes' names, and of when that is if it is not of now.
        language: of the page.
        units: codes that may have filed.
        files: whether this person notes that a report came in.
        simulated: whether anything is.
    """
    _ = translator(language)
    parts: list[Part] = []
    for period in told:
        rows: list[list[Cell]] = [
            [row["unit"], _filed(_, row, period["period"], files=files)] for row in period["units"]
        ]
        heading = _(N_("{period}: due before {day}")).format(period=period["period"], day=day(period["due"]))
        parts.append(Table(heading, heads(_, N_("Unit"), N_("Report")), rows, _(N_("No unit is expected to report."))))
    table: list[list[Cell]] = [
        [
            _(OVERDUE.get(row["what"], N_("overdue"))),
            Link(row["code"] or row["plot"], f"/plots/{row['plot']}") if row["plot"] else "–",
            row["commune"] or "–",
            row["unit"] or "–",
            number(row["days"], language),
        ]
        for row in overdue[0]
    ]
    columns = heads(_, N_("What"), N_("Plot"), N_("Commune"), N_("Unit"), N_("Days overdue"))
    parts.append(Table(_(N_("Overdue")), columns, table, _(N_("Nothing is overdue.")), frozenset({4})))
    if overdue[1] == NEVER:
        parts.append(_(N_("Visits of tips are being counted for the first time: no overdue tip is listed yet.")))
    elif overdue[1]:
        parts.append(
            _(N_("Visits of tips are of {when}; they are counted anew every ten minutes at most.")).format(
                when=local(overdue[1])
            )
        )
    if files:
        parts.append(_filing(_, told, units))
    return Sheet(_(N_("Deadlines and overdue")), parts, simulated)


def _filed(_: Translate, row: Values, period: str, *, files: bool) -> Cell:
    if row["filed_on"]:
        said = N_("filed {day}, on time") if row["on_time"] else N_("filed {day}, late")
        return _(said).format(day=day(row["filed_on"]))
    if files:
        return Act(_(N_("not yet – note that it came in today")), "/deadlines", {"unit": row["unit"], "period": period})
    return _(N_("not yet"))


def _filing(_: Translate, told: Sequence[Values], units: Sequence[str]) -> Form:
    fields = [
        Field("unit", _(N_("Unit")), "select", options=[(unit, unit) for unit in units]),
        Field("period", _(N_("Period")), "select", options=[(one["period"], one["period"]) for one in told]),
        Field("day", _(N_("Day on which it came in")), "date"),
    ]
    return Form(_(N_("Note a report of another day")), "/deadlines", fields, _(N_("Note it")))


def former(rows: Sequence[Values], language: str, *, simulated: bool) -> Sheet:
    """Return the page of former plots on whose ground no other crop has been brought."""
    _ = translator(language)
    table: list[list[Cell]] = [
        [
            Link(row["code"], f"/plots/{row['plot']}"),
            row["commune"] or "–",
            row["season"],
            number(row["detected_m2"], language),
            plot_pages.state(row["state"], language),
        ]
        for row in rows
    ]
    columns = heads(_, N_("Plot"), N_("Commune"), N_("Last season"), N_("Detected (m²)"), N_("State then"))
    parts: list[Part] = [
        _(N_("Poppy was found here, and no conversion to another crop is on record that lies on it: people may plant"
             " again where nothing else brings them a living.")),
        Table("", columns, table, _(N_("There is none: every former plot has a conversion, or nothing was found.")),
              frozenset({3})),
    ]  # fmt: skip
    return Sheet(_(N_("Former plots without another crop")), parts, simulated)
