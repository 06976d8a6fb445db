"""Two simulated seasons, the first to learn from, the second to search, as commands name them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eradication.domain import Season

TAUGHT, SOUGHT = Season(2023), Season(2024)


@dataclass(frozen=True)
class Land:
    """Two simulated seasons of one place: the first teaches, the second is searched."""

    workspace: Path
    taught: tuple[Path, Path]
    """Catalog and visit table."""
    sought: tuple[Path, Path]


def given(season: Season, part: tuple[Path, Path]) -> tuple[object, ...]:
    return ("--season", season.label, "--imagery", part[0], "--samples", part[1])


def named(figures: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {figure["name"]: figure for figure in figures}
