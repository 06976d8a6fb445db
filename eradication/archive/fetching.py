"""Bring the needed bytes of many files, each on its own: what one costs, no other pays."""

import shutil
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from shapely.geometry.base import BaseGeometry

from eradication.archive import mirror as mirrors
from eradication.archive import tiff
from eradication.archive.guard import public
from eradication.archive.http import Http, Identity, Part
from eradication.archive.lost import Lost
from eradication.archive.mirror import Mirror
from eradication.archive.signing import Signer
from eradication.archive.spans import Span, Spans, clipped, pieces, total
from eradication.archive.windows import LEADER_BYTES, needed, presented
from eradication.config import Fetch
from eradication.errors import N_, StorageFailed
from eradication.progress import Tick, silent
from eradication.sources import Profile

HEADER_BYTES = 65_536
"""Headers are read in pieces of this size; that of a Sentinel-2 band fits into one."""

RANGE_BYTES = 8_388_608
"""Most bytes between two notes in the journal: what a killed fetch may have to bring again, per thread."""

TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
JPEG2000_STARTS = (b"\0\0\0\x0cjP  ", b"\xffO\xffQ")


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """One file of an archive."""

    item: str
    key: str
    """Key of the asset in its item."""
    band: str
    url: str
    path: Path
    """Where its mirror is."""
    profile: Profile
    collection: str
    weight: float = 1.0
    """Share of the item's footprint that is wanted: what an estimate of bytes goes by."""
    check: bool = False
    """True: ask whether the remote file is still the mirrored one even if nothing is missing."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """How fetching one file ended."""

    wanted: Wanted
    reason: str = ""
    """Empty if all that is needed is on disk; else as in :class:`~eradication.archive.lost.Lost`."""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Need:
    """What one file must hold for the area."""

    mirror: Mirror
    spans: Spans
    layout: tiff.Layout | None = None
    """``None``: it is needed whole."""


@dataclass(slots=True)
class Budget:
    """The most bytes a run may bring."""

    most: int | None = None
    taken: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, count: int) -> None:
        """Count bytes before they are asked for.

        Raises:
            Lost: ``not_fetched``.
        """
        with self.lock:
            if self.most is not None and self.taken + count > self.most:
                raise Lost("not_fetched", "the limit of bytes for this run was reached")
            self.taken += count


class Fetcher:
    """Fetches files of one archive for one area."""

    def __init__(self, http: Http, wanted: Sequence[Wanted], area: BaseGeometry | None, budget: Budget) -> None:
        """Prepare the signing hooks.

        Args:
            http: how to ask.
            wanted: every file that may be asked for.
            area: WGS 84; ``None`` = whole images (without their overviews).
            budget: how much may be brought.
        """
        self.http, self.wanted, self.area, self.budget = http, wanted, area, budget
        self._signers: dict[tuple[str, str], Signer] = {}
        for one in wanted:
            key = (one.profile.name, one.collection)
            if key not in self._signers:
                self._signers[key] = http.signer(one.profile.access, one.collection)

    def run(self, wanted: Sequence[Wanted], tick: Tick = silent) -> list[Fetched]:
        """Fetch what is missing of each file, several at a time; the answers are in the order of ``wanted``."""
        return self._each(wanted, self._fetch, tick)

    def plan(self, wanted: Sequence[Wanted], tick: Tick = silent) -> list[tuple[int, int] | None]:
        """Return for each file how many bytes are needed and how many of them are missing, ``None`` if not known."""

        def look(one: Wanted) -> tuple[int, int] | None:
            try:
                need = self.needs(one, self._until())
            except Lost:
                return None
            return total(need.spans), total(need.mirror.lacks(need.spans))

        return self._each(wanted, look, tick)

    def _each[T](self, wanted: Sequence[Wanted], work: Callable[[Wanted], T], tick: Tick) -> list[T]:
        pool = ThreadPoolExecutor(max_workers=max(1, self.http.settings.threads))
        try:
            running: list[Future[T]] = [pool.submit(work, one) for one in wanted]
            for done, finished in enumerate(as_completed(running), start=1):
                finished.result()
                tick(done, len(running))
            return [future.result() for future in running]
        finally:
            # A full disk or Ctrl-C ends the run: what has not begun does not begin.
            pool.shutdown(cancel_futures=True)

    def _fetch(self, one: Wanted) -> Fetched:
        until = self._until()
        try:
            need = self.needs(one, until)
            for piece in pieces(need.mirror.lacks(need.spans), RANGE_BYTES):
                self._bring(one, need.mirror, piece, until)
            if need.layout is not None:
                need.mirror.present(*presented(need.layout, need.mirror.held))
        except Lost as lost:
            return Fetched(one, lost.reason, lost.detail)
        return Fetched(one)

    def _until(self) -> float:
        return time.monotonic() + self.http.settings.asset_s

    def needs(self, one: Wanted, until: float) -> Need:
        """Read the header of a file, fetching it if need be, and return which bytes the area needs.

        Args:
            one: the file.
            until: ``time.monotonic()`` at which it is given up.

        Raises:
            Lost: the file cannot be had, or is no image.
        """
        mirror = mirrors.opened(one.path, public(one.url))
        if mirror.identity is None or one.check:
            self._bring(one, mirror, (0, HEADER_BYTES), until, restart=True)
        identity = mirror.identity
        if identity is None:
            raise Lost("bad_answer", "an empty file")
        read = self._reader(one, mirror, until)
        start = read(0, 16)
        if start.startswith(JPEG2000_STARTS):
            return Need(mirror, ((0, identity.size),))
        if not start.startswith(TIFF_STARTS):
            mirror.discard()
            raise Lost("bad_answer", "neither TIFF nor JPEG 2000")
        try:
            layout = tiff.layout(read, identity.size)
        except tiff.NotTiled:
            return Need(mirror, ((0, identity.size),))
        spans = needed(layout, self.area)
        if spans and spans[-1][1] - LEADER_BYTES > identity.size:
            mirror.discard()
            raise Lost("truncated", "the file ends before its blocks")
        return Need(mirror, clipped([(0, HEADER_BYTES), *spans], identity.size), layout)

    def _reader(self, one: Wanted, mirror: Mirror, until: float) -> tiff.Read:
        size = mirror.identity.size if mirror.identity else 0

        def read(start: int, end: int) -> bytes:
            first, last = start // HEADER_BYTES * HEADER_BYTES, -(-end // HEADER_BYTES) * HEADER_BYTES
            for piece in pieces(mirror.lacks(clipped([(first, last)], size)), RANGE_BYTES):
                self._bring(one, mirror, piece, until)
            return mirror.read(start, min(end, size))

        return read

    def _bring(self, one: Wanted, mirror: Mirror, span: Span, until: float, *, restart: bool = False) -> None:
        """Fetch one range and note it; a file that changed meanwhile is dropped, or begun anew if ``restart``."""
        self.budget.take(span[1] - span[0])
        filling = _Filling(self.http.settings, mirror, restart)
        signer = self._signers[one.profile.name, one.collection]
        self.http.download(one.url, span, signer, filling.begin, mirror.put, deadline=until)
        size = mirror.identity.size if mirror.identity else 0
        came = (0, size) if filling.whole else (span[0], min(span[1], size))
        if mirror.lacks((came,)):
            mirror.note(came)


@dataclass(slots=True)
class _Filling:
    """Sees how answers begin, and makes the mirror that their bytes go to."""

    settings: Fetch
    mirror: Mirror
    restart: bool
    """True: another state of the remote file is taken anew; it is the first answer of this run."""
    whole: bool = False

    def begin(self, part: Part) -> None:
        known = self.mirror.identity
        if known is not None and known.differs(part.identity):
            self.mirror.discard()
            if not self.restart:
                raise Lost("changed", f"{known.size} bytes became {part.identity.size}")
            known = None
        if known is None:
            _allow(part.identity, self.settings)
            self.mirror.path.parent.mkdir(parents=True, exist_ok=True)
            check_room(self.mirror.path.parent, self.settings)
            self.mirror.begin(part.identity)
        self.restart, self.whole = False, part.whole


def _allow(identity: Identity, settings: Fetch) -> None:
    if identity.size > settings.max_asset_gb * 1e9:
        raise Lost("too_large", f"{identity.size / 1e9:.1f} GB, more than {settings.max_asset_gb:g}")
    if not identity.size:
        raise Lost("bad_answer", "an empty file")


def check_room(folder: Path, settings: Fetch, more: int = 0) -> None:
    """Make sure ``more`` bytes fit and the reserve stays free.

    Raises:
        StorageFailed: ``disk_full``.
    """
    free = shutil.disk_usage(folder).free
    if free - more < settings.reserve_gb * 1e9:
        raise StorageFailed(
            "disk_full",
            N_("The images need {needed_gb:.1f} GB; {free_gb:.1f} GB are free and {reserve_gb:g} GB stay free."),
            where=str(folder),
            hint=N_("Free some space, give a smaller area, or lower reserve_gb in [fetch] of eradication.toml."),
            values={"needed_gb": more / 1e9, "free_gb": free / 1e9, "reserve_gb": settings.reserve_gb},
        )
