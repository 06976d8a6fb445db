"""What people said of places on fine images, and which of it stands.

A first reader who drew wrongly draws anew: the new drawing stands in the *line* of the first, and of a line the version
recorded last counts. Or he withdraws: everything said of the line until then never was. A second reading is one of a
version, so that whoever confirmed a former outline has not confirmed the present one. A second reader, or one who saw
nothing left, may withdraw what he said himself. All stays on record; the order of arrival plays no part.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from unicodedata import normalize

from shapely.geometry.base import BaseGeometry

from eradication.domain import Event, EventKind
from eradication.domain.codes import ReadVerdict
from eradication.domain.event import parse_iso
from eradication.errors import EradicationError
from eradication.history.findings import Key
from eradication.history.payload import geometry

PROPOSED, CONFIRMED, CLEARED, WITHDRAWN = "proposed", "confirmed", "cleared", "withdrawn"


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of a place by one person."""

    key: Key
    recorded_at: datetime
    id: str
    """Of the version that was drawn or looked at; a second reading bears that of the first. Of a clearance its own."""
    act: str
    taken_at: datetime
    """When the image was taken, UTC."""
    layer: str
    layer_hash: str
    reviewer: str
    unit: str
    verdict: ReadVerdict
    outline: BaseGeometry | None
    """WGS 84; a first reading always has one."""
    plot_id: str = ""
    founding: bool = False
    code: str = ""
    ambiguous_with: tuple[str, ...] = ()
    corrects: str = ""
    """Id of the first version of the place, if this is not the first."""

    @property
    def is_first(self) -> bool:
        """True of whoever draws, without or with a drawing of his own before."""
        return self.act == PROPOSED

    @property
    def recording(self) -> tuple[datetime, str, int]:
        """Order in which readings were recorded."""
        return self.recorded_at, *self.key

    @property
    def person(self) -> str:
        """The reader, in one comparable form."""
        return person(self.reviewer)

    @property
    def parties(self) -> frozenset[str]:
        """Unit and reader as the independence of a verifier is judged by."""
        unit, officer = (text.strip().casefold() for text in (self.unit, self.reviewer))
        return frozenset({f"unit:{unit}", f"officer:{officer}", f"officer:{self.person}"})


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A person's word that what he said before does not count."""

    key: Key
    recorded_at: datetime
    id: str
    """Of any version of the line, or of a clearance."""
    person: str
    plot_id: str
    taken_at: datetime

    @property
    def recording(self) -> tuple[datetime, str, int]:
        """Order in which it was recorded, among readings."""
        return self.recorded_at, *self.key


@dataclass(slots=True)
class Line:
    """What stands of one place: its versions by one person, and second readings of them."""

    name: str
    """Id of the first version."""
    versions: list[Reading] = field(default_factory=list)
    """By recording; one version handed in on two laptops comes twice."""
    seconds: list[Reading] = field(default_factory=list)
    """Of any version, by recording."""
    former: list[Reading] = field(default_factory=list)
    """What was withdrawn, by recording."""
    strange: list[Reading] = field(default_factory=list)
    """Corrections by somebody else than the first reader; they change nothing."""
    root: Reading | None = None
    """The first that was recorded of the line, withdrawn or not."""

    @property
    def current(self) -> Reading | None:
        """The version that counts: the one that was recorded last, each at its first recording."""
        begun: dict[str, Reading] = {}
        for version in self.versions:
            begun.setdefault(version.id, version)
        return max(begun.values(), key=lambda version: version.recording, default=None)

    def of(self, version: Reading) -> list[Reading]:
        """Return the second readings of a version."""
        return [second for second in self.seconds if second.id == version.id]

    def has_read(self, person: str, version: Reading) -> bool:
        """Tell whether a person drew a version or gave a second reading of it, one that he withdrew included.

        Whoever withdrew a second reading was told what came of it: he does not look at that version again unknowing.
        """
        said = [*self.seconds, *(r for r in self.former if not r.is_first and r.recording > version.recording)]
        return person == version.person or any(r.id == version.id and r.person == person for r in said)


@dataclass(slots=True)
class Said:
    """All that was said, and what of it stands."""

    lines: dict[str, Line]
    """By name."""
    line_of: dict[str, str]
    """Id of a version → name of its line."""
    cleared: list[Reading]
    """Clearances that stand, by recording."""
    idle: list[Withdrawal]
    """Withdrawals of what is not known here, or was said by somebody else."""
    unreadable: list[tuple[Event, Exception]]

    def line(self, name: str) -> Line | None:
        """Return the line of a version."""
        return self.lines.get(self.line_of.get(name, name))


def person(code: str) -> str:
    """Return the code of a person in one comparable form: NFC, without case and spaces around it."""
    return normalize("NFC", code).strip().casefold()


