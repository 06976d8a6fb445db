"""Read a static STAC catalog from disk: catalog, collection, item collection or single item.

Nothing here touches a network. A catalog is a tree of JSON files that name one another, written by whoever made the
archive, so its links are followed with care: only to regular files, each once, with a bound on size and number. One
broken item is reported and the others go on.
"""

import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pystac

from eradication.errors import N_, UnusableInput
from eradication.raster import SceneFailure
from eradication.sources import Profile, embedded, marks_of, recognise, shipped

MAX_DOCUMENTS = 200_000
"""Most JSON files followed from one catalog."""

_HINT = N_("Give a STAC catalog.json, collection.json, item or item collection, or the folder that holds catalog.json.")


@dataclass(frozen=True, slots=True)
class Found:
    """One item and the folder its relative paths start from."""

    item: pystac.Item
    folder: Path
    profile: Profile
    """What its archive means by its words."""


class RemotePath(ValueError):
    """An href leads to a network or into a virtual file system."""


def local_path(href: str, folder: Path) -> Path:
    """Return the file an href means, relative to ``folder``.

    Raises:
        RemotePath: any scheme but ``file``, and GDAL's virtual paths (``/vsi…``).
    """
    parts = urlsplit(href)
    if parts.scheme == "file" and parts.netloc in ("", "localhost"):
        path = Path(unquote(parts.path))
    elif parts.scheme or parts.netloc:
        raise RemotePath(href)
    else:
        path = Path(href)
    path = folder / path
    if str(path).startswith("/vsi") or "\0" in str(path):
        raise RemotePath(href)
    return path


def read(catalog: str, *, max_bytes: int) -> tuple[list[Found], list[SceneFailure]]:
    """Return every item of a static catalog, in the order of its links, and what could not be read.

    Args:
        catalog: path of a JSON file, or of a folder that holds ``catalog.json``.
        max_bytes: largest JSON file read.

    Raises:
        UnusableInput: ``unsupported_catalog`` (an address), ``no_such_catalog``, ``not_stac``.
    """
    top = _locate(catalog)
    found: list[Found] = []
    failed: list[SceneFailure] = []
    waiting, seen = deque([top]), {top}
    while waiting:
        path = waiting.popleft()
        try:
            links = _take(_document(path, max_bytes), path.parent, found, failed)
        except (OSError, ValueError) as error:
            if path == top:
                raise _not_stac(path, error) from None
            reason = "missing_item" if isinstance(error, FileNotFoundError) else "bad_item"
            failed.append(SceneFailure(path.stem, "*", reason, f"{path}: {error}"))
            continue
        for link in links:
            if link not in seen and len(seen) < MAX_DOCUMENTS:
                seen.add(link)
                waiting.append(link)
    return found, failed


def _locate(catalog: str) -> Path:
    if "://" in catalog and not catalog.startswith("file://"):
        raise UnusableInput(
            "unsupported_catalog",
            N_("Imagery is read from disk only, not from {catalog}."),
            hint=N_("Copy the catalog and its images to this computer and give the path of its catalog.json."),
            values={"catalog": catalog},
        )
    path = Path(unquote(urlsplit(catalog).path) if catalog.startswith("file://") else catalog).absolute()
    if path.is_dir():
        if not (path / "catalog.json").is_file():
            raise UnusableInput("not_stac", N_("The folder holds no catalog.json."), where=str(path), hint=_HINT)
        path = path / "catalog.json"
    if not path.is_file():
        raise UnusableInput("no_such_catalog", N_("There is no such catalog."), where=str(path), hint=_HINT)
    return path.resolve()


def _not_stac(path: Path, error: Exception) -> UnusableInput:
    message = N_("This is not a STAC catalog: {error}.")
    return UnusableInput("not_stac", message, where=str(path), hint=_HINT, values={"error": error})


def _document(path: Path, max_bytes: int) -> dict[str, Any]:
    if not path.is_file():
        raise FileNotFoundError("no such file")
    with path.open("rb") as file:
        content = file.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise ValueError(f"larger than {max_bytes} bytes")
    try:
        document = json.loads(content)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(document, dict):
        raise ValueError("not a JSON object")
    return document


def _take(document: dict[str, Any], folder: Path, found: list[Found], failed: list[SceneFailure]) -> list[Path]:
    """Add the items of one document; return the files it links to."""
    kind = document.get("type")
    if kind == "FeatureCollection":
        features = document.get("features")
        if not isinstance(features, list) or not all(isinstance(f, dict) for f in features):
            raise ValueError("features is not a list of items")
        if features and not any("stac_version" in feature for feature in features):
            raise ValueError("its features are not STAC items")
        profiles = {**shipped(), **embedded(document)}
        for number, feature in enumerate(features):
            name = str(feature.get("id", number))
            _add_item(feature, name, _Home(folder, profiles), found, failed)
        return []
    if "stac_version" not in document:
        raise ValueError("it has no stac_version")
    if kind == "Feature":
        _add_item(document, str(document.get("id", "")), _Home(folder, shipped()), found, failed)
        return []
    return _links(document, folder, failed)


@dataclass(frozen=True, slots=True)
class _Home:
    """Where an item was read from."""

    folder: Path
    profiles: Mapping[str, Profile]


def _add_item(document: dict[str, Any], name: str, home: _Home, found: list[Found], failed: list[SceneFailure]) -> None:
    profile = recognise(marks_of(document), home.profiles)
    try:
        item = pystac.Item.from_dict(document, migrate=True, preserve_dict=False)
    except (pystac.STACError, AttributeError, KeyError, TypeError, ValueError) as error:
        failed.append(SceneFailure(name, "*", "bad_item", f"{type(error).__name__}: {error}"))
    else:
        found.append(Found(item, home.folder, profile))


def _links(document: dict[str, Any], folder: Path, failed: list[SceneFailure]) -> list[Path]:
    links = document.get("links")
    if not isinstance(links, list):
        raise ValueError("it has no list of links")
    paths = []
    for link in links:
        if not isinstance(link, dict) or link.get("rel") not in ("child", "item", "items"):
            continue
        href = str(link.get("href", ""))
        try:
            paths.append(local_path(href, folder).resolve())
        except (RemotePath, OSError):
            failed.append(SceneFailure(href, "*", "remote_item", "only files are read"))
    return paths
