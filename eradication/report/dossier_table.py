"""The lower part of a dossier: the automatic checks with their signs, and the events with their hashes."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from eradication.domain.event import parse_iso
from eradication.report import check_words, words
from eradication.report.paper import Paper
from eradication.report.sheet_form import LEFT, RIGHT

if TYPE_CHECKING:
    from eradication.report.dossier import DossierView, Entry

HASH_DIGITS = 12
_LINE_MM, _HEAD_MM = 3.9, 9.5
_MOST_SAID = 3
"""Sentences of checks that did not pass, the worst first, of the newest destruction."""
_COLUMNS = (LEFT, LEFT + 20, LEFT + 72, LEFT + 108, LEFT + 135)


def checks_mm(view: "DossierView") -> float:
    """Return how much room the checks take."""
    return 0.0 if not view.checks else 5.0 + _LINE_MM * (1 + len(_said(view.checks[-1])))


def checks(page: Paper, view: "DossierView", y: float) -> float:
    """Write the checks of the newest destruction; return where the next thing may stand."""
    if not view.checks:
        return y
    _, newest = view.translate, view.checks[-1]
    page.text(LEFT, y + 3, _("Automatic checks of the destruction"), 7.6, bold=True)
    day = words.day(parse_iso(newest["eradicated_at"]), view.language)
    more = len(view.checks) - 1
    earlier = f" · {_('earlier ones: {n}').format(n=more)}" if more else ""
    page.text(RIGHT, y + 3, f"{day}{earlier}", 6.6, align="right", grey=True)
    signs = [
        f"{check_words.sign([r['status'] for r in newest['checks'] if r['check'] == name])} {_(heading)}"
        for name, heading in check_words.NAMES.items()
    ]
    at = y + 3 + _LINE_MM
    for place, text in enumerate(signs):
        page.text(LEFT + place * 37, at, text, 7.4, width=36)
    for text in _said(newest):
        at += _LINE_MM
        page.text(LEFT + 2, at, text, 6.6, grey=True, width=RIGHT - LEFT - 2)
    return y + checks_mm(view)


def _said(row: Mapping[str, Any]) -> list[str]:
    order = list(check_words.SIGNS)
    worth = [r for r in row["checks"] if r["status"] != "ok"]
    worth.sort(key=lambda r: order.index(r["status"]))
    return [f"{check_words.SIGNS[r['status']]} {r['message']}" for r in worth[:_MOST_SAID]]


def room(height_mm: float) -> int:
    """Return how many events a table of this height holds, the line about those left out included."""
    return max(0, int((height_mm - _HEAD_MM - _LINE_MM) / _LINE_MM))


def shown(entries: "Sequence[Entry]", rows: int) -> "list[Entry]":
    """Return the events that have room, in order of time: what people did before what programs noted, newest first."""
    first = sorted(entries, key=lambda entry: entry.happened_at, reverse=True)
    first.sort(key=lambda entry: not entry.by_person)
    chosen = {id(entry) for entry in first[:rows]}
    return [entry for entry in entries if id(entry) in chosen]


def events(page: Paper, view: "DossierView", y: float, chosen: "Sequence[Entry]") -> None:
    """Write the table of events."""
    _ = view.translate
    page.text(LEFT, y + 3, _("Course of events on record"), 7.6, bold=True)
    names = (_("Day"), _("what"), _("Unit"), _("recorded by, number"), _("hash (first {n} digits)"))
    y += 7
    for x, name in zip(_COLUMNS, names, strict=True):
        page.text(x, y, name.format(n=HASH_DIGITS), 6.4, grey=True)
    page.rule(LEFT, y + 1, RIGHT, 0.5)
    for entry in chosen:
        y += _LINE_MM
        for x, text, wide in zip(_COLUMNS, _cells(entry, view.language), (19, 51, 35, 26, 50), strict=True):
            page.text(x, y, text, 7, width=wide)
    missing = len(view.entries) - len(chosen) + view.elsewhere
    y += _LINE_MM
    if missing:
        said = _("… and {n} more (other seasons: {other}): `eradication plots show {code}`")
        told = said.format(n=missing, other=view.elsewhere, code=words.clean(view.row.episode.plot.code))
        page.text(LEFT, y, told, 6.6, grey=True, width=RIGHT - LEFT)
    elif not chosen:
        page.text(LEFT, y, _("none"), 7, grey=True)


def _cells(entry: "Entry", language: str) -> tuple[str, str, str, str, str]:
    return (
        words.day(entry.happened_at, language),
        words.clean(entry.what),
        words.clean(entry.unit) or "–",
        f"{words.clean(entry.origin)}, {entry.number}",
        entry.hash[:HASH_DIGITS],
    )
