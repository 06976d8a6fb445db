"""Tables of a report, in groups: the page, the document and the workbook print the same ones.

An empty table is one line that says so: what is missing on paper must not look forgotten.
"""

from collections.abc import Iterable

from eradication.report.tables import (
    abroad,
    by_row,
    checked,
    criterion,
    drawn,
    entered,
    events,
    late,
    period,
    places,
    plots,
    searched,
    target,
)
from eradication.report.tables.parts import SHORT, Cell, Group, Table, Writer
from eradication.report.view import ReportView

__all__ = ["SHORT", "Cell", "Group", "Table", "Writer", "all_of", "first", "then"]


def all_of(view: ReportView, *, whole: bool = False) -> list[Group]:
    """Return every group of tables of a report, in the order of its pages.

    Args:
        view: the report.
        whole: every plot with all its figures (:func:`.plots.annex`), instead of those that the page lists, and the
            events where the view tells them.

    The first two groups, ``target`` and ``signs``, are the first page. Groups and tables bear a ``key`` that is the
    same in every language.
    """
    write = Writer(view)
    groups: Iterable[Group | None] = (
        *(target.told(write), target.signs_told(write), *first(view)),
        *period.told(write),
        *by_row.told(write),
        *then(view),
        plots.annex(write) if whole else plots.told(write),
        *(checked.checks(write), checked.findings(write), searched.runs(write), searched.patrols(write)),
        events.told(write) if whole else None,
    )
    return [group for group in groups if group is not None]


def first(view: ReportView) -> list[Group]:
    """Return the group that follows the first page."""
    return [drawn.told(Writer(view))]


def then(view: ReportView) -> list[Group]:
    """Return the groups that follow the ledger's own tables, in their order."""
    write = Writer(view)
    groups = [
        *(places.plants(write), late.told(write), places.planting(write), places.overlaps(write)),
        *(abroad.told(write), entered.told(write), criterion.told(write), places.seasons(write)),
    ]
    return [group for group in groups if group is not None]
