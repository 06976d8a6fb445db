"""Serving: processes that answer, and one that does the long work beside them."""

import ipaddress
import multiprocessing
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import FrameType, MappingProxyType
from typing import Any, NoReturn

import uvicorn
from fastapi import FastAPI

from eradication.errors import N_, UnusableInput
from eradication.pipeline.reception.place import opened_place
from eradication.pipeline.workspace import disk_errors_explained
from eradication.web import beside, tls
from eradication.web.app import create_app
from eradication.web.beside import LONGEST_STOP_S
from eradication.web.connections import MOST_CONNECTIONS, MOST_HEAD_BYTES, Connection, Encrypted
from eradication.web.logs import COUNTS_FOLDER

_WORKSPACE = "ERADICATION_SERVED"
LONGEST_SILENCE_S = 120
"""A process that does not answer its parent for so long is ended and begun anew. One that replays everything, after an
upgrade say, may hold the interpreter for many seconds at a time, and would begin that replay again."""
TURN_S = 0.0005
"""How long a thread computes on while others wait for their turn. With Python's own 5 ms, an answer that asks a
server's database ten times would wait ten times for a thread that draws a tile."""
ANSWERING: Mapping[str, Any] = MappingProxyType(
    {
        "http": Connection,
        "ws": "none",
        "h11_max_incomplete_event_size": MOST_HEAD_BYTES,
        "limit_concurrency": MOST_CONNECTIONS,
        "server_header": False,
        "access_log": False,
        "log_level": "warning",
        "timeout_keep_alive": 15,
        "timeout_graceful_shutdown": LONGEST_STOP_S,
        "timeout_worker_healthcheck": LONGEST_SILENCE_S,
    }
)
"""How any process answers, wherever it listens."""


@dataclass(frozen=True, slots=True)
class Serving:
    """How the server is reached."""

    host: str = "127.0.0.1"
    port: int = 8080
    tls: bool = False
    """By a certificate of this workspace's own authority."""
    new_authority: bool = False
    """Make that authority anew: it is to be installed on every telephone."""
    workers: int = 1
    """Processes that answer."""
    jobs: bool = True
    """Whether a process for the long work is started beside them."""
    proxies: str = ""
    """Addresses of reverse proxies whose word on the caller's address and on TLS is taken; with commas."""

    @property
    def address(self) -> str:
        """What a browser on this computer opens."""
        shown = "127.0.0.1" if self.host in ("0.0.0.0", "::", "") else self.host
        return f"{'https' if self.tls else 'http'}://{shown}:{self.port}"


def check_encrypted(serving: Serving) -> None:
    """Make sure that nothing goes unencrypted beyond this computer: passwords, tokens of devices, places.

    Raises:
        UnusableInput: ``not_encrypted``.
    """
    try:
        is_here = serving.host == "localhost" or ipaddress.ip_address(serving.host).is_loopback
    except ValueError:
        is_here = False
    if not (is_here or serving.tls or serving.proxies):
        raise UnusableInput(
            "not_encrypted",
            N_("Other computers are answered encrypted, or not at all."),
            where=serving.host,
            hint=N_("Add --tls; or --behind-proxy ADDRESS, if a reverse proxy does the encryption."),
        )


def is_logged() -> bool:
    """Tell whether what is printed goes into a log: systemd names the journal that it connects a service to."""
    return "JOURNAL_STREAM" in os.environ


def check_free(serving: Serving) -> None:
    """Make sure that nobody else answers there.

    Raises:
        UnusableInput: ``address_taken``.
    """
    family = socket.AF_INET6 if ":" in serving.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((serving.host, serving.port))
        except OSError as error:
            raise UnusableInput(
                "address_taken",
                N_("The server cannot answer there: {problem}."),
                where=f"{serving.host}:{serving.port}",
                hint=N_("Choose another port with --port, or end the program that answers there."),
                values={"problem": error.strerror or error},
            ) from error


def certificate(folder: Path, serving: Serving, hosts: tuple[str, ...]) -> tls.Certificate | None:
    """Return the certificate to serve with, ``None`` without TLS.

    Args:
        folder: the workspace.
        serving: how.
        hosts: names under which the server is reached.

    Raises:
        StorageFailed: ``authority_damaged``, ``not_writable`` …
        UnusableInput: ``certificate_in_use``.
    """
    if not serving.tls:
        return None
    home = folder / "keys" / "tls"
    with disk_errors_explained(home):
        return tls.certificate(home, _names(serving, hosts), new_authority=serving.new_authority)


def serve(folder: Path, serving: Serving, own: tls.Certificate | None = None) -> None:
    """Answer until somebody asks the program to end.

    Args:
        folder: the workspace.
        serving: how.
        own: the certificate, see :func:`certificate`.
    """
    os.environ[_WORKSPACE] = str(folder.resolve())
    options: dict[str, Any] = {}
    if own is not None:
        options = {"ssl_certfile": str(own.chain), "ssl_keyfile": str(own.key), "http": Encrypted}
    # The library ends by sending itself the signal again: what is begun here must be ended first.
    signal.signal(signal.SIGTERM, _end)
    several = serving.workers > 1
    with beside.worker(folder) if serving.jobs else _nobody(), _counted_together() if several else _nobody():
        uvicorn.run(
            "eradication.web.serving:served",
            factory=True,
            host=serving.host,
            port=serving.port,
            workers=serving.workers if several else None,
            proxy_headers=bool(serving.proxies),
            forwarded_allow_ips=serving.proxies or None,
            **{**ANSWERING, **options},
        )


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(0)


def served() -> FastAPI:
    """Return the application of one process; it is called by name in each."""
    _end_with_parent()
    sys.setswitchinterval(TURN_S)
    place = opened_place(Path(os.environ[_WORKSPACE]))
    # Open for as long as the process lives: the system closes what it leaves open.
    return create_app(place.__enter__())


def _end_with_parent() -> None:
    """Let a process of several end when the one that started it is gone: else it would answer on, unseen."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent,), daemon=True).start()


def _follow(parent: BaseProcess) -> None:
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(2 * LONGEST_STOP_S)
    os._exit(1)  # what still asks then is not waited for


def _names(serving: Serving, hosts: tuple[str, ...]) -> list[str]:
    own = [serving.host] if serving.host not in ("0.0.0.0", "::", "") else _addresses()
    return [*hosts, *own, "localhost", "127.0.0.1"]


def _addresses() -> list[str]:
    """Return name and addresses of this computer."""
    name = socket.gethostname()
    try:
        found = socket.getaddrinfo(name, None, family=socket.AF_INET)
    except OSError:
        return [name]
    return [name, *sorted({str(entry[4][0]) for entry in found})]


@contextmanager
def _nobody() -> Iterator[None]:
    yield


@contextmanager
def _counted_together() -> Iterator[None]:
    """Let several processes keep their counts where each finds those of all."""
    with tempfile.TemporaryDirectory(prefix="eradication-counts-") as folder:
        os.environ[COUNTS_FOLDER] = folder
        yield
