"""Where the store of a restored workspace is, the file it came in or a server; all other settings stay as they were."""

import dataclasses
from pathlib import Path

from eradication import config
from eradication.pipeline.workspace import write_whole
from eradication.store import snapshot


def keep_in_file(folder: Path) -> None:
    """Let the store be the file in ``folder``, whatever it was before.

    Raises:
        UnusableInput: ``bad_settings``.
    """
    file = folder / config.FILE_NAME
    if config.load(file).store.url:
        _write(file, config.Store(schema=config.load(file).store.schema))


def move_to_server(folder: Path, server: config.Store, token: str) -> None:
    """Move the store of the workspace in ``folder`` from its file into the empty schema that ``server`` names.

    Args:
        folder: of the workspace, which nobody has open.
        server: where to.
        token: of this restore; what one that was cut short left under it is made anew, see :func:`settled`.

    Raises:
        UnusableInput: ``store_taken``, ``bad_settings``, ``missing_part``.
        StorageFailed: ``store_unreachable``, ``disk_full`` …
    """
    file = folder / "store.gpkg"
    snapshot.load(file, folder, server, token=token)
    for left in folder.glob("store.gpkg*"):
        left.unlink()
    _write(folder / config.FILE_NAME, server)


def settled(server: config.Store, token: str) -> None:
    """Take the token of a restore off a schema: the store is in use now, and is never made anew."""
    from eradication.store import postgis_address, postgis_founding  # its libraries are an extra

    database = postgis_founding.Founding(postgis_address.address_of(server))
    try:
        database.release(token)
    finally:
        database.close()


def _write(file: Path, place: config.Store) -> None:
    before = config.load(file).store
    wanted = dataclasses.replace(before, url=place.url, schema=place.schema)
    write_whole(file, config.placed(file.read_text(encoding="utf-8"), file, wanted))
    if place.url:
        file.chmod(0o600)  # the address may hold a password
