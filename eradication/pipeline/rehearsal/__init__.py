"""Ways of patrolling, tried out on simulated provinces: habit, score order, and plans from the risk surface.

Everything here is mô phỏng / simulated. It says which way of choosing where to walk finds more on the same made-up
ground, under assumptions that stand in one table, and nothing about how much poppy there is.
"""

from eradication.pipeline.rehearsal.comparing import Ratio, compare
from eradication.pipeline.rehearsal.foretelling import DayPlan, Foretold, day_plan, foretell
from eradication.pipeline.rehearsal.running import POLICIES, SeasonResult, rehearse
from eradication.pipeline.rehearsal.travel import Grounds

__all__ = [
    "POLICIES",
    "DayPlan",
    "Foretold",
    "Grounds",
    "Ratio",
    "SeasonResult",
    "compare",
    "day_plan",
    "foretell",
    "rehearse",
]
