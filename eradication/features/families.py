"""Features by family: what is asked of a model is asked of a family first, for its members stand in for one another."""

from collections.abc import Iterable

from eradication.features.table import BLOOM, CALENDAR, DISTANCES, PERMANENCE, PHASE, RINGED, SERIES, TERRAIN, TEXTURED

OTHER = "other"

FAMILIES: dict[str, tuple[str, ...]] = {
    "calendar": tuple(f.name for f in CALENDAR),
    "series": tuple(f.name for f in SERIES if f not in BLOOM),
    "phase": tuple(f.name for f in PHASE),
    "bloom": tuple(f.name for f in BLOOM),
    "ring": tuple(f"{name}_ring" for name in RINGED),
    "texture": tuple(f"{name}_texture" for name in TEXTURED),
    "permanence": (PERMANENCE.name,),
    "terrain": tuple(f.name for f in TERRAIN),
    "distance": tuple(f.name for f in DISTANCES),
}
"""Name of each family and its features."""


def by_family(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the families that have features among ``names``, with those; what is of no family is :data:`OTHER`."""
    home = {feature: family for family, features in FAMILIES.items() for feature in features}
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(home.get(name, OTHER), []).append(name)
    return {family: tuple(found[family]) for family in (*FAMILIES, OTHER) if family in found}
