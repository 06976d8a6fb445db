"""Files that the settings name: the border, forests, roads, villages, heights."""

from collections.abc import Sequence
from pathlib import Path

from shapely.geometry.base import BaseGeometry

from eradication.config import Settings
from eradication.errors import N_, RefusedInput, UnusableInput
from eradication.ingest import boundaries


def path(settings: Settings, folder: Path, section: str, name: str) -> Path | None:
    """Return where the file under ``name`` in ``[section]`` is, ``None`` where none is named.

    A relative path leads from ``folder``, that of the workspace, wherever the program was called.
    """
    file: str = getattr(getattr(settings, section), name)
    return folder / file if file else None


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
