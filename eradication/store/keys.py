"""Keys: each device signs what it records with Ed25519, and its name is the fingerprint of its public key.

Nobody can append in another's name without the private key, and no list of names has to be kept: whoever holds the
public key can check that it belongs to the origin.
"""

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from eradication.domain.event import origin_of
from eradication.errors import N_, StorageFailed
from eradication.store import note
from eradication.store.files import sync_folder, write_failures
from eradication.store.note import Note, Reach

_EVENT = b"eradication event\n"
"""Put before a hash that is signed, so that a signature of an event can never pass for one of something else."""


class Signer:
    """A private key, the origin it makes, and how far this device has signed.

    The last is noted beside the key: a store that ends earlier was replaced by an older copy. Going on from there
    would give numbers out twice, and no other store could ever take this origin's events again.
    """

    def __init__(self, key: Ed25519PrivateKey, file: Path | None = None) -> None:
        """Derive public key and origin from ``key``; ``file`` is the note that says how far it has signed."""
        self._key, self._file = key, file
        self.public_key = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
        self.origin = origin_of(self.public_key)

    def sign(self, message: bytes) -> str:
        """Return the signature of ``message``, hex."""
        return self._key.sign(message).hex()

    def sign_event(self, event_hash: str) -> str:
        """Return the signature that the last event of a transaction bears."""
        return self.sign(_EVENT + event_hash.encode())

    def noted(self) -> Note:
        """Return what is noted beside the key: how far each chain reached, what the clock showed."""
        return note.read(self._file)

    def signed(self) -> Reach:
        """Return number and hash of the last event known to be signed and committed; 0 if none is."""
        return self.noted().reach(self.origin)

    def note_committed(self, heads: Mapping[str, Reach], clock: datetime | None, *, stepped_back: bool) -> None:
        """Note what is committed; see :meth:`eradication.store.note.Note.after`."""
        if self._file is not None:
            note.update(self._file, lambda before: before.after(heads, clock, stepped_back=stepped_back))


def is_key_of(public_key: str, origin: str) -> bool:
    """Tell whether ``public_key`` is well formed and makes ``origin``."""
    try:
        return len(public_key) == 64 and _is_plain(public_key) and origin_of(public_key) == origin
    except (ValueError, TypeError):
        return False


def _is_plain(text: str) -> bool:
    """Tell whether ``text`` is hex as it was written: blanks and capitals say the same, and are a change."""
    return bytes.fromhex(text).hex() == text


def is_signed(public_key: str, message: bytes, signature: str) -> bool:
    """Tell whether ``signature`` (hex) is that of ``message`` by the holder of ``public_key`` (hex)."""
    try:
        if not _is_plain(signature):
            return False
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key)).verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def is_event_signed(public_key: str, event_hash: str, signature: str) -> bool:
    """Tell whether ``signature`` is that of an event with ``event_hash``."""
    return is_signed(public_key, _EVENT + event_hash.encode(), signature)


def generate() -> Signer:
    """Make a new origin."""
    return Signer(Ed25519PrivateKey.generate())


def load(path: Path, *, create: bool) -> Signer:
    """Read the private key at ``path``, or make one there (mode 0600, durable) if there is none and ``create``.

    Raises:
        StorageFailed: ``key_missing``, ``key_damaged``, ``disk_full``.
    """
    try:
        pem = path.read_bytes()
    except FileNotFoundError:
        if not create:
            raise StorageFailed(
                "key_missing",
                N_("The key that signs this workspace's events is missing."),
                where=str(path),
                hint=N_(
                    "Recover it with `eradication keys recover DIR`, or put the file back from a backup. "
                    "`eradication init` makes a new key, and with it a new origin."
                ),
            ) from None
        return _make(path)
    except OSError as error:
        raise _damaged(path, error) from error
    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _damaged(path, error) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _damaged(path, "not an Ed25519 key")
    return Signer(key, path.with_suffix(".signed"))


def _damaged(path: Path, error: object) -> StorageFailed:
    return StorageFailed(
        "key_damaged",
        N_("The key that signs this workspace's events cannot be read: {error}."),
        where=str(path),
        hint=N_("Put the file back from a backup."),
        values={"error": error},
    )


def _make(path: Path) -> Signer:
    key = Ed25519PrivateKey.generate()
    if not write_private(path, pem_of(key)):
        return load(path, create=False)  # another process was first: its key counts
    return Signer(key, path.with_suffix(".signed"))


def pem_of(key: Ed25519PrivateKey | X25519PrivateKey) -> bytes:
    """Return a private key as it is kept: PKCS #8, PEM, not encrypted; the folder's rights protect it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def write_private(path: Path, content: bytes, *, replace: bool = False) -> bool:
    """Write a file of the owner's alone (mode 0600), durable, whole or not at all.

    Returns ``False`` if there is one already; ``replace`` puts the new one in its place.

    Raises:
        StorageFailed: ``disk_full``, ``store_unwritable``.
    """
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with write_failures(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            if replace:
                os.replace(fresh, path)
            else:
                os.link(fresh, path)  # fails where there is one
        except FileExistsError:
            return False
        finally:
            fresh.unlink(missing_ok=True)
        sync_folder(path.parent)
    return True
