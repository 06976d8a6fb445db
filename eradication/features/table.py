"""The one list of features: name, formula, unit, bands, window and source.

Five families. *Calendar*: monthly medians of NDVI from August to May and what the crop does with them, one number each:
bare, then green, then a fall. *Series*: monthly medians of other indices, the pale bloom while near infrared holds, and
context from 20 m bands, coarser than most plots. *Phase*: means in windows after the day on which the pixel itself
seems to have been sown, which say the same in an early season and in a late one. *Ring*: how a pixel differs from its
neighbours 30 to 50 m away.

Every value but those of *Phase*, which take looks on their very days, rests on 10-day composites: the median of a
period's clear looks. A month without one is NaN.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

MONTHS: tuple[str, ...] = ("aug", "sep", "oct", "nov", "dec", "jan", "feb", "mar", "apr", "may")
"""Months of the season's imagery, in order; position 0 is August of the season's first year."""

INDICES: dict[str, tuple[str, tuple[str, ...], str]] = {
    "ndvi": ("(nir - red) / (nir + red)", ("red", "nir"), "Rouse et al. 1974"),
    "ndmi": ("(nir - swir16) / (nir + swir16)", ("nir", "swir16"), "Gao 1996"),
    "nir": ("nir", ("nir",), "reflectance"),
    "bright": ("(blue + green + red) / 3", ("blue", "green", "red"), "reflectance"),
    "ndyi": ("(green - blue) / (green + blue)", ("blue", "green"), "Sulik and Long 2016"),
    "ebi": (
        "(red + green + blue) / ((green / blue) * (red - blue + 1))",
        ("blue", "green", "red"),
        "Chen et al. 2019",
    ),
    "ndre": ("(nir08 - rededge1) / (nir08 + rededge1)", ("nir08", "rededge1"), "20 m bands, context only"),
    "nbr": ("(nir08 - swir22) / (nir08 + swir22)", ("nir08", "swir22"), "20 m bands, context only"),
    "ndti": ("(swir16 - swir22) / (swir16 + swir22)", ("swir16", "swir22"), "20 m bands, context only"),
}
"""Indices of one 10-day composite: formula, bands needed, source."""

MONTHLY: tuple[str, ...] = ("ndmi", "nir", "bright", "ndyi", "ebi")
"""Indices with a median for each month; NDVI has its own family."""

CONTEXT: tuple[str, ...] = ("ndre", "nbr", "ndti")
"""Indices of 20 m bands: red edge (chlorophyll), burn ratio, tillage (residue); three months together."""

SEASONS: dict[str, tuple[int, int]] = {"autumn": (0, 2), "winter": (3, 5), "spring": (6, 8)}
"""First and last month of three, as positions in :data:`MONTHS`: Aug-Oct, Nov-Jan, Feb-Apr."""

NEEDED: tuple[str, ...] = ("blue", "green", "red", "rededge1", "nir", "nir08", "swir16", "swir22")
"""Bands that any feature needs; others are not read."""

LOOK_BANDS: tuple[str, ...] = ("blue", "red", "nir")
"""Bands of the first, cheap look at every pixel."""


@dataclass(frozen=True, slots=True)
class Feature:
    """What one feature is."""

    name: str
    formula: str
    """In words; ``median``, ``highest`` … skip what is not observed."""
    unit: str
    bands: tuple[str, ...]
    """Bands without which the feature is dropped."""
    window: str
    """Months (first-last) and, for contrasts, the neighbourhood."""
    source: str


RING = "ring of 30-50 m (11 x 11 pixels without the inner 5 x 5)"

_NDVI = ("red", "nir")
_BLOOM = ("blue", "green", "red", "nir")


def _own(name: str, formula: str, unit: str, bands: tuple[str, ...], window: str) -> Feature:
    return Feature(name, formula, unit, bands, window, "own definition")


def _monthly(name: str) -> list[Feature]:
    formula, bands, source = INDICES[name]
    unit = "reflectance" if name in ("nir", "bright") else "1"
    return [Feature(f"{name}_{month}", f"median of {formula}", unit, bands, month, source) for month in MONTHS]


CALENDAR: tuple[Feature, ...] = (
    *_monthly("ndvi"),
    _own("bare", "lowest monthly NDVI", "1", _NDVI, "aug-nov"),
    _own("rise", "highest monthly NDVI Nov-Mar minus bare", "1", _NDVI, "aug-mar"),
    _own("ndvi_max", "highest monthly NDVI", "1", _NDVI, "aug-may"),
    _own("ndvi_min", "lowest monthly NDVI", "1", _NDVI, "aug-may"),
    _own("ndvi_amplitude", "ndvi_max minus ndvi_min", "1", _NDVI, "aug-may"),
    _own("ndvi_max_month", "month of ndvi_max, August = 0", "month", _NDVI, "aug-may"),
    _own("ndvi_min_month", "month of ndvi_min, August = 0", "month", _NDVI, "aug-may"),
    _own("dry_minus_wet", "median NDVI Nov-Apr minus median NDVI May-Oct", "1", _NDVI, "may-apr"),
    _own("fall", "highest monthly NDVI Dec-Mar minus lowest Mar-May", "1", _NDVI, "dec-may"),
    _own("fall_rate", "steepest loss of NDVI from one month to the next", "1/month", _NDVI, "feb-may"),
    _own(
        "whitening", "highest gain of blue over the median of green dates", "reflectance", ("blue", *_NDVI), "dec-apr"
    ),
)
"""Known for every pixel: NDVI and blue are enough."""

BLOOM: tuple[Feature, ...] = (
    _own(
        "bloom",
        "highest gain of visible brightness over the median of green dates, NIR within 25 % of theirs",
        "reflectance",
        _BLOOM,
        "dec-apr",
    ),
    _own("bloom_month", "month of bloom, August = 0", "month", _BLOOM, "dec-apr"),
    _own("bloom_ndyi", "NDYI at bloom", "1", _BLOOM, "dec-apr"),
    _own("bloom_ebi", "EBI at bloom minus median EBI of green dates", "1", _BLOOM, "dec-apr"),
    _own("bloom_ratio", "visible brightness at bloom over NIR at bloom", "1", _BLOOM, "dec-apr"),
)


def _context() -> list[Feature]:
    return [
        Feature(f"{name}_{season}", f"median of {formula}", "1", bands, season, source)
        for name, (formula, bands, source) in INDICES.items()
        if name in CONTEXT
        for season in SEASONS
    ]


SERIES: tuple[Feature, ...] = (*(f for name in MONTHLY for f in _monthly(name)), *BLOOM, *_context())
"""Known for chosen pixels: all bands are read for them."""

PHASED: tuple[str, ...] = ("ndvi", "bright", "ndyi", "ndmi", "nir")
"""Indices that are averaged in every window of :data:`PHASES`."""

PHASES: dict[str, tuple[int, int]] = {
    "before": (-130, -60),
    "cleared": (-35, -5),
    "sown": (-5, 22),
    "rosette": (30, 60),
    "elongation": (60, 85),
    "bud": (80, 98),
    "bloom": (96, 122),
    "capsule": (122, 145),
    "dry": (145, 170),
    "after": (170, 215),
}
"""First and last day after the pixel's own day of sowing."""


