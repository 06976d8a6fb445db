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
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_CA_DAYS, _SERVER_DAYS, _RENEW_DAYS = 3650, 397, 30
type Name = x509.DNSName | x509.IPAddress


@dataclass(frozen=True, slots=True)
class Certificate:
    """Files of a server's certificate."""

    authority: Path
    """What is installed on browsers and telephones."""
    chain: Path
    key: Path


def certificate(folder: Path, hosts: Sequence[str]) -> Certificate:
    """Return a certificate for ``hosts`` (names or addresses), made or renewed where it has to be.

    Args:
        folder: where keys and certificates lie.
        hosts: under which the server is reached; the authority is made anew if it may not vouch for one of them.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    files = Certificate(folder / "ca.pem", folder / "server.pem", folder / "server-key.pem")
    names = [_name(host) for host in dict.fromkeys(hosts)]
    if _is_good(files.authority, names, constrained=True) and _is_good(files.chain, names):
        return files
    if not _is_good(files.authority, names, constrained=True):
        _found(folder, names)
    authority = x509.load_pem_x509_certificate(files.authority.read_bytes())
    signer = load_pem_private_key((folder / "ca-key.pem").read_bytes(), None)
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder("eradication", authority.subject, _SERVER_DAYS, key)
    made = (
        builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(_known_by(authority), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(signer, hashes.SHA256())  # type: ignore[arg-type]
    )
    _write(files.key, _pem(key), secret=True)
    _write(files.chain, made.public_bytes(Encoding.PEM) + files.authority.read_bytes())
    return files


def _found(folder: Path, names: Sequence[Name]) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "eradication (local)")])
    permitted = [_network(one) for one in names]
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


def _network(name: Name) -> x509.GeneralName:
    """Return a name as a constraint; one of an address is a network of one."""
    if isinstance(name, x509.DNSName):
        return name
    return x509.IPAddress(ipaddress.ip_network(name.value))


def _is_good(file: Path, names: Sequence[Name], *, constrained: bool = False) -> bool:
    """Tell whether a certificate is there, lasts, and speaks for all of the names."""
    try:
        kept = x509.load_pem_x509_certificate(file.read_bytes())
    except (OSError, ValueError):
        return False
    if kept.not_valid_after_utc < datetime.now(UTC) + timedelta(days=_RENEW_DAYS):
        return False
    if constrained:
        told = kept.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
        return all(_network(name) in told for name in names)
    return all(name in kept.extensions.get_extension_for_class(x509.SubjectAlternativeName).value for name in names)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write(file: Path, content: bytes, *, secret: bool = False) -> None:
    part = file.with_name(f".{file.name}.{os.getpid()}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600 if secret else 0o644), "wb") as stream:
        stream.write(content)
    part.replace(file)
