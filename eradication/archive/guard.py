"""Who may be asked: an archive's answers name addresses, and a hostile one could name this computer or its network."""

import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit
from urllib.request import getproxies, proxy_bypass

from eradication.archive.lost import Lost
from eradication.sources import tell


@dataclass(frozen=True, slots=True)
class Guard:
    """The hosts that one archive's requests may go to."""

    hosts: frozenset[str]
    """Hosts and patterns ``*.example.org``."""
    private: bool
    """True if the archive's own address lies on this computer or its network: then its hosts may too."""

    def check(self, url: str) -> None:
        """Refuse an address that must not be asked.

        Raises:
            Lost: ``refused_address`` (scheme, host not named by archive or profile, private network), or
                ``unreachable`` (no such host).
        """
        try:
            parts = urlsplit(url)
            host, _ = (parts.hostname or "").lower(), parts.port
        except ValueError:
            raise Lost("refused_address", "not an address") from None
        if parts.scheme not in ("http", "https") or not host:
            raise Lost("refused_address", f"not http(s): {public(url)}")
        if not any(tell(pattern, host) for pattern in self.hosts):
            raise Lost("refused_address", f"host not named by the archive or its profile: {host}")
        if not self.private and is_private(host, parts.scheme):
            raise Lost("refused_address", f"private network: {host}")

    def check_peer(self, address: str, scheme: str) -> None:
        """Refuse an answer that came from a private address after all (a name may change what it means)."""
        if not self.private and not _proxied(scheme, "") and _is_private_address(address):
            raise Lost("refused_address", f"private network: {address}")


def guard_of(address: str, hosts: Iterable[str] = ()) -> Guard:
    """Return the guard of an archive at ``address`` (empty: a file on this computer) with more ``hosts``."""
    parts = urlsplit(address)
    own = (parts.hostname or "").lower() if parts.scheme in ("http", "https") else ""
    private = bool(own) and is_private(own, parts.scheme)
    return Guard(frozenset({*hosts, own} - {""}), private)


def is_private(host: str, scheme: str) -> bool:
    """Tell whether a host lies on this computer or its network. Behind a proxy only plain addresses can be judged.

    Raises:
        Lost: ``unreachable``: there is no such host.
    """
    try:
        ipaddress.ip_address(host)
    except ValueError:
        if host == "localhost" or host.endswith(".localhost"):
            return True
        if _proxied(scheme, host):
            return False
    else:
        return _is_private_address(host)
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Lost("unreachable", f"{host}: {error.strerror or error}") from None
    return any(_is_private_address(str(entry[4][0])) for entry in found)


def _is_private_address(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return True
    mapped = getattr(address, "ipv4_mapped", None)
    return not (mapped or address).is_global


def _proxied(scheme: str, host: str) -> bool:
    return bool(getproxies().get(scheme)) and not (host and proxy_bypass(host))


def public(url: str) -> str:
    """Return an address without query, fragment and user: they may hold tokens."""
    try:
        parts = urlsplit(url)
        host, number = parts.hostname or "", parts.port
    except ValueError:
        return "?"
    port = f":{number}" if number else ""
    return urlunsplit((parts.scheme, f"[{host}]{port}" if ":" in host else f"{host}{port}", parts.path, "", ""))
