"""Rows of a table of tips become events; who gave them is sealed away first, and no event or answer says it."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eradication import geo, history
from eradication.domain import Candidate, CandidateSource, Crop, Event, EventKind, Json, ScoreKind, Season, Tip
from eradication.domain.event import SIMULATED
from eradication.domain.visit import DEFAULT_AREA_M2
from eradication.errors import N_
from eradication.ingest import tips as tables
from eradication.ingest import visits as visit_tables
from eradication.pipeline import journal, projection
from eradication.pipeline.visiting import Desk
from eradication.pipeline.workspace import Workspace, disk_errors_explained
from eradication.progress import Stage, Tick, quiet
from eradication.store import rotation
from eradication.store.sealed import Sealed

NO_POPPY = frozenset({Crop.FIBRE_HEMP, Crop.OTHER})
"""A tip of these proposes nothing: they accuse nobody."""
INSTANCE_TAKEN = N_("This filling-in was taken before as another tip; the file is kept, the first one counts.")
CONFLICT = N_("Another tip with this unit and number says something else; both are kept, the first one counts.")


def context(workspace: Workspace, timezone: str = "", unit: str = "") -> tables.Context:
    """Return what tables of tips are read with."""
    zone = visit_tables.zone_of(timezone or workspace.settings.workspace.timezone)
    return tables.Context(workspace.settings, datetime.now(UTC), zone, workspace.store.units(), unit)


def record_tips(
    workspace: Workspace, path: Path, timezone: str = "", unit: str = "", stage: Stage = quiet
) -> dict[str, Any]:
    """Take a table of tips in, row by row: accepted, duplicate, conflict or refused, each with its reason."""
    return enter(workspace, path, tables.read(path, context(workspace, timezone, unit)), stage)


def enter(workspace: Workspace, path: Path, rows: Sequence[tables.TipRow], stage: Stage = quiet) -> dict[str, Any]:
    """Seal a table away and enter the rows that were read from it."""
    with disk_errors_explained(workspace.folder), workspace.store.transaction() as transaction:
        sealed = Sealed(workspace.folder)
        original = sealed.put(path)
        desk = TipDesk(Desk(workspace, transaction, ""), sealed)
        entered = desk.record([(row, original) for row in rows], stage(N_("Tips")))
        projection.refresh(workspace, transaction)
    return {"tips": entered}


class TipDesk:
    """What is known while tips are entered; plots are known by the desk of visits, for both may found them."""

    def __init__(self, desk: Desk, sealed: Sealed) -> None:
        """Take stock of the tips so far."""
        self.desk = desk
        self.sealed = sealed
        self.by_key: dict[tuple[str, str], list[Event]] = {}
        self.keys_of_instances: dict[str, tuple[str, str]] = {}
        for event in desk.transaction.events(kinds=[EventKind.TIP_RECORDED]):
            self._know(event)

    def _know(self, event: Event) -> None:
        key = _key(event)
        self.by_key.setdefault(key, []).append(event)
        instance = str((event.payload.get("form") or {}).get("instance_id", ""))
        if instance:
            self.keys_of_instances.setdefault(instance, key)

    def record(self, rows: Sequence[tuple[tables.TipRow, str]], tick: Tick) -> list[dict[str, Any]]:
        """Enter rows in the order in which tips were received, and answer them in the order in which they stand.

        Args:
            rows: each with the reference of its sealed file.
            tick: progress.
        """
        answers: dict[int, dict[str, Any]] = {}
        for done, index in enumerate(sorted(range(len(rows)), key=lambda i: _when(rows[i][0])), start=1):
            answers[index] = self._enter(*rows[index])
            tick(done, len(rows))
        return [answers[index] for index in range(len(rows))]

    def _enter(self, row: tables.TipRow, original: str) -> dict[str, Any]:
        tip = row.tip
        if tip is None:
            return answer(row, "refused", row.error.kind if row.error else "")
        form = row.submission
        if form is not None and self.keys_of_instances.get(form.instance_id, tip.key) != tip.key:
            return answer(row, "conflict", "instance_taken", message=INSTANCE_TAKEN)
        source = self.sealed.reference_of(tip.key, row.informant.reveal()) if row.informant else ""
        earlier = self.by_key.get(tip.key, [])
        same = [event for event in earlier if self._says(event, tip, source)]
        if source:
            # Before the event that says so, and for a duplicate too: another laptop's event has no source here.
            self.sealed.put_source(tip.key, row.informant.reveal(), original)
        if same:
            return answer(row, "duplicate", "same_content", plot=str(same[0].payload.get("plot_id", "")))
        body: dict[str, Json] = {
            "tip": journal.of_tip(tip),
            "sealed": original,
            "source_kept": bool(source),
            "simulated": SIMULATED in tip.note,
            "checks": list(row.warnings),
        }
        if source:
            body["source_ref"] = source
        if row.submission is not None:
            body |= journal.of_submission(row.submission)
        plot_id, warnings = self._propose(tip)
        warnings += self._other_commune(tip)
        if plot_id:
            body["plot_id"] = plot_id
        self._know(self.desk.transaction.append(EventKind.TIP_RECORDED, tip.received_at, body))
        if earlier:
            return answer(row, "conflict", "other_content", plot=plot_id, message=CONFLICT, warnings=warnings)
        return answer(row, "accepted", "", plot=plot_id, warnings=warnings)

    def _says(self, event: Event, tip: Tip, source: str) -> bool:
        """Tell whether an event is this very tip; sources compare only where both were sealed here."""
        store = self.desk.workspace.store
        here = event.origin == store.origin or event.origin in rotation.own_origins(store)
        same_source = not here or str(event.payload.get("source_ref", "")) == source
        return bool(event.payload["tip"] == journal.of_tip(tip)) and same_source

    def _other_commune(self, tip: Tip) -> tuple[str, ...]:
        found = "" if tip.lon is None or tip.lat is None else self.desk.commune_at(tip.lon, tip.lat)
        return ("commune_differs",) if tip.commune_code and found and found != tip.commune_code else ()

    def _propose(self, tip: Tip) -> tuple[str, tuple[str, ...]]:
        """Propose the place of a tip if it is narrow enough; return its plot, and what is to be said."""
        wanted = candidate_of(tip, self.desk.workspace.settings.tips.candidate_m)
        if wanted is None:
            return "", ()
        if tip.received_at >= wanted.season.ends:
            return "", ("out_of_season",)
        desk = self.desk
        (followed,) = history.follow(list(desk.plots.values()), [wanted], desk.workspace.settings)
        code = desk.code(wanted.lon, wanted.lat, wanted.season) if followed.founding else ""
        desk.append(EventKind.CANDIDATE_PROPOSED, tip.received_at, journal.of_candidate(followed, code))
        return followed.plot_id, ()


def candidate_of(tip: Tip, most_m: float) -> Candidate | None:
    """Return the place a tip proposes to check: a disc of its radius; ``None`` if it is wider than ``most_m``.

    The disc says where to look. What may grow there is as large as nobody knows, so the area is that of an observation
    that states none.
    """
    if tip.lon is None or tip.lat is None or tip.radius_m is None or tip.radius_m > most_m or tip.crop in NO_POPPY:
        return None
    season = Season.of(tip.received_at)
    said = ("tip", *tip.key, f"{tip.lon:.7f}", f"{tip.lat:.7f}", f"{tip.radius_m:.1f}", season.label)
    return Candidate(
        id=hashlib.sha256("\x1f".join(said).encode()).hexdigest()[:16],
        season=season,
        geometry=geo.rounded(geo.disc(tip.lon, tip.lat, math.pi * tip.radius_m**2)),
        lon=tip.lon,
        lat=tip.lat,
        score=0.0,
        score_kind=ScoreKind.PRIORITY,
        area_m2=DEFAULT_AREA_M2,
        run="",
        model="",
        clear_observations=0,
        source=CandidateSource.TIP,
    )


def answer(
    row: tables.TipRow, status: str, reason: str, *, plot: str = "", message: str = "", warnings: Sequence[str] = ()
) -> dict[str, Any]:
    """Return what is said of one row: what was told, never by whom."""
    tip = row.tip
    return {
        "line": row.line,
        "tip_id": row.tip_id,
        "status": status,
        "reason": reason,
        "message": row.error.message if row.error else message,
        "where": row.error.where if row.error else "",
        "hint": row.error.hint if row.error else "",
        "values": row.error.values if row.error else {},
        "commune": tip.commune_code if tip else "",
        "lon": tip.lon if tip else None,
        "lat": tip.lat if tip else None,
        "radius_m": tip.radius_m if tip else None,
        "plot": plot,
        "warnings": [*row.warnings, *warnings],
    }


def listed(workspace: Workspace, *, notes: bool = False) -> dict[str, Any]:
    """Return every tip, oldest first, without its source; what was told only where ``notes`` are asked for."""
    names, plots = projection.names(workspace), projection.replayed(workspace)
    commune_at = projection.locator(workspace)
    first: dict[tuple[str, str], Mapping[str, Any]] = {}
    rows: list[dict[str, Any]] = []
    for event in sorted(workspace.store.events(kinds=[EventKind.TIP_RECORDED]), key=lambda e: e.recorded_at):
        tip, key = event.payload["tip"], _key(event)
        if first.setdefault(key, tip) == tip and any(row["key"] == key for row in rows):
            continue  # the same tip, taken in on another laptop
        lon, lat = tip.get("lon"), tip.get("lat")
        commune = tip.get("commune_code") or ("" if lon is None else commune_at(lon, lat))
        plot = plots.plot(str(event.payload.get("plot_id", "")))
        row = {
            "key": key,
            "tip_id": tip["tip_id"],
            "unit": tip.get("unit", ""),
            "received_at": tip["received_at"],
            "place": tip.get("place", ""),
            "commune_code": commune,
            "commune": names.get(commune, ""),
            "lon": lon,
            "lat": lat,
            "radius_m": tip.get("radius_m"),
            "crop": tip.get("crop", ""),
            "mailbox": tip.get("mailbox", ""),
            "plot": plot.id if plot else "",
            "code": plot.code if plot else "",
            "source_kept": bool(event.payload.get("source_kept")),
            "conflict": first[key] != tip,
        }
        rows.append(row | ({"note": tip.get("note", "")} if notes else {}))
    told = [{name: value for name, value in row.items() if name != "key"} for row in rows]
    told.sort(key=lambda row: (row["received_at"], row["unit"], row["tip_id"]))
    return {"tips": told, "simulated": projection.is_simulated(workspace)}


def _when(row: tables.TipRow) -> datetime:
    return row.tip.received_at if row.tip else datetime.min.replace(tzinfo=UTC)


def _key(event: Event) -> tuple[str, str]:
    tip = event.payload["tip"]
    return str(tip.get("unit", "")), str(tip["tip_id"])
