"""Projection layers: what replaying the events says now, kept as map layers so that any GIS shows it.

A layer can always be computed anew from the events; nothing is known only here.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from types import MappingProxyType
from typing import Any

from shapely.geometry.base import BaseGeometry

from eradication.errors import N_, UnusableInput
from eradication.store.contract import Row
from eradication.store.geometry import as_multipolygon, as_point

type Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class LayerSpec:
    """Columns of one layer: name → ``text``, ``real``, ``integer`` or ``datetime``."""

    columns: Mapping[str, str]
    key: tuple[str, ...]
    geometry_type: str = ""
    """Empty for a table without geometry; its rows have ``None`` under ``geometry``."""
    shape: Callable[[BaseGeometry | None], BaseGeometry | None] = lambda _: None


def _columns(**kinds: str) -> Mapping[str, str]:
    return MappingProxyType({name: kind for kind, names in kinds.items() for name in names.split()})


LAYERS: Mapping[str, LayerSpec] = MappingProxyType(
    {
        "plots": LayerSpec(
            _columns(
                text="plot_id code season state class score_kind area_method commune_code commune source run model "
                "aliases first_seen_utc sown_on stage stage_at units",
                real="score area_m2 area_se_m2 lon lat",
                integer="detected_m2 claimed_m2 verified_m2 plant_count outside class_estimated",
                datetime="first_seen",
            ),
            ("plot_id", "season"),
            "MULTIPOLYGON",
            as_multipolygon,
        ),
        "candidates": LayerSpec(
            _columns(
                text="id plot_id season score_kind class run model units",
                real="score area_m2 lon lat",
                integer="outside",
            ),
            ("id",),
            "MULTIPOLYGON",
            as_multipolygon,
        ),
        "visits": LayerSpec(
            _columns(text="key visit_id unit outcome plot_id season", real="area_m2", datetime="visited_at"),
            ("key",),
            "POINT",
            as_point,
        ),
        "replayed": LayerSpec(_columns(text="part season key body"), ("part", "season", "key")),
    }
)


def spec_of(name: str) -> LayerSpec:
    """Return the layer ``name``.

    Raises:
        UnusableInput: ``unknown_layer``.
    """
    spec = LAYERS.get(name)
    if spec is None:
        raise UnusableInput(
            "unknown_layer",
            N_("There is no layer '{name}'."),
            hint=N_("Layers are: {known}."),
            values={"name": name, "known": ", ".join(LAYERS)},
        )
    return spec


def settle(name: str, rows: Iterable[Row]) -> dict[Key, Row]:
    """Return ``rows`` by key, each with all columns in the form in which they are kept.

    Raises:
        UnusableInput: ``unknown_layer``, ``unknown_column``, ``duplicate_row``, ``unstorable_value``.
    """
    spec = spec_of(name)
    settled: dict[Key, Row] = {}
    for row in rows:
        whole = _settle_row(name, spec, row)
        key = tuple(whole[column] for column in spec.key)
        if key in settled or None in key:
            raise _unusable("duplicate_row", N_("Layer {layer}: {value} is missing a key or comes twice."), name, key)
        settled[key] = whole
    return settled


def has(row: Row, only: Mapping[str, Collection[str]] | None) -> bool:
    """Tell whether a row has one of the wanted values in each of some columns."""
    return all(row[column] in values for column, values in (only or {}).items())


def _settle_row(name: str, spec: LayerSpec, row: Row) -> Row:
    strange = row.keys() - spec.columns.keys() - {"geometry"}
    if strange:
        message = N_("Layer {layer} has no column {value}.")
        raise _unusable("unknown_column", message, name, ", ".join(sorted(strange)))
    whole: Row = {}
    try:
        for column, kind in spec.columns.items():
            whole[column] = _VALUES[kind](_bare(row.get(column)))
        whole["geometry"] = spec.shape(row.get("geometry"))
    except (ValueError, TypeError, OverflowError, AttributeError) as error:
        raise _unusable(
            "unstorable_value", N_("Layer {layer}: a value cannot be kept: {value}."), name, error
        ) from error
    return whole


def _bare(value: Any) -> Any:
    """Take the plain value out of codes, NumPy scalars and NaN."""
    if isinstance(value, Enum):
        return value.value
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and value != value else value


def _text(value: Any) -> str | None:
    if isinstance(value, (tuple, list)):
        return ",".join(str(part) for part in value)
    return None if value is None else str(value)


def _real(value: Any) -> float | None:
    return None if value is None else float(value)


def _integer(value: Any) -> int | None:
    if value is None:
        return None
    if int(value) != value:
        raise ValueError(f"{value} is not whole")
    return int(value)


def _datetime(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if value.tzinfo is None:
        raise ValueError(f"{value} has no time zone")
    return datetime_text(value)


def datetime_text(when: datetime) -> str:
    """Return ``when`` (aware) as GeoPackage's DATETIME, which knows milliseconds and Z only."""
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


_VALUES: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {"text": _text, "real": _real, "integer": _integer, "datetime": _datetime}
)


def _unusable(kind: str, message: str, layer: str, value: object) -> UnusableInput:
    return UnusableInput(kind, message, values={"layer": layer, "value": value})
