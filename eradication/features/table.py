"""The one list of features: name, words, unit, bands, window and source.

Three families. *Monthly* medians of six indices from August to May and their contrast against a ring of neighbours
carry the calendar. *Season* features say in one number each what the crop does: bare, then green, then a pale bloom
while near infrared holds, then a fall. *Context* features come from 20 m bands, coarser than most plots.
"""

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
}
"""Indices of one date: formula, bands needed, source."""


@dataclass(frozen=True, slots=True)
class Feature:
    """What one feature is."""

    name: str
    formula: str
    """In words; ``median``, ``max`` … skip what is not observed."""
    unit: str
    bands: tuple[str, ...]
    """Bands without which the feature is dropped."""
    window: str
    """Months (first-last) and, for contrasts, the neighbourhood."""
    source: str


RING = "ring of 30-50 m (11 x 11 pixels without the inner 5 x 5)"

_NDVI = ("red", "nir")
_BLOOM = ("blue", "green", "red", "nir")


def _monthly() -> list[Feature]:
    out = []
    for name, (formula, bands, source) in INDICES.items():
        unit = "reflectance" if name in ("nir", "bright") else "1"
        for month in MONTHS:
            out.append(Feature(f"{name}_{month}", f"median of {formula}", unit, bands, month, source))
            text = f"{name}_{month} minus its median over the {RING}"
            out.append(Feature(f"{name}_{month}_ring", text, unit, bands, f"{month}, 11 x 11", source))
    return out


def _season() -> list[Feature]:
    def one(name: str, formula: str, unit: str, bands: tuple[str, ...], window: str) -> Feature:
        return Feature(name, formula, unit, bands, window, "own definition")

    return [
        one("bare", "lowest monthly NDVI", "1", _NDVI, "aug-nov"),
        one("rise", "highest monthly NDVI Nov-Mar minus bare", "1", _NDVI, "aug-mar"),
        one("ndvi_max", "highest monthly NDVI", "1", _NDVI, "aug-may"),
        one("ndvi_min", "lowest monthly NDVI", "1", _NDVI, "aug-may"),
        one("ndvi_amplitude", "ndvi_max minus ndvi_min", "1", _NDVI, "aug-may"),
        one("ndvi_max_month", "month of ndvi_max, August = 0", "month", _NDVI, "aug-may"),
        one("ndvi_min_month", "month of ndvi_min, August = 0", "month", _NDVI, "aug-may"),
        one("dry_minus_wet", "median NDVI Nov-Apr minus median NDVI May-Oct", "1", _NDVI, "may-apr"),
        one("fall", "highest monthly NDVI Dec-Mar minus lowest Mar-May", "1", _NDVI, "dec-may"),
        one("fall_rate", "steepest loss of NDVI from one month to the next", "1/month", _NDVI, "feb-may"),
        one(
            "bloom",
            "highest gain of visible brightness over the median of green dates, NIR within 25 % of theirs",
            "reflectance",
            _BLOOM,
            "dec-apr",
        ),
        one("bloom_month", "month of bloom, August = 0", "month", _BLOOM, "dec-apr"),
        one("bloom_ndyi", "NDYI at bloom", "1", _BLOOM, "dec-apr"),
        one("bloom_ebi", "EBI at bloom minus median EBI of green dates", "1", _BLOOM, "dec-apr"),
        one("bloom_ratio", "visible brightness at bloom over NIR at bloom", "1", _BLOOM, "dec-apr"),
    ]


RINGED: tuple[str, ...] = ("bare", "rise", "ndvi_amplitude", "fall", "dry_minus_wet", "bloom", "bloom_ebi")
"""Season features that also get a contrast against the ring."""


def _ringed(season: list[Feature]) -> list[Feature]:
    return [
        Feature(
            f"{f.name}_ring",
            f"{f.name} minus its median over the {RING}",
            f.unit,
            f.bands,
            f"{f.window}, 11 x 11",
            f.source,
        )
        for f in season
        if f.name in RINGED
    ]


SEASONS: dict[str, tuple[int, int]] = {"autumn": (0, 3), "winter": (3, 6), "spring": (6, 9)}
"""Three months each, as positions in :data:`MONTHS`: Aug-Oct, Nov-Jan, Feb-Apr."""

CONTEXT: dict[str, tuple[str, tuple[str, str]]] = {
    "ndre": ("(nir08 - rededge1) / (nir08 + rededge1)", ("nir08", "rededge1")),
    "nbr": ("(nir08 - swir22) / (nir08 + swir22)", ("nir08", "swir22")),
    "ndti": ("(swir16 - swir22) / (swir16 + swir22)", ("swir16", "swir22")),
}
"""Normalised differences of 20 m bands: red-edge (chlorophyll), burn ratio and tillage (residue) indices."""


def _context() -> list[Feature]:
    return [
        Feature(f"{name}_{season}", f"median of {formula}", "1", bands, season, "20 m bands, context only")
        for name, (formula, bands) in CONTEXT.items()
        for season in SEASONS
    ]


FEATURES: tuple[Feature, ...] = (*_monthly(), *_season(), *_ringed(_season()), *_context())
"""Every feature, in the order of a stack's layers."""
