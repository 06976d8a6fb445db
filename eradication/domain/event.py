"""Events: everything that was done, said or seen, appended once and never edited.

An event is identified by ``(origin, number)``: each device or office numbers its own events from 1 without gaps and
chains them by hash, so that laptops that were offline for weeks merge in any order. Every event has two times:
``happened_at`` (the visit) and ``recorded_at`` (the commit).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

type Json = bool | int | float | str | list[Json] | dict[str, Json] | None

SIMULATED = "mô phỏng / simulated"
"""Stands in everything a simulator makes, and marks whatever comes of it."""

GENESIS = "0" * 64
"""``previous`` of an origin's first event."""


class EventKind(StrEnum):
    """What an event says."""

    WORKSPACE_CREATED = "workspace_created"
    BOUNDARIES_IMPORTED = "boundaries_imported"
    PATROL_RECORDED = "patrol_recorded"
    PHOTO_RECORDED = "photo_recorded"
    RUN_FINISHED = "run_finished"
    CANDIDATE_PROPOSED = "candidate_proposed"
    PLOT_DISMISSED = "plot_dismissed"
    PLOT_ASSIGNED = "plot_assigned"
    DECISION_WITHDRAWN = "decision_withdrawn"
    UAV_ASKED = "uav_asked"
    CANDIDATE_JUDGED_AGAIN = "candidate_judged_again"
    VISIT_RECORDED = "visit_recorded"
    VISIT_CORRECTED = "visit_corrected"
    TIP_RECORDED = "tip_recorded"
    TIP_ANSWERED = "tip_answered"
    MODEL_TRAINED = "model_trained"
    MODEL_EVALUATED = "model_evaluated"
    MODEL_PROMOTED = "model_promoted"
    MODEL_NOT_PROMOTED = "model_not_promoted"
    VISITS_CHOSEN = "visits_chosen"
    FIELD_PACKAGE_WRITTEN = "field_package_written"
    SHEETS_PRINTED = "sheets_printed"
    DOSSIERS_WRITTEN = "dossiers_written"
    PATROLS_EXPORTED = "patrols_exported"
    PLOTS_VIEWED = "plots_viewed"
    EXPORTED = "exported"
    PERSON_CHANGED = "person_changed"
    DEVICE_CHANGED = "device_changed"
    PLOTS_MERGED = "plots_merged"
    PLOTS_HELD_APART = "plots_held_apart"
    PLOT_SPLIT = "plot_split"
    IMAGE_READ = "image_read"
    RECHECKS_DRAWN = "rechecks_drawn"
    CELLS_DRAWN = "cells_drawn"
    PLAN_MADE = "plan_made"
    STOP_VETOED = "stop_vetoed"
    UNITS_RECORDED = "units_recorded"
    FACTS_RECORDED = "facts_recorded"
    PERIOD_CLOSED = "period_closed"
    REPORT_FILED = "report_filed"
    PLOTS_HANDED_OVER = "plots_handed_over"
    CLOCK_STEPPED_BACK = "clock_stepped_back"
    KEY_ROTATED = "key_rotated"
    TRACKS_THINNED = "tracks_thinned"
    WORKSPACE_RESTORED = "workspace_restored"


def iso(when: datetime) -> str:
    """Return ``when`` (aware) as UTC ISO 8601 with microseconds and ``Z``: one spelling, so texts sort as times."""
    return when.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def parse_iso(text: str) -> datetime:
    """Read what :func:`iso` wrote."""
    return datetime.fromisoformat(text)


def origin_of(public_key: str) -> str:
    """Return the origin that an Ed25519 public key (hex) makes: its fingerprint."""
    return "o-" + hashlib.sha256(bytes.fromhex(public_key)).hexdigest()[:20]


def canonical(value: Json) -> bytes:
    """Return the one byte form of ``value`` that is hashed and signed (sorted keys, no blanks, no NaN)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


@dataclass(frozen=True, slots=True)
class Event:
    """One appended fact."""

    origin: str
    """Device or office: fingerprint of its public key."""
    number: int
    """1, 2, 3 … within the origin."""
    kind: EventKind
    happened_at: datetime
    """When it was so in the world, UTC."""
    recorded_at: datetime
    """When it was committed to a store, UTC."""
    payload: Mapping[str, Any]
    """Plain JSON; coordinates in WGS 84 degrees, lengths in metres, areas in m²."""
    previous: str
    """Hash of the origin's event before this one, or :data:`GENESIS`."""
    hash: str
    """SHA-256 over all of the above, hex."""
    signature: str = ""
    """Ed25519 signature over ``hash``, hex; the last event of each transaction bears one and covers those before it."""

    @property
    def key(self) -> tuple[str, int]:
        """Identity of the event."""
        return self.origin, self.number

    @property
    def order(self) -> tuple[datetime, datetime, str, int]:
        """The one order in which events are replayed, whatever order they arrived in."""
        return self.happened_at, self.recorded_at, self.origin, self.number

    def computed_hash(self) -> str:
        """Return the hash this event ought to have."""
        body: Json = {
            "origin": self.origin,
            "number": self.number,
            "kind": str(self.kind),
            "happened_at": iso(self.happened_at),
            "recorded_at": iso(self.recorded_at),
            "payload": dict(self.payload),
            "previous": self.previous,
        }
        return hashlib.sha256(canonical(body)).hexdigest()
