"""Legally grown poppy as a teacher: declared parcels of the EU, degraded to the size of the plots that are looked for.

No poppy-labelled imagery exists in the open, yet farmers of the EU declare every field of *Papaver somniferum* that
they grow for food or pharmacy, with its outline. The recipe: judge the parcels (:func:`declared`), move the dates of
their imagery to the season of the province (:func:`moved`), mix virtual plots into it (:func:`plant`), and go on as
with any season: describe, sample, train. **It has not been run on real parcels here**: it needs downloads. What it
would teach about plots in Sơn La is unknown until visits say so; another variety, soil, light and neighbourhood remain.
"""

from eradication.legal_poppy.calendar import Sowing, moved, shift_days
from eradication.legal_poppy.codes import GROUPS, POPPY, Group, Kind, group_of, hcat_of, kind_of, table_of
from eradication.legal_poppy.mixing import Planted, VirtualPlot, areas, plant
from eradication.legal_poppy.parcels import REASONS, Declared, Parcel, Skipped, declared

__all__ = [
    "GROUPS",
    "POPPY",
    "REASONS",
    "Declared",
    "Group",
    "Kind",
    "Parcel",
    "Planted",
    "Skipped",
    "Sowing",
    "VirtualPlot",
    "areas",
    "declared",
    "group_of",
    "hcat_of",
    "kind_of",
    "moved",
    "plant",
    "shift_days",
    "table_of",
]
