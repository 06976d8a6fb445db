"""A table of thousands of rows in a PDF: ReportLab handles all that is left of a table on every sheet anew."""

from collections.abc import Callable, Sequence

from reportlab.platypus import Flowable, LongTable

AT_ONCE = 120
"""Rows that are laid out at once: more than any sheet holds."""

type Row = list[Flowable]
type Heights = Sequence[float | None]
"""Of headings and rows; ``None`` = not known yet."""
type Make = Callable[[Sequence[Row], Heights | None], LongTable]
"""Rows → a table of them with its headings."""


def of_rows(count: int, cells: Callable[[int], Row], make: Make, *, whole: bool) -> Flowable:
    """Return a table of ``count`` rows, made while sheets are filled; one that stays ``whole`` is made at once."""
    if whole or count <= AT_ONCE:
        return make([cells(number) for number in range(count)], None)
    return _Long(([], None), range(count), cells, make)


class _Long(Flowable):  # type: ignore[misc]
    """What is left of a table; it is split as the whole table would be."""

    def __init__(
        self, known: tuple[list[Row], list[float] | None], left: range, cells: Callable[[int], Row], make: Make
    ) -> None:
        """Take rows that were made before, and the numbers of those that follow them."""
        super().__init__()
        rows, heights = known
        fresh = left[: max(0, AT_ONCE - len(rows))]
        self._rows, self._left = [*rows, *map(cells, fresh)], left[len(fresh) :]
        self._cells, self._make = cells, make
        self._table = make(self._rows, None if heights is None else [*heights, *[None] * len(fresh)])

    def wrap(self, wide: float, high: float) -> tuple[float, float]:
        """Take more than there is: rows are left for the next sheet."""
        width, height = self._table.wrap(wide, high)
        return width, max(height, high + 1.0)

    def split(self, wide: float, high: float) -> list[Flowable]:
        """Return what fits on a sheet and the rest, or nothing if not a row fits."""
        parts = self._table.split(wide, high)
        if not parts:
            return []
        head, taken = self._table.repeatRows, parts[0]._nrows
        rows, heights = self._rows[taken - head :], self._table._rowHeights
        known = [*heights[:head], *heights[taken:]]
        if len(rows) + len(self._left) > AT_ONCE:
            return [parts[0], _Long((rows, known), self._left, self._cells, self._make)]
        last = [*map(self._cells, self._left)]
        return [parts[0], self._make([*rows, *last], [*known, *[None] * len(last)])]
