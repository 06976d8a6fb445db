"""Tables of the document: by commune, by unit and by class in its body, plots and all further ones annexed."""

from collections.abc import Iterable, Iterator, Mapping

from eradication.domain import Episode
from eradication.errors import N_
from eradication.report import periods, words
from eradication.report.document.blocks import Block, Grid, Look, NewSheet, Paragraph
from eradication.report.tables.parts import Group, Table, Writer
from eradication.report.view import PlotRow

BODY = ("by_commune", "by_unit", "by_class")
ANNEXED = (
    *("three_figures", "in_period", "plants", "timeliness", "planting", "overlaps", "abroad", "entered", "criterion"),
    *("seasons", "checks", "findings"),
)
"""Groups of tables that are annexed; satellite runs and patrols, one by one, are in the workbook."""
MOST_CHECKS = 24
"""Rows of the table of checks that stay on one sheet on its side; of more the headings come again on each."""
EFFORT = (N_("Patrols"), N_("Patrols walked (km)"), N_("Hours"), N_("1 km² cells × days visited"))
SEEN = (N_("Seen by satellite"), N_("Seen by patrols"), N_("Seen by both"), N_("Seen by neither"))
PLOTS = (
    *(
        N_("No."),
        N_("Code"),
        N_("Commune"),
        N_("State"),
        N_("Class"),
        N_("Area ± 95 %"),
        N_("Measured by"),
        N_("Plants"),
    ),
    *(N_("X, north (m)"), N_("Y, east (m)"), N_("Detected on"), N_("Eradicated on"), N_("Verified on"), N_("Unit")),
)
_PLOT_WIDTHS = (4, 9, 12, 10, 5, 11, 9, 6, 9, 8, 8, 8, 8, 7)
_LEDGER_WIDTHS = (15, 9, 9, 8, 9.5, 8.5, 8.5, 6.5, 9.5, 9, 9)
_NAMES = ("patrols", "km", "hours", "km2_visits")

type Groups = Mapping[str, Group]


def body(write: Writer, groups: Groups) -> Iterator[Block]:
    """Yield the section of figures: ledger by commune, unit and class, effort and coverage."""
    yield Paragraph(write(N_("Figures")), Look.HEADING)
    for group in (groups[key] for key in BODY if key in groups):
        yield Paragraph(group.title, Look.SUBHEADING)
        yield from (_grid(table, _LEDGER_WIDTHS, size_pt=9.0) for table in group.tables)
        yield from (Paragraph(note, Look.NOTE) for note in group.notes)
    yield from _effort(write)


def _effort(write: Writer) -> Iterator[Block]:
    effort, coverage = write.part("effort"), write.part("coverage")
    yield Paragraph(write(N_("How much was looked at")), Look.SUBHEADING)
    walked = [write.number(effort.get(name), 0 if name in ("patrols", "km2_visits") else 1) for name in _NAMES]
    # Coverage is told of the province, not of a unit.
    seen = (
        [] if write.view.unit else [write.share(coverage.get(name)) for name in ("optical", "patrol", "both", "none")]
    )
    headings = write.headings((*EFFORT, *(SEEN if seen else ())))
    row = [*walked, *seen]
    yield Grid([row], (100 / len(row),) * len(row), headings, left=frozenset(), size_pt=10.0, whole=True)
    if seen and write.season:
        said = N_("Patrols are those from {first} to {last}; what was seen is told of season {season}.")
        yield Paragraph(write(said, season=write.season, **periods.cumulative_days(write.view)), Look.NOTE)
    if coverage.get("why"):
        yield Paragraph(write.reason(coverage["why"]), Look.NOTE)


def restated(groups: Groups) -> Iterator[Block]:
    """Yield the section of restatements, nothing if there are none."""
    if "restated" in groups:
        yield Paragraph(groups["restated"].title, Look.HEADING)
        yield from _tables(groups["restated"])


def annexed(write: Writer, groups: Groups) -> Iterator[Block]:
    """Yield the annexes: plots in VN-2000, and all further tables."""
    yield NewSheet(landscape=True)
    yield Paragraph(write(N_("Annex 1: confirmed plots, in VN-2000")).upper(), Look.TITLE)
    yield from _plots(write)
    yield NewSheet(landscape=True)
    yield Paragraph(write(N_("Annex 2: further figures")).upper(), Look.TITLE)
    for group in (groups[key] for key in ANNEXED if key in groups):
        yield Paragraph(group.title, Look.HEADING)
        yield from (Paragraph(line, Look.DETAIL) for line in group.lines)
        yield from _tables(group)
        yield from (Paragraph(note, Look.NOTE) for note in group.notes)


def _tables(group: Group) -> Iterator[Block]:
    for table in group.tables:
        if table.title:
            yield Paragraph(table.title, Look.SUBHEADING)
        if table.rows:
            yield _grid(table)
        else:
            yield Paragraph(table.empty, Look.NOTE)
        if table.note and table.rows:
            yield Paragraph(table.note, Look.NOTE)


def _grid(table: Table, widths: Iterable[float] = (), size_pt: float = 10.0) -> Grid:
    bold = frozenset({len(table.rows) - 1}) if table.has_total else frozenset[int]()
    return Grid(
        table.rows,
        tuple(widths) or _widths(table),
        table.headings,
        table.left,
        bold,
        size_pt=size_pt,
        whole=table.is_short or (table.kind == "checks" and len(table.rows) <= MOST_CHECKS),
    )


def _widths(table: Table) -> tuple[float, ...]:
    """Return shares of the width by the longest cell; a long sentence does not squeeze the figures beside it."""
    columns = zip(table.headings, *table.rows, strict=True)
    longest = (max(len(column[0]) / 2, *map(len, column[1:])) for column in columns)
    return tuple(min(max(length, 6.0), 45.0) for length in longest)


def _plots(write: Writer) -> Iterator[Block]:
    found = (row for row in write.view.plots if row.episode.detected_at is not None)
    listed = sorted(found, key=lambda row: (row.commune, row.episode.plot.code, row.episode.season))
    if not listed:
        yield Paragraph(write(N_("No plot was confirmed.")), Look.NOTE)
        return
    said = N_("EPSG:{epsg}; X is north, Y is east, in metres. Candidates that nobody confirmed are not listed.")
    yield Paragraph(write(said, epsg=str(listed[0].official_epsg)), Look.NOTE)
    told = [[str(number), *_plot(write, row)] for number, row in enumerate(listed, start=1)]
    left = frozenset({1, 2, 3, 4, 6, 10, 11, 12, 13})
    yield Grid(told, _PLOT_WIDTHS, write.headings(PLOTS), left=left, size_pt=9.0)
    if uncounted := sum(not write.view.counts(row) for row in listed):
        said = N_("Of these, {n} lie abroad or on an unclear side: in no total.")
        yield Paragraph(write(said, n=write.number(uncounted)), Look.NOTE)


def _plot(write: Writer, row: PlotRow) -> Iterable[str]:
    episode: Episode = row.episode
    east, north = row.vn2000
    days = (episode.detected_at, episode.eradicated_at, episode.verified_at)
    return (
        write.text(episode.plot.code),
        write.text(row.commune),
        words.state(episode, write.language),
        row.klass,
        words.with_error(episode.area_m2, episode.area_se_m2, write.language),
        words.word(episode.area_method, write.language),
        write.number(episode.plant_count),
        write.number(north, 1),
        write.number(east, 1),
        *(words.day(day, write.language) for day in days),
        write.text(episode.unit),
    )
