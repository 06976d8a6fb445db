"""What held-out scores of samples say of a model, before it searches a whole season.

A plot passes if its best pixel scores above what all but 1 in 200 background pixels of the judging side, of those the
gate lets through, reach. It is a check on what was learned, no figure of a search.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from eradication.domain.model import Samples
from eradication.validation.figures import Figure, share
from eradication.validation.splits import Split

PASS_SHARE = 0.005

type Floats = npt.NDArray[np.float64]


def figures(samples: Samples, splits: Sequence[Split], raw: Floats) -> list[Figure]:
    """Return the shares of plots with poppy and of rejected places that pass, all splits together.

    Args:
        samples: what was divided.
        splits: of one kind; checked, see :func:`eradication.validation.splits.check`.
        raw: score of each pixel by a model of the other side, NaN where nobody judged.
    """
    passed: dict[int, list[bool]] = {1: [], 0: []}
    for split in splits:
        judged = split.judge[np.isfinite(raw[split.judge])]
        background = judged[samples.y[judged] == -1]
        if not len(background):
            continue
        limit = np.quantile(raw[background], 1 - PASS_SHARE)
        for label, answers in passed.items():
            mine = judged[samples.y[judged] == label]
            answers += [
                bool((raw[mine[samples.group[mine] == g]] > limit).any()) for g in np.unique(samples.group[mine])
            ]
    if not splits:
        return []
    names = {1: "poppy_plots_that_pass", 0: "rejected_places_that_pass"}
    return [share(names[label], sum(a), len(a), splits[0].kind) for label, a in passed.items()]
