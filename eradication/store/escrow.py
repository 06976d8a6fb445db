"""Escrow: the keys of a workspace in an envelope that two persons open together and neither opens alone.

The keys are sealed under a random key K. K is the exclusive or of two random halves; each officer's share is one half,
sealed under that officer's passphrase (scrypt, then ChaCha20-Poly1305). One half says nothing of K. A share can be
tried alone by whoever holds its file, as any file under a passphrase can, so passphrases are long; and a share that is
opened still opens nothing.

::

    escrow.json    who, when, which keys (fingerprints), and the sealed keys
    share-1.json   the first officer's half
    share-2.json   the second officer's half
"""

import json
import secrets
import unicodedata
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from eradication.domain.event import canonical, iso
from eradication.errors import N_, CheckFailed, UnusableInput
from eradication.store import keys
from eradication.store.keyring import KeyFacts

FORMAT, VERSION = "eradication-escrow", 1
ENVELOPE, SHARES = "escrow.json", ("share-1.json", "share-2.json")
LEAST_LETTERS = 12
"""Of a passphrase."""
COST = 1 << 17
"""scrypt's N with r = 8, p = 1: 128 MB and a third of a second for each try (OWASP password storage, 2025)."""
_COSTS = range(1 << 14, (1 << 20) + 1)
_LARGEST_BYTES = 1 << 20

type Ask = Callable[[str], str]
"""Officer → that officer's passphrase."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What may be told of an escrow."""

    id: str
    made_at: str
    device: str
    officers: tuple[str, ...]
    keys: tuple[str, ...]
    """Fingerprints of the keys in it."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An escrow that two persons opened. Its keys are in memory alone."""

    envelope: Envelope
    contents: Mapping[str, bytes] = field(repr=False)
    """File → private key, PEM."""
    made_at: Mapping[str, float]
    """File → when the key was made, seconds since 1970."""


def check_passphrase(text: str) -> str:
    """Return a passphrase as it is used: one spelling of each letter, however the keyboard wrote it.

    Raises:
        UnusableInput: ``short_passphrase``.
    """
    plain = unicodedata.normalize("NFC", text)
    if len(plain) < LEAST_LETTERS:
        hint = N_("Take at least {least} letters: five or six words that belong to no sentence are easy to keep.")
        message = N_("The passphrase is too short.")
        raise UnusableInput("short_passphrase", message, hint=hint, values={"least": LEAST_LETTERS})
    return plain


@dataclass(frozen=True, slots=True)
class Officer:
    """One of the two persons."""

    name: str
    passphrase: str = field(repr=False)


def seal(
    contents: Mapping[str, bytes], facts: Sequence[KeyFacts], officers: tuple[Officer, Officer], out: Path,
    *, device: str, now: datetime,
) -> Envelope:  # fmt: skip
    """Write the envelope and the two shares into the folder ``out``.

    Args:
        contents: file → private key.
        facts: what may be told of the same keys.
        officers: two different persons with two different passphrases.
        out: folder that holds no escrow yet.
        device: name of the device whose keys they are.
        now: when.

    Raises:
        UnusableInput: ``escrow_exists``, ``same_officer``, ``same_passphrase``, ``short_passphrase``.
        StorageFailed: ``disk_full`` …
    """
    _check_apart(officers, out)
    key, first = secrets.token_bytes(32), secrets.token_bytes(32)
    halves = first, bytes(a ^ b for a, b in zip(key, first, strict=True))
    head: dict[str, Any] = {
        "format": FORMAT, "version": VERSION, "escrow": secrets.token_hex(16), "made_at": iso(now), "device": device,
        "officers": [officer.name for officer in officers], "keys": sorted(part.fingerprint for part in facts),
    }  # fmt: skip
    secret: Any = {
        "files": {name: pem.decode("ascii") for name, pem in contents.items()},
        "made_at": {part.file: part.made_at.timestamp() for part in facts},
    }
    written = {ENVELOPE: head | _sealed(key, canonical(secret), head)}
    for name, officer, half in zip(SHARES, officers, halves, strict=True):
        share = {"format": FORMAT, "version": VERSION, "escrow": head["escrow"], "officer": officer.name, "n": COST}
        share["salt"] = b64encode(secrets.token_bytes(32)).decode()
        written[name] = share | _sealed(_stretched(officer.passphrase, share), half, share)
    for name, body in written.items():
        keys.write_private(out / name, json.dumps(body, ensure_ascii=False, indent=2).encode() + b"\n")
    return _envelope(head)


