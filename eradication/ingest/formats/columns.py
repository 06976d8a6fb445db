"""What every patrol format is read into: columns of fixes, cut into segments of tracks, and waypoints."""

import math
import unicodedata
from array import array
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from eradication.errors import N_, RefusedInput

NAN = math.nan
LONGEST_TEXT = 500

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Columns:
    """Gathers the content of one file as plain data; see :meth:`plain`."""

    def __init__(self, form: str, options: dict[str, Any]) -> None:
        """Begin an empty file.

        Args:
            form: name of the format.
            options: ``timezone`` of times that state none; ``points``, the most fixes and waypoints taken.
        """
        self.form = form
        self.facts: dict[str, Any] = {}
        self.epsg = 4326
        self._zone = ZoneInfo(options["timezone"])
        self._most = int(options["points"])
        self._values = {name: array("d") for name in ("lon", "lat", "ele_m", "time_s", "accuracy_m", "hdop")}
        self._append = tuple(column.append for column in self._values.values())
        self._flagged = array("B")
        self._tracks: list[dict[str, str]] = []
        self._segments: list[list[int]] = []
        self._waypoints: list[list[Any]] = []

    def __len__(self) -> int:
        """Return the number of fixes so far."""
        return len(self._flagged)

    def begin_track(self, name: str = "", kind: str = "track") -> None:
        """Open a track or route; it needs a segment before it takes fixes."""
        self._tracks.append({"name": clean_text(name), "kind": kind})

    def name_track(self, name: str) -> None:
        """Name the open track."""
        self._tracks[-1]["name"] = clean_text(name)

    def begin_segment(self) -> None:
        """Open a segment of the open track."""
        self._segments.append([len(self._tracks) - 1, len(self)])

    def add_fix(
        self,
        lon: float,
        lat: float,
        ele_m: float = NAN,
        time_s: float = NAN,
        accuracy_m: float = NAN,
        hdop: float = NAN,
    ) -> None:
        """Add a fix to the open segment; NaN is "absent" (for coordinates: "unreadable")."""
        if len(self._flagged) + len(self._waypoints) >= self._most:
            self._count(1)
        self._flagged.append(0)
        # Written out: it is done for every fix of a file.
        add_lon, add_lat, add_ele, add_time, add_accuracy, add_hdop = self._append
        add_lon(lon)
        add_lat(lat)
        add_ele(ele_m)
        add_time(time_s)
        add_accuracy(accuracy_m)
        add_hdop(hdop)

    def add_fixes(self, values: dict[str, array[float]], flagged: array[int]) -> None:
        """Add many fixes at once to the open segment; columns not given are absent."""
        self._count(len(flagged))
        self._flagged.extend(flagged)
        for name, column in self._values.items():
            column.extend(values.get(name, array("d", [NAN]) * len(flagged)))

    def add_waypoint(self, lon: float, lat: float, time_s: float = NAN, name: str = "", note: str = "") -> None:
        """Add a waypoint."""
        self._count(1)
        self._waypoints.append([lon, lat, time_s, clean_text(name), clean_text(note)])

    def seconds(self, when: datetime) -> float:
        """Return seconds since 1970 UTC; a time without a zone is taken in the assumed one and counted as such."""
        if when.tzinfo is None:
            self.count("naive_times")
            when = when.replace(tzinfo=self._zone)
        return (when - _EPOCH).total_seconds()

    def time(self, text: str) -> float:
        """Read an ISO 8601 time; NaN, and counted, if it cannot be read."""
        text = text.strip()
        if not text:
            return NAN
        try:
            return self.seconds(datetime.fromisoformat(text))
        except (ValueError, OverflowError):
            self.count("unreadable_times")
            return NAN

    @property
    def is_empty(self) -> bool:
        """True while there is neither a fix nor a waypoint."""
        return not (len(self) or self._waypoints)

    def count(self, fact: str, more: int = 1) -> None:
        """Add to a fact."""
        self.facts[fact] = self.facts.get(fact, 0) + more

    def _count(self, more: int) -> None:
        if len(self) + len(self._waypoints) + more > self._most:
            raise RefusedInput(
                "too_many_points",
                N_("The file holds more than {most} points."),
                hint=N_("Split the file, or raise points under [limits] in eradication.toml."),
                values={"most": self._most},
            )

    def plain(self) -> dict[str, Any]:
        """Return the file as plain data.

        ``columns`` (one array a column), ``flagged``, ``tracks`` (name, kind), ``segments`` as rows of track, first
        fix and fix after the last, ``waypoints`` as rows of lon, lat, seconds, name, note; ``format, epsg, facts``.
        """
        stops = [*(start for _, start in self._segments[1:]), len(self)][: len(self._segments)]
        return {
            "format": self.form,
            "epsg": self.epsg,
            "columns": dict(self._values),
            "flagged": self._flagged,
            "tracks": self._tracks,
            "segments": [[track, start, stop] for (track, start), stop in zip(self._segments, stops, strict=True)],
            "waypoints": self._waypoints,
            "facts": self.facts,
        }


def number(text: Any) -> float:
    """Return a number, NaN if ``text`` is none. Python's own ``1_000`` and booleans are no numbers in a file."""
    if isinstance(text, str):
        if "_" in text:
            return NAN
    elif isinstance(text, bool) or text is None:
        return NAN
    try:
        return float(text)
    except (ValueError, TypeError, OverflowError):
        return NAN


def clean_text(text: Any) -> str:
    """Return text in NFC on one line, without control and direction characters, of limited length."""
    if not isinstance(text, str):
        return ""
    plain = unicodedata.normalize("NFC", " ".join(text[: 4 * LONGEST_TEXT].split()))
    return "".join(c for c in plain if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co"))[:LONGEST_TEXT]
