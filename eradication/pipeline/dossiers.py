"""Dossiers: one page for each plot with all that is on record of it, and the record of every page that was written."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eradication.domain import Episode, Event, EventKind, Json, Period, Season
from eradication.errors import N_, UnusableInput
from eradication.history import History
from eradication.pipeline import accounts, carrying, dossier_desk, outputs, periods, projection, units
from eradication.pipeline.dossier_desk import Ground, Manner
from eradication.pipeline.question import Question
from eradication.pipeline.workspace import Workspace, check_output
from eradication.progress import Stage, quiet
from eradication.report import words
from eradication.report.popup import UNCHECKED

if TYPE_CHECKING:
    from eradication.report.dossier import DossierView


@dataclass(frozen=True, slots=True)
class Wish:
    """Of which plots dossiers are wanted, and how."""

    plots: Sequence[str] = ()
    """Ids, codes or aliases; empty = all that people found in the season, in the period, of the unit."""
    season: Season | None = None
    """``None`` = the latest of each named plot; without names that of the workspace."""
    period: Period | None = None
    """Its plots, told as of its close if it is closed; instead of a season."""
    unit: str = ""
    """Only plots that this unit answers for."""
    photos: bool = False
    """Show photos: faces may be on them, so they are left out unless somebody asks for them."""
    curves: bool = True
    scale: int = 0
    """Number below the line of the maps' scale; 0 = the usual one."""


def write(workspace: Workspace, out: Path, wish: Wish, language: str, stage: Stage = quiet) -> dict[str, Any]:
    """Write a PDF for each plot, and put on record which page was written of what.

    Args:
        workspace: knows the plots.
        out: a PDF file if one plot is named, else a folder.
        wish: which plots.
        language: of the pages.
        stage: told how far it is.

    Raises:
        UnusableInput: ``no_such_plot``, ``no_plots``, ``unknown_unit``, ``not_a_folder``, ``protected_path``,
            ``no_such_folder``.
        StorageFailed: the disk or the store refused.
    """
    wish = replace(wish, unit=units.on_record(workspace, wish.unit))
    choice = _Choice(workspace, wish)
    episodes = choice.chosen()
    files = _files(workspace, out, episodes, wish)
    ground = Ground(workspace, choice.told, choice.events, choice.question, stage)
    views = dossier_desk.views(ground, episodes, Manner(language, wish.photos, wish.curves, wish.scale))
    written, tick = [], stage(N_("Dossiers"))
    for done, (file, view) in enumerate(zip(files, views, strict=True), start=1):
        written.append(_written(workspace, file, view, wish))
        tick(done, len(files))
    return {
        "written": [str(file) for file in files],
        "dossiers": written,
        "unconfirmed_left_out": choice.unconfirmed,
        "photos_shown": wish.photos,
        "simulated": projection.is_simulated(workspace),
    }


def _files(workspace: Workspace, out: Path, episodes: Sequence[Episode], wish: Wish) -> list[Path]:
    """Return where each page is written, after making sure that it can be."""
    if out.suffix.lower() == ".pdf" and len(wish.plots) == 1:
        carrying.check_place(workspace, out, ".pdf")
        return [out]
    folder = outputs.folder_of_pages(out)
    names = [_name(episode) for episode in episodes]
    files = [folder / name for name in names]
    for file in files:
        check_output(workspace, file)
    folder.mkdir(parents=True, exist_ok=True)
    return files


def _name(episode: Episode) -> str:
    code = words.in_file_name(episode.plot.code or episode.plot.id)
    return f"dossier-{code}-{episode.season.label}.pdf"


def _written(workspace: Workspace, file: Path, view: "DossierView", wish: Wish) -> dict[str, Any]:
    from eradication.report import dossier

    episode = view.row.episode
    shown: list[Json] = [shot.sha256 for shot in view.shots if shot.rgb is not None]
    body: dict[str, Json] = {"plots": [episode.plot.id], "season": episode.season.label, "unit": wish.unit}
    body |= {"photos": shown}
    sha256 = carrying.recorded(workspace, file, EventKind.DOSSIERS_WRITTEN, body, dossier.render(view))
    return {
        "plot": episode.plot.id,
        "code": episode.plot.code,
        "season": episode.season.label,
        "state": str(episode.state),
        "file": str(file),
        "sha256": sha256,
        "pictures": sum(side.chip is not None for side in view.pair.sides),
        "curve": bool(view.curve),
        "photos": len(view.shots),
        "photos_shown": len(shown),
        "events": len(view.entries),
        "events_left_out": dossier.left_out(view),
    }


class _Choice:
    """Finds the plots that are asked for, and what tells of them."""

    def __init__(self, workspace: Workspace, wish: Wish) -> None:
        self.workspace, self.wish = workspace, wish
        self.unconfirmed = 0
        """Places that nobody looked at, of which no dossier was asked for by name."""

    @cached_property
    def question(self) -> Question:
        """What the period asks; without one, the season as of now."""
        if self.wish.period is not None:
            return periods.asked(self.workspace, self.wish.period, unit=self.wish.unit)
        return Question(self.wish.season or self.workspace.season, unit=self.wish.unit)

    @cached_property
    def events(self) -> list[Event]:
        """All that is recorded until then."""
        return self.workspace.store.events(as_of=self.question.as_of)

    @cached_property
    def teller(self) -> accounts.Teller:
        """Who tells the ledger of it."""
        return accounts.Teller(self.workspace, self.question)

    @cached_property
    def told(self) -> History:
        """What the events tell."""
        if self.wish.period is not None:
            return self.teller.replay
        return projection.replayed(self.workspace, events=self.events)

    def chosen(self) -> list[Episode]:
        """Return the plots and seasons that dossiers are wanted of."""
        if self.wish.plots:
            found = [self._named(name) for name in dict.fromkeys(self.wish.plots)]
            return list({(e.plot.id, e.season): e for e in found}.values())
        mine = self._asked_for()
        found = [episode for episode in mine if episode.state not in UNCHECKED and episode.detected_at is not None]
        self.unconfirmed = sum(episode.state in UNCHECKED for episode in mine)
        if not found:
            raise UnusableInput(
                "no_plots",
                N_("There is no plot that somebody found there and then."),
                hint=N_("`eradication plots list` shows plots by season; name one to get the dossier of a candidate."),
            )
        return sorted(found, key=lambda e: (e.season, e.plot.code))

    def _asked_for(self) -> list[Episode]:
        if self.wish.period is not None:
            _, entries, before = self.teller.told()
            keys = {entry.key for entry in self.question.scope.chosen(entries, before)}
            return [e for e in self.told.episodes if (e.plot.id, e.season.label) in keys]
        code, mine = (
            units.tables_of(self.workspace).code,
            projection.in_season(self.told.episodes, self.question.season),
        )
        return [e for e in mine if not self.wish.unit or self.wish.unit in (e.unit, code(e.unit))]

    def _named(self, name: str) -> Episode:
        plot = self.told.plot(name)
        wanted = self.wish.season
        known = [e for e in self.told.episodes if plot and e.plot.id == plot.id and wanted in (None, e.season)]
        if not known:
            raise UnusableInput(
                "no_such_plot",
                N_("There is no plot '{wanted}'."),
                hint=N_("`eradication plots list` shows ids and codes."),
                values={"wanted": name},
            )
        return max(known, key=lambda episode: episode.season)
