"""What one row of a table of facts says, kind by kind: its values, or why they cannot be right."""

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import shapely
from shapely.geometry.base import BaseGeometry

from eradication import geo
from eradication.domain import TIMEZONE, AdminUnit, FactKind, Json, Season, VillageKind
from eradication.domain.codes import fold
from eradication.errors import N_, RefusedInput
from eradication.ingest import commune_names, office_table, table_cells, visit_place, visit_row
from eradication.ingest.visit_row import Row

FIRST_YEAR, LAST_YEAR = 1980, 2200
_PERIOD = re.compile(r"[0-9]{4}-(Q1|H1|Q3|Y)")
_PROVINCE = ("", "tinh", "toan tinh", "province")
_MOST_HOUSEHOLDS = 100_000.0

type Values = dict[str, Json]
type Said = tuple[Values, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Context:
    """What every row of a table is read with."""

    communes: Sequence[AdminUnit] = field(repr=False)
    """Of every vintage."""
    today: date
    """Stands for the day of a row that states none and needs none; no row may lie after it."""
    units: frozenset[str] = frozenset()
    """Codes of responsible units on record; none = they are not checked."""
    zone: ZoneInfo = TIMEZONE


def target(row: Row, geometry: Any, context: Context) -> Said:
    """Read a target: of a unit or a commune for a year or a season, in m² or in per cent of what is detected."""
    day = _day(row, "date", context, default=True)
    commune, said = _commune(row, context, day) if row.text("commune") else ("", ())
    if not (row.text("unit") or commune):
        raise visit_row.missing("unit")
    area, share = office_table.area_m2(row, "target_m2"), _percent(row, "target_pct")
    if area is None and share is None:
        raise visit_row.missing("target_m2")
    values: Values = {"unit": row.text("unit"), "commune": commune, "span": _span(row)}
    values |= {"target_m2": area, "target_pct": share, "date": day.isoformat()}
    return values, (*said, *_unknown_unit(row, context))


def baseline(row: Row, geometry: Any, context: Context) -> Said:
    """Read a baseline: the area of a commune of a vintage, or of the province, in a year, with its source."""
    year, area = _year(row), office_table.area_m2(row, "area_m2")
    if area is None:
        raise visit_row.missing("area_m2")
    commune, vintage = "", ""
    if fold(row.text("commune")) not in _PROVINCE:
        if not row.text("vintage"):
            raise visit_row.missing("vintage")
        day = table_cells.day(row.cells["vintage"], context.zone, "vintage")
        commune, said = _commune(row, context, day)
        if said:
            raise RefusedInput(
                "commune_not_of_vintage",
                N_("There was no commune '{code}' on {day}."),
                hint=N_("Give in vintage a day on which the commune's code was in force."),
                values={"code": commune, "day": day.isoformat()},
            )
        vintage = day.isoformat()
    plants = office_table.whole(row, "plants", visit_row.MOST_PLANTS)
    return {"commune": commune, "year": year, "area_m2": area, "plants": plants, "vintage": vintage}, ()


def commitment(row: Row, geometry: Any, context: Context) -> Said:
    """Read how many of a village's households have signed."""
    values, said = _of_village(row, context)
    households, signed = (office_table.whole(row, name, _MOST_HOUSEHOLDS) for name in ("households", "signed"))
    if households is None or signed is None:
        raise visit_row.missing("households" if households is None else "signed")
    if signed > households:
        raise RefusedInput(
            "more_signed_than_households",
            N_("{signed} of {households} households cannot have signed."),
            hint=N_("Check the columns households and signed."),
            values={"signed": signed, "households": households},
        )
    return values | {"households": households, "signed": signed}, said


def mailbox(row: Row, geometry: Any, context: Context) -> Said:
    """Read whether a village has a mailbox."""
    values, said = _of_village(row, context)
    has = office_table.yes_no(row, "has_mailbox")
    if has is None:
        raise visit_row.missing("has_mailbox")
    return values | {"has_mailbox": has}, said


def village(row: Row, geometry: Any, context: Context) -> Said:
    """Read a village of the list of all villages."""
    values, said = _of_village(row, context, dated=False)
    at = visit_place.read(row.cells, geometry, grouped=row.grouped)
    kind = row.code("village_kind", VillageKind)
    values |= {"lon": at.lon, "lat": at.lat, "village_kind": kind.value if kind else ""}
    return values, (*said, *at.checks)


def self_reported(row: Row, geometry: Any, context: Context) -> Said:
    """Read the figures of a unit that keeps no ledger here, for one reporting period."""
    if not row.text("unit"):
        raise visit_row.missing("unit")
    period = row.text("period").upper()
    if not _PERIOD.fullmatch(period):
        raise RefusedInput(
            "unknown_period",
            N_("'{text}' is not a reporting period."),
            hint=N_("Write for example 2027-Q1, 2027-H1, 2027-Q3 or 2027-Y."),
            values={"text": row.text("period")[:40]},
        )
    areas = {name: office_table.area_m2(row, name) for name in ("detected_m2", "claimed_m2", "verified_m2")}
    if areas["detected_m2"] is None:
        raise visit_row.missing("detected_m2")
    day = _day(row, "reported_on" if row.text("reported_on") else "date", context)
    counts: Values = {name: office_table.whole(row, name, visit_row.MOST_PLANTS) for name in ("plots", "plants")}
    values: Values = {"unit": row.text("unit"), "period": period, **areas, **counts, "reported_on": day.isoformat()}
    detected = areas["detected_m2"]
    odd = {
        "claimed_above_detected": (areas["claimed_m2"] or 0) > detected,
        "verified_above_claimed": (areas["verified_m2"] or 0) > (areas["claimed_m2"] or 0),
    }
    return values, (*(code for code, is_so in odd.items() if is_so), *_unknown_unit(row, context))


def conversion(row: Row, geometry: Any, context: Context) -> Said:
    """Read land that was converted to another crop: an outline, a day, the crop."""
    shape = _polygon(geometry)
    day = _day(row, "converted_on" if row.text("converted_on") else "date", context)
    crop = row.text("crop")
    if not crop:
        raise visit_row.missing("crop")
    drawn = json.loads(shapely.to_geojson(geo.rounded(shape)))
    measured = round(geo.area_m2(shape))
    stated = office_table.area_m2(row, "area_m2")
    content = f"{day.isoformat()}\x1f{json.dumps(drawn, sort_keys=True)}"
    values: Values = {
        "conversion_id": row.text("conversion_id") or "c-" + hashlib.sha256(content.encode()).hexdigest()[:12],
        "crop": crop,
        "converted_on": day.isoformat(),
        "area_m2": stated if stated is not None else measured,
        "outline_m2": measured,
        "plot": row.text("plot"),
        "case_ref": row.text("case_ref"),
        "geometry": drawn,
    }
    differs = stated is not None and abs(stated - measured) > max(0.2 * measured, 10)
    return values, ("area_differs_from_outline",) if differs else ()


READERS: Mapping[FactKind, Callable[[Row, Any, Context], Said]] = {
    FactKind.TARGET: target,
    FactKind.BASELINE: baseline,
    FactKind.COMMITMENT: commitment,
    FactKind.MAILBOX: mailbox,
    FactKind.VILLAGE: village,
    FactKind.SELF_REPORTED: self_reported,
    FactKind.CONVERSION: conversion,
}
"""Kind → what reads its rows."""
SOURCED = (FactKind.TARGET, FactKind.BASELINE, FactKind.COMMITMENT, FactKind.CONVERSION)
"""Kinds that must name their source."""


def _of_village(row: Row, context: Context, *, dated: bool = True) -> Said:
    for name in ("commune", "village"):
        if not row.text(name):
            raise visit_row.missing(name)
    day = _day(row, "date", context, default=not dated)
    commune, said = _commune(row, context, day)
    return {"commune": commune, "village": " ".join(row.text("village").split()), "date": day.isoformat()}, said


def _commune(row: Row, context: Context, day: date) -> tuple[str, tuple[str, ...]]:
    written = row.text("commune")
    if written.isascii() and written.isdecimal():
        written = written.zfill(5)  # spreadsheets drop leading zeros
    return commune_names.find(written, context.communes, day)


def _day(row: Row, name: str, context: Context, *, default: bool = False) -> date:
    if not row.text(name):
        if default:
            return context.today
        raise visit_row.missing(name)
    day = table_cells.day(row.cells[name], context.zone, name)
    if day > context.today:
        raise RefusedInput(
            "future_time",
            N_("{field} lies in the future."),
            hint=N_("Check the date and the clock of the computer."),
            values={"field": name},
        )
    return day


def _year(row: Row) -> int:
    if not row.text("year"):
        raise visit_row.missing("year")
    value = office_table.whole(row, "year", LAST_YEAR)
    if value is None or value < FIRST_YEAR:
        raise RefusedInput(
            "bad_year",
            N_("'{text}' is not a year that can be meant."),
            hint=N_("Give a year from {first} to {last}."),
            values={"text": row.text("year"), "first": FIRST_YEAR, "last": LAST_YEAR},
        )
    return value


def _span(row: Row) -> str:
    """Return the season (``2025-2026``) or the year (``2026``) a target is for."""
    return Season.parse(row.text("season")).label if row.text("season") else str(_year(row))


def _percent(row: Row, name: str) -> float | None:
    written = row.text(name).removesuffix("%").strip()
    value = table_cells.number(written, name, grouped=row.grouped)
    if value is None:
        return None
    if not 0 < value <= 100:
        raise RefusedInput(
            "bad_percentage",
            N_("{field} is {text}, but must lie above 0 and not above 100."),
            hint=N_("Write per cent, for example 100."),
            values={"field": name, "text": row.text(name)},
        )
    return math.floor(value * 10 + 1e-9) / 10


def _unknown_unit(row: Row, context: Context) -> tuple[str, ...]:
    written = row.text("unit")
    return ("unknown_unit",) if written and context.units and written not in context.units else ()


def _polygon(geometry: Any) -> BaseGeometry:
    place = visit_place.read({}, geometry)
    if place.outline is None:
        raise RefusedInput(
            "no_outline",
            N_("The row has no outline of the land."),
            hint=N_("Hand conversions in as polygons: GeoJSON or GeoPackage."),
        )
    return place.outline
