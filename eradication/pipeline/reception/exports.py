"""Files of plots for one person: with a reason, so many a day, on record with their hash, and marked as that person's.

The event is committed before the file is sent: there may be a record of a file that nobody got, and none without one.
"""

import hashlib
import re
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path

from eradication.domain import EventKind, Json, Season
from eradication.domain.event import iso
from eradication.errors import N_, UnusableInput
from eradication.pipeline import outputs
from eradication.pipeline.reception import looks, snapshot, tries, views
from eradication.pipeline.reception.looks import How
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.sessions import Caller
from eradication.pipeline.reception.tries import DAY_S, Limit
from eradication.pipeline.workspace import disk_errors_explained

FORMATS = ("geojson", "gpkg", "xlsx")
LEAST_LETTERS, MOST_LETTERS = 10, 300
"""Of a reason."""


@dataclass(frozen=True, slots=True)
class Exported:
    """A file that somebody may have."""

    name: str
    content: bytes
    sha256: str
    mark: str
    plots: int


def export(place: Place, caller: Caller, season: Season, form: str, reason: str) -> Exported:
    """Make a file of the plots that the caller may see.

    Raises:
        UnusableInput: ``reason_missing``, ``unknown_format``.
        Denied: ``too_often``: more files today than the settings allow.
    """
    why = _checked(reason)
    if form not in FORMATS:
        raise UnusableInput(
            "unknown_format",
            N_("This file cannot be written as '{suffix}'."),
            hint=N_("Use one of: {accepted}."),
            values={"suffix": form[:20], "accepted": " ".join(FORMATS)},
        )
    person, most = caller.person.person_id, place.workspace.settings.web.exports_a_day
    tries.spend(place, Limit("export", most, DAY_S), person)
    seen = views.seen_rows(place, caller, season)
    mark = f"{person} {iso(place.now())[:10]} {secrets.token_hex(4)}"
    content = _written(place, caller, season, form, frozenset(seen), mark)
    sha256 = hashlib.sha256(content).hexdigest()
    plots = sorted({plot for plot, _ in seen})
    body: dict[str, Json] = {
        "person": person,
        "reason": why,
        "what": "plots",
        "season": season.label,
        "format": form,
        "count": len(seen),
        "written_sha256": sha256,
        "mark": mark,
    }
    looks.note(place, caller, plots, How.EXPORT)
    with place.workspace.store.transaction() as transaction:
        transaction.append(EventKind.EXPORTED, place.now(), body)
    return Exported(f"plots-{season.label}.{form}", content, sha256, mark, len(seen))


def _checked(reason: str) -> str:
    why = " ".join(reason.split())
    letters = re.findall(r"[^\W\d_]", why)
    if len(letters) < LEAST_LETTERS or len(set(map(str.lower, letters))) < LEAST_LETTERS // 2:
        raise UnusableInput(
            "reason_missing",
            N_("A file of plots needs a reason."),
            where="reason",
            hint=N_("Say in {least} letters or more what it is for; the reason is kept with your name's pseudonym."),
            values={"least": LEAST_LETTERS},
        )
    return why[:MOST_LETTERS]


def _written(
    place: Place, caller: Caller, season: Season, form: str, only: frozenset[tuple[str, str]], mark: str
) -> bytes:
    """Return the content of the file; what lies on the disk for a moment is only for the owner of the server."""
    folder = place.workspace.folder / "outputs"
    with disk_errors_explained(folder):
        folder.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".export-", dir=folder) as made:
            out = Path(made) / f"plots.{form}"
            if form == "gpkg":
                snapshot.write(place, caller, season, out, only, mark)
            else:
                outputs.export_plots(place.workspace, out, season, form, only, mark)
            return out.read_bytes()
