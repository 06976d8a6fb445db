"""The stored table of spectra; :mod:`eradication.simulation.spectra` computed it and says how."""

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import numpy as np
import numpy.typing as npt

from eradication.raster import BANDS

FILE_NAME = "spectra.json"


@dataclass(frozen=True, slots=True, eq=False)
class SpectraTable:
    """Reflectance by cover state."""

    names: tuple[str, ...]
    """Cover states, in the order of the rows."""
    values: npt.NDArray[np.float64]
    """Shape (state, band), 0…1, bands as in :data:`eradication.raster.BANDS`."""

    def row(self, name: str) -> int:
        """Return the row number of a state."""
        return self.names.index(name)

    def spectrum(self, name: str) -> npt.NDArray[np.float64]:
        """Return one state's reflectance, shape (band,)."""
        row: npt.NDArray[np.float64] = self.values[self.row(name)]
        return row


@lru_cache(maxsize=1)
def table() -> SpectraTable:
    """Return the stored table."""
    text = resources.files("eradication.simulation").joinpath(FILE_NAME).read_text(encoding="utf-8")
    covers = json.loads(text)["covers"]
    names = tuple(covers)
    return SpectraTable(names, np.array([[covers[n]["reflectance"][b] for b in BANDS] for n in names]))
