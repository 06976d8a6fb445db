"""One profile: what it holds, and a file of it read with every mistake named."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from eradication.errors import N_, UnusableInput
from eradication.raster import BANDS

SCL = "scl"
SIGNING = ("none", "query_token", "bearer")
STATEMENTS = ("raster:bands", "baseline", "stated", "profile")
"""Rules of ``offset_from`` that are not the name of a property; see :class:`Reflectance`."""


@dataclass(frozen=True, slots=True)
class Asset:
    """Where a band is: an asset's key, and which band of the file."""

    key: str
    index: int = 1


@dataclass(frozen=True, slots=True)
class Recognition:
    """An item belongs to a source if its collection is listed and one of the other marks is there."""

    collections: tuple[str, ...] = ()
    """Empty = any collection."""
    hosts: tuple[str, ...] = ()
    """Hosts of its links or assets; ``*.example.org`` covers every host below."""
    properties: tuple[str, ...] = ()
    """Properties only this archive writes; ``name:*`` covers a whole prefix."""
    id: str = ""
    """Regular expression for the whole id."""


@dataclass(frozen=True, slots=True)
class Reflectance:
    """How stored numbers become reflectance where the item itself does not say."""

    offset_from: tuple[str, ...] = ("raster:bands", "baseline", "stated")
    """What decides about the offset, first one found. A property (``earthsearch:boa_offset_applied``): ``true`` = it is
    subtracted already, ``false`` = it is not. ``raster:bands``: the offset the asset states. ``baseline``: the
    processing baseline. ``stated``: a stated scale, or floating-point numbers, and no offset. ``profile``: the
    ``offset`` below, always."""
    scale: float = 1e-4
    """Reflectance per count where nothing is stated."""
    offset: float = -0.1
    """Reflectance to add since baseline 04.00 (rule ``profile``: always)."""


@dataclass(frozen=True, slots=True)
class Access:
    """Who is asked for bytes, and how a request is signed."""

    hosts: tuple[str, ...] = ()
    """Hosts that assets may be fetched from, beside the archive's own; tokens go to these and to nobody else."""
    signing: str = "none"
    """``none``, ``query_token`` (a token in the address) or ``bearer`` (a token in a header)."""
    token_env: str = ""
    """Environment variable with a token; it wins over ``token_url``."""
    token_url: str = ""
    """Address that gives a token; ``{collection}`` is filled in."""
    client_id: str = ""
    """Bearer only: client of the token endpoint (OAuth 2.0 password grant)."""
    user_env: str = ""
    password_env: str = ""
    """Environment variables with the account for ``token_url``."""
    alternate: str = ""
    """Name of the asset's ``alternate`` href to use in place of its own, e.g. ``https``."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One source of imagery."""

    name: str
    title: Mapping[str, str]
    """``vi`` and ``en``."""
    licence: str
    attribution: str
    api: str = ""
    """Address of the STAC API; another may be given on the command line."""
    collection: str = ""
    revisit_days: float = 0.0
    """Days expected between two looks at one place; 0 = not regular."""
    recognise: Recognition = field(default_factory=Recognition)
    bands: Mapping[str, tuple[Asset, ...]] = field(default_factory=dict)
    """Band → assets that hold it, first one present wins. Empty = found by the general names."""
    reflectance: Reflectance = field(default_factory=Reflectance)
    access: Access = field(default_factory=Access)
    text: str = field(default="", repr=False, compare=False)
    """The file it was read from: it travels with fetched items, so that they mean the same elsewhere."""


