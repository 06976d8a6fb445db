"""Three figures that are never added up: the ledger, the precision of the candidates, what may be undetected."""

from eradication.errors import N_
from eradication.report import beside_words
from eradication.report.tables.parts import Group, Table, Writer, rows, values

HEADINGS = (N_("Figure"), N_("Value"), N_("Why, or on what it rests"))
BOUNDS = {
    "upper": N_("at most (random cells searched)"),
    "expected": N_("expected (finds where was searched)"),
    "lower": N_("at least (two independent lists)"),
}
CELLS, PLOTS_AB, NOT_KNOWN = N_("cells of 250 m"), N_("plots of A and B"), N_("not known")


def told(write: Writer) -> Group:
    """Return the three figures, each with its number or why there is none, and how far re-checks have come."""
    table = Table(
        "",
        write.headings(HEADINGS),
        [_ledger(write), _precision(write), *undetected(write, named=True)],
        write(N_("Nothing to list.")),
        left=frozenset({0, 2}),
        note=write(N_("Three separate statements: they are never added up.")),
        key="three_figures",
    )
    title = write(N_("Three figures: the ledger, the candidates, the undetected"))
    return Group(title, _lines(write), (table,), "three_figures")


def _lines(write: Writer) -> list[str]:
    lines = []
    by_model = rows(write.part("precision").get("by_model"))
    if len(by_model) > 1:
        for one in by_model:
            value, why = beside_words.precision(one, write.language, write.view.translate)
            said = N_("Candidates of {model} that were poppy: {value}")
            lines.append(write.of_season(write(said, model=write.text(one.get("model")), value=value or why)))
    return [*lines, *beside_words.all_rechecks(write.view.ledger, write.language, write.view.translate)]


def _ledger(write: Writer) -> tuple[str, str, str]:
    total = values(write.view.ledger.get("total"))
    detected = write.number(total.get("detected_m2"))
    rests = write(N_("{verified} of {detected} m²"), verified=write.number(total.get("verified_m2")), detected=detected)
    if total.get("verified_pct") is None:
        value, rests = write(NOT_KNOWN), write(N_("Nothing was detected, so there is no percentage."))
    else:
        value = write.percent(total["verified_pct"])
    return write(N_("The ledger: verified ÷ detected")), value, rests


def _precision(write: Writer) -> tuple[str, str, str]:
    told = write.part("precision")
    value, why = beside_words.precision(told, write.language, write.view.translate)
    if value:
        said = N_("{confirmed} confirmed, {rejected} rejected, {undecided} undecided")
        counts = {name: write.number(told.get(name)) for name in ("confirmed", "rejected", "undecided")}
        why = write(said, **counts)
    name = write.of_season(write(N_("Candidates that were poppy, by visits drawn at random")))
    return name, value or write(NOT_KNOWN), why


def undetected(write: Writer, *, named: bool = False) -> list[tuple[str, str, str]]:
    """Return (name, value, why) of the three lines that always print; ``named`` = each says what it is of."""
    told = write.part("undetected")
    why = told.get("why")
    reasons = values(why) if isinstance(why, dict) else dict.fromkeys(BOUNDS, why)
    title = f"{write.of_season(write(N_('Undetected')))}, " if named else ""
    return [
        (f"{title}{write(name)}", _bound(write, told.get(key)), write.reason(reasons.get(key)))
        for key, name in BOUNDS.items()
    ]


def _bound(write: Writer, value: object) -> str:
    if value is None:
        return write(NOT_KNOWN)
    parts = values(value)
    if not parts:
        return write.number(value)
    if "plots" in parts:
        return f"{write.number(parts['plots'], 1)} ± {write.number(parts['se'], 1)} {write(PLOTS_AB)}"
    cells = f"{write.number(parts.get('cells'))} {write(CELLS)}"
    return f"{cells} ({write.number(parts['low'])}–{write.number(parts['high'])})" if "low" in parts else cells
