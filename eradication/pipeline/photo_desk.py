"""The desk where photos are handed in: each is read, kept with its copy, timed, placed and recorded.

Originals and copies are on the disk before the first event names them; the events of all photos handed in together are
one transaction, because one clock is found for all photos of a camera. A photo that is handed in again is recorded
again only where something new is known of it: a better time or place, a unit, another name. Its newest event counts.
"""

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from eradication.domain import Event, EventKind, Photo, PhotoFacts
from eradication.errors import EradicationError, RefusedInput, UnusableInput
from eradication.ingest import photos as reading
from eradication.ingest import sandbox
from eradication.ingest.photo_clock import Clock
from eradication.ingest.unpacking import Handed
from eradication.pipeline import photo_placing
from eradication.pipeline.handing_in import keep_refused
from eradication.pipeline.photo_placing import Said
from eradication.pipeline.workspace import Workspace, disk_errors_explained
from eradication.store import Transaction

_SPOKEN = ("stated", "clock_photo")


@dataclass
class Taken:
    """What became of one file."""

    path: str
    """As the user knows it."""
    sha256: str = ""
    status: str = "refused"
    """``accepted``, ``duplicate`` or ``refused``."""
    reason: str = ""
    """``same_content``, ``placed_anew``, ``other_name``, or the kind of the refusal."""
    error: EradicationError | None = None
    facts: PhotoFacts | None = None
    copy_sha256: str = ""
    photo: Photo | None = None

    @property
    def name(self) -> str:
        """Base name, as forms name it."""
        return self.path.replace("\\", "/").rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True)
class Kept:
    """A photo as all its events together tell it."""

    photo: Photo
    names: tuple[str, ...]
    """Every base name it was handed in under."""
    recorded_at: datetime
    facts: PhotoFacts


def kept(events: Iterable[Event]) -> dict[str, Kept]:
    """Return SHA-256 → photo, by the time they were taken; of several events on one the newest counts."""
    found: dict[str, Kept] = {}
    for event in sorted(events, key=lambda e: (e.recorded_at, e.origin, e.number)):
        try:
            photo = Photo.from_json(event.payload)
            facts = photo.facts(event.payload["says"], simulated=bool(event.payload["simulated"]))
        except (KeyError, TypeError, ValueError, AttributeError):
            continue  # of another version of this program, perhaps: nothing can be shown of it
        before = found.get(photo.sha256)
        names = dict.fromkeys([*(before.names if before else ()), photo.name])
        found[photo.sha256] = Kept(photo, tuple(names), event.recorded_at, facts)
    first = datetime.min.replace(tzinfo=UTC)
    return dict(sorted(found.items(), key=lambda item: (item[1].photo.taken_at or first, item[0])))


