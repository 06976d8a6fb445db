"""How a step says how far it is, without knowing who listens."""

from collections.abc import Callable

type Tick = Callable[[int, int], None]
"""Called with (done, total) as work proceeds."""

type Stage = Callable[[str], Tick]
"""Called with the name of a step (a message template); returns the tick of that step."""


def silent(done: int, total: int) -> None:
    """Say nothing."""


def quiet(name: str) -> Tick:
    """Begin a step nobody watches."""
    return silent
