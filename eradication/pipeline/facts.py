"""What the office's facts say beside the ledger: baselines, commitments, mailboxes, conversions, targets."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from eradication import facts as tell
from eradication.domain import TIMEZONE, FactKind, Season
from eradication.history import History
from eradication.pipeline import fact_book, projection
from eradication.pipeline.fact_book import Recorded, day_of
from eradication.pipeline.vintages import Converter
from eradication.pipeline.workspace import Workspace

FORMER = "former:"
"""Stands before the code of a former commune that has no one heir."""

type Values = Mapping[str, Any]
type Rows = Sequence[Values]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked, as days."""

    first: date
    last: date
    year: int
    """The calendar year; of a season the one in which it ends, for plans speak in years."""
    season: Season
    """The season whose checks are due; of a year the one that flowers in it."""
    labels: tuple[str, ...]
    """How targets name it."""

    @classmethod
    def of(cls, season: Season | None, year: int | None) -> "Asked":
        """Return a season with the months up to the next one, or a calendar year."""
        if season is not None:
            ends = season.start_year + 1
            return cls(season.first_day, date(ends, 8, 31), ends, season, (season.label, str(ends)))
        assert year is not None
        return cls(date(year, 1, 1), date(year, 12, 31), year, Season.flowering_in(year), (str(year),))


def told(
    workspace: Workspace,
    *,
    season: Season | None = None,
    year: int | None = None,
    as_of: datetime | None = None,
    vintage: date | None = None,
    totals: Mapping[str, int],
    communes: Rows = (),
    units: Rows = (),
    answering: Callable[[str], str] = str,
    told_conversions: Values | None = None,
    baseline_year: int | None = None,
) -> dict[str, Any]:
    """Return what the office's facts say beside the ledger of a season or a year, as plain JSON.

    Args:
        workspace: whose facts.
        season: the season, or
        year: the calendar year; one of the two.
        as_of: facts recorded until then; default now.
        vintage: communes valid on this day; default today. Figures of others are re-based and say so.
        totals: commune of that vintage → detected whole m².
        communes: rows of the ledger by commune, for targets; default: ``totals`` alone.
        units: rows of the ledger by unit, for targets.
        answering: unit as it is written → key of its row: a target may name one that was followed by another.
        told_conversions: what :func:`conversions` says, if it is at hand; it costs a replay to tell again.
        baseline_year: whose baseline is the headline; default the latest year before the one asked.
    """
    asked = Asked.of(season, year)
    day = vintage or datetime.now(TIMEZONE).date()
    converter = Converter(workspace, day)
    names = {unit.code: unit.name for unit in converter.units}
    by_kind: dict[FactKind, list[Recorded]] = {kind: [] for kind in FactKind}
    for one in fact_book.recorded(workspace, as_of):
        by_kind[one.fact.kind].append(one)
    villages = _moved(by_kind[FactKind.VILLAGE], converter, ())
    signed = [one for one in by_kind[FactKind.COMMITMENT] if asked.first <= _date(one) <= asked.last]
    hung = [one for one in by_kind[FactKind.MAILBOX] if _date(one) <= asked.last]
    bases = _bases(by_kind[FactKind.BASELINE], converter)
    return {
        "vintage": day.isoformat(),
        "baseline": tell.changes(bases, totals, names, before=asked.year, year=baseline_year),
        "commitments": tell.commitments(_moved(signed, converter, villages), villages, names),
        "mailboxes": tell.mailboxes(_moved(hung, converter, villages), villages, names),
        "conversions": told_conversions or conversions(workspace, asked, as_of, day),
        "targets": _targets(by_kind[FactKind.TARGET], asked, names, totals, (communes, units), answering),
        "self_reported": _self_reported(by_kind[FactKind.SELF_REPORTED], asked),
    }


def villages_on(workspace: Workspace, day: date, as_of: datetime | None = None) -> list[dict[str, Any]]:
    """Return the list of all villages, by commune of ``day`` and name, with ``lon, lat`` where they are known.

    A village whose commune has no one heir then bears :data:`FORMER` and its old code: ``of_vintage`` is false.
    """
    converter = Converter(workspace, day)
    rows = _moved(fact_book.recorded(workspace, as_of, FactKind.VILLAGE), converter, ())
    told = [dict(row) | {"of_vintage": row["commune"] in converter.codes} for row in rows]
    return sorted(told, key=lambda row: (row["commune"], row["village"]))


def _date(one: Recorded) -> date:
    return day_of(one.fact.values["date"])


