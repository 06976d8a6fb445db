"""Plans as text: where a unit goes and why, what became of it, and the price of the 100 %."""

from collections.abc import Mapping
from typing import Any

from eradication.cli.plans_carried_text import carried
from eradication.cli.shell import Shell
from eradication.cli.text import SIMULATED, Answer, day, local, table
from eradication.domain import dangers
from eradication.domain.plan_gaps import IS_ASSUMED, sentences
from eradication.errors import N_
from eradication.i18n import brief, number

HEADINGS = (
    *(N_("No."), N_("Stop"), N_("Longitude"), N_("Latitude"), N_("After (min)"), N_("Stay (min)")),
    *(N_("Expected m²"), N_("Urgency"), N_("Chosen"), N_("Probability")),
)
MODES = {
    "random": N_("drawn at random"),
    "score": N_("by what is expected"),
    "tip": N_("by a tip"),
    "routine": N_("planted before"),
}
REASONS = {
    "rejected_without_new_evidence": N_("rejected again and again without new evidence"),
    "hazard": N_("in an area of danger or on the border line"),
    "outside": N_("outside the communes"),
    "in_another_plan": N_("in another plan of these days"),
    "drawn_for_later": N_("drawn for a plan of a later day"),
    "assigned_elsewhere": N_("assigned to another unit"),
    "vetoed": N_("vetoed as unsafe"),
    "past_harvest": N_("past its harvest, or nothing to be seen on that day"),
    "not_reached_in_time": N_("not reached within the hours"),
    "no_room": N_("no room in the round trip"),
    "waits_its_turn": N_("waits its turn: at most half of a plan is for earlier draws"),
    "not_reached": N_("not reached"),
    "unsafe": N_("unsafe (veto)"),
}
STATES = {"open": N_("open"), "expired": N_("expired"), "superseded": N_("replaced by a later plan")}
HIDDEN = N_("It has expired: its places are not shown any more.")


def plan(shell: Shell, answer: Answer) -> None:
    """The routes, what was left out, and what is not known."""
    _ = shell.translate
    _simulated(shell, answer)
    if answer["past_day"] and answer["simulated"]:
        said = N_("{day} is past: only simulated data are planned for back then, and the hours count from now on.")
        shell.say(_(said).format(day=answer["day"]))
    for route in answer["routes"]:
        _route(shell, route)
    _left_out(shell, answer["left_out"])
    shell.say(f"{_(answer['about'])} {_(answer['caution'])}")
    for path in answer["written"]:
        shell.say(f"  {path}")


def _simulated(shell: Shell, answer: Answer) -> None:
    if answer["simulated"]:
        shell.say(shell.translate(SIMULATED))


def _route(shell: Shell, route: Mapping[str, Any]) -> None:
    _ = shell.translate
    said = N_("Plan {plan} of {unit} for {day}: {stops} stops, {random} of them drawn at random.")
    shell.say(_(said).format(**{**route, "stops": route["stop_count"], "day": day(route["day"])}))
    if route["hidden"]:
        shell.say(_(HIDDEN))
        return
    rows = [_stop(shell, stop) for stop in route["stops"]]
    table(shell, HEADINGS, rows, numeric=(0, 2, 3, 4, 5, 6, 7, 9))
    figures = {
        "km": number(route["length_m"] / 1000, shell.language, 1),
        "climb": number(route["climb_m"], shell.language),
        "walking": number(route["walking_minutes"] / 60, shell.language, 1),
        "service": number(route["service_minutes"] / 60, shell.language, 1),
        "hours": number(route["hours"], shell.language, 1),
    }
    said = N_("{km} km, {climb} m up: {walking} hours on foot and {service} hours at the stops, of {hours}.")
    shell.say(_(said).format(**figures))
    _worth(shell, route)
    for said in sentences(route["not_known"], route["approximate_boundaries"], _):
        shell.say(said)
    if route["dangers"]:
        kept_out = ", ".join(dangers.said(one["kind"], one["name"], _) for one in route["dangers"])
        shell.say(_(N_("The way keeps out of: {areas}.")).format(areas=kept_out))
    carried(shell, route)
    for row in route["open"]:
        said = N_("Drawn, and left for the next plan of the unit: {stop} ({reason}).")
        shell.say(_(said).format(stop=name_of(row), reason=_(REASONS.get(row["reason"], row["reason"]))))
    said = N_("At least {team} people; report in every {hours} hours. It expires on {moment}.")
    hours = number(route["check_in_hours"], shell.language, 1)
    shell.say(_(said).format(team=route["least_team"], hours=hours, moment=local(route["expires_at"])))
    shell.say(_(N_("Whoever leads may leave a stop out as unsafe, and nobody asks why: eradication plans veto")))


