"""Which items of a catalog a season and an area ask for."""

from datetime import datetime

from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from eradication.domain import TIMEZONE, Season
from eradication.errors import N_, UnusableInput
from eradication.ingest import stac
from eradication.ingest.scene import moment
from eradication.raster import SceneFailure

type Dated = tuple[stac.Found, datetime]


def in_season(found: list[stac.Found], season: Season, catalog: str, failed: list[SceneFailure]) -> list[Dated]:
    """Return the items of a season's window of imagery with their times; those without a time join ``failed``.

    Raises:
        UnusableInput: ``no_imagery`` says what dates there are.
    """
    dated: list[Dated] = []
    for one in found:
        time = moment(one.item)
        if time is None:
            failed.append(SceneFailure(one.item.id, "*", "no_date"))
        else:
            dated.append((one, time))
    begin, end = season.imagery_window
    wanted = [(one, time) for one, time in dated if begin <= time < end]
    if wanted:
        return wanted
    if not dated:
        raise UnusableInput("no_imagery", N_("The catalog holds no images."), where=catalog)
    raise UnusableInput(
        "no_imagery",
        N_("No image lies in season {season} ({begin} to {end}); the catalog holds {first} to {last}."),
        where=catalog,
        hint=N_("Choose the season of these images, or another catalog."),
        values={
            "season": season.label,
            "begin": begin.astimezone(TIMEZONE).date(),
            "end": season.last_day,
            "first": min(time for _, time in dated).date(),
            "last": max(time for _, time in dated).date(),
        },
    )


def in_area(wanted: list[Dated], area: BaseGeometry | None, catalog: str) -> list[Dated]:
    """Return the items whose footprint touches the area (WGS 84), all of them without one.

    Raises:
        UnusableInput: ``no_imagery``.
    """
    if area is None:
        return wanted
    near = [(one, time) for one, time in wanted if _touches(one, area)]
    if not near:
        raise UnusableInput(
            "no_imagery",
            N_("No image of the season lies in the wanted area."),
            where=catalog,
            hint=N_("Check the area, or leave it out to use everything the catalog covers."),
        )
    return near


def _touches(found: stac.Found, area: BaseGeometry) -> bool:
    if not found.item.geometry:
        return True
    try:
        return bool(shape(found.item.geometry).intersects(area))
    except (ShapelyError, AttributeError, KeyError, TypeError, ValueError):
        return True  # a broken footprint is no reason to leave an image out
