"""A unit's map for its phones: made from what the office has on file, kept until any of that changes.

Packs lie under ``outputs/phone/<unit>/<key>/``; the key names all that a pack rests on. A phone that fetches a pack
while the next one is made gets it to its end: the one before is put away only when there is a third.
"""

import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from eradication.domain import AdminUnit, EventKind
from eradication.errors import EradicationError, UnusableInput
from eradication.i18n import translator
from eradication.pipeline import chips, projection, set_layers, units
from eradication.pipeline.reception import map_layers, map_places
from eradication.pipeline.reception.map_places import Places
from eradication.pipeline.risk.keeping import named
from eradication.pipeline.workspace import Workspace, disk_errors_explained, scans_locked
from eradication.progress import Stage, quiet
from eradication.report.chips import Chip
from eradication.report.chips import licence as licence_of
from eradication.report.map_pack import pack
from eradication.report.map_pack.view import WORDS, PackView, Remark

RULES = 1
"""To be raised when the same input is drawn otherwise."""
MOST_PICTURES = 200
KEPT = 2
"""Packs of a unit that are kept, the newest."""
FOLDER = "phone"
WITHOUT_PICTURES = "in-use"


@dataclass(frozen=True, slots=True)
class MapPack:
    """A pack on disk."""

    folder: Path
    told: Mapping[str, Any]
    """What ``pack.json`` says: key, bounds, files with bytes and SHA-256, remarks, whether it is simulated."""
    plots: frozenset[str]
    """Ids of the places that it shows."""

    def file(self, name: str) -> Path | None:
        """Return the file ``vector``, ``hillshade`` or ``imagery``, ``None`` where the pack has none."""
        return self.folder / f"{name}.pmtiles" if name in self.told["files"] else None


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a pack is made of, and under which name it lies."""

    unit: str
    moment: datetime
    places: Places
    communes: Sequence[AdminUnit]
    folder: Path

    @property
    def plots(self) -> frozenset[str]:
        """Ids of the places."""
        return frozenset(str(row["plot_id"]) for row in self.places.rows)

    @property
    def day(self) -> date:
        """Local day of the dangers."""
        return projection.day_of(None, self.moment)


def remarks(pack: MapPack, language: str) -> list[str]:
    """Return what must be known of a map, as sentences: which layers are missing and why, what is only approximate."""
    said = translator(language)
    return [
        f"{said(WORDS[one['part']])}: {said(one['message']).format(**one['values'])}" for one in pack.told["remarks"]
    ]


def ready(workspace: Workspace, unit: str, now: datetime | None = None) -> MapPack | str:
    """Return the map of a unit if it lies there as things are now; else the key under which :func:`of_unit` makes it.

    An older one is never given: places on it may be another unit's by now.

    Raises:
        UnusableInput: ``unit_missing``, ``no_ground``.
    """
    wanted = _wanted(workspace, unit, now)
    kept = _kept(wanted)
    if kept is None and _in_use(workspace):
        wanted = _without_pictures(wanted)
        kept = _kept(wanted)
    return kept or f"{wanted.folder.parent.name}/{wanted.folder.name}"


def of_unit(workspace: Workspace, unit: str, now: datetime | None = None, stage: Stage = quiet) -> MapPack:
    """Return the map of a unit as things are now, made if it is not there yet; making one takes up to a minute.

    Nothing of it is another unit's: places are read as the unit's people may see them.

    Args:
        workspace: what is on file.
        unit: code or name, however it is typed.
        now: day of the dangers, plans that hold; ``None`` = by the clock.
        stage: told how the pictures get on.

    Raises:
        UnusableInput: ``unit_missing``, ``no_ground``.
        StorageFailed: the disk refused.
    """
    wanted = _wanted(workspace, unit, now)
    kept, busy = _kept(wanted), False
    if kept is None and (busy := _in_use(workspace)):
        wanted = _without_pictures(wanted)
        kept = _kept(wanted)
    return kept or _made(workspace, wanted, busy, stage)


def _without_pictures(wanted: "_Wanted") -> "_Wanted":
    """Return what is made while a run holds the imagery; not the last word: asked again it is made with pictures."""
    return replace(wanted, folder=wanted.folder.with_name(f"{wanted.folder.name}-{WITHOUT_PICTURES}"))


def _wanted(workspace: Workspace, unit: str, now: datetime | None) -> _Wanted:
    moment = now or datetime.now(UTC)
    code = units.spelling(workspace, unit)
    above = workspace.folder / "outputs" / FOLDER / _folder_name(workspace, code)
    communes = projection.units_on(workspace, projection.day_of(None, moment))
    wanted = _Wanted(code, moment, map_places.of_unit(workspace, code, moment), communes, above)
    return replace(wanted, folder=above / named([pack.VERSION, RULES, code, *_rests_on(workspace, wanted)]))


def _kept(wanted: _Wanted) -> MapPack | None:
    told = pack.read(wanted.folder)
    return None if told is None else MapPack(wanted.folder, told, wanted.plots)


def _made(workspace: Workspace, wanted: _Wanted, busy: bool, stage: Stage) -> MapPack:
    folder = wanted.folder
    with disk_errors_explained(folder):
        shutil.rmtree(folder, ignore_errors=True)  # half a pack, from a disk that failed
        told = pack.write(_view(workspace, wanted, busy, stage), folder, folder.name)
        _tidy(folder)
    return MapPack(folder, told, wanted.plots)


def _view(workspace: Workspace, wanted: _Wanted, busy: bool, stage: Stage) -> PackView:
    places = wanted.places
    found = map_layers.gathered(workspace, places.bounds, wanted.communes, wanted.day)
    pictures, about = ([], [Remark.of("imagery", "in_use")]) if busy else _pictures(workspace, places, stage)
    simulated = projection.is_simulated(workspace)
    both = " / ".join(translator(language)("simulated") for language in ("vi", "en"))
    licence = licence_of(pictures, translator(workspace.settings.workspace.language))
    return PackView(
        unit=wanted.unit,
        season=workspace.season_of(wanted.moment).label,
        bounds=places.bounds,
        heights=found.heights,
        layers=found.layers | map_places.features(places.rows),
        pictures=pictures,
        remarks=(*places.remarks, *found.remarks, *about),
        simulated=simulated,
        attribution=" · ".join([both, *licence] if simulated else licence),
    )


def _pictures(workspace: Workspace, places: Places, stage: Stage) -> tuple[list[Chip], list[Remark]]:
    """Return the latest clear picture of each place, the most important last, and what is to be known of them."""
    if not places.rows:
        return [], []
    wanted = {(row["plot_id"], row["season"]): n for n, row in enumerate(places.rows[:MOST_PICTURES])}
    told = projection.replayed(workspace).episodes
    mine = [episode for episode in told if (episode.plot.id, episode.season.label) in wanted]
    pairs = chips.of_episodes(workspace, mine, stage)
    latest = {key: pair.after.chip or pair.before.chip for key, pair in pairs.items()}
    found = [chip for key in sorted(wanted, key=lambda k: -wanted[k]) if (chip := latest.get(key)) is not None]
    remarks = [Remark.of("imagery", "no_pictures")] if not found else []
    fewer = [Remark.of("imagery", "fewer_pictures", most=MOST_PICTURES)] if len(places.rows) > MOST_PICTURES else []
    return found, remarks + fewer


def _in_use(workspace: Workspace) -> bool:
    """Tell whether a run holds the imagery: then nothing can be cut out of it."""
    try:
        with scans_locked(workspace):
            return False
    except UnusableInput:
        return True


def _rests_on(workspace: Workspace, wanted: _Wanted) -> Iterator[object]:
    settings, places = workspace.settings, wanted.places
    yield places.bounds, [[(k, _said(v)) for k, v in sorted(row.items())] for row in places.rows]
    yield places.remarks
    yield [(u.code, u.name, u.approximate, u.geometry and u.geometry.wkb_hex) for u in wanted.communes]
    for section, name in [*(one[1:] for one in map_layers.FILES), ("plan", "hazards"), ("terrain", "dem")]:
        yield section, name, _stamp(set_layers.path(settings, workspace.folder, section, name))
    yield _tiles_of_heights(workspace)
    yield wanted.day if settings.plan.hazards else None
    yield projection.is_simulated(workspace), settings.imagery, settings.workspace.language
    yield [(event.origin, event.number) for event in workspace.store.events(kinds=[EventKind.RUN_FINISHED])]


def _said(value: object) -> object:
    return getattr(value, "wkb_hex", value)


def _stamp(path: Path | None) -> object:
    """Name a file by its size and time: heights are too large to be read for it."""
    if path is None or not path.is_file():
        return path is not None and path.exists()
    about = path.stat()
    return about.st_size, about.st_mtime_ns


def _tiles_of_heights(workspace: Workspace) -> object:
    try:
        model = set_layers.heights(workspace.settings, workspace.folder)
    except EradicationError as error:
        return error.kind
    return model and [(str(tile.path), _stamp(Path(tile.path))) for tile in model.tiles]


def _folder_name(workspace: Workspace, unit: str) -> str:
    """Return a name for the folder of a unit that no spelling leads out of; two units never share one."""
    known = units.tables_of(workspace).comparable(unit)
    return f"{re.sub('[^a-z0-9]+', '-', known)[:20].strip('-') or 'unit'}-{named([known])[:8]}"


def _tidy(folder: Path) -> None:
    others = [one for one in folder.parent.iterdir() if one.is_dir() and one != folder and one.name[0] != "."]
    for old in sorted(others, key=lambda one: (one.stat().st_mtime_ns, one.name))[: max(len(others) - KEPT + 1, 0)]:
        shutil.rmtree(old, ignore_errors=True)
