"""The first page: the five quantities, the two shares, and beside them what was looked at and what may be missing.

A percentage never stands alone: effort, coverage, the places nobody visited and the three lines on what may be
undetected are told in the same group.
"""

from eradication.errors import N_
from eradication.report import signs
from eradication.report.tables import drawn
from eradication.report.tables.by_row import QUANTITIES, finished, star
from eradication.report.tables.parts import Group, Table, Values, Writer, rows, values

TITLE = N_("The target: all that was detected, eradicated and verified")
SIGNS = N_("How the percentage came about: twelve signs")
HEADINGS = (N_("Figure"), N_("Value"), N_("Why, or on what it rests"))
MEANINGS = {
    "suspected_m2": N_("estimated area of open candidates; never added to the rest"),
    "detected_m2": N_("measured area where poppy was confirmed on site"),
    "claimed_m2": N_("destroyed area as the eradicating unit reports it"),
    "verified_m2": N_("destroyed area confirmed by another unit"),
    "remaining_m2": N_("detected and not yet verified"),
}
_NOTHING = N_("Nothing to list.")

type Line = tuple[str, str, str, str]
"""Key, name, value and why."""


def told(write: Writer) -> Group:
    """Return the quantities, the shares, and what stands beside them."""
    total = values(write.view.ledger.get("total"))
    tables = (_quantities(write, total), _shares(write, total), _looked_at(write), _unvisited(write), _bounds(write))
    return Group(write(TITLE), (), tables, "target", star(write, [total]))


def signs_told(write: Writer) -> Group:
    """Return the twelve signs of how the percentage came about."""
    listed = rows(write.view.ledger.get("signs"))
    lines = signs.lines(listed, write.language, write.view.translate, season=write.season)
    table = Table(
        "",
        write.headings((N_("Sign"), N_("What"))),
        [(line.title, line.text) for line in lines],
        write(_NOTHING),
        left=frozenset({0, 1}),
        key="signs",
        kind="signs",
        row_keys=[line.code for line in lines],
        marked=frozenset(number for number, line in enumerate(lines) if line.marked),
    )
    said = write(N_("None of them accuses anybody; those in bold ask for a second look."))
    return Group(write(SIGNS), (said,), (table,), "signs")


def _quantities(write: Writer, total: Values) -> Table:
    return Table(
        "",
        write.headings((N_("Figure"), N_("Area"), N_("Hectares"), N_("What it means"))),
        [
            (write(name), write.number(total.get(key), 0, "m²"), write.hectares(total.get(key)), write(MEANINGS[key]))
            for key, name in QUANTITIES.items()
        ],
        write(_NOTHING),
        left=frozenset({0, 3}),
        key="quantities",
        kind="cards",
        row_keys=list(QUANTITIES),
    )


def _pairs(write: Writer, key: str, title: str, lines: list[Line], note: str = "") -> Table:
    return Table(
        write(title) if title else "",
        write.headings(HEADINGS),
        [line[1:] for line in lines],
        write(_NOTHING),
        left=frozenset({0, 2}),
        note=write(note) if note else "",
        key=key,
        kind="pairs",
        row_keys=[line[0] for line in lines],
    )


def _shares(write: Writer, total: Values) -> Table:
    nothing = N_("Nothing was detected, so there is no percentage.")
    lines = [
        ("claimed_pct", write(N_("claimed ÷ detected")), finished(write, total, "claimed"), ""),
        (
            "verified_pct",
            write(N_("verified ÷ detected")),
            finished(write, total, "verified"),
            write(nothing) if total.get("verified_pct") is None else "",
        ),
        ("plots", write(N_("Plots")), write.number(total.get("plots")), ""),
        ("plants", write(N_("Plants")), write.number(total.get("plants")), ""),
        *_baseline(write),
    ]
    return _pairs(write, "shares", "", lines)


def _baseline(write: Writer) -> list[Line]:
    base = write.part("baseline")
    name = write(N_("Baseline"))
    if base.get("m2") is not None:
        change = f"{write(N_('Change against the baseline'))} {write.text(base.get('year'))}"
        return [
            ("baseline_change_pct", change, write.percent(base.get("change_pct")), ""),
            ("baseline", name, write.number(base.get("m2"), 0, "m²"), write.text(base.get("source"))),
        ]
    return [] if write.view.unit else [("baseline", name, write(N_("not entered")), "")]


def _looked_at(write: Writer) -> Table:
    effort, coverage = write.part("effort"), write.part("coverage")
    why = coverage.get("why")
    lines = [
        ("km", write(N_("Patrols walked")), write.number(effort.get("km"), 1, "km"), ""),
        ("hours", write(N_("Hours of patrols")), write.number(effort.get("hours"), 1, "h"), ""),
        ("km2_visits", write(N_("1 km² cells × days visited")), write.number(effort.get("km2_visits")), ""),
    ]
    if write.view.unit:  # coverage is told of the province
        return _pairs(write, "looked_at", N_("How much was looked at"), lines, str(why or ""))
    seen = {"optical": N_("Seen by satellite"), "patrol": N_("Seen by patrols"), "none": N_("Seen by neither")}
    lines += [(key, write.of_season(write(name)), write.share(coverage.get(key)), "") for key, name in seen.items()]
    lines[-1] = (*lines[-1][:3], write.reason(why))
    return _pairs(write, "looked_at", N_("How much was looked at"), lines)


def _unvisited(write: Writer) -> Table:
    told = write.part("unvisited")
    oldest = told.get("oldest_days")
    waits = write(N_("none")) if oldest is None else write.number(oldest, 0, write(N_("days")))
    counts = {
        "open": N_("Open candidates"),
        "expired": N_("Expired unvisited"),
        "dismissed_unvisited": N_("Dismissed unvisited"),
        "estimated_m2": N_("Estimated area of the open, expired and dismissed, m²"),
        "harvested_undetected": N_("Harvested before arrival, never detected"),
        "harvested_m2": N_("Estimated area of the harvested, m²"),
    }
    lines = [(key, write(name), write.number(told.get(key)), "") for key, name in counts.items()]
    lines.append(("oldest_days", write(N_("Oldest waits for")), waits, ""))
    return _pairs(write, "unvisited", N_("What nobody went to look at"), lines)


def _bounds(write: Writer) -> Table:
    lines = [(key, *told) for key, told in zip(drawn.BOUNDS, drawn.undetected(write), strict=True)]
    note = N_("Three separate statements: they are never added up.")
    title = write.of_season(write(N_("Plots that may be undetected")))
    return _pairs(write, "undetected", title, lines, note)
