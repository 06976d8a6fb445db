"""How green plots were before and after their destruction, measured in the images that a run of the season has read.

Of a block of imagery only the first look at each date is read (two bytes a pixel), which a run has kept. What was
measured is kept beside the outputs under the name of all it rests on; what it means is judged anew each time.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shapely.geometry.base import BaseGeometry

from eradication import geo
from eradication.checks import spectral
from eradication.domain import EventKind, Season
from eradication.domain.event import iso, parse_iso
from eradication.errors import N_, EradicationError
from eradication.pipeline import retracing
from eradication.pipeline.workspace import Workspace, disk_errors_explained, scans_locked, write_whole
from eradication.progress import Stage, quiet

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from eradication.pipeline.blocks import Scan

    type Floats = npt.NDArray[np.float64]

FORMAT = 1
"""To be raised when it is measured otherwise: what was kept is then not taken for the same."""

RING_M = (15.0, 50.0)
"""The ring begins where no pixel is mixed with the plot, and ends where the land is still the same."""
CLEAR_SHARE, CLEAR_RING = 0.5, 10
"""A look counts if this share of the plot's full pixels was clear, and so many pixels of the ring."""


@dataclass(frozen=True, slots=True)
class Place:
    """A destruction to be measured."""

    outline: BaseGeometry
    """Of the plot, WGS 84."""
    when: datetime
    """Of the destruction, aware."""
    around: tuple[BaseGeometry, ...] = ()
    """Outlines of other plots (WGS 84), which are no part of the ring."""


def of_places(
    workspace: Workspace,
    season: Season,
    places: Mapping[str, Place],
    as_of: datetime | None = None,
    *,
    measure: bool = True,
    stage: Stage = quiet,
) -> tuple[dict[str, spectral.Measured], str]:
    """Return what images say of each place, and why where nothing does.

    Args:
        workspace: whose runs and images.
        season: of the images.
        places: by any name.
        as_of: cut on ``recorded_at`` of the run.
        measure: false = only what was measured before; no image is opened.
        stage: told how far it is.

    Returns:
        Name → measurement, of those that have one; and ``no_images`` or ``not_measured`` for the others.
    """
    run = _run(workspace, season, as_of)
    if not places or not run:
        return {}, "no_images"
    files = {name: _file(workspace, season, run, place) for name, place in places.items()}
    told = {name: kept for name, file in files.items() if (kept := _read(file)) is not None}
    missing = {name: place for name, place in places.items() if name not in told}
    if not missing or not measure:
        return told, "not_measured"
    try:
        fresh = _measured(workspace, run, season, missing, stage)
    except EradicationError:
        return told, "no_images"  # gone, moved, damaged, or in use: the check then says that it cannot tell
    for name, one in fresh.items():
        write_whole(files[name], json.dumps(_plain(one), ensure_ascii=False, allow_nan=False))
    return told | fresh, "no_images"


def _run(workspace: Workspace, season: Season, as_of: datetime | None) -> str:
    """Return the newest run of the season whose imagery is on this computer, empty if there is none."""
    events = workspace.store.events(as_of=as_of, kinds=[EventKind.RUN_FINISHED])
    for event in reversed(events):
        if event.payload["season"] == season.label:
            try:
                retracing.imagery_of(workspace, str(event.payload["run"]))
            except EradicationError:
                continue
            return str(event.payload["run"])
    return ""


def _file(workspace: Workspace, season: Season, run: str, place: Place) -> Path:
    outlines = sorted(geo.rounded(outline).wkb_hex for outline in place.around)
    parts = (
        FORMAT,
        run,
        geo.rounded(place.outline).wkb_hex,
        iso(place.when),
        outlines,
        repr(workspace.settings.imagery),
    )
    name = hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
    return workspace.folder / "outputs" / "checks" / f"{season.label}-{name}.json"


def _plain(one: spectral.Measured) -> dict[str, Any]:
    def side(looks: Sequence[spectral.Look]) -> list[dict[str, Any]]:
        return [asdict(look) | {"when": iso(look.when)} for look in looks]

    noise = one.noise if one.noise == one.noise else None  # NaN is no JSON
    latest = iso(one.latest) if one.latest else None
    return {
        "pixels": one.pixels,
        "before": side(one.before),
        "after": side(one.after),
        "noise": noise,
        "latest": latest,
    }


def _read(path: Path) -> spectral.Measured | None:
    try:
        found = json.loads(path.read_bytes())
        sides = (
            tuple(spectral.Look(parse_iso(k["when"]), float(k["own"]), float(k["ring"])) for k in found[name])
            for name in ("before", "after")
        )
        noise = float("nan") if found["noise"] is None else float(found["noise"])
        latest = parse_iso(found["latest"]) if found["latest"] else None
        return spectral.Measured(int(found["pixels"]), next(sides), next(sides), noise, latest)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _measured(
    workspace: Workspace, run: str, season: Season, places: Mapping[str, Place], stage: Stage
) -> dict[str, spectral.Measured]:
    catalog, area = retracing.imagery_of(workspace, run)
    # What reads imagery takes seconds to load: only once it is known that there is some.
    from eradication.pipeline import scan

    with disk_errors_explained(workspace.folder), scans_locked(workspace):
        planned = scan.prepared(workspace, scan.opened(workspace, catalog, season, area, stage))
        return measured_in(planned, places, stage)


