"""Layers of lines and areas that the settings name: the border, forests, roads, villages."""

from pathlib import Path

from shapely.geometry.base import BaseGeometry

from eradication.config import Settings
from eradication.errors import N_, RefusedInput, UnusableInput
from eradication.ingest import boundaries


def shapes(settings: Settings, folder: Path, section: str, name: str) -> list[BaseGeometry] | None:
    """Return the shapes (WGS 84) of the file under ``name`` in ``[section]``, ``None`` where none is named.

    Args:
        settings: name the file.
        folder: of the workspace, from which a relative path leads.
        section: of the settings, e.g. ``distances``.
        name: e.g. ``border``.

    Raises:
        UnusableInput: the file is not there or cannot be read; says where in the settings it is named.
    """
    file: str = getattr(getattr(settings, section), name)
    if not file:
        return None
    path = folder / file
    try:
        return boundaries.shapes(path, settings)
    except (UnusableInput, RefusedInput) as error:
        hint = N_("Correct {setting} under [{section}] in eradication.toml, or leave it empty.")
        values = {**error.values, "setting": name, "section": section}
        where = f"[{section}] {name}: {path}"
        raise UnusableInput(error.kind, error.message, where=where, hint=hint, values=values) from None
