"""What leaves the system: the ledger, the map, the report, files of plots.

Writers of maps and files are loaded when they are used: they take seconds to load, and the ledger needs none.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from eradication.domain import Episode, EventKind, Json, Season
from eradication.errors import N_, UnusableInput
from eradication.i18n import translator
from eradication.ingest import smoothing
from eradication.pipeline import accounts, harvesting, projection, thinned
from eradication.pipeline.workspace import Workspace, check_output, disk_errors_explained, write_whole
from eradication.progress import Stage, quiet
from eradication.report.view import MapView, PlotRow, Track

_PAGES = (".html", ".htm", ".pdf", ".docx", ".xlsx")

if TYPE_CHECKING:
    from eradication.pipeline.scan import Scanned
    from eradication.progress import Tick
    from eradication.raster import Window
    from eradication.report.chips import Pair
    from eradication.report.seen import Seen


def write_layers(workspace: Workspace, scanned: "Scanned", answer: Mapping[str, Json], tick: "Tick") -> Path:
    """Write what a run says of every pixel; return the path of its STAC item."""
    from eradication.pipeline import scan
    from eradication.report import rasters

    archive = scanned.scan.archive
    facts = {name: answer[name] for name in ("run", "season", "model", "score_kind", "simulated", "unobserved_share")}
    facts["earlier_years"] = [*scanned.earlier_years]
    total = len(scanned.scan.windows)

    def parts() -> "Iterator[tuple[Window, dict[str, Any]]]":
        for done, part in enumerate(scan.layers(scanned), start=1):
            yield part
            tick(done, total)

    folder = workspace.folder / "outputs" / "runs" / str(answer["run"])
    with disk_errors_explained(workspace.folder):
        return rasters.write(
            folder,
            archive.grid,
            parts(),
            facts,
            (projection.moment(archive.times.min()), projection.last_look(archive.times)),
            translator(workspace.settings.workspace.language),
            earlier=bool(scanned.earlier_years),
        )


def draw_map(
    workspace: Workspace, out: Path, season: Season, language: str, *, pictures: bool = True, stage: Stage = quiet
) -> dict[str, Any]:
    """Write ``out``, one HTML file that needs no network; ``pictures`` = with those of places before and after."""
    from eradication.report import map as maps

    check_output(workspace, out)
    told = projection.replayed(workspace)
    rows = rows_of(workspace, [e for e in told.episodes if e.season == season], harvesting.today())
    past = rows_of(workspace, [e for e in told.episodes if e.season < season])
    chips = _pictures(workspace, rows, past, stage) if pictures else None
    view = MapView(
        province=workspace.settings.workspace.province,
        season=season,
        as_of=datetime.now(UTC),
        plots=rows,
        past=past,
        communes=tuple(projection.units_on(workspace)),
        tracks=tuple(_tracks(workspace, season)),
        simulated=projection.is_simulated(workspace),
        scene_classification=all(run.get("scene_classification", True) for run in runs(workspace, season)),
        seen=_seen(workspace, season),
        chips=chips,
        remaining=_remaining(workspace, {row.episode.season for row in (*rows, *past)}),
        language=language,
        translate=translator(language),
    )
    page = maps.render(view)
    write_whole(out, page)
    told_of = {"written": [str(out)], "plots": len(view.plots), "past": len(past), "tracks": len(view.tracks)}
    told_of["thinned"] = _thinned(workspace, season)
    return told_of | {"bytes": len(page.encode()), "pictures": _told_of_pictures(chips, len(rows) + len(past))}


def _thinned(workspace: Workspace, season: Season) -> int:
    """Return how many patrols of a season have no line on the map because their tracks were thinned to effort."""
    ids = [str(event.payload["patrol"]["id"]) for event in _patrols_of(workspace, season)]
    return len(thinned.since(workspace, ids)) if ids else 0


def _pictures(
    workspace: Workspace, rows: Sequence[PlotRow], past: Sequence[PlotRow], stage: Stage
) -> "dict[tuple[str, str], Pair]":
    from eradication.pipeline import chips
    from eradication.report import map_chips

    return chips.of_episodes(workspace, [row.episode for row in map_chips.most_important(rows, past)], stage)


def _told_of_pictures(chips: "Mapping[tuple[str, str], Pair] | None", places: int) -> dict[str, int] | None:
    """Return of how many places the map holds pictures, has none, and of how many they were left out."""
    if chips is None:
        return None
    shown = sum(not pair.why for pair in chips.values())
    return {"places": shown, "none": len(chips) - shown, "left_out": places - len(chips)}


def _remaining(workspace: Workspace, seasons: Iterable[Season]) -> dict[str, dict[str, int]]:
    """Return season → code of each commune in which something was detected → what of it is not verified, m²."""
    told = {}
    for season in seasons:
        rows = accounts.rows(workspace, accounts.Question(season))
        told[season.label] = {str(r["key"]): int(r["remaining_m2"]) for r in rows if r["key"] and r["detected_m2"]}
    return told


def _seen(workspace: Workspace, season: Season) -> "Seen | None":
    """Return how often the season's newest run saw each place, ``None`` if its maps are gone."""
    from rasterio.errors import RasterioError

    from eradication.report import seen

    for run in reversed(runs(workspace, season)):
        clear = workspace.folder / "outputs" / "runs" / str(run["run"]) / "clear.tif"
        try:
            return seen.picture(clear) if clear.is_file() else None
        except (RasterioError, OSError):
            return None
    return None


