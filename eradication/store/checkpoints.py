"""Checkpoints: what every chain was at one moment, signed, on paper or on a stick that the store's owner cannot reach.

A chain is consistent in itself also after someone who holds its key wrote it anew, or put an older copy in its place.
Neither agrees with a checkpoint taken before: each chain must still hold, at the number named there, the event with the
hash named there, and that hash covers everything before it.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from eradication.domain.event import canonical, iso
from eradication.errors import N_, RefusedInput, UnusableInput
from eradication.store import chain, keys
from eradication.store.audit import originals_of
from eradication.store.contract import Store

FORMAT, VERSION = "eradication-checkpoint", 1
LARGEST_BYTES = 16 << 20
_SIGNED = b"eradication checkpoint\n"
"""Put before what is signed, so that a signature of a checkpoint can never pass for one of something else."""


@dataclass(frozen=True, slots=True)
class Line:
    """One chain as a checkpoint names it."""

    origin: str
    label: str
    public_key: str
    events: int
    head: str
    """Hash of event number ``events``."""
    originals: int
    """Files its events named that were kept."""
    originals_sha256: str
    """Over their hashes, sorted."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint whose signature is that of the key it names."""

    taken_at: str
    """ISO 8601, by the clock of the device that signed."""
    origin: str
    """Who signed."""
    device: str
    public_key: str
    lines: tuple[Line, ...]
    fingerprint: str
    """See :func:`fingerprint`."""


@dataclass(frozen=True, slots=True)
class LineCheck:
    """What became of one chain since a checkpoint."""

    origin: str
    label: str
    events: int
    """Number the checkpoint names."""
    ok: bool
    reason: str
    """Empty, or ``missing_chain``, ``shorter``, ``other_history``, ``missing_original``."""


def taken(store: Store) -> tuple[Line, ...]:
    """Return what every chain is now, by origin, as the events themselves say, whatever is noted of them."""
    named = _named(store, {})
    known = {head.origin: head for head in store.origins()}
    lines = []
    for origin, (number, event_hash, files) in sorted(named.items()):
        kept = [sha256 for sha256 in sorted(files) if store.original(sha256) is not None]
        label, key = (known[origin].label, known[origin].public_key) if origin in known else ("", "")
        lines.append(Line(origin, label, key, number, event_hash, len(kept), _digest(kept)))
    return tuple(lines)


def _named(store: Store, until: Mapping[str, int]) -> dict[str, tuple[int, str, set[str]]]:
    """Return origin → number and hash of its last event, not after ``until``, and the files named up to it."""
    found: dict[str, tuple[int, str, set[str]]] = {}
    for row in store.stored():
        origin = str(row["origin"])
        if row["number"] > until.get(origin, row["number"]):
            continue
        files = found[origin][2] if origin in found else set()
        try:
            files.update(originals_of(chain.read_row(row)))
        except ValueError:
            pass  # the audit says so
        found[origin] = row["number"], str(row["hash"]), files
    return found


