"""What stands on the administrator's pages: units, boundaries, origins, backups, the audit, and whether all is well."""

from collections.abc import Mapping, Sequence
from typing import Any

from eradication.domain.job import JobState
from eradication.errors import N_
from eradication.i18n import Translate, number, translator
from eradication.web.answers import local
from eradication.web.facts_pages import taken
from eradication.web.officer_pages import day
from eradication.web.sheets import Act, Cell, Field, Form, Part, Sheet, Table, heads

type Values = Mapping[str, Any]
STATES = {"good": N_("in order"), "bad": N_("NOT IN ORDER"), "warn": N_("to be seen to")}


def units(
    rows: Sequence[Any], language: str, *, changes: bool, simulated: bool, told: Sequence[Values] | None = None
) -> Sheet:
    """Return the page of units."""
    _ = translator(language)
    columns = heads(_, N_("Code"), N_("Name"), N_("Kind"), N_("From"), N_("Until"), N_("Reports"))
    table = [
        [
            unit.code,
            unit.name,
            unit.kind.vietnamese[0] if language == "vi" else unit.kind.value.replace("_", " "),
            day(unit.valid_from.isoformat()),
            day(unit.valid_to.isoformat()) if unit.valid_to else "–",
            _(N_("yes")) if unit.reports else "",
        ]
        for unit in rows
    ]
    parts: list[Part] = [Table("", columns, table, _(N_("No unit is on record.")))]
    if changes:
        parts = [*taken(language, told), *parts, _upload(_, _(N_("Take in a table of units")), "/units", ".csv, .xlsx")]
    return Sheet(_(N_("Units")), parts, simulated)


def _upload(_: Translate, heading: str, action: str, kinds: str, *more: Field) -> Form:
    label = _(N_("File ({kinds})")).format(kinds=kinds)
    return Form(heading, action, [Field("file", label, "file", required=True), *more], _(N_("Take in")))


def boundaries(answer: Values, language: str, *, simulated: bool) -> Sheet:
    """Return the page of communes and their vintages."""
    _ = translator(language)
    columns = heads(_, N_("From"), N_("Until"), N_("Source"), N_("Communes"), N_("Without outline"), N_("Kind"))
    rows: list[list[Cell]] = [
        [
            day(one["valid_from"]),
            day(one["valid_to"]) if one["valid_to"] else "–",
            one["source"],
            number(one["units"], language),
            number(one["without_outline"], language),
            _(N_("approximate")) if one["approximate"] else _(N_("official")),
        ]
        for one in answer["vintages"]
    ]
    parts: list[Part] = [
        _(N_("Communes are dated: a report picks those of its day, and what is re-based is marked as an estimate.")),
        Table("", columns, rows, numeric=frozenset({3, 4})),
        _(N_("Official outlines come with the command: eradication boundaries import FILE --valid-from DATE")),
    ]
    return Sheet(_(N_("Boundaries and their vintages")), parts, simulated)


def origins(rows: Sequence[Values], language: str, *, simulated: bool) -> Sheet:
    """Return the page of origins and bundles."""
    _ = translator(language)
    columns = heads(_, N_("Origin"), N_("Name"), N_("Events"), N_("Head of the chain"))
    table: list[list[Cell]] = [
        [one["origin"], f"{one['name']} ({_(N_('this computer'))})" if one["own"] else one["name"],
         number(one["events"], language), one["head"]]
        for one in rows
    ]  # fmt: skip
    parts: list[Part] = [
        _(N_("Each computer chains its own events; bundles of laptops that were offline are merged in any order.")),
        Table("", columns, table, numeric=frozenset({2})),
        _(N_("Bundles come with the command: eradication bundle import FILE")),
    ]
    return Sheet(_(N_("Origins and bundles")), parts, simulated)


def backups(rows: Sequence[Values], folder: str, language: str, *, simulated: bool) -> Sheet:
    """Return the page of backups."""
    _ = translator(language)
    table: list[list[Cell]] = [[local(one["at"]), one["name"], number(one["bytes"] / 1e6, language, 1)] for one in rows]
    parts: list[Part] = [
        Table("", [_(N_("Written")), _(N_("File")), "MB"], table, _(N_("There is no backup yet.")), frozenset({2})),
        Act(_(N_("Write a backup now")), "/backups")
        if folder
        else _(N_("To write backups from here, name a folder on another disk: folder under [backup] in the settings.")),
        _(N_("A backup that was never restored is none: eradication restore FILE --verify")),
    ]
    return Sheet(_(N_("Backups")), parts, simulated)


def audit(last: Values | None, newest: Values | None, language: str, *, simulated: bool) -> Sheet:
    """Return the page of the audit: the last one that ended well, how the newest stands, and the button for another."""
    _ = translator(language)
    busy = newest is not None and newest["state"] in (JobState.QUEUED, JobState.RUNNING)
    parts: list[Part] = [
        _(N_("The audit reads every event and every file and sees any change, deletion or reordering.")),
        _(N_("An audit is under way; this page shows what it found when it is over."))
        if busy
        else Act(_(N_("Audit now")), "/audit"),
    ]
    if newest is not None and newest["state"] == JobState.FAILED:
        parts.append(_(N_("The newest audit could not be made; what hinders it stands on the page of long work.")))
    if last is not None:
        answer = last["answer"]
        said = N_("Audit of {when}: {state}.")
        parts.append(_(said).format(when=local(last["ended_at"]), state=_(STATES["good" if answer["ok"] else "bad"])))
        rows: list[list[Cell]] = [
            [one["origin"], number(one["events"], language), _(STATES["good" if one["ok"] else "bad"]),
             "–" if one["first_bad"] is None else str(one["first_bad"])]
            for one in answer["origins"]
        ]  # fmt: skip
        columns = heads(_, N_("Origin"), N_("Events"), N_("State"), N_("First bad event"))
        parts.append(Table("", columns, rows, numeric=frozenset({1})))
        parts.append(_(N_("Fingerprint for the minutes: {text}")).format(text=answer["fingerprint"]))
    return Sheet(_(N_("Audit")), parts, simulated, busy=busy)


def doctor(answer: Values, language: str, *, simulated: bool) -> Sheet:
    """Return the page that says whether all is well."""
    _ = translator(language)
    levels = {"ok": "good", "warn": "warn"}
    rows: list[list[Cell]] = [
        [_(STATES[levels.get(one["level"], "bad")]), one["found"], one["advice"]] for one in answer["checks"]
    ]
    columns = heads(_, N_("State"), N_("What was found"), N_("What to do"))
    said = N_("This computer is fit for the job.") if answer["ok"] else N_("Something is not in order.")
    return Sheet(_(N_("Is all well?")), [_(said), Table("", columns, rows)], simulated)
