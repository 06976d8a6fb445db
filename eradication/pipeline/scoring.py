"""Scores of one block: of all its pixels the first time, then only of those that a new image changed.

What a score depends on is named: the states of the block and of its neighbours (which images, which gate), the model,
the settings, the ground. Where all names but those of states are the same and every block says what moved from the one
state to the other, the scores of pixels at which nothing moved are taken over. They are the scores that a run from
nothing would give, to the bit.
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.ndimage import maximum_filter

from eradication import classify
from eradication.domain.model import RULES, TrainedModel
from eradication.features import REACH
from eradication.features.blocks import AROUND, OWN, BlockFolder, DamagedFile, key_of, lay, widened
from eradication.pipeline import blocks
from eradication.pipeline.blocks import Scan
from eradication.raster import FeatureStack, Index, ScoreMap

type Scores = npt.NDArray[np.float32]
type Flags = npt.NDArray[np.bool_]


@blocks.damage_told()
def score_block(scan: Scan, at: tuple[int, int], model: TrainedModel | None) -> ScoreMap:
    """Return the scores of a block that may join a candidate, with flat indices into the whole grid.

    All scores of the block are kept in its folder, with NaN where nothing could be scored.

    Args:
        scan: its blocks are surveyed.
        at: row and column of the block.
        model: ``None`` = the rules.

    Raises:
        StorageFailed: ``scan_damaged`` if a file was damaged since the survey; its block will be read anew.
    """
    block = scan.block(at)
    folders = {(0, 0): block, **scan.around(at)}
    states = {_name(step): folder.state() for step, folder in folders.items()}
    by = key_of([scan.scored_by, RULES if model is None else model.model_hash])
    old = _held(block, by, folders, states)
    wanted = None if old is None else _to_score(block, old[0], old[2])
    stack = blocks.describe_block(scan, at, wanted)
    scores = classify.predict(stack, model, seed=scan.settings.candidates.seed)
    dense = np.full(stack.observed.shape, np.nan, np.float32) if old is None else old[0]
    if wanted is not None:
        dense.ravel()[wanted] = np.nan
        dense[~stack.observed] = np.nan
    dense[stack.ruled_out] = 0
    dense.ravel()[scores.pixels] = scores.score
    outside = np.zeros(dense.shape, bool) if old is None else old[1]
    if wanted is not None:
        outside.ravel()[wanted] = False
    outside.ravel()[scores.pixels] = scores.outside
    block.keep_scores(dense, outside, {"by": by, "states": states})
    return _high(scan, at, stack, scores, (dense, outside))


def _name(step: tuple[int, int]) -> str:
    return f"{step[0]},{step[1]}"


def _held(
    block: BlockFolder, by: str, folders: dict[tuple[int, int], BlockFolder], states: dict[str, str]
) -> tuple[Scores, Flags, Flags] | None:
    """Return scores, what lies outside, and which of both hold no more; ``None`` if nothing is known of that."""
    note = block.scored()
    if note.get("by") != by or note.get("states", {}).keys() != states.keys():
        return None
    own, around = np.zeros(block.shape, bool), widened(1, block.shape, 0)
    for step, folder in folders.items():
        before, now = note["states"][_name(step)], states[_name(step)]
        if before == now:
            continue
        moved = folder.moved(before, now)
        if moved is None:
            return None
        if step == (0, 0):
            own = moved & OWN != 0
        lay(around, step, (moved & AROUND)[None])
    try:
        scores, outside = block.scores().copy(), block.outside()
    except DamagedFile:
        return None
    if around.any():
        own |= maximum_filter(around[0].astype(np.uint8), 2 * REACH + 1)[REACH:-REACH, REACH:-REACH] != 0
    return scores, outside, own


def _to_score(block: BlockFolder, scores: Scores, moved: Flags) -> Index:
    """Return the possible pixels that moved or have no score."""
    _, possible, _ = block.found()
    return np.flatnonzero(possible & (moved | np.isnan(scores)))


def _high(
    scan: Scan, at: tuple[int, int], stack: FeatureStack, scores: ScoreMap, kept: tuple[Scores, Flags]
) -> ScoreMap:
    """Return what of a block may join a candidate; ``kept`` are its scores and what lies outside."""
    dense, outside = kept
    limits, window = scan.settings.candidates, scan.windows[at]
    with np.errstate(invalid="ignore"):
        pixels = np.flatnonzero((dense >= min(limits.grow, limits.seed)) & ~stack.ruled_out)
    rows, columns = pixels // window.columns, pixels % window.columns
    return replace(
        scores,
        geobox=scan.archive.grid,
        pixels=(rows + window.top) * int(scan.archive.grid.shape[1]) + columns + window.left,
        score=dense.ravel()[pixels],
        clear_observations=stack.clear_observations.ravel()[pixels],
        outside=outside.ravel()[pixels],
        observed=int(np.isfinite(dense).sum()),
    )
