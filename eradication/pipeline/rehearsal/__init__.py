"""Ways of patrolling, tried out on simulated provinces: habit, score order, and plans from the risk surface.

Everything here is mô phỏng / simulated. It says which way of choosing where to walk finds more on the same made-up
ground, under assumptions that stand in one table, and nothing about how much poppy there is.

Plans are those of the product: the risk surface, the chance that a candidate is confirmed, that of an old place, what a
place is worth, how urgent it is, which places a route is sought among and the router are the same functions
(:mod:`eradication.risk`, :mod:`eradication.routing`), and finds that something had led to teach the surface nothing.
What remains simplified here:

- Each post plans by itself, one unit after the other, and is not sent where another was before it; real plans of
  several units seek their routes together.
- A route is sought among 30 places to look at and 20 cells instead of 120 and 80, on cells of 250 m instead of 50 m.
- The random share is met over all posts of a day by chance rounding of an estimated number of stops, not by a first
  route without draws; draws are divided by what places are worth, not by their number; what finds no room is dropped,
  not carried over, and nothing is trimmed. (A real unit that plans alone draws at least one stop, which is more.)
- A tip names a cell, which is searched; a real tip is gone to and looked at. Tips are told 500 m off.
- How many old places are planted again is told by the returns made; on record by those that somebody wrote down and
  by searches of their cells, which count with their p. Habits too go back to old places; such finds teach the surface
  nothing here, on record only those do to which no plan or list had led.
- There is one model, whose scores are the same in every season; heights move no harvest; communes, vetoes, dangers,
  assignments and places rejected again and again play no part.
- Search is of new ground each time and seen as the calendar says; on record p comes from tracks.
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
