"""What pygeoapi asks for rows. It makes one of these for every request, and knows nothing of who asks: we do."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from pygeoapi.provider.base import BaseProvider, ProviderInvalidQueryError, ProviderItemNotFoundError

from eradication.errors import N_, EradicationError, UnusableInput
from eradication.pipeline.reception import features
from eradication.pipeline.reception.features import Among, Compare, Every, Query, Where
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.sessions import Caller
from eradication.web.ogc import filters

_ASKING: ContextVar[tuple[Place, Caller]] = ContextVar("asking")
_TYPES = {"date-time": {"type": "string", "format": "date-time"}}


@contextmanager
def asking(place: Place, caller: Caller) -> Iterator[None]:
    """Say who asks, for as long as a request is answered."""
    token = _ASKING.set((place, caller))
    try:
        yield
    finally:
        _ASKING.reset(token)


class Rows(BaseProvider):  # type: ignore[misc]
    """Rows of one collection, as far as the caller may see them."""

    def __init__(self, provider_def: dict[str, Any]) -> None:
        """Take the collection's name from ``data``."""
        super().__init__(provider_def)
        self._known = dict(features.PROPERTIES[self.data])
        self._fields = {name: _TYPES.get(kind, {"type": kind}) for name, kind in self._known.items()}

    def get_fields(self) -> dict[str, dict[str, str]]:
        """Return the properties and their types."""
        return self._fields

    def query(
        self,
        *,
        offset: int = 0,
        limit: int = 10,
        resulttype: str = "results",
        bbox: Sequence[float] = (),
        properties: Sequence[tuple[str, str]] = (),
        sortby: Sequence[Mapping[str, str]] = (),
        select_properties: Sequence[str] = (),
        skip_geometry: bool = False,
        filterq: Any = None,
        datetime_: Any = None,
        crs_transform_spec: Any = None,
        q: Any = None,
        language: Any = None,
    ) -> dict[str, Any]:
        """Return a collection of features."""
        place, caller = _ASKING.get()
        if datetime_ is not None or q is not None:  # left out silently, more would be told than was asked for
            raise ProviderInvalidQueryError(user_msg="Ask by filter, e.g. first_seen > '2026-01-01'.")
        with _told():
            parts: list[Where] = [self._equal(name, value) for name, value in properties]
            if filterq is not None:
                parts.append(filters.condition(filterq, self._known))
            wanted = Query(
                Every(tuple(parts)),
                _box(bbox),
                [(self._sortable(one["property"]), one["order"] == "-") for one in sortby],
                0 if resulttype == "hits" else limit,
                offset,
                tuple(select_properties),
                not skip_geometry,
            )
            found = features.items(place, caller, self.data, wanted)
        return {
            "type": "FeatureCollection",
            "features": found.features,
            "numberMatched": found.total,
            "numberReturned": len(found.features),
        }

    def get(self, identifier: str, *, language: Any = None, crs_transform_spec: Any = None) -> dict[str, Any]:
        """Return one feature."""
        place, caller = _ASKING.get()
        with _told():
            found = features.item(place, caller, self.data, identifier)
        if found is None:
            raise ProviderItemNotFoundError("not found")
        return found

    def _sortable(self, name: str) -> str:
        if name == "state":  # what is kept is not what is told: candidates expire with the season
            raise UnusableInput("not_sortable", N_("There is no sorting by state."), hint=N_("Ask by filter for one."))
        return self._named(name)

    def _named(self, name: str) -> str:
        if name not in self._known:
            raise filters.unknown(name)
        return name

    def _equal(self, name: str, value: str) -> Where:
        kind = self._known.get(self._named(name))
        if kind in ("number", "integer"):
            try:
                return Compare(name, "=", float(value))
            except ValueError:
                raise filters.bad_filter() from None
        return Among(name, tuple(value.split("|"))) if "|" in value else Compare(name, "=", value)


def _box(bbox: Sequence[float]) -> tuple[float, float, float, float] | None:
    if not bbox:
        return None
    west, south, east, north = bbox if len(bbox) == 4 else (bbox[0], bbox[1], bbox[3], bbox[4])
    return float(west), float(south), float(east), float(north)


@contextmanager
def _told() -> Iterator[None]:
    """Let the library say what was wrong in its own way."""
    try:
        yield
    except EradicationError as error:
        raise ProviderInvalidQueryError(str(error), user_msg=str(error)) from error
