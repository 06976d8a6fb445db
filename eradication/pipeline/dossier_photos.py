"""Photos of visits for the dossier of a plot: which there are, and, only if asked for, what is on them.

Copies come from other laptops too. Each is read in the sandbox again and drawn anew there, so that the picture that
reaches this process was made by our own encoder; and only the part of evidence, before or after, is ever shown.
"""

import io
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image

from eradication.domain import Episode
from eradication.errors import EradicationError
from eradication.history import History
from eradication.ingest import photos as reading
from eradication.pipeline import photos
from eradication.pipeline.workspace import Workspace

if TYPE_CHECKING:
    from eradication.report.dossier import Shot

ROLES = ("before", "after")
WIDEST_PX = 520
"""Longest side of a photo on a page: 300 points an inch at its size there."""


def of_episodes(
    workspace: Workspace, told: History, episodes: Sequence[Episode], as_of: datetime | None, with_pictures: bool
) -> "dict[tuple[str, str], list[Shot]]":
    """Return plot and season → the photos that its visits name as before or after, in order of time."""
    from eradication.report.dossier import Shot
    from eradication.report.dossier_drawings import chosen

    seen = photos.shown(workspace, told, as_of)
    season_of = {("/".join(v.key), v.plot_id): told.season_of(v).label for v in told.recorded}
    found: dict[tuple[str, str], dict[tuple[str, str], Shot]] = {}
    for link in seen.links:
        season = season_of.get((link.visit, link.plot_id))
        if link.role in ROLES and season is not None:
            photo = seen.kept[link.photo].photo
            shot = Shot(link.role, photo.taken_at, photo.sha256, None)
            found.setdefault((link.plot_id, season), {})[photo.sha256, link.role] = shot
    first = datetime.min.replace(tzinfo=UTC)
    told_of = {}
    for key in ((e.plot.id, e.season.label) for e in episodes):
        shots = sorted(found.get(key, {}).values(), key=lambda s: (s.taken_at or first, s.sha256))
        room = chosen(shots) if with_pictures else []
        copies = {id(shot): seen.kept[shot.sha256].photo.copy_sha256 for shot in room}
        told_of[key] = [
            Shot(s.role, s.taken_at, s.sha256, _picture(workspace, copies[id(s)]) if id(s) in copies else None)
            for s in shots
        ]
    return told_of


def _picture(workspace: Workspace, copy_sha256: str) -> npt.NDArray[np.uint8] | None:
    """Return a copy as pixels, shape (y, x, 3); ``None`` if it is not here, is another file, or cannot be read."""
    path = workspace.store.original(copy_sha256)
    if path is None:
        return None
    zone = reading.zone(workspace.settings.workspace.timezone)
    settings = replace(workspace.settings, photos=replace(workspace.settings.photos, side_px=WIDEST_PX))
    with tempfile.TemporaryDirectory(prefix="eradication-") as folder:
        named = Path(folder) / "copy.jpg"  # originals are kept without an ending, which the sandbox asks for
        shutil.copyfile(path, named)
        try:
            facts, drawn = reading.read(named, timezone=zone, settings=settings, now=datetime.now(UTC))
        except EradicationError:
            return None
    if facts.sha256 != copy_sha256:
        return None
    with Image.open(io.BytesIO(drawn), formats=("JPEG",)) as image:
        return np.asarray(image.convert("RGB"))