def second_of(first: Reading, readings: Iterable[Reading]) -> Reading | None:
    """Return the second reading that counts: the first recorded one by another person who could tell."""
    others = [r for r in readings if not r.is_first and r.id == first.id and r.person != first.person]
    return min((r for r in others if r.verdict is not ReadVerdict.CANNOT_TELL), key=lambda r: r.recording, default=None)


def heard(events: Iterable[Event]) -> Said:
    """Return what the events of kind ``image_read`` among ``events`` say; others are passed over."""
    readings: list[Reading] = []
    withdrawals: list[Withdrawal] = []
    unreadable: list[tuple[Event, Exception]] = []
    for event in {e.key: e for e in events if e.kind is EventKind.IMAGE_READ}.values():
        try:
            if event.payload["act"] == WITHDRAWN:
                withdrawals.append(_withdrawal(event))
            else:
                readings.append(_reading(event))
        except (KeyError, TypeError, ValueError, AttributeError, EradicationError) as error:
            unreadable.append((event, error))
    readings.sort(key=lambda r: r.recording)
    cleared = [r for r in readings if r.act == CLEARED]
    line_of = {r.id: r.corrects or r.id for r in readings if r.is_first}
    lines = _lines([r for r in readings if r.act != CLEARED], line_of)
    said = Said(lines, line_of, cleared, [], unreadable)
    _strike(said, sorted(withdrawals, key=lambda w: w.recording))
    return said


def _lines(readings: Iterable[Reading], line_of: Mapping[str, str]) -> dict[str, Line]:
    lines: dict[str, Line] = {}
    for reading in sorted(readings, key=lambda r: (not r.is_first, bool(r.corrects), r.recording)):
        name = line_of.get(reading.id, reading.id)
        line = lines.setdefault(name, Line(name))
        if not reading.is_first:
            line.seconds.append(reading)
            continue
        line.root = line.root or reading
        (line.versions if reading.person == line.root.person else line.strange).append(reading)
    for line in lines.values():
        line.versions.sort(key=lambda r: r.recording)
    return lines


def _strike(said: Said, withdrawals: Iterable[Withdrawal]) -> None:
    """Strike out what was withdrawn; each withdrawal looks at all that was said, whatever the others do."""
    gone: set[Key] = set()
    for withdrawal in withdrawals:
        found = {r.key for r in _meant(said, withdrawal) if r.recording < withdrawal.recording}
        gone |= found
        if not found:
            said.idle.append(withdrawal)
    for line in said.lines.values():
        everything = sorted((*line.versions, *line.seconds), key=lambda r: r.recording)
        line.former = [r for r in everything if r.key in gone]
        line.versions = [r for r in line.versions if r.key not in gone]
        line.seconds = [r for r in line.seconds if r.key not in gone]
    said.cleared = [r for r in said.cleared if r.key not in gone]


def _meant(said: Said, withdrawal: Withdrawal) -> list[Reading]:
    """Return what a person may withdraw under an id: the whole line that he drew, else what he said himself."""
    line = said.line(withdrawal.id)
    if line is not None and line.root is not None and line.root.person == withdrawal.person:
        return [*line.versions, *line.seconds]
    others = said.cleared if line is None else line.seconds
    return [r for r in others if (r.id, r.person) == (withdrawal.id, withdrawal.person)]


def _reading(event: Event) -> Reading:
    payload: Any = event.payload
    outline = geometry(payload.get("outline"))
    act = str(payload["act"])
    if act not in (PROPOSED, CONFIRMED, CLEARED) or (act == PROPOSED and outline is None):
        raise ValueError("a first reading without outline, or no reading")
    return Reading(
        key=event.key,
        recorded_at=event.recorded_at,
        id=str(payload["reading"]),
        act=act,
        taken_at=parse_iso(payload["taken_at"]).astimezone(UTC),
        layer=str(payload["layer"]),
        layer_hash=str(payload["layer_hash"]),
        reviewer=str(payload["reviewer"]),
        unit=str(payload["unit"]),
        verdict=ReadVerdict(payload["verdict"]),
        outline=outline,
        plot_id=str(payload["plot_id"]),
        founding=bool(payload.get("founding")),
        code=str(payload.get("code") or ""),
        ambiguous_with=tuple(payload.get("ambiguous_with") or ()),
        corrects=str(payload.get("corrects") or ""),
    )


def _withdrawal(event: Event) -> Withdrawal:
    payload: Any = event.payload
    taken_at = parse_iso(payload["taken_at"]).astimezone(UTC)
    by, plot_id = person(str(payload["reviewer"])), str(payload["plot_id"])
    return Withdrawal(event.key, event.recorded_at, str(payload["reading"]), by, plot_id, taken_at)
