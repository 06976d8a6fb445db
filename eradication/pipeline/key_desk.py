"""The keys of a workspace: told, made, rotated, and held in escrow by two persons.

What is known of the escrow is noted in ``keys/escrow.json``: which keys it holds (fingerprints), with whom, and the
drills. No answer holds a private key or a passphrase.
"""

import dataclasses
import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from eradication import config
from eradication.domain.event import iso, origin_of, parse_iso
from eradication.errors import N_, UnusableInput
from eradication.pipeline.workspace import Workspace
from eradication.store import escrow, keyring, keys, rotation
from eradication.store.keyring import KeyFacts, Keyring

RECORD = "escrow.json"


def listed(workspace: Workspace) -> dict[str, Any]:
    """Tell of every key: name, kind, when it was made, fingerprint, whether escrow holds it, the last drill."""
    ring = Keyring(workspace.folder)
    record, current = _record(ring), {facts.file for facts in ring.current()}
    rows = [_told(facts, record) | {"current": facts.file in current} for facts in ring.all()]
    earlier = [origin_of(key) for key in rotation.own_keys(workspace.store)[1:]]
    return {"keys": rows, "earlier_origins": earlier, "escrow": _told_record(record)}


def _told(facts: KeyFacts, record: dict[str, Any]) -> dict[str, Any]:
    held = facts.fingerprint in record["keys"]
    return {
        "name": facts.name,
        "version": facts.version,
        "kind": facts.kind,
        "made_at": iso(facts.made_at),
        "fingerprint": facts.fingerprint,
        "public_key": facts.public_key,
        "escrowed": held,
        "last_drill": record["last_drill"] if held else "",
    }


def _told_record(record: dict[str, Any]) -> dict[str, Any]:
    return {name: record[name] for name in ("escrow", "made_at", "officers", "last_drill")}


def make(workspace: Workspace, name: str) -> dict[str, Any]:
    """Make the key ``queue`` or ``backup``.

    Raises:
        UnusableInput: ``key_exists``, ``no_such_key``.
    """
    ring = Keyring(workspace.folder)
    return _told(ring.make(name), _record(ring)) | {"current": True}


def rotate(workspace: Workspace, name: str, *, stolen: bool = False) -> dict[str, Any]:
    """Replace the key of this name by a new one; the workspace must be opened anew after its signing key was.

    Raises:
        UnusableInput: ``no_such_key``.
        StorageFailed: ``store_rolled_back`` …
    """
    ring = Keyring(workspace.folder)
    old = next((facts for facts in ring.current() if facts.name == name), None)
    if name == keyring.SIGNING:
        rotation.rotate(workspace.folder, workspace.store, stolen=stolen)
        new = next(facts for facts in ring.current() if facts.name == name)
    else:
        new = ring.rotate(name)
    return _told(new, _record(ring)) | {"current": True, "replaced": old.fingerprint if old else "", "stolen": stolen}


def put_in_escrow(workspace: Workspace, out: Path, officers: Sequence[str], ask: escrow.Ask) -> dict[str, Any]:
    """Seal every key so that two officers together can bring them back.

    Raises:
        UnusableInput: ``two_officers``, ``protected_path``, and those of :func:`eradication.store.escrow.seal`.
    """
    if len(officers) != 2:
        hint = N_("Name two: --officer A --officer B")
        raise UnusableInput("two_officers", N_("An escrow is opened by exactly two persons."), hint=hint)
    own = workspace.folder.resolve()
    if own == out.resolve() or own in out.resolve().parents:
        hint = N_("Name a folder elsewhere, best on a stick: what lies here is lost with this computer.")
        raise UnusableInput("protected_path", N_("The folder lies in the workspace."), where=str(out), hint=hint)
    first, second = (escrow.Officer(name, "") for name in officers)
    if first.name.strip().casefold() != second.name.strip().casefold():  # else it is refused before anyone types
        first, second = (escrow.Officer(name, escrow.check_passphrase(ask(name))) for name in officers)
    ring = Keyring(workspace.folder)
    device = workspace.store.device
    made = escrow.seal(ring.contents(), ring.all(), (first, second), out, device=device, now=datetime.now(UTC))
    _write_record(ring, made, drill="")
    return {"written": str(out), "files": [escrow.ENVELOPE, *escrow.SHARES], **_told_envelope(made)}


def _told_envelope(envelope: escrow.Envelope) -> dict[str, Any]:
    told = dataclasses.asdict(envelope)
    return {"escrow": told.pop("id"), **told} | {"officers": list(envelope.officers), "keys": list(envelope.keys)}


def drill(workspace: Workspace, folders: Sequence[Path], ask: escrow.Ask) -> dict[str, Any]:
    """Show that the escrow opens and holds the keys in use; no private key is written anywhere.

    Raises:
        UnusableInput: ``share_missing``.
        CheckFailed: ``wrong_passphrase``, ``escrow_damaged``.
    """
    opened = escrow.open_sealed(folders, ask)
    ring = Keyring(workspace.folder)
    held = {facts.fingerprint for facts in _facts(opened)}
    rows = [
        {"name": f.name, "version": f.version, "fingerprint": f.fingerprint, "held": f.fingerprint in held}
        for f in ring.all()
    ]
    ok = all(row["held"] for row in rows)
    if ok:
        _write_record(ring, opened.envelope, drill=iso(datetime.now(UTC)))
    return {"ok": ok, "keys": rows} | {"escrow": opened.envelope.id, "made_at": opened.envelope.made_at}


