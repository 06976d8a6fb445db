"""Which profiles there are, and whose item one is."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from eradication.errors import N_, UnusableInput
from eradication.sources.profile import Profile, parse

MAX_BYTES = 100_000
"""Largest profile read; real ones are 2 KB."""

EMBEDDED = "eradication:sources"
"""Field of an item collection that carries the profiles of its items."""

SOURCE = "eradication:source"
"""Property of an item that names its profile."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What a source is recognised by."""

    id: str
    collection: str
    properties: frozenset[str]
    hosts: frozenset[str]
    """Of links and assets, in small letters."""
    source: str = ""
    """Name of its profile, where the item says so."""


NAMES = "names.toml"


@dataclass(frozen=True, slots=True)
class Names:
    """General names of bands, where no profile says better."""

    common: Mapping[str, str]
    """Asset keys and common names of the STAC electro-optical extension → band."""
    sentinel2: Mapping[str, str]
    """Numbers of Sentinel-2's bands → band; never applied to other instruments, whose B05 is another colour."""
    other_instruments: re.Pattern[str]
    """Ids, collections and platforms of instruments whose numbers mean something else."""


@cache
def names() -> Names:
    """Return the general names."""
    table = tomllib.loads((files("eradication") / "sources" / NAMES).read_text("utf-8"))
    others = re.compile("|".join(table["other_instruments"]), re.IGNORECASE)
    return Names(table["common"], table["sentinel2"], others)


@cache
def shipped() -> Mapping[str, Profile]:
    """Return the profiles of this package by name."""
    folder = files("eradication") / "sources"
    texts = {entry.name: entry.read_text("utf-8") for entry in folder.iterdir() if entry.name.endswith(".toml")}
    texts.pop(NAMES)
    return {profile.name: profile for profile in (parse(texts[name], name) for name in sorted(texts))}


ANY = "any-archive"
"""Profile of items no other profile recognises."""

GEOTIFF = "geotiff"
"""Profile of image files a user owns."""


def all_of(folder: Path | None = None) -> dict[str, Profile]:
    """Return every profile by name: the user's in ``folder`` first, then the shipped ones they do not replace.

    Raises:
        UnusableInput: ``bad_source``.
    """
    own: dict[str, Profile] = {}
    for path in sorted(folder.glob("*.toml")) if folder is not None and folder.is_dir() else []:
        profile = parse(_text(path), str(path))
        if profile.name in own:
            raise UnusableInput(
                "bad_source",
                N_("Another file has a profile of this name already: {name}."),
                where=str(path),
                hint=N_("Give each source profile its own name."),
                values={"name": profile.name},
            )
        own[profile.name] = profile
    return own | {name: profile for name, profile in shipped().items() if name not in own}


def _text(path: Path) -> str:
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    try:
        if len(content) <= MAX_BYTES:
            return content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    raise UnusableInput(
        "bad_source",
        N_("A source profile is a small text in UTF-8; this file is not."),
        where=str(path),
        hint=N_("Correct the source profile; the shipped ones, in the folder eradication/sources, show every key."),
    )


def named(name: str, profiles: Mapping[str, Profile]) -> Profile | None:
    """Return the profile with a name and an API, or whose API's host is that of an address, else ``None``."""
    if "://" not in name:
        found = profiles.get(name)
        return found if found is not None and found.api else None
    host = (urlsplit(name).hostname or "").lower()
    return next((p for p in profiles.values() if p.api and (urlsplit(p.api).hostname or "").lower() == host), None)


def marks_of(item: Mapping[str, Any]) -> Marks:
    """Return the marks of an item as JSON; parts that are not what STAC says count as absent."""
    properties = _mapping(item.get("properties"))
    links = item.get("links")
    hrefs = [_mapping(link).get("href") for link in (links if isinstance(links, list) else [])]
    hrefs += [_mapping(asset).get("href") for asset in _mapping(item.get("assets")).values()]
    return Marks(
        str(item.get("id", "")),
        str(item.get("collection") or ""),
        frozenset(map(str, properties)),
        frozenset(host for host in map(_host, hrefs) if host),
        str(properties.get(SOURCE) or ""),
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _host(href: object) -> str:
    try:
        return (urlsplit(href).hostname or "").lower() if isinstance(href, str) else ""
    except ValueError:
        return ""


def recognise(marks: Marks, profiles: Mapping[str, Profile] | None = None) -> Profile:
    """Return the profile of an item: the one it names, else the first that recognises it, else :data:`ANY`."""
    known = shipped() if profiles is None else profiles
    if marks.source in known:
        return known[marks.source]
    return next((p for p in known.values() if _is_of(marks, p)), known.get(ANY) or shipped()[ANY])


def _is_of(marks: Marks, profile: Profile) -> bool:
    rule = profile.recognise
    if rule.collections and marks.collection not in rule.collections:
        return False
    return (
        any(tell(pattern, host) for pattern in rule.hosts for host in marks.hosts)
        or any(_property(pattern, name) for pattern in rule.properties for name in marks.properties)
        or bool(rule.id and re.fullmatch(rule.id, marks.id))
    )


def tell(pattern: str, host: str) -> bool:
    """Tell whether a host is meant by ``pattern``: the host itself, or any below ``*.example.org``."""
    pattern, host = pattern.lower(), host.lower()
    return host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern


def _property(pattern: str, name: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith(":*") else name == pattern


def embedded(document: Mapping[str, Any]) -> dict[str, Profile]:
    """Return the profiles an item collection carries, by name.

    Raises:
        UnusableInput: ``bad_source``.
    """
    carried = _mapping(document.get(EMBEDDED))
    return {name: parse(str(text), f"{EMBEDDED}: {name}") for name, text in carried.items()}


def carried(profiles: Iterable[Profile]) -> dict[str, str]:
    """Return what :func:`embedded` reads, for the profiles in use."""
    return {profile.name: profile.text for profile in profiles}
