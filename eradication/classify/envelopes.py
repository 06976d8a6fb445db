"""What the season of each class looks like: 10, 50 and 90 % of its plots, month by month.

They stand beside the curve of one candidate, so that a person sees what a score was made of. Every plot counts once in
each season, however large it is.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from eradication.domain.event import Json
from eradication.domain.model import Samples

POPPY, BACKGROUND = "poppy", "background"
"""Names of the classes that are no look-alike."""
INDICES: tuple[str, ...] = ("ndvi", "bright", "ndyi")
"""Indices of which there are monthly features: greenness, brightness in visible light, yellowness."""
MONTHS: tuple[str, ...] = ("aug", "sep", "oct", "nov", "dec", "jan", "feb", "mar", "apr", "may")
QUANTILES: Mapping[str, float] = {"p10": 0.1, "p50": 0.5, "p90": 0.9}
LEAST_PLOTS = 5
"""A class with fewer plots has no envelope, a month seen of fewer has no value."""

type Floats = npt.NDArray[np.float64]
type Flags = npt.NDArray[np.bool_]


def of_classes(samples: Samples) -> dict[str, Json]:
    """Return the envelopes of poppy, of each look-alike that was named and of the background.

    Args:
        samples: monthly features ``ndvi_aug`` … are used, as far as there are any.

    Returns:
        ``{class: {"plots": n, index: {"p10": […], "p50": […], "p90": […]}}}`` with one number for each of
        :data:`MONTHS`, ``None`` where fewer than five plots were seen. Of a block of background one pixel counts.
    """
    found: dict[str, Json] = {}
    # A plot of two seasons looked different in each.
    seasonal = np.char.add(np.char.add(samples.season, "/"), samples.group)
    for name, rows in _classes(samples).items():
        plots = len(np.unique(seasonal[rows]))
        if plots >= LEAST_PLOTS:
            bands: dict[str, Json] = {
                index: _quantiles(_of_plots(values[rows], samples.weight[rows], seasonal[rows]))
                for index in INDICES
                if (values := monthly(samples.x, samples.names, index)) is not None
            }
            found[name] = {"plots": plots} | bands
    return found


def monthly(x: npt.NDArray[np.float32], names: tuple[str, ...], index: str) -> Floats | None:
    """Return the months of an index, shape (pixel, month), NaN where unknown; ``None`` if no month has a column."""
    position = {name: column for column, name in enumerate(names)}
    columns = [position.get(f"{index}_{month}") for month in MONTHS]
    if not any(column is not None for column in columns):
        return None
    unknown = np.full(len(x), np.nan)
    return np.column_stack([unknown if c is None else x[:, c].astype(np.float64) for c in columns])


def _classes(samples: Samples) -> dict[str, Flags]:
    found = {POPPY: samples.y == 1}
    if len(samples.look_alike) == len(samples.y):
        codes = sorted(set(samples.look_alike[samples.y == 0].tolist()) - {""})
        found |= {code: (samples.y == 0) & (samples.look_alike == code) for code in codes}
    background = np.flatnonzero(samples.y == -1)
    one_each = background[np.unique(samples.group[background], return_index=True)[1]]
    found[BACKGROUND] = np.isin(np.arange(len(samples.y)), one_each)
    return found


def _of_plots(values: Floats, weight: Floats, group: npt.NDArray[np.str_]) -> Floats:
    """Return the mean of each plot's pixels, weighted by their share inside it, shape (plot, month)."""
    _, plot = np.unique(group, return_inverse=True)
    total, known = np.zeros((plot.max() + 1, values.shape[1])), np.zeros((plot.max() + 1, values.shape[1]))
    seen = np.isfinite(values)
    np.add.at(total, plot, np.where(seen, values, 0.0) * weight[:, None])
    np.add.at(known, plot, seen * weight[:, None])
    return np.divide(total, known, out=np.full_like(total, np.nan), where=known > 0)


def _quantiles(plots: Floats) -> dict[str, Json]:
    enough = np.isfinite(plots).sum(axis=0) >= LEAST_PLOTS
    months = [np.nanquantile(plots[:, m], list(QUANTILES.values())) if ok else None for m, ok in enumerate(enough)]
    return {
        name: [None if month is None else round(float(month[number]), 4) for month in months]
        for number, name in enumerate(QUANTILES)
    }
