"""The memory of places: candidate ↔ known plot, the state machine of an episode, and the replay of events.

Pure: nothing here reads a file, a clock or a store. Start with :func:`replay`, which turns a set of events and a time
into plots, episodes and everything that did not fit; :func:`follow` and :func:`place_visit` give new observations
their plot before they become events.
"""

from eradication.domain.succession import NO_SUCCESSIONS, Successions, alike, successions
from eradication.history.concerned import Concerned, concerned
from eradication.history.findings import Finding, listed
from eradication.history.identity import Followed, Placement, follow, place_visit
from eradication.history.independence import check_visit
from eradication.history.naming import codes, next_code, part_id
from eradication.history.replay import KINDS, counted, replay
from eradication.history.settled import Read, Settled, read
from eradication.history.states import standing
from eradication.history.told import History

__all__ = [
    "KINDS",
    "NO_SUCCESSIONS",
    "Concerned",
    "Finding",
    "Followed",
    "History",
    "Placement",
    "Read",
    "Settled",
    "Successions",
    "alike",
    "check_visit",
    "codes",
    "concerned",
    "counted",
    "follow",
    "listed",
    "next_code",
    "part_id",
    "place_visit",
    "read",
    "replay",
    "standing",
    "successions",
]
