"""What the first page shows in two tables: the target with what was looked at beside it, and the twelve signs.

Whoever reads one page only must not meet a percentage without them.
"""

from collections.abc import Iterator, Mapping, Sequence

from eradication.domain.patrol import Z95
from eradication.errors import N_
from eradication.report import signs
from eradication.report.document import measure
from eradication.report.document.blocks import Block, Grid, Look, Paragraph
from eradication.report.tables.drawn import undetected
from eradication.report.tables.parts import Values, Writer, rows, values

QUANTITIES = (
    (N_("Suspected (estimated, never added)"), "suspected_m2"),
    (N_("Detected"), "detected_m2"),
    (N_("Eradicated (claimed)"), "claimed_m2"),
    (N_("Verified"), "verified_m2"),
    (N_("Remaining"), "remaining_m2"),
)
_SIZES_PT = (10.5, 10.0, 9.5, 9.0, 8.5, 8.0)
_NAMES = 36
"""Letters for the names beside a sign: with them it takes two lines at most, so that all twelve have room."""
_OPEN = ("candidate", "assigned", "not_reached", "detected", "regrown")


def told(write: Writer, above: Sequence[Block]) -> list[Block]:
    """Return the two tables of the first page, in the largest letters for which there is room below ``above``."""
    room = measure.PAGE_PT - measure.height_pt(above)
    tried: list[Block] = []
    for size_pt in _SIZES_PT:
        tried = list(_tables(write, size_pt))
        if measure.height_pt(tried) <= room:
            break
    return tried


def _tables(write: Writer, size_pt: float) -> Iterator[Block]:
    left, right = list(_target(write)), list(_looked(write))
    longest = max(len(left), len(right))
    left, right = ([*part, *[("", "")] * (longest - len(part))] for part in (left, right))
    lines = [(*a, *b) for a, b in zip(left, right, strict=True)]
    yield Grid(lines, (22, 14, 33, 31), left=frozenset({0, 2, 3}), size_pt=size_pt, whole=True)
    if values(write.view.ledger.get("total")).get("verified_pct") == 99.9:
        yield Paragraph(write(HELD_BACK), Look.NOTE)
    yield Paragraph(write(N_("How the percentage came about: twelve signs")), Look.SUBHEADING)
    yield _signs(write, size_pt)
    yield Paragraph(write(N_("None of them accuses anybody; those in bold ask for a second look.")), Look.NOTE)


HELD_BACK = N_("99.9 % stands where nothing remains but something is still open; 100 % only when nothing is open.")


def _target(write: Writer) -> Iterator[tuple[str, str]]:
    total = values(write.view.ledger.get("total"))
    for name, key in QUANTITIES:
        error_m2 = Z95 * float(total.get("detected_se_m2") or 0.0) if key == "detected_m2" else 0.0
        error = (f" ± {write.number(round(error_m2))}", " (95 %)") if error_m2 else ("", "")
        yield write(name), f"{write.number(total.get(key))}{error[0]} m²{error[1]}"
    yield write(N_("claimed ÷ detected")), write.percent(total.get("claimed_pct"))
    yield write(N_("verified ÷ detected")), write.percent(total.get("verified_pct"))
    yield write(N_("Plots · plants")), f"{write.number(total.get('plots'))} · {write.number(total.get('plants'))}"
    still = values(total.get("open"))
    yield write(N_("Not settled (plots)")), write.number(sum(int(still.get(name) or 0) for name in _OPEN))


def _looked(write: Writer) -> Iterator[tuple[str, str]]:
    effort, coverage, unvisited = write.part("effort"), write.part("coverage"), write.part("unvisited")
    walked = f"{write.number(effort.get('km'), 1)} km · {write.number(effort.get('hours'), 1)} {write(N_('hours'))}"
    yield write(N_("Patrols walked")), walked
    yield write(N_("1 km² cells × days visited")), write.number(effort.get("km2_visits"))
    yield write.of_season(write(N_("Seen by satellite · patrols · neither"))), _seen(write, coverage)
    yield write(N_("Candidates nobody visited")), _unvisited(write, unvisited)
    for name, value, why in undetected(write, named=True):
        yield name, f"{value} ({why})" if why else value
    if not write.view.unit:
        yield write(N_("Change against the baseline")), _change(write)
    yield write(N_("Overdue")), write.number(len(rows(write.part("timeliness").get("overdue"))))


def _change(write: Writer) -> str:
    base = write.part("baseline")
    if base.get("m2") is None:
        return write(N_("not entered"))
    return f"{write.percent(base.get('change_pct'))} ({write.text(str(base.get('year')))})"


def _seen(write: Writer, coverage: Values) -> str:
    if write.view.unit:
        return write.reason("told_of_province")
    return " · ".join(write.share(coverage.get(name)) for name in ("optical", "patrol", "none"))


def _unvisited(write: Writer, told: Values) -> str:
    said = N_("open {open}, expired {expired}, dismissed {dismissed}; about {m2} m²")
    keys = {"open": "open", "expired": "expired", "dismissed": "dismissed_unvisited", "m2": "estimated_m2"}
    return write(said, **{name: write.number(told.get(key)) for name, key in keys.items()})


def _signs(write: Writer, size_pt: float) -> Grid:
    listed = write.view.ledger.get("signs")
    told = [sign for sign in listed if isinstance(sign, Mapping)] if isinstance(listed, list) else []
    lines = signs.lines(told, write.language, write.view.translate, letters=_NAMES, season=write.season)
    return Grid(
        [(f"{'▲ ' if line.marked else ''}{line.title}", line.text) for line in lines],
        (27, 73),
        left=frozenset({0, 1}),
        bold=frozenset(number for number, line in enumerate(lines) if line.marked),
        size_pt=size_pt,
        whole=True,
    )
