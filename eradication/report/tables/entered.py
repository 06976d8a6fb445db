"""What the office entered, beside the ledger and never in it: baseline, targets, commitments, conversions."""

from eradication.errors import N_
from eradication.report import beside_words
from eradication.report.tables.parts import Group, Table, Values, Writer, rows

TARGETS = (
    *(N_("Unit or commune"), N_("Target (m²)"), N_("Target (%)")),
    *(N_("Detected (m²)"), N_("Claimed (m²)"), N_("Verified (m²)"), N_("Source")),
)
TYPED = (
    *(N_("Unit"), N_("Period")),
    *(N_("Detected (m²)"), N_("Claimed (m²)"), N_("Verified (m²)"), N_("Reported on")),
)
SIGNED = (N_("Commune"), N_("Households"), N_("Signed"), N_("Signed (%)"), N_("Villages that reported"), N_("Villages"))
BOXES = (N_("Commune"), N_("Villages"), N_("With a mailbox"), N_("Mailboxes (%)"), N_("Without one"))
CONVERTED = (
    *(N_("Conversion"), N_("Crop"), N_("Converted on"), N_("Commune"), N_("Plots on it"), N_("Looked at since")),
    N_("Area (m²)"),
)


def told(write: Writer) -> Group:
    """Return sentences and tables of what the office entered."""
    by_commune = () if write.view.unit else (_signed(write), _boxes(write))
    tables = (_targets(write), _typed(write), *by_commune, _converted(write))
    return Group(write(N_("What the office entered")), _lines(write), tables, "entered")


def _lines(write: Writer) -> list[str]:
    base = beside_words.baseline(write.part("baseline"), write.language, write.view.translate)
    lines = [base or write(N_("No baseline was entered."))]
    if write.view.unit:
        lines = [write(N_("Baseline, commitments and mailboxes are told in the province's report."))]
    return [*lines, *sentences(write)]


def sentences(write: Writer) -> list[str]:
    """Return what was entered of commitments, mailboxes and land converted to other crops."""
    lines = []
    signed = write.part("commitments")
    if signed.get("households"):
        names = ("signed", "households", "villages_reported", "villages")
        said = N_(
            "Commitments: {signed} of {households} households ({pct} %), {villages_reported} of {villages} villages"
        )
        counts = {name: write.number(signed.get(name)) for name in names}
        lines.append(write(said, pct=write.number(signed.get("signed_pct"), 1), **counts))
    boxes = write.part("mailboxes")
    if boxes.get("villages"):
        said = N_("Villages with a mailbox: {with_mailbox} of {villages} ({pct} %).")
        counts = {name: write.number(boxes.get(name)) for name in ("with_mailbox", "villages")}
        lines.append(write(said, pct=write.number(boxes.get("mailbox_pct"), 1), **counts))
    converted = write.part("conversions")
    if converted.get("count"):
        said = N_("Land converted to other crops: {m2} m² (parcels: {count}, on known plots: {linked}).")
        counts = {name: write.number(converted.get(name)) for name in ("count", "m2", "linked")}
        lines.append(write(said, **counts))
    return lines


def _targets(write: Writer) -> Table:
    return Table(
        write(N_("Targets, beside what was reached")),
        write.headings(TARGETS),
        [_target(write, row) for row in rows(write.part("targets").get("rows"))],
        write(N_("No target was entered.")),
        left=frozenset({0, 6}),
        key="targets",
    )


def _target(write: Writer, row: Values) -> list[str]:
    amounts = (write.number(row.get(name)) for name in ("detected_m2", "claimed_m2", "verified_m2"))
    name = row.get("unit") or row.get("commune_name") or row.get("commune")
    wanted = write.number(row.get("target_m2")), write.number(row.get("target_pct"), 1)
    return [write.text(name), *wanted, *amounts, write.text(row.get("source"))]


def _typed(write: Writer) -> Table:
    return Table(
        write(N_("Figures that units typed themselves: beside the ledger, in no total")),
        write.headings(TYPED),
        [
            [
                *(write.text(row.get("unit")), write.text(row.get("period"))),
                *(write.number(row.get(name)) for name in ("detected_m2", "claimed_m2", "verified_m2")),
                write.day(row.get("reported_on")),
            ]
            for row in rows(write.part("self_reported").get("rows"))
        ],
        write(N_("No unit typed figures of its own.")),
        left=frozenset({0, 1}),
        key="self_reported",
    )


def _signed(write: Writer) -> Table:
    return Table(
        write(N_("Households that signed a commitment")),
        write.headings(SIGNED),
        [
            [
                write.text(row.get("name")),
                *(write.number(row.get(name)) for name in ("households", "signed")),
                write.percent(row.get("signed_pct")),
                *(write.number(row.get(name)) for name in ("villages_reported", "villages")),
            ]
            for row in rows(write.part("commitments").get("rows"))
        ],
        write(N_("No commitments were entered.")),
        key="commitments",
    )


def _boxes(write: Writer) -> Table:
    return Table(
        write(N_("Villages with a mailbox")),
        write.headings(BOXES),
        [
            [
                write.text(row.get("name")),
                *(write.number(row.get(name)) for name in ("villages", "with_mailbox")),
                write.percent(row.get("mailbox_pct")),
                write.text(", ".join(map(str, row.get("without") or []))),
            ]
            for row in rows(write.part("mailboxes").get("rows"))
        ],
        write(N_("No list of villages, and no mailbox, was entered.")),
        left=frozenset({0, 4}),
        key="mailboxes",
    )


def _converted(write: Writer) -> Table:
    told = rows(write.part("conversions").get("rows"))
    return Table(
        write(N_("Land converted to other crops")),
        write.headings(CONVERTED),
        [_conversion(write, row) for row in told],
        write(N_("No conversion was entered.")),
        left=frozenset({0, 1, 2, 3, 4, 5}),
        key="conversions",
    )


def _conversion(write: Writer, row: Values) -> list[str]:
    plots = ", ".join(write.plot(plot.get("plot_id"), plot.get("code")) for plot in rows(row.get("plots")))
    return [
        *(write.text(row.get("conversion_id")), write.text(row.get("crop")), write.day(row.get("converted_on"))),
        *(
            write.text(row.get("commune_name") or row.get("commune")),
            plots or "–",
            write.reason(row.get("check")) or "–",
        ),
        write.number(row.get("area_m2")),
    ]
