"""Clients of the application in this process."""

import atexit
from contextlib import ExitStack
from functools import lru_cache
from typing import Any

from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI
from starlette.testclient import TestClient


@lru_cache
def _loop() -> BlockingPortal:
    """One event loop for all clients of a process: by itself a client starts one, and its threads, at every request."""
    end = ExitStack()
    atexit.register(end.close)
    return end.enter_context(start_blocking_portal("asyncio"))


def client(app: FastAPI, host: str, **options: Any) -> TestClient:
    """Return what asks ``app`` as if it were at ``host``; redirects are not followed."""
    made = TestClient(app, host, follow_redirects=False, **options)
    made.portal = _loop()
    return made
