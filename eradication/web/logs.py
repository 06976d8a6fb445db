"""What is written down of requests: one JSON line each on stderr, and counts for ``/metrics``.

A line names the route as it is written in the program and never the address that was asked for: no id, no coordinate,
no name, no query gets into a log. Who asked is the pseudonym that events bear.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from eradication.domain.event import iso

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Those that are counted by name; a caller could make up any number of others, each kept for ever."""


def to_stderr(line: str) -> None:
    """Write a line to stderr; where that has no room, nobody's request fails for it."""
    with suppress(OSError):
        sys.stderr.write(line + "\n")


COUNTS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Variable that names a folder, where several processes serve together: the library keeps the counts of each there."""


class Counts:
    """Counts of this process, in a registry of their own; of several that serve together, those of all."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self.registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self.requests = Counter("eradication_requests", "Requests answered", labels, registry=self.registry)
        self.seconds = Histogram("eradication_request_seconds", "Time to answer", ("route",), registry=self.registry)

    def text(self) -> bytes:
        """Return the counts as Prometheus reads them."""
        if COUNTS_FOLDER not in os.environ:
            return generate_latest(self.registry)
        of_all = CollectorRegistry()
        MultiProcessCollector(of_all)  # type: ignore[no-untyped-call]
        return generate_latest(of_all)


class RequestLog:
    """ASGI middleware that writes a line and counts, for every request, answered or not."""

    def __init__(self, app: ASGIApp, counts: Counts, write: Callable[[str], None] = to_stderr) -> None:
        """Log the requests to ``app``."""
        self._app, self._counts, self._write = app, counts, write

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and write what became of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.monotonic(), 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            self._note(scope, status, time.monotonic() - began)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        state = scope.get("state", {})
        route, caller = state.get("route") or "-", state.get("caller")
        method = scope["method"] if scope["method"] in _METHODS else "-"
        self._counts.requests.labels(method, route, str(status)).inc()
        self._counts.seconds.labels(route).observe(seconds)
        line = {
            "at": iso(datetime.now(UTC)),
            "method": method,
            "route": route,
            "status": status,
            "ms": round(1000 * seconds, 1),
            "person": caller.person.person_id if caller else "",
            "device": caller.device_id if caller else "",
        }
        problem = {"problem": state["problem"]} if "problem" in state else {}
        self._write(json.dumps(line | problem))
