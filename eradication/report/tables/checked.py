"""What machines and rules say of the entries: checks of destructions, findings, and verifications that were forced."""

from collections.abc import Mapping
from typing import Any

from eradication.errors import N_
from eradication.report import beside_words, check_words, words
from eradication.report.reasons import sentence
from eradication.report.tables.parts import Group, Table, Writer

FORCED = N_("Verifications not independent but insisted on, or by a unit in no table: they count in full")
OTHER_UNIT = N_("of another unit")
_NOTHING = N_("Nothing to list.")
_FOUND = (N_("Plot"), N_("What"))

type Told = list[tuple[str, str]]
"""Place and sentence of each finding."""


def checks(write: Writer) -> Group:
    """Return the five signs of each destruction, with a sentence for whatever failed."""
    table = Table(
        "",
        write.headings((N_("Plot"), N_("Visit"), *check_words.NAMES.values(), N_("What"))),
        [_check(write, row) for row in write.view.checks],
        write(N_("Nothing was eradicated in this season.")),
        left=frozenset(range(3 + len(check_words.NAMES))),
        key="checks",
        kind="checks",
        codes=frozenset({0}),
    )
    note = write(N_("✓ passed, ✗ failed, ? cannot tell. A check changes no state: a person judges."))
    return Group(write(N_("Automatic checks of eradications")), (), (table,), "checks", (note,))


def _check(write: Writer, row: Mapping[str, Any]) -> list[str]:
    told = row["checks"]
    signs = [check_words.sign([one["status"] for one in told if one["check"] == name]) for name in check_words.NAMES]
    failed = [f"✗ {words.clean(one['message'])}" for one in told if one["status"] == "failed"]
    visit = words.clean(beside_words.row_named(str(row["visit"]), write.language)) or write(OTHER_UNIT)
    return [write.text(row["code"]), visit, *signs, "\n".join(failed)]


def findings(write: Writer) -> Group:
    """Return what had no effect, waits for a person or is warned of, and apart from it what was forced."""
    found, forced = found_and_forced(write)
    tables = [_findings(write, "findings", "", found)]
    if forced:
        tables.append(_findings(write, "forced", FORCED, forced))
    return Group(write(N_("Entries without effect, and warnings")), (), tables, "findings")


def _findings(write: Writer, key: str, title: str, told: Told) -> Table:
    headings, both = write.headings(_FOUND), frozenset({0, 1})
    shown = write(title) if title else ""
    return Table(shown, headings, told, write(_NOTHING), left=both, key=key, kind="findings", codes=frozenset({0}))


def found_and_forced(write: Writer) -> tuple[Told, Told]:
    """Return (place, sentence) of what had no effect, waits for a person or is warned of, and of what was forced.

    A verification that was forced counts in full: it does not stand among rows without effect.
    """
    view = write.view
    listed = view.ledger.get("findings")
    warnings = [("–", words.clean(text)) for text in view.warnings]
    if not isinstance(listed, list):
        told = (
            (words.clean(row.episode.plot.code), sentence(reason, view.language, view.translate))
            for row in view.plots
            for reason in row.episode.out_of_place
        )
        return [*told, *warnings], []
    found: Told = []
    forced: Told = []
    for item in (item for item in listed if isinstance(item, Mapping)):
        code = item.get("code") or write.code(item.get("plot_id"))
        row = beside_words.finding({**item, "code": code}, view.language, view.translate)
        (forced if item.get("kind") in ("forced", "doubtful") else found).append(row)
    return found + warnings, forced
