"""Files of hand-ins whose walks were thinned: they would go on telling where patrols went, so they go too.

Nothing is removed without a thinning on record (:mod:`eradication.pipeline.retention`), for which somebody answers.
Then the kept files go of a hand-in that held walks and nothing else, if all its walks are thinned; if it was refused,
when the season in which it came is; and of another content under its id, together with it. Receipt, state and answer
stay. Cut off between the files and the mark, whoever comes next does it again.
"""

import json
from collections.abc import Collection, Mapping
from typing import Any

from eradication.domain import Season
from eradication.domain.event import iso, parse_iso
from eradication.errors import N_, UnusableInput
from eradication.pipeline import thinned
from eradication.pipeline.reception import hand_ins
from eradication.pipeline.reception.place import Place, reception_of
from eradication.pipeline.reception.shelf import BY_TELEPHONE, Shelf
from eradication.pipeline.workspace import Workspace
from eradication.store import thinning
from eradication.store.reception import hand_ins as rows
from eradication.store.reception import is_there

GONE = "gone_at"
"""In the answer of a hand-in: when its files were removed."""
_ELSE = ("visits", "tips", "photos")
_MANY = 1_000_000


def forget(place: Place) -> int:
    """Remove the files of hand-ins whose walks are thinned; return of how many.

    Raises:
        StorageFailed: ``store_locked``, ``store_unwritable`` …; what is left goes next time.
    """
    gone = frozenset(thinned.since(place.workspace))
    if not gone:
        return 0
    seasons = {str(event.payload.get("season", "")) for event in thinning.in_force(place.workspace.store).values()}
    with place.reception.reading() as connection:
        found = rows.listed(connection, states=[hand_ins.RECORDED, hand_ins.REFUSED, hand_ins.CONFLICT], most=_MANY)
    old = [row for row in found if _is_over(row, gone, seasons)]
    ids = {row["hand_in_id"] for row in old}
    old += [row for row in found if row["state"] == hand_ins.CONFLICT and row["hand_in_id"] in ids and not gone_at(row)]
    for row in old:
        _remove(place, row)
    return len(old)


def after_retention(workspace: Workspace) -> int:
    """Do the same for a workspace that may never have had a reception; none is made."""
    if not is_there(workspace.folder, workspace.settings.store):
        return 0
    with reception_of(workspace) as place:
        return forget(place)


def _is_over(row: Mapping[str, Any], gone: Collection[str], seasons: Collection[str]) -> bool:
    answer = json.loads(row["answer"] or "{}")
    files = answer.get("patrols", [])
    if answer.get(GONE) or not files or any(answer.get(name) for name in _ELSE):
        return False
    if row["state"] == hand_ins.REFUSED:
        return Season.of(parse_iso(row["received_at"])).label in seasons
    walks = {str(patrol["id"]) for file in files for patrol in file["patrols"]}
    return row["state"] == hand_ins.RECORDED and bool(walks) and walks <= set(gone)


def gone_at(row: Mapping[str, Any]) -> str:
    """Return when the files of a hand-in were removed (ISO, UTC); empty if they are kept."""
    return str(json.loads(row["answer"] or "{}").get(GONE, ""))


def _remove(place: Place, row: Mapping[str, Any]) -> None:
    """Remove files that no other hand-in holds, and mark the hand-in; meanwhile no receipt that names one is given."""
    key = row["hand_in_id"], row["content"]
    by_telephone = row["channel"] in BY_TELEPHONE
    with place.reception.writing() as connection:
        own = {file["sha256"] for file in rows.files(connection, *key)}
        # What a telephone sealed is in no other record; what came in clear may have been dropped by several people.
        others = rows.contents(connection, key[0]) if by_telephone else rows.through(connection, BY_TELEPHONE)
        for other in others:
            if (other["hand_in_id"], other["content"]) != key and not gone_at(other):
                own -= {file["sha256"] for file in rows.files(connection, other["hand_in_id"], other["content"])}
        Shelf(place).forget(row["channel"], own)
        answer = json.loads(row["answer"] or "{}") | {GONE: iso(place.now())}
        rows.change(connection, *key, {"answer": json.dumps(answer)})


def refusal(number: str, gone_at: str) -> UnusableInput:
    """Return the refusal of what needs files that are gone."""
    return UnusableInput(
        "hand_in_thinned",
        N_("The files of this hand-in were removed on {day}: its walks are thinned to effort."),
        where=number,
        hint=N_("What it gave is in the ledger; figures of `effort` and `coverage` still count it."),
        values={"day": gone_at[:10]},
    )
