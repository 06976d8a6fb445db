"""What has to be said of a plan wherever it is shown: what was not known when it was made, what its m² rest on."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from eradication.errors import N_

LAYERS: Mapping[str, str] = MappingProxyType(
    {
        "hazards": N_("areas of danger"),
        "border": N_("border line"),
        "rivers": N_("rivers"),
        "forest": N_("forest"),
        "tracks": N_("tracks"),
        "road": N_("roads"),
    }
)
"""Files that a plan rests on, by their names in the settings; the first are those that people come to harm by."""
CROSSED = ("hazards", "border", "rivers")
"""Layers that a way keeps out of where somebody named them."""
STAND_INS = N_("Commune outlines are stand-ins: the edge that this plan keeps within is not the legal border.")

ASSUMED = N_("assumed")
BASES: Mapping[str, str] = MappingProxyType(
    {
        "assumed": ASSUMED,
        "expert": ASSUMED,
        "reuse": N_("by reuse of places"),
        "visits": N_("by earlier visits"),
        "drawn_visits": N_("by earlier visits"),
        "probability": N_("by the model's probability"),
        "fitted": N_("by earlier finds"),
    }
)
"""What the m² of a stop rest on → how it is said."""
IS_ASSUMED = frozenset(name for name, said in BASES.items() if said == ASSUMED)

type Translate = Callable[[str], str]


def sentences(not_known: Sequence[str], approximate: bool, translate: Translate) -> list[str]:
    """Return what was not known when a plan was made, a sentence each.

    Args:
        not_known: layers that nobody named, by the names of :data:`LAYERS`. A file that was named and is empty is
            not among them: somebody has looked, and there is nothing.
        approximate: outlines of communes were stand-ins for the official ones.
        translate: message id → text.
    """
    first = [name for name in LAYERS if name in not_known and name in CROSSED]
    rest = [name for name in LAYERS if name in not_known and name not in CROSSED]
    rest += sorted(set(not_known) - LAYERS.keys())
    found = []
    if first:
        said = translate(N_("Nobody has named any file of {layers}: the way may lead across them."))
        found.append(said.format(layers=listed(first, translate)))
    if rest:
        said = translate(N_("Nobody has named any file of {layers}: the times on foot do not count them."))
        found.append(said.format(layers=listed(rest, translate)))
    return [*found, translate(STAND_INS)] if approximate else found


def listed(layers: Sequence[str], translate: Translate) -> str:
    """Return the names of layers, one after the other."""
    return ", ".join(translate(LAYERS.get(name, name)) for name in layers)
