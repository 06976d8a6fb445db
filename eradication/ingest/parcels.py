"""Parcels that farmers declared, and the tables that say what their crop codes mean.

A row is a code, as the file has it, and a polygon in WGS 84. What the codes mean is not decided here.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from shapely.geometry.base import BaseGeometry

from eradication.config import Settings
from eradication.domain import Json
from eradication.errors import N_, RefusedInput
from eradication.ingest import sandbox
from eradication.ingest.boundaries import folded, in_wgs84

HCAT_NAMES = ("echcatc", "hcatcode", "echcatcode", "hcat3code")
"""Properties with HCAT codes, best first, without case and signs: EuroCrops' ``EC_hcat_c``, fiboa's ``hcat:code``."""

type Rows = list[tuple[str, BaseGeometry | None]]


def read(path: Path, settings: Settings, *, column: str = "", bounds: Sequence[float] | None = None) -> Rows:
    """Return code and outline (WGS 84; ``None`` where there is none) of every parcel.

    Args:
        path: GeoPackage, GeoParquet, GeoJSON or zipped Shapefile.
        settings: ``limits`` is used.
        column: property with the code; empty = the one with HCAT codes.
        bounds: west, south, east, north in degrees; parcels outside are not read.

    Raises:
        UnusableInput: what :func:`eradication.ingest.sandbox.read` raises.
        RefusedInput: ``no_crop_column``, ``crs_needed``, ``no_polygons``, ``unknown_format`` and others.
    """
    names = (folded(column),) if column else HCAT_NAMES
    options: dict[str, Json] = {"columns": [*names], "most": settings.limits.points}
    if bounds is not None:
        options["bounds"] = [float(edge) for edge in bounds]
    data: dict[str, Any] = sandbox.read(path, "parcels", settings.limits, options=options)
    held = {folded(name): values for name, values in data["columns"].items()}
    found = next((held[name] for name in names if name in held), None)
    if found is None:
        raise RefusedInput(
            "no_crop_column",
            N_("No property of the file holds the crop's code; it has: {properties}."),
            where=str(path),
            hint=N_("EuroCrops calls it EC_hcat_c. Name the property, and with national codes also their table."),
            values={"properties": ", ".join(data["properties"])},
        )
    return list(zip(map(_code, found), in_wgs84(data, path), strict=True))


def read_codes(path: Path, settings: Settings) -> list[dict[str, str]]:
    """Return the rows of a table of crop codes: column → text.

    Raises:
        UnusableInput: what :func:`eradication.ingest.sandbox.read` raises.
        RefusedInput: ``unreadable_table`` and others.
    """
    rows: list[dict[str, str]] = sandbox.read(path, "crop_codes", settings.limits)["rows"]
    return rows


def _code(value: Any) -> str:
    """Return a code as text; tables that keep codes as numbers give them a decimal point."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else " ".join(str(value).split())