def _phases() -> list[Feature]:
    fit = "curve of a sown crop's NDVI (open ground, greening, petals, drying) that fits the looks best"
    own = [
        _own("sown_day", f"day of sowing of the {fit}, from 1 September", "day", _NDVI, "aug-may"),
        _own("sown_misfit", f"root mean square distance from the {fit}", "1", _NDVI, "aug-may"),
        _own("sown_rise", f"height of the {fit}", "1", _NDVI, "aug-may"),
        _own("sown_misfit_share", "sown_misfit over sown_rise, or over 0.05 if that is more", "1", _NDVI, "aug-may"),
    ]
    for name in PHASED:
        formula, bands, source = INDICES[name]
        unit = "reflectance" if name in ("nir", "bright") else "1"
        own += [
            Feature(
                f"{name}_at_{phase}",
                f"mean of {formula} over kept looks in the window after sown_day",
                unit,
                tuple(dict.fromkeys((*bands, *_NDVI))),
                f"day {first} to {last} after sown_day",
                source,
            )
            for phase, (first, last) in PHASES.items()
        ]
    return own


PHASE: tuple[Feature, ...] = tuple(_phases())
"""Told by the pixel's own clock instead of the calendar; known for chosen pixels."""

RINGED: tuple[str, ...] = ("bare", "rise", "ndvi_amplitude", "dry_minus_wet", "fall", "whitening")
"""Features of :data:`CALENDAR` that also get a contrast against the ring."""


