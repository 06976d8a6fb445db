"""Events that no answer rests on: that somebody looked, was given a file, or may come in. They change no figure.

What is kept between answers would be worked out anew every few minutes if each of them counted as news.
"""

from collections.abc import Mapping

from eradication.domain import EventKind
from eradication.pipeline.workspace import Workspace

IDLE = frozenset({EventKind.PLOTS_VIEWED, EventKind.EXPORTED, EventKind.PERSON_CHANGED, EventKind.DEVICE_CHANGED})
RESTED_ON = frozenset(EventKind) - IDLE

type Heads = Mapping[str, tuple[int, str]]
"""Origin → how many events its chain has, and the hash of the last."""


def heads(workspace: Workspace) -> Heads:
    """Return how far every chain goes."""
    return {head.origin: (head.events, head.head) for head in workspace.store.origins()}


def only_idle_since(workspace: Workspace, known: Heads) -> bool:
    """Tell whether nothing but idle events came since chains went as far as ``known``."""
    now = heads(workspace)
    if known == now:
        return True
    # A chain that is shorter, or as long and another one, was exchanged.
    if any(origin not in now or now[origin][0] < known[origin][0] for origin in known):
        return False
    if any(now[origin][0] == known[origin][0] and now[origin][1] != known[origin][1] for origin in known):
        return False
    return not workspace.store.later({origin: count for origin, (count, _) in known.items()}, RESTED_ON)
