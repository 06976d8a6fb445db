"""The receipt of one handed-in file: what came in, what became of it, point by point; as text and as a page to print.

It bears codes and no names, and no coordinates. Whoever hands a track in keeps the sheet; two lines are left for the
codes and signatures of the one who hands in and the one who takes in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from eradication.domain import Json, Perimeter
from eradication.domain.patrol import Z95
from eradication.errors import N_
from eradication.i18n import Translate, number
from eradication.report import assets, words
from eradication.report.reasons import sentence

_SHORT = 16
_STATUS = {"accepted": N_("accepted"), "duplicate": N_("duplicate"), "refused": N_("refused")}
_SIMULATED = N_("SIMULATED: nothing here was observed.")


@dataclass(frozen=True, slots=True)
class TrackAccount:
    """What one patrol of the file holds."""

    id: str
    name: str
    kind: str
    """``track`` or ``route``."""
    unit: str
    start: datetime | None
    end: datetime | None
    length_km: float
    hours: float
    total: int
    kept: int
    marked: Mapping[str, int]
    """By mark; ``kept + Σ marked = total``."""
    waypoints: int
    gaps: int
    longest_gap_s: float | None
    drives: int
    """Stretches that were driven; they are neither length nor effort."""
    driven_km: float
    perimeters: tuple[Perimeter, ...] = ()
    """Closed walks round something."""
    differ_pct: float = 20.0
    """Laps that differ by more want another walk."""
    picture: str = ""
    """SVG element; empty = none."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is told of one file."""

    name: str
    """As the user knows it, without folders."""
    sha256: str
    format: str
    status: str
    """``accepted``, ``duplicate`` or ``refused``."""
    message: str = ""
    """Why it was refused, in the user's language."""
    hint: str = ""
    """What to do about it."""
    recorded_at: datetime | None = None
    """When the store recorded it; ``None`` if it did not."""
    number: str = ""
    """Of the receipt; empty = not numbered."""
    facts: Mapping[str, Json] = field(default_factory=dict)
    tracks: tuple[TrackAccount, ...] = ()
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes receipts in one language."""

    language: str
    translate: Translate

    def text(self, receipts: tuple[Receipt, ...], *, short: bool = True) -> str:
        """Return receipts as plain lines; ``short`` leaves the first digits of hashes."""
        return "\n\n".join("\n".join(self._lines(receipt, short=short)) for receipt in receipts)

    def signatures(self) -> str:
        """Return the lines for codes and signatures."""
        people = (N_("Handed in by (code)"), N_("Taken in by (code)"))
        return "\n\n".join(f"{self.translate(who)}: {'.' * 40}" for who in people)

    def page(self, receipts: tuple[Receipt, ...]) -> str:
        """Return one printable HTML page without script and outside reference; the same receipts, the same bytes."""
        from eradication.report.page import environment
        from eradication.report.safe import policy

        style = assets.own("receipt.css")
        return (
            environment()
            .get_template("receipt.html")
            .render(
                _=self.translate,
                language=self.language,
                style=style,
                policy=policy(scripts=[], styles=[style]),
                title=self._title(receipts[0]),
                simulated=any(receipt.simulated for receipt in receipts),
                receipts=receipts,
                heads=[self.head(receipt, short=False) for receipt in receipts],
                accounts=[[self.account(track) for track in receipt.tracks] for receipt in receipts],
            )
        )

    def _title(self, receipt: Receipt) -> str:
        title = self.translate(N_("Receipt of a patrol's file"))
        return f"{title} {receipt.number}".strip()

    def _lines(self, receipt: Receipt, *, short: bool) -> list[str]:
        lines = [self._title(receipt)]
        if receipt.simulated:
            lines.append(self.translate(_SIMULATED))
        lines += [f"  {label}: {value}" for label, value in self.head(receipt, short=short)]
        for track in receipt.tracks:
            lines.append(f"  {self.track_title(track)}")
            lines += [f"    {label}: {value}" for label, value in self.account(track)]
        return lines

    def head(self, receipt: Receipt, *, short: bool) -> list[tuple[str, str]]:
        """Return what is told of the file as label and value."""
        _ = self.translate
        digits = receipt.sha256[:_SHORT] if short else receipt.sha256
        rows = [
            (_("File"), words.clean(receipt.name)),
            (_("Status"), _(_STATUS[receipt.status])),
            (_("Reason"), receipt.message),
            (_("What to do"), receipt.hint),
            (_("Recorded"), words.moment(receipt.recorded_at, self.language) if receipt.recorded_at else ""),
            ("SHA-256", digits),
            (_("Format"), str(receipt.facts.get("format") or receipt.format)),
            *(("", note) for note in self._notes(receipt.facts)),
        ]
        return [(label or _("Note"), value) for label, value in rows if value]

    def _notes(self, facts: Mapping[str, Json]) -> list[str]:
        _ = self.translate
        notes = []
        if facts.get("converted_by"):
            notes.append(_(N_("converted by {program}")).format(program=facts["converted_by"]))
        if facts.get("left_out_visits"):
            said = N_("Visits in these files: {count}; they are taken in with: eradication visits import FILE")
            notes.append(_(said).format(count=facts["left_out_visits"]))
        if facts.get("timezone_assumed"):
            notes.append(_(N_("times without a zone were taken as {zone}")).format(zone=facts["timezone_assumed"]))
        again = facts.get("same_walk_as")
        if isinstance(again, list) and again:
            notes.append(_(N_("recorded before in another file; counted once")))
        extensions = facts.get("extensions")
        if isinstance(extensions, Mapping) and extensions:
            told = ", ".join(f"{words.clean(str(name))} {count}" for name, count in extensions.items())
            notes.append(_(N_("the device added: {extensions}")).format(extensions=told))
        return notes

    def track_title(self, track: TrackAccount) -> str:
        """Return what the account of one track is headed with."""
        kind = self.translate(N_("Route (planned)") if track.kind == "route" else N_("Track"))
        return f"{kind} {words.clean(track.name)}".strip()

    def account(self, track: TrackAccount) -> list[tuple[str, str]]:
        """Return the account of one track, point by point, as label and value."""
        _ = self.translate
        rows = [
            (_("Unit"), words.clean(track.unit)),
            (_("Patrol"), track.id),
            (_("Time"), self._times(track)),
            (_("Length (km)"), number(track.length_km, self.language, 2)),
            (_("Hours"), number(track.hours, self.language, 2) if track.hours else ""),
            (_("Fixes"), number(track.total, self.language)),
            (_("Fixes kept"), number(track.kept, self.language)),
            *self._marked(track),
            (_("Gaps"), self._gaps(track)),
            (_("Waypoints"), number(track.waypoints, self.language) if track.waypoints else ""),
            (_("Driven"), self._driven(track)),
            *((_("Walked round (m²)"), self._area(found, track.differ_pct)) for found in track.perimeters),
        ]
        return [(label, value) for label, value in rows if value]

    def _marked(self, track: TrackAccount) -> list[tuple[str, str]]:
        title = self.translate(N_("Marked"))
        return [
            (f"{title} – {sentence(name, self.language, self.translate)}", number(count, self.language))
            for name, count in track.marked.items()
        ]

    def _driven(self, track: TrackAccount) -> str:
        said = self.translate(N_("{count} stretches, {km} km: no effort"))
        return said.format(count=track.drives, km=number(track.driven_km, self.language, 2)) if track.drives else ""

    def _area(self, walk: Perimeter, most_pct: float) -> str:
        _ = self.translate
        said = [f"{number(walk.area_m2, self.language)} ± {number(Z95 * walk.area_se_m2, self.language)} (95 %)"]
        if walk.laps_differ_pct is not None:
            told = {"laps": walk.laps, "pct": number(walk.laps_differ_pct, self.language, 1)}
            said.append(_(N_("{laps} laps, which differ by {pct} %")).format(**told))
            if walk.laps_differ_pct > most_pct:
                said.append(_(N_("walk again")))
        if walk.crossings:
            said.append(_(N_("crosses itself")))
        return "; ".join(said)

    def _times(self, track: TrackAccount) -> str:
        if track.start is None or track.end is None:
            return self.translate(N_("the track has no times"))
        begin, end = (words.moment(when, self.language) for when in (track.start, track.end))
        zone = begin[begin.index(" (") :]
        begin, end = begin.removesuffix(zone), end.removesuffix(zone)
        same_day = begin.split()[0] == end.split()[0]
        return f"{begin} – {end.split()[1] if same_day else end}{zone}"

    def _gaps(self, track: TrackAccount) -> str:
        if not track.gaps:
            return self.translate(N_("none"))
        if track.longest_gap_s is None:
            return number(track.gaps, self.language)
        said = self.translate(N_("{count}, the longest {minutes} min"))
        minutes = number(track.longest_gap_s / 60, self.language, 1)
        return said.format(count=number(track.gaps, self.language), minutes=minutes)
