"""A certificate authority of this workspace alone, so that browsers and telephones reach the server by TLS offline.

Service workers, positions and cookies of one host need TLS everywhere but on the computer itself. The authority may
vouch only for the names of this server (a name constraint), so that whoever installs it on a telephone trusts it with
nothing else. ``keys/tls/ca.pem`` is what is installed; its key and the server's stay beside it, 0600.
"""

import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from eradication.errors import N_, StorageFailed
from eradication.pipeline.workspace import locked

_CA_DAYS, _SERVER_DAYS, _RENEW_DAYS = 3650, 397, 30
_ROOM = 24
"""Of a private network's address the authority may vouch for its neighbours: a router gives another out tomorrow."""
_PRIVATE = tuple(map(ipaddress.IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
type Name = x509.DNSName | x509.IPAddress


@dataclass(frozen=True, slots=True)
class Certificate:
    """Files of a server's certificate."""

    authority: Path
    """What is installed on browsers and telephones."""
    chain: Path
    key: Path
    left_out: tuple[str, ...] = ()
    """Names that were asked for and that the authority may not vouch for: nobody is reached by them."""


def certificate(folder: Path, hosts: Sequence[str], *, new_authority: bool = False) -> Certificate:
    """Return a certificate for ``hosts`` (names or addresses), made or renewed where it has to be.

    The authority stays what it is as long as it lasts: every telephone has it installed. A name that it may not vouch
    for is left out, for with it no name of the certificate would be believed.

    Args:
        folder: where keys and certificates lie.
        hosts: under which the server is reached.
        new_authority: make another one, which may vouch for all of them; it is to be installed everywhere.

    Raises:
        StorageFailed: ``authority_damaged``: its certificate or its key cannot be read.
        UnusableInput: ``certificate_in_use``: another process is renewing it now.
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / ".lock").touch(mode=0o600)
    with locked(folder, "certificate_in_use", N_("Another program is renewing the certificate.")):
        names = [_name(host) for host in dict.fromkeys(hosts)]
        file = folder / "ca.pem"
        if new_authority or not file.exists() or _read(file).not_valid_after_utc < datetime.now(UTC):
            _found(folder, names)
        authority = _read(file)
        vouched = [name for name in names if _may_vouch(authority, name)]
        left_out = tuple(str(name.value) for name in names if name not in vouched)
        files = Certificate(file, folder / "server.pem", folder / "server-key.pem", left_out)
        if not _is_good(files, vouched, authority):
            _issue(files, vouched, authority)
        return files


def names_of(chain: Path) -> list[str]:
    """Return the names that a server's certificate is for.

    Raises:
        StorageFailed: ``authority_damaged``.
    """
    told = _read(chain).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [str(name.value) for name in told]


def _issue(files: Certificate, names: Sequence[Name], authority: x509.Certificate) -> None:
    try:
        signer = load_pem_private_key((files.key.parent / "ca-key.pem").read_bytes(), None)
    except (FileNotFoundError, ValueError) as error:
        raise _damaged(files.key.parent / "ca-key.pem") from error
    key = ec.generate_private_key(ec.SECP256R1())
    made = (
        _builder("eradication", authority.subject, _SERVER_DAYS, key)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(_known_by(authority), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(signer, hashes.SHA256())  # type: ignore[arg-type]
    )
    _write(files.key, _pem(key), secret=True)
    _write(files.chain, made.public_bytes(Encoding.PEM) + files.authority.read_bytes())


def _read(file: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(file.read_bytes())
    except (OSError, ValueError) as error:
        raise _damaged(file) from error


def _damaged(file: Path) -> StorageFailed:
    return StorageFailed(
        "authority_damaged",
        N_("The authority that telephones trust is not whole: this file is missing or cannot be read."),
        where=str(file),
        hint=N_(
            "Put keys/tls back from a copy, or start once with --new-authority and install ca.pem anew everywhere."
        ),
    )


def _found(folder: Path, names: Sequence[Name]) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "eradication (local)")])
    permitted = list(dict.fromkeys(_network(one) for one in names))
    made = (
        _builder("eradication (local)", name, _CA_DAYS, key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.NameConstraints(permitted_subtrees=permitted, excluded_subtrees=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    _write(folder / "ca-key.pem", _pem(key), secret=True)
    _write(folder / "ca.pem", made.public_bytes(Encoding.PEM))


def _builder(subject: str, issuer: x509.Name, days: int, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _known_by(authority: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    own = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)


def _name(host: str) -> Name:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _network(name: Name) -> Name:
    """Return a name as a constraint: an address as a network, of itself alone unless it is a private one."""
    if isinstance(name, x509.DNSName):
        return name
    address = name.value
    room = _ROOM if any(address in private for private in _PRIVATE) else address.max_prefixlen
    return x509.IPAddress(ipaddress.ip_network(f"{address}/{room}", strict=False))


def _may_vouch(authority: x509.Certificate, name: Name) -> bool:
    told = authority.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    if isinstance(name, x509.IPAddress):
        networks = [one.value for one in told if isinstance(one.value, ipaddress.IPv4Network | ipaddress.IPv6Network)]
        return any(ipaddress.ip_address(str(name.value)) in network for network in networks)
    return any(
        isinstance(one, x509.DNSName) and f".{name.value}".casefold().endswith(f".{one.value}".casefold())
        for one in told
    )


def _is_good(files: Certificate, names: Sequence[Name], authority: x509.Certificate) -> bool:
    """Tell whether a certificate is there, of this authority, lasts, and speaks for all of the names."""
    try:
        kept = x509.load_pem_x509_certificate(files.chain.read_bytes())
        kept.verify_directly_issued_by(authority)
    except (OSError, ValueError, TypeError, InvalidSignature):
        return False
    if not files.key.exists() or kept.not_valid_after_utc < datetime.now(UTC) + timedelta(days=_RENEW_DAYS):
        return False
    told = kept.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return all(name in told for name in names)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write(file: Path, content: bytes, *, secret: bool = False) -> None:
    part = file.with_name(f".{file.name}.{os.getpid()}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600 if secret else 0o644), "wb") as stream:
        stream.write(content)
    part.replace(file)
