"""Dangerous areas that plans keep out of: which are in force on a day."""

import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import shapely
from shapely.geometry.base import BaseGeometry

from eradication.errors import N_, RefusedInput

MOST_BUFFER_M = 20_000.0


class Kind(StrEnum):
    """What makes an area dangerous, or forbidden."""

    MINE = "mine"
    FLOOD = "flood"
    TRAFFICKERS = "traffickers"
    LANDSLIDE = "landslide"
    BORDER = "border"
    OTHER = "other"


WORDS: Mapping[str, Kind] = {
    "mines": Kind.MINE,
    "landmine": Kind.MINE,
    "landmines": Kind.MINE,
    "uxo": Kind.MINE,
    "floods": Kind.FLOOD,
    "flooding": Kind.FLOOD,
    "trafficker": Kind.TRAFFICKERS,
    "trafficking": Kind.TRAFFICKERS,
    "landslides": Kind.LANDSLIDE,
    "mìn": Kind.MINE,
    "bom mìn": Kind.MINE,
    "vật nổ": Kind.MINE,
    "lũ": Kind.FLOOD,
    "lũ lụt": Kind.FLOOD,
    "ngập": Kind.FLOOD,
    "tội phạm ma túy": Kind.TRAFFICKERS,
    "buôn bán ma túy": Kind.TRAFFICKERS,
    "sạt lở": Kind.LANDSLIDE,
    "sạt lở đất": Kind.LANDSLIDE,
    "biên giới": Kind.BORDER,
    "khác": Kind.OTHER,
}
"""Other words that may stand in a file, English and Vietnamese."""


@dataclass(frozen=True, slots=True)
class Hazard:
    """A dangerous area."""

    name: str
    kind: Kind
    valid_from: date | None
    """First day; ``None`` = always so far."""
    valid_to: date | None
    """Last day; ``None`` = until further notice."""
    shape: BaseGeometry
    """EPSG:32648, its buffer included."""

    def holds_on(self, day: date) -> bool:
        """Tell whether the area is dangerous on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


def read(shapes: Sequence[BaseGeometry], fields: Sequence[Mapping[str, object]], source: str = "") -> list[Hazard]:
    """Read hazards from the shapes and fields of a file.

    One that cannot be read refuses all of them: a plan must not lead through an area because its date was mistyped.

    Args:
        shapes: EPSG:32648, points, lines or areas.
        fields: of each shape: ``kind``, ``valid_from``, ``valid_to`` (days as YYYY-MM-DD, empty = open), ``buffer_m``,
            ``name``. Any may be missing; an unknown kind counts as ``other`` and its word stays, before the name.
        source: name of the file, told with errors.

    Raises:
        RefusedInput: ``bad_hazard``: what is wrong with the first bad feature, and the numbers of all, from 1 on.
    """
    found: list[Hazard] = []
    wrong: list[_Wrong] = []
    for number, (shape, of) in enumerate(zip(shapes, fields, strict=True), start=1):
        try:
            found.append(_read(number, shape, of))
        except _Wrong as fault:
            wrong.append(fault)
    if wrong:
        numbers = ", ".join(str(one.values["number"]) for one in wrong)
        raise RefusedInput(
            "bad_hazard",
            wrong[0].message,
            where=f"{source}: {numbers}" if source else numbers,
            hint=N_(
                "Correct these features in the file of hazards; days are written YYYY-MM-DD. No plan is made before."
            ),
            values=wrong[0].values,
        )
    return found


class _Wrong(Exception):
    """A feature that cannot be read."""

    def __init__(self, message: str, number: int, **values: str | int | float | date) -> None:
        super().__init__(message)
        self.message = message
        self.values = {"number": number, **values}


def in_force(hazards: Sequence[Hazard], day: date) -> list[Hazard]:
    """Return the hazards of a day."""
    return [one for one in hazards if one.holds_on(day)]


def keep_out(hazards: Sequence[Hazard], day: date) -> BaseGeometry:
    """Return the area to keep out of on a day, merged, EPSG:32648; empty if there is none."""
    merged: BaseGeometry = shapely.union_all([one.shape for one in in_force(hazards, day)])
    return merged


def _read(number: int, shape: BaseGeometry | None, fields: Mapping[str, object]) -> Hazard:
    word = _text(fields.get("kind"))
    kind = ({kind.value: kind for kind in Kind} | dict(WORDS)).get(word.casefold(), Kind.OTHER)
    begin, end = _day(fields.get("valid_from"), number), _day(fields.get("valid_to"), number)
    if begin is not None and end is not None and end < begin:
        raise _Wrong(N_("Hazard {number} ends ({last}) before it begins ({first})."), number, first=begin, last=end)
    wide = _buffer(fields.get("buffer_m"), number)
    name = _text(fields.get("name"))
    if kind is Kind.OTHER and word.casefold() not in {kind.value, *WORDS}:
        name = f"{word}: {name}" if word and name else word or name
    name = name or kind.value
    return Hazard(name, kind, begin, end, _area(shape, wide, number))


def _area(shape: BaseGeometry | None, wide: float, number: int) -> BaseGeometry:
    if shape is None or shape.is_empty or not all(map(math.isfinite, shape.bounds)):
        raise _Wrong(N_("Hazard {number} has no outline."), number)
    whole = shape if shape.is_valid else shapely.make_valid(shape)
    area: BaseGeometry = whole.buffer(wide) if wide else whole
    if area.area == 0:
        raise _Wrong(
            N_("Hazard {number} is a point or a line: it needs buffer_m, the metres to keep away from it."), number
        )
    return area


def _text(value: object) -> str:
    """Return what stands in a field; files have several ways to say nothing."""
    missing = value is None or (isinstance(value, float) and math.isnan(value)) or str(value) == "NaT"
    return "" if missing else unicodedata.normalize("NFC", str(value)).strip()


def _day(value: object, number: int) -> date | None:
    text = _text(value)
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        raise _Wrong(N_("Hazard {number}: '{text}' is not a day."), number, text=text) from None


def _buffer(value: object, number: int) -> float:
    text = _text(value)
    try:
        metres = float(text) if text else 0.0
    except ValueError:
        metres = math.nan
    if not 0 <= metres <= MOST_BUFFER_M:
        raise _Wrong(
            N_("Hazard {number}: buffer_m is '{text}', it must be 0 to {most}."),
            number,
            text=text,
            most=round(MOST_BUFFER_M),
        )
    return metres
