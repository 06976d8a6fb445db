"""How often a test does what it does again and again: a few times in every run, many times in ``make test-long``."""

import os

LONG = os.environ.get("ERADICATION_TEST_LONG") == "true"


def rounds(many: int, few: int) -> int:
    """Return ``many`` in the long run, ``few`` in any other."""
    return many if LONG else few
