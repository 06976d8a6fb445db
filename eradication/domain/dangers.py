"""Areas that plans keep out of, as they are said: what makes them dangerous first, then their name."""

from collections.abc import Callable, Mapping
from typing import Any

from eradication.errors import N_

KINDS: Mapping[str, str] = {
    "mine": N_("mines"),
    "flood": N_("floods"),
    "traffickers": N_("drug traffickers"),
    "landslide": N_("landslides"),
    "border": N_("the border"),
    "other": N_("other danger"),
}
"""What makes an area dangerous, or forbidden."""


def said(kind: str, name: str, translate: Callable[[str], str]) -> str:
    """Return ``mines: Old camp``; the kind alone where there is no name of its own.

    Args:
        kind: one of :data:`KINDS`; empty in plans from before it was recorded, whose names stand alone.
        name: as the file gives it; the kind's own word where it gives none.
        translate: message id → text.
    """
    if not kind:
        return name
    told = translate(KINDS.get(kind, KINDS["other"]))
    return told if name in ("", kind) else f"{told}: {name}"


def of(plan: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return kind and name of what a plan keeps out of; plans from before the kind was recorded tell names alone."""
    told = plan.get("dangers")
    if told is None:
        return [("", str(name)) for name in plan.get("hazards", ())]
    return [(str(one["kind"]), str(one["name"])) for one in told]
