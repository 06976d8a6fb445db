"""Types of columns that mean the same in a GeoPackage and in PostGIS.

Text sorts by its bytes in both, numbers keep all their digits, and a geometry is a real geometry in both: GeoPackage
binary there, a PostGIS column here. What is PostGIS's is imported only when a server is used.
"""

import re
from datetime import datetime
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import REAL, BigInteger, Dialect, Integer, Text
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType

from eradication.geo import WGS84
from eradication.store.geometry import decode, encode
from eradication.store.layers import datetime_text

Whole: TypeEngine[int] = Integer().with_variant(BigInteger(), "postgresql")
"""A whole number; SQLite's have 64 bits anyway."""

Real: TypeEngine[float] = REAL().with_variant(postgresql.DOUBLE_PRECISION(), "postgresql")
"""A float64; SQLite calls it REAL."""

_ESCAPE = "\ue000"
_NUL, _ITSELF = _ESCAPE + "0", _ESCAPE + "1"
_ESCAPED = re.compile(f"{_ESCAPE}[01]")


def _on_server(dialect: Dialect) -> bool:
    return dialect.name == "postgresql"


class Words(TypeDecorator[str]):
    """Text that sorts by its bytes and keeps every letter, also NUL, which PostgreSQL refuses."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Sort by bytes."""
        return Text(collation="C") if _on_server(dialect) else Text()

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Write."""
        if value is None or not _on_server(dialect) or not ("\0" in value or _ESCAPE in value):
            return value
        return value.replace(_ESCAPE, _ITSELF).replace("\0", _NUL)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Read."""
        if value is None or not _on_server(dialect) or _ESCAPE not in value:
            return value
        return _ESCAPED.sub(lambda found: "\0" if found[0] == _NUL else _ESCAPE, value)


class _DateTimeText(UserDefinedType[str]):
    """GeoPackage's DATETIME: ISO text with milliseconds and Z, handed over as text."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """Return the declared type."""
        return "DATETIME"


class Moment(TypeDecorator[str]):
    """A time to the millisecond, handed over as the text that :func:`datetime_text` makes."""

    impl = _DateTimeText
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Keep a real time on a server."""
        return postgresql.TIMESTAMP(timezone=True) if _on_server(dialect) else _DateTimeText()

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | datetime | None:
        """Write."""
        return value if value is None or not _on_server(dialect) else datetime.fromisoformat(value)

    def process_result_value(self, value: str | datetime | None, dialect: Dialect) -> str | None:
        """Read."""
        return value if value is None or isinstance(value, str) else datetime_text(value)


class _Declared(UserDefinedType[bytes]):
    """The declared type of a geometry column: the geometry's name, as GeoPackage wants it."""

    cache_ok = True

    def __init__(self, name: str = "GEOMETRY") -> None:
        self.name = name

    def get_col_spec(self, **_: Any) -> str:
        return self.name


class Geometry(TypeDecorator[BaseGeometry]):
    """A Shapely geometry (WGS 84); a LINESTRING bears Z and M."""

    impl = _Declared
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Take PostGIS's type on a server."""
        declared: str = self.impl_instance.name  # type: ignore[attr-defined]
        if not _on_server(dialect):
            return _Declared(declared)
        from geoalchemy2 import Geometry as PostgisGeometry

        kind = "LINESTRINGZM" if declared == "LINESTRING" else declared
        placed: TypeEngine[Any] = PostgisGeometry(kind, srid=WGS84, spatial_index=False)
        return placed

    def process_bind_param(self, value: BaseGeometry | None, dialect: Dialect) -> bytes | str | None:
        """Write."""
        if value is None or not _on_server(dialect):
            return None if value is None else encode(value)
        placed = shapely.set_srid(value, WGS84)
        text: str = shapely.to_wkb(placed, hex=True, output_dimension=4, byte_order=1, include_srid=True)
        return text

    def process_result_value(self, value: Any, dialect: Dialect) -> BaseGeometry | None:
        """Read."""
        if value is None or not _on_server(dialect):
            return None if value is None else decode(value)
        geometry: BaseGeometry = shapely.set_srid(shapely.from_wkb(bytes(value.data)), 0)
        return geometry
