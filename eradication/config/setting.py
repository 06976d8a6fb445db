"""How a setting is written down: its value and what it means."""

from dataclasses import field
from typing import Any

type Span = tuple[float, float]


def setting(default: Any, doc: str, choices: tuple[str, ...] = (), span: Span | None = None) -> Any:
    """Return a field: its default, the comment written above it, what may be chosen, and least and largest number."""
    return field(default=default, metadata={"doc": doc, "choices": choices, "span": span})
