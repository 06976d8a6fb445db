"""What a check finds: how grave it is, what was found, and what to do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from eradication.i18n import Translate


class Level(StrEnum):
    """How grave a finding is."""

    OK = "ok"
    WARN = "warn"
    """Worth knowing, and mending when there is time; nothing is wrong with what was recorded."""
    FAIL = "fail"
    """Work must not go on like this."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer of one check."""

    level: Level
    found: str
    """Sentence with names in braces, in English; it is shown in the user's language."""
    values: Mapping[str, object] = field(default_factory=dict)
    """What stands for the names, in ``found`` and in ``advice``."""
    advice: str = ""
    """What to do; empty where nothing is to be done."""

    def told(self, check: str, translate: Translate) -> dict[str, Any]:
        """Return the finding as an answer tells it. ``ok`` is false of a failure only."""
        return {
            "check": check,
            "ok": self.level is not Level.FAIL,
            "level": str(self.level),
            "found": translate(self.found).format(**self.values),
            "advice": translate(self.advice).format(**self.values) if self.advice else "",
        }


def ok(found: str, values: Mapping[str, object] | None = None, advice: str = "") -> Finding:
    """Return a finding that all is well."""
    return Finding(Level.OK, found, values or {}, advice)


def warn(found: str, values: Mapping[str, object], advice: str) -> Finding:
    """Return a finding that is worth knowing."""
    return Finding(Level.WARN, found, values, advice)


def fail(found: str, values: Mapping[str, object], advice: str) -> Finding:
    """Return a finding that work must not go on with."""
    return Finding(Level.FAIL, found, values, advice)
