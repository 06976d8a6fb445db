"""Photos: are they there, of this place and time, in order, and of no other plot or season?"""

from eradication.checks.facts import Eradication
from eradication.checks.result import Check, Result, cannot_tell, failed, ok

_PHOTOS = Check.PHOTOS

_UNKNOWN = frozenset({"photo_missing", "photo_no_time"})
"""Signs of what is not there, or says nothing: nothing contradicts the row."""


def check(row: Eradication) -> list[Result]:
    """Check the photos of a row by what the evidence of photos found about them."""
    found = []
    for sign in row.photos.signs:
        tell = cannot_tell if sign.code in _UNKNOWN else failed
        figure = sign.value.removeprefix("-").isdecimal()
        what = sign.role if figure or not sign.value else f"{sign.role}: {sign.value}"
        found.append(tell(_PHOTOS, sign.code, float(sign.value) if figure else None, what))
    if found:
        return found
    return [ok(_PHOTOS, "photos_fit", row.photos.shown)] if row.photos.shown else [cannot_tell(_PHOTOS, "no_photos")]
