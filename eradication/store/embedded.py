"""The store of a workspace as one file: a GeoPackage that any GIS reads."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from eradication.store.engine import GeoPackageFile, open_file
from eradication.store.keys import Signer
from eradication.store.relational import RelationalStore

FILE_NAME = "store.gpkg"


class GeoPackageStore(RelationalStore):
    """See :class:`eradication.store.contract.Store`."""

    def __init__(self, folder: Path, signer: Signer, device: str, clock: Callable[[], datetime], create: bool) -> None:
        """Open ``folder``'s store; ``clock`` says when something is recorded."""
        file = folder / FILE_NAME
        self._engine = open_file(file, create=create)
        super().__init__(GeoPackageFile(self._engine, file), folder, signer, device, clock)
