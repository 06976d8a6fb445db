"""Paper returns typed at a desk: one page, the questions of the form for visits, one instance as from a telephone."""

import re
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from eradication.domain import TIMEZONE
from eradication.errors import N_, UnusableInput
from eradication.pipeline import exchange
from eradication.pipeline.reception import filling_in, hand_ins
from eradication.pipeline.reception.hand_ins import Local, Received
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.sessions import Caller

OFFICIAL = "VN-2000"
_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")
_WITHOUT_SATELLITES_M = "0"


def enter(
    place: Place, caller: Caller, form_id: str, answers: Mapping[str, str], photos: Sequence[Local], uuid: str
) -> Received:
    """Take a sheet in as it was typed, with photos of it, and give its receipt.

    Args:
        place: where it is kept.
        caller: types it.
        form_id: of the form.
        answers: question → answer; ``visited_at`` is local time, ``place`` two numbers, ``place_crs`` says of which
            system: ``WGS84`` (latitude, longitude) or ``VN-2000`` (X north, Y east).
        photos: named by the answers.
        uuid: of the page that was filled in, so that sending it twice is one hand-in.

    Raises:
        UnusableInput: ``bad_position``, ``bad_time``.
        RefusedInput: ``unknown_form``.
    """
    filled = {name: text.strip() for name, text in answers.items() if text.strip() and name != "place_crs"}
    if "place" in filled:
        filled["place"] = _position(place, filled["place"], answers.get("place_crs", ""))
    if "visited_at" in filled:
        filled["visited_at"] = _time(filled["visited_at"])
    if caller.person.unit:
        filled.setdefault("unit", caller.person.unit)
    filled["started"] = filled.get("visited_at", "")
    filled["visit_id"] = f"P-{uuid}"
    content, _ = filling_in.instance(filling_in.form_of(form_id), filled, uuid)
    with tempfile.TemporaryDirectory(prefix="eradication-") as folder:
        sheet = Path(folder) / "sheet.xml"
        sheet.write_bytes(content)
        return hand_ins.receive_files(place, caller, uuid, [Local(sheet, f"{uuid}.xml"), *photos], "paper")


def _position(place: Place, text: str, crs: str) -> str:
    """Return a position as ODK writes it: latitude, longitude, height, accuracy."""
    numbers = [float(found.replace(",", ".")) for found in _NUMBER.findall(text.replace(", ", " "))]
    if len(numbers) != 2:
        raise _bad_position(text)
    first, second = numbers
    if crs == OFFICIAL:
        official = f"EPSG:{place.workspace.settings.workspace.official_epsg}"
        (lon, lat), *_ = exchange.convert([f"{second},{first}"], official, "EPSG:4326")["points"]
    else:
        lat, lon = first, second
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise _bad_position(text)
    return f"{lat} {lon} 0 {_WITHOUT_SATELLITES_M}"


def _bad_position(text: str) -> UnusableInput:
    return UnusableInput(
        "bad_position",
        N_("'{text}' is no position."),
        hint=N_("Write latitude and longitude in degrees (21.327 103.905), or X (north) and Y (east) in VN-2000."),
        values={"text": text[:60]},
    )


def _time(text: str) -> str:
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        raise UnusableInput(
            "bad_time",
            N_("'{text}' is no time."),
            hint=N_("Write day and time of the visit, e.g. 2026-02-10T08:30."),
            values={"text": text[:60]},
        ) from None
    return (local if local.tzinfo else local.replace(tzinfo=TIMEZONE)).isoformat()
