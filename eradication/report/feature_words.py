"""Families of features, single features and classes of land in words."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from eradication.domain.codes import LookAlike
from eradication.errors import N_
from eradication.report.words import clean, word

type Translate = Callable[[str], str]

FAMILIES: Mapping[str, str] = MappingProxyType(
    {
        "calendar": N_("greenness by month: bare, green, falling"),
        "series": N_("other indices by month"),
        "phase": N_("weeks after its own sowing day"),
        "bloom": N_("the pale bloom"),
        "ring": N_("difference from the ring of neighbours"),
        "texture": N_("unevenness within 30 m"),
        "permanence": N_("green in earlier years too"),
        "terrain": N_("height and slope"),
        "distance": N_("distance to roads, villages, border, earlier plots"),
        "other": N_("other features"),
    }
)
_INDICES = {
    "ndvi": N_("greenness (NDVI)"),
    "ndmi": N_("moisture (NDMI)"),
    "nir": N_("near infrared"),
    "bright": N_("brightness in visible light"),
    "ndyi": N_("yellowness (NDYI)"),
    "ebi": N_("bloom index (EBI)"),
    "ndre": N_("red edge (NDRE)"),
    "nbr": N_("burn ratio (NBR)"),
    "ndti": N_("tillage index (NDTI)"),
}
_PERIODS = {
    "aug": N_("August"),
    "sep": N_("September"),
    "oct": N_("October"),
    "nov": N_("November"),
    "dec": N_("December"),
    "jan": N_("January"),
    "feb": N_("February"),
    "mar": N_("March"),
    "apr": N_("April"),
    "may": N_("May"),
    "autumn": N_("August to October"),
    "winter": N_("November to January"),
    "spring": N_("February to April"),
}
_PHASES = {
    "before": N_("before the ground was cleared"),
    "cleared": N_("on cleared ground"),
    "sown": N_("at sowing"),
    "rosette": N_("as a rosette"),
    "elongation": N_("as stems grow"),
    "bud": N_("in bud"),
    "bloom": N_("in bloom"),
    "capsule": N_("with capsules"),
    "dry": N_("dry"),
    "after": N_("after the harvest"),
}
"""Windows after the day on which a pixel seems to have been sown."""
_SINGLE = {
    "sown_day": N_("day on which it seems to have been sown"),
    "sown_misfit": N_("distance from the season of a sown crop"),
    "sown_misfit_share": N_("distance from the season of a sown crop, beside its greening"),
    "sown_rise": N_("greening of the sown crop that fits best"),
    "bare": N_("lowest greenness, August to November"),
    "rise": N_("greening after bare ground"),
    "ndvi_max": N_("highest greenness"),
    "ndvi_min": N_("lowest greenness"),
    "ndvi_amplitude": N_("highest less lowest greenness"),
    "ndvi_max_month": N_("month of highest greenness"),
    "ndvi_min_month": N_("month of lowest greenness"),
    "dry_minus_wet": N_("greenness, dry less wet season"),
    "fall": N_("fall of greenness until May"),
    "fall_rate": N_("steepest fall of greenness"),
    "whitening": N_("gain of blue, December to April"),
    "bloom": N_("gain of brightness at bloom"),
    "bloom_month": N_("month of bloom"),
    "bloom_ndyi": N_("yellowness at bloom"),
    "bloom_ebi": N_("bloom index at bloom"),
    "bloom_ratio": N_("brightness over near infrared at bloom"),
    "permanence": N_("green in earlier years too"),
    "elevation": N_("height above sea level"),
    "slope": N_("steepness"),
}
_AROUND = {"_ring": N_("{name}, against its ring"), "_texture": N_("{name}, unevenness")}

_CLASSES = {"poppy": N_("opium poppy"), "background": N_("anywhere, nobody visited")}


def feature(code: str, translate: Translate) -> str:
    """Return what a feature is; a code this table does not know is shown as it is."""
    for ending, frame in _AROUND.items():
        if code.endswith(ending):
            return translate(frame).format(name=feature(code.removesuffix(ending), translate))
    if code in _SINGLE:
        return translate(_SINGLE[code])
    index, _, phase = code.partition("_at_")
    if index in _INDICES and phase in _PHASES:
        return f"{translate(_INDICES[index])}, {translate(_PHASES[phase])}"
    index, _, period = code.rpartition("_")
    if index in _INDICES and period in _PERIODS:
        return f"{translate(_INDICES[index])}, {translate(_PERIODS[period])}"
    return clean(code)


def family(code: str, translate: Translate) -> str:
    """Return what a family of features is."""
    return translate(FAMILIES[code]) if code in FAMILIES else clean(code)


def index(code: str, translate: Translate) -> str:
    """Return what an index is."""
    return translate(_INDICES[code]) if code in _INDICES else clean(code)


def land(code: str, language: str, translate: Translate) -> str:
    """Return the class of land that an envelope or a visit names: poppy, background, or a look-alike."""
    if code in _CLASSES:
        return translate(_CLASSES[code])
    known = next((member for member in LookAlike if member.value == code), None)
    return word(known, language) if known else clean(code)
