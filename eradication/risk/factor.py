"""One property of ground that makes plots more or less likely, and the ways its raw measure is read."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Factor:
    """One property of a cell and what experts believe of it."""

    name: str
    words: str
    """For people, a template to translate."""
    unit: str
    """What +1 of the transformed value is, a template to translate."""
    raw: str
    """The raw measure it is read from."""
    transform: Callable[[Floats], Floats]
    """Raw measure → value; finite for every finite input."""
    centre: float
    """Taken off the value: ordinary ground, so that 0 is neutral."""
    weight: float
    """Expert's weight: the logarithm of how many times more plots +1 means."""
    spread: float
    """Standard deviation of the belief about the weight."""
    why: str
    """Where the weight comes from, or "assumed"."""
    seasonal: bool = False
    """Whether it changes from season to season."""
    sign: int = 0
    """-1 or +1: the weight is never of the other sign, whatever finds say; 0: free."""


def band(low: float, high: float, fall: float) -> Callable[[Floats], Floats]:
    """Return a preference: 1 between ``low`` and ``high``, falling off like a bell of sd ``fall`` outside."""

    def prefer(value: Floats) -> Floats:
        outside = np.maximum(np.maximum(low - value, value - high), 0.0)
        out: Floats = np.exp(-0.5 * np.minimum(outside / fall, 30.0) ** 2)
        return out

    return prefer


def doublings(of: float) -> Callable[[Floats], Floats]:
    """Return log2(1 + value / of): +1 for each doubling far beyond ``of``, even near 0."""

    def count(value: Floats) -> Floats:
        out: Floats = np.log2(1.0 + np.maximum(value, 0.0) / of)
        return out

    return count


def southness(aspect_deg: Floats) -> Floats:
    """Return 1 for ground that falls to the south, -1 for ground that falls to the north."""
    out: Floats = -np.cos(np.radians(aspect_deg))
    return out


def mosaic(share: Floats) -> Floats:
    """Return 1 where two covers share a cell by halves, 0 where one has it all."""
    share = np.clip(share, 0.0, 1.0)
    out: Floats = 4.0 * share * (1.0 - share)
    return out


def share(value: Floats) -> Floats:
    """Return a share, 0 to 1."""
    return np.clip(value, 0.0, 1.0)


def as_it_is(value: Floats) -> Floats:
    """Return the measure itself."""
    return value
