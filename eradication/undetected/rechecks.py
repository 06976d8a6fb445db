"""Re-checks: every destroyed plot of classes A and B, and at least 30 % of class C, drawn at random."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from eradication.undetected.upper import share_limits

LEAST_SHARE = 0.3
"""Share of the destroyed plots of class C that is drawn at random."""


@dataclass(frozen=True, slots=True)
class Recheck:
    """A destroyed plot of class C that was drawn."""

    plot_id: str
    inclusion_prob: float
    """Of its draw, 0 < p ≤ 1."""
    live: bool | None
    """Whether live plants stood there at its first re-check after the draw; ``None`` while nobody has looked."""


@dataclass(frozen=True, slots=True)
class Required:
    """What has to be re-checked."""

    large: int
    """Destroyed plots of classes A and B."""
    large_verified: int
    small: int
    """Destroyed plots of class C that nobody had verified before a draw could take them."""


@dataclass(frozen=True, slots=True)
class Rechecked:
    """How far re-checks have come, and what those drawn at random say of all."""

    drawn: int
    checked: int
    clean: int
    live: int
    needed: int
    """Plots of class C that must be drawn, 30 % rounded up."""
    live_share: float | None
    """Share of destroyed plots of class C on which plants lived at the re-check; ``None`` while none was checked."""
    low: float
    high: float
    large_met: bool
    small_met: bool
    """Enough were drawn, and all that were drawn have been re-checked."""


def rechecks(drawn: Sequence[Recheck], required: Required) -> Rechecked:
    """Return what re-checks say; draws are weighted by 1 / probability, and unequal weights count for fewer plots.

    The interval is Clopper and Pearson's on Kish's effective number (Σw)² / Σw²; with equal probabilities that is the
    number of plots.
    """
    checked = [one for one in drawn if one.live is not None]
    weight = [1 / one.inclusion_prob for one in checked]
    live = sum(bool(one.live) for one in checked)
    share, low, high = None, 0.0, 1.0
    if checked:
        share = sum(w for w, one in zip(weight, checked, strict=True) if one.live) / sum(weight)
        effective = sum(weight) ** 2 / sum(w * w for w in weight)
        low, high = share_limits(share * effective, effective)
    needed = ceil(LEAST_SHARE * required.small - 1e-9)
    return Rechecked(
        drawn=len(drawn),
        checked=len(checked),
        clean=len(checked) - live,
        live=live,
        needed=needed,
        live_share=share,
        low=low,
        high=high,
        large_met=required.large_verified == required.large,
        small_met=len(drawn) >= needed and len(checked) == len(drawn),
    )
