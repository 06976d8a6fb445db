"""The letterhead of a document: whose, signed by whom, to whom and on which bases, all as of the day it bears."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from eradication.domain import TIMEZONE, EventKind, ResponsibleUnit
from eradication.domain.codes import fold
from eradication.domain.event import parse_iso
from eradication.domain.unit import successor_of
from eradication.errors import N_, UnusableInput
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
UNKNOWN = (
    N_("The issuer {unit} is in no table of units that holds on {day}."),
    N_("Enter it with its letterhead, symbol and place: eradication units import FILE"),
)
LATE = (
    N_(
        "The letterhead of {unit} is not complete: the table of units was imported on {imported}, after the period was"
        " closed on {closed}; what a closed period says does not change."
    ),
    N_("Write what is blank into the .docx by hand; periods that are closed from now on have it."),
)
NEVER = (
    N_(
        "The letterhead of {unit} is not complete: no table of units told it when the period was closed on {closed};"
        " what a closed period says does not change."
    ),
    N_(
        "Write what is blank into the .docx by hand, and import the table before the next period is closed:"
        " eradication units import FILE"
    ),
)
_OF_TABLES = ("issuer", "symbol", "place")
"""What tables of units tell; the rest stands in the settings, and may be entered at any time."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a letterhead is for."""

    unit: str
    """Whose report it is; empty = the province's."""
    day: date
    closed_at: datetime | None = None
    """When the period was closed; ``None`` = it is not, or a season is told of."""


def _occasion(view: ReportView, order: Order) -> Occasion:
    told = view.period["closed_at"] if view.period else None
    closed_at = parse_iso(told) if told else None
    return Occasion(view.unit, order.day or _day(closed_at or view.as_of), closed_at)


def letter_of(workspace: Workspace, view: ReportView, order: Order) -> Letter:
    """Return the letterhead of the document that tells ``view``.

    Raises:
        UnusableInput: ``dated_too_early``.
    """
    of = _occasion(view, order)
    _check_day(view, of, order.day)
    letter = _letter(workspace, of, units.recorded(workspace, of.closed_at))
    return replace(
        letter,
        parent=letter.parent or ("" if view.unit else f"Ủy ban nhân dân tỉnh {view.province}"),
        issuer=letter.issuer or view.unit,
        number=order.number,
        remarks=order.remarks,
        draft=view.period is not None and not of.closed_at,
        fingerprint=str(view.period["figures_sha"] or "") if view.period and not view.unit else "",
    )


def _check_day(view: ReportView, of: Occasion, day: date | None) -> None:
    """Refuse a day on which nobody could know what the document of a period says."""
    if view.period is None or day is None:
        return
    last = date.fromisoformat(view.period["last_day"])
    first = _day(of.closed_at) if of.closed_at else min(last, _day(view.as_of))
    if day >= first:
        return
    message = N_("The document cannot bear {day}: {period} was closed on {first}.")
    if not of.closed_at:
        message = N_("The document cannot bear {day}: what it says of {period} reaches until {first}.")
    hint = N_("Give a day from {first} on, or leave --date out.")
    values = {"day": day.isoformat(), "period": view.period["period"], "first": first.isoformat()}
    raise UnusableInput("dated_too_early", message, where="--date", hint=hint, values=values)


def _day(moment: datetime) -> date:
    return moment.astimezone(TIMEZONE).date()


def _letter(workspace: Workspace, of: Occasion, known: Sequence[ResponsibleUnit]) -> Letter:
    """Return what tables of units and settings tell of a letterhead; what they do not tell is empty."""
    settings, day = workspace.settings.report, of.day
    issuer = successor_of(known, of.unit or settings.issuer, day)
    signatory = next((s for s in settings.signatories if s.valid_on(day) and s.unit == of.unit), None)
    return Letter(
        day=day,
        parent=issuer.letterhead_parent if issuer else "",
        issuer=_named(issuer),
        symbol=issuer.symbol if issuer else "",
        place=issuer.place if issuer else "",
        bases=tuple(basis.title for basis in settings.legal_bases if basis.valid_on(day)),
        on_behalf=signatory.on_behalf if signatory else "",
        title=signatory.title if signatory else "",
        signatory=signatory.name if signatory else "",
        recipients=_recipients(known, of, settings.recipients),
    )


def _named(unit: ResponsibleUnit | None) -> str:
    return (unit.letterhead or unit.name) if unit else ""


def _recipients(known: Sequence[ResponsibleUnit], of: Occasion, listed: Sequence[str]) -> tuple[str, ...]:
    """Return to whom a document goes; nobody writes to himself."""
    named = (_recipient(known, text, of.day) for text in listed)
    own = {fold(_recipient(known, of.unit, of.day)), fold(of.unit)} if of.unit else set()
    return tuple(name for name in named if fold(name) not in own)


def _recipient(known: Sequence[ResponsibleUnit], text: str, day: date) -> str:
    """Return a recipient as it is called on the day: of a unit's code whoever answers for it then."""
    found = successor_of(known, text.strip(), day)
    return found.name if found else text


def missing(workspace: Workspace, view: ReportView, order: Order) -> list[dict[str, Any]]:
    """Return what the document that tells ``view`` leaves blank, each with why and what to do."""
    return _missing(workspace, _occasion(view, order))


def missing_of(workspace: Workspace, unit: str, closed_at: datetime | None, now: datetime) -> list[dict[str, Any]]:
    """Return what the document of a period leaves blank that bears the day of its close, or would if closed now."""
    return _missing(workspace, Occasion(unit, _day(closed_at or now), closed_at))


def _missing(workspace: Workspace, of: Occasion) -> list[dict[str, Any]]:
    blank = list(_blank(_letter(workspace, of, units.recorded(workspace, of.closed_at))))
    return [{"what": what, **_why(workspace, of, what, "issuer" in blank)} for what in blank]


def _why(workspace: Workspace, of: Occasion, what: str, unknown: bool) -> dict[str, Any]:
    """Return why something is blank, and what can be done; ``unknown``: no table tells of the issuer."""
    message, hint = MISSING[what]
    values: dict[str, str] = {}
    issuer = of.unit or workspace.settings.report.issuer
    if what in _OF_TABLES and issuer:
        values = {"unit": issuer, "day": of.day.isoformat()}
        if of.closed_at is not None:
            imported = _imported(workspace, of, what)
            values |= {"closed": _day(of.closed_at).isoformat()}
            values |= {"imported": _day(imported).isoformat()} if imported else {}
            message, hint = LATE if imported else NEVER
        elif unknown:
            message, hint = UNKNOWN
    return {"message": message, "hint": hint, "values": values}


def _imported(workspace: Workspace, of: Occasion, what: str) -> datetime | None:
    """Return when the table of units came in that tells what a closed period lacks; ``None`` if none does."""
    assert of.closed_at is not None
    for event in workspace.store.events(kinds=[EventKind.UNITS_RECORDED]):
        if event.recorded_at > of.closed_at:
            known = units.recorded(workspace, event.recorded_at)
            if what not in _blank(_letter(workspace, of, known)):
                return event.recorded_at
    return None


def _blank(letter: Letter) -> Iterator[str]:
    parts = {"issuer": letter.issuer, "symbol": letter.symbol, "place": letter.place}
    parts |= {"legal_bases": " ".join(letter.bases), "signatory": letter.title}
    yield from (name for name, value in parts.items() if not value.strip())
    if not letter.recipients:
        yield "recipients"
