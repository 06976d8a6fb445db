"""Answers about imagery as text."""

import sys
from datetime import date

from eradication.cli.shell import Shell
from eradication.cli.text import SIMULATED, Answer, local, table
from eradication.errors import N_
from eradication.i18n import number
from eradication.pipeline.sourcing import is_remote
from eradication.pipeline.words import sentence


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
        N_("Size here"),
    )
    cells = [
        (
            f"{date.fromisoformat(row['start']):%d/%m} – {date.fromisoformat(row['end']):%d/%m/%Y}",
            row["items"] or "–",
            number(row["cloud_percent"], shell.language),
            _counts(row["baselines"]),
            _counts(row["offset_rules"]),
            row["cached"],
            size(shell, row["cached_gb"]) if row["cached"] else "",
        )
        for row in rows[seen[0] : seen[-1] + 1]
    ]
    table(shell, headings, cells, numeric=(1, 2, 5, 6))


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(name if len(counts) == 1 else f"{name} ×{count}" for name, count in counts.items())


def found(shell: Shell, answer: Answer) -> None:
    """What an archive has."""
    _ = shell.translate
    _say_simulated(shell, answer)
    if is_remote(answer["address"]):
        shell.say(_(N_("{address}: {items} images of season {season}, {cached} of them here")).format(**answer))
    else:
        shell.say(
            _(N_("{address}: {items} images of season {season}, named in a list on this computer")).format(**answer)
        )
    _periods(shell, answer["periods"])
    failures(shell, answer["failed"])


def listed(shell: Shell, answer: Answer) -> None:
    """What is here."""
    _ = shell.translate
    if not answer["sources"]:
        shell.say(_(N_("No imagery has been fetched into this workspace.")))
    for source in answer["sources"]:
        shell.say(_head(shell, source, source["cached_gb"]))
        _say_simulated(shell, source)
        _periods(shell, source["periods"])
        for catalog in source["catalogs"]:
            shell.say(_(N_("For monitor and train: --imagery {catalog}")).format(catalog=catalog))


def _say_simulated(shell: Shell, answer: Answer) -> None:
    if answer["simulated"]:
        shell.say(shell.translate(SIMULATED))


def _head(shell: Shell, source: Answer, gigabytes: float) -> str:
    name = source["title"].get(shell.language) or source["source"]
    words = {"name": name, "items": source["items"], "size": size(shell, gigabytes)}
    return shell.translate(N_("{name}: {items} images, {size}")).format(**words)


def status(shell: Shell, answer: Answer) -> None:
    """Size, age, gaps and failures of every source."""
    _ = shell.translate
    if not answer["sources"]:
        shell.say(_(N_("No imagery has been fetched into this workspace.")))
    for source in answer["sources"]:
        shell.say(_head(shell, source, source["gb"]))
        _say_simulated(shell, source)
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
    message = N_("  Newest image: {newest}, {days} days ago; expected every {expected} days")
    if source["season_over"]:
        message = N_("  Newest image: {newest}, {days} days before the season's end; expected every {expected} days")
    words = {
        "newest": local(source["newest"]),
        "days": days,
        "expected": number(source["expected_days"], shell.language),
    }
    shell.say(_(message).format(**words))
    if source["late"]:
        shell.say(
            _(N_("  LATE: a newer image was to be expected. Fetch again, or look whether the archive has a fault."))
        )


def estimate(shell: Shell, answer: Answer) -> None:
    """Say on stderr what a fetch costs, before it begins; with --json too, where someone may be watching."""
    _ = shell.translate
    shell.stop_progress()
    ahead, language = answer["estimate"], shell.language
    words = {
        "missing": size(shell, ahead["missing_gb"]),
        "needed": size(shell, ahead["needed_gb"]),
        "files": ahead["files_missing"],
        "items": answer["items"],
    }
    lines = [_(N_("To fetch: {missing} of {needed}, {files} files of {items} images")).format(**words)]
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
    _say_simulated(shell, answer)
    if answer["dry_run"]:
        shell.say(_(N_("Nothing was fetched beside headers and a sample.")))
        return
    if not answer["files"]:
        shell.say(_(N_("Nothing has to be fetched: every file that is wanted lies on this computer.")))
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


def bundle_written(shell: Shell, answer: Answer) -> None:
    """What was taken along."""
    _ = shell.translate
    words = {"path": answer["path"], "scenes": answer["scenes"], "size": size(shell, answer["gb"])}
    shell.say(_(N_("Written: {path}: {scenes} images, {size}")).format(**words))
    for row in answer["damaged"]:
        told = _(N_("damaged on this disk and left out: fetch it again"))
        shell.say(f"  - {row['id']} {row['asset']}: {told}")


def bundles_taken(shell: Shell, answer: Answer) -> None:
    """What each bundle brought, or why it was refused."""
    _ = shell.translate
    for row in answer["bundles"]:
        if row["status"] == "refused":
            shell.say(f"{row['path']}: {row['message']}")
            shell.say(f"    → {row['hint']}")
            continue
        new = size(shell, row["added_mb"] / 1000)
        shell.say(_(N_("{path}: {scenes} images, new: {new}")).format(path=row["path"], scenes=row["scenes"], new=new))
        for conflict in row["conflicts"]:
            told = _(N_("another state of the file is here already and stays"))
            shell.say(f"  - {conflict['id']} {conflict['asset']}: {told}")
        for catalog in row["catalogs"]:
            shell.say(_(N_("For monitor and train: --imagery {catalog}")).format(catalog=catalog))


def layers(shell: Shell, answer: Answer) -> None:
    """One line for each image."""
    _ = shell.translate
    for row in answer["layers"]:
        if row["status"] == "refused":
            shell.say(f"{row['path']}: {row['message']}")
            shell.say(f"    → {row['hint']}")
            continue
        words = {
            "image": row["image"],
            "when": local(row["datetime"]),
            "pixel": number(row["pixel_m"], shell.language, 2),
        }
        shell.say(_(N_("{image}: {when}, pixels of {pixel} m")).format(**words))
        if row["sightings"]:
            told = _(N_("  {count} places proposed by {detector}: to be checked, not a finding"))
            shell.say(told.format(count=row["sightings"], detector=answer["detector"]))
    shell.say(_(N_("Review layers are for people to look at; they change no score.")))


def size(shell: Shell, gigabytes: float) -> str:
    """Write a size as people read it."""
    if gigabytes >= 0.1:
        return f"{number(gigabytes, shell.language, 1)} GB"
    return f"{number(gigabytes * 1000, shell.language, 1)} MB"
