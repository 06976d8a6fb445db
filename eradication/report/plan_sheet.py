"""A patrol plan on paper, A4: whose it is and until when, the map with the way, heights along it, and every stop.

The plan is for one unit and expires; a sheet that is lost tells where places are to be checked, so it bears nothing
else: no other unit's places, no tips, no scores, no persons. What may grow at a stop is never said.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from eradication.domain.caution import NO_ACCUSATION, NO_PERSONS
from eradication.domain.event import SIMULATED
from eradication.errors import N_
from eradication.i18n import Translate, translator
from eradication.report import grid_lines, paper, plan_facts, plan_profile, plan_table, plan_words, words
from eradication.report.drawing import INK
from eradication.report.paper import Paper
from eradication.report.plan_facts import PatrolPlan
from eradication.report.plan_ground import SheetGround
from eradication.report.plan_map import BORDER, GONE, HAZARD, RIVER, ROAD, TRACK, WAY, PlanMap
from eradication.report.sheet_form import LEFT, RIGHT
from eradication.report.whole import write_whole

__all__ = ["SheetGround", "render", "write"]

_WIDE = RIGHT - LEFT
_MAP_TOP, _MAP_BOTTOM = 56.5, 194.5
"""Of the map in millimetres, where all is known; else it begins below what is not."""
_SMALL = 7.0
_PROFILE = (LEFT + 9.0, 211.0, _WIDE - 10.0, 31.0)
_SAFETY_TOP = 250.5


def write(
    plan: Mapping[str, Any], ground: SheetGround, path: Path, *, language: str, vetoed: Collection[int | str] = ()
) -> None:
    """Write a plan as a PDF; see :func:`render`.

    Raises:
        StorageFailed: ``disk_full`` or ``cannot_write``; a file that was there before is then as it was.
    """
    content = render(plan, ground, language=language, vetoed=vetoed)

    def fill(temporary: Path) -> None:
        temporary.write_bytes(content)

    write_whole(path, fill)


def render(
    plan: Mapping[str, Any], ground: SheetGround, *, language: str, translate: Translate | None = None,
    vetoed: Collection[int | str] = (),
) -> bytes:  # fmt: skip
    """Return a plan as a PDF: a page with the map, then the stops; the same plan gives the same bytes.

    Args:
        plan: the payload of ``plan_made``; see :mod:`eradication.report.plan_facts`.
        ground: what is drawn below it.
        language: ``vi`` or ``en``.
        translate: instead of the language's own catalog.
        vetoed: stops left out as unsafe since, by their numbers or names: they are struck out on map and list.
    """
    told = plan_facts.of(plan, ground.codes, ground.commune_names, vetoed)
    sheet = _Sheet(told, ground, language, translate or translator(language))
    _, count = sheet.translate, len(told.stops)
    pages = [sheet.first]
    begins = [0, *range(plan_table.FIRST, count, plan_table.LATER)] if count else []
    pages += [partial(sheet.listed, begin, end) for begin, end in pairwise([*begins, count])]
    numbered = [partial(sheet.numbered, draw, f"{at}/{len(pages)}") for at, draw in enumerate(pages, start=1)]
    title = f"{_('PATROL PLAN')} {told.unit} {told.departs:%Y-%m-%d}"
    about = {"Title": title, "Subject": plan_words.stamp(told, language, _)}
    return paper.pdf(numbered, about | ({"Keywords": SIMULATED} if ground.simulated else {}))


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Draws the pages of one plan."""

    plan: PatrolPlan
    ground: SheetGround
    language: str
    translate: Translate

    def numbered(self, draw: Callable[[Paper], None], at: str, page: Paper) -> None:
        """Draw a page with whose it is and its number below."""
        _, plan = self.translate, self.plan
        draw(page)
        said = f"{plan_words.stamp(plan, self.language, _)}   ·   {plan.id}"
        said += f"   ·   {SIMULATED}" * self.ground.simulated
        page.text(LEFT, 290.5, said, 6.6, grey=True, width=_WIDE - 24)
        page.text(RIGHT, 290.5, f"{_('Page')} {at}", 7.5, align="right")

    def _head(self, page: Paper) -> None:
        _, plan, ground, language = self.translate, self.plan, self.ground, self.language
        page.text(LEFT, 15.5, _("PATROL PLAN"), 14, bold=True)
        if ground.simulated:
            page.box(LEFT + 75, 10.6, 62, 6.2, 0.6, INK)
            page.text(LEFT + 106, 15.0, SIMULATED.upper(), 9, bold=True, align="center", white=True)
        page.text(RIGHT, 15.5, words.day(plan.departs, language), 14, bold=True, align="right")
        page.box(LEFT, 18.6, _WIDE, 7.4, 1.4)
        page.text((LEFT + RIGHT) / 2, 23.9, plan_words.stamp(plan, language, _).upper(), 11, bold=True, align="center")

    def first(self, page: Paper) -> None:
        """Draw the page with the map."""
        _, plan, ground, language = self.translate, self.plan, self.ground, self.language
        self._head(page)
        self._facts(page)
        top = self._not_known(page)
        panel = PlanMap(plan, ground, LEFT + 3.5, top, _WIDE - 3.5, _MAP_BOTTOM - top)
        step = panel.draw(page, _)
        self._below(page, panel, step)
        page.text(LEFT, 209.3, _("Heights along the way"), 7.6, bold=True)
        if not plan_profile.draw(page.inset(*_PROFILE), plan, language, _):
            page.text(LEFT, 217, _("No heights of this way are known."), 7)
        self._safety(page)

    def _facts(self, page: Paper) -> None:
        _, plan, language = self.translate, self.plan, self.language
        drawn = sum(stop.is_random for stop in plan.kept)
        stops = _("{count}, of them {drawn} drawn at random").format(count=len(plan.kept), drawn=drawn)
        times = _("{walking} on foot + {service} at stops").format(
            walking=plan_words.duration(plan.walking_min, language, _),
            service=plan_words.duration(plan.service_min, language, _),
        )
        granted = _("{hours} granted").format(hours=plan_words.duration(plan.hours * 60, language, _))
        left = [
            (_("Unit"), plan.unit),
            (_("Departure"), plan_words.day_and_clock(plan.departs, language)),
            (_("Time"), times),
            (_("Way"), plan_words.length(plan, language, _)),
        ]
        right = [
            (_("Least team"), _("{count} people").format(count=plan.least_team)),
            (_("Back at"), f"{plan_words.clock(plan.returns)}  ({granted})"),
            (_("Stops"), stops),
            (_("Expected"), plan_words.in_all(plan, language, _)),
        ]
        for x, rows in ((LEFT, left), (LEFT + 97, right)):
            for line, (name, value) in enumerate(rows):
                y = 30.8 + 4.5 * line
                page.text(x, y, name, 7.4, grey=True, width=22)
                page.text(x + 24, y, paper.printable(value), 8.2, bold=not line, width=RIGHT - LEFT - 97 - 24)
        for y, name, value in (
            (49.0, _("Check in"), plan_words.check_ins(plan, _)),
            (53.4, _("Keeps out of"), plan_words.keeps_out_of(plan, _)),
        ):
            page.text(LEFT, y, name, 7.4, grey=True, width=22)
            page.text(LEFT + 23, y, paper.printable(value), 8.2, bold=y < 50, width=_WIDE - 23)

    def _not_known(self, page: Paper) -> float:
        """Say in a frame what was not known; return where the map begins."""
        said = plan_words.not_known(self.plan, self.translate)
        if not said:
            return _MAP_TOP
        name = self.translate(N_("Attention"))
        room, x = _WIDE - 27, LEFT + 24
        lines = [line for sentence in said for line in paper.lines_of(sentence, room, _SMALL)]
        step = 3.4
        height = step * len(lines) + 1.6
        page.box(LEFT, _MAP_TOP - 1.0, _WIDE, height, 1.2)
        page.text(LEFT + 2, _MAP_TOP + 2.2, name, _SMALL, bold=True, width=21)
        for line, text in enumerate(lines):
            page.text(x, _MAP_TOP + 2.2 + step * line, text, _SMALL)
        return _MAP_TOP + height + 1.2

    def _below(self, page: Paper, panel: PlanMap, step: int) -> None:
        _, ground = self.translate, self.ground
        frame, y = panel.frame, _MAP_BOTTOM + 7.2
        said = _("Scale 1:{scale} if printed at 100 % on A4; grid VN-2000 (EPSG:{epsg}) every {step} m")
        told = said.format(
            scale=grid_lines.label(frame.scale), epsg=frame.sheet.epsg, step=grid_lines.step_of(frame.scale)
        )
        if step:
            told += "; " + _("contour lines every {step} m").format(step=step)
        page.text(LEFT, y, told, 6.6, width=_WIDE)
        marks = _("★ post   ○ place   □ cell   heavy edge: drawn at random")
        page.text(RIGHT, y, marks, 6.6, align="right", width=_WIDE - paper.width_mm(told, 6.6) - 3)
        x, y = LEFT, y + 3.6
        known = (
            (WAY, N_("way"), panel.plan.way),
            (GONE, N_("not to be walked"), panel.plan.way if panel.plan.vetoed else None),
            (BORDER, N_("border"), ground.border),
            (HAZARD, N_("dangerous"), ground.hazards or None),
            (RIVER, N_("river"), ground.rivers),
            (TRACK, N_("footpath"), ground.tracks),
            (ROAD, N_("road"), ground.roads),
        )
        for pen, name, shape in known:
            if shape is None or not len(getattr(shape, "geoms", [shape])):
                continue
            page.axes.plot([x, x + 9], [y - 0.9, y - 0.9], color=pen.colour, linewidth=pen.width, linestyle=pen.dashes)
            page.text(x + 10, y, _(name), 6.6)
            x += 10 + paper.width_mm(_(name), 6.6) + 4

    def _safety(self, page: Paper) -> None:
        _, plan = self.translate, self.plan
        page.box(LEFT, _SAFETY_TOP, _WIDE, 35.5, 1.0)
        page.text(LEFT + 3, _SAFETY_TOP + 5, _("Safety first"), 9, bold=True)
        y = page.wrapped(LEFT + 3, _SAFETY_TOP + 9.8, _(plan_words.VETO), _WIDE - 6, 9.0)
        said = _(
            "Fewer than {count} people: do not leave. No report at a check-in time: the post calls, then sends help."
        )
        y = page.wrapped(LEFT + 3, y + 0.5, said.format(count=plan.least_team), _WIDE - 6, 7.8)
        y = page.wrapped(LEFT + 3, y + 0.5, _(NO_ACCUSATION), _WIDE - 6, 7.8)
        page.wrapped(LEFT + 3, y + 0.5, _(NO_PERSONS), _WIDE - 6, 7.2, grey=True)

    def listed(self, begin: int, end: int, page: Paper) -> None:
        """Draw a page of the list of stops."""
        _, plan, ground, language = self.translate, self.plan, self.ground, self.language
        self._head(page)
        title = _("Stops {first} to {last} of {count}").format(first=begin + 1, last=end, count=len(plan.stops))
        page.text(LEFT, 32, title, 9, bold=True)
        page.text(RIGHT, 32, f"{_('Unit')} {plan.unit}", 9, bold=True, align="right")
        how = (ground.official_epsg, language, _)
        y = plan_table.draw(page, plan, plan.stops[begin:end], 33.5, how)
        codes = "   ".join(f"{letter} {word}" for letter, word in plan_words.reasons(language))
        page.text(LEFT, y + 4.4, f"{_('Codes')}: {codes}", 6.8, width=_WIDE)
        if begin:
            return
        y = page.wrapped(LEFT, y + 9.2, _(NO_ACCUSATION), _WIDE, 7.4)
        said = N_(
            "m² are estimates, not findings: at a place the chance that a visit confirms it times its area; in a cell "
            "the plots expected to be left times the chance that its search finds one times the mean area of a plot. "
            "“assumed”: too few visits or finds have taught it. EPSG:{epsg}, X is north."
        )
        y = page.wrapped(LEFT, y + 0.6, _(said).format(epsg=ground.official_epsg), _WIDE, 7.0, grey=True)
        if plan.open:
            said = _("Drawn at random but no room on this way: {count}. They come first in the unit's next plan.")
            y = page.wrapped(LEFT, y + 0.6, said.format(count=plan.open), _WIDE, 7.0, grey=True)
        self._signed(page, y + 4.5)

    def _signed(self, page: Paper, y: float) -> None:
        _ = self.translate
        blanks = ((N_("Left at"), 38.0), (N_("Back at"), 38.0), (N_("People"), 28.0), (N_("Code of the leader"), 81.0))
        x = LEFT
        for title, room in blanks:
            label = f"{_(title)}:"
            page.text(x, y, label, 7.4)
            page.rule(x + paper.width_mm(label, 7.4) + 1.5, y + 0.6, x + room - 2, 0.5, dotted=True)
            x += room
