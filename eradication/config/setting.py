"""How a setting is written down: its value and what it means."""

from dataclasses import field
from typing import Any


def setting(default: Any, doc: str, choices: tuple[str, ...] = ()) -> Any:
    """Return a field with its default, the comment written above it in the settings file, and what may be chosen."""
    return field(default=default, metadata={"doc": doc, "choices": choices})
