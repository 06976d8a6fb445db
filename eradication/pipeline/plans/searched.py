"""How well units' walks searched cells since a moment, as the undetected bounds count it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from eradication.domain import Season
from eradication.domain.event import parse_iso
from eradication.effort import search, strips
from eradication.effort.lines import Lines, join
from eradication.pipeline import cells, units
from eradication.pipeline.walks import Walks, ground_of, walks
from eradication.pipeline.workspace import Workspace


def patrols(
    workspace: Workspace, taken: Walks, codes: Collection[str], since: datetime, until: datetime | None = None
) -> list[dict[str, Any]]:
    """Return what was recorded of units' patrols that began from a moment on, and before another if one is given."""
    table = units.tables_of(workspace)
    wanted = {table.comparable(code) for code in codes}
    mine = [one for one in taken.summaries if table.comparable(str(one["unit"])) in wanted]
    began = [(one, parse_iso(str(one["start"]))) for one in mine]
    return [one for one, start in began if start >= since and (until is None or start < until)]


def searched_since(
    workspace: Workspace, season: Season, codes: Collection[str], since: datetime, names: Sequence[str]
) -> dict[str, float]:
    """Return cell → p with which units' walks since a moment searched it, 0 where nobody came near."""
    taken = walks(workspace, season)
    lines = join(taken.lines[str(one["id"])] for one in patrols(workspace, taken, codes, since))
    return {name: p for name, (p, _) in of_lines(workspace, season, taken, lines, names).items()}


def of_lines(
    workspace: Workspace, season: Season, taken: Walks, lines: Lines, names: Sequence[str]
) -> dict[str, tuple[float, float]]:
    """Return cell → p with which lines searched it, and the metres walked in it.

    Args:
        workspace: whose settings.
        season: in which they were walked.
        taken: all walks of the season: finds along them may tell the strip's width.
        lines: that count.
        names: of the cells.
    """
    wanted = np.array([cells.number_of(name) for name in names], np.int64)
    reach = np.arange(-2, 3)  # a step is at most 200 m long and a strip 200 m wide
    near = np.unique(wanted[:, None, None] + reach[:, None] * strips.STRIDE + reach)
    lines = lines.only(np.isin(strips.number(lines.xy[:, 0], lines.xy[:, 1]), near))
    if not len(lines.xy):
        return dict.fromkeys(names, (0.0, 0.0))
    found = search.of_season(lines, season, ground_of(workspace, season, taken).widths, workspace.settings.effort)
    pairs = zip(found.p.tolist(), found.walked_m.tolist(), strict=True)
    told = dict(zip(found.cell.tolist(), pairs, strict=True))
    return {name: told.get(number, (0.0, 0.0)) for name, number in zip(names, wanted.tolist(), strict=True)}
