"""What one check of one eradication says."""

from dataclasses import dataclass
from enum import StrEnum


class Check(StrEnum):
    """The five checks, in the order in which they are shown."""

    POSITION = "position"
    GEOMETRY = "geometry"
    FORM = "form"
    SPECTRAL = "spectral"
    PHOTOS = "photos"


class Status(StrEnum):
    """How a check ended. None of them changes the state of a plot: a person judges."""

    OK = "ok"
    FAILED = "failed"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True, slots=True)
class Result:
    """One thing a check found; a check that finds several says each."""

    check: Check
    status: Status
    code: str
    """Stable, ASCII; :mod:`eradication.report.reasons` has a sentence for each."""
    value: float | None = None
    """The figure it rests on; its unit goes with the code, see :mod:`eradication.report.check_words`."""
    what: str = ""
    """What else it is about: a field, another plot, communes, a file."""


def ok(check: Check, code: str, value: float | None = None, what: str = "") -> Result:
    """Return that a check is passed, or a fact for information."""
    return Result(check, Status.OK, code, value, what)


def failed(check: Check, code: str, value: float | None = None, what: str = "") -> Result:
    """Return that a check failed."""
    return Result(check, Status.FAILED, code, value, what)


def cannot_tell(check: Check, code: str, value: float | None = None, what: str = "") -> Result:
    """Return that a check cannot be made, and why."""
    return Result(check, Status.CANNOT_TELL, code, value, what)


def worst(results: "list[Result]") -> Status:
    """Return how a check ended as a whole: failed before cannot tell before ok; of nothing, cannot tell."""
    found = {result.status for result in results}
    order = (Status.FAILED, Status.CANNOT_TELL, Status.OK)
    return next((status for status in order if status in found), Status.CANNOT_TELL)
