"""What a unit is sent out with: the places that are its own to check, as a package for phones or as sheets of paper.

A unit gets what is assigned to it and what nobody is assigned to, never what another unit is assigned to.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eradication.domain import Episode, EventKind, Json, Season, State
from eradication.errors import N_, UnusableInput
from eradication.i18n import translator
from eradication.pipeline import carrying, outputs, projection, units
from eradication.pipeline.workspace import Workspace

OPEN = (State.CANDIDATE, State.ASSIGNED, State.NOT_REACHED)
OWN = (*OPEN, State.DETECTED, State.REGROWN)
"""States in which a place still asks something of the unit that answers for it."""


@dataclass(frozen=True, slots=True)
class Errand:
    """Whom the places are for, and which."""

    unit: str
    """Code of the unit; empty for places that are named one by one."""
    season: Season | None = None
    """``None`` = the season of the day."""
    day: datetime | None = None
    """Day for which it is made, ``None`` = today. A day in a season that is over asks of what has expired since."""
    plots: Sequence[str] = ()
    """Ids, codes or aliases; empty = all that are the unit's to check."""
    communes: Sequence[str] = ()
    """Codes of communes; empty = all."""


def season_of(errand: Errand) -> Season:
    """Return the season the places are of."""
    return errand.season or Season.of(errand.day or datetime.now(UTC))


def write_package(workspace: Workspace, out: Path, errand: Errand, language: str) -> dict[str, Any]:
    """Write the field package of a unit, a GeoPackage for QField and QGIS, and put on record what it holds.

    Raises:
        UnusableInput: ``unit_missing``, ``nothing_to_visit``, ``no_such_plot``, ``protected_path``, ``no_such_folder``.
    """
    from eradication.report import field_package

    carrying.check_place(workspace, out, ".gpkg")
    if not errand.unit.strip():
        raise UnusableInput(
            "unit_missing", N_("A package is made for one unit."), hint=N_("Name the code of the unit, e.g. BP01.")
        )
    errand = replace(errand, unit=units.spelling(workspace, errand.unit))
    episodes = places(workspace, errand)
    view = field_package.PackageView(
        unit=errand.unit,
        season=season_of(errand),
        plots=outputs.rows_of(workspace, episodes),
        communes=projection.units_on(workspace),
        simulated=projection.is_simulated(workspace),
        language=language,
        translate=translator(language),
    )
    content = field_package.pack(view)
    sha256 = carrying.recorded(workspace, out, EventKind.FIELD_PACKAGE_WRITTEN, told_of(errand, episodes), content)
    return {
        "written": [str(out)],
        "sha256": sha256,
        "unit": errand.unit,
        "season": view.season.label,
        "plots": len(episodes),
        "own": sum(episode.unit == errand.unit for episode in episodes),
        "simulated": view.simulated,
    }


def told_of(errand: Errand, episodes: Sequence[Episode]) -> dict[str, Json]:
    """Return what is put on record: for whom, of which season, which plots."""
    listed: list[Json] = [episode.plot.id for episode in episodes]
    return {"unit": errand.unit, "season": season_of(errand).label, "plots": listed}


def places(workspace: Workspace, errand: Errand) -> list[Episode]:
    """Return the places an errand leads to: those of highest score first, measured and named ones by their code.

    Raises:
        UnusableInput: ``no_such_plot``, ``of_another_unit``, ``nothing_to_visit``.
    """
    known = projection.in_season(projection.replayed(workspace).episodes, season_of(errand))
    chosen = _named(known, errand) if errand.plots else [e for e in known if is_for(e, errand)]
    chosen = [e for e in chosen if not errand.communes or e.plot.commune_code in errand.communes]
    if not chosen:
        raise _nothing(errand, known)
    return sorted(chosen, key=lambda e: (e.unit != errand.unit, -(e.score or 0.0), e.plot.code))


def is_for(episode: Episode, errand: Errand) -> bool:
    """Tell whether a place is a unit's to check: assigned to it, or open with nobody assigned."""
    over = _asks_of_the_past(errand) and episode.state is State.EXPIRED
    if episode.unit:
        return episode.unit == errand.unit and (over or episode.state in OWN)
    return over or episode.state in OPEN


def _asks_of_the_past(errand: Errand) -> bool:
    return errand.day is not None and Season.of(errand.day) == season_of(errand)


def _named(known: Sequence[Episode], errand: Errand) -> list[Episode]:
    found = []
    for wanted in dict.fromkeys(errand.plots):
        episode = next((e for e in known if wanted in (e.plot.id, e.plot.code, *e.plot.aliases)), None)
        if episode is None:
            raise UnusableInput(
                "no_such_plot",
                N_("There is no plot '{wanted}' in season {season}."),
                hint=N_("`eradication plots list` shows ids and codes."),
                values={"wanted": wanted, "season": season_of(errand).label},
            )
        if errand.unit and episode.unit not in ("", errand.unit) and episode.state in (*OPEN, State.EXPIRED):
            raise UnusableInput(
                "of_another_unit",
                N_("{code} is assigned to {unit}."),
                hint=N_("Assign it anew first, or print it for the unit it is assigned to."),
                values={"code": episode.plot.code, "unit": episode.unit},
            )
        found.append(episode)
    return found


def _nothing(errand: Errand, known: Sequence[Episode]) -> UnusableInput:
    hint = N_("`eradication plots list` shows the plots; new candidates come with new images: eradication monitor")
    if any(episode.state is State.EXPIRED for episode in known):
        hint = N_("Those that nobody visited have expired with their season; --date names a day in it.")
    return UnusableInput(
        "nothing_to_visit",
        N_("No place of season {season} is to be checked by {unit}."),
        hint=hint,
        values={"season": season_of(errand).label, "unit": errand.unit or "–"},
    )
