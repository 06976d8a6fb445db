"""How much a risk surface is worth on ground and seasons it did not learn from.

All cells are put in order of their risk, as it was told beforehand, and cut into ten parts of equally many cells: the
**deciles**, riskiest first. Cells of equal risk share the deciles they straddle, so that no order by chance helps or
harms, and only the order of the cells matters: any rising function of the risk gives the same figures.

Patrols do not search everywhere alike. A plot found in a cell that was searched with p stands for 1/p plots there
(Horvitz and Thompson 1952), at most for :data:`HEAVIEST`, so that one find on ground hardly looked at does not decide
alone. Beside the share of finds that the riskiest deciles captured stand

- the share that the distance to plots of earlier seasons alone, without any model, would have captured;
- the share that a **useless** order would have captured on the ground that was searched: that of the search itself.
  Were plots anywhere equally likely, finds would fall as Σp, and finds weighted by w as Σp·w;
- ``even``: the share that would have been captured had all cells been searched alike. All deciles hold equally many
  cells, so it is finds per Σp of a decile among the sum of these. It assumes that in a decile patrols did not search
  just the cells that hold more; a decile that nobody searched leaves it untold.

Intervals: communes are drawn anew with replacement, :data:`DRAWS` times, with all that was searched and found in them
(block bootstrap); the cut into deciles stays, for the cells are known. With fewer than :data:`LEAST_FINDS` finds there
is no figure, and with finds in fewer than :data:`LEAST_BLOCKS` communes no interval.

None of this tells of cells that nobody searched. Only a simulator can: :func:`on_truth`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from eradication.domain import Json
from eradication.risk.reliability import LEVEL, Figure, exact_mean, rounded

DECILES = 10
HEAVIEST = 20.0
"""Most plots that one find stands for."""
LEAST_FINDS = 10
"""Finds below which no share is told."""
LEAST_BLOCKS = 3
"""Communes with finds below which no interval is told."""
LEAST_CELLS, LEAST_SEARCH = 1.0, 0.05
"""A decile with fewer searched cells (shares of tied ones) or less Σp was searched by nobody: no rate is told."""
DRAWS = 500
TOP = (1, 2)
"""Numbers of riskiest deciles whose share is told with its interval."""
TOO_FEW_FINDS, TOO_FEW_COMMUNES = "too_few_finds", "too_few_communes"

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]


def membership(everywhere: Floats, own: Floats) -> Floats:
    """Return in which deciles cells lie, riskiest first, shape (own, DECILES); every row sums to 1.

    Args:
        everywhere: risk of all cells; an unknown one (NaN) is the lowest.
        own: risk of those asked for, each one of ``everywhere``.

    Raises:
        ValueError: a risk in ``own`` is none of ``everywhere``.
    """
    ordered = np.sort(np.nan_to_num(everywhere, nan=-np.inf, posinf=np.inf, neginf=-np.inf))
    asked = np.nan_to_num(own, nan=-np.inf, posinf=np.inf, neginf=-np.inf)
    first = len(ordered) - np.searchsorted(ordered, asked, side="right")
    after = len(ordered) - np.searchsorted(ordered, asked, side="left")
    if (after <= first).any():
        raise ValueError("a cell that is judged is none of all cells")
    edges = np.arange(DECILES + 1) * len(ordered) / DECILES
    inside = np.minimum(after[:, None], edges[None, 1:]) - np.maximum(first[:, None], edges[None, :-1])
    shares: Floats = np.clip(inside, 0.0, None) / (after - first)[:, None]
    return shares


def nearness(distance_m: Floats) -> Floats:
    """Return the risk that the distance to earlier plots alone tells: the nearer the higher, unknown the lowest."""
    return np.where(np.isnan(distance_m), -np.inf, -distance_m)


@dataclass(frozen=True, slots=True, eq=False)
class Searched:
    """Cells that were searched while the surface did not know what would be found; one row per cell and season."""

    by_risk: Floats
    """In which deciles by risk, shape (row, DECILES), see :func:`membership`."""
    by_distance: Floats
    """The same by the distance to earlier plots alone."""
    p: Floats
    """Searched with p, above 0, shape (row,)."""
    finds: Floats
    """Plots found, shape (row,)."""
    expected: Floats
    """Plots that the surface expected in the cell, shape (row,)."""
    block: Ints
    """Number of the commune, shape (row,)."""

    @property
    def weight(self) -> Floats:
        """Plots that a find stands for."""
        return np.minimum(1.0 / self.p, HEAVIEST)


def joined(parts: Sequence[Searched]) -> Searched:
    """Return what was searched in several seasons or by several units as one."""
    no, none = np.empty((0, DECILES)), np.empty(0)
    empty = Searched(no, no, none, none, none, np.empty(0, np.int64))
    names = ("by_risk", "by_distance", "p", "finds", "expected", "block")
    return Searched(*(np.concatenate([getattr(part, name) for part in (empty, *parts)]) for name in names))


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """Sums of each commune and decile, shape (block, DECILES)."""

    risk: Floats
    distance: Floats
    useless: Floats
    """What falls into the deciles by risk if plots are anywhere equally likely."""
    finds: Floats
    effort: Floats
    """Σp, or the number of cells."""
    cells: Floats

    @classmethod
    def of(cls, orders: tuple[Floats, Floats], weight: Floats, found: tuple[Floats, Floats], block: Ints) -> "_Sums":
        """Add up finds and effort, ``found``, as they are and with their weight."""
        _, number = np.unique(block, return_inverse=True)
        blocks = int(number.max(initial=-1)) + 1

        def added(order: Floats, amount: Floats) -> Floats:
            out = np.zeros((blocks, DECILES))
            np.add.at(out, number.ravel(), order * amount[:, None])
            return out

        (risk, distance), (finds, effort) = orders, found
        return cls(
            added(risk, finds * weight),
            added(distance, finds * weight),
            added(risk, effort * weight),
            added(risk, finds),
            added(risk, effort),
            added(risk, np.ones(len(effort))),
        )

    @property
    def even(self) -> Floats:
        """The curve of shares had all cells been searched alike; NaN where a decile was not searched."""
        curve: Floats = np.cumsum(_even(np.ones((1, len(self.finds))), self.finds, self.effort)[0])
        return curve

    def tops(self, enough: bool, seed: int) -> list[dict[str, Json]]:
        """Return what the riskiest deciles captured, beside the distance and a useless order."""
        blocks = len(self.risk)
        told = (self.risk.sum(axis=1) > 0).sum() >= LEAST_BLOCKS
        rows: Floats = np.ones((1, blocks))  # what was so, and then what is drawn
        if told:
            drawn = np.random.default_rng(seed).multinomial(blocks, np.full(blocks, 1.0 / blocks), DRAWS)
            rows = np.vstack([rows, drawn])
        return [{"deciles": top, **self._rests_on(top), **self._top(top, rows, enough)} for top in TOP]

    def _rests_on(self, top: int) -> dict[str, Json]:
        """Return the finds and cells that the riskiest deciles hold, unweighted."""
        finds, cells = (float(part[:, :top].sum()) for part in (self.finds, self.cells))
        return {"finds": round(finds, 2), "cells": round(cells, 1)}

    def _top(self, top: int, rows: Floats, enough: bool) -> dict[str, Json]:
        shares = {name: _share(rows, getattr(self, name), top) for name in ("risk", "distance", "useless")}
        even = _even(rows, self.finds, self.effort)
        figures = {
            "even": even[:, :top].sum(axis=1),
            "captured": shares["risk"],
            "by_distance": shares["distance"],
            "random": shares["useless"],
            "over_distance": shares["risk"] - shares["distance"],
            "over_random": shares["risk"] - shares["useless"],
        }
        return {name: (_figure(values) if enough else Figure(None)).told() for name, values in figures.items()}


def _share(rows: Floats, sums: Floats, top: int) -> Floats:
    """Return the share of the first deciles in every drawing, shape (row,)."""
    whole = rows @ sums.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares: Floats = (rows @ sums[:, :top].sum(axis=1)) / whole
    return shares


def _even(rows: Floats, finds: Floats, effort: Floats) -> Floats:
    """Return the share of each decile were all cells searched alike, in every drawing, shape (row, DECILES)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        rates = (rows @ finds) / (rows @ effort)
        shares: Floats = rates / rates.sum(axis=1, keepdims=True)
    return shares


