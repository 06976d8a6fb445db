"""From an address to the items of an archive and the files of them that a run needs."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import pystac
from shapely import union_all
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from eradication import sources
from eradication.archive import geotiffs, mirror, search
from eradication.archive import items as archive_items
from eradication.archive.catalogs import Answer, Ask
from eradication.archive.documents import Documents, LocalDocuments, file_path
from eradication.archive.fetching import Wanted
from eradication.archive.guard import Guard, guard_of, public
from eradication.archive.http import Http, Part
from eradication.archive.items import Item
from eradication.archive.lost import Lost
from eradication.archive.shelf import Shelf, shelf_for
from eradication.archive.signing import Unsigned
from eradication.domain import Season
from eradication.errors import N_, EradicationError, StorageFailed, UnusableInput
from eradication.ingest import bands
from eradication.pipeline import projection, reviewing
from eradication.pipeline.workspace import Workspace
from eradication.raster import SceneFailure
from eradication.sources import Profile

TABLES = (".parquet", ".geoparquet")


@dataclass(frozen=True, slots=True)
class Request:
    """What imagery is asked for."""

    address: str
    """Address of a STAC API (or of one of its collections), static catalog, item collection or stac-geoparquet file; a
    path of such a file, or of GeoTIFFs; or the name of a source profile."""
    season: Season
    area: BaseGeometry | None = None
    """WGS 84; ``None``: of an API, the province; of a list, everything in it."""


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive that was asked, with what it answered."""

    address: str
    profile: Profile | None
    """Of the address; items may be recognised as another's."""
    profiles: Mapping[str, Profile]
    shelf: Shelf
    http: Http
    area: BaseGeometry | None
    """What is looked at in the end."""
    kind: str
    items: Sequence[Item]
    failed: Sequence[SceneFailure]

    def profile_of(self, item: Item) -> Profile:
        """Return what the item's archive means by its words. What an item carries itself is never trusted here."""
        found = sources.recognise(sources.marks_of(item), self.profiles)
        return self.profile if found.name == sources.ANY and self.profile is not None else found


def is_remote(address: str) -> bool:
    """Tell whether an address leads to a network."""
    return address.startswith(("http://", "https://"))


def shown(address: str) -> str:
    """Return an address as it may be shown: without anything secret in it."""
    return public(address) if is_remote(address) else address


@contextmanager
def asked(workspace: Workspace, request: Request) -> Iterator[Archive]:
    """Ask an archive what it has of a season and an area; its connections stay open inside the block.

    Raises:
        UnusableInput: the address is nothing known, or ``which_collection``.
        StorageFailed: ``archive_failed``.
    """
    profiles = sources.all_of(workspace.sources)
    local = Path(request.address).exists()
    profile = None if local else sources.named(request.address, profiles)
    address = request.address if profile is None or is_remote(request.address) else profile.api
    shelf = shelf_for(workspace.imagery, address if is_remote(address) else str(Path(address).absolute()), profile)
    with archive_errors_explained(address), Http(_guard(address, profiles), workspace.settings.fetch) as http:
        ask = Ask(request.season.imagery_window, request.area, profile.collection if profile else "")
        answer, area = _find(http, address, ask, shelf, lambda: province(workspace))
        found = archive_items.wanted(answer.items, request.season.imagery_window, area)
        failed = [SceneFailure(name, "*", reason, detail) for name, reason, detail in answer.failed]
        yield Archive(address, profile, profiles, shelf, http, area, answer.kind, found, failed)


def is_named(workspace: Workspace, name: str) -> bool:
    """Tell whether a source is known by this name."""
    return sources.named(name, sources.all_of(workspace.sources)) is not None


def leads_elsewhere(workspace: Workspace, request: Request) -> bool:
    """Tell whether a catalog on this computer names files that are not, or needs a profile of the user's own.

    A catalog that was fetched is read as it is, whatever failed then. One that cannot be read leads nowhere here: the
    run that reads it says why.
    """
    path = Path(request.address)
    try:
        if path.is_file() and sources.EMBEDDED in json.loads(path.read_bytes()):
            return False
        with asked(workspace, request) as archive:
            own = {name for name, profile in archive.profiles.items() if sources.shipped().get(name) != profile}
            return bool(files_of(archive).wanted) or any(archive.profile_of(item).name in own for item in archive.items)
    except (EradicationError, OSError, ValueError, TypeError, RecursionError):
        return False


def _guard(address: str, profiles: Mapping[str, Profile]) -> Guard:
    """Allow the archive's own host and those of profiles, which people of this computer wrote."""
    hosts = {host for profile in profiles.values() for host in profile.access.hosts}
    hosts |= {(urlsplit(profile.api).hostname or "") for profile in profiles.values() if profile.api}
    return guard_of(address, hosts)


def _find(
    http: Http, address: str, ask: Ask, shelf: Shelf, everywhere: Callable[[], BaseGeometry]
) -> tuple[Answer, BaseGeometry | None]:
    """Return what an address has, and the area: an API is never asked for the whole earth."""
    source: Documents = http
    if not is_remote(address):
        path = Path(address).absolute()
        if path.suffix.lower() in TABLES:
            return search.table(path, path.as_uri()), ask.area
        if reviewing.are_images(address):
            return _images(address), ask.area
        address = (path / "catalog.json" if path.is_dir() else path).as_uri()
        source = LocalDocuments(http.settings.max_document_mb)
    elif urlsplit(address).path.lower().endswith(TABLES):
        copy = shelf.folder / "table.parquet"
        _download(http, address, copy)
        return search.table(copy, address), ask.area
    document = search.read(source, address)
    area = everywhere() if ask.area is None and search.is_api(document) else ask.area
    return search.find(source, document, address, replace(ask, area=area)), area


