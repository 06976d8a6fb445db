"""The receiving key: what telephones seal is sealed to it, and opened here.

It is the key ``queue`` of the workspace (:mod:`eradication.store.keyring`), spelt as age does. So it is rotated, held
in escrow, drilled and recovered with the other keys; older ones stay and open what was sealed to them.
"""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

from eradication.errors import N_, CheckFailed, RefusedInput, StorageFailed, UnusableInput
from eradication.pipeline.reception.place import Place
from eradication.pipeline.workspace import disk_errors_explained
from eradication.store import age, age_keys
from eradication.store.keyring import Keyring

KEY = "queue"
FOLDER = "hand_ins"
"""Folder of the workspace that holds what was handed in; where it is, there was a key."""
_BLOCK = 1 << 20


def recipient(place: Place) -> str:
    """Return the public key that telephones seal to, ``age1…``; the key is made on first use.

    Raises:
        StorageFailed: ``key_missing``: there was one, and it is to be recovered; ``key_damaged``, ``disk_full`` …
    """
    ring = Keyring(place.workspace.folder)
    if not any(facts.name == KEY for facts in ring.all()):
        if (place.workspace.folder / FOLDER).exists():
            raise _missing()
        try:
            ring.make(KEY)
        except UnusableInput:
            pass  # another process made it meanwhile
    return age_keys.recipient_of(ring.public(KEY))


def opener(place: Place) -> age.Opener:
    """Return what opens everything that was ever sealed to this workspace.

    Raises:
        StorageFailed: ``key_missing``, ``key_damaged``: nothing sealed is lost, it waits for the key.
    """
    try:
        keys = Keyring(place.workspace.folder).openers(KEY)
    except UnusableInput:
        raise _missing() from None
    return age.Opener(tuple(age_keys.identity_of(key) for key in keys))


def _missing() -> StorageFailed:
    return StorageFailed(
        "key_missing",
        N_("The key that opens what telephones sealed is gone."),
        where="keys",
        hint=N_("Recover it from escrow: eradication keys recover DIR"),
    )


def open_sealed(path: Path, out: Path, key: age.Opener, most_bytes: int) -> str:
    """Open a sealed file into ``out`` and return the SHA-256 of what was in it.

    Args:
        path: the sealed file.
        out: is written; whole only when this returns.
        key: see :func:`opener`.
        most_bytes: what may come out.

    Raises:
        RefusedInput: ``sealed_to_another_key``, ``sealed_damaged``, ``too_large``.
        StorageFailed: ``disk_full``, ``disk_failed``.
    """
    with disk_errors_explained(out), out.open("wb") as file:
        try:
            return age.decrypt(path, _bounded(file.write, most_bytes), key).sha256
        except CheckFailed as error:
            raise _refusal(error.kind) from error
        except UnusableInput as error:  # sealed under a passphrase, which nobody here has
            raise _refusal("wrong_key") from error


def _bounded(write: Callable[[bytes], object], most_bytes: int) -> Callable[[bytes], None]:
    left = most_bytes

    def take(block: bytes) -> None:
        nonlocal left
        left -= len(block)
        if left < 0:
            raise too_large(most_bytes)
        write(block)

    return take


def too_large(most_bytes: int) -> RefusedInput:
    """Return the refusal of a file that is larger than any that is taken."""
    return RefusedInput(
        "too_large",
        N_("The file is larger than {most} MB."),
        hint=N_("Take photos in a lower resolution, or hand a long track in as several."),
        values={"most": max(1, most_bytes // 1_000_000)},
    )


def _refusal(kind: str) -> RefusedInput:
    if kind == "wrong_key":
        return RefusedInput(
            "sealed_to_another_key",
            N_("This was sealed to a key that this workspace does not have."),
            hint=N_("Recover the key from escrow, then run: eradication hand-ins enter NUMBER"),
        )
    return RefusedInput(
        "sealed_damaged",
        N_("This sealed file was altered, or it is cut short."),
        hint=N_("Hand the record in again from the telephone, or from a bundle that it exported."),
    )


def seal(source: Path, out: Path, recipient_key: str) -> str:
    """Seal a file as telephones do, into ``out``; return the SHA-256 of what is sealed."""
    digest = hashlib.sha256()

    def blocks() -> Iterator[bytes]:
        with source.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
                yield block

    with disk_errors_explained(out), out.open("wb") as file:
        age.encrypt(blocks(), file, age.Lock((recipient_key,)))
    return digest.hexdigest()