def _ringed() -> list[Feature]:
    known = {f.name: f for f in CALENDAR}
    return [
        _own(
            f"{n}_ring",
            f"{n} minus its median over the {RING}",
            known[n].unit,
            known[n].bands,
            f"{known[n].window}, 11 x 11",
        )
        for n in RINGED
    ]


TEXTURED: tuple[str, ...] = ("rise", "whitening")
"""Features of :data:`RINGED` that also get a texture."""


def _textured() -> list[Feature]:
    known = {f.name: f for f in CALENDAR}
    return [
        _own(
            f"{n}_texture",
            f"standard deviation of {n} over 3 x 3 pixels",
            known[n].unit,
            known[n].bands,
            f"{known[n].window}, 3 x 3",
        )
        for n in TEXTURED
    ]


PERMANENCE = _own(
    "permanence", "share of up to 3 earlier years without bare ground (NDVI always 0.5 or more)", "1", _NDVI, "aug-apr"
)
"""NaN where the archive holds no earlier year."""

TERRAIN: tuple[Feature, ...] = tuple(
    Feature(name, formula, unit, (), "terrain", source)
    for name, formula, unit, source in (
        ("elevation", "height above sea level", "m", "height model"),
        ("slope", "steepness", "degree", "Horn 1981"),
        ("northness", "sine of slope times cosine of aspect", "1", "Horn 1981"),
        ("eastness", "sine of slope times sine of aspect", "1", "Horn 1981"),
        ("cos_i_january", "cos i on 15 January at 10:30 local time", "1", "Teillet et al. 1982"),
        ("cos_i_mean", "mean cos i over the season's scenes", "1", "Teillet et al. 1982"),
        ("cos_i_min", "lowest cos i over the season's scenes", "1", "Teillet et al. 1982"),
    )
)
"""Known where the settings name a height model."""

DISTANCES: tuple[Feature, ...] = tuple(
    Feature(f"distance_{name}", f"distance to the nearest {what}", "m", (), "any", "files named in the settings")
    for name, what in (
        ("road", "road or track"),
        ("village", "village"),
        ("border", "border line"),
        ("past_plots", "place of poppy in an earlier season"),
    )
)
"""Each is known where the settings name its file or want it."""

COMPUTED: tuple[Feature, ...] = (*CALENDAR, *SERIES, *PHASE, *_ringed(), *_textured(), PERMANENCE)
"""Features of the imagery itself, in the order of a stack's columns."""

FEATURES: tuple[Feature, ...] = (*COMPUTED, *TERRAIN, *DISTANCES)
"""Every feature, in the order of a stack's columns."""


_KNOWN: dict[str, Feature] = {feature.name: feature for feature in FEATURES}


def definitions(names: Iterable[str]) -> dict[str, str]:
    """Return how each of ``names`` is computed; names that are no feature are left out.

    A model keeps this of the features it learned. Where it differs from today's, the model must not be used: the column
    has the same name and means something else.
    """
    return {name: _definition(_KNOWN[name]) for name in names if name in _KNOWN}


def _definition(feature: Feature) -> str:
    """Return formula, unit, bands and window, and the same of features that the formula names."""
    words = dict.fromkeys(re.findall(r"\w+", feature.formula))
    parts = [f"{word} = {_definition(_KNOWN[word])}" for word in words if word in _KNOWN and word != feature.name]
    return "; ".join((feature.formula, feature.unit, ", ".join(feature.bands), feature.window, *parts))
