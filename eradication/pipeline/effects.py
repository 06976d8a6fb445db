"""What is said at once of rows that were taken in and count nothing as yet: why, and what to do.

No such row is refused: laptops were apart, and the detection that it waits for may arrive tomorrow. Then it counts by
itself.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from eradication import history
from eradication.errors import N_

_WHY = {
    "verified_before_eradicated": (
        N_("Kept, but it counts nothing as yet: by then nobody had destroyed anything at this place in that season."),
        N_("Hand in the detection and the destruction, if any are missing: the row then counts by itself."),
    ),
    "eradicated_before_detected": (
        N_("Kept, but it counts nothing as yet: nobody had detected anything there, and the row states no area."),
        N_("Hand in the detection, or correct the row with area_m2 and area_method: who destroys poppy has found it."),
    ),
    "self_removed_without_open_detection": (
        N_("Kept, but it counts nothing as yet: nothing that was detected stood open at this place."),
        N_("Hand in the detection, if it is missing: the row then counts by itself."),
    ),
    "regrown_before_eradicated": (
        N_("Kept as a place to check: live plants are reported, but nobody had destroyed anything there."),
        N_("Hand in the destruction if it is missing; if the plants are a first find, correct the row to detected."),
    ),
    "area_missing": (
        N_("Kept and open, but without an area nothing of it is counted."),
        N_("Correct the row with area_m2 and area_method."),
    ),
}
_OTHERWISE = (
    N_("Kept, but it has no effect: it does not follow from what is known of this place."),
    N_("`eradication plots show ID` tells what is known; correct the row, or hand in what is missing."),
)


def explained(answers: Sequence[dict[str, Any]], told: history.History) -> list[dict[str, Any]]:
    """Return answers of accepted rows with why they count nothing, where that is so.

    Args:
        answers: of rows; one that was recorded bears its ``event``.
        told: the replay after all of them were recorded.
    """
    idle = {finding.event: finding.reason for finding in told.findings if finding.kind == "out_of_place"}
    return [_explained(row, idle) for row in answers]


def _explained(row: dict[str, Any], idle: Mapping[tuple[str, int], str]) -> dict[str, Any]:
    reason = idle.get(tuple(row["event"])) if row.get("event") and row["status"] == "accepted" else None
    if reason is None:
        return row
    message, hint = _WHY.get(reason, _OTHERWISE)
    return row | {"reason": reason, "message": message, "hint": hint}
