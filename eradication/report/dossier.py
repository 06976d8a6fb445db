"""The dossier of a plot: one page A4 with all that is on record of a place in one season.

Who told of a place is never on it, nor notes, nor the people of a patrol. What nobody has confirmed on site says that
it is to be checked and that nothing is concluded. The same records give the same bytes: the page bears no day on which
it was made, it says up to which record it tells.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from eradication.domain import (
    AdminUnit,
    CountMethod,
    Crop,
    DestroyedBy,
    DestructionMethod,
    MinutesType,
    State,
)
from eradication.domain.event import SIMULATED
from eradication.report import dossier_drawings, dossier_facts, dossier_table, grid_lines, paper, words
from eradication.report.chips import Pair
from eradication.report.drawing import INK
from eradication.report.field_package import CAPTION
from eradication.report.paper import Paper
from eradication.report.popup import UNCHECKED
from eradication.report.sheet_form import LEFT, RIGHT
from eradication.report.sheet_map import COMMUNE, NEIGHBOUR, MapPanel, fitting_scale
from eradication.report.view import PlotRow

DEFAULT_SCALE = 5000
MAP_MM = (88.0, 78.0)
"""Width and height of the map."""
_MAP_LEFT, _MAP_TOP, SIDE = LEFT + 3.5, 35.0, 113.0
_PICTURES_TOP, _BOTTOM = 125.0, 284.0

type Curve = Mapping[str, Sequence[float | None]]


@dataclass(frozen=True, slots=True)
class Phase:
    """A span of the season and what stands on the field then."""

    first: date
    last: date
    name: str
    """In the user's language."""


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """A photo of a visit."""

    role: str
    """``before`` or ``after``."""
    taken_at: datetime | None
    sha256: str
    """Of the sealed original."""
    rgb: npt.NDArray[np.uint8] | None
    """Shape (y, x, 3); ``None`` if it is not to be shown, or cannot be read."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the table of events."""

    happened_at: datetime
    what: str
    """In the user's language."""
    unit: str
    hash: str
    origin: str
    """Name of the device that recorded it."""
    number: int
    """Of the event within its origin."""
    by_person: bool
    """False for what the program itself put on record, which gives way first."""


@dataclass(frozen=True, slots=True)
class DossierView:
    """Everything one page shows."""

    row: PlotRow
    province: str
    neighbours: Sequence[PlotRow]
    communes: Sequence[AdminUnit]
    pair: Pair
    curve: Curve | None
    """Index → value for each month of the season; empty = none is here, ``None`` = not asked for."""
    phases: Sequence[Phase]
    phases_read: bool
    """They rest on the day of sowing that images tell, not on the calendar alone."""
    crop: Crop | None
    plants_by: CountMethod | None
    destroyed: tuple[DestructionMethod | None, DestroyedBy | None]
    """How and by whom, as the newest destruction states it."""
    minutes: Sequence[tuple[MinutesType | None, str]]
    """Kind and number of the minutes that visits name, in order of time."""
    checks: Sequence[Mapping[str, Any]]
    """One for each destruction: ``visit``, ``eradicated_at``, and ``checks`` with a ``message`` each."""
    shots: Sequence[Shot]
    with_photos: bool
    entries: Sequence[Entry]
    """Events of the season about the plot, in order of time."""
    elsewhere: int
    """Events about it of other seasons."""
    told_until: datetime | None
    """When the newest of all these events was recorded."""
    scale: int
    simulated: bool
    language: str
    translate: Callable[[str], str]

    @property
    def unconfirmed(self) -> bool:
        """True until somebody has looked at the place."""
        return self.row.episode.state in UNCHECKED


def render(view: DossierView) -> bytes:
    """Return the page as a PDF; the same view gives the same bytes."""
    title = f"{_title(view)} {words.clean(view.row.episode.plot.code)} {view.row.episode.season.label}"
    about = {"Title": title, "Subject": view.translate(CAPTION) if view.unconfirmed else title}
    return paper.pdf([lambda page: _page(view, page)], about | ({"Keywords": SIMULATED} if view.simulated else {}))


def left_out(view: DossierView) -> int:
    """Return how many events of the season have no room on the page."""
    return len(view.entries) - len(dossier_table.shown(view.entries, _rows(view)))