def _digest(names: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


def fingerprint(lines: Sequence[Line]) -> str:
    """Return eight groups of four digits for the minutes of a meeting: same chains, same fingerprint, on any device."""
    body: Any = [[line.origin, line.public_key, line.events, line.head, line.originals_sha256] for line in lines]
    return grouped(hashlib.sha256(b"eradication chains\n" + canonical(body)).hexdigest())


def grouped(event_hash: str) -> str:
    """Return the first 32 hex digits of a hash (128 bits) in groups of four, as people write and read them."""
    return " ".join(event_hash[start : start + 4] for start in range(0, 32, 4))


def content(store: Store, lines: Sequence[Line], now: datetime) -> bytes:
    """Return a checkpoint as the content of a file, signed by this store's origin; ``now`` is when it is taken."""
    body: Any = {
        "format": FORMAT,
        "version": VERSION,
        "taken_at": iso(now),
        "origin": store.origin,
        "device": store.device,
        "public_key": store.public_key,
        "events": sum(line.events for line in lines),
        "originals": sum(line.originals for line in lines),
        "fingerprint": fingerprint(lines),
        "chains": [{name: getattr(line, name) for name in Line.__slots__} for line in lines],
    }
    whole = {"checkpoint": body, "signature": store.sign(_SIGNED + canonical(body))}
    return json.dumps(whole, ensure_ascii=False, indent=2, sort_keys=True).encode() + b"\n"


def read(path: Path) -> Checkpoint:
    """Read a checkpoint and check its signature against the key it names; whose key that is, is not judged.

    Raises:
        UnusableInput: ``no_such_file``.
        RefusedInput: ``checkpoint_damaged``, ``checkpoint_newer``.
    """
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST_BYTES + 1)
        whole = json.loads(text) if len(text) <= LARGEST_BYTES else {}
        body = whole["checkpoint"]
        if body["format"] == FORMAT and body["version"] != VERSION:
            raise _newer(path)
        signed = keys.is_signed(body["public_key"], _SIGNED + canonical(body), whole["signature"])
        if body["format"] != FORMAT or not keys.is_key_of(body["public_key"], body["origin"]) or not signed:
            raise ValueError("it is not signed by the device it names")
        lines = tuple(_line(entry) for entry in body["chains"])
        if fingerprint(lines) != body["fingerprint"]:
            raise ValueError("its fingerprint is another one")
        return Checkpoint(
            body["taken_at"], body["origin"], body["device"], body["public_key"], lines, body["fingerprint"]
        )
    except FileNotFoundError:
        raise UnusableInput(
            "no_such_file", N_("There is no such file."), where=str(path), hint=N_("Check the name of the file.")
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise RefusedInput(
            "checkpoint_damaged",
            N_("This is not a checkpoint as it was signed: {error}."),
            where=str(path),
            hint=N_("Take another copy of it: of the stick, or of whom it was sent to."),
            values={"error": error},
        ) from error


def _newer(path: Path) -> RefusedInput:
    hint = N_("Install the same version on both machines.")
    message = N_("The checkpoint was written by another version of this program.")
    return RefusedInput("checkpoint_newer", message, where=str(path), hint=hint)


def _line(entry: Mapping[str, Any]) -> Line:
    line = Line(**{name: entry[name] for name in Line.__slots__})
    words = (line.origin, line.label, line.public_key, line.head, line.originals_sha256)
    if not all(isinstance(word, str) for word in words) or type(line.events) is not int or line.events < 1:
        raise ValueError("a chain that is not described as one")
    return line


def compare(store: Store, checkpoint: Checkpoint) -> list[LineCheck]:
    """Tell for each chain of ``checkpoint`` whether the store still goes on from it.

    The audit must have found every chain whole: here a hash is taken from its row, there it is computed.
    """
    now = _named(store, {line.origin: line.events for line in checkpoint.lines})
    return [
        LineCheck(line.origin, line.label, line.events, not why, why)
        for line in checkpoint.lines
        for why in [_why(store, line, now.get(line.origin))]
    ]


def _why(store: Store, line: Line, found: tuple[int, str, set[str]] | None) -> str:
    if found is None:
        return "missing_chain"
    number, event_hash, files = found
    if number < line.events:
        return "shorter"
    if event_hash != line.head:
        return "other_history"
    kept = [sha256 for sha256 in sorted(files) if store.original(sha256) is not None]
    return "" if _digest(kept) == line.originals_sha256 or len(kept) > line.originals else "missing_original"


def is_known(store: Store, public_key: str) -> bool:
    """Tell whether a key is this store's own or that of an origin whose events it holds."""
    return public_key == store.public_key or any(head.public_key == public_key for head in store.origins())


def find(store: Store, written: str) -> tuple[str, int] | None:
    """Return origin and number of the event whose hash has this fingerprint, as people wrote it; ``None`` if none has.

    Raises:
        UnusableInput: ``bad_fingerprint`` if it is not one.
    """
    digits = "".join(written.split()).replace("-", "").lower()
    if len(digits) != 32 or set(digits) - set("0123456789abcdef"):
        raise UnusableInput(
            "bad_fingerprint",
            N_("'{text}' is not a fingerprint."),
            hint=N_("Write eight groups of four digits and letters a to f, in quotation marks."),
            values={"text": written},
        )
    hit = next((row for row in store.stored() if str(row["hash"]).startswith(digits)), None)
    return (str(hit["origin"]), int(hit["number"])) if hit is not None else None
