"""A process that writes to a store and says what was acknowledged; tests kill it, starve it or race it.

``python writer.py FOLDER loop|count N|full BYTES``
"""

import resource
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import shapely

from eradication import store as stores
from eradication.domain import EventKind, Fixes, Patrol
from eradication.errors import StorageFailed
from eradication.store import bundle
from eradication.store.contract import Store


def write_one(store: Store, folder: Path, name: str) -> None:
    n = 300
    source = folder / f"source-{name}"
    source.write_bytes(name.encode() * 100)
    lon, lat = np.linspace(104, 105, n), np.random.default_rng(n).uniform(20, 22, n)
    blank = np.full(n, np.nan, "f4")
    fixes = Fixes(lon, lat, blank, np.arange(n, dtype="f8"), blank, blank, np.zeros(n, "u1"))
    with store.transaction() as transaction:
        sha256 = transaction.put_original(source)
        transaction.add_tracks(Patrol(name, "", "", None, None, 0.0, 0.0, {}, (fixes,), ()))
        row = {"id": name, "score": 0.5, "geometry": shapely.box(104, 21, 104.1, 21.1)}
        transaction.replace_layer("candidates", [row])
        transaction.append(EventKind.PATROL_RECORDED, datetime.now(UTC), {"patrol": name, "sha256": sha256})
        transaction.append(EventKind.RUN_FINISHED, datetime.now(UTC), {"patrol": name})


def fill(store: Store, folder: Path) -> None:
    """Write until the disk is full, then try everything else that writes; print every failure's kind."""
    big = folder / "big"

    def until_refused() -> None:
        for n in range(2000):
            write_one(store, folder, f"w{n}")
            print("ack", f"w{n}", flush=True)

    def keep_big() -> None:
        with store.transaction() as transaction:
            transaction.put_original(big)

    def export() -> None:
        bundle.write(store, folder / "ws" / "out.zip")

    for attempt in (until_refused, keep_big, export):
        try:
            attempt()
            print("failed", "nothing", flush=True)
        except StorageFailed as error:
            print("failed", error.kind, flush=True)
    print("readable", len(store.events()), flush=True)


def main() -> None:
    workspace, mode, number = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    folder = workspace.parent
    with stores.open(workspace) as store:
        print("ready", flush=True)
        if mode == "full":
            if number:
                resource.setrlimit(resource.RLIMIT_FSIZE, (number, number))
            fill(store, folder)
        else:
            for n in range(number):
                name = f"{sys.argv[4]}-{n}"
                write_one(store, folder, name)
                print("ack", name, flush=True)


if __name__ == "__main__":
    main()
