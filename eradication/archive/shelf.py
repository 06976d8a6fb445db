"""The cache of one source: a folder for each item, with its scene.json and the mirrors of its files.

::

    <workspace>/imagery/<source>/items/<item>/scene.json    the item as its archive sent it, and how its files fared
                                             /<asset>.tif   a mirror, and its journal <asset>.tif.held
                                /catalogs/<season>.json     what a run reads: items whose addresses are local files
                                /rate.json                  bytes per second of the last fetch

An item without a scene.json does not exist yet: it is written after its files.
"""

import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from eradication.archive import mirror as mirrors
from eradication.archive.guard import public
from eradication.archive.items import Item, checked, when
from eradication.archive.lost import Lost
from eradication.errors import N_, UnusableInput
from eradication.sources import EMBEDDED, SOURCE, Profile, carried, parse

SCENE = "scene.json"
FETCH = "eradication:fetch"
"""Field of an asset that says how fetching it ended; a failed one costs the run that band of that item."""

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")


def safe_name(text: str) -> str:
    """Return a file name for an id of an archive: the id itself if it is harmless, else a cleaned one with its hash."""
    if _SAFE.fullmatch(text) and not text.endswith("."):
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text)[:80].strip("-_") + f"-{digest}" if text else digest


@dataclass(frozen=True, slots=True)
class FileState:
    """How one file of an item stands."""

    band: str
    file: str
    """Name in the item's folder."""
    reason: str = ""
    """Empty = what its last fetch needed is here; else why not."""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """One item in the cache."""

    item: Item
    source: str
    """Name of its profile."""
    files: Mapping[str, FileState] = field(default_factory=dict)
    """By key of the asset."""
    fetched_at: str = ""


@dataclass(frozen=True, slots=True)
class Shelf:
    """The cache of one source."""

    folder: Path

    @property
    def name(self) -> str:
        """Name of the source's folder."""
        return self.folder.name

    def at(self, item_id: str) -> Path:
        """Folder of an item."""
        return self.folder / "items" / safe_name(item_id)

    def mirror_path(self, item_id: str, key: str, href: str) -> Path:
        """Where the mirror of an asset is."""
        ending = PurePosixPath(unquote(urlsplit(href).path)).suffix.lower()
        return self.at(item_id) / (safe_name(key) + (ending if re.fullmatch(r"\.[a-z0-9]{1,5}", ending) else ".bin"))

    def keep(self, kept: Kept) -> None:
        """Write or replace the scene.json of an item, whole or not at all."""
        files = {key: [s.band, s.file, s.reason, s.detail] for key, s in kept.files.items()}
        text = {"source": kept.source, "fetched_at": kept.fetched_at, "files": files, "item": kept.item}
        write_json(self.at(kept.item["id"]) / SCENE, text)

    def get(self, item_id: str) -> Kept | None:
        """Return an item of the cache, ``None`` if it is not there or not readable."""
        return _kept(self.at(item_id) / SCENE)

    def items(self) -> list[Kept]:
        """Return everything in the cache, in order of time."""
        found = (_kept(path) for path in sorted((self.folder / "items").glob(f"*/{SCENE}")))
        oldest = datetime.min.replace(tzinfo=UTC)
        return sorted((k for k in found if k), key=lambda k: (when(k.item) or oldest, k.item["id"]))

    def keep_profile(self, profile: Profile) -> None:
        """Keep the profile that came with items from elsewhere: it says what they mean and is never asked by."""
        path = self.folder / "profiles" / f"{profile.name}.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(profile.text, encoding="utf-8")

    def profiles(self) -> dict[str, Profile]:
        """Return the profiles that came with items from elsewhere, by name."""
        folder = self.folder / "profiles"
        return {p.name: p for p in (parse(f.read_text("utf-8"), str(f)) for f in sorted(folder.glob("*.toml")))}

    def held_bytes(self, kept: Kept) -> int:
        """Return how many bytes of an item are on disk."""
        folder = self.at(kept.item["id"])
        return sum(mirrors.opened(folder / state.file).held_bytes for state in kept.files.values())

    def write_catalog(self, name: str, kept: Sequence[Kept], profiles: Mapping[str, Profile]) -> Path:
        """Write the item collection a run reads, and return its path; nothing in it leads to a network."""
        known = {**self.profiles(), **profiles}
        used = [known[source] for source in sorted({k.source for k in kept}) if source in known]
        document = {
            "type": "FeatureCollection",
            EMBEDDED: carried(used),
            "features": [self._local(k) for k in kept],
        }
        path = self.folder / "catalogs" / f"{safe_name(name)}.json"
        write_json(path, document)
        return path

    def catalogs(self) -> list[Path]:
        """Return the catalogs a run can read, the newest last."""
        return sorted((self.folder / "catalogs").glob("*.json"), key=lambda path: path.stat().st_mtime_ns)

    def _local(self, kept: Kept) -> Item:
        assets = {}
        for key, asset in kept.item["assets"].items():
            state = kept.files.get(key)
            href = public(asset["href"]) if "://" in asset["href"] else asset["href"]
            if state is None:
                assets[key] = {**asset, "href": href}
            elif state.reason:
                told = {"status": "failed", "reason": state.reason, "detail": state.detail}
                assets[key] = {**asset, "href": href, FETCH: told}
            else:
                local = f"../items/{safe_name(kept.item['id'])}/{state.file}"
                assets[key] = {**asset, "href": local, "eradication:href": href}
        properties = {**kept.item["properties"], SOURCE: kept.source}
        return {**kept.item, "properties": properties, "assets": assets}


def shelves(imagery: Path) -> list[Shelf]:
    """Return every cache below ``<workspace>/imagery`` in which an image is."""
    return [Shelf(path.parent) for path in sorted(imagery.glob("*/items")) if any(path.glob(f"*/{SCENE}"))]


def write_json(path: Path, value: object) -> None:
    """Write a file so that it is there completely or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    with part.open("w", encoding="utf-8") as stream:
        json.dump(value, stream, ensure_ascii=False, allow_nan=False)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(path)


def read_json(path: Path) -> Any:
    """Return the JSON of a file of the cache, ``None`` if there is none that can be read."""
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None


def _kept(path: Path) -> Kept | None:
    document = read_json(path)
    try:
        files = {key: FileState(*map(str, row)) for key, row in document["files"].items()}
        if any(state.file != safe_name(state.file) for state in files.values()):
            return None
        item = checked(document["item"], "")
        return Kept(item, str(document["source"]), files, str(document["fetched_at"]))
    except (KeyError, TypeError, AttributeError, Lost):
        return None


def shelf_for(imagery: Path, address: str, profile: Profile | None) -> Shelf:
    """Return the cache of an address: named after its profile, or after its host (or file) and a hash of the address.

    Raises:
        UnusableInput: ``bad_address``.
    """
    if profile is not None:
        return Shelf(imagery / profile.name)
    try:
        host = urlsplit(address).hostname or PurePosixPath(address).stem
    except ValueError:
        raise UnusableInput(
            "bad_address", N_("This is not an address."), where=address, hint=N_("Write it as in a web browser.")
        ) from None
    digest = hashlib.sha256(public(address).encode() if "://" in address else address.encode()).hexdigest()[:8]
    return Shelf(imagery / f"{safe_name(host)}-{digest}")
