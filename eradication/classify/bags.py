"""Bags: all labelled pixels, and each time another draw of the background (bagging over unlabelled draws)."""

import numpy as np
import numpy.typing as npt

type Floats = npt.NDArray[np.float64]
type Flags = npt.NDArray[np.bool_]

BAG_ROWS = 15_000
"""Rows of background in a bag, at most."""


def bag(random: np.random.Generator, weight: Floats, background: Flags) -> npt.NDArray[np.int64]:
    """Return rows of a bag: each row as often as its weight says, fractions rounded up or down by chance."""
    free = np.flatnonzero(background)
    drawn = random.choice(free, min(BAG_ROWS, len(free)), replace=False)
    # One row of background counts once, so labelled rows count by their weight against it.
    unit = weight[free].mean() * len(free) / max(len(drawn), 1) if len(free) else weight.mean()
    labelled = np.flatnonzero(~background)
    times = np.floor(weight[labelled] / unit + random.random(len(labelled))).astype(np.int64)
    return np.concatenate([np.repeat(labelled, times), drawn])
