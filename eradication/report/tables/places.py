"""Tables of what was found: plants beside the area, kinds of planting, ground measured twice, season on season."""

from eradication.domain import Planting
from eradication.errors import N_
from eradication.report import words
from eradication.report.tables.parts import Group, Table, Values, Writer, rows, values

PLANTS = (
    *(N_("Commune"), N_("Detected (m²)"), N_("Plots"), N_("Plots without a count")),
    *(N_("Plants counted"), N_("Plants on verified plots (%)"), N_("Verified plots (%)")),
)
KINDS = (N_("Planting"), N_("Plots"), N_("Detected (m²)"))
MOVED = (N_("Plot"), N_("May have moved from"))
OVERLAPS = (
    *(N_("Counted with"), N_("Unit"), N_("Also measured as"), N_("Unit")),
    *(N_("Common ground (m²)"), N_("Counted less (m²)")),
)
SEASONS = (
    *(N_("Season"), N_("Detected (m²)"), N_("Claimed (m²)"), N_("Verified (m²)"), N_("Plots")),
    *(N_("Patrols walked (km)"), N_("1 km² cells × days visited")),
)


def plants(write: Writer) -> Group:
    """Return plants beside the area, by commune: a count of its own, never derived from an area (I3)."""
    total = values(write.view.ledger.get("total"))
    told = [row for row in rows(write.view.ledger.get("rows")) if row.get("plots")]
    listed = [_plants(write, row, str(row.get("name") or row.get("key") or "")) for row in told]
    return Group(
        write(N_("Plants, beside the area")),
        (write(N_("Plants are counted, and never derived from an area; plots without a count are left out.")),),
        (
            Table(
                "",
                write.headings(PLANTS),
                [*listed, _plants(write, total, write(N_("Total")))] if listed else [],
                write(N_("Nothing was detected.")),
                has_total=True,
                key="plants",
            ),
        ),
        "plants",
    )


def _plants(write: Writer, row: Values, name: str) -> list[str]:
    return [
        write.text(write(name)),
        *(write.number(row.get(key)) for key in ("detected_m2", "plots", "plots_without_count", "plants")),
        write.percent(row.get("plants_verified_pct")),
        write.percent(row.get("plots_verified_pct")),
    ]


def planting(write: Writer) -> Group:
    """Return what was sown anew and again, what may have moved next door, and what was destroyed twice."""
    told = write.part("planting")
    known = [(kind, values(told.get(kind.value))) for kind in Planting]
    counted = [(kind, one) for kind, one in known if one.get("plots")]
    kinds = Table(
        "",
        write.headings(KINDS),
        [
            [words.word(kind, write.language), write.number(one["plots"]), write.number(one.get("m2"))]
            for kind, one in counted
        ],
        write(N_("Nothing was detected.")),
        key="planting",
    )
    moved = Table(
        write(N_("Moved next door")),
        write.headings(MOVED),
        [
            [write.plot(row.get("plot"), row.get("code")), write.plot(row.get("from"))]
            for row in rows(told.get("moved"))
        ],
        write(N_("No new plot lies next door to one of an earlier season that stayed empty.")),
        left=frozenset({0, 1}),
        key="moved",
    )
    twice = write(
        N_("Plots that regrew and were destroyed again: {n}."), n=write.number(told.get("destroyed_twice") or 0)
    )
    return Group(write(N_("New planting and replanting")), (twice,), (kinds, moved), "planting")


def overlaps(write: Writer) -> Group:
    """Return each pair of measured outlines that share ground, with both units."""
    listed = [_overlap(write, row) for row in rows(write.view.ledger.get("overlaps"))]
    total = values(write.view.ledger.get("total")).get("overlap_m2")
    note = write(N_("Counted once, with the plot detected first: {m2} m² less than the sum."), m2=write.number(total))
    table = Table(
        "",
        write.headings(OVERLAPS),
        listed,
        write(N_("No measured outlines share ground.")),
        left=frozenset({0, 1, 2, 3}),
        note=note if listed and total is not None else "",
        key="overlaps",
    )
    return Group(write(N_("Ground measured by two teams")), (), (table,), "overlaps")


def _overlap(write: Writer, row: Values) -> list[str]:
    ids, codes, units = (list(row.get(name) or ("", "")) for name in ("plots", "codes", "units"))
    areas = [write.number(row.get(name)) for name in ("m2", "less_m2")]
    first, second = (write.plot(plot_id, code) for plot_id, code in zip(ids, codes, strict=True))
    return [first, write.text(units[0]), second, write.text(units[1]), *areas]


def seasons(write: Writer) -> Group:
    """Return detected area season on season, always with the effort that found it (I7)."""
    told = rows(write.view.ledger.get("by_season"))
    table = Table(
        "",
        write.headings(SEASONS),
        [
            [
                write.text(row.get("season")),
                *(write.number(row.get(name)) for name in ("detected_m2", "claimed_m2", "verified_m2", "plots")),
                write.number(row.get("km"), 1),
                write.number(row.get("km2_visits")),
            ]
            for row in told
        ],
        write(N_("No season is on record.")),
        key="seasons",
    )
    return Group(write(N_("Season on season, with the effort")), (), (table,), "seasons")