def _figure(values: Floats) -> Figure:
    drawn = values[1:][np.isfinite(values[1:])]
    if not len(drawn):
        return Figure(float(values[0]))
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Figure(float(values[0]), float(low), float(high))


def capture(searched: Searched, seed: int = 0) -> dict[str, Any]:
    """Return which share of the finds each decile captured, as answers hold it.

    Args:
        searched: what was searched.
        seed: of the drawing of communes.

    Returns:
        ``finds``, ``communes`` with finds, ``searched_cells``, ``searched_p`` (Σp), ``why`` (empty, or why there are no
        shares or no intervals), ``deciles`` (each with its search, its finds, finds per Σp with the exact Poisson
        interval, ``None`` where nothing was searched, see :data:`LEAST_CELLS`, and the shares captured up to it) and
        ``top`` (:data:`TOP`, with intervals, and the finds and searched cells in those deciles).
    """
    finds, orders = searched.finds, (searched.by_risk, searched.by_distance)
    sums = _Sums.of(orders, searched.weight, (finds, searched.p), searched.block)
    enough = bool(finds.sum() >= LEAST_FINDS)
    communes = len(np.unique(searched.block[finds > 0]))
    few = TOO_FEW_COMMUNES if communes < LEAST_BLOCKS else ""
    return {
        "finds": round(float(finds.sum())),
        "communes": communes,
        "searched_cells": len(searched.p),
        "searched_p": round(float(searched.p.sum()), 3),
        "why": few if enough else TOO_FEW_FINDS,
        "deciles": _deciles(searched, sums, enough),
        "top": sums.tops(enough, seed),
    }


