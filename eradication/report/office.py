"""What the office entered, as a report shows it beside the ledger, never in it: targets, commitments, typed figures."""

from collections.abc import Mapping, Sequence
from typing import Any

from eradication.errors import N_
from eradication.i18n import number
from eradication.report.view import ReportView
from eradication.report.words import clean

TARGETS = (
    N_("Unit or commune"),
    N_("Target (m²)"),
    N_("Target (%)"),
    N_("Detected (m²)"),
    N_("Claimed (m²)"),
    N_("Verified (m²)"),
)
TYPED = (
    N_("Unit"),
    N_("Period"),
    N_("Detected (m²)"),
    N_("Claimed (m²)"),
    N_("Verified (m²)"),
    N_("Reported on"),
)


def told(view: ReportView) -> dict[str, Any]:
    """Return what the template fills in: lines, and tables with their headings."""
    _ = view.translate
    return {
        "office_lines": _lines(view),
        "targets": _table(TARGETS, [_target(row, view) for row in _rows(view, "targets")], _),
        "typed": _table(TYPED, [_typed(row, view) for row in _rows(view, "self_reported")], _),
    }


def _rows(view: ReportView, name: str) -> Sequence[Mapping[str, Any]]:
    part = view.ledger.get(name)
    rows = part.get("rows") if isinstance(part, Mapping) else None
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def _table(headings: Sequence[str], rows: list[list[str]], translate: Any) -> dict[str, Any]:
    return {"headings": [translate(heading) for heading in headings], "rows": rows}


def _target(row: Mapping[str, Any], view: ReportView) -> list[str]:
    name = clean(str(row["unit"] or row["commune_name"] or row["commune"]))
    amounts = (number(row[n], view.language) for n in ("detected_m2", "claimed_m2", "verified_m2"))
    return [name, number(row["target_m2"], view.language), number(row["target_pct"], view.language, 1), *amounts]


def _typed(row: Mapping[str, Any], view: ReportView) -> list[str]:
    amounts = (number(row.get(n), view.language) for n in ("detected_m2", "claimed_m2", "verified_m2"))
    return [clean(str(row["unit"])), str(row["period"]), *amounts, str(row.get("reported_on") or "–")]


def _lines(view: ReportView) -> list[str]:
    _, lines = view.translate, []
    signed = view.ledger.get("commitments")
    if isinstance(signed, Mapping) and signed.get("households"):
        values = {
            name: _whole(signed, name, view) for name in ("signed", "households", "villages_reported", "villages")
        }
        said = N_(
            "Commitments: {signed} of {households} households ({pct} %), {villages_reported} of {villages} villages"
        )
        lines.append(_(said).format(pct=_share(signed, "signed_pct", view), **values))
    boxes = view.ledger.get("mailboxes")
    if isinstance(boxes, Mapping) and boxes.get("villages"):
        values = {name: _whole(boxes, name, view) for name in ("with_mailbox", "villages")}
        said = N_("Villages with a mailbox: {with_mailbox} of {villages} ({pct} %).")
        lines.append(_(said).format(pct=_share(boxes, "mailbox_pct", view), **values))
    return lines


def _whole(part: Mapping[str, Any], name: str, view: ReportView) -> str:
    return number(part.get(name), view.language)


def _share(part: Mapping[str, Any], name: str, view: ReportView) -> str:
    return number(part.get(name), view.language, 1)
