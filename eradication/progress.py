"""How a step says how far it is, without knowing who listens."""

from collections.abc import Callable

type Tick = Callable[[int, int], None]
"""Called with (done, total) as work proceeds."""


def silent(done: int, total: int) -> None:
    """Say nothing."""
