"""Answers on tips and forms as text."""

from eradication.cli.field_text import STATUS, hints
from eradication.cli.shell import Shell
from eradication.cli.text import NOT_A_FINDING, SIMULATED, Answer, local, table, word
from eradication.cli.visits_text import visits
from eradication.domain import Crop
from eradication.errors import N_
from eradication.i18n import number
from eradication.pipeline.words import sentence

_MOST_NAMED = 10


def tips(shell: Shell, answer: Answer) -> None:
    """Counts by status, then every row that is not simply accepted, then what was warned of."""
    rows = answer["tips"]
    for status, title in STATUS.items():
        count = sum(row["status"] == status for row in rows)
        if count:
            shell.say(f"{shell.translate(title)}: {count}")
    told = [row for row in rows if row["status"] in ("refused", "conflict")]
    if told:
        headings = (N_("Line"), N_("Tip"), N_("Status"), N_("Reason"))
        cells = [(r["line"], r["tip_id"], shell.translate(STATUS[r["status"]]), r["message"]) for r in told]
        table(shell, headings, cells)
        hints(shell, told)
    warned = [row for row in rows if row["warnings"]]
    if warned:
        said = [(r["line"], r["tip_id"], _warnings(shell, r["warnings"])) for r in warned]
        table(shell, (N_("Line"), N_("Tip"), N_("Warning")), said)
    proposed = len({row["plot"] for row in rows if row["plot"]})
    if proposed:
        shell.say(shell.translate(N_("Places to check: {count}; see `eradication plots list`.")).format(count=proposed))
        shell.say(shell.translate(NOT_A_FINDING))


def _warnings(shell: Shell, codes: list[str]) -> str:
    told = []
    for code in codes:
        name, colon, value = code.partition(":")
        told.append(sentence(name, shell.language, shell.translate) + (f": {value}" if colon else ""))
    return "; ".join(told)


def listed_tips(shell: Shell, answer: Answer) -> None:
    """One row per tip."""
    if answer["simulated"]:
        shell.say(shell.translate(SIMULATED))
    headings = (
        *(N_("Tip"), N_("Unit"), N_("Received"), N_("Place"), N_("Commune"), N_("Radius (m)"), N_("Crop")),
        *(N_("Plot"), N_("Answered by"), N_("Source kept")),
    )
    yes = shell.translate(N_("yes"))
    rows = [
        (
            *(tip["tip_id"], tip["unit"], local(tip["received_at"]), tip["place"], tip["commune"]),
            *(number(tip["radius_m"], shell.language), word(shell, Crop, tip["crop"]) if tip["crop"] else "–"),
            *(tip["code"] or "–", tip["answered_by"] or "–", yes if tip["source_kept"] else "–"),
        )
        for tip in answer["tips"]
    ]
    table(shell, headings, rows, numeric=(5,))
    for tip in answer["tips"]:
        if tip.get("note"):
            shell.say(f"{tip['tip_id']}: {tip['note']}")
    shell.say(shell.translate(NOT_A_FINDING))


def answered(shell: Shell, answer: Answer) -> None:
    """What stands as the answer to a tip."""
    said = N_("Tip {tip}: {answer}")
    words = answer["visit"] or answer["reason"]
    shell.say(shell.translate(said).format(tip=answer["tip"], answer=words))


def forms(shell: Shell, answer: Answer) -> None:
    """What became of the files, then of the visits and tips in them, then which files beside them are missing."""
    files = answer["files"]
    for status, title in {**STATUS, "skipped": N_("empty forms, skipped")}.items():
        count = sum(file["status"] == status for file in files)
        if count:
            shell.say(f"{shell.translate(N_('Files'))}, {shell.translate(title)}: {count}")
    told = [file for file in files if file["message"]]
    if told:
        rows = [(file["path"].rsplit("/", 1)[-1], file["message"]) for file in told]
        table(shell, (N_("File"), N_("Reason")), rows)
        hints(shell, told)
    if answer["visits"]:
        shell.say(f"{shell.translate(N_('Visits'))}:")
        visits(shell, answer)
    if answer["tips"]:
        shell.say(f"{shell.translate(N_('Tips'))}:")
        tips(shell, answer)
    found = [one for one in answer["attachments"] if one["found"]]
    missing = [one["file"] for one in answer["attachments"] if not one["found"]]
    if found:
        shell.say(shell.translate(N_("Photos and other files kept: {count}")).format(count=len(found)))
    if missing:
        names = ", ".join(missing[:_MOST_NAMED]) + (" …" if len(missing) > _MOST_NAMED else "")
        shell.say(shell.translate(N_("Named in forms but not handed in: {names}")).format(names=names))
