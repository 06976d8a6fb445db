"""The events that figures rest on, one in each row: with its hash anybody finds it again in the store."""

from datetime import datetime

from eradication.domain import TIMEZONE
from eradication.errors import N_
from eradication.report import event_words, words
from eradication.report.tables.parts import Cell, Group, Table, Writer
from eradication.report.view import EventRow

HEADINGS = (
    *(N_("Happened (UTC+7)"), N_("Recorded (UTC+7)"), N_("What"), N_("Kind (code)"), N_("Outcome (code)"), N_("Plot")),
    *(N_("Unit"), N_("Visit"), N_("Stated area (m²)"), N_("Destroyed share"), N_("Minutes no.")),
    *(N_("Officers (codes)"), N_("Hash"), N_("Origin"), N_("Number")),
)
WITHHELD = N_(
    "Rows of other units, at the end: {n}. Who it was, when, and by which number is left blank; the province's report"
    " has it."
)


def told(write: Writer) -> Group | None:
    """Return the events, ``None`` where they are not told."""
    if write.view.events is None:
        return None
    table = Table(
        "",
        write.headings(HEADINGS),
        [_row(write, event) for event in write.view.events],
        write(N_("No event.")),
        left=frozenset(range(len(HEADINGS))) - {8, 9, 14},
        key="events",
        kind="events",
        codes=frozenset({0, 1, 12, 13}),
    )
    withheld = sum(event.happened_at is None for event in write.view.events)
    notes = [write(WITHHELD, n=write.number(withheld))] if withheld else []
    return Group(write(N_("Events that the figures rest on")), (), (table,), "events", notes)


def _row(write: Writer, event: EventRow) -> list[str]:
    said = {"kind": event.kind, "outcome": event.outcome, "struck_out": event.struck_out}
    return [
        *(_moment(write, event.happened_at), _moment(write, event.recorded_at)),
        event_words.told(said, write.language, write.view.translate),
        *(event.kind, event.outcome, ", ".join(map(words.clean, event.plots))),
        *(words.clean(event.unit), words.clean(event.visit)),
        "" if event.area_m2 is None else write.number(event.area_m2, 0 if event.area_m2.is_integer() else 1),
        "" if event.fraction is None else write.share(event.fraction),
        *(words.clean(event.minutes_no), ", ".join(map(words.clean, event.officers))),
        *(event.hash, event.origin, "" if event.number is None else write.number(event.number)),
    ]


def _moment(write: Writer, when: datetime | None) -> str:
    if when is None:
        return ""
    local = when.astimezone(TIMEZONE).replace(tzinfo=None, microsecond=0)
    return Cell.of(f"{words.date_of(local.date(), write.language)} {local:%H:%M:%S}", local)
