"""The files of a plan that a patrol takes along: map sheet, route for handhelds, field package, the plan itself.

Each is put on record with its hash before it lies there. An expired plan is not written any more.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, time
from pathlib import Path

import shapely

from eradication import geo
from eradication.domain import TIMEZONE, EventKind, Json, Season, dangers
from eradication.errors import N_, UnusableInput
from eradication.i18n import translator
from eradication.pipeline import carrying, outputs, projection
from eradication.pipeline.plans import ground, record
from eradication.pipeline.plans.record import PLOT, Made
from eradication.pipeline.plans.wish import Patrol, Wish
from eradication.pipeline.workspace import Workspace, check_output, disk_errors_explained
from eradication.report import plan_files, plan_sheet
from eradication.report.field_package import PackageView
from eradication.report.plan_ground import SheetGround
from eradication.report.words import in_file_name


def check_folder(workspace: Workspace, out: Path) -> None:
    """Make sure files can be written into a folder, before the work that makes them.

    Raises:
        UnusableInput: ``not_a_folder``, ``protected_path``.
    """
    if out.exists() and not out.is_dir():
        raise UnusableInput(
            "not_a_folder",
            N_("This is a file; a plan is several files."),
            where=str(out),
            hint=N_("Name a folder with --out; it is made if it is not there."),
        )
    check_output(workspace, out / "plan.json")


def write(workspace: Workspace, plans: Sequence[Made], out: Path, now: datetime, language: str) -> list[str]:
    """Write the files of plans into a folder and return their paths.

    Raises:
        UnusableInput: ``plan_expired``; the settings name a file that cannot be read any more.
        StorageFailed: the disk refused.
    """
    expired = next((made for made in plans if made.is_expired(now)), None)
    if expired is not None:
        raise record.expired(expired)
    with disk_errors_explained(out):
        out.mkdir(parents=True, exist_ok=True)
    written = []
    for made in plans:
        body: dict[str, Json] = {
            "unit": made.unit,
            "season": made.body["season"],
            "plots": [stop[PLOT] for stop in made.stops if stop["kind"] == PLOT],
            "plan": made.id,
        }
        for ending, content in _files(workspace, made, language).items():
            path = out / f"{in_file_name(made.unit)}-{made.body['day']}-{made.id}.{ending}"
            carrying.recorded(workspace, path, EventKind.FIELD_PACKAGE_WRITTEN, body, content(), private=True)
            written.append(str(path))
    return written


def _files(workspace: Workspace, made: Made, language: str) -> dict[str, Callable[[], bytes]]:
    below, body = below_of(workspace, made, language), dict(made.body)
    gone = {veto.name for veto in record.vetoes(workspace) if veto.plan == made.id}
    told = body | {"simulated": below.simulated, "vetoed": sorted(gone)}
    return {
        "pdf": lambda: plan_sheet.render(body, below, language=language, vetoed=gone),
        "gpx": lambda: plan_files.gpx(body, below, language=language, vetoed=gone),
        "gpkg": lambda: plan_files.package(body, _package(workspace, made, language), below, vetoed=gone),
        "json": lambda: json.dumps(told, ensure_ascii=False, indent=1).encode(),
    }


def below_of(workspace: Workspace, made: Made, language: str) -> SheetGround:
    """Return what is drawn below a plan: the ground it was made on, as the settings name it now."""
    said = translator(language)
    lon, lat = (float(degrees) for degrees in made.body["post"])
    day = datetime.combine(datetime.fromisoformat(str(made.body["day"])).date(), time(), TIMEZONE)
    wish = Wish((Patrol(made.unit, (lon, lat)),), day, float(made.body["hours"]))
    around = ground.around(workspace, wish, wish.patrols)
    history = projection.replayed(workspace)
    plots = {str(stop[PLOT]): history.plot(str(stop[PLOT])) for stop in made.stops if stop["kind"] == PLOT}
    known = {name: plot for name, plot in plots.items() if plot is not None}
    units = [unit for unit in projection.units_on(workspace, wish.date) if unit.geometry is not None]
    outlines = [geo.project(unit.geometry, geo.WGS84, geo.UTM48) for unit in units if unit.geometry is not None]
    return SheetGround(
        heights_m=around.land.heights_m,
        transform=tuple(around.land.transform)[:6],
        rivers=around.layers.get("rivers"),
        tracks=around.layers.get("tracks"),
        roads=around.layers.get("road"),
        border=around.layers.get("border"),
        communes=shapely.geometrycollections(outlines),
        hazards=[(dangers.said(one.kind.value, one.name, said), one.shape) for one in around.dangers],
        outlines={name: plot.geometry for name, plot in known.items()},
        codes={name: plot.code for name, plot in known.items()},
        commune_names=projection.names(workspace),
        official_epsg=workspace.settings.workspace.official_epsg,
        simulated=projection.is_simulated(workspace),
    )


def _package(workspace: Workspace, made: Made, language: str) -> PackageView:
    season = Season.parse(str(made.body["season"]))
    wanted = {str(stop[PLOT]) for stop in made.stops if stop["kind"] == PLOT}
    mine = [e for e in projection.replayed(workspace).episodes if e.season == season and e.plot.id in wanted]
    return PackageView(
        unit=made.unit,
        season=season,
        plots=outputs.rows_of(workspace, mine),
        communes=projection.units_on(workspace),
        simulated=projection.is_simulated(workspace),
        language=language,
        translate=translator(language),
    )
