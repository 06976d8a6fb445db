"""Who may verify: neither a finder nor a destroyer of the place, and nobody of their units.

A unit that was renamed, merged or divided is still who it was: whoever followed another by the day of the verification
is of one unit with it, and so are two that one unit had followed by then. Two posts that merged later were two, and
what one of them verified for the other stands.
"""

from eradication.domain import Episode, Outcome, Visit
from eradication.domain.succession import NO_SUCCESSIONS, UNIT, Successions

NOT_INDEPENDENT = "verifier_not_independent"
FORCED = "forced_verification"
UNKNOWN_VERIFIER = "verifier_unit_unknown"
"""A verification by a unit that is in no table of units: it counts, but nobody can say whose unit it is."""


def _folded(code: str) -> str:
    return code.strip().casefold()


def parties(visit: Visit) -> frozenset[str]:
    """Return unit and officers of a visit in one comparable form."""
    officers = {f"officer:{_folded(officer)}" for officer in visit.officers}
    return frozenset({f"{UNIT}{_folded(visit.unit)}", *officers})


def check_visit(visit: Visit, episode: Episode, successions: Successions = NO_SUCCESSIONS) -> str | None:
    """Return why a visit must not be taken for an episode, or ``None``.

    The one reason is ``verifier_not_independent``: the verifier's unit, under whatever name, or an officer had detected
    or eradicated there. Rows that merely come in the wrong order are taken and listed, because an earlier one may still
    arrive.

    Args:
        visit: the visit.
        episode: what was known of the place at the moment of the visit, replayed with ``happened_until`` its
            ``visited_at``: who verified in February may destroy what has regrown in March, in whatever order the two
            rows arrive.
        successions: which unit followed which.
    """
    if visit.outcome is Outcome.VERIFIED and successions.shared(parties(visit), episode.parties, visit.visited_at):
        return NOT_INDEPENDENT
    return None
