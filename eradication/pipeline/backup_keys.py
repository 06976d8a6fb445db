"""Keys of backups: made, and found when a backup is to be opened."""

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from eradication.domain.event import iso
from eradication.errors import UnusableInput
from eradication.pipeline.workspace import disk_errors_explained
from eradication.store import age_keys, escrow
from eradication.store.age import Opener
from eradication.store.keyring import Keyring
from eradication.store.rotation import KEY

__all__ = ["Opener", "from_escrow", "make", "new_passphrase", "opener"]


def make(file: Path) -> dict[str, Any]:
    """Write a new secret key to ``file`` and tell its public key.

    Raises:
        UnusableInput: ``key_exists``.
        StorageFailed: ``disk_full`` …
    """
    with disk_errors_explained(file):
        public = age_keys.make_identity(file, iso(datetime.now(UTC)))
    return {"written": str(file), "public_key": public}


def new_passphrase(text: str) -> str:
    """Return a passphrase as it is used for a new backup.

    Raises:
        UnusableInput: ``short_passphrase``.
    """
    return escrow.check_passphrase(text)


def from_escrow(folders: Sequence[Path], ask: escrow.Ask) -> Mapping[str, bytes]:
    """Return the keys of an escrow that open what is sealed; the signing key stays in it.

    Raises:
        UnusableInput: ``share_missing``.
        CheckFailed: ``wrong_passphrase``, ``escrow_damaged``.
    """
    return {name: pem for name, pem in escrow.open_sealed(folders, ask).contents.items() if name != KEY}


def opener(folder: Path, files: Sequence[Path], held: Mapping[str, bytes], passphrase: str) -> Opener:
    """Return what opens a backup: named keys, those of escrow, else those that the workspace in ``folder`` has.

    Raises:
        UnusableInput: ``no_such_file``, ``not_a_key``.
    """
    found = [identity for file in files for identity in age_keys.read_identities(file)]
    found += [_identity(pem) for name, pem in held.items() if name.startswith("backup-")]
    if not found:
        try:
            found = [age_keys.identity_of(key) for key in Keyring(folder).openers("backup")]
        except UnusableInput:
            found = []  # this workspace has none, or there is none
    return Opener(tuple(found), unicodedata.normalize("NFC", passphrase))


def _identity(pem: bytes) -> str:
    key = load_pem_private_key(pem, None)
    return age_keys.identity_of(key) if isinstance(key, X25519PrivateKey) else ""