def page_in(workspace: Workspace, folder: Path | None, name: str) -> Path | None:
    """Return the path of a page in a folder, ``None`` without a folder; asked before the work that fills it.

    Raises:
        UnusableInput: ``protected_path``, or ``is_a_directory``.
    """
    if folder is not None:
        check_output(workspace, folder / name)
    return None if folder is None else folder / name


def folder_of_pages(out: Path) -> Path:
    """Return a folder that pages are written into.

    Raises:
        UnusableInput: ``not_a_folder``: it is a file, or named like one.
    """
    if out.is_file() or (out.suffix.lower() in _PAGES and not out.is_dir()):
        message = N_("A folder is to be named here, not a file.")
        hint = N_("Name the folder, e.g. --out {folder}; the page in it gets its name by itself.")
        raise UnusableInput("not_a_folder", message, where=str(out), hint=hint, values={"folder": str(out.parent)})
    return out


def write_evaluation(workspace: Workspace, out: Path, answer: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Write the answer of ``evaluate`` as one printable HTML page that needs no network."""
    from eradication.report import evaluation

    province = workspace.settings.workspace.province
    view = evaluation.EvaluationView(answer, language, translator(language), province)
    write_whole(out, evaluation.render(view))
    return {"written": [str(out)]}


def write_explanation(workspace: Workspace, out: Path, answer: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Write the answer of ``models explain`` as one printable HTML page that needs no network."""
    from eradication.report import explanation
    from eradication.report.model_page import AnswerView

    write_whole(out, explanation.render(AnswerView(answer, language, translator(language))))
    return {"written": [str(out)]}


def write_risk_evaluation(workspace: Workspace, out: Path, answer: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Write the answer of ``risk evaluate`` as one printable HTML page that needs no network."""
    from eradication.report import risk_evaluation

    province = workspace.settings.workspace.province
    view = risk_evaluation.RiskEvaluationView(answer, language, translator(language), province)
    write_whole(out, risk_evaluation.render(view))
    return {"written": [str(out)]}


def export_plots(
    workspace: Workspace,
    out: Path,
    season: Season | None,
    form: str = "",
    only: Collection[tuple[str, str]] | None = None,
    mark: str = "",
) -> dict[str, Any]:
    """Write plots, one feature per plot and season, as ``form`` (``gpx`` …) or in the format of ``out``'s ending.

    Args:
        workspace: whose plots.
        out: file to write.
        season: only of this season.
        form: format; empty = by the ending.
        only: ids of plots with their seasons; ``None`` = all.
        mark: whom the file is given to; it stands in every row.
    """
    from eradication.report import exchange

    check_output(workspace, out)
    episodes = projection.in_season(projection.replayed(workspace).episodes, season)
    chosen = [e for e in episodes if only is None or (e.plot.id, e.season.label) in only]
    rows = [replace(row, mark=mark) for row in rows_of(workspace, chosen)]
    with disk_errors_explained(out):
        exchange.export(rows, out, form)
    return {"written": [str(out)], "plots": len(rows)}


def runs(workspace: Workspace, season: Season, as_of: datetime | None = None) -> list[dict[str, Any]]:
    """Return the answers of the runs of a season, oldest first; with ``as_of`` those recorded until then."""
    events = workspace.store.events(as_of=as_of, kinds=[EventKind.RUN_FINISHED])
    return [dict(event.payload) for event in events if event.payload["season"] == season.label]


def rows_of(
    workspace: Workspace, episodes: Sequence[Episode], day: date | None = None, as_of: datetime | None = None
) -> tuple[PlotRow, ...]:
    """Return episodes as every output shows them; with a local ``day``, with the clock of the harvest on it.

    With ``as_of`` communes are named as they were known then.
    """
    communes = projection.names(workspace, as_of=as_of)
    simulated = projection.is_simulated(workspace, as_of)
    epsg = workspace.settings.workspace.official_epsg
    clocks = [None] * len(episodes) if day is None else harvesting.shown(workspace, episodes, day)
    return tuple(
        PlotRow(e, communes.get(e.plot.commune_code, ""), simulated, epsg, clock)
        for e, clock in zip(episodes, clocks, strict=True)
    )


def _patrols_of(workspace: Workspace, season: Season) -> list[Any]:
    events = workspace.store.events(kinds=[EventKind.PATROL_RECORDED])
    return [event for event in events if Season.of(event.happened_at) == season]


def _tracks(workspace: Workspace, season: Season) -> list[Track]:
    recorded = {event.payload["patrol"]["id"]: event.payload["patrol"] for event in _patrols_of(workspace, season)}
    drawn: list[Track] = []
    for patrol_id, fixes in workspace.store.tracks(recorded) if recorded else ():
        summary = recorded[patrol_id]
        lonlat = np.column_stack(smoothing.smoothed(fixes, workspace.settings.cleaning.agility))
        if len(lonlat) > 1:
            drawn.append(Track(str(summary["unit"]), str(summary["name"]), _when(summary["start"]), lonlat))
    return drawn


def _when(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
