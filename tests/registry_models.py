"""Small models of noise for tests of the registry: what they say does not matter, only that it is kept."""

from dataclasses import replace
from functools import cache

import numpy as np

from eradication import classify
from eradication.domain.model import Samples
from eradication.domain.schooling import Schooling


def samples(plots):
    y = np.repeat(np.array([1, 0, -1], np.int8), [plots, plots, 200])
    x = np.random.default_rng(1).normal(size=(len(y), 3)).astype(np.float32)
    x[:plots, 0] += 3
    group = np.array([f"g{i}" for i in range(len(y))])
    place = np.zeros(len(y), np.int32)
    return Samples(
        ("rise", "bare", "fall"),
        x,
        y,
        np.full(len(y), 0.5),
        group,
        place,
        np.full(len(y), "2024-2025"),
        np.full(len(y), ""),
        np.zeros((len(y), 2)),
        np.full(len(y), 1.0),
    )


@cache
def model(plots=30, name="demo"):
    return classify.train(samples(plots), name=name)


def told(plots=12):
    """A model that says where it comes from."""
    origin = Schooling(
        scenes={"2023-2024": {"S2A_OLD": "05.09"}, "2024-2025": {"S2A_ONE": "05.11", "S2B_TWO": ""}},
        definitions={"rise": "highest minus bare", "bare": "lowest"},
        box=(103.8, 21.3, 104.0, 21.5),
        reason="Chosen by the number of plots.",
        simulated=True,
    )
    return replace(model(plots), schooling=origin)
