"""What one part of an answer found out is not found out again by the next: a replay of a big store takes minutes."""

from collections.abc import Callable, Hashable
from typing import cast

from eradication.pipeline.workspace import Workspace


def once[T](workspace: Workspace, what: Hashable, make: Callable[[], T]) -> T:
    """Return what ``make`` makes, made once as long as no event comes in and the settings stay; it must not be changed.

    Args:
        workspace: whose events and settings it rests on, and nothing else.
        what: names it, with all that it was asked for.
        make: finds it out.
    """
    heads = tuple((head.origin, head.events, head.head) for head in workspace.store.origins())
    rests_on = heads, workspace.settings
    known = workspace.found.get(what)
    if known is None or cast(tuple[object, T], known)[0] != rests_on:
        known = workspace.found[what] = rests_on, make()
    return cast(tuple[object, T], known)[1]
