"""European dates moved to the season of the province, so that poppy blooms when it blooms there.

In central Europe poppy sown in spring blooms from late June to mid July, sown in autumn from late May to mid June; in
Sơn La early sowings bloom from mid December to February, late ones from late February to mid April. The whole series
is moved by whole days, one number for all dates: nothing is stretched. So only the months round the bloom are alike:

- **summer poppy** is sown a hundred days before its bloom, as in the province: it is the better teacher;
- **winter poppy** spends autumn and winter as a green rosette: moved, its ground is bare in the wrong months, and the
  features of bare ground and of the rise are not those of the province.

Nor is the light the same: at the hour of the pass the sun stands 62° high over Austria on 1 July, over the province
43° on 20 January and 59° on 20 March (computed by :mod:`eradication.sun`).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from enum import StrEnum

import numpy as np

from eradication.domain import Season
from eradication.errors import N_, UnusableInput
from eradication.legal_poppy.codes import Kind
from eradication.raster import Cube


class Sowing(StrEnum):
    """Which bloom of the province European poppy stands for."""

    EARLY = "early"
    LATE = "late"


EUROPE: dict[Kind, tuple[int, int]] = {Kind.WINTER: (6, 1), Kind.SUMMER: (7, 1), Kind.UNSTATED: (7, 1)}
"""Month and day of the middle of the bloom in central Europe: spring-sown from the solstice to mid July
(noe.orf.at/stories/3215005, fundus-agricultura.wiki/?p=2770), autumn-sown from 20-26 May on (piaty.blog/2023/05/21).
Where the country does not say which, spring sowing is **assumed**. Differs by two weeks with height and year."""

PROVINCE: dict[Sowing, tuple[int, int]] = {Sowing.EARLY: (1, 20), Sowing.LATE: (3, 20)}
"""Month and day of the middle of the bloom in the province, from its calendar of finds."""


def shift_days(kind: Kind, sowing: Sowing, season: Season, bloom: date | None = None) -> int:
    """Return by how many days dates are moved: negative, that is to earlier ones.

    Args:
        kind: of the parcels that lend.
        sowing: whose bloom it becomes.
        season: of the province, in whose second year the European bloom lies too.
        bloom: middle of the European bloom, where it is known better than :data:`EUROPE`.
    """
    year = season.start_year + 1
    return (date(year, *PROVINCE[sowing]) - (bloom or date(year, *EUROPE[kind]))).days


def moved(cubes: Sequence[Cube], days: int, season: Season) -> Cube:
    """Return one cube of ``season`` with all dates moved by ``days``.

    Thirteen months that begin in autumn lie in two European seasons, so two cubes of one grid may be put together;
    a date that both hold counts once. Dates outside the season's window are left out.

    Raises:
        UnusableInput: ``different_grids``, or ``no_dates_left`` if no date falls into the season.
    """
    first = cubes[0]
    if any(cube.geobox != first.geobox or cube.bands.keys() != first.bands.keys() for cube in cubes):
        raise UnusableInput(
            "different_grids",
            N_("The images of the two seasons lie on different grids or have different bands."),
            hint=N_("Read both from one source, over the same area."),
        )
    times = np.concatenate([cube.times for cube in cubes]).astype("datetime64[s]")
    _, order = np.unique(times, return_index=True)
    begin, end = (np.datetime64(edge.replace(tzinfo=None), "s") for edge in season.imagery_window)
    there = times + np.full(len(times), days, "timedelta64[D]")
    kept = order[(there[order] >= begin) & (there[order] < end)]
    if not len(kept):
        raise UnusableInput(
            "no_dates_left",
            N_("Moved by {days} days, no image falls into season {season}."),
            hint=N_("Fetch two seasons: the one that ends in the year of the bloom and the one that begins in it."),
            values={"days": days, "season": season.label},
        )
    return replace(
        first,
        season=season,
        times=there[kept],
        bands={name: np.concatenate([cube.bands[name] for cube in cubes])[kept] for name in first.bands},
        clear=np.concatenate([cube.clear for cube in cubes])[kept],
        scl_masked=all(cube.scl_masked for cube in cubes),
        used=tuple(dict.fromkeys(item for cube in cubes for item in cube.used)),
        failed=tuple(failure for cube in cubes for failure in cube.failed),
        simulated=any(cube.simulated for cube in cubes),
        facts={**first.facts, "dates_moved_days": days},
    )
