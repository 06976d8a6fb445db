"""Where a request says it comes from: its host, the page that sent it, and what a device shows to be known by.

A browser sends cookies, and passwords it once was told, with whatever any page makes it send. So nothing that changes
something is taken from a page of another site; a program that is no browser names no page.
"""

import base64
import binascii
from urllib.parse import urlsplit

from starlette.requests import Request

from eradication.errors import N_, Denied, UnusableInput

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
OPENROSA = "/openrosa"
_BY_PASSWORD = (OPENROSA, "/ogc", "/tiles")
"""Where programs ask that know names and passwords alone: ODK Collect, older versions of QGIS.

None but the first asks a browser for one."""
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def is_openrosa(path: str) -> bool:
    """Tell whether an address is for ODK Collect, which shows a device's token as a password."""
    return _is_below(path, OPENROSA)


def _is_below(path: str, top: str) -> bool:
    return path == top or path.startswith(f"{top}/")


def shown(request: Request) -> tuple[str, str] | None:
    """Return device and secret of a token shown; empty texts for one that is not understood, ``None`` for none."""
    kind, _, rest = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        device, _, secret = rest.strip().partition(".")
        return device, secret
    # The path as it came: what a request builds of it depends on the header Host.
    if kind.lower() == "basic" and any(_is_below(request.scope["path"], top) for top in _BY_PASSWORD):
        try:
            device, _, secret = base64.b64decode(rest.strip(), validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return ("", "") if "\0" in device else (device, secret)
    return None


def check_host(request: Request, hosts: tuple[str, ...]) -> None:
    """Refuse a request for a name that is not the server's; without names any will do.

    Raises:
        UnusableInput: ``wrong_host``.
    """
    name = _parts(f"//{request.headers.get('host', '')}")[1]
    if not hosts or name in _LOOPBACK or name in {host.lower() for host in hosts}:
        return
    hint = N_("Use one of the names set as hosts in [web] of eradication.toml.")
    raise UnusableInput("wrong_host", N_("The server does not go by this name."), hint=hint)


def check(request: Request, *, with_cookie: bool) -> None:
    """Refuse what another site had a browser send.

    Raises:
        Denied: ``foreign_origin``.
    """
    if request.method in SAFE:
        return
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    if origin is None:
        # A program names no page; a browser that names none says at least from what kind of site it comes.
        good = site == "same-origin" or (site in (None, "none") and not with_cookie)
    elif origin == "null":
        # A page that tells no referrer sends its forms so; no page can forge the other header.
        good = site == "same-origin"
    else:
        good = _is_own(request, origin) and site in (None, "none", "same-origin")
    if not good:
        hint = N_("Open the page of this server itself and do it there.")
        raise Denied("foreign_origin", N_("This was sent by a page of another site."), hint=hint)


def _is_own(request: Request, origin: str) -> bool:
    scheme, _, authority = _parts(origin)
    # Behind a proxy that tells nothing of it the server may think that nothing is encrypted, but never the reverse.
    plain = scheme == request.scope["scheme"] == "http"
    return authority == request.headers.get("host", "").lower() and (scheme == "https" or plain)


def _parts(address: str) -> tuple[str, str, str]:
    """Return scheme, host name and authority, empty for what is no address."""
    try:
        parts = urlsplit(address)
        return parts.scheme, parts.hostname or "", parts.netloc.lower()
    except ValueError:
        return "", "", ""
