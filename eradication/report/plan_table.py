"""The list of a plan's stops on paper: where each is, when, why, and boxes for what became of it."""

from collections.abc import Sequence

from eradication import geo
from eradication.errors import N_
from eradication.i18n import Translate, brief, number
from eradication.report import plan_words, words
from eradication.report.paper import Paper
from eradication.report.plan_facts import CELL, PatrolPlan, Stop
from eradication.report.sheet_form import LEFT, RIGHT

ROW_MM = 13.4
FIRST, LATER = 14, 17
"""Stops on the first page of the list, and on each that follows."""
CARRIED = "†"
"""Stands at a stop that was drawn for an earlier plan."""

_COLUMNS = (
    (LEFT, N_("No.")),
    (23.0, N_("Stop")),
    (66.0, N_("VN-2000 (m)")),
    (93.0, N_("WGS 84")),
    (118.0, N_("Arrival")),
    (136.0, N_("Why")),
    (172.0, N_("What became of it")),
)


def draw(page: Paper, plan: PatrolPlan, stops: Sequence[Stop], top: float, how: tuple[int, str, Translate]) -> float:
    """Draw a table of stops.

    Args:
        page: where.
        plan: that of the stops.
        stops: those of this page.
        top: upper edge in millimetres.
        how: official EPSG code, language, translation.

    Returns:
        Lower edge.
    """
    _, _, translate = how
    for x, title in _COLUMNS:
        page.text(x, top + 4, translate(title), 7, bold=True)
    page.rule(LEFT, top + 5.6, RIGHT, 1.0)
    y = top + 5.6
    for stop in stops:
        _row(page, plan, stop, y, how)
        y += ROW_MM
        page.rule(LEFT, y, RIGHT, 0.35)
    if any(stop.is_carried for stop in stops):
        said = translate(N_("drawn for an earlier plan of the unit and carried over"))
        page.text(LEFT, y + 3.4, f"{CARRIED} {said}", 6.4, width=RIGHT - LEFT)
        y += 3.0
    return y


def _row(page: Paper, plan: PatrolPlan, stop: Stop, y: float, how: tuple[int, str, Translate]) -> None:
    epsg, language, _ = how
    [(east, north)] = geo.transform([(stop.lon, stop.lat)], geo.WGS84, epsg)
    page.text(LEFT + 3, y + 7.6, str(stop.order), 12, bold=True, align="center")
    if stop.is_vetoed:
        _struck(page, stop, y, _)
        return
    code = stop.code if stop.kind != CELL else f"{_(N_('cell'))} {stop.code}"
    page.text(23, y + 4.2, code, 8.2, bold=True, width=41)
    page.text(23, y + 8.0, plan_words.kind(stop, _), 6.8, width=41)
    page.text(23, y + 11.6, stop.commune, 6.8, width=41, grey=True)
    page.text(66, y + 4.2, f"X {_metres(north)}", 7.6)
    page.text(66, y + 8.0, f"Y {_metres(east)}", 7.6)
    page.text(66, y + 11.6, f"({_(N_('X north, Y east'))})", 5.4, grey=True, width=26)
    page.text(93, y + 4.2, f"{stop.lat:.6f} {_(N_('N'))}", 7.2)
    page.text(93, y + 8.0, f"{stop.lon:.6f} {_(N_('E'))}", 7.2)
    page.text(118, y + 4.2, plan_words.clock(plan.arrives(stop)), 8.2, bold=True)
    if stop.arrive_min is not None:
        page.text(118, y + 8.0, f"+ {plan_words.duration(stop.arrive_min, language, _)}", 6.8)
    page.text(118, y + 11.6, _(N_("stay {minutes} min")).format(minutes=round(stop.minutes)), 6.2, width=17)
    for line, (text, bold) in enumerate(_why(stop, language, _)):
        page.text(136, y + 4.2 + 3.7 * line, text, 6.8, bold=bold, width=35)
    _boxes(page, y, _)


def _struck(page: Paper, stop: Stop, y: float, _: Translate) -> None:
    """Draw a stop that was left out as unsafe: its number struck out, and nothing that leads there."""
    code = stop.code if stop.kind != CELL else f"{_(N_('cell'))} {stop.code}"
    page.text(23, y + 7.4, code, 8.2, bold=True, grey=True, width=41)
    page.rule(LEFT, y + 6.2, 64, 1.1)
    page.text(66, y + 7.4, _(plan_words.LEFT_OUT).upper(), 9, bold=True, width=RIGHT - 66)


def _why(stop: Stop, language: str, _: Translate) -> list[tuple[str, bool]]:
    """Return whether chance chose a stop, how urgent it is, and what is expected: never that anything is there."""
    if stop.is_random and stop.inclusion_prob is not None:
        chance = _(N_("drawn at random, p = {p}"))
        first = chance.format(p=brief(stop.inclusion_prob, language))
    else:
        first = _(N_("drawn at random")) if stop.is_random else _(N_("chosen, not drawn at random"))
    said = [(f"{first} {CARRIED}" if stop.is_carried else first, stop.is_random)]
    if stop.lancing is not None:
        said.append((_(N_("harvest from {day}")).format(day=words.date_of(stop.lancing, language)), False))
    elif stop.urgency is not None:
        said.append((_(N_("urgency × {factor}")).format(factor=number(stop.urgency, language, 1)), False))
    said.append((plan_words.estimate(stop.expected_m2, language, _, stop.basis), False))
    return said


def _boxes(page: Paper, y: float, _: Translate) -> None:
    for line, (title, blank) in enumerate(((N_("reached"), False), (N_("not, code:"), True), (N_("unsafe"), False))):
        low = y + 4.3 + 3.7 * line
        page.box(172, low - 2.7, 3.0, 3.0, 0.7)
        page.text(176.4, low, _(title), 6.8, width=16 if blank else RIGHT - 176.4)
        if blank:
            page.rule(193, low + 0.5, RIGHT, 0.5, dotted=True)


def _metres(value: float) -> str:
    return f"{value:,.0f}".replace(",", " ")