def measured_in(planned: "Scan", places: Mapping[str, Place], stage: Stage) -> dict[str, spectral.Measured]:
    """Return what the images of a scan say of the places that lie on its grid."""
    from eradication.pipeline import projection

    times = [projection.moment(time) for time in planned.archive.times]
    seen = {name: _Seen.of(planned, place) for name, place in places.items()}
    _look(planned, seen, stage)
    return {name: one.measured(times, places[name].when) for name, one in seen.items() if one.inside}


def _look(planned: "Scan", seen: Mapping[str, "_Seen"], stage: Stage) -> None:
    """Read each block that holds pixels of a place, once."""
    from eradication.pipeline import blocks

    tick = stage(N_("Greenness before and after"))
    todo = [at for at in sorted(planned.windows) if any(at in one.pixels for one in seen.values())]
    for done, at in enumerate(todo, start=1):
        blocks.survey_block(planned, at)
        looks = planned.block(at).looks(planned.keys)
        for one in seen.values():
            one.take(at, looks, planned)
        tick(done, len(todo))


@dataclass(slots=True)
class _Seen:
    """The pixels of a place, and what was read of them."""

    pixels: dict[tuple[int, int], tuple["npt.NDArray[np.int64]", "npt.NDArray[np.int64]"]]
    """Block → flat indices into it of the plot's full pixels, and of the ring's."""
    own: list["Floats"]
    ring: list["Floats"]
    """NDVI of each block's pixels, shape (look, pixel), NaN where not clear."""
    inside: bool
    """The place lies on the grid."""

    @classmethod
    def of(cls, planned: "Scan", place: Place) -> "_Seen":
        """Find the pixels of a place."""
        pixels = {at: found for at in sorted(planned.windows) for found in _pixels(planned, at, place)}
        return cls(pixels, [], [], bool(pixels))

    def take(self, at: tuple[int, int], looks: Any, planned: "Scan") -> None:
        """Take what a block says of the place."""
        import numpy as np

        from eradication import features

        if at not in self.pixels:
            return
        for index, rows in zip(self.pixels[at], (self.own, self.ring), strict=True):
            ndvi, blue = (part.reshape(len(part), -1)[:, index] for part in (looks.ndvi, looks.blue))
            some = features.Looks(ndvi[:, None], blue[:, None])
            clear = features.kept(some, planned.dates)[:, 0] & (ndvi > 0)
            rows.append(np.where(clear, features.ndvi_of(ndvi), np.nan))

    def measured(self, times: Sequence[datetime], when: datetime) -> spectral.Measured:
        """Return what the images say of the place."""
        import numpy as np

        own, ring = np.concatenate(self.own, axis=1), np.concatenate(self.ring, axis=1)
        pixels = own.shape[1]
        known = np.isfinite(own).sum(axis=1), np.isfinite(ring).sum(axis=1)
        clear = (known[0] >= max(1.0, CLEAR_SHARE * pixels)) & (known[1] >= CLEAR_RING)
        before, after = spectral.windows(times, clear.tolist(), when)

        def side(chosen: Sequence[int]) -> tuple[spectral.Look, ...]:
            medians = [(float(np.nanmedian(own[n])), float(np.nanmedian(ring[n]))) for n in chosen]
            return tuple(spectral.Look(times[n], *both) for n, both in zip(chosen, medians, strict=True))

        noise = spectral.noise_of(ring, before, after) if before and after else 0.0
        return spectral.Measured(pixels, side(before), side(after), noise, times[-1])


def _pixels(planned: "Scan", at: tuple[int, int], place: Place) -> Iterator[tuple[Any, Any]]:
    """Yield the full pixels of a place in a block and those of its ring, if it lies there at all."""
    import numpy as np
    import shapely

    from eradication.ingest import geotiff
    from eradication.pipeline import own_pixels

    window, epsg = planned.windows[at], geotiff.epsg_of(planned.archive.grid)
    outline = geo.project(place.outline, geo.WGS84, epsg)
    near = own_pixels.pixels_in(planned, window, outline.buffer(RING_M[1]))
    if not len(near):
        return
    affine = window.of(planned.archive.grid).affine
    x = affine.c + affine.a * (near % window.columns + np.array([[0.0], [0.5], [1.0]]))
    y = affine.f + affine.e * (near // window.columns + np.array([[0.0], [0.5], [1.0]]))
    boxes = shapely.box(np.minimum(x[0], x[2]), np.minimum(y[0], y[2]), np.maximum(x[0], x[2]), np.maximum(y[0], y[2]))
    wide = outline.buffer(0.01)  # outlines on pixel edges are a hair off them after two projections
    shapely.prepare(wide)
    full = shapely.covers(wide, boxes)
    ring = shapely.distance(outline, shapely.points(x[1], y[1])) >= RING_M[0]
    for other in place.around:
        ring &= ~shapely.intersects(geo.project(other, geo.WGS84, epsg), boxes)
    yield near[full], near[ring]
