"""How a setting is written down: its value and what it means."""

from dataclasses import field
from typing import Any

type Span = tuple[float, float]


def setting(
    default: Any, doc: str, choices: tuple[str, ...] = (), span: Span | None = None, *, secret: bool = False
) -> Any:
    """Return a field: its default, the comment written above it, what may be chosen, and least and largest number.

    One that may hold a ``secret`` is not shown where settings are printed.
    """
    return field(default=default, repr=not secret, metadata={"doc": doc, "choices": choices, "span": span})