def _facts(opened: escrow.Opened) -> list[KeyFacts]:
    return [
        keyring.facts_of(file, pem, datetime.fromtimestamp(opened.made_at.get(file, 0.0), UTC))
        for file, pem in opened.contents.items()
    ]


def recover(workspace: Path, folders: Sequence[Path], ask: escrow.Ask, *, replace: bool = False) -> dict[str, Any]:
    """Bring the keys of an escrow back into a workspace whose own are lost or damaged.

    Raises:
        UnusableInput: ``no_workspace``, ``share_missing``, ``key_works`` (another key that can be read is there).
        CheckFailed: ``wrong_passphrase``, ``escrow_damaged``.
        StorageFailed: ``disk_full`` …
    """
    if not (workspace / config.FILE_NAME).is_file():
        hint = N_("Name the workspace with --workspace DIR.")
        raise UnusableInput(
            "no_workspace", N_("There is no workspace in this folder."), where=str(workspace), hint=hint
        )
    opened = escrow.open_sealed(folders, ask)
    ring = Keyring(workspace)
    left = _superseded(ring, _facts(opened))
    facts = [one for one in _facts(opened) if one not in left]
    present = ring.contents()
    other = [f.file for f in facts if f.file in present and present[f.file] != opened.contents[f.file]]
    working = [file for file in other if ring.works(file)]
    if working and not replace:
        raise UnusableInput(
            "key_works",
            N_("Another key is here and can be read: {files}."),
            where=str(ring.folder),
            hint=N_("Keep it, unless you are sure that it is not the one wanted; then add --replace."),
            values={"files": ", ".join(working)},
        )
    for one in facts:
        if present.get(one.file) == opened.contents[one.file]:
            continue
        if one.file in working:
            _set_aside(ring.folder / one.file)
        keys.write_private(ring.folder / one.file, opened.contents[one.file], replace=True)
        os.utime(ring.folder / one.file, (one.made_at.timestamp(),) * 2)
    _write_record(ring, opened.envelope, drill=iso(datetime.now(UTC)))
    told = [{"name": f.name, "version": f.version, "fingerprint": f.fingerprint} for f in facts]
    kept_back = [one.fingerprint for one in left]
    return {
        "recovered": told,
        "set_aside": working,
        "left_in_escrow": kept_back,
        "escrow": opened.envelope.id,
        "made_at": opened.envelope.made_at,
    }


def _superseded(ring: Keyring, facts: Sequence[KeyFacts]) -> list[KeyFacts]:
    """Return the signing key that this workspace had before it was restored: it must not sign here again."""
    try:
        before = (ring.folder / keyring.SUPERSEDED).read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError):
        return []
    return [one for one in facts if one.name == keyring.SIGNING and one.fingerprint in before]


def _set_aside(path: Path) -> None:
    """Keep a key that is replaced on purpose: it may be the only one of its kind."""
    path.replace(path.with_name(f"{path.name}.{int(datetime.now(UTC).timestamp())}.replaced"))


def _record(ring: Keyring) -> dict[str, Any]:
    empty: dict[str, Any] = {"escrow": "", "made_at": "", "officers": [], "keys": [], "last_drill": ""}
    try:
        found = json.loads((ring.folder / RECORD).read_text(encoding="utf-8"))
        known = {name: found[name] for name in empty if type(found[name]) is type(empty[name])}
        for name in ("made_at", "last_drill"):
            if known[name]:
                parse_iso(known[name])
    except (OSError, ValueError, KeyError, TypeError):
        return empty  # lost or cut short, it says nothing: then an escrow has to be made or drilled anew
    return empty | known


def _write_record(ring: Keyring, envelope: escrow.Envelope, *, drill: str) -> None:
    record = _told_envelope(envelope) | {"last_drill": drill}
    keys.write_private(ring.folder / RECORD, json.dumps(record, ensure_ascii=False).encode(), replace=True)


def escrowed(workspace: Workspace) -> set[str]:
    """Return the fingerprints of the keys that two persons are known to hold in escrow."""
    return set(_record(Keyring(workspace.folder))["keys"])


def finding(workspace: Workspace) -> tuple[str, str, dict[str, object], str]:
    """Tell ``doctor`` of the escrow: ``ok``, ``warn`` or ``fail``, what was found, its values, what to do."""
    ring = Keyring(workspace.folder)
    record = _record(ring)
    values: dict[str, object] = {"days": workspace.settings.keys.drill_days, "officers": ", ".join(record["officers"])}
    if not record["escrow"]:
        # Everyone begins so: worth mending, and no fault of a new workspace.
        advice = N_("Let two officers hold the keys together: eradication keys escrow DIR --officer A --officer B")
        return "warn", N_("No escrow yet: if this computer is lost, its keys are."), values, advice
    newer = [facts.name for facts in ring.current() if facts.fingerprint not in record["keys"]]
    if newer:
        found = N_("The escrow is older than the key: {names}.")
        advice = N_("Put the keys into escrow anew: eradication keys escrow DIR --officer A --officer B")
        return "fail", found, {"names": ", ".join(newer)}, advice
    last = parse_iso(record["last_drill"] or record["made_at"])
    if datetime.now(UTC) - last > timedelta(days=workspace.settings.keys.drill_days):
        found = N_("The escrow was last opened more than {days} days ago.")
        return "fail", found, values, N_("Let both officers open it: eradication keys drill DIR")
    return "ok", N_("The keys are in escrow with {officers}."), values, ""
