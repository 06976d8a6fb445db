"""The store: what this workspace knows, kept so that nothing acknowledged is lost and nothing is edited unseen.

``open(folder)`` gives the one file a workspace keeps everything in, ``store.gpkg``, which any GIS reads, or, where its
settings name a server, a schema of a PostGIS database; in the folder are the handed-in originals and the key that
signs. Events are appended and chained by hash, one chain per device.
"""

import platform
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from eradication import config
from eradication.errors import N_, UnusableInput
from eradication.store import keys, rotation, thinning
from eradication.store.audit import verify
from eradication.store.bundle import Bundle, BundleReport
from eradication.store.contract import (
    BBox,
    Joined,
    OriginCheck,
    OriginHead,
    Page,
    Reading,
    Records,
    Row,
    Slice,
    Store,
    Thinned,
    Transaction,
)
from eradication.store.embedded import FILE_NAME, GeoPackageStore
from eradication.store.files import write_failures
from eradication.store.relational import RelationalStore

__all__ = [
    "BBox",
    "Bundle",
    "BundleReport",
    "Joined",
    "OriginCheck",
    "OriginHead",
    "Page",
    "Reading",
    "Records",
    "Row",
    "Slice",
    "Store",
    "Thinned",
    "Transaction",
    "open",
    "verify",
]


def _now() -> datetime:
    return datetime.now(UTC)


def open(
    path: Path,
    *,
    device: str = "",
    create: bool = False,
    clock: Callable[[], datetime] = _now,
    settings: config.Store | None = None,
) -> RelationalStore:
    """Open the store of a workspace.

    Args:
        path: the workspace's folder.
        device: name shown beside this origin's events; empty = the computer's name.
        create: make what is missing: folder, key, store.
        clock: says when something is recorded.
        settings: file or server; ``None`` = what the workspace's ``eradication.toml`` says, the file if there is none.

    Raises:
        UnusableInput: ``no_store``, ``bad_settings``, ``missing_part``.
        StorageFailed: ``store_damaged``, ``store_newer``, ``store_locked``, ``store_unwritable``, ``disk_full``,
            ``key_missing``, ``key_damaged``; of a server also ``store_unreachable``, ``store_disconnected``,
            ``postgis_missing``, ``store_unsafe``.
    """
    where = settings or _settings(path)
    if create:
        with write_failures(path):
            path.mkdir(parents=True, exist_ok=True)
    elif not path.is_dir() or not (where.url or (path / FILE_NAME).is_file()):
        raise UnusableInput(
            "no_store",
            N_("There is no store in this folder."),
            where=str(path),
            hint=N_("Go to the workspace's folder, or make one: eradication init FOLDER"),
        )
    opened = (_on_server if where.url else _in_file)(path, where, device, create, clock)
    opened.tolerance = timedelta(seconds=where.clock_tolerance_s)
    try:
        thinning.settle(path, opened)
        settled = rotation.settle(path, opened)
    except BaseException:
        opened.close()
        raise
    if settled:  # by a power cut in the midst of a rotation the old key was left in its place
        opened.close()
        return open(path, device=device, clock=clock, settings=settings)
    return opened


def _settings(path: Path) -> config.Store:
    file = path / config.FILE_NAME
    return config.load(file).store if file.is_file() else config.Store()


def _in_file(
    path: Path, where: config.Store, device: str, create: bool, clock: Callable[[], datetime]
) -> RelationalStore:
    signer = keys.load(path / "keys" / rotation.KEY, create=create)
    return GeoPackageStore(path, signer, device or platform.node() or signer.origin, clock, create)


def _on_server(
    path: Path, where: config.Store, device: str, create: bool, clock: Callable[[], datetime]
) -> RelationalStore:
    from eradication.store import postgis, postgis_address  # its libraries are an extra

    database = postgis.Postgis(postgis_address.address_of(where))
    try:
        database.prepare(create=create)
        signer = keys.load(path / "keys" / rotation.KEY, create=create)
        return postgis.PostgisStore(database, path, signer, device or platform.node() or signer.origin, clock)
    except BaseException:
        database.close()
        raise