def parse(text: str, where: str) -> Profile:
    """Read a profile.

    Args:
        text: TOML.
        where: name of the file, for errors.

    Raises:
        UnusableInput: ``bad_source`` names the file and the key.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _bad(where, "", N_("This is not TOML: {problem}."), problem=str(error)) from None
    reader = _Reader(where)
    parts: dict[str, Any] = {
        "recognise": reader.recognition(reader.table(table.pop("recognise", {}), "recognise")),
        "bands": reader.bands(reader.table(table.pop("bands", {}), "bands")),
        "reflectance": reader.reflectance(reader.table(table.pop("reflectance", {}), "reflectance")),
        "access": reader.access(reader.table(table.pop("access", {}), "access")),
    }
    kinds: dict[str, type] = dict.fromkeys(("name", "api", "collection", "licence", "attribution"), str)
    plain = reader.fields(table, "", kinds | {"title": dict, "revisit_days": float})
    for needed in ("name", "title", "licence", "attribution"):
        if not plain.get(needed):
            raise _bad(where, needed, N_("It is missing."))
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", plain["name"]):
        raise _bad(where, "name", N_("Use small letters, digits and hyphens."))
    if set(plain["title"]) != {"vi", "en"} or not all(isinstance(t, str) and t for t in plain["title"].values()):
        raise _bad(where, "title", N_("It needs a text under vi and one under en."))
    if plain.get("api"):
        reader.address(plain["api"], "api")
    if plain.get("revisit_days", 0.0) < 0:
        raise _bad(where, "revisit_days", N_("It cannot be negative."))
    return Profile(**plain, **parts, text=text)


def _bad(where: str, key: str, message: str, problem: str = "") -> UnusableInput:
    return UnusableInput(
        "bad_source",
        message,
        where=f"{where}: {key}" if key else where,
        hint=N_("Correct the source profile; the shipped ones, in the folder eradication/sources, show every key."),
        values={"problem": problem},
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the tables of one file and names what is wrong with them."""

    where: str

    def table(self, value: object, key: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise _bad(self.where, key, N_("A table is needed here."))
        return dict(value)

    def fields(self, table: Mapping[str, Any], section: str, kinds: Mapping[str, type]) -> dict[str, Any]:
        """Return the values of ``table``, each of the type that ``kinds`` gives; lists of texts become tuples."""
        taken: dict[str, Any] = {}
        for name, value in table.items():
            key = f"{section}.{name}" if section else name
            if name not in kinds:
                raise _bad(self.where, key, N_("There is no such key."))
            kind = kinds[name]
            if kind is tuple and isinstance(value, list) and all(isinstance(v, str) and v for v in value):
                taken[name] = tuple(value)
            elif kind is float and type(value) in (int, float) and abs(value) < 1e6:
                taken[name] = float(value)
            elif kind in (str, dict) and isinstance(value, kind):
                taken[name] = value
            else:
                raise _bad(self.where, key, N_("The value has the wrong type."))
        return taken

    def recognition(self, table: dict[str, Any]) -> Recognition:
        kinds = dict.fromkeys(("collections", "hosts", "properties"), tuple) | {"id": str}
        found = Recognition(**self.fields(table, "recognise", kinds))
        try:
            re.compile(found.id)
        except re.error as error:
            raise _bad(
                self.where, "recognise.id", N_("This is not a regular expression: {problem}."), str(error)
            ) from None
        return found

    def bands(self, table: dict[str, Any]) -> dict[str, tuple[Asset, ...]]:
        found: dict[str, tuple[Asset, ...]] = {}
        for band, value in table.items():
            if band not in (*BANDS, SCL):
                known = ", ".join((*BANDS, SCL))
                raise _bad(self.where, f"bands.{band}", N_("There is no such band; bands are {problem}."), known)
            entries = value if isinstance(value, list) else [value]
            found[band] = tuple(self._asset(entry, f"bands.{band}") for entry in entries)
            if not entries:
                raise _bad(self.where, f"bands.{band}", N_("It is missing."))
        return found

    def _asset(self, entry: object, key: str) -> Asset:
        if isinstance(entry, str) and entry:
            return Asset(entry)
        if isinstance(entry, dict) and set(entry) == {"asset", "index"}:
            name, index = entry["asset"], entry["index"]
            if isinstance(name, str) and name and type(index) is int and index > 0:
                return Asset(name, index)
        message = N_('Write an asset\'s key, or {{ asset = "key", index = 2 }} for a band inside a file.')
        raise _bad(self.where, key, message)

    def reflectance(self, table: dict[str, Any]) -> Reflectance:
        found = Reflectance(
            **self.fields(table, "reflectance", {"offset_from": tuple, "scale": float, "offset": float})
        )
        wrong = [rule for rule in found.offset_from if rule not in STATEMENTS and ":" not in rule]
        if wrong or not found.offset_from:
            message = N_("It takes names of properties (with a colon) and {problem}.")
            raise _bad(self.where, "reflectance.offset_from", message, ", ".join(STATEMENTS))
        if found.scale <= 0:
            raise _bad(self.where, "reflectance.scale", N_("It must be greater than 0."))
        return found

    def access(self, table: dict[str, Any]) -> Access:
        names = ("signing", "token_env", "token_url", "client_id", "user_env", "password_env", "alternate")
        found = Access(**self.fields(table, "access", dict.fromkeys(names, str) | {"hosts": tuple}))
        if found.signing not in SIGNING:
            raise _bad(self.where, "access.signing", N_("It is one of {problem}."), ", ".join(SIGNING))
        if found.token_url:
            self.address(found.token_url, "access.token_url")
        if found.signing != "none" and not (found.token_env or found.token_url):
            raise _bad(self.where, "access.signing", N_("Say where the token comes from: token_env or token_url."))
        if found.signing != "none" and not found.hosts:
            raise _bad(self.where, "access.hosts", N_("Say which hosts may see the token."))
        return found

    def address(self, value: str, key: str) -> None:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise _bad(self.where, key, N_("It is not an address that begins with https://."))
