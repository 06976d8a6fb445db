"""How far a person sees: everything exactly, a unit's own, or counts alone; by roles, unit and communes."""

from dataclasses import dataclass

from eradication.domain.person import SEES_PLOTS, SEES_TRACKS, Role
from eradication.pipeline.reception.sessions import Caller


@dataclass(frozen=True, slots=True)
class Reach:
    """What somebody may see. Whoever is several things sees what any of them sees."""

    every_plot: bool
    """Plots and visits of all units, exactly."""
    every_track: bool
    """Patrols of all units, exactly. A patrol is of no commune, so nobody whose communes are named sees them all."""
    unit: str
    """Whose own plots, visits and patrols are seen exactly; empty = of none."""
    communes: frozenset[str]
    """Codes within which plots are seen; empty = all."""

    @property
    def places(self) -> bool:
        """Whether any place at all is seen."""
        return self.every_plot or bool(self.unit)

    @property
    def whole(self) -> bool:
        """Whether every plot of the province is seen."""
        return self.every_plot and not self.communes


def of(caller: Caller) -> Reach:
    """Return the reach of whoever asks."""
    person = caller.person
    return Reach(
        every_plot=bool(person.roles & SEES_PLOTS),
        every_track=bool(person.roles & SEES_TRACKS) and not person.communes,
        unit=person.unit if Role.PATROL in person.roles else "",
        communes=frozenset(person.communes),
    )
