"""Who may verify: neither a finder nor a destroyer of the place, and nobody of their units."""

from eradication.domain import Episode, Outcome, Visit

NOT_INDEPENDENT = "verifier_not_independent"
FORCED = "forced_verification"


def parties(visit: Visit) -> frozenset[str]:
    """Return unit and officers of a visit in one comparable form."""
    officers = {f"officer:{officer.strip().casefold()}" for officer in visit.officers}
    return frozenset({f"unit:{visit.unit.strip().casefold()}", *officers})


def check_visit(visit: Visit, episode: Episode) -> str | None:
    """Return why a visit must not be taken for an episode, or ``None``.

    The one reason is ``verifier_not_independent``: the verifier's unit or an officer had detected or eradicated there.
    Rows that merely come in the wrong order are taken and listed, because an earlier one may still arrive.

    Args:
        visit: the visit.
        episode: what was known of the place at the moment of the visit, replayed with ``happened_until`` its
            ``visited_at``: who verified in February may destroy what has regrown in March, in whatever order the two
            rows arrive.
    """
    if visit.outcome is Outcome.VERIFIED and parties(visit) & set(episode.parties):
        return NOT_INDEPENDENT
    return None