def _worth(shell: Shell, route: Mapping[str, Any]) -> None:
    _ = shell.translate
    cells = sum(stop["kind"] == "cell" for stop in route["stops"])
    if cells and route["search_m"] is not None:
        said = N_("Besides, {km} km are walked inside the {count} cells to search them: {all} km in all.")
        metres = {"km": route["search_m"], "all": route["search_m"] + route["length_m"]}
        lengths = {name: number(length / 1000, shell.language, 1) for name, length in metres.items()}
        shell.say(_(said).format(count=cells, **lengths))
    elif cells:
        shell.say(_(N_("What is walked inside the {count} cells to search them is not in the km.")).format(count=cells))
    m2 = _whole(route["expected_m2"], shell)
    shell.say(_(N_("Expected to be confirmed: {m2} m² (an estimate).")).format(m2=m2))
    assumed = sum(stop["basis"] in IS_ASSUMED for stop in route["stops"])
    if assumed:
        said = N_(
            "At {assumed} of {count} stops, marked *, it is assumed: no visit and no find has taught the chance there."
        )
        shell.say(_(said).format(assumed=assumed, count=len(route["stops"])))
        said = N_("{m2} m² of it are assumed.")
        if assumed == len(route["stops"]):
            said = N_("All of these m² are assumed.")
        shell.say(_(said).format(m2=_whole(route["assumed_m2"], shell)))
    _beside_surface(shell, route)


def _whole(m2: float, shell: Shell) -> str:
    return "< 1" if 0 < m2 < 1 else number(m2, shell.language)


def _beside_surface(shell: Shell, route: Mapping[str, Any]) -> None:
    """Put the m² of a plan beside what the risk surface expects in the whole province."""
    _, surface, believed = shell.translate, route["surface"], route["learned"].get("believed")
    if surface is None or believed is None:
        return
    said = N_("For comparison: the risk surface expects {left} m² left in the province that nothing foretells.")
    if any(stop["kind"] == "cell" for stop in route["stops"]):
        said = N_(
            "For comparison: the risk surface expects {left} m² left in the province that nothing foretells, "
            "{cells} m² of it in the cells of this plan, of which their search finds {found} m²."
        )
    names = {"left": surface["left_m2"], "cells": surface["cells_left_m2"], "found": surface["cells_m2"]}
    figures = {name: number(m2, shell.language, 0 if m2 >= 10 else 2) for name, m2 in names.items()}
    shell.say(_(said).format(**figures))
    for listed in believed["lists"].values():
        said = N_(
            "Of {candidates} candidates of the season {true} are taken to be plots; before visits teach otherwise "
            "never more than the {plots} plots that are believed to stand in the province."
        )
        counts = {"candidates": listed["candidates"], "true": number(listed["plots"], shell.language, 1)}
        shell.say(_(said).format(**counts, plots=number(believed["plots"], shell.language, 1)))


def name_of(stop: Mapping[str, Any]) -> str:
    """Return the code of a plot, or the name of a cell."""
    return str(stop["code"] or stop[stop["kind"]])


def _stop(shell: Shell, stop: Mapping[str, Any]) -> tuple[object, ...]:
    mode = shell.translate(MODES.get(stop["selection_mode"], stop["selection_mode"]))
    odds = brief(stop["inclusion_prob"], shell.language)
    expected, urgent = _m2(stop, shell), number(stop["urgency"], shell.language, 1)
    minutes = number(stop["arrive"], shell.language), number(stop["minutes"], shell.language)
    return stop["order"], name_of(stop), stop["lon"], stop["lat"], *minutes, expected, urgent, mode, odds


