"""Cells described by what makes ground more or less likely to carry a plot.

A factor turns raw measures of a cell (metres, degrees, shares) into one number whose step of +1 multiplies the expected
plots by exp(weight). Weights and their spreads are the prior belief that finds correct (module ``surface``).

The number of a cell does not depend on which other cells are described with it (centres are fixed), so that seasons and
parts of the province may be described apart; only a missing value takes the mean of the known ones of the call.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eradication.errors import N_, UnusableInput
from eradication.risk.beliefs import FACTORS
from eradication.risk.factor import Factor

__all__ = ["BY_NAME", "FACTORS", "RAW", "Design", "Factor", "describe", "named"]

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]

STRIDE = 1_000_000
"""A cell's number is ``row · STRIDE + column`` of the 250 m grid (EPSG:32648)."""

FURTHEST_M = 12_800.0
"""Earlier plots further away than this are all equally far (seven doublings of 100 m)."""

BY_NAME: Mapping[str, Factor] = {factor.name: factor for factor in FACTORS}
RAW: tuple[str, ...] = tuple(factor.raw for factor in FACTORS)


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """Cells described by the factors whose data are there."""

    names: tuple[str, ...]
    """Factors, in the order of :data:`FACTORS`."""
    x: Floats
    """Transformed values less their centres, shape (cell, factor)."""
    missing: tuple[str, ...]
    """Factors left out because their data were not supplied or are unknown in every cell."""

    def of(self, names: Sequence[str]) -> Floats:
        """Return the columns of ``names``, shape (cell, name); a factor that is not there is neutral (0) in every cell.

        For rows of several seasons: the first season has no earlier plots, another no tips.
        """
        out = np.zeros((len(self.x), len(names)))
        for column, name in enumerate(names):
            if name in self.names:
                out[:, column] = self.x[:, self.names.index(name)]
        return out


def named(names: Sequence[str]) -> tuple[Factor, ...]:
    """Return the factors of ``names``.

    Raises:
        UnusableInput: ``unknown_factor``.
    """
    unknown = [name for name in names if name not in BY_NAME]
    if unknown:
        raise UnusableInput(
            "unknown_factor",
            N_("{name} is not a factor of the risk surface."),
            hint=N_("Factors are {known}."),
            values={"name": unknown[0], "known": ", ".join(BY_NAME)},
        )
    return tuple(BY_NAME[name] for name in names)


def describe(raw: Mapping[str, Floats | None], reuse_floor_m: float = 100.0, *, cells: Ints | None = None) -> Design:
    """Describe cells by every factor whose data are there.

    Ground within ``reuse_floor_m`` of an earlier plot counts as the plot's own, so a cell that holds an earlier plot is
    never lower than one beside it for what is known of the past. Given the cells' numbers this also holds for the
    kernel of earlier plots: cells that hold one are raised to the highest of the cells beside them.

    Args:
        raw: raw measures by the names of :data:`RAW`, each shape (cell,), NaN or infinite = unknown in that cell;
            None or left out = not supplied.
        reuse_floor_m: ground this near an earlier plot is as likely as the plot.
        cells: numbers of the cells, ascending.

    Raises:
        UnusableInput: ``unknown_factor`` if ``raw`` has a name that is none of :data:`RAW`.
    """
    unknown = [name for name in raw if name not in RAW]
    if unknown:
        named(unknown)
    size = next((len(column) for column in raw.values() if column is not None), 0)
    values = {factor.name: _value(factor, raw.get(factor.raw), reuse_floor_m) for factor in FACTORS}
    past, density = raw.get("past_near_m"), values["past_density"]
    if density is not None and past is not None and cells is not None:
        values["past_density"] = _raised(density, np.asarray(past, float) <= reuse_floor_m, cells)
    wanted = [f for f in FACTORS if not (f.name == "roughness" and values["karst"] is not None)]
    there = [(factor.name, value - factor.centre) for factor in wanted if (value := values[factor.name]) is not None]
    return Design(
        names=tuple(name for name, _ in there),
        x=np.column_stack([value for _, value in there]) if there else np.zeros((size, 0)),
        missing=tuple(factor.name for factor in wanted if values[factor.name] is None),
    )


def _value(factor: Factor, raw: Floats | None, floor_m: float) -> Floats | None:
    """Return the transformed values of a factor, unknown ones as the mean of the known; None if none is known."""
    column = np.asarray([] if raw is None else raw, float)
    known = np.isfinite(column)
    if not known.any():
        return None
    filled = np.where(known, column, column[known][0])
    value = _past_near(filled, floor_m) if factor.name == "past_near" else factor.transform(filled)
    value[~known] = value[known].mean()
    return value


def _past_near(distance_m: Floats, floor_m: float) -> Floats:
    """Return doublings of the distance beyond 100 m, flat within the floor and from :data:`FURTHEST_M` on."""
    least = max(floor_m, 1.0)
    out: Floats = np.log2(np.clip(distance_m, least, max(FURTHEST_M, least)) / 100.0)
    return out


def _raised(value: Floats, inside: npt.NDArray[np.bool_], cells: Ints) -> Floats:
    """Raise the cells ``inside`` to the highest of themselves and the eight beside them, until nothing changes."""
    at = np.flatnonzero(inside)
    steps = np.array([up + side for up in (-STRIDE, 0, STRIDE) for side in (-1, 0, 1)])
    wanted = cells[at][:, None] + steps
    place = np.minimum(np.searchsorted(cells, wanted), max(len(cells) - 1, 0))
    there = cells[place] == wanted
    out = value.copy()
    while at.size:
        best = np.where(there, out[place], -np.inf).max(axis=1)
        if (best <= out[at]).all():
            break
        out[at] = best
    return out
