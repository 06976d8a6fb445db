"""Secrets: tokens of which only a hash is kept, passwords, and second factors sealed by a key of this workspace."""

import hashlib
import hmac
import os
import secrets
import threading
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.fernet import Fernet, InvalidToken

from eradication.errors import N_, StorageFailed, UnusableInput
from eradication.pipeline.workspace import Workspace, disk_errors_explained
from eradication.store.keyring import RECEPTION_FILE

SEALING_KEY = RECEPTION_FILE
_HASHING = threading.BoundedSemaphore(4)
"""So many passwords are hashed at the same time by one process: each takes 19 MiB."""
LEAST_LETTERS, MOST_LETTERS = 10, 200
_ROWS = ("01234567890", "09876543210", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm")
"""What fingers type one after the other."""
"""Of a password; the second bound keeps a request from costing more than it may."""


def token() -> str:
    """Return a new token of 256 random bits, safe in addresses and headers."""
    return secrets.token_urlsafe(32)


def same(one: str, other: str) -> bool:
    """Tell whether two secrets are the same, in a time that tells nothing of where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())


def token_hash(given: str) -> str:
    """Return what is kept of a token; it is random, so that a plain hash is enough."""
    return hashlib.sha256(given.encode()).hexdigest()


@cache
def _hasher() -> PasswordHasher:
    # OWASP's Argon2id of 19 MiB, 2 passes: tens of milliseconds on a laptop, with a dozen people signing in at once.
    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


@cache
def _nobody() -> str:
    return _hasher().hash(token())


def hashed(password: str, login: str = "") -> str:
    """Return the Argon2id hash of a password.

    Args:
        password: as it was chosen.
        login: whose it is to be.

    Raises:
        UnusableInput: ``weak_password``.
    """
    if not LEAST_LETTERS <= len(password) <= MOST_LETTERS or _is_easy(password.lower(), login.lower()):
        raise UnusableInput(
            "weak_password",
            N_("This password is too easy to guess."),
            hint=N_("Use {least} letters or more, best four words that do not belong together."),
            values={"least": LEAST_LETTERS},
        )
    with _HASHING:
        return _hasher().hash(password)


def _is_easy(password: str, login: str) -> bool:
    """Whether it is few different signs, digits alone, a row of keys, or the login and little else."""
    own = password.replace(login, "") if login else password
    rest = own
    for row in _ROWS:
        for at in range(len(row) - 3):
            rest = rest.replace(row[at : at + 4], "")
    return len(set(password)) < 5 or own.isdecimal() or len(rest) < LEAST_LETTERS // 2


def fits(password: str, kept: str) -> bool:
    """Tell whether a password is that of a hash; it takes as long where there is none, and tells nobody who exists."""
    nobodys = _nobody()  # made once, here, lest the first unknown name take longer
    if len(password) > MOST_LETTERS:
        return False
    try:
        with _HASHING:
            return _hasher().verify(kept or nobodys, password) and bool(kept)
    except (VerificationError, InvalidHashError):
        return False


def seal(workspace: Workspace, secret: str, at: datetime | None = None) -> str:
    """Return a secret, e.g. of a second factor, sealed by the workspace's key."""
    sealer = _sealer(workspace.folder / "keys")
    made = sealer.encrypt_at_time(secret.encode(), int(at.timestamp())) if at else sealer.encrypt(secret.encode())
    return made.decode()


def sealed_before(workspace: Workspace, sealed: str, now: datetime, longest: timedelta) -> str:
    """Return what was sealed at most so long ago; empty if it was not, or by another key."""
    sealer = _sealer(workspace.folder / "keys")
    try:
        opened = sealer.decrypt_at_time(sealed.encode(), int(longest.total_seconds()), int(now.timestamp()))
    except InvalidToken:
        return ""
    return opened.decode()


def unseal(workspace: Workspace, sealed: str) -> str:
    """Return what was sealed.

    Raises:
        StorageFailed: ``key_missing``: the key is not the one it was sealed by.
    """
    try:
        return _sealer(workspace.folder / "keys").decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise StorageFailed(
            "key_missing",
            N_("The key that sealed the second factors is gone."),
            where=SEALING_KEY,
            hint=N_(
                "Recover it from escrow: eradication keys recover DIR; or invite them anew: eradication users invite"
            ),
        ) from None


def _sealer(folder: Path) -> Fernet:
    file = folder / SEALING_KEY
    with disk_errors_explained(folder):
        if not file.exists():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            part = file.with_name(f".{SEALING_KEY}.{os.getpid()}-{secrets.token_hex(4)}")
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
                stream.write(Fernet.generate_key())
                stream.flush()
                os.fsync(stream.fileno())
            try:
                os.link(part, file)  # whoever comes second takes the key of the first
            except FileExistsError:
                pass
            finally:
                part.unlink()
        return Fernet(file.read_bytes())
