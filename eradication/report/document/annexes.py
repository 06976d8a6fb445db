"""Tables of the document: by commune, by unit and by class in its body, plots and all further ones annexed."""

from collections.abc import Iterable, Iterator, Sequence

from eradication.domain import Episode
from eradication.errors import N_
from eradication.report import periods, tables, words
from eradication.report.document.blocks import Block, Grid, Look, NewSheet, Paragraph
from eradication.report.tables.parts import Group, Table, Values, Writer, rows
from eradication.report.view import PlotRow

LEDGER = (
    *(N_("Suspected (m²)"), N_("Detected (m²)"), N_("Standard error (m²)"), N_("Claimed (m²)"), N_("Verified (m²)")),
    *(N_("Remaining (m²)"), N_("Plots"), N_("Plants"), N_("claimed ÷ detected"), N_("verified ÷ detected")),
)
AREAS = (
    "suspected_m2",
    "detected_m2",
    "detected_se_m2",
    "claimed_m2",
    "verified_m2",
    "remaining_m2",
    "plots",
    "plants",
)
EFFORT = (N_("Patrols"), N_("Patrols walked (km)"), N_("Hours"), N_("1 km² cells × days visited"))
SEEN = (N_("Seen by satellite"), N_("Seen by patrols"), N_("Seen by both"), N_("Seen by neither"))
PLOTS = (
    *(N_("No."), N_("Code"), N_("Commune"), N_("State"), N_("Class"), N_("Area"), N_("Measured by"), N_("Plants")),
    *(N_("X, north (m)"), N_("Y, east (m)"), N_("Detected on"), N_("Eradicated on"), N_("Verified on"), N_("Unit")),
)
_WIDTHS = (17, 9.5, 9, 8.5, 8.5, 8.5, 8.5, 7, 7.5, 9, 9)
_NAMES = ("patrols", "km", "hours", "km2_visits")


def body(write: Writer) -> Iterator[Block]:
    """Yield the section of figures: ledger by commune, unit and class, effort and coverage."""
    yield Paragraph(write(N_("Figures")), Look.HEADING)
    total = write.part("total")
    yield from _ledger(write, N_("By commune"), N_("Commune"), [*rows(write.view.ledger.get("rows")), total])
    if write.view.by_unit:
        yield from _ledger(write, N_("By unit"), N_("Unit"), write.view.by_unit)
        yield Paragraph(write(N_("In the order of their codes: units are not ranked.")), Look.NOTE)
    yield from _ledger(write, N_("By class"), N_("Class"), write.view.by_class)
    yield Paragraph(write(CLASSES), Look.NOTE)
    yield from _effort(write)


CLASSES = N_(
    "A: from 2 000 m², satellites can detect and follow it; B: 350–2 000 m², satellites may only suggest it; C: below"
    " 350 m², satellites cannot see it."
)


def _ledger(write: Writer, title: str, first: str, listed: Sequence[Values]) -> Iterator[Block]:
    yield Paragraph(write(title), Look.SUBHEADING)
    told = [_row(write, row) for row in listed]
    last = frozenset({len(told) - 1}) if listed and listed[-1].get("key") == "total" else frozenset[int]()
    headings = write(first), *write.headings(LEDGER)
    yield Grid(told, _WIDTHS, headings, bold=last, size_pt=9.0, whole=len(told) <= tables.SHORT)


def _row(write: Writer, row: Values) -> list[str]:
    name = (
        write(N_("Total")) if row.get("key") == "total" else write.text(write(str(row.get("name") or row.get("key"))))
    )
    shares = (write.percent(row.get(key)) for key in ("claimed_pct", "verified_pct"))
    return [name, *(write.number(row.get(key)) for key in AREAS), *shares]


def _effort(write: Writer) -> Iterator[Block]:
    effort, coverage = write.part("effort"), write.part("coverage")
    yield Paragraph(write(N_("How much was looked at")), Look.SUBHEADING)
    walked = [write.number(effort.get(name), 0 if name in ("patrols", "km2_visits") else 1) for name in _NAMES]
    seen = [write.share(coverage.get(name)) for name in ("optical", "patrol", "both", "none")]
    headings = write.headings((*EFFORT, *SEEN))
    yield Grid([[*walked, *seen]], (12.5,) * 8, headings, left=frozenset(), size_pt=10.0, whole=True)
    if coverage.get("why"):
        yield Paragraph(write.reason(coverage["why"]), Look.NOTE)


def restated(write: Writer) -> Iterator[Block]:
    """Yield the section of restatements, nothing if there are none."""
    groups = periods.told(write.view)["restated"]
    if groups:
        yield Paragraph(groups[0].title, Look.HEADING)
        yield from _tables(groups[0])


def annexed(write: Writer) -> Iterator[Block]:
    """Yield the annexes: plots in VN-2000, and all further tables."""
    yield NewSheet(landscape=True)
    yield Paragraph(write(N_("Annex 1: confirmed plots, in VN-2000")).upper(), Look.TITLE)
    yield from _plots(write)
    yield NewSheet(landscape=True)
    yield Paragraph(write(N_("Annex 2: further figures")).upper(), Look.TITLE)
    for group in (*tables.first(write.view), *tables.then(write.view)):
        yield Paragraph(group.title, Look.HEADING)
        yield from (Paragraph(line) for line in group.lines)
        yield from _tables(group)


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


def _grid(table: Table) -> Grid:
    bold = frozenset({len(table.rows) - 1}) if table.has_total else frozenset[int]()
    texts = [len(heading) for heading in table.headings]
    longest = [max([texts[n] / 2, *(len(row[n]) for row in table.rows)]) for n in range(len(texts))]
    # A long sentence does not squeeze the figures beside it.
    widths = [min(max(length, 6.0), 45.0) for length in longest]
    return Grid(table.rows, widths, table.headings, table.left, bold, size_pt=10.0, whole=table.is_short)


def _plots(write: Writer) -> Iterator[Block]:
    listed = [row for row in write.view.plots if row.episode.detected_at is not None]
    if not listed:
        yield Paragraph(write(N_("No plot was confirmed.")), Look.NOTE)
        return
    epsg = listed[0].official_epsg
    said = N_("EPSG:{epsg}; X is north, Y is east, in metres. Candidates that nobody confirmed are not listed.")
    yield Paragraph(write(said).format(epsg=epsg), Look.NOTE)
    told = [[str(number), *_plot(write, row)] for number, row in enumerate(listed, start=1)]
    widths = (4, 9, 12, 10, 4, 11, 9, 6, 8, 8, 8, 8, 8, 7)
    yield Grid(told, widths, write.headings(PLOTS), left=frozenset({1, 2, 3, 4, 6, 10, 11, 12, 13}), size_pt=9.0)
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
        words.word(episode.state, write.language),
        row.klass,
        words.measured_area(episode.area_m2, episode.area_se_m2, write.language),
        words.word(episode.area_method, write.language),
        write.number(episode.plant_count),
        write.number(north, 1),
        write.number(east, 1),
        *(words.day(day, write.language) for day in days),
        write.text(episode.unit),
    )
