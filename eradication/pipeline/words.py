"""Words and rules of steps that shells show."""

from eradication.undetected.rechecks import LEAST_SHARE
from eradication.undetected.words import ASSUMPTIONS

__all__ = ["ASSUMPTIONS", "LEAST_SHARE"]
