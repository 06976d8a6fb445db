"""What may be set about where patrols are sent: the risk surface, travel on foot, plans."""

from dataclasses import dataclass

from eradication.config.setting import setting as _set
from eradication.errors import N_


@dataclass(frozen=True, slots=True)
class Risk:
    """The risk surface: where plots are to be expected that no image shows."""

    karst: str = _set(
        "",
        N_(
            "File of limestone (karst) outlines: GeoJSON, GeoPackage or zipped Shapefile; "
            "empty = not known, the roughness of the ground stands for it."
        ),
    )
    swidden: str = _set(
        "",
        N_(
            "GeoTIFF of the share of earlier years with bare ground, 0 to 1; empty = that of the newest run of monitor "
            "on this computer whose catalog holds earlier years."
        ),
    )
    plots: float = _set(
        50.0,
        N_(
            "Plots of a season in the whole area to begin with, where finds do not tell yet: the upper end of what was "
            "reported of provinces like this one (10 to 50)."
        ),
        span=(0.1, 1000000),
    )
    reuse_floor_m: float = _set(
        100.0,
        N_("Ground this near an earlier plot never counts as safer than the plot itself, in metres."),
        span=(0, 5000),
    )
    least_finds: int = _set(
        20, N_("With fewer finds on searched ground the experts' weights are said to be the basis."), span=(1, 100000)
    )
    most_rejected: int = _set(
        2, N_("A place rejected so many times is not planned again without new evidence."), span=(1, 100)
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """Patrol plans: the ground people walk on, what is dangerous, how long a stop takes."""

    posts: str = _set(
        "",
        N_("CSV of posts (unit, lon, lat in WGS 84) or a GIS file of points with the field unit; empty = --post."),
    )
    tracks: str = _set("", N_("File of footpaths and tracks (lines); empty = none are known."))
    rivers: str = _set("", N_("File of rivers (lines or areas) that cannot be waded; empty = none are known."))
    hazards: str = _set(
        "",
        N_(
            "File of dangerous areas that plans keep out of, with the fields kind, valid_from, valid_to, buffer_m; "
            "empty = none are known."
        ),
    )
    grid_m: float = _set(50.0, N_("Size of the cells on which ways are sought, in metres."), span=(10, 250))
    off_path: float = _set(0.6, N_("Pace off the path, relative to that on it (Tobler 1993)."), span=(0.05, 1))
    in_forest: float = _set(
        0.6, N_("Pace in forest off the path, relative to that in the open; assumed."), span=(0.05, 1)
    )
    steepest_deg: float = _set(45.0, N_("Steeper ground is not walked on."), span=(5, 80))
    candidate_minutes: float = _set(20.0, N_("Minutes that a visit to a candidate takes."), span=(0, 600))
    cell_minutes: float = _set(45.0, N_("Minutes that the search of a cell takes …"), span=(1, 600))
    cell_m: float = _set(1200.0, N_("… in which so many metres are walked in it."), span=(50, 20000))
    least_team: int = _set(3, N_("People a patrol needs at least; stands on the plan."), span=(1, 100))
    check_in_hours: float = _set(2.0, N_("Hours after which a patrol reports in; stands on the plan."), span=(0.25, 48))
    longest_hours: float = _set(14.0, N_("A plan of more hours is refused."), span=(1, 72))
    expires_hours: float = _set(
        48.0, N_("Hours after which a plan has expired, from the beginning of its day."), span=(1, 720)
    )
