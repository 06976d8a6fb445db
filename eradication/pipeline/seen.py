"""What a scan saw and what its gate ruled out, counted: the honest half of every list of candidates."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eradication import features
from eradication.domain import Json
from eradication.domain.model import LabelledPlace
from eradication.pipeline.blocks import Scan


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Counts over all blocks."""

    looks: npt.NDArray[np.int64]
    """Pixels by their number of clear looks, shape (256,), inside the area or outside."""
    ruled_out: int
    """Observed pixels that cannot be poppy."""
    lost_looks: int
    """Looks lost to files that could not be read."""
    finds: int
    """Places of the season where poppy was found, with at least one observed pixel."""
    finds_ruled_out: int
    """Those of them of which the gate would have left nothing: its loss, as far as visits can tell."""

    def facts(self, wanted: int, observed: int) -> dict[str, Json]:
        """Return the coverage as ``monitor`` tells it.

        Args:
            wanted: pixels that were to be looked at.
            observed: pixels that were seen often enough to be scored.
        """
        seen = self.looks.copy()
        # Pixels outside the area count as looked at 0 times; the wanted ones alone are spoken of.
        seen[0] = max(wanted - int(seen[1:].sum()), 0)
        looks = int((self.looks * np.arange(256)).sum())
        return {
            "observed_share": round(min(observed / max(wanted, 1), 1.0), 4),
            "clear_looks": {"median": _quantile(seen, 0.5), "lowest_tenth": _quantile(seen, 0.1)},
            "lost_looks_share": round(self.lost_looks / max(looks + self.lost_looks, 1), 4),
        }

    def gate(self, observed: int) -> dict[str, Json]:
        """Return what the gate did as ``monitor`` tells it."""
        share = round(self.ruled_out / max(observed, 1), 4)
        return {"ruled_out_share": share, "finds": self.finds, "finds_ruled_out": self.finds_ruled_out}


def _quantile(counts: npt.NDArray[np.int64], share: float) -> int:
    return int(np.searchsorted(np.cumsum(counts), share * counts.sum()))


def count(scan: Scan, finds: Sequence[LabelledPlace]) -> Seen:
    """Count over the blocks of a scan.

    Args:
        scan: all of its blocks are surveyed.
        finds: places of the season where poppy was found.
    """
    choice = features.choose(scan.archive.grid, finds, background=0)
    width = int(scan.archive.grid.shape[1])
    rows, columns = choice.pixel // width, choice.pixel % width
    seen, passed = np.zeros(len(choice.pixel), bool), np.zeros(len(choice.pixel), bool)
    looks, ruled_out, lost = np.zeros(256, np.int64), 0, 0
    for at, window in scan.windows.items():
        clear, possible, holes = scan.block(at).found()
        observed = features.observed_in(clear, scan.settings)
        looks += np.bincount(clear.ravel(), minlength=256)
        ruled_out += int((observed & ~possible).sum())
        lost += int(holes.sum(dtype=np.int64))
        here = window.holds(rows, columns)
        inside = rows[here] - window.top, columns[here] - window.left
        seen[here], passed[here] = observed[inside], (observed & possible)[inside]
    known = np.unique(choice.place[seen])
    return Seen(looks, ruled_out, lost, len(known), len(np.setdiff1d(known, choice.place[passed])))
