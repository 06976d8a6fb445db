"""What may be set about the harvest: when capsules are lanced, and when images tell the day of sowing."""

from dataclasses import dataclass

from eradication.config.setting import setting as _set
from eradication.errors import N_


@dataclass(frozen=True, slots=True)
class Harvest:
    """When capsules are lanced: the clock of each open candidate."""

    lancing_early: tuple[str, ...] = _set(
        ("01-15", "03-31"), N_("First and last day on which poppy that was sown early is lanced, as MM-DD.")
    )
    lancing_late: tuple[str, ...] = _set(("03-01", "04-30"), N_("The same of late sowing."))
    lanced_after_days: int = _set(
        105, N_("Where images tell the day of sowing: lancing begins so many days after it …"), span=(30, 250)
    )
    lanced_until_days: int = _set(165, N_("… and ends so many days after it."), span=(30, 300))
    days_per_100_m: float = _set(
        3.3,
        N_(
            "Days by which 100 m of height delay the days above (Hopkins' law: 4 days per 400 feet); "
            "an assumption that was never measured here, 0 = no delay."
        ),
        span=(0, 20),
    )
    reference_m: float = _set(
        1000.0, N_("Height above the sea for which the days above are meant, in metres; assumed."), span=(0, 4000)
    )
    soon_days: int = _set(14, N_("A harvest that begins within so many days is told to be near."), span=(0, 120))
    least_rise: float = _set(
        0.1, N_("A day of sowing is told only where NDVI then rises by at least this much …"), span=(0, 1)
    )
    most_misfit: float = _set(
        0.45, N_("… and where it lies no further than this share of the rise from a sown crop's curve."), span=(0, 5)
    )
    least_growth_days: int = _set(
        45, N_("… and where the last clear look is at least so many days after it."), span=(0, 200)
    )
    sown_moved_days: int = _set(
        10, N_("A day of sowing that later images move by at least so many days is recorded anew."), span=(1, 120)
    )
