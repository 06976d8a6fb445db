"""What images say of a candidate: pictures before and after, its season beside known ones, and what its score rests on.

Describing imagery takes seconds a place, so it is done ahead for all candidates of a season, as long work
(:func:`prepare`); pages only read what was kept. Nothing here is a record: the folder may be deleted.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from eradication.domain import Episode, EventKind, Season, State
from eradication.domain.model import RULES
from eradication.errors import N_, EradicationError
from eradication.pipeline import chips, one_plot, projection
from eradication.pipeline.workspace import Workspace, write_whole
from eradication.progress import Stage, quiet
from eradication.report.chips import Pair

MOST = 300
"""Candidates of which everything is prepared at once, the most important first."""


def prepare(workspace: Workspace, season: Season, stage: Stage = quiet) -> dict[str, Any]:
    """Keep pictures and explanations of the undecided candidates of a season; what is kept already stays.

    Returns:
        ``season``, ``candidates``, ``pictures`` (places with at least one), ``explained``, ``left_out``.
    """
    episodes = _undecided(workspace, season)
    chosen = episodes[:MOST]
    pairs = chips.of_episodes(workspace, chosen, stage)
    told, tick = 0, stage(N_("Why these places"))
    for done, explained in enumerate(_explained(workspace, chosen, stage), start=1):
        told += explained
        tick(done, len(chosen))
    return {
        "season": season.label,
        "candidates": len(episodes),
        "pictures": sum(not pair.why for pair in pairs.values()),
        "explained": told,
        "left_out": len(episodes) - len(chosen),
    }


def _undecided(workspace: Workspace, season: Season) -> list[Episode]:
    told = projection.replayed(workspace)
    # On simulated ground, whose season is over, what nobody visited is practised on.
    states = {State.CANDIDATE, State.ASSIGNED} | ({State.EXPIRED} if projection.is_simulated(workspace) else set())
    waiting = [e for e in projection.in_season(told.episodes, season) if e.state in states]
    return sorted(waiting, key=lambda e: (-(e.score or 0.0), e.plot.id))


def _explained(workspace: Workspace, episodes: Sequence[Episode], stage: Stage) -> Iterator[bool]:
    """Keep why places were proposed; give whether it is known of each, those of one run and model together."""
    from eradication.pipeline import explaining  # brings scikit-learn

    missing: dict[tuple[str, str], dict[str, Path]] = {}
    for episode in episodes:
        file = _file(workspace, episode.plot.id, episode.season)
        if file.is_file():
            yield True
        elif episode.run:  # else a person found it, and nothing was scored
            missing.setdefault((episode.run, episode.model or RULES), {})[episode.plot.id] = file
    for (_, model), files in sorted(missing.items()):
        try:
            for plot_id, answer in explaining.explain_all(workspace, model, [*files], stage):
                write_whole(files[plot_id], json.dumps(answer, ensure_ascii=False, allow_nan=False))
                yield True
        except EradicationError:
            continue  # its imagery is not here, or another scan is under way: the page says that nothing is prepared


def explanation(workspace: Workspace, plot_id: str, season: Season) -> Mapping[str, Any] | None:
    """Return what was kept of why a place was proposed; ``None`` = nothing was."""
    try:
        told: Mapping[str, Any] = json.loads(_file(workspace, plot_id, season).read_bytes())
    except (OSError, ValueError):
        return None
    return told


def pictures(workspace: Workspace, plot_id: str, season: Season) -> tuple[Pair, Episode] | None:
    """Return the pictures of a place and the episode they are of; ``None`` = there is no such episode.

    What is kept is read; else the few images of this one place are.
    """
    part = one_plot.part(workspace, plot_id)
    told = projection.replayed(workspace) if part is None else part.told
    episode = told.episode(plot_id, season)
    if episode is None:
        return None
    return chips.of_episodes(workspace, [episode])[episode.plot.id, season.label], episode


def _file(workspace: Workspace, plot_id: str, season: Season) -> Path:
    name = hashlib.sha256(f"{plot_id} {_newest_run(workspace, season)}".encode()).hexdigest()[:16]
    return workspace.folder / "outputs" / "review" / f"{season.label}-{name}.json"


def _newest_run(workspace: Workspace, season: Season) -> str:
    runs = workspace.store.events(kinds=[EventKind.RUN_FINISHED])
    return next((str(run.payload["run"]) for run in reversed(runs) if run.payload["season"] == season.label), "")
