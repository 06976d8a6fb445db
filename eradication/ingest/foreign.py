"""Formats that no reader of ours knows and the program gpsbabel does, by ending and first bytes together.

The table is the whole of what is ever asked of gpsbabel: a file that is not in it never reaches it, and no text of a
user's becomes part of a command.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from eradication.errors import N_, RefusedInput

_HEAD = 4096


@dataclass(frozen=True, slots=True)
class Foreign:
    """One format."""

    name: str
    """Stable code, as an answer's ``format``; what gpsbabel calls it."""
    title: str
    """What people call it."""
    suffixes: tuple[str, ...]
    also: tuple[str, ...]
    """Endings that say little: a file called so is of this format only if it begins so."""
    begins: re.Pattern[bytes]
    """What its first bytes look like."""
    options: str = ""
    """Options of the format for gpsbabel, each with a comma before it."""
    what: tuple[str, ...] = ("-t", "-r", "-w")
    """What gpsbabel is asked for: tracks, routes, waypoints; tables hold one of them only."""


def _foreign(
    name: str, title: str, suffixes: str, begins: bytes, options: str = "", *, also: str = "", what: str = "-t -r -w"
) -> Foreign:
    pattern = re.compile(begins, re.DOTALL)
    return Foreign(name, title, tuple(suffixes.split()), tuple(also.split()), pattern, options, tuple(what.split()))


_SENTENCE = rb"[^$]{0,200}\$(G[ABLNP]|BD|QZ)[A-Z]{3},"
_WITH_RMC = _SENTENCE + rb".*\$G[A-Z]RMC,|[^$]{0,200}\$G[A-Z]RMC,"


FORMATS: tuple[Foreign, ...] = (
    _foreign("gdb", "Garmin MapSource GDB", ".gdb", rb"MsRc[df]\x00"),
    _foreign("mapsource", "Garmin MapSource MPS", ".mps", rb"MsRc[df]\x00"),
    _foreign("ozi", "OziExplorer", ".plt .wpt .rte", rb"OziExplorer (Track Point|Waypoint|Route) File"),
    # RMC tells place and time together. GGA has no date, and gpsbabel 1.8 gives a GGA that follows its RMC, as many
    # receivers order them, the time of the next fix.
    _foreign("nmea", "NMEA 0183", ".nmea .nma", _WITH_RMC, ",gpgga=0", also=".log .txt"),
    _foreign("nmea", "NMEA 0183", ".nmea .nma", _SENTENCE, also=".log .txt"),
    _foreign("igc", "IGC", ".igc", rb"(\xef\xbb\xbf)?A[A-Z0-9]{3}.*\nH[FOP]DTE"),
    _foreign("gtm", "GPS TrackMaker", ".gtm", rb"..TrackMaker"),
    _foreign("dmtlog", "TrackLogs TRL", ".trl", rb"\xff\xff..\n\x00CTrackFile"),
    _foreign("igo8", "iGO TRK", ".trk", rb"\x9b\x02\x00\x00"),
    _foreign("geo", "Geocaching.com LOC", ".loc", rb"(\xef\xbb\xbf)?<\?xml.*<loc\b"),
    _foreign("easygps", "EasyGPS LOC", ".loc", rb"TerraByte Location File"),
    _foreign("unicsv", "Universal CSV", ".unicsv", rb"(?i)[^\n]*\blat[^\n]*\blon|[^\n]*\blon[^\n]*\blat", what="-t"),
)


def tell(path: Path) -> Foreign | None:
    """Return the format of a file that only gpsbabel reads; ``None`` if the name is none of theirs.

    Raises:
        RefusedInput: ``not_<format>``: it is called so and is something else.
    """
    suffix = path.suffix.lower()
    named = [form for form in FORMATS if suffix in form.suffixes]
    if not named and not any(suffix in form.also for form in FORMATS):
        return None
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return None  # whoever reads it says why it cannot be read
    if not head:
        return None
    asked = named or [form for form in FORMATS if suffix in form.also]
    found = next((form for form in asked if form.begins.match(head)), None)
    if found is None and named:
        raise RefusedInput(
            f"not_{named[0].name}",
            N_("The file is called {suffix}, but it does not begin like {format}."),
            where=str(path),
            hint=N_("Export the track as GPX with the program the file comes from."),
            values={"suffix": path.suffix, "format": ", ".join(dict.fromkeys(form.title for form in named))},
        )
    return found
