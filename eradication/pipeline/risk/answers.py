"""What ``risk map`` answers: sums of the province and of communes, weights, what is missing, where most is left."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from eradication import geo
from eradication.domain import Json
from eradication.domain.caution import NO_ACCUSATION, NO_PERSONS
from eradication.effort.strips import SUBCELL_M
from eradication.pipeline.cells import name_of
from eradication.pipeline.risk.ground import middles
from eradication.pipeline.risk.knowing import Known
from eradication.pipeline.risk.surface import Surface
from eradication.risk.factors import BY_NAME
from eradication.risk.surface import BEYOND

TOP_CELLS = 20
HALF = 0.5


def told(found: Surface, known: Known) -> dict[str, Any]:
    """Return a surface as plain JSON: no array, every figure that a person asks for."""
    fit, last = found.fit, len(found.units)
    return {
        "season": found.season.label,
        "month": found.month.label if found.month else None,
        "cells": len(found.cells),
        "basis": found.basis,
        "finds": fit.finds,
        "finds_foretold": found.finds_foretold,
        "least_finds_met": fit.basis == "fitted",
        "cells_searched": fit.rows,
        "searched": round(fit.searched, 2),
        "clustering_k": fit.k,
        "seasons": [season.label for season in found.known],
        "this_season": _this_season(found),
        "factors": _factors(found, known),
        "known": _known(known),
        "files_partial": _files_partial(known),
        "factors_missing": list(found.factors_missing),
        "missing_why": dict(found.missing_why),
        "reuse": _reuse(found),
        "area_m2": dict(zip(("mean", "low", "high"), (round(value) for value in found.area_m2), strict=True)),
        "standing": None if found.month is None else round(float(found.standing.mean()), 4),
        "visible": None if found.month is None else round(float(found.visible.mean()), 4),
        "total": _row(found, np.ones(len(found.cells), bool), last) | _share(known, np.ones(len(found.cells), bool)),
        "communes": [
            {"key": unit.code, "name": unit.name, **_row(found, mine, number), **_share(known, mine)}
            for number, unit in enumerate(found.units)
            for mine in (found.commune == number,)
        ],
        "half_of_left_cells": _half(found),
        "top": _top(found),
        "about": NO_PERSONS,
        "caution": NO_ACCUSATION,
        "simulated": found.simulated,
    }


def _known(known: Known) -> dict[str, Json]:
    """Return how much is known: of the weight in the median cell, and in how many cells nothing but the level."""
    return {
        "median_weight": int(known.median * 1e4) / 1e4,
        "is_little": known.is_little,
        "ground_cells": int(known.ground.sum()),
        "level_only_cells": int((~known.told).sum()),
    }


def _files_partial(known: Known) -> list[dict[str, Json]]:
    """Return the files that cover only part of the communes, with the share of the cells they reach (floored)."""
    return [
        {"section": section, "setting": setting, "known_share": int(share * 1e4) / 1e4}
        for (section, setting), share in known.partly.items()
    ]


def _share(known: Known, mine: "np.typing.NDArray[np.bool_]") -> dict[str, Json]:
    """Return the share of some cells of whose ground anything is known; never rounded up."""
    return {"known_share": int(float(known.ground[mine].sum()) / max(int(mine.sum()), 1) * 1e4) / 1e4}


def _this_season(found: Surface) -> dict[str, Json]:
    rows = found.rows
    return {
        "patrols": rows.patrols,
        "hours": round(rows.hours, 2),
        "cells_searched": int((rows.searched > 0).sum()),
        "finds": round(float(rows.finds.sum())),
        "finds_foretold": rows.found.foretold_count,
        "finds_without_track": round(float(rows.finds[rows.untracked].sum())),
        "finds_outside": rows.outside,
    }


def _factors(found: Surface, known: Known) -> list[dict[str, Json]]:
    """Return the weights, each with its 95 % interval: +1 means exp(weight) times as many plots."""
    sd = np.sqrt(np.diag(found.fit.covariance))[1:]
    out: list[dict[str, Json]] = []
    for name, mean, spread in zip(found.fit.names, found.fit.mean[1:].tolist(), sd.tolist(), strict=True):
        factor = BY_NAME[name]
        out.append(
            {
                "name": name,
                "words": factor.words,
                "unit": factor.unit,
                "weight": round(mean, 4),
                "low": round(mean - BEYOND * spread, 4),
                "high": round(mean + BEYOND * spread, 4),
                "expert": factor.weight,
                "used": name not in found.factors_missing,
                "known_share": int(known.shares[name] * 1e6) / 1e6,
            }
        )
    return out


def _reuse(found: Surface) -> dict[str, Json]:
    """Return what is known of old places; no share where nobody went back to any."""
    own = found.reuse
    made = round(own.made, 2)
    share = round(own.again / own.made, 4) if made else None
    return {"places": own.places, "returns": made, "again": own.again, "share": share}


def _row(found: Surface, mine: "np.typing.NDArray[np.bool_]", number: int) -> dict[str, Json]:
    """Return the sums of some cells, with their 95 % intervals."""
    sums = found.sums
    left = float(found.left.mean[mine].sum())
    return {
        "cells": int(mine.sum()),
        "expected": round(float(found.expected.mean[mine].sum()), 3),
        "expected_low": round(float(sums.expected_low[number]), 3),
        "expected_high": round(float(sums.expected_high[number]), 3),
        "found": round(float(found.found[mine].sum())),
        "found_foretold": round(float(found.foretold[mine].sum())),
        "left": round(left, 3),
        "left_low": round(float(sums.left_low[number])),
        "left_high": round(float(sums.left_high[number])),
        "m2": round(float(found.m2_mean[mine].sum())),
        "left_m2": round(left * found.area_m2[0]),
        "nothing_left": found.nothing_left(number),
        "searched_p": round(float(found.rows.searched[mine].sum()) / max(int(mine.sum()), 1), 4),
    }


def _half(found: Surface) -> int:
    """Return how few cells hold half of what is left."""
    falling = np.cumsum(np.sort(found.left.mean)[::-1])
    return int(np.searchsorted(falling, HALF * falling[-1]) + 1) if falling[-1] > 0 else 0


def _top(found: Surface) -> list[dict[str, Json]]:
    order = np.lexsort((found.cells, -found.left.mean))[:TOP_CELLS]
    return [_cell(found, int(at), place) for at, place in zip(order, _lonlat(found, order.tolist()), strict=True)]


def _lonlat(found: Surface, at: Sequence[int]) -> list[tuple[float, float]]:
    places = middles(found.cells[list(at)])
    return [(lon, lat) for lon, lat in geo.transform([(x, y) for x, y in places.tolist()], geo.UTM48, geo.WGS84)]


def _cell(found: Surface, at: int, place: tuple[float, float]) -> dict[str, Json]:
    unit = found.units[int(found.commune[at])]
    return {
        "cell": name_of(int(found.cells[at])),
        "commune_code": unit.code,
        "commune": unit.name,
        "lon": round(place[0], 6),
        "lat": round(place[1], 6),
        "left": round(float(found.left.mean[at]), 5),
        "left_m2": round(float(found.left_m2[at]), 1),
        "per_km2": round(float(found.left.mean[at]) * 1e6 / SUBCELL_M**2, 4),
        "searched_p": round(float(found.rows.searched[at]), 4),
    }
