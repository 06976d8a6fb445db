"""Communes of a province, with no official polygons at hand: names, codes, centres and lineage from a package.

The PyPI package ``vietnamadminunits`` holds two vintages: the units since 1 July 2025 and those until the day before,
with the table by which addresses are converted. :func:`of_province` turns both into dated units with stand-in outlines.

What the package does not hold, and what is done about it:

* Outlines. Each unit gets the Voronoi cell of its centre, cut to a stand-in for the province: a concave hull of all
  centres, widened until its area is the sum of the stated areas, and kept inside the union of the old units' bounding
  boxes. ``approximate`` is true. Against real polygons of Sơn La three quarters of the area lie in the right commune.
* Centres. Some old units share one centre, because a geocoder fell back to their town or district (9 of Sơn La's 200).
  Nothing tells them apart, so they get no outline, and their neighbours' cells cover them.
* Stated areas. Old units have none. Two new units of Sơn La state far less than their real polygons hold: Quỳnh Nhai
  (30.554 km², an eighth) and Mường Chanh (65.48 km², two thirds). They are left as they are; an import names them.
* Dates. The old vintage is the last one before 1 July 2025; since when each of its units existed is not said, so they
  count as valid from :data:`UNKNOWN_START`. Earlier changes are not in it.
* Shares. The table says of an old unit either that it was not divided, which is taken as share 1, or lists its heirs
  without shares, which stay ``None``.
* Island districts without wards (none in Sơn La) are left out.
"""

import difflib
import json
import sqlite3
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import date, timedelta
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from eradication import geo
from eradication.domain import AdminUnit, Lineage
from eradication.errors import N_, StorageFailed, UnusableInput

PACKAGE = "vietnamadminunits"
REFORM = date(2025, 7, 1)
"""Day on which districts ended and communes were merged."""
UNKNOWN_START = date(1900, 1, 1)
"""Stands for "since when is not said"."""

_SMOOTHNESS = 0.2
"""Ratio of the concave hull; of 0.05 … 1 it met Sơn La's real outline best (IoU 0.92 with both clips)."""
_WIDEST_M = 60_000.0

type _Row = dict[str, Any]


def of_province(name: str) -> tuple[list[AdminUnit], list[Lineage]]:
    """Return the units of both vintages of one present-day province, and what became of the old ones.

    Args:
        name: with or without "Tỉnh", with or without diacritics.

    Returns:
        Units ordered by validity and code; lineage ordered by old code. See the module for what is approximate.

    Raises:
        UnusableInput: ``unknown_province``, with near matches.
        StorageFailed: ``package_incomplete`` if the package's data files are not where they should be.
    """
    units, lineage = _of_province(name)
    return list(units), list(lineage)


@lru_cache(maxsize=4)
def _of_province(name: str) -> tuple[tuple[AdminUnit, ...], tuple[Lineage, ...]]:
    """Return what :func:`of_province` does; a new workspace asks twice, before it is made and to fill it."""
    new = _rows_of(name)
    converter = _converter()
    province = str(new[0]["provinceKey"])
    old = [r for r in _table("admin_units_legacy") if r["provinceKey"] in converter["DICT_PROVINCE"][province]]
    old = [r for r in old if r["wardCode"]]
    hull = _province_hull(new, old)
    units = [*_units(old, hull, UNKNOWN_START, REFORM - timedelta(days=1)), *_units(new, hull, REFORM, None)]
    return tuple(sorted(units, key=lambda u: (u.valid_from, u.code))), tuple(_lineage(province, new, old, converter))


def source() -> str:
    """Name the source as it is kept with every unit."""
    return f"{PACKAGE} {version(PACKAGE)}, Voronoi"


def _units(rows: Sequence[_Row], hull: BaseGeometry, valid_from: date, valid_to: date | None) -> list[AdminUnit]:
    cells, said = _cells(rows, hull), source()
    return [
        AdminUnit(
            code=str(row["wardCode"]),
            name=unicodedata.normalize("NFC", row["ward"]),
            valid_from=valid_from,
            valid_to=valid_to,
            geometry=cells.get(row["wardCode"]),
            lon=row["wardLon"],
            lat=row["wardLat"],
            area_km2=row.get("wardAreaKm2"),
            approximate=True,
            source=said,
        )
        for row in rows
    ]


def _cells(rows: Sequence[_Row], hull: BaseGeometry) -> dict[str, BaseGeometry]:
    """Return the Voronoi cell (WGS 84) of every unit whose centre is its own."""
    shared = Counter(_centre(r) for r in rows)
    placed = [r for r in rows if shared[_centre(r)] == 1]
    if not placed:
        return {}
    centres = shapely.MultiPoint(geo.transform([_centre(r) for r in placed], geo.WGS84, geo.UTM48))
    polygons = shapely.get_parts(shapely.voronoi_polygons(centres, extend_to=hull, ordered=True))
    cells = (geo.project(shapely.intersection(cell, hull), geo.UTM48, geo.WGS84) for cell in polygons)
    return {str(r["wardCode"]): cell for r, cell in zip(placed, cells, strict=True) if not cell.is_empty}


