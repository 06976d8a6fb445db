"""What a field looks like on which day: calendars of keyframes between cover states.

Days count from 1 September of the season; May before it is about day −120. Between two keyframes the spectrum goes
linearly from one state to the next. A field has its own shift and pace; crops have variants with a share each.
"""

from dataclasses import dataclass

import numpy as np

FIRST_DAY, LAST_DAY = -125, 275
"""Days of the imagery window, 1 May to 31 May."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Keyframes (day, cover state) relative to ``start``; before the first and after the last the state holds."""

    frames: tuple[tuple[float, str], ...]
    start: tuple[float, float] = (0.0, 0.0)
    """Mean and deviation of the day of sowing, clearing or blooming to which the frames are relative."""
    share: float = 1.0
    """Share among the variants of one crop."""
    moves: bool = True
    """False for covers that follow the weather and not a sower: then only small shifts."""


def _summer(*tail: tuple[float, str]) -> tuple[tuple[float, str], ...]:
    return ((-160, "weeds"), (-150, "bare_moist"), *tail)


POPPY_FRAMES: tuple[tuple[float, str], ...] = (
    (-46, "bare_burnt"),
    (-30, "bare_dry"),
    (6, "bare_moist"),
    (22, "poppy_seedling"),
    (45, "poppy_rosette"),
    (70, "poppy_elongation"),
    (88, "poppy_bud"),
    (103, "poppy_bloom_*"),
    (116, "poppy_bloom_*"),
    (130, "poppy_capsule"),
    (150, "poppy_late"),
    (168, "poppy_dry"),
    (182, "stubble"),
    (215, "weeds"),
)
"""Relative to the sowing day. Before clearing stands what the site bore; ``*`` is the colour of the petals."""

POPPY_STAGES: tuple[tuple[float, str], ...] = (
    (15, "seedling"),
    (35, "rosette"),
    (86, "bud"),
    (98, "flower"),
    (122, "capsule"),
    (140, "lanced"),
    (158, "dry"),
)
"""Day after sowing from which a stage would be seen on site; before the first nothing shows, after day 180 neither."""

EARLY_SOWING, LATE_SOWING, EARLY_SHARE = (50.0, 13.0), (104.0, 14.0), 0.55

_MUSTARD = ((-25, "weeds"), (-12, "bare_moist"), (6, "bare_moist"), (18, "mustard_young"), (38, "mustard_full"))
_SEED_MUSTARD = ((60, "mustard_bolting"), (74, "mustard_bloom"), (92, "mustard_bloom"), (110, "mustard_pods"))

