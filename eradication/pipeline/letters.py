"""The letterhead of a document: whose, signed by whom, to whom and on which bases, all as of the day it bears."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from eradication.domain import TIMEZONE, ResponsibleUnit
from eradication.domain.event import parse_iso
from eradication.domain.unit import successor_of
from eradication.errors import N_
from eradication.pipeline import units
from eradication.pipeline.workspace import Workspace
from eradication.report.letter import Letter
from eradication.report.view import ReportView


@dataclass(frozen=True, slots=True)
class Order:
    """What the office says of a document when it is written."""

    number: str = ""
    """Number given by the registry; empty = left blank, to be filled in by hand."""
    day: date | None = None
    """Day that stands on it; ``None`` = the day on which the period was closed, else that of the figures."""
    remarks: tuple[str, ...] = ()
    """Paragraphs of the office's own, put below the figures."""


MISSING = {
    "issuer": (
        N_("Nobody is named as the issuer."),
        N_("Set [report] issuer to the code of a unit that is on record: eradication units import FILE"),
    ),
    "symbol": (
        N_("The issuer has no short form for the number."),
        N_("Give it in the column symbol of the table of units: eradication units import FILE"),
    ),
    "place": (
        N_("The issuer has no place for the date."),
        N_("Give it in the column place of the table of units: eradication units import FILE"),
    ),
    "legal_bases": (
        N_("No legal basis is in force on the day of the report."),
        N_("Enter them in eradication.toml, one block [[report.legal_bases]] for each, with its days."),
    ),
    "signatory": (
        N_("It is not set who signs on that day."),
        N_("Enter it in eradication.toml as a block [[report.signatories]], with its days."),
    ),
    "recipients": (N_("No recipients are set."), N_("Set [report] recipients in eradication.toml.")),
}
"""What a letterhead may lack → what is said of it, and what to do."""


def letter_of(workspace: Workspace, view: ReportView, order: Order) -> Letter:
    """Return the letterhead of the document that tells ``view``."""
    closed_at = view.period["closed_at"] if view.period else None
    moment = parse_iso(closed_at) if closed_at else view.as_of
    day = order.day or moment.astimezone(TIMEZONE).date()
    known = units.recorded(workspace, parse_iso(closed_at) if closed_at else None)
    settings = workspace.settings.report
    issuer = successor_of(known, view.unit or settings.issuer, day)
    signatory = next((s for s in settings.signatories if s.valid_on(day) and s.unit == view.unit), None)
    return Letter(
        day=day,
        parent=issuer.letterhead_parent if issuer else "" if view.unit else f"Ủy ban nhân dân tỉnh {view.province}",
        issuer=_named(issuer) or view.unit,
        symbol=issuer.symbol if issuer else "",
        number=order.number,
        place=issuer.place if issuer else "",
        bases=tuple(basis.title for basis in settings.legal_bases if basis.valid_on(day)),
        on_behalf=signatory.on_behalf if signatory else "",
        title=signatory.title if signatory else "",
        signatory=signatory.name if signatory else "",
        recipients=tuple(_recipient(known, text, day) for text in settings.recipients),
        remarks=order.remarks,
        draft=view.period is not None and not closed_at,
        fingerprint=str(view.period["figures_sha"] or "") if view.period and not view.unit else "",
    )


def _named(unit: ResponsibleUnit | None) -> str:
    return (unit.letterhead or unit.name) if unit else ""


def _recipient(known: Sequence[ResponsibleUnit], text: str, day: date) -> str:
    """Return a recipient as it is called on the day: of a unit's code whoever answers for it then."""
    found = successor_of(known, text.strip(), day)
    return found.name if found else text


def missing(letter: Letter) -> list[dict[str, Any]]:
    """Return what is left blank, each with what to do."""
    return [{"what": what, "message": MISSING[what][0], "hint": MISSING[what][1]} for what in _blank(letter)]


def _blank(letter: Letter) -> Iterator[str]:
    parts = {"issuer": letter.issuer, "symbol": letter.symbol, "place": letter.place}
    parts |= {"legal_bases": " ".join(letter.bases), "signatory": letter.title}
    yield from (name for name, value in parts.items() if not value.strip())
    if not letter.recipients:
        yield "recipients"
