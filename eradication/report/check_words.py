"""What the checks of an eradication say, in words: a sentence for each code, and the unit of its figure."""

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Any

from eradication.errors import N_
from eradication.i18n import number
from eradication.report.words import clean

CHECKS: Mapping[str, str] = MappingProxyType(
    {
        # position
        "position_inside": N_("the row lies inside the plot"),
        "position_near": N_("the row lies at the plot, within the error of a position"),
        "position_away": N_("the row lies away from the plot"),
        "position_missing": N_("the row states no position of its own, and no walk round the plot is known"),
        "position_other_commune": N_("the row lies in another commune than the plot"),
        "position_commune_unsure": N_("the row may lie in another commune: the border is near or approximate"),
        "position_outside_province": N_("the row lies outside every commune of the province"),
        # geometry
        "no_walked_outline": N_("no walk round the plot is known"),
        "outline_crosses_itself": N_("the walked outline crosses itself"),
        "outline_overlaps": N_("the outline lies on that of another plot of the season"),
        "area_fits_walk": N_("the stated area fits the walk"),
        "area_off_walk": N_("the stated area differs from the walk by more than the error of both"),
        "area_far_above_estimate": N_("for information: the area is far above the candidate's estimate"),
        # form
        "form_complete": N_("all fields are filled in, and the times are in order"),
        "area_method_missing": N_("how the area was measured is missing"),
        "destroyed_fraction_missing": N_("the destroyed share is missing"),
        "destruction_method_missing": N_("how it was destroyed is missing"),
        "destroyed_by_missing": N_("who destroyed it (grower, force, joint) is missing"),
        "minutes_type_not_destruction": N_("the minutes are not stated to be of a destruction"),
        "minutes_no_missing": N_("the number of the minutes is missing"),
        "two_officers_missing": N_("two officers are not named"),
        "photo_before_missing": N_("the form names no photo before"),
        "photo_after_missing": N_("the form names no photo after"),
        "eradicated_before_detection": N_("it was destroyed before it was detected"),
        "eradicated_after_verification": N_("it was verified before it was destroyed"),
        "time_in_future": N_("it lies in the future"),
        "recorded_before_happening": N_("it was recorded before it happened"),
        "photo_before_detection": N_("the photo before is older than the day of the detection"),
        "photo_after_verification": N_("the photo after is younger than the verification"),
        "minutes_used_elsewhere": N_("the number of the minutes also stands for another plot"),
        # spectral
        "greenness_dropped": N_("in images the plot lost its green against the land around"),
        "greenness_kept": N_("in images the plot did not lose its green"),
        "greenness_unclear": N_("cannot tell: the change in images is within the noise"),
        "plot_too_small": N_("cannot tell: too small for satellites"),
        "ring_too_small": N_("cannot tell: too little land around it was seen"),
        "nothing_green_before": N_("cannot tell: it was no longer green in images before"),
        "cloud_before": N_("cannot tell: cloud before"),
        "cloud_after": N_("cannot tell: cloud after"),
        "not_yet_seen": N_("cannot tell: not seen since, wait for images"),
        "no_images_after": N_("cannot tell: the images end before it"),
        "no_images": N_("cannot tell: no images of it on this computer"),
        "not_measured": N_("not measured yet: run `eradication checks`"),
        # photos
        "photos_fit": N_("photos fit in place, time and order, and stand for nothing else"),
        "no_photos": N_("no photo was handed in"),
        "photo_missing": N_("a photo is missing or was not handed in"),
        "photo_no_time": N_("a photo does not say when it was taken"),
        "photo_other_day": N_("a photo was taken on another day"),
        "photo_order": N_("the photo after is not younger than the one before"),
        "photo_far": N_("a photo was taken far from the plot"),
        "photo_off_track": N_("a photo was taken away from the patrol's track"),
        "photo_reused": N_("a picture also stands for another visit, plot or season"),
    }
)

_UNITS: Mapping[str, tuple[str, int]] = MappingProxyType(
    {
        "position_near": ("m", 0),
        "position_away": ("m", 0),
        "outline_overlaps": ("m²", 0),
        "photo_other_day": ("min", 0),
        "photo_order": ("min", 0),
        "photo_far": ("m", 0),
        "photo_off_track": ("m", 0),
    }
)
"""Code → unit of its figure and decimals; figures of other codes stand in what else is told."""

NAMES: Mapping[str, str] = MappingProxyType(
    {
        "position": N_("Position"),
        "geometry": N_("Geometry"),
        "form": N_("Form fields"),
        "spectral": N_("Satellite images"),
        "photos": N_("Photographs"),
    }
)
"""Check → its heading, in the order in which they are shown."""

SIGNS: Mapping[str, str] = MappingProxyType({"failed": "✗", "cannot_tell": "?", "ok": "✓"})
"""Status → its sign, the worst first."""

INFORMATION = frozenset({"area_far_above_estimate"})
"""Passed, and yet worth reading."""

_ROLES = {"before": N_("before"), "after": N_("after")}


def sign(statuses: Collection[str]) -> str:
    """Return the sign of a check whose results have these statuses: the worst one counts."""
    return next((mark for status, mark in SIGNS.items() if status in statuses), SIGNS["cannot_tell"])


def message(told: Mapping[str, Any], language: str, translate: Callable[[str], str]) -> str:
    """Return what one result of a check says, with its figure.

    Args:
        told: ``code``, ``value`` and ``what`` of the result.
        language: of numbers.
        translate: message id → text.
    """
    code, what = str(told["code"]), str(told.get("what") or "")
    role, colon, rest = what.partition(": ")
    if role in _ROLES:
        what = translate(_ROLES[role]) + colon + rest
    unit, decimals = _UNITS.get(code, ("", 0))
    value = told.get("value")
    figure = f"{number(value, language, decimals)} {unit}" if unit and isinstance(value, int | float) else ""
    more = ", ".join(part for part in (figure, clean(what)) if part)
    said = translate(CHECKS.get(code, code))
    return f"{said} ({more})" if more else said
