"""What stands on the reviewer's pages: the list and the map of candidates, and one candidate with all that is known."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from eradication.domain import DismissalReason
from eradication.domain.codes import CandidateSource, Code, Detectability
from eradication.errors import N_
from eradication.i18n import number, translator
from eradication.pipeline.review import second
from eradication.pipeline.review.queue import ANY, ASKED, WAITING, Asked
from eradication.pipeline.words import event_words
from eradication.web import plot_pages
from eradication.web.plot_pages import day_of

ROWS = 50
"""Cases of one page of the list."""
CHOICES = {WAITING: N_("waiting for a decision"), ASKED: N_("a drone is to look"), ANY: N_("all, whatever was decided")}
SAID = {
    second.DISMISS: N_("{code}: dismissed."),
    second.ASSIGN: N_("{code}: given to a unit."),
    second.UAV: N_("{code}: a drone is to look."),
    "take_back": N_("{code}: the decision was taken back."),
}

ACTS = {second.DISMISS: N_("dismiss"), second.ASSIGN: N_("send a unit"), second.UAV: N_("ask for a drone")}
"""Choices of a reviewer in words."""

_AT_THE_DESK = frozenset(map(str, second.DECIDING))
"""Kinds of events that happen when they are recorded; on simulated ground they are told of the season's last day."""

type Values = Mapping[str, Any]


def said(act: str, code: str, language: str) -> str:
    """Return what was done a moment ago, empty if nothing was."""
    return translator(language)(SAID[act]).format(code=code) if act in SAID and code else ""


def address(asked: Asked, begin: int = 0, **more: str) -> str:
    """Return the query of an address that asks for the same list."""
    told = {
        "season": asked.season.label,
        "of": "" if asked.of == WAITING else asked.of,
        "commune": asked.commune,
        "klass": asked.klass,
        "source": asked.source,
        "q": asked.text,
        "urgent": "true" if asked.urgent else "",
        "begin": str(begin or ""),
        **more,
    }
    return urlencode({name: value for name, value in told.items() if value})


def word(code: Code, language: str) -> str:
    """Return a code in words."""
    return code.vietnamese[0] if language == "vi" else code.value.replace("_", " ")


def _words(codes: type[Code], language: str) -> list[tuple[str, str]]:
    return [(code.value, word(code, language)) for code in codes]


def listed(answer: Values, asked: Asked, begin: int, language: str) -> dict[str, Any]:
    """Return what the list is filled with."""
    total, translate = int(answer["total"]), translator(language)
    return {
        "rows": [_row(case, language) | {"href": f"/review/{case['id']}?{address(asked)}"} for case in answer["cases"]],
        "total": number(total, language),
        "count": total,
        "first": number(begin + 1, language),
        "last": number(min(begin + ROWS, total), language),
        "before": address(asked, max(begin - ROWS, 0)) if begin else None,
        "after": address(asked, begin + ROWS) if begin + ROWS < total else None,
        "asked": asked,
        "season": asked.season.label,
        "query": address(asked),
        "choices": [(code, translate(text)) for code, text in CHOICES.items()],
        "communes": answer["communes"],
        "classes": [code.value for code in Detectability],
        "sources": _words(CandidateSource, language),
        "simulated": answer["simulated"],
    }


def _row(case: Values, language: str) -> dict[str, Any]:
    source = CandidateSource(case["source"])
    return plot_pages.listed_row(case, language) | {
        "uav": case.get("uav", False),
        "source": word(source, language),
        "units": case["units"],
    }


def shown(answer: Values, asked: Asked, language: str) -> dict[str, Any]:
    """Return what the page of one candidate is filled with."""
    translate, row = translator(language), answer["row"]
    events = [
        {
            "day": day_of(event["recorded_at" if event["kind"] in _AT_THE_DESK else "happened_at"]),
            "said": event_words.told(event, language, translate),
            "why": event_words.reason(event, language),
            "unit": event["unit"],
            "by": event["by"],
        }
        for event in answer["events"]
    ]
    return {
        "row": _row(row, language) | {"first_seen": day_of(row["first_seen"])},
        "plot": answer["plot"],
        "code": answer["code"] or answer["plot"],
        "seen": answer["seen"],
        "again": answer["again"],
        "uav": answer["uav"],
        "open": answer["open"],
        "may_take_back": answer["may_take_back"],
        "events": events,
        "checks": [one["message"] for said in answer["checks"] for one in said["checks"] if one["status"] == "failed"],
        "left_out": answer["left_out"],
        "neighbours": [_neighbour(one, language) for one in answer["neighbours"]],
        "past": answer["past"],
        "patrolled": _patrolled(answer["patrolled"], language),
        "reasons": [(code.value, word(code, language)) for code in DismissalReason],
        "season": asked.season.label,
        "query": address(asked),
        "simulated": answer["simulated"],
        "practised": answer["practised"],
    }


def _neighbour(one: Values, language: str) -> dict[str, Any]:
    return {
        **one,
        "state": plot_pages.state(one["state"], language),
        "area_m2": number(one["area_m2"], language),
        "metres": number(one["metres"], language),
    }


def _patrolled(told: Values, language: str) -> list[str]:
    """Return sentences on how the ground around was covered."""
    _ = translator(language)
    values = {"side": told["side_km"], "least": told["least"], "count": told["patrols"], "day": day_of(told["until"])}
    near = (
        N_("Fewer than {least} patrols came through this square of {side} km by {day}, or none did.")
        if told["patrols"] is None
        else N_("{count} patrols came through this square of {side} km by {day}.")
    )
    shares = [(_(N_("by satellite")), "optical"), (_(N_("by patrols")), "patrol"), (_(N_("by nobody")), "none")]
    known = [f"{name} {number(100 * told[part], language)} %" for name, part in shares if told[part] is not None]
    seen = [_(N_("Of the commune was seen while poppy flowers: {shares}.")).format(shares=", ".join(known))]
    return [_(near).format(**values), *(seen if known else [])]
