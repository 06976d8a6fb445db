"""The report in sentences: what was found, destroyed and checked, what nobody looked at; in the ledger's figures."""

from collections.abc import Iterator

from eradication.errors import N_
from eradication.report import beside_words, periods
from eradication.report.document.blocks import Block, Look, Paragraph
from eradication.report.tables import entered
from eradication.report.tables.drawn import undetected
from eradication.report.tables.parts import Values, Writer, rows, values


def told(write: Writer) -> Iterator[Block]:
    """Yield the sections of the report's body, in their order."""
    sections = (
        (N_("Detection, eradication and verification"), (*_found(write), *_in_period(write), *_beside(write))),
        (N_("Patrols, coverage, and what was not seen"), (*_looked(write), *_unseen(write), *_bounds(write))),
        (N_("Time limits and re-checks"), (*_in_time(write), *_rechecks(write))),
        (N_("Commitments, mailboxes, other crops, reports of units"), (*_entered(write), *_reminders(write))),
    )
    for heading, sentences in sections:
        if sentences:
            yield Paragraph(write(heading), Look.HEADING)
            yield from (Paragraph(sentence) for sentence in sentences)


def hectares(write: Writer, m2: object) -> str:
    """Write m² as hectares with 4 decimals."""
    return write.number(m2 / 10_000, 4) if isinstance(m2, int | float) else "–"


def share(write: Writer, row: Values, key: str) -> str:
    """Write a percentage of the ledger, or that there is none."""
    pct = row.get(key)
    return write.percent(pct) if pct is not None else write(N_("no percentage: nothing was detected"))


def _found(write: Writer) -> Iterator[str]:
    total = values(write.view.ledger.get("total"))
    if not total.get("plots"):
        said = N_(
            "From {first} to {last} no plot of opium poppy was found. This does not say that there was none: section II"
            " tells how much was looked at."
        )
        yield write(said, **periods.cumulative_days(write.view))
    else:
        said = N_(
            "From {first} to {last} opium poppy was found on {detected} m² ({hectares} ha, standard error {se} m²;"
            " plots: {plots}); {counted}."
        )
        names = {"plots": "plots", "detected": "detected_m2", "se": "detected_se_m2"}
        figures = {name: write.number(total.get(key)) for name, key in names.items()}
        figures |= periods.cumulative_days(write.view) | {"hectares": hectares(write, total.get("detected_m2"))}
        figures["counted"] = _counted(write, total)
        yield write(said, **figures)
        said = N_(
            "Of these, {claimed} m² are reported as eradicated ({claimed_pct} of the area detected) and {verified} m²"
            " were verified by another unit ({verified_pct}); {remaining} m² are not verified yet."
        )
        areas = {name: write.number(total.get(f"{name}_m2")) for name in ("claimed", "verified", "remaining")}
        shares = {name: share(write, total, name) for name in ("claimed_pct", "verified_pct")}
        yield write(said, **areas, **shares)
    if total.get("suspected_m2"):
        said = N_("Open candidates: about {m2} m². They are to be checked, are no findings, and enter no other figure.")
        yield write(said, m2=write.number(total["suspected_m2"]))


def _counted(write: Writer, total: Values) -> str:
    if total.get("plants") is None:
        return write(N_("no plants were counted"))
    said = N_("{plants} plants were counted (plots without a count: {uncounted})")
    counts = {"plants": "plants", "uncounted": "plots_without_count"}
    return write(said, **{name: write.number(total.get(key)) for name, key in counts.items()})


def _in_period(write: Writer) -> Iterator[str]:
    period = write.view.period
    if period is None:
        return
    flows = values(values(period.get("in_period")).get("total"))
    said = N_(
        "In the period itself, from {first} to {last}: carried in {carried_in} m²; detected {detected} m² (plots:"
        " {found}); eradicated {claimed} m² (plots, wholly: {destroyed}); verified {verified} m² (plots: {checked});"
        " carried over {carried_out} m²."
    )
    keys = ("carried_in", "detected", "claimed", "verified", "carried_out")
    areas = {name: write.number(flows.get(f"{name}_m2")) for name in keys}
    counts = {"found": "plots_detected", "destroyed": "plots_destroyed", "checked": "plots_verified"}
    figures = {name: write.number(flows.get(key)) for name, key in counts.items()}
    yield write(said, **periods.own_days(write.view), **areas, **figures)


def _beside(write: Writer) -> Iterator[str]:
    kinds = write.part("planting")
    told = {name: values(kinds.get(name)) for name in ("new", "replanted", "unknown")}
    if any(one.get("plots") for one in told.values()):
        said = N_(
            "Plots sown where none was known before: {new}; sown again where poppy was found in an earlier season:"
            " {replanted}; not known: {unknown}."
        )
        yield write(said, **{name: write.number(one.get("plots") or 0) for name, one in told.items()})
    if base := beside_words.baseline(write.part("baseline"), write.language, write.view.translate):
        yield base
    for row in rows(write.part("targets").get("rows")):
        if row.get("target_m2") is not None or row.get("target_pct") is not None:
            yield _target(write, row)
    outside = values(write.part("abroad").get("outside"))
    unclear = values(write.part("abroad").get("unclear"))
    if outside.get("plots") or unclear.get("plots"):
        said = N_("In no total: {outside} plots abroad, {unclear} plots so near the border that the side is unclear.")
        yield write(said, outside=write.number(outside.get("plots")), unclear=write.number(unclear.get("plots")))


