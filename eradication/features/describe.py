"""A window of imagery becomes features of its pixels that could be poppy."""

import numpy as np
import numpy.typing as npt

from eradication.config import Settings
from eradication.domain import Season
from eradication.features.gate import Gate
from eradication.features.looks import LAYER_STEPS, NO_LAYER, REACH, Dates, Layers, look, survey
from eradication.features.permanence import permanence
from eradication.features.rings import contrasts, textures
from eradication.features.series import Series, describe_series, gather
from eradication.features.table import COMPUTED, RINGED, TEXTURED
from eradication.raster import Bytes, Cube, FeatureStack, Float32

_TEXTURED = [RINGED.index(name) for name in TEXTURED]


def describe(
    cube: Cube, settings: Settings, *, gate: Gate | None = None, wanted: npt.NDArray[np.bool_] | None = None
) -> FeatureStack:
    """Compute every feature the cube's bands allow, of a window that stands alone: outside of it nothing is known.

    Args:
        cube: all passes of a season.
        settings: ``imagery.min_clear`` decides which pixels count as observed.
        gate: rules out what cannot be poppy; ``None`` = the usual one of the season, see :func:`gate_of`.
        wanted: pixels to describe, shape (y, x); ``None`` = all that the gate lets through.

    Returns:
        Features in the order of :data:`COMPUTED`; those whose bands are missing are named in ``missing`` and left out.
        No feature is the count of clear looks: a model must not learn where clouds were.
    """
    dates = Dates.of(cube.times, cube.season.start_year)
    looks = look(cube)
    found = survey(looks, dates, gate or gate_of(cube.season, cube.times, settings.imagery.gate))
    observed = observed_in(found.clear, settings)
    chosen = np.flatnonzero(observed & (found.possible if wanted is None else wanted))
    series = gather(cube, looks, chosen)
    layers = np.pad(found.layers, ((0, 0), (REACH, REACH), (REACH, REACH)), constant_values=NO_LAYER)
    names, x = columns(series, dates, layers, [], frozenset(cube.bands))
    return FeatureStack(
        season=cube.season,
        names=names,
        pixels=chosen,
        x=x,
        geobox=cube.geobox,
        clear_observations=found.clear,
        observed=observed,
        ruled_out=observed & ~found.possible,
        missing=missing(names),
    )


def observed_in(clear: Bytes, settings: Settings) -> npt.NDArray[np.bool_]:
    """Return which pixels were seen often enough to be scored, by their numbers of clear looks."""
    return clear >= max(settings.imagery.min_clear, 1)


def gate_of(season: Season, times: npt.NDArray[np.datetime64], name: str = "close") -> Gate:
    """Return the gate for the images there are: no rule speaks of a part of the season that is not over."""
    dates = Dates.of(times, season.start_year)
    return Gate.of(dates.days, season.start_year, name)


def columns(
    series: Series, dates: Dates, layers: Layers, earlier: list[Bytes], bands: frozenset[str]
) -> tuple[tuple[str, ...], Float32]:
    """Return names and values, shape (pixel, feature), of the features that ``bands`` allow.

    Args:
        series: the pixels.
        dates: of their looks.
        layers: of their window with a margin of :data:`REACH` pixels.
        earlier: what each earlier year says of the window, from :func:`never_bare`.
        bands: names of the bands that exist.
    """
    around = (
        contrasts(layers, LAYER_STEPS, series.pixels),
        textures(layers[_TEXTURED], LAYER_STEPS[_TEXTURED], series.pixels),
    )
    x = np.concatenate([describe_series(series, dates), *around, permanence(earlier, series.pixels)[None]])
    kept = [number for number, feature in enumerate(COMPUTED) if bands.issuperset(feature.bands)]
    if len(kept) < len(COMPUTED):
        x = x[kept]
    # A column after the other, as scoring reads them.
    return tuple(COMPUTED[number].name for number in kept), x.T


def missing(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the features of the imagery that are not among ``names``."""
    return tuple(feature.name for feature in COMPUTED if feature.name not in names)
