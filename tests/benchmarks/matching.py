"""How the benchmarks count: recall of A and B plots within the first 2N candidates, precision within the first N."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from eradication.validation import Figure, Kind, Searched, match, operating

type Floats = npt.NDArray[np.float64]


def judged(candidates: Floats, centres: Floats, area_m2: Floats, km2: float) -> Searched:
    """Match candidate centres (metres, best first) with the truth; the list may be 2N long."""
    hits = match(candidates.reshape(-1, 2), centres, area_m2)
    season = Searched(tuple(map(str, range(len(area_m2)))), area_m2, hits, 0, km2)
    return replace(season, visits=2 * plots(season))


def plots(*seasons: Searched) -> int:
    """Return N, the number of plots of class A or B."""
    return sum(int(season.of().sum()) for season in seasons)


def recall(seasons: Sequence[Searched]) -> Figure:
    """Return recall by count."""
    return operating.recall(seasons, Kind.SEASON_OUT)


def precision(seasons: Sequence[Searched]) -> Figure:
    """Return precision within the first N."""
    return operating.precision([replace(s, visits=plots(s)) for s in seasons], Kind.SEASON_OUT)


def lines(seasons: Sequence[Searched]) -> list[str]:
    """Return the figures as text."""
    return [
        f"    recall of A+B in the first 2N, plots   {_told(recall(seasons))}",
        f"    recall of A+B in the first 2N, m2      {_told(operating.recall_m2(seasons, Kind.SEASON_OUT))}",
        f"    precision in the first N               {_told(precision(seasons))}",
        f"    false per 1 000 km2 at recall 0.5      "
        f"{_told(operating.false_per_1000_km2(seasons, 0.5, Kind.SEASON_OUT))}",
    ]


def _told(figure: Figure) -> str:
    digits = 2 if figure.value < 10 else 0
    return f"{figure.value:.{digits}f} [{figure.low:.{digits}f}, {figure.high:.{digits}f}] n = {figure.n}"
