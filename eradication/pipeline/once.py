"""What one part of an answer found out is not found out again by the next: a replay of a big store takes minutes."""

from collections.abc import Callable, Hashable
from typing import cast

from eradication.config import Settings
from eradication.pipeline import idle
from eradication.pipeline.workspace import Workspace


def once[T](workspace: Workspace, what: Hashable, make: Callable[[], T]) -> T:
    """Return what ``make`` makes, made once as long as no event comes in and the settings stay; it must not be changed.

    Args:
        workspace: whose events and settings it rests on, and nothing else.
        what: names it, with all that it was asked for.
        make: finds it out.
    """
    known = cast(tuple[idle.Heads, Settings, T] | None, workspace.found.get(what))
    if known is None or known[1] != workspace.settings or not idle.only_idle_since(workspace, known[0]):
        heads = idle.heads(workspace)
        workspace.found[what] = known = heads, workspace.settings, make()
    return known[2]
