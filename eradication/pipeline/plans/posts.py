"""Where units leave from and return to: named on the command line, or in a file of the settings."""

import csv
import tempfile
from itertools import islice
from pathlib import Path

from shapely.geometry.base import BaseGeometry

from eradication import geo
from eradication.config import Limits
from eradication.errors import N_, RefusedInput, UnusableInput
from eradication.ingest import boundaries, sandbox
from eradication.pipeline import set_layers, units
from eradication.pipeline.plans.wish import Patrol, check_degrees, post_of
from eradication.pipeline.workspace import Workspace

_COLUMNS = ("unit", "lon", "lat")


def with_posts(workspace: Workspace, patrols: tuple[Patrol, ...]) -> tuple[Patrol, ...]:
    """Return patrols that each have a post.

    Raises:
        UnusableInput: ``post_missing``, ``bad_post``, ``bad_posts``, or the file of the settings cannot be read.
    """
    if all(one.post is not None for one in patrols):
        return patrols
    table = units.tables_of(workspace)
    known = {table.comparable(unit): post for unit, post in _of_settings(workspace).items()}
    found = []
    for one in patrols:
        post = one.post or known.get(table.comparable(one.unit))
        if post is not None and one.post is None:
            # Only where it is used: a mistake in another unit's row is no reason to plan nothing.
            check_degrees(post, f"[plan] posts: {one.unit}")
        if post is None:
            raise UnusableInput(
                "post_missing",
                N_("From where the unit {unit} leaves is not known."),
                where="--post",
                hint=N_("Give --post LON,LAT (WGS 84), or name a file with posts under [plan] in eradication.toml."),
                values={"unit": one.unit},
            )
        found.append(Patrol(one.unit, post))
    return tuple(found)


def _of_settings(workspace: Workspace) -> dict[str, tuple[float, float]]:
    """Return unit → post, of the file the settings name; of no file, nothing."""
    file = set_layers.path(workspace.settings, workspace.folder, "plan", "posts")
    if file is None:
        return {}
    if not file.is_file():
        raise _bad(file, N_("There is no such file."))
    return _of_table(file, workspace.settings.limits) if file.suffix.lower() == ".csv" else _of_layer(workspace, file)


def _of_table(file: Path, limits: Limits) -> dict[str, tuple[float, float]]:
    """Return unit → post of a CSV, which may be no larger and have no more rows than the limits say."""
    try:
        with tempfile.TemporaryDirectory(prefix="eradication-") as folder:
            copy = sandbox.copy_into(Path(folder), file, limits)
            with copy.open(encoding="utf-8-sig", newline="") as stream:
                told = [*islice(csv.DictReader(stream), limits.points + 1)]
    except (UnusableInput, RefusedInput) as error:
        raise _bad(file, error.message, error.values) from None
    except OSError as error:
        raise sandbox.no_room(file, error) from None
    except (UnicodeDecodeError, csv.Error):
        raise _bad(file, N_("The file cannot be read as a table in UTF-8.")) from None
    if len(told) > limits.points:
        raise _bad(file, N_("The table has more than {most} rows."), {"most": limits.points})
    rows = [{str(k).strip().lower(): str(v or "").strip() for k, v in row.items()} for row in told]
    if not rows or not set(_COLUMNS) <= rows[0].keys():
        raise _bad(file, N_("The table of posts needs the columns unit, lon and lat."))
    where = f"[plan] posts: {file}"
    return {row["unit"]: post_of(f"{row['lon']},{row['lat']}", where) for row in rows if row["unit"]}


def _of_layer(workspace: Workspace, file: Path) -> dict[str, tuple[float, float]]:
    try:
        columns, shapes = boundaries.layer(file, workspace.settings, ("unit",))
    except (UnusableInput, RefusedInput) as error:
        raise _bad(file, error.message, error.values) from None
    names = next((values for name, values in columns.items() if boundaries.folded(name) == "unit"), None)
    if names is None:
        raise _bad(file, N_("The file of posts needs the field unit."))
    return {str(n).strip(): _point(shape) for n, shape in zip(names, shapes, strict=True) if n and shape is not None}


def _point(shape: BaseGeometry) -> tuple[float, float]:
    lon, lat = geo.centre(shape)
    return lon, lat


def _bad(file: Path, message: str, values: object = None) -> UnusableInput:
    told = values if isinstance(values, dict) else {}
    return UnusableInput(
        "bad_posts",
        message,
        where=f"[plan] posts: {file}",
        hint=N_("Correct posts under [plan] in eradication.toml, or give --post LON,LAT."),
        values=told,
    )
