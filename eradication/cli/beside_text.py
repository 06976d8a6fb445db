"""What stands beside the ledger as text: effort, the unseen, three separate figures, what is overdue, what waits."""

from collections.abc import Iterable, Sequence
from typing import Any

from eradication.cli.shell import Shell
from eradication.cli.text import local
from eradication.errors import N_
from eradication.i18n import number
from eradication.pipeline.words import beside_lines, beside_words, sentence, signs_in_words

MOST = 20
"""Lines of one list that are written; all are in the answer with --json."""
ALL_WITH_JSON = N_("  … all of them with --json")


def beside(shell: Shell, answer: dict[str, Any]) -> None:
    """Write effort and what was not seen, the three figures, times, what the office entered, and marked signs."""
    _ = shell.translate
    effort, unvisited = answer["effort"], answer["unvisited"]
    shell.say(beside_lines.effort(effort, shell.language, _))
    for line in beside_lines.unvisited(unvisited, shell.language, _):
        shell.say(line)
    season = beside_words.season_beside(answer)
    for line in (
        *beside_lines.coverage(answer["coverage"], shell.language, _),
        beside_lines.precision(answer.get("precision"), shell.language, _),
        *beside_lines.undetected(answer["undetected"], shell.language, _),
    ):
        shell.say(_of_season(shell, season, line))
    _elsewhere(shell, answer)
    _times(shell, answer["timeliness"])
    _planting(shell, answer.get("planting"))
    _entered(shell, answer)
    marked = [sign for sign in signs_in_words(answer["signs"], shell.language, _, season=season) if sign.marked]
    if marked:
        shell.say(_(N_("Signs that ask for a second look; none accuses anybody:")))
    for sign in marked:
        shell.say(f"  ▲ {sign.title}: {sign.text}")


def _of_season(shell: Shell, season: str, line: str) -> str:
    """Return a line with the season it speaks of, where the ledger is of a period."""
    return shell.translate(N_("Season {season}: {line}")).format(season=season, line=line) if season else line


def _elsewhere(shell: Shell, answer: dict[str, Any]) -> None:
    """Say what is counted apart: abroad, on an unclear side, twice measured, under other communes."""
    _ = shell.translate
    for side, said in (
        (
            "outside",
            N_("Outside the province, in no total: {m2} m² detected (plots: {plots}, candidates: {candidates})"),
        ),
        (
            "unclear",
            N_("Side of the border unclear, in no total: {m2} m² detected (plots: {plots}, candidates: {candidates})"),
        ),
    ):
        told = answer["abroad"][side]
        if told["plots"] or told["candidates"]:
            values = {name: number(told[name], shell.language) for name in ("plots", "candidates")}
            shell.say(_(said).format(**values, m2=number(told["detected_m2"], shell.language)))
        for row in told["joint"]:
            said = N_("  {plot}: {m2} m² destroyed together with the other side ({unit})")
            m2 = number(row["claimed_m2"], shell.language)
            shell.say(_(said).format(plot=row["code"] or row["plot"], m2=m2, unit=row["unit"] or "–"))
    if answer["overlaps"]:
        m2 = number(answer["total"]["overlap_m2"], shell.language)
        shell.say(_(N_("Measured by two teams, counted once: {m2} m² less than the sum")).format(m2=m2))
        _list(shell, [_pair(shell, row) for row in answer["overlaps"]])
    rebased = answer.get("rebased")
    if rebased and rebased["plots"]:
        said = N_("Communes as of {day}; plots found under other boundaries, an estimated conversion: {plots}.")
        shell.say(_(said).format(day=rebased["vintage"], plots=number(rebased["plots"], shell.language)))


def _pair(shell: Shell, row: dict[str, Any]) -> str:
    names = (code or plot for code, plot in zip(row["codes"], row["plots"], strict=True))
    pair = " × ".join(f"{name} ({unit or '–'})" for name, unit in zip(names, row["units"], strict=True))
    said = N_("{pair}: {m2} m² in common, {less} m² less")
    m2, less = (number(row.get(name), shell.language) for name in ("m2", "less_m2"))
    return shell.translate(said).format(pair=pair, m2=m2, less=less)


def _times(shell: Shell, told: dict[str, Any]) -> None:
    """Write how soon things were done, then what is overdue, row by row, the longest overdue first."""
    _ = shell.translate
    for line in beside_words.timeliness(told, shell.language, _):
        shell.say(line)
    counts = {row["what"]: 0 for row in told["overdue"]}
    for row in told["overdue"]:
        counts[row["what"]] += 1
    if counts:
        listed = "; ".join(f"{_(beside_words.OVERDUE[what])}: {count}" for what, count in sorted(counts.items()))
        shell.say(_(N_("Overdue: {listed}")).format(listed=listed))
        _list(shell, [_overdue(shell, row) for row in told["overdue"]])


