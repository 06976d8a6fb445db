"""Tables of the report after its first page, in groups: one module for each group.

An empty table is one line that says so: what is missing on paper must not look forgotten.
"""

from eradication.report.tables import abroad, criterion, drawn, entered, late, places
from eradication.report.tables.parts import SHORT, Group, Table, Writer
from eradication.report.view import ReportView

__all__ = ["SHORT", "Group", "Table", "Writer", "first", "then"]


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
