"""The clock of the harvest for plots: what is known of each place, and the days until it is expected to be lanced."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

import numpy as np

from eradication import harvest
from eradication.domain import TIMEZONE, Episode, Season, Stage, State
from eradication.domain.event import parse_iso
from eradication.errors import RefusedInput, UnusableInput
from eradication.geo import centre
from eradication.harvest import Window
from eradication.pipeline import set_layers
from eradication.pipeline.workspace import Workspace
from eradication.report.view import Harvest
from eradication.store import Row

_NOON = time(12)

NOTHING: dict[str, Any] = dict.fromkeys(
    ("sown_on", "elevation_m", "lancing_from", "lancing_to", "days_to_lancing", "lancing_basis", "lancing_shift_days")
)


COLUMNS = ("lancing_from", "lancing_to", "days_to_lancing", "lancing_basis")
"""What lists for people tell of it."""


@dataclass(frozen=True, slots=True)
class Growing:
    """What the clock asks of one plot in one season."""

    season: Season
    state: State
    lon: float
    """Degrees WGS 84."""
    lat: float
    sown_on: date | None
    stage_seen: tuple[str, datetime] | None
    """Growth stage as a visit stated it last, and when that was."""

    @classmethod
    def of(cls, episode: Episode, day: date | None = None) -> "Growing":
        """Return that of an episode; on a ``day`` of its season, one that nobody visited had not expired yet."""
        where, state = centre(episode.plot.geometry), episode.state
        if day is not None and state is State.EXPIRED and datetime.combine(day, _NOON, TIMEZONE) < episode.season.ends:
            state = State.CANDIDATE
        return cls(episode.season, state, *where, episode.sown_on, episode.stage_seen)

    @classmethod
    def of_row(cls, row: Row) -> "Growing":
        """Return that of a row of the layer ``plots``."""
        seen = (row["stage"], parse_iso(row["stage_at"])) if row["stage"] else None
        sown = date.fromisoformat(row["sown_on"]) if row["sown_on"] else None
        return cls(Season.parse(row["season"]), State(row["state"]), row["lon"], row["lat"], sown, seen)


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


def day_of(moment: datetime | None) -> date:
    """Return the local day of a moment, or today."""
    return today() if moment is None else moment.astimezone(TIMEZONE).date()


def clocks(workspace: Workspace, plots: Sequence[Growing]) -> list[Clock | None]:
    """Return the clock of each plot, ``None`` where no live poppy is to be expected any more.

    Raises:
        UnusableInput: ``bad_settings``.
    """
    open_ones = [number for number, plot in enumerate(plots) if plot.state in harvest.CLOCKED]
    heights = elevations(workspace, [plots[number] for number in open_ones])
    told: list[Clock | None] = [None] * len(plots)
    for number, height in zip(open_ones, heights, strict=True):
        told[number] = _clock(workspace, plots[number], height)
    return told


def rows(workspace: Workspace, plots: Sequence[Growing], day: date) -> list[dict[str, Any]]:
    """Return what answers say of each plot's harvest; all values are ``None`` where it has no clock."""
    return [NOTHING if clock is None else clock.told(day) for clock in clocks(workspace, plots)]


def of_day(workspace: Workspace, episodes: Sequence[Episode], day: date) -> list[dict[str, Any]]:
    """Return :func:`rows` of episodes as they stood on a day of their season."""
    return rows(workspace, [Growing.of(episode, day) for episode in episodes], day)


def shown(workspace: Workspace, episodes: Sequence[Episode], day: date) -> list[Harvest | None]:
    """Return the clock of each episode on a local day, as paper and maps show it."""
    told = clocks(workspace, [Growing.of(episode, day) for episode in episodes])
    return [None if c is None else Harvest(c.window.first, c.window.last, day, c.window.basis.value) for c in told]


def due(workspace: Workspace, episodes: Sequence[Episode], day: date) -> dict[str, int]:
    """Return :func:`eradication.harvest.due` of episodes, to stand beside the candidates nobody visited."""
    told = zip(episodes, rows(workspace, list(map(Growing.of, episodes)), day), strict=True)
    plain = [{"state": e.state, "area_m2": e.area_m2, **row} for e, row in told]
    return harvest.due(plain, day, workspace.settings.harvest.soon_days)


def urgency(row: dict[str, Any], day: date) -> tuple[int, int]:
    """Return a key that puts first what is lanced now or will be soonest, then what is over, then what has no clock."""
    if row["lancing_from"] is None:
        return 2, 0
    return int(date.fromisoformat(row["lancing_to"]) < day), int(row["days_to_lancing"])


def elevations(workspace: Workspace, plots: Sequence[Growing]) -> list[float | None]:
    """Return the heights of plots in metres, read in one go; ``None`` where no height model knows them."""
    try:
        model = set_layers.heights(workspace.settings, workspace.folder) if plots else None
        if model is None:
            return [None] * len(plots)
        from eradication.ingest import dem  # takes half a second to load, and most answers need no heights

        found = dem.at(model, [(plot.lon, plot.lat) for plot in plots])
    except (UnusableInput, RefusedInput):
        # A list of plots must not fail because a file of heights is gone; `monitor` refuses to run without it.
        return [None] * len(plots)
    return [float(height) if np.isfinite(height) else None for height in found]


def _clock(workspace: Workspace, plot: Growing, elevation_m: float | None) -> Clock:
    stage, seen_at = plot.stage_seen or (None, None)
    told = harvest.window(
        plot.season,
        workspace.settings,
        elevation_m=elevation_m,
        sown_on=plot.sown_on,
        stage=Stage(stage) if stage else None,
        seen_on=seen_at.astimezone(TIMEZONE).date() if seen_at else None,
    )
    return Clock(told, elevation_m, plot.sown_on)
