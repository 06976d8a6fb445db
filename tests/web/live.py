"""The application behind a real server on loopback, in a thread of this process, and raw connections to it."""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyotp
import uvicorn
from fastapi import FastAPI

from eradication.web import serving


@dataclass(frozen=True)
class Live:
    """A server that answers."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextlib.contextmanager
    def connection(self, patience_s: float = 30.0) -> Iterator[socket.socket]:
        with contextlib.closing(socket.create_connection(("127.0.0.1", self.port), patience_s)) as made:
            yield made

    def say(self, *parts: bytes, patience_s: float = 30.0) -> bytes:
        """Send bytes and return all that comes until the server closes or ``patience_s`` are over."""
        with self.connection(patience_s) as made:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                for part in parts:
                    made.sendall(part)
            return said(made)


def run[T](work: Coroutine[Any, Any, T]) -> T:
    """Run what is asynchronous to its end, in a thread: a browser's driver keeps a loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def said(connection: socket.socket) -> bytes:
    """Return what comes until the end."""
    told = b""
    with contextlib.suppress(TimeoutError, ConnectionResetError):
        while part := connection.recv(65536):
            told += part
    return told


@contextlib.contextmanager
def served(app: FastAPI, **options: Any) -> Iterator[Live]:
    """Serve an application as ``eradication serve`` does; ``options`` are the library's."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, lifespan="off", **{**serving.ANSWERING, **options})
    server = uvicorn.Server(config)
    listening = config.bind_socket()
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield Live(listening.getsockname()[1])
    finally:
        server.should_exit = server.force_exit = True
        thread.join(20)
        listening.close()


PASSWORD = "lúa nương suối đá 7"


def come_in(page: Any, link: str, now: Callable[[], datetime]) -> None:
    """Take an invitation in a browser: choose a password, and set up a second factor where one is asked for."""
    page.goto(link)
    page.fill("#password", PASSWORD)
    with page.expect_navigation():
        page.press("#password", "Enter")
    while page.url.partition("?")[0].endswith("/signin/code"):
        page.evaluate("document.querySelector('main img').decode()")  # it has come
        assert page.evaluate("document.querySelector('main img').naturalWidth") > 100
        secret = page.inner_text("main code")
        page.fill("#code", pyotp.TOTP(secret).at(now()))
        with page.expect_navigation():
            page.press("#code", "Enter")
