"""The ledger by commune, by unit and by class: the five quantities, plots, plants and the two shares."""

from collections.abc import Iterable, Sequence

from eradication.errors import N_
from eradication.report.tables.parts import Group, Table, Values, Writer, rows, values

QUANTITIES = {
    "suspected_m2": N_("Suspected"),
    "detected_m2": N_("Detected"),
    "claimed_m2": N_("Eradicated (claimed)"),
    "verified_m2": N_("Verified"),
    "remaining_m2": N_("Remaining"),
}
_WITH_ERROR = ("suspected_m2", "detected_m2", "detected_se_m2", "claimed_m2", "verified_m2", "remaining_m2")
COUNTS = (N_("Plots"), N_("Plants"), N_("claimed ÷ detected"), N_("verified ÷ detected"))
_STAR = N_("99.9 % stands where nothing remains but something is still open; 100 % only when nothing is open.")


def told(write: Writer) -> list[Group]:
    """Return the ledger's own tables: by commune with the total, by unit where it is of the province, by class."""
    view = write.view
    total = values(view.ledger.get("total"))
    communes = [*rows(view.ledger.get("rows")), total]
    groups = [_group(write, "by_commune", N_("By commune"), N_("Commune"), communes, has_total=True)]
    if view.by_unit:
        said = write(N_("In the order of their codes: units are not ranked."))
        groups.append(_group(write, "by_unit", N_("By unit"), N_("Unit"), view.by_unit, (said,)))
    groups.append(_group(write, "by_class", N_("By class"), N_("Class"), view.by_class, (_classes(write),)))
    return groups


def _group(
    write: Writer, key: str, title: str, first: str, listed: Sequence[Values], said: Iterable[str] = (),
    *, has_total: bool = False,
) -> Group:  # fmt: skip
    lines = [_row(write, row, is_total=has_total and row is listed[-1]) for row in listed]
    table = Table(
        "",
        (write(first), *_quantities(write), *write.headings(COUNTS)),
        lines,
        write(N_("Nothing to list.")),
        has_total=has_total,
        key=key,
        kind="figures",
        names=frozenset({0}),
        row_keys=[str(row.get("key") or "") for row in listed],
    )
    return Group(write(title), (), (table,), key, (*star(write, listed), *said))


def _quantities(write: Writer) -> list[str]:
    """Return the headings of the five quantities; the detected area bears the standard error of its measurement."""
    names = [write(name) for name in QUANTITIES.values()]
    return [f"{name}, m²" for name in (*names[:2], write(N_("Standard error")), *names[2:])]


def _row(write: Writer, row: Values, *, is_total: bool) -> list[str]:
    name = write(N_("Total")) if is_total else write.text(write(str(row.get("name") or row.get("key") or "")))
    return [
        name,
        *(write.number(row.get(key)) for key in (*_WITH_ERROR, "plots", "plants")),
        finished(write, row, "claimed"),
        finished(write, row, "verified"),
    ]


def _classes(write: Writer) -> str:
    told = {
        "A": N_("from 2 000 m²: satellites can detect and follow it"),
        "B": N_("350–2 000 m²: satellites may only suggest it"),
        "C": N_("below 350 m²: satellites cannot see it"),
    }
    return " · ".join([*(f"{name}: {write(said)}" for name, said in told.items()), write(N_("? = estimated"))])


def finished(write: Writer, row: Values, share: str) -> str:
    """Write ``claimed`` or ``verified`` ÷ detected of a row, starred if only something open holds it back."""
    return write.percent(row.get(f"{share}_pct"), "*" if _holds_back(row, share) else "")


def star(write: Writer, listed: Iterable[Values]) -> list[str]:
    """Return what a star means, if any of these rows of the ledger bears one."""
    starred = any(_holds_back(row, share) for row in listed for share in ("claimed", "verified"))
    return [f"* {write(_STAR)}"] if starred else []


def _holds_back(row: Values, share: str) -> bool:
    """Return whether a row stands at 99.9 % although no area is missing: something of it is still open."""
    part, whole, percentage = (row.get(key) for key in (f"{share}_m2", "detected_m2", f"{share}_pct"))
    return (
        isinstance(part, int | float)
        and isinstance(whole, int | float)
        and isinstance(percentage, int | float)
        and part >= whole
        and percentage < 100
    )