def _deciles(searched: Searched, sums: _Sums, enough: bool) -> list[dict[str, Json]]:
    effort, found = sums.effort.sum(axis=0), sums.finds.sum(axis=0)
    cells = searched.by_risk.sum(axis=0)
    curves = {
        "captured": cumulated(sums.risk.sum(axis=0)),
        "even": sums.even,
        "by_distance": cumulated(sums.distance.sum(axis=0)),
        "random": cumulated(sums.useless.sum(axis=0)),
        "unweighted": cumulated(found),
        "search": cumulated(effort),
    }
    out: list[dict[str, Json]] = []
    for n in range(DECILES):
        low, high = exact_mean(float(found[n]))
        rates = {"finds_per_p": found[n], "finds_per_p_low": low, "finds_per_p_high": high}
        here = round(float(cells[n]), 1)
        searched_here = here >= LEAST_CELLS and effort[n] >= LEAST_SEARCH
        row: dict[str, Json] = {"decile": n + 1, "searched_cells": here, "searched_p": round(float(effort[n]), 3)}
        row["finds"] = round(float(found[n]), 2)
        row |= {name: rounded(value / effort[n]) if searched_here else None for name, value in rates.items()}
        out.append(row | {name: rounded(curve[n]) if enough else None for name, curve in curves.items()})
    return out


def cumulated(amounts: Floats) -> Floats:
    """Return the curve of shares up to each decile, ending at 1; NaN of nothing."""
    whole = amounts.sum()
    if whole <= 0:
        return np.full(len(amounts), np.nan)
    curve: Floats = np.minimum(np.cumsum(amounts) / whole, 1.0)
    return curve


def on_truth(surface: Mapping[str, Floats], plots: Floats, p: Floats, block: Ints, seed: int = 0) -> dict[str, Any]:
    """Return what a surface captures of plots that are truly there, which only a simulator knows.

    Args:
        surface: ``risk`` and ``distance_m`` (to plots of earlier seasons) of all cells.
        plots: that are there in truth, shape (cell,).
        p: searched with p, shape (cell,).
        block: number of the commune, shape (cell,).
        seed: of the drawing of communes.

    Returns:
        ``all`` cells and ``unvisited`` ones (p = 0), cut into deciles among themselves: ``plots``, ``why``,
        ``captured`` and ``by_distance`` (curves up to each decile) and ``top`` with intervals. A useless order captures
        a tenth in each decile.
    """
    parts = {"all": np.ones(len(p), bool), "unvisited": p <= 0}
    return {name: _true(surface, plots, block, mine, seed) for name, mine in parts.items()}


def _true(
    surface: Mapping[str, Floats], plots: Floats, block: Ints, mine: npt.NDArray[np.bool_], seed: int
) -> dict[str, Any]:
    risk, near = surface["risk"][mine], nearness(surface["distance_m"][mine])
    orders = membership(risk, risk), membership(near, near)
    one = np.ones(int(mine.sum()))
    sums = _Sums.of(orders, one, (plots[mine], one), block[mine])
    enough = bool(plots[mine].sum() >= LEAST_FINDS)
    curves = {"captured": cumulated(sums.risk.sum(axis=0)), "by_distance": cumulated(sums.distance.sum(axis=0))}
    return {
        "cells": int(mine.sum()),
        "plots": round(float(plots[mine].sum())),
        "why": "" if enough else TOO_FEW_FINDS,
        **{name: [rounded(value) if enough else None for value in curve] for name, curve in curves.items()},
        "top": sums.tops(enough, seed),
    }
