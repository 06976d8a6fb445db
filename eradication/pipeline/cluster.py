"""The blocks of a season on a Dask cluster; whatever happens to it, the run ends and says so."""

import concurrent.futures
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from eradication.errors import N_, StorageFailed, UnusableInput
from eradication.progress import Tick

PATIENCE_S = 10.0
"""A scheduler that has not answered by then is not there; a cluster that has no worker for so long does nothing."""
LOOK_EVERY_S, REST_S = 1.0, 0.02

type At = tuple[int, int]
type Run = Callable[[Callable[[At], Any], list[At], Tick], Iterator[tuple[At, Any]]]
"""Does a piece of work for every block, in any order, and yields what came of it."""


@contextmanager
def opened(address: str) -> Iterator[Run]:
    """Give what does the work on the workers of a scheduler; they must see the same folders.

    Raises:
        UnusableInput: ``no_dask`` if the package is not installed.
        StorageFailed: ``no_cluster`` if nobody answers, or scheduler or workers are lost for good.
    """
    try:
        from distributed import Client
    except ImportError:
        raise UnusableInput(
            "no_dask",
            N_("Dask is not installed here."),
            hint=N_("Install it: pip install 'eradication[cluster]'"),
        ) from None
    # It would print how it lost a connection; what that means for the run is said below.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    try:
        client = Client(address, timeout=f"{PATIENCE_S}s")  # type: ignore[no-untyped-call]
    except (OSError, TimeoutError, ValueError) as error:
        raise _gone(address, error) from error

    def run(work: Callable[[At], Any], todo: list[At], tick: Tick) -> Iterator[tuple[At, Any]]:
        yield from _done(client, address, work, todo, tick)

    with client:
        yield run


def _done(client: Any, address: str, work: Callable[[At], Any], todo: list[At], tick: Tick) -> Iterator[tuple[At, Any]]:
    from distributed import KilledWorker, as_completed

    futures = client.map(work, todo, pure=False)
    place = {future.key: at for future, at in zip(futures, todo, strict=True)}
    finished, watch, done = as_completed(futures), _Watch(client, address), 0  # type: ignore[no-untyped-call]
    while done < len(todo):
        batch = finished.next_batch(block=False)  # type: ignore[no-untyped-call]
        if not batch:
            watch.look()
            time.sleep(REST_S)
        for future in batch:
            try:
                result = future.result()
            except (KilledWorker, concurrent.futures.CancelledError) as error:
                raise _gone(address, error) from error
            done += 1
            yield place[future.key], result
            tick(done, len(todo))


class _Watch:
    """Looks from time to time whether anybody is there to work."""

    def __init__(self, client: Any, address: str) -> None:
        self._client, self._address = client, address
        self._next = self._seen = time.monotonic()

    def look(self) -> None:
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + LOOK_EVERY_S
        try:
            if self._client.nthreads():
                self._seen = time.monotonic()
        except (OSError, TimeoutError, concurrent.futures.CancelledError) as error:
            raise _gone(self._address, error) from error
        if time.monotonic() - self._seen > PATIENCE_S:
            raise _gone(self._address, RuntimeError("no worker"))


def _gone(address: str, error: BaseException) -> StorageFailed:
    return StorageFailed(
        "no_cluster",
        N_("The Dask cluster does not do the work: {error}."),
        where=address,
        hint=N_("Start a scheduler and workers that see this workspace's folder, or leave --dask out."),
        values={"error": str(error) or type(error).__name__},
    )
