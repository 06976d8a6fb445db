"""The criterion "no drugs" of communes and villages, as far as planting goes.

Most communes of a season are those of which there is not enough to say. They are named in one sentence for each reason;
the table holds those of which there is something to say, and every village stands in the count of its commune.
"""

from collections import Counter
from collections.abc import Sequence

from eradication.errors import N_
from eradication.report.tables.parts import Group, Table, Values, Writer, rows

VERDICTS = {"found": N_("poppy was found"), "not_found": N_("nothing found"), "not_enough": N_("not enough to say")}
REASONS = {
    "coverage_too_low": N_("too little was looked at"),
    "coverage_unknown": N_("how much was looked at is not known"),
    "candidates_unvisited": N_("candidates that nobody visited"),
}
COMMUNES = (
    *(N_("Commune"), N_("Criterion"), N_("Seen"), N_("Plots"), N_("Detected (m²)"), N_("Unvisited"), N_("Why")),
)
OF_VILLAGES = (N_("Villages: found"), N_("nothing found"), N_("not enough to say"))
VILLAGES = (
    *(N_("Village"), N_("Commune"), N_("Criterion"), N_("Seen"), N_("Plots")),
    *(N_("Detected (m²)"), N_("Unvisited"), N_("Why")),
)


def told(write: Writer) -> Group | None:
    """Return the verdicts, ``None`` where the report is of one unit: a commune is not one unit's."""
    answer = write.view.criterion
    if answer is None:
        return None
    communes, villages = rows(answer.get("communes")), rows(answer.get("villages"))
    names = {str(row["key"]): str(row["name"]) for row in communes}
    spoken = [row for row in communes if _speaks(row)]
    counts = Counter(str(row["verdict"]) for row in communes)
    said = N_("Season {season}: found in {found} communes, nothing found in {not_found}, not enough to say in {rest}.")
    lines = [
        write(
            said,
            season=write.text(answer.get("season")),
            found=write.number(counts["found"]),
            not_found=write.number(counts["not_found"]),
            rest=write.number(counts["not_enough"]),
        ),
        *_silent(write, [row for row in communes if not _speaks(row)]),
    ]
    by_commune = Counter((str(row["commune"]), str(row["verdict"])) for row in villages)
    tables = (
        Table(
            write(N_("Criterion by commune")),
            write.headings((*COMMUNES, *(OF_VILLAGES if villages else ()))),
            [_commune(write, row, by_commune if villages else None) for row in spoken],
            write(N_("Of no commune is there enough to say.")),
            left=frozenset({0, 1, 6}),
            key="criterion_communes",
        ),
        Table(
            write(N_("Criterion by village")),
            write.headings(VILLAGES),
            [_village(write, row, names) for row in villages if _speaks(row)],
            write(_without_villages(villages)),
            left=frozenset({0, 1, 2, 7}),
            key="criterion_villages",
        ),
    )
    return Group(write(N_('Criterion "no drugs": planting')), lines, tables, "criterion")


def _without_villages(villages: Sequence[Values]) -> str:
    if villages:
        return N_("Of no village is there enough to say.")
    return N_("No village's place is known: import the list of villages with their places.")


def _speaks(row: Values) -> bool:
    return row["verdict"] != "not_enough" or bool(row["unvisited"])


def _silent(write: Writer, communes: Sequence[Values]) -> list[str]:
    """Name the communes of which there is not enough to say, one sentence for each reason."""
    lines = []
    for why, reason in REASONS.items():
        named = [write.text(row["name"]) for row in communes if row["why"] == why]
        if named:
            said = N_("Not enough to say, {why} ({n}): {names}.")
            lines.append(write(said, why=write(reason), n=write.number(len(named)), names=", ".join(named)))
    return lines


def _verdict(write: Writer, row: Values) -> str:
    return write(VERDICTS[str(row["verdict"])])


def _why(write: Writer, row: Values) -> str:
    return write(REASONS[str(row["why"])]) if row["why"] else "–"


def _commune(write: Writer, row: Values, by_commune: Counter[tuple[str, str]] | None) -> list[str]:
    counts = () if by_commune is None else [by_commune[str(row["key"]), verdict] for verdict in VERDICTS]
    return [
        *(write.text(row["name"]), _verdict(write, row), write.share(row["seen_share"])),
        *(write.number(row[name]) for name in ("plots", "detected_m2", "unvisited")),
        _why(write, row),
        *map(write.number, counts),
    ]


def _village(write: Writer, row: Values, names: dict[str, str]) -> list[str]:
    commune = names.get(str(row["commune"]), str(row["commune"]))
    return [
        *(write.text(row["name"]), write.text(commune), _verdict(write, row), write.share(row["seen_share"])),
        *(write.number(row[name]) for name in ("plots", "detected_m2", "unvisited")),
        _why(write, row),
    ]
