"""Answers on rows of visits as text: what was taken, what counts nothing as yet, what a correction changed."""

from eradication.cli.field_text import STATUS, hints
from eradication.cli.shell import Shell
from eradication.cli.text import Answer, table, word
from eradication.domain import Outcome
from eradication.errors import N_

IDLE = N_("kept, counts nothing as yet")


def visits(shell: Shell, answer: Answer) -> None:
    """Counts by status, then every row that is not simply accepted."""
    rows = answer["visits"]
    for status, title in STATUS.items():
        count = sum(row["status"] == status for row in rows)
        if count:
            shell.say(f"{shell.translate(title)}: {count}")
    told = [row for row in rows if row["status"] in ("refused", "conflict") or _is_idle(row)]
    idle = sum(map(_is_idle, rows))
    if idle:
        shell.say(shell.translate(N_("Of these kept without counting anything as yet: {count}")).format(count=idle))
    if told:
        headings = (N_("Line"), N_("Visit"), N_("Outcome"), N_("Status"), N_("Reason"))
        table(shell, headings, [_visit(shell, row) for row in told])
        hints(shell, told)
    strange = sorted({row["unit"] for row in rows if "unknown_unit" in row["checks"]})
    if strange:
        said = N_("Units in no table of units: {units}. Check how they are spelled, or import them.")
        shell.say(shell.translate(said).format(units=", ".join(strange)))
    failed = sum(bool({*row["checks"]} - {"unknown_unit"}) for row in rows)
    if failed:
        shell.say(
            shell.translate(N_("Rows with an incomplete form: {count} (details with --json)")).format(count=failed)
        )


def _is_idle(row: Answer) -> bool:
    return row["status"] == "accepted" and bool(row["reason"])


def _visit(shell: Shell, row: Answer) -> tuple[object, ...]:
    status = shell.translate(IDLE if _is_idle(row) else STATUS[row["status"]])
    return (
        row.get("line", ""),
        row["visit_id"],
        word(shell, Outcome, row["outcome"]),
        status,
        row["message"] or row["reason"],
    )


def corrected(shell: Shell, answer: Answer) -> None:
    """What became of a correction, then each change from → to."""
    visits(shell, answer)
    for row in answer["visits"]:
        for change in row.get("changed", ()):
            before, after = (_value(change[name]) for name in ("from", "to"))
            shell.say(f"  {change['field']}: {before} → {after}")
        if row.get("changed") == []:
            shell.say(shell.translate(N_("The table says what the visit says already.")))


def _value(value: object) -> str:
    if value is None:
        return "–"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