def _m2(stop: Mapping[str, Any], shell: Shell) -> str:
    """Return the m² expected at a stop; an asterisk marks what is assumed."""
    expected = stop["expected_m2"]
    few = 0 < expected < 0.05
    told = f"< {number(0.1, shell.language, 1)}" if few else number(expected, shell.language, 1)
    return f"{told}{'*' * (stop['basis'] in IS_ASSUMED)}"


def _left_out(shell: Shell, counted: Mapping[str, Any]) -> None:
    for reason, count in counted.items():
        said = N_("Left out: {plots} candidates and {cells} cells {reason}.")
        reasoned = shell.translate(REASONS.get(reason, reason))
        shell.say(shell.translate(said).format(plots=count["plots"], cells=count["cells"], reason=reasoned))


def listed(shell: Shell, answer: Answer) -> None:
    """Plans, newest last."""
    _simulated(shell, answer)
    headings = (N_("Plan"), N_("Unit"), N_("Day"), N_("Hours"), N_("Stops"), N_("Drawn"), N_("km"), N_("State"))
    rows = [
        (
            *(one["plan"], one["unit"], day(one["day"]), number(one["hours"], shell.language, 1), one["stops"]),
            *(one["random"], number(one["length_m"] / 1000, shell.language, 1), shell.translate(STATES[one["state"]])),
        )
        for one in answer["plans"]
    ]
    if rows:
        table(shell, headings, rows, numeric=(3, 4, 5, 6))
    else:
        shell.say(shell.translate(N_("There is no plan on record.")))


def show(shell: Shell, answer: Answer) -> None:
    """One plan."""
    _simulated(shell, answer)
    _route(shell, answer)
    for veto in answer["vetoed"]:
        shell.say(shell.translate(N_("Stop {order} was left out as unsafe.")).format(order=veto["order"]))
    shell.say(f"{shell.translate(answer['about'])} {shell.translate(answer['caution'])}")


def vetoed(shell: Shell, answer: Answer) -> None:
    """What a veto does."""
    _simulated(shell, answer)
    said = N_("Stop {stop} of plan {plan} is left out as unsafe. It stays on record as chosen and not visited.")
    shell.say(shell.translate(said).format(plan=answer["plan"], stop=answer["code"] or answer["stop"]))


def price(shell: Shell, answer: Answer) -> None:
    """Patrol days by commune."""
    _ = shell.translate
    _simulated(shell, answer)
    said = N_("Patrol days of {hours} hours until nothing is left with a chance of {sure} %, season {season}:")
    sure = number(100 * answer["sure"], shell.language, 1)
    shell.say(_(said).format(hours=brief(answer["day_hours"], shell.language), sure=sure, season=answer["season"]))
    headings = (
        N_("Commune"),
        N_("Chance now (%)"),
        N_("Searches"),
        N_("Cells"),
        N_("Hours"),
        N_("Days"),
        N_("95 % interval"),
        N_("Then (%)"),
    )
    rows = [
        (
            *(row["name"], number(100 * row["now"], shell.language, 2), number(row["searches"], shell.language)),
            *(number(row["cells"], shell.language), number(row["hours"], shell.language, 1)),
            *(number(row["days"], shell.language), _interval(shell, row), number(100 * row["then"], shell.language, 2)),
        )
        for row in answer["rows"]
    ]
    table(shell, headings, rows, numeric=range(1, 8))
    total = answer["total"]
    said = N_("In all {days} patrol days ({interval}).")
    shell.say(_(said).format(days=number(total["days"], shell.language), interval=_interval(shell, total)))
    share = answer["search_share"]
    said = N_("Of a patrol's hours {share} % are taken to be search, as {plans} plans on record divide them.")
    if not share["plans"]:
        said = N_("Of a patrol's hours {share} % are taken to be search; assumed, for there are few plans on record.")
    shell.say(_(said).format(share=number(100 * share["value"], shell.language), plans=share["plans"]))
    for said in answer["caveats"]:
        shell.say(_(said))
    shell.say(f"{_(answer['about'])} {_(answer['caution'])}")


def _interval(shell: Shell, row: Mapping[str, Any]) -> str:
    """Write an interval of days; open above where even the most searches of every cell are too few."""
    low = number(row["days_low"], shell.language)
    if row["days_high"] is None:
        return shell.translate(N_("from {low} on")).format(low=low)
    return f"{low} – {number(row['days_high'], shell.language)}"
