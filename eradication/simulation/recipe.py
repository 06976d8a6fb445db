"""What to simulate: one frozen value that decides every byte."""

from dataclasses import dataclass

from eradication.domain import Season

LABEL = "mô phỏng / simulated"
"""Stands in everything the simulator makes."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """The same recipe gives the same bytes."""

    seed: int
    season: Season
    size_px: int = 384
    """Side of the square chip in 10 m pixels; even."""
    commune_code: str = "04048"
    """Official code of the commune the chip lies in (Xã Vân Hồ); only written down, never looked up."""
    lon: float = 104.8532
    """Centre of the chip, degrees."""
    lat: float = 20.7933
    plots: int | None = None
    """Number of poppy plots; ``None`` = 40 on 384 px, in proportion to the area: a demo's density."""
    median_m2: float = 300.0
    """Median plot area."""
    sigma_ln: float = 0.9
    """Spread of the log-normal plot area."""
    mixed_share: float = 0.4
    """Share of plots intercropped with cải or maize, or sown in stages."""
    most_items: int = 42
    """Most acquisitions kept; the cloudiest go first."""
    lying_items: int = 2
    """Items whose offset metadata contradict their pixels."""
    missed_cloud_share: float = 0.08
    """Share of cloud that the scene classification calls clear."""

    @property
    def plot_count(self) -> int:
        """Number of plots to place."""
        return self.plots if self.plots is not None else max(1, round(40.0 * (self.size_px / 384.0) ** 2))
