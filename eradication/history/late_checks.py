"""Episodes season by season, and the check after 31 August that still belongs to the season before.

A destruction of May is re-checked in June, or in September when the roads are dry again. By its date such a check falls
into the next season, where nothing was destroyed. If the plot was destroyed and not verified in the season just ended,
and the check is the first thing known of the plot in the new one, it is the check of that destruction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from eradication.domain import Episode, Plot, Season, State
from eradication.domain.succession import NO_SUCCESSIONS, Successions
from eradication.history.episodes import fold
from eradication.history.facts import Fact
from eradication.history.findings import Finding
from eradication.history.states import Trigger


@dataclass(slots=True)
class Folded:
    """What all facts of all plots tell."""

    episodes: list[Episode] = field(default_factory=list)
    """By plot id and season."""
    findings: list[Finding] = field(default_factory=list)
    moved: list[tuple[Fact, Fact]] = field(default_factory=list)
    """(a check as it is dated, the same with the season it belongs to)."""


def folded(
    plots: Mapping[str, Plot],
    groups: Mapping[tuple[str, Season], Sequence[Fact]],
    as_of: datetime,
    followed: Successions = NO_SUCCESSIONS,
) -> Folded:
    """Return the episodes of the plots.

    Args:
        plots: by id.
        groups: plot id and season → its facts, sorted by :attr:`Fact.order`.
        as_of: when past a season's end, its candidates nobody visited have expired.
        followed: which unit followed which.
    """
    told = Folded()
    left = {key: list(group) for key, group in groups.items()}
    for plot_id, season in sorted(left):
        group, following = left[plot_id, season], left.get((plot_id, Season(season.start_year + 1)), [])
        episode, odd = fold(plots[plot_id], season, group, as_of, followed)
        while _awaits_check(episode) and following and following[0].trigger is Trigger.VERIFIED:
            dated = following.pop(0)
            told.moved.append((dated, replace(dated, season=season)))
            group.append(told.moved[-1][1])
            episode, odd = fold(plots[plot_id], season, group, as_of, followed)
        told.findings += odd
        if episode is not None:
            told.episodes.append(episode)
    return told


def _awaits_check(episode: Episode | None) -> bool:
    return episode is not None and episode.state is State.ERADICATED
