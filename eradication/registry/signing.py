"""Who vouches for a model: an Ed25519 signature over ``meta.json``, which holds the hash of every other file."""

import re
from collections.abc import Collection
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from eradication.domain.event import origin_of
from eradication.errors import N_, CheckFailed

SIGNATURE = "signature"
DAMAGED = "model_damaged"
UNTRUSTED = "model_not_trusted"
_MODEL = b"eradication model\n"
"""Put before what is signed, so that a signature of a model can never pass for one of something else."""

_FORM = re.compile("([0-9a-f]{64}) ([0-9a-f]{128})\n")
_LENGTH = 64 + 1 + 128 + 1


class Signer(Protocol):
    """What signs: a store does, with the key of its device."""

    @property
    def public_key(self) -> str:
        """Ed25519 public key, hex."""

    def sign(self, message: bytes) -> str:
        """Return the signature of ``message``, hex."""


def signature(signer: Signer, meta: bytes) -> bytes:
    """Return the content of the file ``signature``: public key and signature, hex."""
    return f"{signer.public_key} {signer.sign(_MODEL + meta)}\n".encode()


def signer_of(path: Path) -> str:
    """Return the public key that a model's folder names as its signer, empty if it names none; nothing is checked."""
    try:
        return (path / SIGNATURE).read_text("ascii").partition(" ")[0]
    except (OSError, UnicodeDecodeError):
        return ""


def check(path: Path, meta: bytes, trusted: Collection[str] | None) -> None:
    """Check the signature in the folder of a model.

    Args:
        path: the folder.
        meta: content of its ``meta.json``.
        trusted: public keys, hex; ``None`` = it may be unsigned, but a signature that is there must be right.

    Raises:
        CheckFailed: ``model_damaged`` if the signature is not that of ``meta``; ``model_not_trusted`` if there is none,
            or it is by a key that is not among ``trusted``.
    """
    where, file = str(path), path / SIGNATURE
    if not file.is_file():
        if trusted is not None:
            raise _unsigned(where)
        return
    try:
        with file.open("rb") as stream:
            found = _FORM.fullmatch(stream.read(_LENGTH + 1).decode("ascii"))
        if found is None:
            raise damaged(str(file))
        public, signed = found.groups()
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(signed), _MODEL + meta)
    except InvalidSignature:
        # Either differs; which of the two cannot be told.
        raise damaged(f"{path}: meta.json, {SIGNATURE}") from None
    except (ValueError, OSError):
        raise damaged(str(file)) from None
    if trusted is not None and public not in {key.strip().lower() for key in trusted}:
        raise _foreign(where, public)


def damaged(where: str) -> CheckFailed:
    """Return the refusal of a model of which a byte differs; ``where`` names the file, if it can be told."""
    return CheckFailed(
        DAMAGED,
        N_("The model differs from what was saved and is not opened."),
        where=where,
        hint=N_("Copy it again from where it was trained, or train it anew."),
    )


def _unsigned(where: str) -> CheckFailed:
    return CheckFailed(
        UNTRUSTED,
        N_("The model is not signed."),
        where=where,
        hint=N_("Train it anew here, or ask who trained it for the whole folder, with the file 'signature'."),
    )


def _foreign(where: str, key: str) -> CheckFailed:
    return CheckFailed(
        UNTRUSTED,
        N_("The model is signed by the device {fingerprint}, which this workspace does not trust."),
        where=where,
        hint=N_(
            "Ask the person who trained it, by telephone, whether {fingerprint} is their device. Only then add "
            '"{key}" to trusted_keys under [learning] in eradication.toml.'
        ),
        values={"fingerprint": origin_of(key), "key": key},
    )
