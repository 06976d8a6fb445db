"""Twelve ways to reach 100 % without the work, played out, and the report of each."""

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from worlds import HERE, SEASON, START, World, east, visit

from eradication import effort, evidence
from eradication.config import Photos
from eradication.domain import AreaMethod, EventKind, Period
from eradication.geo import disc
from eradication.history.naming import plot_id_of
from eradication.i18n import translator
from eradication.ledger import Context
from eradication.report import page as pages
from eradication.report.view import PlotRow, ReportView

ABROAD = (104.60, 19.5)
CUTS = [Period(2027, number).last for number in range(4)]
SEEN = {"optical": 0.9, "patrol": 0.4, "none": 0.05}

type Played = tuple[World, dict[str, Any]]


def spots(count: int) -> list[tuple[float, float]]:
    return [east(300.0 * number) for number in range(count)]


def walks(unit: str, cells: list[str]) -> list[dict[str, Any]]:
    """One patrol a day, each in one square kilometre."""
    return [
        {
            "id": f"{unit}-{day}",
            "unit": unit,
            "start": f"2027-01-{day + 1:02d}T01:00:00+00:00",
            "end": f"2027-01-{day + 1:02d}T05:00:00+00:00",
            "kind": "track",
            "length_km": 4.0,
            "hours": 4.0,
            "total": 500,
            "marked": {},
            "cells": {f"2027-01-{day + 1:02d}": [cell]},
        }
        for day, cell in enumerate(cells)
    ]


