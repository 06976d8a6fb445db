"""What may be set about the ledger: deadlines, the border line, when it may be said that nothing was found."""

from dataclasses import dataclass

from eradication.config.setting import setting as _set
from eradication.errors import N_


@dataclass(frozen=True, slots=True)
class Ledger:
    """Deadlines and limits of the ledger and its periods."""

    period_cuts: tuple[str, ...] = _set(
        ("03-14", "06-14", "09-14", "12-14"),
        N_("Last days of the reporting periods Q1, H1, Q3 and Y, as MM-DD: the day before each report is due."),
    )
    report_grace_days: int = _set(
        0, N_("A report is on time if it comes before the deadline, or at most so many days later."), span=(0, 60)
    )
    plan_due: str = _set("02-15", N_("Day before which each unit files its plan of the year, as MM-DD."))
    destroy_days: int = _set(3, N_("A detected plot ought to be destroyed within so many days …"), span=(0, 365))
    tip_days: int = _set(7, N_("… a tip be visited within so many …"), span=(0, 365))
    revisit_days: int = _set(28, N_("… and a destroyed plot be checked again within so many."), span=(1, 365))
    late_days: float = _set(7.0, N_("A visit entered so many days after it was made is a late entry."), span=(0, 365))
    commune_gap_m: float = _set(
        30.0, N_("A plot in a gap between communes belongs to one at most this far away, in metres."), span=(0, 2000)
    )
    border_m: float = _set(
        100.0,
        N_("How uncertain the border line of [distances] border is, in metres: nearer plots enter no total."),
        span=(0, 10000),
    )
    least_seen: float = _set(
        0.5,
        N_("Share of a commune that satellite or patrols must have seen before 'nothing found' may be said of it."),
        span=(0, 1),
    )