def _target(write: Writer, row: Values) -> str:
    said = N_(
        "Target of {name}: {target}; reached: detected {detected} m², claimed {claimed} m², verified {verified} m²."
    )
    name = write.text(row.get("unit") or row.get("commune_name") or row.get("commune"))
    m2 = f"{write.number(row['target_m2'])} m²" if row.get("target_m2") is not None else ""
    pct = write.percent(row["target_pct"]) if row.get("target_pct") is not None else ""
    areas = {key: write.number(row.get(f"{key}_m2")) for key in ("detected", "claimed", "verified")}
    return write(said, name=name, target=" · ".join(filter(None, (m2, pct))), **areas)


def _looked(write: Writer) -> Iterator[str]:
    effort, coverage = write.part("effort"), write.part("coverage")
    said = N_("Patrols walked {km} km in {hours} hours, on {visits} days in cells of 1 km².")
    walked = {"km": write.number(effort.get("km"), 1), "hours": write.number(effort.get("hours"), 1)}
    yield write(said, visits=write.number(effort.get("km2_visits")), **walked)
    if not write.view.unit:  # coverage is told of the province
        yield _seen(write, coverage)
    if coverage.get("why"):
        yield write.reason(coverage["why"])


def _seen(write: Writer, coverage: Values) -> str:
    said = N_("Ground seen in the flowering window: {parts}.")
    if write.season:
        said = N_("Ground seen in the flowering window of season {season}: {parts}.")
    unknown = write(N_("not known"))
    seen = {name: coverage.get(name) for name in ("optical", "patrol", "none")}
    parts = unknown
    if any(share is not None for share in seen.values()):
        told = {name: unknown if share is None else write.share(share) for name, share in seen.items()}
        parts = write(N_("by satellite {optical}, by patrols {patrol}, by neither {none}"), **told)
    return write(said, season=write.season, parts=parts)


def _unseen(write: Writer) -> Iterator[str]:
    told = write.part("unvisited")
    said = N_(
        "Candidates that nobody went to look at: {open} open, {expired} expired, {dismissed} dismissed without a visit,"
        " about {m2} m² together. A percentage of what was detected says nothing of them."
    )
    keys = {"open": "open", "expired": "expired", "dismissed": "dismissed_unvisited", "m2": "estimated_m2"}
    yield write(said, **{name: write.number(told.get(key)) for name, key in keys.items()})


def _bounds(write: Writer) -> Iterator[str]:
    lines = [f"{name}: {value}" + (f" ({why})" if why else "") for name, value, why in undetected(write)]
    said = N_("What may be undetected, three statements that are never added up: {lines}.")
    if write.season:
        said = N_("What may be undetected of season {season}, three statements that are never added up: {lines}.")
    yield write(said, lines="; ".join(lines), season=write.season)


def _in_time(write: Writer) -> Iterator[str]:
    told, language, translate = write.part("timeliness"), write.language, write.view.translate
    if not told:
        return
    yield from beside_words.timeliness(told, language, translate)
    overdue = rows(told.get("overdue"))
    counted = {what: sum(row.get("what") == what for row in overdue) for what in beside_words.OVERDUE}
    parts = [f"{write(beside_words.OVERDUE[what])}: {write.number(n)}" for what, n in counted.items() if n]
    if parts:
        yield write(N_("Overdue: {parts}; the list is annexed."), parts="; ".join(parts))
    else:
        yield write(N_("Nothing is overdue."))


def _rechecks(write: Writer) -> Iterator[str]:
    yield from beside_words.all_rechecks(write.view.ledger, write.language, write.view.translate)
    value, why = beside_words.precision(write.part("precision"), write.language, write.view.translate)
    said = N_("Candidates that were poppy, by visits drawn at random: {value}.")
    if write.season:
        said = N_("Candidates of season {season} that were poppy, by visits drawn at random: {value}.")
    yield write(said, season=write.season, value=value or f"{write(N_('not known'))} ({why})")


def _entered(write: Writer) -> Iterator[str]:
    if not write.view.unit:
        yield from entered.sentences(write)


def _reminders(write: Writer) -> Iterator[str]:
    period = write.view.period
    if period is None or write.view.unit:
        return
    reports = values(period.get("reports"))
    if reports.get("expected"):
        said = N_("Reports of units: {expected} expected, on time {pct}.")
        expected = write.number(reports["expected"])
        yield write(said, expected=expected, pct=write.percent(reports.get("on_time_pct") or 0.0))
    missing = [write.text(unit) for unit in reports.get("reminders") or ()]
    if missing:
        yield write(N_("No report yet from: {units}"), units=", ".join(missing)) + "."
