"""The keys of a workspace: one that signs, and those that open what others sealed to it.

``keys/origin.pem`` is the Ed25519 key of the origin. ``keys/queue-1.pem`` and ``keys/backup-1.pem`` are X25519 keys:
telephones seal their queue to the first, backups are sealed to the second. Rotating one of these makes
``…-2.pem``, which is the current one from then on; the older ones stay, for what was sealed to them.

``keys/reception.key`` is no pair: one secret (Fernet) by which this workspace seals for itself what its reception
keeps, the secrets of second factors above all. It is made on first use, and is held in escrow with the others.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from eradication.domain.event import origin_of
from eradication.errors import N_, StorageFailed, UnusableInput
from eradication.store import keys
from eradication.store.files import write_failures
from eradication.store.rotation import KEY

SIGNING, OPENING, RECEPTION = "signing", ("queue", "backup"), "reception"
RECEPTION_FILE = "reception.key"
SUPERSEDED = "superseded"
"""File beside the keys: origins that this workspace was before it was restored from a backup, one a line. Their keys
must not sign here again, even if escrow still holds them: the device may have signed more than the backup knew."""
_FILE = re.compile(r"(queue|backup)-([1-9][0-9]{0,5})\.pem")


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """What may be told of a private key."""

    file: str
    """Its name in ``keys/``."""
    name: str
    """``signing``, ``queue``, ``backup`` or ``reception``."""
    kind: str
    """``ed25519``, ``x25519`` or ``fernet``."""
    version: int
    """The highest one is the current one; a signing key has no other versions."""
    public_key: str
    """64 hex digits; empty of a secret that is no pair."""
    fingerprint: str
    """Of a signing key the origin; ``k-`` and 20 hex digits of the SHA-256 of any other public key, or of the secret:
    256 random bits, which nobody finds by it."""
    made_at: datetime
    """When its file was written, UTC."""


def facts_of(file: str, pem: bytes, made_at: datetime) -> KeyFacts:
    """Return what may be told of the private key ``pem``, kept in a file of that name.

    Raises:
        ValueError: it is no key, or not of the kind its name says.
    """
    if file == RECEPTION_FILE:
        Fernet(pem)
        mark = "k-" + hashlib.sha256(b"eradication reception " + pem.strip()).hexdigest()[:20]
        return KeyFacts(file, RECEPTION, "fernet", 1, "", mark, made_at)
    try:
        key = load_pem_private_key(pem, None)
    except (TypeError, UnsupportedAlgorithm) as error:
        raise ValueError(str(error)) from error
    if not isinstance(key, Ed25519PrivateKey | X25519PrivateKey) or isinstance(key, Ed25519PrivateKey) != (file == KEY):
        raise ValueError("it is of another kind than its name says")
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    if file == KEY:
        return KeyFacts(file, SIGNING, "ed25519", 1, public.hex(), origin_of(public.hex()), made_at)
    named = _FILE.fullmatch(file)
    if named is None:
        raise ValueError("its name is not that of a key")
    mark = "k-" + hashlib.sha256(public).hexdigest()[:20]
    return KeyFacts(file, named[1], "x25519", int(named[2]), public.hex(), mark, made_at)


class Keyring:
    """The folder ``keys`` of one workspace."""

    def __init__(self, workspace: Path) -> None:
        """Look after the keys of the workspace in that folder."""
        self.folder = workspace / "keys"

    def files(self) -> list[str]:
        """Return the names of the keys' files: the signing key, by name and version, then the reception's."""
        if not self.folder.is_dir():
            return []
        found = [(named[1], int(named[2]), p.name) for p in self.folder.iterdir() if (named := _FILE.fullmatch(p.name))]
        alone = [[name] if (self.folder / name).is_file() else [] for name in (KEY, RECEPTION_FILE)]
        return [*alone[0], *(name for *_, name in sorted(found)), *alone[1]]

    def contents(self) -> Mapping[str, bytes]:
        """Return file → private key, PEM; for the escrow alone."""
        with write_failures(self.folder):
            return {name: (self.folder / name).read_bytes() for name in self.files()}

    def all(self) -> list[KeyFacts]:
        """Return what may be told of every key.

        Raises:
            StorageFailed: ``key_damaged`` names the file.
        """
        return [self._facts(name) for name in self.files()]

    def current(self) -> list[KeyFacts]:
        """Return the keys in use: of each name the newest."""
        newest = {facts.name: facts for facts in self.all()}
        return list(newest.values())

    def _facts(self, name: str) -> KeyFacts:
        path = self.folder / name
        try:
            made_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            return facts_of(name, path.read_bytes(), made_at)
        except (ValueError, OSError) as error:
            raise StorageFailed(
                "key_damaged",
                N_("The key cannot be read: {error}."),
                where=str(path),
                hint=N_("Recover it from escrow: eradication keys recover DIR"),
                values={"error": error},
            ) from error

    def works(self, name: str) -> bool:
        """Tell whether the key in this file can be read."""
        try:
            self._facts(name)
        except StorageFailed:
            return False
        return True

    def public(self, name: str) -> str:
        """Return the public key (64 hex digits) that is to be sealed to.

        Raises:
            UnusableInput: ``no_such_key``.
        """
        newest = next((facts for facts in self.current() if facts.name == name), None)
        if newest is None:
            raise _unknown(name)
        return newest.public_key

    def openers(self, name: str) -> list[X25519PrivateKey]:
        """Return the private keys of ``queue`` or ``backup``, newest first: one of them opens what was sealed.

        Raises:
            UnusableInput: ``no_such_key``.
            StorageFailed: ``key_damaged``.
        """
        found = [facts for facts in reversed(self.all()) if facts.name == name and facts.kind == "x25519"]
        if not found:
            raise _unknown(name)
        opened = [load_pem_private_key((self.folder / facts.file).read_bytes(), None) for facts in found]
        return [key for key in opened if isinstance(key, X25519PrivateKey)]

    def make(self, name: str) -> KeyFacts:
        """Make the first key of this name.

        Raises:
            UnusableInput: ``key_exists``, ``no_such_key``.
            StorageFailed: ``disk_full`` …
        """
        if any(facts.name == name for facts in self.all()):
            raise UnusableInput(
                "key_exists",
                N_("There is a key of this name already."),
                where=name,
                hint=N_("To replace it run: eradication keys rotate {name}"),
                values={"name": name},
            )
        return self._write(name, 1)

    def rotate(self, name: str) -> KeyFacts:
        """Make the next key of this name; the older ones stay, to open what was sealed to them.

        Raises:
            UnusableInput: ``no_such_key``.
            StorageFailed: ``disk_full`` …
        """
        newest = max((facts.version for facts in self.all() if facts.name == name), default=0)
        if not newest:
            raise _unknown(name)
        return self._write(name, newest + 1)

    def _write(self, name: str, version: int) -> KeyFacts:
        if name not in OPENING:
            raise _unknown(name)
        while not keys.write_private(self.folder / f"{name}-{version}.pem", keys.pem_of(X25519PrivateKey.generate())):
            version += 1  # another process was first
        return self._facts(f"{name}-{version}.pem")


def _unknown(name: str) -> UnusableInput:
    return UnusableInput(
        "no_such_key",
        N_("There is no key of this name."),
        where=name,
        hint=N_("The names are signing, queue and backup; make one with: eradication keys make queue"),
    )