def _images(address: str) -> Answer:
    images, failed = reviewing.looked_at(address)
    lost = [(failure.id, failure.reason, failure.detail) for failure in failed]
    return Answer("geotiff", geotiffs.items_of(images), lost)


def _download(http: Http, address: str, path: Path) -> None:
    copy = mirror.Mirror(path, public(address))

    def begin(part: Part) -> None:
        if part.identity.size > http.settings.max_document_mb * 1_000_000:
            raise Lost("too_large", f"{part.identity.size} bytes")
        if copy.identity is None:
            copy.begin(part.identity)
        elif copy.identity.differs(part.identity):
            raise Lost("changed", public(address))

    http.download(address, (0, http.settings.max_document_mb * 1_000_000), Unsigned(), begin, copy.put)


def province(workspace: Workspace) -> BaseGeometry:
    """Return the outline of the workspace's province, from its communes.

    Raises:
        UnusableInput: ``no_area``: it has none.
    """
    outline: BaseGeometry = union_all([unit.geometry for unit in projection.units_on(workspace)])
    if outline.is_empty:
        hint = N_("Give --area, or import the boundaries of the communes.")
        raise UnusableInput("no_area", N_("No commune has an outline here."), hint=hint)
    return outline


@contextmanager
def archive_errors_explained(address: str) -> Iterator[None]:
    """Turn what an archive as a whole refuses into an error that says what to do."""
    try:
        yield
    except Lost as lost:
        raise _explained(lost, shown(address)) from None


def _explained(lost: Lost, where: str) -> EradicationError:
    values = {"reason": lost.reason, "detail": lost.detail}
    if lost.reason == "which_collection":
        message = N_("The archive has several collections: {detail}.")
        hint = N_("Give the address of one of them: …/collections/NAME.")
        return UnusableInput(lost.reason, message, where=where, hint=hint, values=values)
    if lost.reason == "missing_item" and not is_remote(where):
        return UnusableInput(
            "no_such_catalog",
            N_("There is no such catalog."),
            where=where,
            hint=N_("Give a file, a folder or an address, or the name of a source: `eradication imagery sources`."),
        )
    if lost.reason in ("bad_answer", "refused_address", "http_404", "http_410", "too_large"):
        return UnusableInput(
            "not_an_archive",
            N_("This address cannot be read as an archive of imagery: {reason}: {detail}."),
            where=where,
            hint=N_("Give the address of a STAC API, a catalog, an item collection or a stac-geoparquet file."),
            values=values,
        )
    return StorageFailed(
        "archive_failed",
        N_("The archive cannot be asked now: {reason}: {detail}."),
        where=where,
        hint=N_("Check the connection and try again; `eradication imagery list` shows what is here already."),
        values=values,
    )


@dataclass(frozen=True, slots=True)
class Files:
    """What of an archive's items a run reads."""

    items: tuple[Item, ...]
    """Items that hold a band."""
    wanted: tuple[Wanted, ...]
    """Their files that lie elsewhere."""
    failed: tuple[SceneFailure, ...]
    """The other items."""


def files_of(archive: Archive) -> Files:
    """Return the files of the archive's items that a run reads, and the items that hold none."""
    items: list[Item] = []
    wanted: list[Wanted] = []
    failed: list[SceneFailure] = []
    for item in archive.items:
        profile = archive.profile_of(item)
        try:
            resolved = bands.resolve(pystac.Item.from_dict(item, migrate=True, preserve_dict=True), profile)
        except (pystac.STACError, AttributeError, KeyError, TypeError, ValueError) as error:
            failed.append(SceneFailure(item["id"], "*", "bad_item", f"{type(error).__name__}: {error}"))
            continue
        if not set(resolved) - {bands.SCL}:
            failed.append(SceneFailure(item["id"], "*", "no_bands", "no asset with the name of a band"))
            continue
        items.append(item)
        names = {asset.key: band for band, asset in resolved.items()}
        wanted += _elsewhere(archive, item, profile, names)
    return Files(tuple(items), tuple(wanted), tuple(failed))


def _elsewhere(archive: Archive, item: Item, profile: Profile, names: Mapping[str, str]) -> Iterator[Wanted]:
    weight, check = _share(item, archive.area), _is_newer(archive.shelf, item)
    collection = str(item.get("collection") or "")
    for key, band in names.items():
        url = _href(item["assets"][key], profile)
        if file_path(url) is None:
            path = archive.shelf.mirror_path(item["id"], key, url)
            yield Wanted(item["id"], key, band, url, path, profile, collection, weight, check)


def _href(asset: Mapping[str, object], profile: Profile) -> str:
    """Return the address of an asset, the alternate one if the profile wants it."""
    others = asset.get("alternate")
    other = others.get(profile.access.alternate) if isinstance(others, dict) and profile.access.alternate else None
    href = other.get("href") if isinstance(other, dict) else None
    return href if isinstance(href, str) and href else str(asset["href"])


def _share(item: Item, area: BaseGeometry | None) -> float:
    outline = archive_items.footprint(item)
    if area is None or outline is None or outline.area <= 0:
        return 1.0
    try:
        return float(outline.intersection(area).area / outline.area)
    except ShapelyError:
        return 1.0


def _is_newer(shelf: Shelf, item: Item) -> bool:
    """Tell whether the archive says it has changed an item that is in the cache."""
    kept = shelf.get(item["id"])
    return kept is not None and kept.item["properties"].get("updated") != item["properties"].get("updated")
