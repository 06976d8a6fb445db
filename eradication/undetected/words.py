"""What each of the three lines takes for granted, in words."""

from collections.abc import Mapping
from types import MappingProxyType

from eradication.errors import N_

ASSUMPTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "upper": (
            N_("Counts 250 m cells, not plots or m²: a cell may hold several plots."),
            N_("Speaks only of the cells that could be drawn: those no candidate and no plot touched."),
            N_(
                "A plot in a drawn cell is seen with the p that the patrol's track gives, wherever it lies in the cell."
            ),
            N_("Drawn cells that nobody searched are like those that were: not left out because of what grows there."),
        ),
        "expected": (
            N_("Every unflagged cell is taken to hold a plot as often as those that patrols searched."),
            N_("Patrols go where they expect plots, so this is likelier too high than too low."),
        ),
        "lower": (
            N_("Plots of classes A and B only: satellite is blind to class C."),
            N_("Satellite and patrols are taken to find independently; both find what is easy: too low if anything."),
            N_("A unit is taken to know a candidate from when it was assigned, packed, printed or listed for anybody."),
        ),
    }
)
