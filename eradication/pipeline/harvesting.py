"""The clock of the harvest for plots: what is known of each place, and the days until it is expected to be lanced."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np

from eradication import harvest
from eradication.domain import TIMEZONE, Episode, Stage
from eradication.errors import RefusedInput, UnusableInput
from eradication.geo import centre
from eradication.harvest import Window
from eradication.ingest import dem
from eradication.pipeline.workspace import Workspace

NOTHING: dict[str, Any] = dict.fromkeys(
    ("sown_on", "elevation_m", "lancing_from", "lancing_to", "days_to_lancing", "lancing_basis", "lancing_shift_days")
)


@dataclass(frozen=True, slots=True)
class Clock:
    """The harvest of one plot in one season."""

    window: Window
    elevation_m: float | None
    sown_on: date | None

    def told(self, day: date) -> dict[str, Any]:
        """Return what an answer says of it on a local day."""
        height = None if self.elevation_m is None else round(self.elevation_m)
        return {
            "sown_on": self.sown_on.isoformat() if self.sown_on else None,
            "elevation_m": height,
            "lancing_from": self.window.first.isoformat(),
            "lancing_to": self.window.last.isoformat(),
            "days_to_lancing": harvest.clock(self.window, day),
            "lancing_basis": self.window.basis.value,
            "lancing_shift_days": self.window.shift_days,
        }


def today() -> date:
    """Return the local day."""
    return datetime.now(UTC).astimezone(TIMEZONE).date()


def clocks(workspace: Workspace, episodes: Sequence[Episode]) -> list[Clock | None]:
    """Return the clock of each episode, ``None`` where no live poppy is to be expected any more.

    Raises:
        UnusableInput: ``bad_settings``.
    """
    open_ones = [number for number, episode in enumerate(episodes) if episode.state in harvest.CLOCKED]
    heights = elevations(workspace, [episodes[number] for number in open_ones])
    told: list[Clock | None] = [None] * len(episodes)
    for number, height in zip(open_ones, heights, strict=True):
        told[number] = _clock(workspace, episodes[number], height)
    return told


def rows(workspace: Workspace, episodes: Sequence[Episode], day: date) -> list[dict[str, Any]]:
    """Return what answers say of each episode's harvest; all values are ``None`` where it has no clock."""
    return [NOTHING if clock is None else clock.told(day) for clock in clocks(workspace, episodes)]


def due(workspace: Workspace, episodes: Sequence[Episode], day: date) -> dict[str, int]:
    """Return :func:`eradication.harvest.due` of episodes, to stand beside the candidates nobody visited."""
    told = zip(episodes, rows(workspace, episodes, day), strict=True)
    plain = [{"state": e.state, "area_m2": e.area_m2, **row} for e, row in told]
    return harvest.due(plain, day, workspace.settings.harvest.soon_days)


def urgency(row: dict[str, Any], day: date) -> tuple[int, int]:
    """Return a key that puts first what is lanced now or will be soonest, then what is over, then what has no clock."""
    if row["lancing_from"] is None:
        return 2, 0
    return int(date.fromisoformat(row["lancing_to"]) < day), int(row["days_to_lancing"])


def elevations(workspace: Workspace, episodes: Sequence[Episode]) -> list[float | None]:
    """Return the heights of plots in metres, read in one go; ``None`` where no height model knows them."""
    source = workspace.settings.terrain.dem
    if not source or not episodes:
        return [None] * len(episodes)
    try:
        model = dem.find(source, max_bytes=workspace.settings.limits.file_mb * 1024 * 1024)
        found = dem.at(model, [centre(episode.plot.geometry) for episode in episodes])
    except (UnusableInput, RefusedInput):
        # A list of plots must not fail because a file of heights is gone; `monitor` refuses to run without it.
        return [None] * len(episodes)
    return [float(height) if np.isfinite(height) else None for height in found]


def _clock(workspace: Workspace, episode: Episode, elevation_m: float | None) -> Clock:
    stage, seen_at = episode.stage_seen or (None, None)
    told = harvest.window(
        episode.season,
        workspace.settings,
        elevation_m=elevation_m,
        sown_on=episode.sown_on,
        stage=Stage(stage) if stage else None,
        seen_on=seen_at.astimezone(TIMEZONE).date() if seen_at else None,
    )
    return Clock(told, elevation_m, episode.sown_on)
