"""A period as somebody may see it."""

from typing import Any

from eradication.domain import Period
from eradication.pipeline import periods
from eradication.pipeline.reception import ledger_view, reach
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.sessions import Caller


def shown(place: Place, caller: Caller, period: Period) -> dict[str, Any]:
    """Return a period as :func:`eradication.pipeline.periods.show` tells it.

    While it is open, effort and coverage move with every patrol's return: who does not see every patrol is told no
    effort then (``None``), and coverage in whole percent. Once it is closed both stand as they were signed.
    """
    answer = periods.show(place.workspace, period)
    if answer["closed_at"] or reach.of(caller).every_track:
        return answer
    told = answer["cumulative"]
    coverage = ledger_view.coarse(told["coverage"])
    return answer | {"cumulative": told | {"effort": dict.fromkeys(told["effort"]), "coverage": coverage}}