def _title(view: DossierView) -> str:
    _ = view.translate
    if view.row.episode.state is State.REJECTED:
        return _("DOSSIER OF A PLACE THAT WAS CHECKED")
    return _("DOSSIER OF A PLACE TO BE CHECKED") if view.unconfirmed else _("DOSSIER OF A PLOT")


def _page(view: DossierView, page: Paper) -> None:
    _head(page, view)
    scale = fitting_scale(view.row, view.scale, *MAP_MM)
    panel = MapPanel(view.row, view.neighbours, view.communes, scale, _MAP_LEFT, _MAP_TOP, *MAP_MM)
    panel.draw(page, view.translate)
    _below_map(page, view, scale)
    dossier_facts.write(page, view, _MAP_TOP + 2.5, SIDE)
    dossier_drawings.pictures(page, view, _PICTURES_TOP)
    y = dossier_drawings.photos(page, view, _photos_top())
    y = dossier_table.checks(page, view, y)
    dossier_table.events(page, view, y, dossier_table.shown(view.entries, _rows(view)))
    _foot(page, view)


def _photos_top() -> float:
    return _PICTURES_TOP + dossier_drawings.PICTURES_MM


def _rows(view: DossierView) -> int:
    """Return how many events the table has room for."""
    top = _photos_top() + dossier_drawings.photos_mm(view) + dossier_table.checks_mm(view)
    return dossier_table.room(_BOTTOM - top)


def _head(page: Paper, view: DossierView) -> None:
    _, episode = view.translate, view.row.episode
    page.text(LEFT, 14, _title(view), 12, bold=True)
    page.text(RIGHT, 14, f"{words.clean(view.province)} · {_('Season')} {episode.season.label}", 9, align="right")
    page.text(LEFT, 25.5, words.clean(episode.plot.code), 21, bold=True, width=70)
    where = words.clean(view.row.commune) or _("outside the communes")
    page.text(LEFT, 31, where, 9, width=70)
    width = RIGHT - SIDE
    page.box(SIDE, 18, width, 9, 1.2)
    state = words.state(episode, view.language).upper()
    page.text((SIDE + RIGHT) / 2, 24.3, state, 12, bold=True, align="center", width=width - 4)
    said = _(CAPTION) if view.unconfirmed else _("A place, not a person: this accuses nobody.")
    page.text((SIDE + RIGHT) / 2, 31.2, said, 8.5, bold=view.unconfirmed, align="center", width=width)
    if view.simulated:
        page.box(LEFT + 73, 17.5, 22, 10, 0.6, INK)
        for n, part in enumerate(SIMULATED.upper().split(" / ")):
            page.text(LEFT + 84, 21.8 + 4 * n, part, 7, bold=True, align="center", white=True, width=20)


def _below_map(page: Paper, view: DossierView, scale: int) -> None:
    _, y = view.translate, _MAP_TOP + MAP_MM[1] + 6.4
    said = _("Scale 1:{scale} if printed at 100 % on A4; grid VN-2000 (EPSG:{epsg}) every {step} m")
    told = {"scale": grid_lines.label(scale), "epsg": view.row.official_epsg, "step": grid_lines.step_of(scale)}
    page.text(LEFT, y, said.format(**told), 6, width=MAP_MM[0] + 6)
    approximate = any(unit.approximate for unit in view.communes)
    names = [_("other place"), _("commune boundary (approximate)") if approximate else _("commune boundary")]
    x = LEFT
    for pen, name in zip((NEIGHBOUR, COMMUNE), names, strict=True):
        at = [y + 2.1, y + 2.1]
        page.axes.plot([x, x + 9], at, color=pen.colour, linewidth=pen.width, linestyle=pen.dashes)
        page.text(x + 10.5, y + 3, name, 6)
        x += 13 + paper.width_mm(name, 6) + 4


def _foot(page: Paper, view: DossierView) -> None:
    _ = view.translate
    until = words.moment(view.told_until, view.language) if view.told_until else "–"
    said = [_("Told from the events recorded until {until}.").format(until=until)]
    if view.unconfirmed:
        said.append(_("What nobody has confirmed is to be checked; nothing is concluded."))
    said.append(_("The log of events is evidence; this page is drawn from it."))
    page.rule(LEFT, _BOTTOM + 1.2, RIGHT, 0.4)
    page.text(LEFT, _BOTTOM + 4.6, " ".join(said), 6.4, grey=True, width=RIGHT - LEFT)