def _moved(entered: Iterable[Recorded], converter: Converter, villages: Rows) -> list[dict[str, Any]]:
    """Return facts of villages with their communes told on the converter's vintage.

    By what the lists say became of the commune; else by the point of the village, its own or that of the village list.
    """
    points = {
        (row["commune_as_entered"], str(row["village"]).casefold()): (row["lon"], row["lat"])
        for row in villages
        if row["lon"] is not None
    }
    rows: list[dict[str, Any]] = []
    unplaced: list[tuple[int, tuple[float, float]]] = []
    for one in entered:
        values: dict[str, Any] = dict(one.fact.values)
        code = str(values["commune"])
        now = converter.heir(code, _date(one))
        point = points.get((code, str(values["village"]).casefold()))
        if values.get("lon") is not None:
            point = float(values["lon"]), float(values["lat"])
        if not now and point is not None:
            unplaced.append((len(rows), point))
        # A code lives on in another commune: one without an heir must not be taken for that.
        rows.append(values | {"commune": now or f"{FORMER}{code}", "commune_as_entered": code})
    for (index, _), code in zip(unplaced, converter.placed([point for _, point in unplaced]), strict=True):
        rows[index]["commune"] = code or rows[index]["commune"]
    return rows


def _bases(entered: Sequence[Recorded], converter: Converter) -> list[tell.Base]:
    by_year: dict[int, list[Values]] = {}
    for one in entered:
        by_year.setdefault(int(str(one.fact.values["year"])), []).append(one.fact.values)
    return [_base(year, rows, converter) for year, rows in sorted(by_year.items())]


def _base(year: int, entered: Sequence[Values], converter: Converter) -> tell.Base:
    by_day: dict[date, dict[str, Values]] = {}
    for one in entered:
        if one["commune"]:
            by_day.setdefault(day_of(one["vintage"]), {})[str(one["commune"])] = one
    communes: dict[str, tuple[int, str]] = {}
    sources: dict[str, tuple[str, ...]] = {}
    left = 0
    for day, rows in sorted(by_day.items()):
        anew = converter.rebase({code: int(row["area_m2"]) for code, row in rows.items()}, day)
        left += sum(anew.left.values())
        for code, figure in anew.rows.items():
            m2, mark = communes.get(code, (0, ""))
            communes[code] = m2 + figure.m2, mark or figure.mark
            named = {str(rows[source]["source"]) for source in figure.sources}
            sources[code] = tuple(sorted({*sources.get(code, ()), *named}))
    province = next((one for one in entered if not one["commune"]), None)
    return tell.Base(
        year=year,
        communes=communes,
        sources=sources,
        province_m2=None if province is None else int(province["area_m2"]),
        province_source="" if province is None else str(province["source"]),
        left_m2=left,
        mixed=len({converter.valid_since(rows, day) for day, rows in by_day.items()}) > 1,
    )


def conversions(
    workspace: Workspace,
    asked: Asked,
    as_of: datetime | None,
    vintage: date | None,
    history: History | None = None,
    *,
    only: Collection[str] | None = None,
) -> dict[str, Any]:
    """Return the converted land and what was found on it since.

    Args:
        workspace: whose facts.
        asked: the season or year.
        as_of: facts recorded until then; ``None`` = now.
        vintage: communes valid on this day; ``None`` = on the day things are told of.
        history: the replay at ``as_of`` if it is at hand; it costs seconds to tell again.
        only: no other plots than these, and no land without any of them; ``None`` = all.
    """
    day = projection.day_of(vintage, as_of)
    entered = fact_book.recorded(workspace, as_of, FactKind.CONVERSION)
    chosen = [one.fact.values for one in entered if day_of(one.fact.values["converted_on"]) <= asked.last]
    if not chosen:
        ground = tell.Ground((), (), lambda _: None, lambda lon, lat: "")
    else:
        history = history or projection.replayed(workspace, as_of=as_of, vintage=day)
        ground = tell.Ground(history.plots, history.recorded, history.plot, projection.locator(workspace, day))
    return tell.conversions(
        chosen,
        ground,
        span=(asked.first, asked.last),
        season=asked.season,
        as_of=as_of or datetime.now(UTC),
        names={unit.code: unit.name for unit in Converter(workspace, day).units},
        only=only,
    )


def _targets(
    entered: Sequence[Recorded],
    asked: Asked,
    names: Mapping[str, str],
    totals: Mapping[str, int],
    ledger: tuple[Rows, Rows],
    answering: Callable[[str], str],
) -> dict[str, Any]:
    nothing = {"detected_m2": 0, "claimed_m2": 0, "verified_m2": 0, "claimed_pct": None, "verified_pct": None}
    chosen = [one.fact.values for one in entered if one.fact.values["span"] in asked.labels]
    communes, units = ({str(row["key"]): row for row in rows} for rows in ledger)
    if ledger[0]:
        figures: dict[str, Values] = {code: communes.get(code, nothing) for code in names}
    else:
        figures = {code: {"detected_m2": totals.get(code, 0)} for code in names}
    written = {str(one["unit"]) for one in chosen} if ledger[1] else set()
    reached = {unit: units.get(answering(unit), nothing) for unit in written}
    return tell.targets(chosen, names=names, communes=figures, units=reached)


def _self_reported(entered: Sequence[Recorded], asked: Asked) -> dict[str, Any]:
    """Return figures that units typed themselves: beside the ledger, never in it."""
    chosen = [one for one in entered if str(one.fact.values["period"]).startswith(f"{asked.year}-")]
    rows = [dict(one.fact.values) | {"self_reported": True} for one in chosen]
    return {"rows": rows, "units": len({row["unit"] for row in rows})}
