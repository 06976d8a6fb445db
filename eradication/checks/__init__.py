"""Five checks of each eradication, made by the machine: position, geometry, form, spectral, photos.

Pure. Each check says ``ok``, ``failed`` or ``cannot_tell`` with a code; whatever it says, a person judges and no state
changes by it. A check that has nothing to rest on says so rather than pass.
"""

from datetime import datetime

from eradication.checks import form, geometry, photos, position, spectral
from eradication.checks.facts import Eradication, Ground, Neighbour, Photos, PhotoSign, Walked
from eradication.checks.result import Check, Result, Status, worst

__all__ = [
    "Check",
    "Eradication",
    "Ground",
    "Neighbour",
    "PhotoSign",
    "Photos",
    "Result",
    "Status",
    "Walked",
    "of_eradication",
    "spectral",
    "worst",
]


def of_eradication(
    row: Eradication, now: datetime, measured: spectral.Measured | None = None, why: str = ""
) -> list[Result]:
    """Make the five checks of one destruction.

    Args:
        row: the destruction and what is known around it.
        now: aware; the time the checks are told for.
        measured: what images say of it, if they were asked.
        why: code of why there is no such measurement.

    Returns:
        At least one result for each check, in the order of :class:`Check`.
    """
    fraction = 1.0 if row.visit.destroyed_fraction is None else row.visit.destroyed_fraction
    seen = spectral.check(row.klass, measured, row.visit.visited_at, fraction, now, why)
    return [*position.check(row), *geometry.check(row), *form.check(row, now), seen, *photos.check(row)]
