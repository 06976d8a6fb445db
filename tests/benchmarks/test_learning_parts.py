"""What each part of the package's models is worth, on simulated seasons nobody has seen, and what the gate costs.

Nothing here says how well real poppy would be found. Run with ``make bench-learning``.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from benchmarks import matching, seasons
from benchmarks.circle import heading, teachers, told, worlds_of
from benchmarks.seasons import Lesson, World

from eradication import features
from eradication.domain.model import Samples
from eradication.features.table import PHASE, RINGED
from eradication.validation import Searched

type Floats = npt.NDArray[np.float64]
type Results = dict[str, list[Searched]]

NETWORKS, SECOND_PIXEL = "eradication.classify.scores.NETWORK_SHARE", "eradication.plots.SECOND_SHARE"


def certain(samples: Samples) -> Samples:
    """Take background for what it is not: visited and rejected, with full weight."""
    background = samples.y == -1
    return replace(samples, y=np.where(background, 0, samples.y), weight=np.where(background, 1.0, samples.weight))


type Change = Callable[[Lesson], tuple[Samples, Sequence[str]]]

ON_TOP = ("permanence", *(f.name for f in features.TERRAIN))
"""What is known only where there are earlier years or heights; no row has it but the two that say so."""

OF_RING = [f"{name}_ring" for name in RINGED]
OF_BLOOM = ["whitening_ring", *(f.name for f in features.COMPUTED if f.name.endswith("_at_bloom"))]
LEFT_OUT: dict[str, Change] = {
    "nothing left out": lambda lesson: (lesson.ours, ()),
    "without the ring contrast": lambda lesson: (lesson.ours, OF_RING),
    "without the bloom": lambda lesson: (lesson.ours, OF_BLOOM),
    "without the pixel's own clock": lambda lesson: (lesson.ours, [f.name for f in PHASE]),
    "background from all ground": lambda lesson: (lesson.anywhere, ()),
    "background taken for negative": lambda lesson: (certain(lesson.ours), ()),
    "without rejected look-alikes": lambda lesson: (lesson.ours.only(lesson.ours.y != 0), ()),
}
"""What a model does without."""
ADDED = {"with earlier years": ("permanence",), "with heights": tuple(f.name for f in features.TERRAIN)}
"""What a model has on top."""


@pytest.mark.bench_learning
@pytest.mark.timeout(7200)
def test_what_each_part_is_worth(tmp_path, capsys):
    worlds = worlds_of(tmp_path, informed=True)
    found: Results = {}
    for number, world in enumerate(worlds):
        lesson = seasons.taught([worlds[n] for n in teachers(number)])
        for name, searched in searches(lesson, world):
            found.setdefault(name, []).append(world.judged(searched))
    with capsys.disabled():
        print("\n".join(changes(found)))
    whole, clock = (
        matching.recall(found[name]).value for name in ("nothing left out", "without the pixel's own clock")
    )
    assert whole > clock


def searches(lesson: Lesson, world: World) -> Iterator[tuple[str, Floats]]:
    """Return each row's name and candidates."""
    for name, change in LEFT_OUT.items():
        changed, without = change(lesson)
        yield name, seasons.ours(changed, world, without=(*ON_TOP, *without))
    for name, added in ADDED.items():
        yield name, seasons.ours(lesson.ours, world, without=[f for f in ON_TOP if f not in added])
    everywhere = seasons.trained(lesson.anywhere, ON_TOP)
    yield "without the gate", seasons.outlined(world, everywhere, everywhere=True)
    # What is no matter of samples: the networks, and the second pixel of a candidate.
    model = seasons.trained(lesson.ours, ON_TOP)
    for name, what in {"without networks": NETWORKS, "by the best pixel alone": SECOND_PIXEL}.items():
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(what, 0.0)
            yield name, seasons.outlined(world, model)


def changes(found: Results) -> list[str]:
    """Return what leaving out each part changes, as text."""
    whole = next(iter(found.values()))
    out = heading(whole)
    for name, searched in found.items():
        recall, precision = matching.recall(searched), matching.precision(searched)
        change = [f(searched).value - f(whole).value for f in (matching.recall, matching.precision)]
        out.append(
            f"{name:32} recall {told(recall)} ({change[0]:+.3f}), precision {told(precision)} ({change[1]:+.3f})"
        )
    return out
