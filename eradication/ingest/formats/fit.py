"""FIT, the files of Garmin's and others' receivers: every recorded activity is a patrol, every course a planned route.

Of a message only place, time, height and accuracy are read. A pause of the timer begins a new segment. A file with a
byte that is not what its checksum says, or that ends too early, is refused as a whole: what follows a lost byte cannot
be told from noise.
"""

import math
import re
import struct
from datetime import datetime
from pathlib import Path
from typing import Any

import fitdecode

from eradication.errors import N_, RefusedInput
from eradication.ingest.formats.columns import NAN, Columns, number

_CAUSES = {
    fitdecode.FitCRCError: N_("The FIT file is damaged: the checksum at byte {byte} is not that of what it holds."),
    fitdecode.FitEOFError: N_("The FIT file is cut off at byte {byte}."),
    fitdecode.FitHeaderError: N_("The FIT file is damaged: no header where one must stand, at byte {byte}."),
}
_OTHERWISE = N_("The FIT file is damaged: {reason}.")
_DEGREES = 180.0 / 2**31
"""Degrees of one semicircle, the unit of places in FIT."""


def read(path: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Read a FIT file; see :meth:`Columns.plain` for the result.

    Raises:
        RefusedInput: ``bad_fit`` with the byte and the cause; ``too_many_points``.
    """
    columns = Columns("fit", options)
    gathered = _Fit(columns)
    strict = {"check_crc": fitdecode.CrcCheck.RAISE, "error_handling": fitdecode.ErrorHandling.RAISE}
    try:
        with fitdecode.FitReader(path, **strict) as messages:
            for message in messages:
                gathered.take(message)
    except fitdecode.FitError as error:
        raise _bad(error) from None
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, struct.error) as error:
        raise _bad(error) from None
    return columns.plain()


def _bad(error: Exception) -> RefusedInput:
    """Say what is wrong at which byte; the library tells the byte in its words only."""
    found = re.search(r"(?:@|offset:) ?(\d+)", str(error))
    byte = found[1] if found else "?"
    return RefusedInput(
        "bad_fit",
        next((said for kind, said in _CAUSES.items() if isinstance(error, kind)), _OTHERWISE),
        where=f"byte {byte}" if found else "",
        hint=N_("It may have been cut off while copying: copy it from the device again."),
        values={"byte": byte, "reason": str(error)[:200] or type(error).__name__},
    )


class _Fit:
    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.kind = "track"
        self.in_track = self.in_segment = False

    def take(self, message: Any) -> None:
        if isinstance(message, fitdecode.FitHeader):
            self.kind, self.in_track, self.in_segment = "track", False, False
        elif isinstance(message, fitdecode.FitDataMessage):
            reader = _MESSAGES.get(message.name)
            if reader is not None:
                reader(self, message)

    def of_file(self, message: Any) -> None:
        if _value(message, "type") == "course":
            self.kind = "route"

    def of_developer(self, message: Any) -> None:
        # Against the profile, but some receivers write it so, and what they recorded is whole.
        if not message.has_field("application_id"):
            self.columns.count("developer_data_without_id")

    def of_event(self, message: Any) -> None:
        stopped = str(_value(message, "event_type") or "").startswith("stop")
        if _value(message, "event") == "timer" and stopped:
            self.in_segment = False

    def of_record(self, message: Any) -> None:
        place = _place(message)
        if place is None:
            self.columns.count("fixes_without_place")
            return
        if not self.in_track:
            self.columns.begin_track(kind=self.kind)
        if not self.in_segment:
            self.columns.begin_segment()
        self.in_track = self.in_segment = True
        height = _value(message, "enhanced_altitude")
        height = _value(message, "altitude") if height is None else height
        accuracy = _value(message, "gps_accuracy")
        self.columns.add_fix(*place, number(height), self._seconds(message), number(accuracy))

    def of_course_point(self, message: Any) -> None:
        place = _place(message)
        if place is not None:
            self.columns.add_waypoint(*place, self._seconds(message), str(_value(message, "name") or ""))

    def _seconds(self, message: Any) -> float:
        when = _value(message, "timestamp")
        return self.columns.seconds(when) if isinstance(when, datetime) else NAN


_MESSAGES = {
    "file_id": _Fit.of_file,
    "developer_data_id": _Fit.of_developer,
    "event": _Fit.of_event,
    "record": _Fit.of_record,
    "course_point": _Fit.of_course_point,
}


def _value(message: Any, name: str) -> Any:
    return message.get_value(name, fallback=None)


def _place(message: Any) -> tuple[float, float] | None:
    """Return longitude and latitude in degrees, ``None`` where the receiver knew none."""
    east, north = _value(message, "position_long"), _value(message, "position_lat")
    if east is None or north is None:
        return None
    lon, lat = number(east) * _DEGREES, number(north) * _DEGREES
    return (lon, lat) if math.isfinite(lon) and math.isfinite(lat) else None
