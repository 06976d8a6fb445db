"""Answers about imagery as text."""

import sys
from datetime import date
from typing import Any

from eradication.cli.shell import Shell
from eradication.cli.text import Answer, local, table
from eradication.errors import N_
from eradication.i18n import number
from eradication.pipeline.outputs import sentence


def _periods(shell: Shell, rows: list[Answer]) -> None:
    """One row for each ten days from the first image to the last; empty ones between them are gaps."""
    seen = [number for number, row in enumerate(rows) if row["items"]]
    if not seen:
        return
    headings = (
        N_("Ten days"),
        N_("Images"),
        N_("Clouds (%)"),
        N_("Baselines"),
        N_("Offset decided by"),
        N_("Here"),
        N_("GB here"),
    )
    cells = [
        (
            f"{date.fromisoformat(row['start']):%d/%m} – {date.fromisoformat(row['end']):%d/%m/%Y}",
            row["items"] or "–",
            number(row["cloud_percent"], shell.language),
            _counts(row["baselines"]),
            _counts(row["offset_rules"]),
            row["cached"],
            number(row["cached_gb"], shell.language, 2),
        )
        for row in rows[seen[0] : seen[-1] + 1]
    ]
    table(shell, headings, cells, numeric=(1, 2, 5, 6))


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(name if len(counts) == 1 else f"{name} ×{count}" for name, count in counts.items())


def found(shell: Shell, answer: Answer) -> None:
    """What an archive has."""
    _ = shell.translate
    shell.say(_(N_("{address}: {items} images of season {season}, {cached} of them here")).format(**answer))
    _periods(shell, answer["periods"])
    failures(shell, answer["failed"])


def listed(shell: Shell, answer: Answer) -> None:
    """What is here."""
    _ = shell.translate
    if not answer["sources"]:
        shell.say(_(N_("No imagery has been fetched into this workspace.")))
    for source in answer["sources"]:
        size = number(source["cached_gb"], shell.language, 2)
        shell.say(_(N_("{name}: {items} images, {gb} GB")).format(name=_name(shell, source), gb=size, **_items(source)))
        _periods(shell, source["periods"])


def _items(source: Answer) -> dict[str, Any]:
    return {"items": source["items"]}


def _name(shell: Shell, source: Answer) -> str:
    return str(source["title"].get(shell.language) or source["source"])


def status(shell: Shell, answer: Answer) -> None:
    """Size, age, gaps and failures of every source."""
    _ = shell.translate
    if not answer["sources"]:
        shell.say(_(N_("No imagery has been fetched into this workspace.")))
    for source in answer["sources"]:
        size = number(source["gb"], shell.language, 2)
        shell.say(_(N_("{name}: {items} images, {gb} GB")).format(name=_name(shell, source), gb=size, **_items(source)))
        _age(shell, source)
        for gap in source["gaps"]:
            words = {"days": number(gap["days"], shell.language), "a": local(gap["after"]), "b": local(gap["before"])}
            shell.say(_(N_("  No image for {days} days: {a} to {b}")).format(**words))
        failures(shell, source["failed"])


def _age(shell: Shell, source: Answer) -> None:
    _ = shell.translate
    if source["newest"] is None:
        return
    days = number(source["days_since_newest"], shell.language)
    words = {
        "newest": local(source["newest"]),
        "days": days,
        "expected": number(source["expected_days"], shell.language),
    }
    shell.say(_(N_("  Newest image: {newest}, {days} days ago; expected every {expected} days")).format(**words))
    if source["late"]:
        shell.say(
            _(N_("  LATE: a newer image was to be expected. Fetch again, or look whether the archive has a fault."))
        )


def estimate(shell: Shell, answer: Answer) -> None:
    """Say on stderr what a fetch costs, before it begins; with --json too, where someone may be watching."""
    _ = shell.translate
    shell.stop_progress()
    ahead, language = answer["estimate"], shell.language
    missing, needed = number(ahead["missing_gb"], language, 2), number(ahead["needed_gb"], language, 2)
    words = {"missing": missing, "needed": needed, "files": ahead["files_missing"], "items": answer["items"]}
    lines = [_(N_("To fetch: {missing} of {needed} GB, {files} files of {items} images")).format(**words)]
    if ahead["seconds"] is not None:
        how = _(RATES[ahead["rate_source"]])
        pace = {"minutes": number(ahead["seconds"] / 60, language, 1), "mb": number(ahead["rate_mb_s"], language, 1)}
        lines.append(_(N_("Time: about {minutes} minutes at {mb} MB/s ({how})")).format(how=how, **pace))
    if ahead["headers_read"] < ahead["files"]:
        told = _(N_("(from the headers of {read} of {files} files)"))
        lines.append(told.format(read=ahead["headers_read"], files=ahead["files"]))
    print("\n".join(lines), file=sys.stderr)  # noqa: T201


RATES = {
    "measured": N_("measured just now"),
    "remembered": N_("as in the last fetch"),
}


def fetched(shell: Shell, answer: Answer) -> None:
    """What came and what did not."""
    _ = shell.translate
    if answer["dry_run"]:
        shell.say(_(N_("Nothing was fetched beside headers and a sample.")))
        return
    words = {"ok": answer["files_ok"], "files": answer["files"], "mb": number(answer["received_mb"], shell.language, 1)}
    shell.say(_(N_("Files complete: {ok} of {files}; received: {mb} MB")).format(**words))
    failures(shell, answer["failed"])
    shell.say(_(N_("For monitor and train: --imagery {catalog}")).format(catalog=answer["catalog"]))
    if answer["attribution"]:
        shell.say(_(N_("To be named with every map: {attribution}")).format(attribution=answer["attribution"]))


def failures(shell: Shell, rows: list[Answer]) -> None:
    """One line for each file that could not be had."""
    for row in rows:
        why = sentence(row["reason"], shell.language, shell.translate)
        detail = f" ({row['detail']})" if row["detail"] else ""
        shell.say(f"  - {row['id']} {row['asset']}: {why}{detail}")


def profiles(shell: Shell, answer: Answer) -> None:
    """One row for each source known by name."""
    headings = (N_("Name"), N_("Source"), N_("Address"), N_("Collection"))
    rows = [(p["name"], p["title"][shell.language], p["api"], p["collection"]) for p in answer["profiles"]]
    table(shell, headings, rows)