def _check_apart(officers: tuple[Officer, Officer], out: Path) -> None:
    first, second = officers
    if any((out / name).exists() for name in (ENVELOPE, *SHARES)):
        hint = N_("Name another folder: an older escrow may be the only copy of an older key.")
        raise UnusableInput("escrow_exists", N_("There is an escrow in this folder."), where=str(out), hint=hint)
    if first.name.strip().casefold() == second.name.strip().casefold():
        hint = N_("Two persons open an escrow together: name two.")
        raise UnusableInput("same_officer", N_("Both officers bear the same name."), where=first.name, hint=hint)
    if check_passphrase(first.passphrase) == check_passphrase(second.passphrase):
        hint = N_("Each officer chooses one alone and tells nobody.")
        raise UnusableInput("same_passphrase", N_("Both passphrases are the same."), hint=hint)


def _sealed(key: bytes, content: bytes, head: Mapping[str, Any]) -> dict[str, str]:
    nonce = secrets.token_bytes(12)
    sealed = ChaCha20Poly1305(key).encrypt(nonce, content, canonical(dict(head)))
    return {"nonce": b64encode(nonce).decode(), "sealed": b64encode(sealed).decode()}


def _unsealed(key: bytes, body: Mapping[str, Any]) -> bytes:
    head = {name: value for name, value in body.items() if name not in ("nonce", "sealed")}
    nonce, sealed = (b64decode(body[name], validate=True) for name in ("nonce", "sealed"))
    return ChaCha20Poly1305(key).decrypt(nonce, sealed, canonical(head))


def _stretched(passphrase: str, share: Mapping[str, Any]) -> bytes:
    salt = b64decode(share["salt"], validate=True)
    kdf = Scrypt(salt=salt, length=32, n=share["n"], r=8, p=1)
    return kdf.derive(unicodedata.normalize("NFC", passphrase).encode())


def _envelope(head: Mapping[str, Any]) -> Envelope:
    officers, fingerprints = tuple(map(str, head["officers"])), tuple(map(str, head["keys"]))
    return Envelope(str(head["escrow"]), str(head["made_at"]), str(head["device"]), officers, fingerprints)


def open_sealed(folders: Sequence[Path], ask: Ask) -> Opened:
    """Open an escrow with both officers' passphrases; nothing is written.

    Args:
        folders: where the envelope and the two shares lie: one folder, or two sticks.
        ask: asks an officer for the passphrase.

    Raises:
        UnusableInput: ``share_missing``.
        CheckFailed: ``escrow_damaged`` names the file, ``wrong_passphrase`` the officer.
    """
    envelope = _read(folders, ENVELOPE)
    shares = [_read(folders, name) for name in SHARES]
    halves = []
    for name, share in zip(SHARES, shares, strict=True):
        if share.get("escrow") != envelope.get("escrow"):
            raise _damaged(name, N_("it belongs to another escrow"))
        halves.append(_half(name, share, ask))
    key = bytes(a ^ b for a, b in zip(*halves, strict=True))
    try:
        secret = json.loads(_unsealed(key, envelope))
        files = {str(name): str(pem).encode("ascii") for name, pem in secret["files"].items()}
        return Opened(_envelope(envelope), files, {name: float(when) for name, when in secret["made_at"].items()})
    except (InvalidTag, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(ENVELOPE, N_("it was altered")) from error


def _half(name: str, share: Mapping[str, Any], ask: Ask) -> bytes:
    try:
        n = share["n"]
        if type(n) is not int or n not in _COSTS or n & (n - 1):
            raise ValueError("a cost nobody asked for")
        half = _unsealed(_stretched(ask(str(share["officer"])), share), share)
    except InvalidTag:
        # Whoever holds the file can try passphrases against it anyway, so naming the share tells nothing more.
        raise CheckFailed(
            "wrong_passphrase",
            N_("The share of {officer} does not open: the passphrase is another one, or the file was altered."),
            where=name,
            hint=N_("Let {officer} type it again; then try the copy on the other stick."),
            values={"officer": share["officer"]},
        ) from None
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(name, N_("it is not a share")) from error
    if len(half) != 32:
        raise _damaged(name, N_("it is not a share"))
    return half


def _read(folders: Sequence[Path], name: str) -> dict[str, Any]:
    path = next((folder / name for folder in folders if (folder / name).is_file()), None)
    if path is None:
        raise UnusableInput(
            "share_missing",
            N_("A part of the escrow is missing: {name}."),
            where=", ".join(map(str, folders)),
            hint=N_("The envelope and the shares of both officers are needed; name both sticks if they lie apart."),
            values={"name": name},
        )
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST_BYTES + 1)
        body = json.loads(text) if len(text) <= _LARGEST_BYTES else None
        if not isinstance(body, dict) or body.get("format") != FORMAT or body.get("version") != VERSION:
            raise ValueError("another format")
    except (ValueError, RecursionError) as error:
        raise _damaged(str(path), N_("it is not a part of an escrow")) from error
    return body


def _damaged(where: str, why: str) -> CheckFailed:
    hint = N_("Use the copy on the other stick.")
    message = N_("A part of the escrow cannot be used: {why}.")
    return CheckFailed("escrow_damaged", message, where=where, hint=hint, values={"why": why})
