"""Connections that must say what they want: the library waits for a request's first lines for ever, we do not.

Encrypted ones look now and then whether the server's certificate is to be renewed, or was, and go on with the new one:
nobody has to start the server anew for that.
"""

import asyncio
import logging
import socket
import ssl
import time
from pathlib import Path
from typing import ClassVar

import h11
from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol

from eradication.errors import EradicationError
from eradication.web import tls

LONGEST_HEAD_S = 15.0
"""How long the head of a request may take to come."""
MOST_HEAD_BYTES = 32_768
MOST_CONNECTIONS = 800
"""At once, of one process; below what systems let a process open."""


class Connection(H11Protocol):
    """A connection that is ended if no whole head of a request comes in time."""

    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait."""
        super().connection_made(transport)
        _send_at_once(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Take what came; parts of a head give no more time."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._stop()
        super().connection_lost(exc)

    def _watch(self) -> None:
        if self.conn.their_state is not h11.IDLE:
            self._stop()
        elif self._waiting is None:
            self._waiting = self.loop.call_later(LONGEST_HEAD_S, self._end)

    def _stop(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _end(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()


def _send_at_once(transport: asyncio.Transport) -> None:
    """Let the system send what there is: else the second part of an answer waits 40 ms for word of the first.

    The library does so itself, but not where several processes share the socket that it listens on.
    """
    own = transport.get_extra_info("socket")
    if own is not None and own.family in (socket.AF_INET, socket.AF_INET6):
        own.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class Encrypted(Connection):
    """A connection by TLS."""

    look_every_s: ClassVar[float] = 600.0
    _looked_s: ClassVar[float] = float("-inf")

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin, and look after the certificate of those who come later."""
        super().connection_made(transport)
        if time.monotonic() - Encrypted._looked_s >= self.look_every_s:
            Encrypted._looked_s = time.monotonic()
            renew(self.config)


def renew(config: Config) -> None:
    """Renew the certificate if it ends soon, and let a server that runs go on with what lies there."""
    chain, key = Path(str(config.ssl_certfile)), str(config.ssl_keyfile)
    try:
        tls.certificate(chain.parent, tls.names_of(chain))
        # What does not fit together must not get into the context in use: it would answer nobody any more.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(chain, key)
        if config.ssl is not None:
            config.ssl.load_cert_chain(chain, key)
    except (EradicationError, OSError) as error:
        logging.getLogger(__name__).warning("the certificate was not renewed: %s", error)