def _overdue(shell: Shell, row: dict[str, Any]) -> str:
    said = N_("{plot} ({unit}): {what}, since {since}, days over: {days}")
    values = {
        "plot": row["code"] or row["plot"] or row["tip"],
        "unit": row["unit"] or "–",
        "since": local(row["since"])[:10],
    }
    days = number(row["days"], shell.language)
    return shell.translate(said).format(what=shell.translate(beside_words.OVERDUE[row["what"]]), days=days, **values)


def _list(shell: Shell, lines: Sequence[str]) -> None:
    for line in lines[:MOST]:
        shell.say(f"  - {line}")
    if len(lines) > MOST:
        shell.say(shell.translate(ALL_WITH_JSON))


def _planting(shell: Shell, told: dict[str, Any] | None) -> None:
    """Write kinds of planting where earlier seasons allow to tell them apart."""
    if not told:
        return
    if told["new"]["plots"] or told["replanted"]["plots"]:
        said = N_(
            "Planted anew: {new_m2} m² (plots: {new}); replanted: {again_m2} m² (plots: {again});"
            " may have moved next door: {moved}."
        )
        counts = {
            "new": told["new"]["plots"],
            "new_m2": told["new"]["m2"],
            "again": told["replanted"]["plots"],
            "again_m2": told["replanted"]["m2"],
            "moved": len(told["moved"]),
        }
        shell.say(shell.translate(said).format(**{name: number(n, shell.language) for name, n in counts.items()}))
    if told["destroyed_twice"]:
        twice = N_("Plots that regrew and were destroyed again: {n}.")
        shell.say(shell.translate(twice).format(n=number(told["destroyed_twice"], shell.language)))


def _entered(shell: Shell, answer: dict[str, Any]) -> None:
    """Write what the office entered, one line for each thing there is."""
    _, language = shell.translate, shell.language
    base = beside_words.baseline(answer.get("baseline") or {}, language, _)
    if base:
        shell.say(base)
    for row in (answer.get("targets") or {}).get("rows", ())[:MOST]:
        said = N_("Target of {name}: {wanted}; detected {detected} m², claimed {claimed} m², verified {verified} m²")
        areas = {n: number(row[f"{n}_m2"], language) for n in ("detected", "claimed", "verified")}
        shell.say(_(said).format(name=_whose(row), wanted=_wanted(shell, row), **areas))
    signed = answer.get("commitments") or {}
    if signed.get("households"):
        said = N_(
            "Commitments: {signed} of {households} households ({pct} %), {villages_reported} of {villages} villages"
        )
        names = ("signed", "households", "villages_reported", "villages")
        counts = {name: number(signed[name], language) for name in names}
        shell.say(_(said).format(pct=number(signed["signed_pct"], language, 1), **counts))
    boxes = answer.get("mailboxes") or {}
    if boxes.get("villages"):
        said = N_("Villages with a mailbox: {with_mailbox} of {villages} ({pct} %).")
        counts = {name: number(boxes[name], language) for name in ("with_mailbox", "villages")}
        shell.say(_(said).format(pct=number(boxes["mailbox_pct"], language, 1), **counts))
    _converted(shell, answer.get("conversions") or {})


def _whose(row: dict[str, Any]) -> str:
    return ", ".join(part for part in (row["unit"], row["commune_name"] or row["commune"]) if part) or "–"


def _wanted(shell: Shell, row: dict[str, Any]) -> str:
    area = f"{number(row['target_m2'], shell.language)} m²" if row["target_m2"] is not None else ""
    share = f"{number(row['target_pct'], shell.language, 1)} %" if row["target_pct"] is not None else ""
    return ", ".join(part for part in (area, share) if part) or "–"


def _converted(shell: Shell, told: dict[str, Any]) -> None:
    _ = shell.translate
    if told.get("count"):
        said = N_("Land converted to other crops: {m2} m² (parcels: {count}, on known plots: {linked}).")
        shell.say(_(said).format(**{n: number(told[n], shell.language) for n in ("count", "m2", "linked")}))
    if told.get("due"):
        checks = [f"{sentence(name, shell.language, _)} {n}" for name, n in told["checks"].items() if n]
        said = N_("Conversions to look at in season {season}: {n} ({checks})")
        values = {"season": told["check_season"], "n": number(told["due"], shell.language)}
        shell.say(_(said).format(checks=", ".join(checks), **values))


COUNTING = ("forced", "doubtful")
"""Kinds of findings that had their effect."""


def findings(shell: Shell, told: Iterable[dict[str, Any]]) -> None:
    """List what had no effect or waits for a person, then what was forced; a long list says that it goes on."""
    listed = list(told)
    forced = [row for row in listed if row["kind"] in COUNTING]
    waiting = [row for row in listed if row["kind"] not in COUNTING]
    for rows, said in (
        (waiting, N_("Rows without effect or waiting for a person: {count}")),
        (forced, N_("Verifications insisted on, or by a unit in no table; they count in full: {count}")),
    ):
        if rows:
            shell.say(shell.translate(said).format(count=len(rows)))
            _list(shell, [_finding(shell, row) for row in rows])


def _finding(shell: Shell, row: dict[str, Any]) -> str:
    return ": ".join(beside_words.finding(row, shell.language, shell.translate))
