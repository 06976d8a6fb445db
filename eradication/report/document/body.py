"""The document from head to foot, in blocks: layout and order of Decree 30/2020 on official documents (Annex I)."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from eradication.errors import N_
from eradication.report import periods, tables, words
from eradication.report.document import annexes, first_page, layout, narrative
from eradication.report.document.blocks import (
    Block,
    Document,
    Letterhead,
    Look,
    NewSheet,
    Paragraph,
    Rule,
    Signature,
)
from eradication.report.document.measure import ROOM_MM, line_count
from eradication.report.letter import Letter
from eradication.report.page import heading
from eradication.report.tables.parts import Writer
from eradication.report.view import ReportView

MOST_LINES = 4
"""Legal bases that take more lines are annexed, so that the first page keeps its room for the target and the signs."""
BLANK = "…………"
SUBJECTS = {
    "Q1": N_("in the first quarter of {year}"),
    "H1": N_("in the first six months of {year}"),
    "Q3": N_("in the first nine months of {year}"),
    "Y": N_("in the year {year}"),
}
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII")


def of(view: ReportView, letter: Letter) -> Document:
    """Return the document that tells a view, under a letterhead."""
    write = Writer(view)
    return Document(
        title=f"{heading(view)} · {words.clean(view.province)}",
        author=words.clean(letter.issuer),
        foot=_foot(write, letter),
        blocks=tuple(_blocks(write, letter)),
    )


def _blocks(write: Writer, letter: Letter) -> Iterator[Block]:
    named = _that_fit(write, letter.bases)
    head = list(_beginning(write, letter, named))
    yield from head
    yield from first_page.told(write, head)
    groups = {group.key: group for group in tables.all_of(write.view)}
    told = narrative.told(write), annexes.body(write, groups), annexes.restated(groups), _remarks(write, letter)
    yield from _numbered(chain(*told))
    yield _signature(write, letter)
    yield from annexes.annexed(write, groups)
    if len(named) < len(letter.bases):
        yield NewSheet()
        yield Paragraph(write(N_("Annex 3: legal bases")).upper(), Look.TITLE)
        yield from _bases(write, letter.bases, ended=True)


def _beginning(write: Writer, letter: Letter, named: Sequence[str]) -> Iterator[Block]:
    """Yield what stands above the tables of the first page."""
    yield _head(write, letter)
    yield from _marks(write, letter)
    yield Paragraph(f"{write(N_('Report'))}".upper(), Look.TITLE)
    yield Paragraph(_subject(write), Look.TITLE)
    yield Rule(_subject(write))
    yield from _bases(write, named, ended=len(named) == len(letter.bases))
    yield Paragraph(_opening(write, letter))


def _numbered(blocks: Iterable[Block]) -> Iterator[Block]:
    """Number the headings of the body: I, II, III and so on."""
    numbers = iter(_ROMAN)
    for block in blocks:
        if isinstance(block, Paragraph) and block.look is Look.HEADING:
            yield Paragraph(f"{next(numbers)}. {block.text}".upper(), Look.HEADING)
        else:
            yield block


def _remarks(write: Writer, letter: Letter) -> Iterator[Block]:
    if letter.remarks:
        yield Paragraph(write(N_("Assessment and proposals")), Look.HEADING)
        yield from (Paragraph(words.clean(text)) for text in letter.remarks)


def _head(write: Writer, letter: Letter) -> Letterhead:
    number = words.clean(letter.number) or BLANK
    return Letterhead(
        parent=words.clean(letter.parent).upper(),
        issuer=(words.clean(letter.issuer) or BLANK).upper(),
        number=write(N_("No. {number}/BC-{symbol}"), number=number, symbol=words.clean(letter.symbol) or BLANK),
        nation=write(N_("SOCIALIST REPUBLIC OF VIET NAM")),
        motto=write(N_("Independence - Freedom - Happiness")),
        dated=_dated(write, letter),
    )


def _dated(write: Writer, letter: Letter) -> str:
    # By the decree days below 10 and the months 1 and 2 are written with a nought, against alterations.
    day, month = f"{letter.day:%d}", f"{letter.day:%m}" if letter.day.month in (1, 2) else str(letter.day.month)
    said = N_("{place}, {year}-{month}-{day}")
    return write(said, place=words.clean(letter.place) or BLANK, day=day, month=month, year=str(letter.day.year))


def _marks(write: Writer, letter: Letter) -> Iterator[Block]:
    marks = [write(N_("SIMULATED – no real place, person or finding"))] if write.view.simulated else []
    if letter.draft:
        marks.append(write(N_("DRAFT – the period is not closed: figures may still change")))
    if marks:
        yield Paragraph(" · ".join(marks), Look.MARK)


def _subject(write: Writer) -> str:
    said = N_("Detection and eradication of replanted opium poppy {when}")
    if write.view.period is None:
        when = write(N_("in the season {season}"), season=write.view.season.label)
    else:
        year, _, name = str(write.view.period["period"]).partition("-")
        when = write(SUBJECTS[name], year=year)
    return write(said, when=when)


def _that_fit(write: Writer, bases: Sequence[str]) -> tuple[str, ...]:
    """Return the first legal bases, as many as the first page has lines for; one at least."""
    taken, fitting = 0, list[str]()
    for title in bases:
        text = write(N_("Pursuant to {title}"), title=words.clean(title))
        taken += line_count(text, ROOM_MM, layout.BODY_PT, indent_mm=layout.INDENT_MM)
        if fitting and taken > MOST_LINES:
            break
        fitting.append(title)
    return tuple(fitting)


def _bases(write: Writer, bases: Sequence[str], *, ended: bool) -> Iterator[Block]:
    for number, title in enumerate(bases, start=1):
        last = number == len(bases)
        mark = ("." if ended else write(N_("; and others (Annex 3)."))) if last else ";"
        yield Paragraph(write(N_("Pursuant to {title}"), title=words.clean(title).rstrip(";., ")) + mark, Look.BASIS)


def _opening(write: Writer, letter: Letter) -> str:
    issuer = words.clean(letter.issuer) or BLANK
    said = N_("{issuer} reports as follows (figures from {first} to {last}, as known at {moment}):")
    values = {"issuer": issuer, "moment": words.moment(write.view.as_of, write.language)}
    return write(said, **values, **periods.cumulative_days(write.view))


def _signature(write: Writer, letter: Letter) -> Signature:
    kept = write(N_("Filed: registry, {symbol}."), symbol=words.clean(letter.symbol) or BLANK)
    return Signature(
        label=write(N_("Recipients:")),
        recipients=[*(f"- {words.clean(name).rstrip(';.')};" for name in letter.recipients), f"- {kept}"],
        on_behalf=words.clean(letter.on_behalf),
        title=words.clean(letter.title) or BLANK,
        name=words.clean(letter.signatory),
    )


def _foot(write: Writer, letter: Letter) -> str:
    marks = [write(N_("simulated"))] if write.view.simulated else []
    if letter.draft:
        marks.append(write(N_("draft")))
    marks.append(f"{heading(write.view)}, {words.moment(write.view.as_of, write.language)}")
    if letter.fingerprint:
        marks.append(f"SHA-256 {letter.fingerprint[:16]}")
    return " · ".join(marks)
