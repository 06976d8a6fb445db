"""Files that the settings name: the border, forests, roads, villages, heights."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from shapely.geometry.base import BaseGeometry

from eradication.config import Settings
from eradication.errors import N_, RefusedInput, UnusableInput
from eradication.ingest import boundaries

if TYPE_CHECKING:
    from eradication.ingest.dem import Dem

NAMED = (
    ("terrain", "dem"), ("effort", "forest"),
    ("distances", "road"), ("distances", "village"), ("distances", "border"),
    ("plan", "posts"), ("plan", "tracks"), ("plan", "rivers"), ("plan", "hazards"),
    ("risk", "karst"), ("risk", "swidden"),
)  # fmt: skip
"""Section and name of every setting that names a file of the office's own; no backup holds these files."""


def path(settings: Settings, folder: Path, section: str, name: str) -> Path | None:
    """Return where the file under ``name`` in ``[section]`` is, ``None`` where none is named.

    A relative path leads from ``folder``, that of the workspace, wherever the program was called.
    """
    file: str = getattr(getattr(settings, section), name)
    return folder / file if file else None


def missing(settings: Settings, folder: Path) -> list[dict[str, str]]:
    """Return the files that the settings of the workspace in ``folder`` name and that are not there.

    Each with its ``section``, its ``setting`` and the ``file`` looked for.
    """
    named = ((section, name, path(settings, folder, section, name)) for section, name in NAMED)
    return [
        {"section": section, "setting": name, "file": str(file)}
        for section, name, file in named
        if file is not None and not file.exists()
    ]


def heights(settings: Settings, folder: Path) -> "Dem | None":
    """Open the height model that the settings name, ``None`` where none is named.

    Args:
        settings: name the file.
        folder: of the workspace, from which a relative path leads.

    Raises:
        UnusableInput: ``no_such_file``: it is not there; else what :func:`eradication.ingest.dem.find` raises. Says
            where in the settings it is named.
    """
    file = path(settings, folder, "terrain", "dem")
    if file is None:
        return None
    from eradication.ingest import dem  # brings rasterio

    where = f"[terrain] dem: {file}"
    if not file.exists():
        raise UnusableInput(
            "no_such_file", N_("The height model that the settings name is not there."), where=where,
            hint=N_("Lay the file there, or take its name out of eradication.toml: dem under [terrain]."),
        )  # fmt: skip
    try:
        return dem.find(str(file), max_bytes=settings.limits.file_mb * 1024 * 1024)
    except (UnusableInput, RefusedInput) as error:
        raise UnusableInput(error.kind, error.message, where=where, hint=error.hint, values=error.values) from None


def shapes(
    settings: Settings, folder: Path, section: str, name: str, *, bounds: Sequence[float] = ()
) -> list[BaseGeometry] | None:
    """Return the shapes (WGS 84) of the file under ``name`` in ``[section]``, ``None`` where none is named.

    Args:
        settings: name the file.
        folder: of the workspace, from which a relative path leads.
        section: of the settings, e.g. ``distances``.
        name: e.g. ``border``.
        bounds: west, south, east, north in degrees: what lies outside is not read; empty = everything is.

    Raises:
        UnusableInput: the file is not there or cannot be read; says where in the settings it is named.
    """
    file = path(settings, folder, section, name)
    if file is None:
        return None
    try:
        return boundaries.shapes(file, settings, bounds=bounds)
    except (UnusableInput, RefusedInput) as error:
        hint = N_("Correct {setting} under [{section}] in eradication.toml, or leave it empty.")
        values = {**error.values, "setting": name, "section": section}
        where = f"[{section}] {name}: {file}"
        raise UnusableInput(error.kind, error.message, where=where, hint=hint, values=values) from None
