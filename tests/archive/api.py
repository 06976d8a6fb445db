"""Real STAC APIs on loopback, with items given by the test.

``rustac``: the server inside the package of that name, in memory and up at once. ``/``, ``/collections``,
``/collections/…/items`` and ``/search`` by GET and POST with ``limit``, ``bbox``, ``intersects``, ``datetime``,
``collections`` and ``ids``; further pages by ``next`` links (``skip``). It does not sort: ``sortby`` is accepted and
ignored, and its conformance does not claim it.

``pgstac``: stac-fastapi over pgstac on a private PostgreSQL, as large public archives run it. All of that, and
``sortby``, ``query``, ``filter`` and ``fields``; its ``next`` links carry tokens. It takes seconds to start.
"""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

START_S = 120.0
TRIES = 5
"""A free port may be taken between its finding and its use."""

type Document = dict[str, Any]


class NotStarted(RuntimeError):
    """The server cannot run here; the text says why."""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def _program(name: str) -> str:
    program = Path(sys.executable).parent / name
    if not program.is_file():
        raise NotStarted(f"there is no {program}")
    return str(program)


@contextmanager
def _running(command: Callable[[int], list[str]], log: Path, env: dict[str, str]) -> Iterator[str]:
    """Run a server on a free port of loopback until the block ends; yield its address."""
    for _ in range(TRIES):
        port = _free_port()
        with log.open("wb") as output:
            process = subprocess.Popen(
                command(port), stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=os.environ | env
            )
        try:
            if _comes_up(process, f"http://127.0.0.1:{port}/"):
                yield f"http://127.0.0.1:{port}"
                return
        finally:
            process.terminate()
            process.wait(30)
    raise NotStarted(f"{command(0)[0]} ended {TRIES} times: {log.read_text(errors='replace')[-500:]}")


def _comes_up(process: "subprocess.Popen[bytes]", url: str) -> bool:
    begun = time.monotonic()
    while process.poll() is None:
        if _answers(url):
            return True
        if time.monotonic() - begun > START_S:
            raise NotStarted(f"{process.args!r} did not answer within {START_S:.0f} s")
        time.sleep(0.02)
    return False


@contextmanager
def running_rustac(documents: Sequence[Document], folder: Path) -> Iterator[str]:
    """Run the server of ``rustac`` with items; yield its address.

    Args:
        documents: STAC items with absolute hrefs; collections are made for them.
        folder: where the item collection and the log are written.

    Raises:
        NotStarted: it is not installed or did not come up.
    """
    items = folder / "served-items.json"
    items.write_text(json.dumps({"type": "FeatureCollection", "features": list(documents)}))
    program = _program("rustac")

    def command(port: int) -> list[str]:
        return [program, "serve", "--addr", f"127.0.0.1:{port}", "--create-collections", str(items)]

    with _running(command, folder / "rustac.log", {}) as address:
        yield address


@contextmanager
def running_pgstac(documents: Sequence[Document], folder: Path, dsn: str) -> Iterator[str]:
    """Run stac-fastapi over pgstac with items; yield its address.

    Args:
        documents: STAC items with absolute hrefs; bare collections are made for them.
        folder: where items and logs are written.
        dsn: ``postgresql://user:password@127.0.0.1:port/database`` of an empty database with PostGIS, as superuser.

    Raises:
        NotStarted: it is not installed or did not come up.
    """
    pypgstac, uvicorn = _program("pypgstac"), _program("uvicorn")
    who, _, where = dsn.removeprefix("postgresql://").partition("@")
    address, _, database = where.partition("/")
    env = dict(zip(("PGUSER", "PGPASSWORD"), who.split(":"), strict=True))
    env |= dict(zip(("PGHOST", "PGPORT"), address.split(":"), strict=True)) | {"PGDATABASE": database}
    for kind, made in (("collections", _collections(documents)), ("items", list(documents))):
        (folder / f"{kind}.ndjson").write_text("\n".join(map(json.dumps, made)))
    for words in (["migrate"], *(["load", kind, f"{folder}/{kind}.ndjson"] for kind in ("collections", "items"))):
        done = subprocess.run([pypgstac, *words], env=os.environ | env, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotStarted(f"pypgstac {' '.join(words)}: {done.stderr[-500:]}")

    def command(port: int) -> list[str]:
        return [uvicorn, "--factory", "stac_fastapi.pgstac.app:create_app", "--port", str(port), "--no-access-log"]

    with _running(command, folder / "pgstac.log", env) as url:
        yield url


def _collections(documents: Sequence[Document]) -> list[Document]:
    everywhere = {"spatial": {"bbox": [[-180, -90, 180, 90]]}, "temporal": {"interval": [[None, None]]}}
    bare = {"type": "Collection", "stac_version": "1.0.0", "license": "other", "links": [], "extent": everywhere}
    return [bare | {"id": name, "description": name} for name in sorted({item["collection"] for item in documents})]
