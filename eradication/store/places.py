"""Administrative units and lineage as rows, and which of two versions of a row stays."""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from eradication.domain import AdminUnit, Lineage
from eradication.domain.event import iso
from eradication.errors import N_, UnusableInput
from eradication.store.geometry import as_multipolygon, encode

UNIT_KEY = ("code", "valid_from", "source")
LINEAGE_KEY = ("old_code", "new_code", "changed_on")

type PlainRow = dict[str, Any]


def unit_row(unit: AdminUnit, recorded_at: datetime) -> PlainRow:
    """Return a unit as a row of ``admin_units``.

    Raises:
        UnusableInput: ``unstorable_outline``.
    """
    try:
        outline = as_multipolygon(unit.geometry)
    except ValueError as error:
        raise UnusableInput(
            "unstorable_outline",
            N_("The outline of unit {code} cannot be kept: {error}."),
            values={"code": unit.code, "error": error},
        ) from error
    return {
        "geom": outline,
        "code": unit.code,
        "name": unit.name,
        "valid_from": unit.valid_from.isoformat(),
        "valid_to": unit.valid_to and unit.valid_to.isoformat(),
        "lon": float(unit.lon),
        "lat": float(unit.lat),
        "area_km2": _known(unit.area_km2),
        "approximate": int(unit.approximate),
        "source": unit.source,
        "recorded_at": iso(recorded_at),
    }


def unit_from(row: Mapping[str, Any]) -> AdminUnit:
    """Read a row of ``admin_units``."""
    return AdminUnit(
        code=row["code"],
        name=row["name"],
        valid_from=date.fromisoformat(row["valid_from"]),
        valid_to=row["valid_to"] and date.fromisoformat(row["valid_to"]),
        geometry=row["geom"],
        lon=_number(row["lon"]),
        lat=_number(row["lat"]),
        area_km2=row["area_km2"],
        approximate=bool(row["approximate"]),
        source=row["source"],
    )


def _known(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def _number(value: float | None) -> float:
    # SQLite keeps NaN as NULL.
    return float("nan") if value is None else value


def lineage_row(change: Lineage, recorded_at: datetime) -> PlainRow:
    """Return a change as a row of ``lineage``."""
    return {
        "old_code": change.old_code,
        "old_name": change.old_name,
        "new_code": change.new_code,
        "changed_on": change.changed_on.isoformat(),
        "share": _known(change.share),
        "recorded_at": iso(recorded_at),
    }


def lineage_from(row: Mapping[str, Any]) -> Lineage:
    """Read a row of ``lineage``."""
    return Lineage(
        old_code=row["old_code"],
        old_name=row["old_name"],
        new_code=row["new_code"],
        changed_on=date.fromisoformat(row["changed_on"]),
        share=row["share"],
    )


def key_of(row: Mapping[str, Any], key: tuple[str, ...]) -> tuple[str, ...]:
    """Return the values of ``key`` in ``row``."""
    return tuple(row[name] for name in key)


def content(row: Mapping[str, Any]) -> str:
    """Return the hash of what a row says, without when it was recorded."""
    plain = {
        name: encode(value).hex()
        if hasattr(value, "wkb")
        else repr(_number(value))
        if name in ("lon", "lat")
        else value
        for name, value in row.items()
        if name not in ("recorded_at", "fid")
    }
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def fingerprints(rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return a short hash of each unit's content by its key, to be named in the event that brings the units."""
    return {"|".join(key_of(row, UNIT_KEY)): content(row)[:16] for row in rows}


def choose(
    existing: Mapping[tuple[str, ...], PlainRow], arriving: Iterable[PlainRow], key: tuple[str, ...], *, newest: bool
) -> list[PlainRow]:
    """Return the rows that must be written so that ``arriving`` ones are kept.

    Args:
        existing: rows by key.
        arriving: rows that come.
        key: names of the key's columns.
        newest: ``True`` lets an arriving row replace another version; ``False`` lets the smaller content hash stay,
            which is the same one whatever came first.
    """
    now = dict(existing)
    changed: dict[tuple[str, ...], PlainRow] = {}
    for row in arriving:
        name = key_of(row, key)
        kept = now.get(name)
        if kept is not None:
            old, new = content(kept), content(row)
            # The later time counts in either case: a bundle of what was recorded since then must hold the row.
            later = max(kept["recorded_at"], row["recorded_at"])
            stays = kept if old == new or (not newest and old < new) else row
            row = {**stays, "recorded_at": kept["recorded_at"] if old == new and newest else later}
            if content(row) == old and row["recorded_at"] == kept["recorded_at"]:
                continue
        now[name] = changed[name] = row
    return list(changed.values())
