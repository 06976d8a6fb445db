"""A pack as a folder, there completely or not at all."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from eradication.domain import Json
from eradication.report.map_pack.view import Feature, PackView

FORMAT, VERSION = "eradication-map-pack", 1
FILES = ("vector", "hillshade", "imagery")
"""Names of the files of tiles, without their ending; each may be absent."""
ABOUT = "pack.json"


def write(view: PackView, folder: Path, key: str) -> dict[str, Any]:
    """Write a pack into ``folder``, which is not there yet, and return what ``pack.json`` says.

    Whoever is quicker wins: a folder that came to be in the meantime stays, and its own words are returned. Only the
    owner of the folder may read it: it says where people will be.

    Args:
        view: what is shown.
        folder: of the pack; the folder above it is made if it is not there.
        key: names all that the pack rests on.

    Raises:
        OSError: the disk or GDAL refuses; then nothing is there.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    files, counts = _files(view)
    told = _told(view, key, files, counts)
    part = Path(tempfile.mkdtemp(prefix=".writing-", dir=folder.parent))
    try:
        for name, content in files.items():
            _put(part / f"{name}.pmtiles", content)
        _put(part / ABOUT, json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True).encode())
        try:
            part.rename(folder)
        except OSError:
            other = read(folder)
            if other is None:
                raise
            return other
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return told


def read(folder: Path) -> dict[str, Any] | None:
    """Return what the pack in ``folder`` says of itself, ``None`` if there is no whole one."""
    try:
        told = json.loads((folder / ABOUT).read_bytes())
        sizes = {name: (folder / f"{name}.pmtiles").stat().st_size for name in told["files"]}
    except (OSError, ValueError, KeyError, TypeError):
        return None
    whole = all(told["files"][name]["bytes"] == size for name, size in sizes.items())
    return told if whole and told.get("version") == VERSION else None


def _files(view: PackView) -> tuple[dict[str, bytes], dict[str, Json]]:
    # They bring GeoPandas and Matplotlib, for which whoever only asks whether a pack is there would wait.
    from pmtiles.tile import TileType

    from eradication.report.map_pack import archive, contours, hillshade, imagery, vector

    between, strong = ([], []) if view.heights is None else contours.lines(view.heights)
    layers: dict[str, Sequence[Feature]] = {**view.layers, "contours": between, "contours_index": strong}
    made = {
        "vector": (TileType.MVT, vector.tiles(layers), {"vector_layers": vector.described()}),
        "hillshade": (TileType.WEBP, {} if view.heights is None else hillshade.tiles(view.heights), {}),
        "imagery": (TileType.WEBP, imagery.tiles(view.pictures), {}),
    }
    files = {
        name: archive.packed(tiles, kind, view.bounds, _metadata(view, name) | more)
        for name, (kind, tiles, more) in made.items()
        if tiles
    }
    counts: dict[str, Json] = {name: len(features) for name, features in layers.items() if features}
    return files, counts | {"pictures": len(view.pictures)}


def _metadata(view: PackView, name: str) -> dict[str, Json]:
    return {
        "name": f"{view.unit} {name}",
        "type": "overlay",
        "attribution": view.attribution,
        "simulated": view.simulated,
        "season": view.season,
        "remarks": _remarks(view),
    }


def _told(view: PackView, key: str, files: Mapping[str, bytes], counts: Mapping[str, Json]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "key": key,
        "unit": view.unit,
        "season": view.season,
        "simulated": view.simulated,
        "attribution": view.attribution,
        "bounds": list(view.bounds),
        "features": dict(counts),
        "remarks": _remarks(view),
        "files": {
            name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in files.items()
        },
        "bytes": sum(map(len, files.values())),
    }


def _remarks(view: PackView) -> list[Json]:
    return [
        {
            "part": one.part,
            "why": one.why,
            "message": one.message,
            "values": {name: _plain(value) for name, value in one.values.items()},
        }
        for one in view.remarks
    ]


def _plain(value: object) -> Json:
    return value if isinstance(value, int | float | str) else str(value)


def _put(path: Path, content: bytes) -> None:
    with path.open("wb") as stream:
        os.fchmod(stream.fileno(), 0o600)
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
