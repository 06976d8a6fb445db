"""The clock of the harvest in words, for paper and maps."""

from collections.abc import Callable
from datetime import date

from eradication.errors import N_
from eradication.report.view import Harvest

_BASES = {"sowing": N_("sowing day"), "stage": N_("stage seen"), "calendar": N_("calendar")}


def lines(harvest: Harvest | None, language: str, translate: Callable[[str], str]) -> list[tuple[str, str]]:
    """Return (name, value) of the window and of what is left of its time; nothing where there is no clock."""
    if harvest is None:
        return []
    window = f"{_day(harvest.first, language)} – {_day(harvest.last, language)}"
    basis = translate(_BASES[harvest.basis])
    return [
        (translate(N_("Expected lancing")), window),
        (translate(N_("Days left")), f"{_left(harvest, translate)} · {translate(N_('Told by'))}: {basis}"),
    ]


def _left(harvest: Harvest, translate: Callable[[str], str]) -> str:
    if harvest.last < harvest.told_on:
        return translate(N_("over"))
    return translate(N_("begun")) if harvest.days_left <= 0 else str(harvest.days_left)


def _day(day: date, language: str) -> str:
    return f"{day:%d/%m/%Y}" if language == "vi" else day.isoformat()