@dataclass
class Desk:
    """Takes one photo after the other, then records them together."""

    workspace: Workspace
    unit: str
    zone: ZoneInfo
    zone_stated: bool = False
    """The user says now in which zone the cameras' clocks are."""
    known: dict[str, Kept] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)
    models: dict[str, str] = field(default_factory=dict)
    """Camera → its maker and model."""

    def __post_init__(self) -> None:
        self.known = kept(self.workspace.store.events(kinds=[EventKind.PHOTO_RECORDED]))

    @property
    def problems(self) -> list[UnusableInput]:
        """Files that could not be examined at all."""
        return [one.error for one in self.taken if isinstance(one.error, UnusableInput)]

    def take(self, handed: Handed) -> None:
        """Read one file and keep its bytes; nothing is recorded yet."""
        one = Taken(handed.name)
        self.taken.append(one)
        try:
            one.sha256 = sandbox.digest(handed.path)
            if handed.refusal is not None:
                raise handed.refusal
            self._examine(one, handed.path)
        except UnusableInput as problem:
            one.error, one.reason = problem, problem.kind
        except RefusedInput as refusal:
            one.error, one.reason = refusal, refusal.kind
            with disk_errors_explained(self.workspace.folder):
                keep_refused(self.workspace, handed, one.sha256, refusal.kind, str(refusal))
        else:
            one.status = "accepted"

    def _examine(self, one: Taken, path: Path) -> None:
        """Read the photo and keep its bytes, unless it was read before: then what is on record holds."""
        before = self._read_before(one.sha256)
        if before is not None:
            one.facts, one.copy_sha256 = before
            return
        settings = self.workspace.settings
        one.facts, copy = reading.read(path, timezone=self.zone, settings=settings, now=datetime.now(UTC))
        with disk_errors_explained(self.workspace.folder):
            one.copy_sha256 = self._seal(path, copy)

    def _read_before(self, sha256: str) -> tuple[PhotoFacts, str] | None:
        for other in self.taken:
            if other.sha256 == sha256 and other.facts is not None:
                return other.facts, other.copy_sha256
        known = self.known.get(sha256)
        if known is None or (self.zone_stated and known.facts.zone_assumed):
            return None
        kept = {name: self.workspace.store.original(name) for name in (sha256, known.photo.copy_sha256)}
        whole = all(path is not None and sandbox.digest(path) == name for name, path in kept.items())
        return (known.facts, known.photo.copy_sha256) if whole else None  # a missing or damaged file is put back

    def _seal(self, path: Path, copy: bytes) -> str:
        """Put the original and the copy on the disk, each under its hash; return that of the copy."""
        with tempfile.TemporaryDirectory(prefix="eradication-") as folder:
            bare = Path(folder) / "copy.jpg"
            bare.write_bytes(copy)
            with self.workspace.store.transaction() as transaction:
                transaction.put_original(path)
                return transaction.put_original(bare)

    def record(self, said: Said) -> dict[str, Clock]:
        """Time and place what was taken, record it, and return camera → clock."""
        facts = list({one.sha256: one.facts for one in self.taken if one.facts}.values())
        shift = said.offset_s or said.camera_offset_s or 0.0
        moments = [when for one in facts for when in _moments(one, shift)]
        tracks = photo_placing.walks(self.workspace, moments, self.unit)
        clocks = photo_placing.clocks(self.workspace, facts, tracks, said)
        self.models = {one.camera: f"{one.make} {one.model}".strip() for one in facts}
        latest = photo_placing.latest(self.workspace)
        with disk_errors_explained(self.workspace.folder), self.workspace.store.transaction() as transaction:
            for one in self.taken:
                if one.facts is not None:
                    photo = self._photo(one, clocks[one.facts.camera], latest)
                    self._enter(transaction, one, photo_placing.placed(self.workspace, photo, tracks))
        return clocks

    def _photo(self, one: Taken, clock: Clock, latest: datetime) -> Photo:
        assert one.facts is not None
        facts = one.facts
        taken_at, source, clock = photo_placing.timed(facts, clock, latest)
        own = facts.lon is not None
        error = facts.accuracy_m or self.workspace.settings.photos.position_m
        return Photo(
            sha256=facts.sha256,
            copy_sha256=one.copy_sha256,
            name=one.name,
            taken_at=taken_at,
            time_source=source,
            offset_s=clock.offset_s if facts.stated_at else None,
            lon=facts.lon,
            lat=facts.lat,
            position_source="exif" if own else "none",
            error_m=error if own else None,
            camera=facts.camera,
            phash=facts.phash,
            width=facts.width,
            height=facts.height,
            unit=self.unit,
            patrol="",
            clock=clock.why if facts.stated_at or facts.gps_at else "",
            uncertainty_s=clock.uncertainty_s,
            stated_at=facts.stated_at,
        )

    def _enter(self, transaction: Transaction, one: Taken, photo: Photo) -> None:
        """Record a photo that is new, or what is new about one that is not."""
        assert one.facts is not None
        before = self.known.get(photo.sha256)
        one.photo = photo
        if before is not None:
            one.photo, one.reason = _joined(before, photo, self.zone_stated)
            one.status = "duplicate"
            if one.reason == "same_content":
                return
        body = one.photo.to_json() | {"says": one.facts.to_json(), "simulated": one.facts.simulated}
        event = transaction.append(EventKind.PHOTO_RECORDED, one.photo.taken_at or datetime.now(UTC), body)
        names = dict.fromkeys([*(before.names if before else ()), photo.name])
        self.known[photo.sha256] = Kept(one.photo, tuple(names), event.recorded_at, one.facts)


def _moments(facts: PhotoFacts, shift_s: float) -> Sequence[datetime]:
    """Return the times round which tracks may tell something of a photo."""
    stated = facts.stated_at
    times = [facts.gps_at, stated, photo_placing.shifted(stated, shift_s)]
    return [when for when in times if when is not None]


def _joined(before: Kept, photo: Photo, zone_stated: bool) -> tuple[Photo, str]:
    """Return what is known of a photo handed in again, and what of it is new."""
    old = before.photo
    if _is_better(photo, old) or (zone_stated and photo.stated_at != old.stated_at):
        return replace(photo, unit=photo.unit or old.unit), "placed_anew"
    if photo.unit and photo.unit != old.unit:
        return replace(old, name=photo.name, unit=photo.unit), "placed_anew"
    same = photo.name.casefold() in {name.casefold() for name in before.names}
    return (old, "same_content") if same else (replace(old, name=photo.name), "other_name")


def _is_better(new: Photo, old: Photo) -> bool:
    if new.clock in _SPOKEN and (new.clock, new.offset_s) != (old.clock, old.offset_s):
        return True
    return _known(new) > _known(old) and not (old.clock in _SPOKEN and new.uncertainty_s is None)


def _known(photo: Photo) -> tuple[bool, bool, bool]:
    return photo.uncertainty_s is not None, photo.position_source != "none", bool(photo.patrol)