CROPS: dict[str, tuple[Calendar, ...]] = {
    "mustard_greens": (
        Calendar((*_MUSTARD, (58, "mustard_full"), (62, "bare_moist"), (100, "weeds")), (55, 26), 0.45),
        Calendar(
            (*_MUSTARD, (54, "mustard_full"), (58, "bare_moist"), (76, "mustard_young"), (98, "mustard_full"),
             (116, "mustard_bloom"), (128, "mustard_pods"), (136, "stubble"), (170, "weeds")), (45, 18), 0.2),
        Calendar((*_MUSTARD, *_SEED_MUSTARD, (128, "stubble"), (160, "weeds")), (56, 22), 0.35),
    ),
    "winter_vegetables": (
        Calendar(
            ((-70, "maize_full"), (-40, "maize_ripe"), (-25, "stubble"), (-10, "bare_dry"), (5, "bare_moist"),
             (28, "vegetables_young"), (62, "vegetables_full"), (90, "vegetables_full"), (95, "bare_moist"),
             (140, "weeds")), (48, 22), 0.5),
        Calendar(
            ((-40, "weeds"), (-15, "bare_moist"), (25, "vegetables_young"), (58, "vegetables_full"),
             (72, "vegetables_bloom"), (88, "vegetables_bloom"), (105, "mustard_pods"), (118, "stubble"),
             (150, "weeds")), (54, 24), 0.3),
        Calendar(
            ((-30, "weeds"), (-12, "bare_moist"), (22, "vegetables_young"), (50, "vegetables_full"),
             (62, "bare_moist"), (84, "vegetables_young"), (112, "vegetables_full"), (130, "bare_moist"),
             (170, "maize_young")), (30, 14), 0.2),
    ),
    "ornamental_flowers": (
        Calendar(
            ((-40, "stubble"), (-15, "bare_moist"), (8, "bare_moist"), (26, "mustard_young"), (50, "mustard_bolting"),
             (64, "ornamental_bloom"), (86, "ornamental_bloom"), (104, "mustard_pods"), (122, "stubble"),
             (160, "weeds")), (46, 20), 1.0),
    ),
    "maize": (
        Calendar(
            ((-125, "bare_dry"), (-100, "maize_young"), (-65, "maize_full"), (-30, "maize_full"), (-8, "maize_ripe"),
             (10, "stubble"), (60, "weeds"), (110, "stubble"), (185, "bare_dry"), (240, "bare_moist"),
             (262, "maize_young")), (0, 14), 0.75),
        Calendar(
            ((-125, "maize_young"), (-85, "maize_full"), (-50, "maize_full"), (-30, "maize_ripe"), (-18, "bare_moist"),
             (5, "maize_young"), (38, "maize_full"), (78, "maize_ripe"), (98, "stubble"), (180, "bare_dry"),
             (250, "maize_young")), (0, 12), 0.25),
    ),
    "spring_maize": (
        Calendar(
            ((-300, "maize_full"), (-215, "maize_full"), (-190, "maize_ripe"), (-172, "stubble"), (-90, "weeds"),
             (-25, "bare_dry"), (0, "bare_moist"), (28, "maize_young"), (62, "maize_full"), (100, "maize_full")),
            (172, 20), 1.0),
    ),
    "rice": (
        Calendar(
            ((-95, "flooded"), (-70, "weeds"), (-35, "rice_full"), (10, "rice_full"), (38, "rice_ripe"),
             (50, "stubble"), (120, "weeds"), (200, "weeds"), (255, "flooded")), (0, 9), 0.6),
        Calendar(
            ((-95, "flooded"), (-70, "weeds"), (-35, "rice_full"), (8, "rice_full"), (34, "rice_ripe"),
             (46, "stubble"), (110, "flooded"), (160, "flooded"), (190, "weeds"), (225, "rice_full"),
             (262, "rice_ripe")), (0, 9), 0.4),
    ),
    "swidden_regrowth": (
        Calendar(
            ((-120, "shrub_young"), (-40, "shrub"), (40, "shrub"), (120, "shrub_dry"), (190, "shrub_dry"),
             (235, "shrub"), (270, "shrub")), (0, 14), 0.62),
        Calendar(
            ((-60, "shrub"), (-48, "shrub_dry"), (-42, "bare_burnt"), (-10, "bare_dry"), (45, "weeds"),
             (95, "shrub_young"), (150, "grass_dry"), (200, "shrub_young"), (240, "shrub")), (56, 24), 0.1),
        Calendar(
            ((-330, "shrub"), (-200, "shrub"), (-110, "grass_dry"), (-12, "grass_dry"), (-4, "bare_burnt"),
             (25, "bare_dry"), (60, "weeds")), (195, 18), 0.28),
    ),
    "plum_blossom": (
        Calendar(
            ((-330, "plum_leaf"), (-100, "plum_leaf"), (-55, "plum_bare"), (-12, "plum_bare"), (0, "plum_bloom"),
             (14, "plum_bloom"), (30, "plum_bare"), (60, "plum_leaf")), (148, 10), 0.88),
        Calendar(
            ((-200, "plum_leaf"), (-40, "plum_leaf"), (-20, "plum_bare"), (-8, "plum_bare"), (0, "plum_bloom"),
             (14, "plum_bloom"), (34, "plum_bare"), (110, "plum_leaf")), (75, 20), 0.12),
    ),
    "coffee": (
        Calendar(
            ((-120, "coffee"), (70, "coffee"), (150, "coffee_dry"), (192, "coffee_dry"), (198, "coffee_bloom"),
             (204, "coffee_bloom"), (212, "coffee_dry"), (255, "coffee")), (0, 8), 1.0, False),
    ),
    "forest": (
        Calendar(
            ((-120, "forest"), (70, "forest"), (170, "forest_dry"), (215, "forest_dry"), (255, "forest")),
            (0, 8), 1.0, False),
    ),
    "grass": (
        Calendar(
            ((-120, "grass_green"), (50, "grass_green"), (120, "grass_dry"), (205, "grass_dry"),
             (250, "grass_green")), (0, 12), 1.0, False),
    ),
    "built": (Calendar(((0, "built"),), (0, 0), 1.0, False),),
}  # fmt: skip
"""Variants of every land cover that is not poppy; names are the look-alike codes where such a code exists.

Days are **assumed** from general knowledge of the region: winter crops are sown from September to November.
"""

LOOK_ALIKES: frozenset[str] = frozenset(
    {
        "mustard_greens",
        "plum_blossom",
        "winter_vegetables",
        "swidden_regrowth",
        "spring_maize",
        "coffee",
        "ornamental_flowers",
    }
)


def poppy_stage(days_after_sowing: float) -> str | None:
    """Return the stage seen on site, or ``None`` when nothing shows yet or any more."""
    if days_after_sowing >= 180.0:
        return None
    stage = None
    for day, name in POPPY_STAGES:
        if days_after_sowing >= day:
            stage = name
    return stage


def poppy_calendar(before: str, colour: str) -> Calendar:
    """Return the calendar of a poppy plot.

    Args:
        before: cover state of the site in the wet season.
        colour: ``white``, ``pink`` or ``purple``.
    """
    frames = tuple((day, state.replace("*", colour)) for day, state in POPPY_FRAMES)
    return Calendar(((-52, before), *frames))


def draw_sowing(rng: np.random.Generator, season_shift: float) -> float:
    """Return a sowing day (from 1 September): early or late sowing as on record."""
    mean, deviation = EARLY_SOWING if rng.random() < EARLY_SHARE else LATE_SOWING
    return float(np.clip(rng.normal(mean + season_shift, deviation), 15.0, 140.0))
