"""The demonstration: one simulated season over a real commune, through the whole path. Nothing in it was observed."""

import dataclasses
import shutil
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eradication import config, simulation
from eradication.domain import PatrolFile, Season
from eradication.errors import N_, UnusableInput
from eradication.pipeline import accounts, documents, main_path, outputs, plot_answers
from eradication.pipeline.handing_in import PatrolOptions
from eradication.pipeline.kept import Wanted
from eradication.pipeline.main_path import Monitoring
from eradication.pipeline.workspace import Workspace, created, latest_closed_season, settings_for
from eradication.progress import Stage, quiet

MARKER = ".simulated-demo"
"""File that says a folder was made by the demonstration and may be made anew."""

VISITS_PER_PLOT = 2.0
"""Candidates that the simulated patrols visit, per simulated plot of class A or B."""

FEWEST_PLOTS = 12
"""A small chip holds more plots than its area would, so that every outcome is seen."""

MOST_CANDIDATES = 150
"""Several times what the simulated patrols can visit, and few enough for a first map to be read."""

SEARCH_RADIUS_M = 25.0


@dataclass(frozen=True, slots=True)
class Scene:
    """The simulated season and where its files are."""

    season: Season
    world: simulation.World
    files: simulation.WorldFiles


def run(folder: Path, *, seed: int, size_px: int, language: str, stage: Stage = quiet) -> dict[str, Any]:
    """Build the season in ``folder`` and run every step on it, through the same functions as the commands.

    Raises:
        UnusableInput: ``folder_in_use`` if the folder holds something else.
    """
    began = time.monotonic()
    _clear(folder)
    season = latest_closed_season(datetime.now(UTC))
    with created(folder, _settings(season, language)) as workspace:
        (folder / MARKER).touch()
        main_path.found_workspace(workspace)
        scene = _simulate(folder, season, seed, size_px, stage)
        files = _hand_in(workspace, scene.files.patrols, stage)
        what = Monitoring(season, str(scene.files.catalog))
        monitored = main_path.monitor(workspace, what, stage)
        visited = main_path.record_visits(workspace, _patrols_go(workspace, scene), stage=stage)
        written = _write(workspace, season, language, stage)
        ledger = accounts.ledger(workspace, accounts.Question(season))
    return {
        "workspace": str(folder),
        "simulated": True,
        "season": season.label,
        "patrols": sum(len(file.patrols) for file in files),
        "monitor": monitored,
        "visits": len(visited["visits"]),
        "ledger": ledger,
        "written": written,
        "imagery": str(scene.files.catalog),
        "samples": str(scene.files.visits),
        "seconds": round(time.monotonic() - began, 1),
    }


def _settings(season: Season, language: str) -> config.Settings:
    base = settings_for("Sơn La", language=language, simulated=True, season=season)
    return dataclasses.replace(
        base,
        candidates=dataclasses.replace(base.candidates, most=MOST_CANDIDATES),
        terrain=dataclasses.replace(base.terrain, dem="simulated/dem/dem.json"),
        plan=dataclasses.replace(base.plan, posts="simulated/posts.csv"),
    )


def _clear(folder: Path) -> None:
    if (folder / MARKER).is_file():
        shutil.rmtree(folder)
    elif folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UnusableInput(
            "folder_in_use",
            N_("The folder is not empty and was not made by the demonstration."),
            where=str(folder),
            hint=N_("Name a new folder: eradication demo DIR"),
        )


def _simulate(folder: Path, season: Season, seed: int, size_px: int, stage: Stage) -> Scene:
    tick = stage(N_("Simulating a season"))
    recipe = simulation.Recipe(seed=seed, season=season, size_px=size_px)
    if recipe.plot_count < FEWEST_PLOTS:
        recipe = dataclasses.replace(recipe, plots=FEWEST_PLOTS)
    world = simulation.build(recipe)
    return Scene(season, world, simulation.write(world, folder / "simulated", dem=True, tick=tick))


def _hand_in(workspace: Workspace, paths: tuple[Path, ...], stage: Stage) -> list[PatrolFile]:
    """Each simulated unit hands in its own tracks; their names begin with its code."""
    files: list[PatrolFile] = []
    tick = stage(N_("Patrol tracks"))
    for unit in sorted({path.name.partition("-")[0] for path in paths}):
        own = [path for path in paths if path.name.startswith(f"{unit}-")]
        files += main_path.record_patrols(workspace, own, PatrolOptions(unit=unit))
        tick(len(files), len(paths))
    return files


def _patrols_go(workspace: Workspace, scene: Scene) -> Path:
    """Let simulated patrols visit the best candidates and stumble on plots nobody foretold."""
    candidates = plot_answers.plots(workspace, Wanted(scene.season))["plots"]
    larger = sum(plot.klass != "C" for plot in scene.world.plots)
    first = candidates[: max(5, round(VISITS_PER_PLOT * larger))]
    places = [
        {"plot_id": p["id"], "lon": p["lon"], "lat": p["lat"], "radius_m": SEARCH_RADIUS_M, "selection_mode": "score"}
        for p in first
    ]
    own_finds = simulation.chance_finds(scene.world, places, count=max(2, (len(scene.world.plots) - larger) // 3))
    rows = simulation.visits_for(scene.world, [*places, *own_finds], seed=1)
    # For trying `photos import` and `units import`; the demonstration itself does not read them.
    simulation.write_units(scene.files.visits.with_name("units.csv"))
    simulation.write_posts(scene.world, scene.files.visits.with_name("posts.csv"))
    simulation.write_photos(rows, places, scene.files.visits.with_name("photos"))
    return simulation.write_table(rows, scene.files.visits.with_name("patrol-visits.csv"))


def _write(workspace: Workspace, season: Season, language: str, stage: Stage) -> list[str]:
    out = workspace.folder / "outputs"
    tick = stage(N_("Map, report, plots"))
    outputs.draw_map(workspace, out / "map.html", season, language)
    tick(1, 3)
    papers = [out / f"report.{ending}" for ending in documents.FORMATS]
    documents.write_report(workspace, papers, season, language)
    tick(2, 3)
    outputs.export_plots(workspace, out / "plots.gpkg", season)
    tick(3, 3)
    return [str(path) for path in (out / "map.html", *papers, out / "plots.gpkg")]