def _province_hull(new: Sequence[_Row], old: Sequence[_Row]) -> BaseGeometry:
    """Return the stand-in for the province in EPSG:32648, its area the sum of the stated areas."""
    centres = geo.transform([_centre(r) for r in (*new, *old)], geo.WGS84, geo.UTM48)
    hull = shapely.concave_hull(shapely.MultiPoint(centres), _SMOOTHNESS)
    boxes = geo.project(shapely.union_all([_bounds(r["wardBounds"]) for r in old]), geo.WGS84, geo.UTM48)
    stated_m2 = 1e6 * sum(r["wardAreaKm2"] or 0.0 for r in new)
    narrow, wide = 0.0, _WIDEST_M
    while wide - narrow > 1.0:
        middle = (narrow + wide) / 2.0
        if shapely.intersection(hull.buffer(middle), boxes).area < stated_m2:
            narrow = middle
        else:
            wide = middle
    return shapely.intersection(hull.buffer(wide), boxes)


def _centre(row: _Row) -> tuple[float, float]:
    return row["wardLon"], row["wardLat"]


def _bounds(text: str) -> BaseGeometry:
    """Read ``south,west – north,east``."""
    (south, west), (north, east) = (map(float, corner.split(",")) for corner in text.split("–"))
    return shapely.box(west, south, east, north)


def _lineage(province: str, new: Sequence[_Row], old: Sequence[_Row], converter: dict[str, Any]) -> list[Lineage]:
    codes = {str(r["wardKey"]): str(r["wardCode"]) for r in new}
    rows = {f"{r['provinceKey']}_{r['districtKey']}_{r['wardKey']}": r for r in old}
    whole = converter["DICT_PROVINCE_WARD_NO_DIVIDED"].get(province, {})
    pairs: list[tuple[str, str, float | None]] = [(key, heir, 1.0) for heir, keys in whole.items() for key in keys]
    divided = converter["DICT_PROVINCE_WARD_DIVIDED"].get(province, {})
    pairs.extend((key, str(heir["newWardKey"]), None) for key, heirs in divided.items() for heir in heirs)
    found = [
        Lineage(
            old_code=str(rows[key]["wardCode"]),
            old_name=unicodedata.normalize("NFC", rows[key]["ward"]),
            new_code=codes[heir],
            changed_on=REFORM,
            share=share,
        )
        for key, heir, share in pairs
        if key in rows and heir in codes
    ]
    return sorted(found, key=lambda item: (item.old_code, item.new_code))


def _rows_of(name: str) -> list[_Row]:
    wanted = _folded(name)
    provinces = {_folded(str(r["provinceShort"])): str(r["provinceShort"]) for r in _table("admin_units")}
    if wanted not in provinces:
        raise UnusableInput(
            "unknown_province",
            N_("There is no province '{name}'."),
            hint=N_("Provinces since 1 July 2025 with a similar name: {near}."),
            values={"name": name, "near": ", ".join(_near(wanted, provinces)) or "–"},
        )
    return [r for r in _table("admin_units") if r["provinceShort"] == provinces[wanted]]


def _near(wanted: str, provinces: dict[str, str]) -> list[str]:
    """Return names that look alike, and the present province of a name that ended on 30 June 2025."""
    near = [provinces[key] for key in difflib.get_close_matches(wanted, provinces, n=3, cutoff=0.5)]
    ended = {str(r["provinceKey"]) for r in _table("admin_units_legacy") if _folded(str(r["provinceShort"])) == wanted}
    heirs = {key for key, parts in _converter()["DICT_PROVINCE"].items() if ended & set(parts)}
    first = sorted({str(r["provinceShort"]) for r in _table("admin_units") if r["provinceKey"] in heirs})
    return list(dict.fromkeys([*first, *near]))


def _folded(name: str) -> str:
    """Return ``name`` in lower case without diacritics and without the word for province or city."""
    letters = unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "D").casefold())
    plain = " ".join("".join(c for c in letters if not unicodedata.combining(c)).split())
    return plain.removeprefix("tinh ").removeprefix("thanh pho ").removeprefix("tp. ")


def _data(file: str) -> Path:
    # Importing the package would load three address parsers; its files are all that is wanted.
    spec = find_spec(PACKAGE)
    path = Path(spec.origin).parent / "data" / file if spec and spec.origin else Path(file)
    if not path.is_file():
        raise StorageFailed(
            "package_incomplete",
            N_("The data of the package {package} are missing."),
            where=str(path),
            hint=N_("Install anew with: make setup"),
            values={"package": PACKAGE},
        )
    return path


@lru_cache(maxsize=4)
def _table(name: str) -> list[_Row]:
    wanted = ["provinceShort", "provinceKey", "ward", "wardKey", "wardCode", "wardLat", "wardLon"]
    extra = ["wardAreaKm2"] if name == "admin_units" else ["districtKey", "wardBounds"]
    columns: Iterable[str] = [*wanted, *extra]
    uri = _data("dataset.db").as_uri() + "?mode=ro&immutable=1"
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(r) for r in connection.execute(f'SELECT {",".join(columns)} FROM "{name}"')]


@lru_cache(maxsize=1)
def _converter() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(_data("converter_2025.json").read_text(encoding="utf-8"))
    return table
