"""What a hand-in consists of."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class File:
    """One file of a hand-in, as it was named when it was handed in."""

    sha256: str
    """Of the bytes that were sent."""
    bytes: int
    name: str = ""
    """Empty for what a telephone sealed: the names are inside."""
    media: str = ""


@dataclass(frozen=True, slots=True)
class Local:
    """A file that lies on this computer."""

    path: Path
    name: str
    media: str = ""
