"""What to simulate: one frozen value that decides every byte."""

from dataclasses import dataclass

from eradication.domain import Season
from eradication.domain.event import SIMULATED
from eradication.errors import N_, UnusableInput

LABEL = SIMULATED
"""Stands in everything the simulator makes."""

SMALLEST_PX, LARGEST_PX = 32, 1024


@dataclass(frozen=True, slots=True)
class Recipe:
    """The same recipe gives the same bytes.

    Raises:
        UnusableInput: ``bad_recipe`` for a size, a place or a number that cannot be simulated.
    """

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
    weather: int | None = None
    """Seed of the season: passes, how cloudy each is, how late each crop is. Chips of one season share it and have each
    its own ground and its own pattern of clouds; ``None`` = ``seed`` decides the season too."""

    def __post_init__(self) -> None:
        """Refuse what could not be drawn."""
        problem = ""
        if self.size_px % 2 or not SMALLEST_PX <= self.size_px <= LARGEST_PX:
            problem = N_("The size must be an even number of pixels from {smallest} to {largest}, not {size}.")
        elif not (102.0 < self.lon < 108.0 and 16.0 < self.lat < 24.0):
            problem = N_("The place must lie in northern Vietnam (UTM zone 48), not at {lon}, {lat}.")
        elif min(self.seed, self.weather or 0, self.plot_count) < 0 or self.most_items < 1:
            problem = N_("Seed and numbers of plots and images must not be negative.")
        if problem:
            values = {"smallest": SMALLEST_PX, "largest": LARGEST_PX, "size": self.size_px}
            raise UnusableInput("bad_recipe", problem, values=values | {"lon": self.lon, "lat": self.lat})

    @property
    def plot_count(self) -> int:
        """Number of plots to place."""
        return self.plots if self.plots is not None else max(1, round(40.0 * (self.size_px / 384.0) ** 2))
