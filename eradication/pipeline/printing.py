"""Sheets of paper for a unit without a phone, the table for whoever types them in, and the record of both."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eradication.domain import TIMEZONE, Episode, EventKind, Json, State
from eradication.domain.form_number import form_number
from eradication.i18n import translator
from eradication.pipeline import carrying, errands, outputs, projection, units
from eradication.pipeline.errands import Errand
from eradication.pipeline.workspace import Workspace, write_whole
from eradication.progress import Stage, quiet

if TYPE_CHECKING:
    from eradication.report.sheets import SheetsView

_AROUND_DEGREES = 0.05
"""Places farther away from one are on no map of it that is printed."""
_SETTLED = (State.DISMISSED, State.REJECTED)


@dataclass(frozen=True, slots=True)
class Printing:
    """How sheets are printed."""

    scale: int = 0
    """Number below the line of the scale; 0 = 5000. Where a place is larger than the map, a smaller scale is taken."""
    table: Path | None = None
    """CSV file for the typist to write as well."""
    curves: bool = True
    """Draw the season of each place where its imagery is on this computer."""


def print_sheets(
    workspace: Workspace, out: Path, errand: Errand, how: Printing, language: str, stage: Stage = quiet
) -> dict[str, Any]:
    """Write a PDF with a page for each place, and put on record which places went to whom.

    Raises:
        UnusableInput: ``nothing_to_visit``, ``no_such_plot``, ``of_another_unit``, ``protected_path``,
            ``no_such_folder``.
        StorageFailed: the disk or the store refused.
    """
    from eradication.report import sheets

    carrying.check_place(workspace, out, ".pdf")
    if how.table:
        carrying.check_place(workspace, how.table, ".csv")
    errand = replace(errand, unit=units.spelling(workspace, errand.unit))
    episodes = errands.places(workspace, errand)
    view = _view(workspace, errand, how, language, episodes, stage)
    forms: list[Json] = [{"form": sheet.number, "plot_id": sheet.row.episode.plot.id} for sheet in view.sheets]
    body = errands.told_of(errand, episodes) | {"forms": forms}
    content = sheets.render(view)
    sha256 = carrying.recorded(workspace, out, EventKind.SHEETS_PRINTED, body, content)
    if how.table is not None:
        write_whole(how.table, "\ufeff" + sheets.table(view))  # the mark tells spreadsheets that it is UTF-8
    return {
        "written": [str(path) for path in (out, how.table) if path is not None],
        "sha256": sha256,
        "unit": errand.unit,
        "season": view.season.label,
        "pages": len(view.sheets),
        "forms": forms,
        "without_curve": sum(sheet.curve is not None and not sheet.curve for sheet in view.sheets),
        "simulated": view.simulated,
    }


def _view(
    workspace: Workspace, errand: Errand, how: Printing, language: str, episodes: Sequence[Episode], stage: Stage
) -> "SheetsView":
    from eradication.pipeline import season_curves
    from eradication.report import sheets

    season = errands.season_of(errand)
    known = projection.in_season(projection.replayed(workspace).episodes, season)
    day = (errand.day or datetime.now(UTC)).astimezone(TIMEZONE).date()
    curves = season_curves.of_plots(workspace, episodes, stage) if how.curves else {}
    pages = [
        sheets.PlotSheet(
            row=row,
            number=form_number(episode.plot.code, episode.plot.id, season.label, errand.unit, day.isoformat()),
            neighbours=outputs.rows_of(workspace, _around(episode, known, errand.unit)),
            curve=curves.get(episode.plot.id, {}) if how.curves else None,
        )
        for episode, row in zip(episodes, outputs.rows_of(workspace, episodes, day), strict=True)
    ]
    return sheets.SheetsView(
        unit=errand.unit,
        season=season,
        printed=day,
        sheets=pages,
        communes=projection.units_on(workspace),
        scale=how.scale or sheets.DEFAULT_SCALE,
        simulated=projection.is_simulated(workspace),
        language=language,
        translate=translator(language),
    )


def _around(episode: Episode, known: Sequence[Episode], unit: str) -> list[Episode]:
    """Return the places near one that its unit may see: its own, and those that nobody is assigned to."""
    west, south, east, north = episode.plot.geometry.buffer(_AROUND_DEGREES).bounds
    near = []
    for other in known:
        at = other.plot.geometry.centroid
        is_near = west <= at.x <= east and south <= at.y <= north and other.plot.id != episode.plot.id
        if is_near and other.state not in _SETTLED and other.unit in ("", unit or episode.unit):
            near.append(other)
    return near
