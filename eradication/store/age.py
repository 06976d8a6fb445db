"""Encryption of backups in the age format (age-encryption.org/v1), by the library pyrage.

Whoever has the secret key, or the passphrase, opens such a file also with the tool ``age`` or ``rage``, without this
program. A file is encrypted to one or more public keys (``age1…``, X25519), or to one passphrase.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import pyrage

from eradication.errors import N_, CheckFailed, StorageFailed, UnusableInput
from eradication.store.age_keys import check_recipient

HEADER = b"age-encryption.org/v1\n"
_SCRYPT = b"-> scrypt "
MOST_UNDER_PASSPHRASE = 1 << 30
"""Bytes; the library encrypts to a passphrase in memory only."""


@dataclass(frozen=True, slots=True)
class Lock:
    """What a backup is encrypted to: public keys, or one passphrase."""

    recipients: tuple[str, ...] = ()
    passphrase: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Opener:
    """What opens a backup."""

    identities: tuple[str, ...] = field(default=(), repr=False)
    """Secret keys, ``AGE-SECRET-KEY-1…``."""
    passphrase: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Written:
    """What was written."""

    sha256: str
    size_bytes: int


class _Source:
    """Blocks as a file that is read; keeps the error that stopped it."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks, self._rest, self.error = blocks, memoryview(b""), None

    error: BaseException | None

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, none at the end."""
        try:
            while not self._rest:
                block = next(self._blocks, None)
                if block is None:
                    return b""
                self._rest = memoryview(block)
        except BaseException as error:
            self.error = error
            raise
        taken, self._rest = (self._rest, memoryview(b"")) if size < 0 else (self._rest[:size], self._rest[size:])
        return bytes(taken)


class _Target:
    """A file that is written; counts, hashes and keeps the error that stopped it."""

    def __init__(self, write: Callable[[bytes], Any]) -> None:
        self._write, self._digest = write, hashlib.sha256()
        self.size, self.error = 0, None

    error: BaseException | None

    def write(self, block: bytes) -> int:
        """Take a block."""
        try:
            self._write(block)
        except BaseException as error:
            self.error = error
            raise
        self._digest.update(block)
        self.size += len(block)
        return len(block)

    def flush(self) -> None:
        """Do nothing: whoever opened the file flushes it."""

    @property
    def written(self) -> Written:
        return Written(self._digest.hexdigest(), self.size)


def encrypt(blocks: Iterator[bytes], out: BinaryIO, lock: Lock) -> Written:
    """Encrypt ``blocks`` into ``out``; what raises while blocks are made or written is raised as it is.

    Raises:
        UnusableInput: ``bad_recipient``, ``too_large_for_passphrase``.
    """
    source, target = _Source(blocks), _Target(out.write)
    if not lock.recipients:
        target.write(pyrage.passphrase.encrypt(_gathered(blocks), lock.passphrase))
        return target.written
    recipients = [pyrage.x25519.Recipient.from_str(check_recipient(text)) for text in lock.recipients]
    try:
        pyrage.encrypt_io(source, target, recipients)
    except (pyrage.EncryptError, OSError) as error:
        raise source.error or target.error or error from None
    return target.written


def _gathered(blocks: Iterator[bytes]) -> bytes:
    whole = bytearray()
    for block in blocks:
        whole += block
        if len(whole) > MOST_UNDER_PASSPHRASE:
            hint = N_("Make a key with `eradication backup-key new FILE` and name it under [backup] in the settings.")
            message = N_("This workspace is too large for a backup under a passphrase.")
            raise UnusableInput("too_large_for_passphrase", message, hint=hint)
    return bytes(whole)


def is_age(path: Path) -> bool:
    """Tell whether a file begins as age files do."""
    with path.open("rb") as file:
        return file.read(len(HEADER)) == HEADER


def decrypt(path: Path, take: Callable[[bytes], Any], opener: Opener) -> Written:
    """Decrypt a file piece by piece; what ``take`` raises is raised as it is.

    What was taken is what somebody wrote, but not all of it, until this returns.

    Raises:
        CheckFailed: ``wrong_key``, ``wrong_passphrase``, ``backup_damaged``.
        StorageFailed: ``disk_failed``: the disk gave an error; that says nothing of the backup.
        UnusableInput: ``key_needed``.
    """
    if not is_age(path):
        raise damaged(path, N_("This is not an encrypted backup."))
    target = _Target(take)
    with path.open("rb") as file:
        by_passphrase = file.read(len(HEADER) + len(_SCRYPT)).endswith(_SCRYPT)
        file.seek(0)
        _check_can(path, by_passphrase, opener)
        try:
            if by_passphrase:
                target.write(pyrage.passphrase.decrypt(file.read(), opener.passphrase))
            else:
                pyrage.decrypt_io(file, target, [pyrage.x25519.Identity.from_str(line) for line in opener.identities])
        except (pyrage.DecryptError, OSError, ValueError) as error:
            if target.error is not None:
                raise target.error from None
            if isinstance(error, OSError) and error.errno is not None:  # of the disk; the library's own bear no number
                raise _unread(path, error) from error
            raise _refusal(path, error, by_passphrase) from error
    return target.written


def _check_can(path: Path, by_passphrase: bool, opener: Opener) -> None:
    if by_passphrase and not opener.passphrase:
        raise UnusableInput(
            "key_needed", N_("The backup is encrypted under a passphrase."), where=str(path),
            hint=N_("Give it with --passphrase-file FILE."),
        )  # fmt: skip
    if not by_passphrase and not opener.identities:
        raise UnusableInput(
            "key_needed", N_("The backup is encrypted to a key."), where=str(path),
            hint=N_("Name the file of the secret key with --identity FILE, or the escrow with --escrow DIR."),
        )  # fmt: skip
    if by_passphrase and path.stat().st_size > 2 * MOST_UNDER_PASSPHRASE:
        raise damaged(path, N_("The backup is larger than any that is under a passphrase."))


def _refusal(path: Path, error: BaseException, by_passphrase: bool) -> Exception:
    # The library tells its errors apart only by their words.
    if isinstance(error, pyrage.DecryptError) and by_passphrase and "failed" in str(error):
        hint = N_("Type it again; capital letters and blanks count.")
        return CheckFailed("wrong_passphrase", N_("The passphrase does not open it."), where=str(path), hint=hint)
    if isinstance(error, pyrage.DecryptError) and "No matching keys" in str(error):
        hint = N_("Use the key of another person, or an older one: a backup is opened by the keys it was written for.")
        return CheckFailed("wrong_key", N_("The key does not open this backup."), where=str(path), hint=hint)
    return damaged(path, N_("The backup was altered, or it is cut short."))


def _unread(path: Path, error: OSError) -> StorageFailed:
    hint = N_("Try it again from another disk or stick, then take another copy of it, or an older backup.")
    return StorageFailed(
        "disk_failed", N_("The disk does not answer correctly."), where=f"{path}: {error.strerror}", hint=hint
    )


def damaged(path: Path, message: str, member: str = "") -> CheckFailed:
    """Return what a check says of a backup that is not whole; ``member`` is the file in it that is meant.

    A backup whose first bytes are gone cannot be told from a file that never was one, so both are this.
    """
    hint = N_("Take another copy of it, or an older backup.")
    return CheckFailed("backup_damaged", message, where=f"{path}: {member}" if member else str(path), hint=hint)