def context(patrols: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
    told = patrols if patrols is not None else walks("BP-1", [f"{n}_1" for n in range(10)])
    by_unit = {unit: dataclasses.asdict(one) for unit, one in effort.by_unit(told).items()}
    total = dataclasses.asdict(effort.summarise(told))
    given = {"effort": total, "effort_by_unit": by_unit, "coverage": SEEN, "cuts": CUTS} | more
    return {"context": Context(**given), "effort": total, "coverage": given["coverage"]}


def honest() -> Played:
    """A unit that searches, finds on and off the list, measures, destroys in parts, and is checked by another."""
    world = World().candidate("listed", HERE)
    for number, spot in enumerate(spots(12)):
        world.wait(1).visit(
            "detected", spot, area_m2=300.0, outline=disc(*spot, 300.0), area_method=AreaMethod.GPS_TRACK
        )
        world.wait(1.5).visit("eradicated", spot, destroyed_fraction=0.6 if number == 3 else 1.0)
        world.wait(0.1).visit("verified", spot)
    return world, context()


def repeat_trail() -> Played:
    return World().visit("detected"), context(walks("BP-1", ["7_1"] * 20))


def follows_list() -> Played:
    world = World()
    for number, spot in enumerate(spots(6)):
        world.candidate(f"c{number}", spot).wait(1).visit("detected", spot)
    return world, context()


def same_day_pair() -> Played:
    world = World()
    for spot in spots(6):
        world.visit("detected", spot).wait(0.05).visit("eradicated", spot)
    return world, context()


def mass_dismissal() -> Played:
    world = World()
    for number, spot in enumerate(spots(12)):
        world.candidate(f"c{number}", spot)
    for number in range(12):
        said = {"plot_id": plot_id_of(f"c{number}"), "season": SEASON.label, "reason": "crop", "by": "CB-9"}
        world.append(EventKind.PLOT_DISMISSED, said)
    return world, context()


def expired() -> Played:
    return World().candidate("a").candidate("b", east(500.0)).wait(200), context()


def over_the_cut() -> Played:
    """Found on 13 March; corrected to have been found on 16 March, in the next period."""
    before, after = (datetime(2027, 3, day, 3, tzinfo=UTC) for day in (13, 16))
    world = World(clock=before).visit("detected", visited_at=before, visit_id="v")
    world.wait(4).correct(0, visit("detected", visited_at=after, visit_id="v"))
    return world, context()


def reused_photo() -> Played:
    """One picture, saved anew, is the photo after of two places."""
    world = World()
    for number, spot in enumerate(spots(2)):
        world.visit("detected", spot).wait(1)
        world.visit("eradicated", spot, photo_before=f"b{number}.jpg", photo_after=f"a{number}.jpg")
    told = world.told()
    prints = {"b0": "0f3c5a7e91b2d4e8", "b1": "f0a51c3e7d9b2468", "a0": "123456789abcdef0", "a1": "123456789abcdef1"}
    shots = [
        evidence.Shot(f"{name}-sha", (f"{name}.jpg",), "BP-1", START, None, None, None, phash)
        for name, phash in prints.items()
    ]
    plots = {plot.id: plot for plot in told.plots}
    links = evidence.links(shots, told.recorded, plots, Photos())
    found = evidence.checks(shots, told.recorded, links, plots, Photos())
    return world, context(reused_photos=[check.visit for check in found if check.code == "photo_reused"])


def always_whole() -> Played:
    world = World()
    for spot in spots(11):
        world.visit("detected", spot).wait(2).visit("eradicated", spot, destroyed_fraction=1.0)
    return world, context()


def inflated_area() -> Played:
    world = World()
    world.visit("detected", outline=disc(*HERE, 300.0), area_m2=1500.0, area_method=AreaMethod.GPS_TRACK)
    return world, context()


def forced_verification() -> Played:
    world = World().visit("detected").wait(1).visit("eradicated").wait(1).visit("verified", unit="BP-1")
    payload = dict(world.events.pop().payload)
    world.append(
        EventKind.VISIT_RECORDED, payload | {"forced": "no other unit near"}, world.clock - timedelta(minutes=1)
    )
    return world, context()


def abroad() -> Played:
    world = World().visit("detected").visit("detected", ABROAD, area_m2=4000.0)
    return world.wait(1).visit("eradicated", ABROAD), context()


def low_coverage() -> Played:
    return World().visit("detected"), context(coverage={"optical": 0.02, "patrol": 0.01, "none": 0.97})


CHEATS: dict[str, Callable[[], Played]] = {
    cheat.__name__: cheat
    for cheat in (
        repeat_trail,
        follows_list,
        same_day_pair,
        mass_dismissal,
        expired,
        over_the_cut,
        reused_photo,
        always_whole,
        inflated_area,
        forced_verification,
        abroad,
        low_coverage,
    )
}
FIGURES = {
    "repeat_trail": "95.0 % of 20 cell-days were in square kilometres already walked [BP-1]",
    "follows_list": "6 of 6 finds were candidates before (100.0 %) [BP-1]",
    "same_day_pair": "6 of 6 plots, 1,800 m² (100.0 % of what was detected): 100 % by construction [BP-1]",
    "mass_dismissal": "12 of 12 candidates, about 4,800 m² (100.0 %) [CB-9 2027-01-10: 12]",
    "expired": "2 of 2 candidates, about 800 m² (100.0 %)",
    "over_the_cut": "plots moved by a correction or their photos, or entered late (0): 1; 300 m²",
    "reused_photo": "destructions with a photo of another place or time: 1",
    "always_whole": "11 of 11 destructions were said to be whole (100.0 %) [BP-1]",
    "inflated_area": "1 of 1 walked plots state more than their outline holds, by 1,200 m²",
    "forced_verification": "plots verified by force or by a unit in no table: 1, 300 m² (100.0 % of what was verified)",
    "abroad": "detected plots: 1, 4,000 m², of them 0 on an unclear side: in no total",
    "low_coverage": "97.0 % of the ground in the flowering window",
}


def view(played: Played, language: str = "en") -> ReportView:
    world, beside = played
    answer = world.ledger(**beside)
    told = world.told()
    return ReportView(
        province="Sơn La",
        season=SEASON,
        as_of=world.clock,
        ledger=answer,
        by_class=tuple(answer["by_class"].values()),
        plots=tuple(PlotRow(episode, "") for episode in told.episodes),
        simulated=True,
        language=language,
        translate=translator(language),
    )


def report(played: Played, language: str = "en") -> str:
    return pages.render(view(played, language))


def marked(played: Played) -> set[str]:
    world, beside = played
    return {sign["code"] for sign in world.ledger(**beside)["signs"] if sign["marked"]}
