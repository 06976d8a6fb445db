"""When the satellite passes, how cloudy it is, and what the archive says about each item's offset."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from eradication import geo, sun
from eradication.simulation.recipe import Recipe

REVISIT_DAYS = 5
CLOUD_BY_MONTH: dict[int, float] = {
    1: 0.50, 2: 0.52, 3: 0.46, 4: 0.48, 5: 0.66, 6: 0.80, 7: 0.82, 8: 0.80, 9: 0.66, 10: 0.50, 11: 0.42, 12: 0.42,
}  # fmt: skip
"""Mean cloud share by month: **assumed**, wet season mostly cloudy, winter better but with drizzle and fog."""

OFFSET_SINCE = datetime(2022, 1, 25, tzinfo=UTC)
"""Processing baseline 04.00, which adds 1000 to the digital numbers, was introduced on this day."""


@dataclass(frozen=True, slots=True)
class Acquisition:
    """One pass."""

    id: str
    when: datetime
    cloud_share: float
    sun_zenith: float
    """Radians."""
    sun_azimuth: float
    """Radians clockwise from north."""
    baseline: str
    flag: bool | None
    """``earthsearch:boa_offset_applied`` as the item states it; ``None`` = the item does not say."""
    dn_offset: int
    """What was really added to the digital numbers: 0 or 1000."""
    seed: int
    """Decides clouds and noise of this pass."""

    @property
    def is_lying(self) -> bool:
        """True if the item's metadata contradict its pixels."""
        return self.dn_offset != stated_dn_offset(self.flag, self.baseline)


def mgrs_tile(lon: float, lat: float) -> str:
    """Return the 100 km square of zone 48 that holds a point, for example ``48QVH``; latitudes 16° to 24° N."""
    ((east, north),) = geo.transform([(lon, lat)], geo.WGS84, geo.UTM48)
    column = "STUVWXYZ"[int(east // 1e5) - 1]
    row = "FGHJKLMNPQRSTUVABCDE"[int(north // 1e5) % 20]
    return f"48Q{column}{row}"


def stated_dn_offset(flag: bool | None, baseline: str) -> int:
    """Return what the metadata say was added: by the flag, else by the processing baseline."""
    if flag is not None:
        return 0 if flag else 1000
    return 1000 if float(baseline) >= 4.0 else 0


def draw(
    rng: np.random.Generator, recipe: Recipe, patterns: np.random.Generator | None = None
) -> tuple[Acquisition, ...]:
    """Return the passes that an archive search with a generous cloud limit would give, ascending in time.

    Args:
        rng: decides days, cloud shares and what the items say.
        recipe: season, place and number of passes.
        patterns: decides clouds and noise of each pass; ``None`` = ``rng``, for a chip that has a season of its own.
    """
    begin, end = recipe.season.imagery_window
    first = begin.replace(hour=3, minute=41, second=0) + timedelta(days=1 + int(rng.integers(REVISIT_DAYS)))
    days = [first + timedelta(days=REVISIT_DAYS * k) for k in range((end - first).days // REVISIT_DAYS + 1)]
    cloud = np.array([_cloud(rng, when.month) for when in days])
    # Some heavily clouded items stay: an archive gives them too.
    rank = cloud - 0.35 * (rng.random(len(days)) < 0.12)
    kept = np.sort(np.argsort(rank, kind="stable")[: recipe.most_items])
    liars = set(_liars(rng, [float(cloud[k]) for k in kept], recipe.lying_items))
    return tuple(
        _acquisition(rng, recipe, days[k], float(cloud[k]), patterns or rng, liar=position in liars)
        for position, k in enumerate(kept)
    )


def _cloud(rng: np.random.Generator, month: int) -> float:
    mean = CLOUD_BY_MONTH[month]
    share = rng.beta(1.1 * mean, 1.1 * (1.0 - mean))
    return float(np.clip(share, 0.0, 0.98)) if share > 0.02 else 0.0


def _liars(rng: np.random.Generator, cloud: list[float], wanted: int) -> list[int]:
    """Choose liars among clear items: under cloud nobody could tell."""
    clear = [i for i, share in enumerate(cloud) if share < 0.3]
    return [int(i) for i in rng.permutation(clear)[:wanted]]


def _acquisition(
    rng: np.random.Generator,
    recipe: Recipe,
    when: datetime,
    cloud: float,
    patterns: np.random.Generator,
    *,
    liar: bool,
) -> Acquisition:
    light = sun.position(when, recipe.lon, recipe.lat)
    new = when >= OFFSET_SINCE
    baseline = "05.11" if new else "03.01"
    kind = rng.choice(["applied", "raw", "silent"], p=[0.5, 0.35, 0.15]) if new else "silent"
    flag = {"applied": True, "raw": False, "silent": None}[str(kind)]
    if liar and flag is None:
        flag = bool(rng.random() < 0.5)
    offset = stated_dn_offset(flag, baseline)
    satellite = "S2A" if (when.toordinal() // REVISIT_DAYS) % 2 else "S2B"
    return Acquisition(
        f"{satellite}_{mgrs_tile(recipe.lon, recipe.lat)}_{when:%Y%m%d}_0_L2A_SIM",
        when,
        cloud,
        light.zenith,
        light.azimuth,
        baseline,
        flag,
        1000 - offset if liar else offset,
        int(patterns.integers(2**31)),
    )
