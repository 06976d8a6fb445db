"""Plans that prize candidates as :mod:`eradication.pipeline.plans.chances` does, and that go back to no old place.

Beside :class:`eradication.pipeline.rehearsal.planned.Planned` it shows what knowing more of a candidate is worth.
Visits of all kinds teach the bands here, for nothing is drawn before the comparison; ``taught=False`` leaves the
assumption by class.
"""

import numpy as np
import numpy.typing as npt

from eradication.config.planning import Risk
from eradication.domain import Detectability
from eradication.pipeline.plans.chances import ASSUMED, BANDS, WORTH_VISITS
from eradication.pipeline.rehearsal.knowledge import History
from eradication.pipeline.rehearsal.outings import Halt, Morning
from eradication.pipeline.rehearsal.planned import Planned
from eradication.pipeline.rehearsal.travel import Grounds
from eradication.simulation.province_seasons import CLASS_A_M2, CLASS_B_M2
from eradication.simulation.province_walks import Diary

type Floats = npt.NDArray[np.float64]


class Banded(Planned):
    """Chances by band of score, shrunk to the assumption by class."""

    def __init__(self, risk: Risk | None = None, *, taught: bool = True) -> None:
        """Take settings; ``taught`` = visits teach the bands."""
        super().__init__(risk)
        self.taught = taught

    def begin(self, grounds: Grounds, diary: Diary, history: History, day: int) -> None:
        """Take in what is known, and prize candidates by bands."""
        super().begin(grounds, diary, history, day)
        own = diary.year.candidates
        by_class = np.array([ASSUMED[one] for one in (Detectability.C, Detectability.B, Detectability.A)])
        prior = by_class[np.searchsorted([CLASS_B_M2, CLASS_A_M2], own.area_m2, side="right")]
        self._confirmed = _by_band(history, own.score, prior) if self.taught else prior

    def returns(self, morning: Morning) -> list[Halt]:
        """Go back to no old place."""
        return []


def _by_band(history: History, score: Floats, prior: Floats) -> Floats:
    looks = np.vstack([*(x for x, _ in history.visits), np.empty((0, 4))])
    hit = np.concatenate([*(found for _, found in history.visits), np.empty(0)])
    # Looks hold the logit of the score; the edges of the bands are turned the same way.
    edges = np.log(np.array(BANDS) / (1.0 - np.array(BANDS)))
    band, count = np.searchsorted(edges, looks[:, 1], side="right"), len(BANDS) + 1
    hits, visits = np.bincount(band, hit, count), np.bincount(band, minlength=count)
    whole = (hits.sum() + WORTH_VISITS * prior) / (visits.sum() + WORTH_VISITS)
    of = np.searchsorted(BANDS, score, side="right")
    return np.asarray((hits[of] + WORTH_VISITS * whole) / (visits[of] + WORTH_VISITS), float)
