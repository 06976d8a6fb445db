"""Keys of backups as age spells them: X25519, ``age1…`` the public one, ``AGE-SECRET-KEY-1…`` the secret one.

The key ``backup`` of a workspace is such a key too, kept as PEM: :func:`recipient_of` and :func:`identity_of` spell it
as age does, so that the escrow of two persons holds what opens backups.
"""

from collections.abc import Sequence
from pathlib import Path

import pyrage
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from eradication.errors import N_, UnusableInput
from eradication.store import keys

_LARGEST_KEY_FILE = 1 << 20
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = 0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3


def _polymod(values: Sequence[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATOR):
            check ^= generator if top >> bit & 1 else 0
    return check


def _bech32(prefix: str, raw: bytes) -> str:
    """Return ``raw`` (32 bytes) as BIP 173 spells it; age takes no notice of that standard's limit on length."""
    number = int.from_bytes(raw) << 4  # 256 bits in 52 groups of five
    data = [number >> 5 * group & 31 for group in reversed(range(52))]
    expanded = [*(ord(c) >> 5 for c in prefix), 0, *(ord(c) & 31 for c in prefix)]
    check = _polymod([*expanded, *data, *[0] * 6]) ^ 1
    return prefix + "1" + "".join(_BECH32[v] for v in (*data, *(check >> 5 * (5 - i) & 31 for i in range(6))))


def recipient_of(public_key: str) -> str:
    """Return an X25519 public key (64 hex digits) as ``age1…``."""
    return _bech32("age", bytes.fromhex(public_key))


def identity_of(key: X25519PrivateKey) -> str:
    """Return a private key as ``AGE-SECRET-KEY-1…``."""
    raw = key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    return _bech32("age-secret-key-", raw).upper()


def make_identity(path: Path, made_at: str) -> str:
    """Write a new secret key to ``path`` (mode 0600), as ``age-keygen`` does, and return its public key ``age1…``.

    Raises:
        UnusableInput: ``key_exists``.
        StorageFailed: ``disk_full``, ``store_unwritable``.
    """
    fresh = pyrage.x25519.Identity.generate()
    public = str(fresh.to_public())
    content = f"# created: {made_at}\n# public key: {public}\n{fresh}\n"
    if not keys.write_private(path, content.encode("ascii")):
        hint = N_("Name another file: a key is never written over.")
        raise UnusableInput("key_exists", N_("There is a file of this name already."), where=str(path), hint=hint)
    return public


def check_recipient(text: str) -> str:
    """Return a public key as it is used.

    Raises:
        UnusableInput: ``bad_recipient``.
    """
    try:
        return str(pyrage.x25519.Recipient.from_str(text.strip()))
    except (pyrage.RecipientError, ValueError) as error:
        raise UnusableInput(
            "bad_recipient",
            N_("'{text}' is no public key of backups."),
            # A secret key that was put here by mistake is not repeated.
            values={"text": f"{text[:8]}…"},
            where="[backup] recipients",
            hint=N_(
                "It begins with age1 and stands in the file of the key; `eradication backup-key new FILE` prints it."
            ),
        ) from error


def read_identities(path: Path) -> tuple[str, ...]:
    """Return the secret keys in a file: as age keeps them, or a key ``backup-1.pem`` of a workspace.

    Raises:
        UnusableInput: ``no_such_file``, ``not_a_key``.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_KEY_FILE)
    except OSError as error:
        message = N_("The file cannot be read: {error}.")
        hint = N_("Check the name of the file.")
        values = {"error": error.strerror or error}
        raise UnusableInput("no_such_file", message, where=str(path), hint=hint, values=values) from error
    try:
        found = _identities(content)
    except (ValueError, TypeError, UnsupportedAlgorithm, pyrage.IdentityError) as error:
        raise _no_key(path) from error
    if not found:
        raise _no_key(path)
    return found


def _identities(content: bytes) -> tuple[str, ...]:
    if content.startswith(b"-----BEGIN"):
        key = load_pem_private_key(content, None)
        return (identity_of(key),) if isinstance(key, X25519PrivateKey) else ()
    lines = (line.strip() for line in content.decode("utf-8").splitlines())
    said = tuple(line for line in lines if line and not line.startswith("#"))
    for line in said:
        pyrage.x25519.Identity.from_str(line)
    return said


def _no_key(path: Path) -> UnusableInput:
    hint = N_("It holds a line that begins with AGE-SECRET-KEY-1; a key under a passphrase is opened with age first.")
    return UnusableInput("not_a_key", N_("There is no secret key of backups in this file."), where=str(path), hint=hint)
