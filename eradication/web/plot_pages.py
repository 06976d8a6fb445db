"""What stands on the pages of plots: few columns, words instead of codes, nothing that a telephone cannot show."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from eradication.domain import TIMEZONE, State
from eradication.domain.patrol import Z95
from eradication.errors import N_
from eradication.i18n import number, translator
from eradication.pipeline.reception.views import Asked
from eradication.pipeline.words import event_words

ROWS = 100
"""Plots of one page."""

type Values = Mapping[str, Any]


def listed(answer: Values, asked: Asked, language: str) -> dict[str, Any]:
    """Return what the list is filled with: plots, or counts by commune."""
    begin, total = asked.begin, int(answer["total"])
    return {
        "rows": [listed_row(row, language) for row in answer.get("plots", ())],
        "communes": [{**row, "state": state(row["state"], language)} for row in answer.get("communes", ())],
        "counted": "communes" in answer,
        "total": number(total, language),
        "first": number(begin + 1, language),
        "last": number(min(begin + ROWS, total), language),
        "before": max(begin - ROWS, 0) if begin else None,
        "after": begin + ROWS if begin + ROWS < total else None,
        "season": asked.season.label if asked.season else "",
        "state": asked.state,
        "urgent": asked.urgent,
        "states": [(code.value, state(code.value, language)) for code in State],
        "simulated": answer["simulated"] if "simulated" in answer else any(r["simulated"] for r in answer["plots"]),
    }


def state(code: str, language: str) -> str:
    """Return a state in words."""
    known = State(code)
    return known.vietnamese[0] if language == "vi" else known.value.replace("_", " ")


def listed_row(row: Values, language: str) -> dict[str, Any]:
    """Return a plot in one season as lists show it."""
    left = row.get("days_to_lancing")
    return {
        "id": row["id"],
        "code": row["code"] or row["id"],
        "season": row["season"],
        "commune": row["commune"] or "–",
        "state": state(row["state"], language),
        "class": f"{row['class']}{'?' if row['class_estimated'] else ''}",
        "area": number(row["area_m2"], language),
        "error": number(Z95 * row["area_se_m2"], language) if row["area_se_m2"] else "",
        "score": number(row["score"], language, 2),
        "days": "–" if left is None else days(left, language),
        "lat": f"{row['lat']:.6f}",
        "lon": f"{row['lon']:.6f}",
        "simulated": row["simulated"],
    }


def days(left: int, language: str) -> str:
    """Return the days left, or by how many days the harvest has passed."""
    if left >= 0:
        return number(left, language)
    said = N_("overdue by 1 day") if left == -1 else N_("overdue by {count} days")
    return translator(language)(said).format(count=number(-left, language))


def shown(answer: Values, language: str) -> dict[str, Any]:
    """Return what the page of one plot is filled with."""
    translate = translator(language)
    seasons = [
        listed_row({**row, "simulated": answer["simulated"]}, language)
        | {name: number(row[name], language) for name in ("detected_m2", "claimed_m2", "verified_m2")}
        for row in answer["seasons"]
    ]
    events = [
        {
            "day": day_of(event["happened_at"]),
            "said": event_words.told(event, language, translate),
            "unit": event["unit"] or "–",
            "visit": event["visit_id"] or "–",
        }
        for event in answer["events"]
    ]
    checks = [one["message"] for row in answer["checks"] for one in row["checks"] if one["status"] == "failed"]
    return {
        "plot": answer["plot"],
        "code": answer["code"] or answer["plot"],
        "seasons": seasons,
        "events": events,
        "photos": len(answer["photos"]),
        "checks": list(dict.fromkeys(checks)),
        "left_out": answer.get("left_out", False),
        "simulated": answer["simulated"],
    }


def day_of(moment: str) -> str:
    """Return the local day of a time."""
    day: date = datetime.fromisoformat(moment).astimezone(TIMEZONE).date()
    return f"{day:%d/%m/%Y}"
