"""What makes ground more or less likely to carry a plot: each factor, how it is read, what experts believe of it.

A factor turns raw measures of a cell (metres, degrees, shares) into one number whose step of +1 multiplies the expected
plots by exp(weight). Weights and their spreads are the prior belief that finds correct (module ``surface``).
"Assumed" in ``why`` means that no source with a figure is known: the weight is a guess that says so, and its spread is
wide enough to be overruled by some dozens of finds.

Every factor is a property of ground, access, imagery, earlier plots or tips. None is of persons, households or peoples.

The number of a cell does not depend on which other cells are described with it (centres are fixed), so that seasons and
parts of the province may be described apart; only a missing value takes the mean of the known ones of the call.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eradication.errors import N_, UnusableInput

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]

STRIDE = 1_000_000
"""A cell's number is ``row · STRIDE + column`` of the 250 m grid (EPSG:32648)."""

FURTHEST_M = 12_800.0
"""Earlier plots further away than this are all equally far (seven doublings of 100 m)."""


@dataclass(frozen=True, slots=True)
class Factor:
    """One property of a cell and what experts believe of it."""

    name: str
    words: str
    """For people, a template to translate."""
    unit: str
    """What +1 of the transformed value is, a template to translate."""
    raw: str
    """The raw measure it is read from."""
    transform: Callable[[Floats], Floats]
    """Raw measure → value; finite for every finite input."""
    centre: float
    """Taken off the value: ordinary ground, so that 0 is neutral."""
    weight: float
    """Expert's weight: the logarithm of how many times more plots +1 means."""
    spread: float
    """Standard deviation of the belief about the weight."""
    why: str
    """Where the weight comes from, or "assumed"."""
    seasonal: bool = False
    """Whether it changes from season to season."""
    sign: int = 0
    """-1 or +1: the weight is never of the other sign, whatever finds say; 0: free."""


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """Cells described by the factors whose data are there."""

    names: tuple[str, ...]
    """Factors, in the order of :data:`FACTORS`."""
    x: Floats
    """Transformed values less their centres, shape (cell, factor)."""
    missing: tuple[str, ...]
    """Factors left out because their data were not supplied or are unknown in every cell."""

    def of(self, names: Sequence[str]) -> Floats:
        """Return the columns of ``names``, shape (cell, name); a factor that is not there is neutral (0) in every cell.

        For rows of several seasons: the first season has no earlier plots, another no tips.
        """
        out = np.zeros((len(self.x), len(names)))
        for column, name in enumerate(names):
            if name in self.names:
                out[:, column] = self.x[:, self.names.index(name)]
        return out


def _band(low: float, high: float, fall: float) -> Callable[[Floats], Floats]:
    """Return a preference: 1 between ``low`` and ``high``, falling off like a bell of sd ``fall`` outside."""

    def prefer(value: Floats) -> Floats:
        outside = np.maximum(np.maximum(low - value, value - high), 0.0)
        out: Floats = np.exp(-0.5 * np.minimum(outside / fall, 30.0) ** 2)
        return out

    return prefer


def _doublings(of: float) -> Callable[[Floats], Floats]:
    """Return log2(1 + value / of): +1 for each doubling far beyond ``of``, even near 0."""

    def count(value: Floats) -> Floats:
        out: Floats = np.log2(1.0 + np.maximum(value, 0.0) / of)
        return out

    return count


def _southness(aspect_deg: Floats) -> Floats:
    out: Floats = -np.cos(np.radians(aspect_deg))
    return out


def _mosaic(share: Floats) -> Floats:
    share = np.clip(share, 0.0, 1.0)
    out: Floats = 4.0 * share * (1.0 - share)
    return out


def _share(value: Floats) -> Floats:
    return np.clip(value, 0.0, 1.0)


def _as_it_is(value: Floats) -> Floats:
    return value


DOUBLING = N_("one doubling of the distance")

FACTORS: tuple[Factor, ...] = (
    Factor(
        "elevation",
        N_("Height above the sea"),
        N_("from far outside the band 800 to 1 500 m to inside it"),
        "elevation_m",
        _band(800.0, 1500.0, 300.0),
        0.5,
        1.5,
        0.7,
        "That poppy in Laos grows at high elevations in mountains: National Research Council (2013), record 13278, "
        "p. 59, after UNODC 2010. The band and the weight are assumed.",
    ),
    Factor(
        "slope",
        N_("Slope"),
        N_("from flat or very steep ground to 10 to 35 degrees"),
        "slope_deg",
        _band(10.0, 35.0, 10.0),
        0.8,
        0.5,
        0.5,
        "Assumed: valley floors are paddies in sight of roads, cliffs cannot be worked.",
    ),
    Factor(
        "aspect",
        N_("Slope facing south"),
        N_("from facing east or west to facing south"),
        "aspect_deg",
        _southness,
        0.0,
        0.1,
        0.2,
        "Assumed; weak, because the sun in January says most of it.",
    ),
    Factor(
        "sun_january",
        N_("Sun in January"),
        N_("the cosine of the sun's angle from 0 to 1"),
        "sun_january",
        _as_it_is,
        0.65,
        0.6,
        0.6,
        "Assumed: a winter crop in flower from December to March; mid-January cos i runs from 0.2 on a steep "
        "north-west slope to 0.95 on a sunlit one (calculated).",
    ),
    Factor(
        "roughness",
        N_("Rough ground (stands for limestone where no map of it is named)"),
        N_("one doubling of the spread of heights in a cell"),
        "roughness_m",
        _doublings(20.0),
        1.0,
        0.2,
        0.3,
        "Assumed: broken ground hides small plots; used only where no file of limestone is named.",
    ),
    Factor(
        "karst",
        N_("Limestone (karst)"),
        N_("from none to all of the cell"),
        "karst",
        _share,
        0.3,
        0.4,
        0.4,
        "Assumed: soils on limestone, pockets out of sight.",
    ),
    Factor(
        "forest_edge",
        N_("Distance to the forest edge"),
        DOUBLING,
        "forest_edge_m",
        _doublings(100.0),
        1.5,
        -0.25,
        0.25,
        "Assumed: reported finds lie in vegetables or maize, or hours into forest; both near an edge or a clearing.",
    ),
    Factor(
        "forest_share",
        N_("Forest and open ground mixed"),
        N_("from all forest or all open to half and half"),
        "forest_share",
        _mosaic,
        0.5,
        0.3,
        0.4,
        "Assumed: small clearings in forest.",
    ),
    Factor(
        "swidden_share",
        N_("Old swidden (share of earlier years with bare ground)"),
        N_("from never bare to bare every year"),
        "swidden_share",
        _share,
        0.2,
        1.0,
        0.7,
        "Assumed: plots are cleared on ground that is worked at times, not on orchards or old forest.",
    ),
    Factor(
        "village",
        N_("Distance to the nearest village"),
        DOUBLING,
        "village_m",
        _doublings(500.0),
        2.0,
        0.15,
        0.3,
        "Assumed, and weak: reported finds lie both in gardens and hours into the forest.",
    ),
    Factor(
        "road",
        N_("Distance to the nearest road"),
        DOUBLING,
        "road_m",
        _doublings(500.0),
        2.0,
        0.25,
        0.3,
        "Assumed: out of sight and reach of traffic.",
    ),
    Factor(
        "track",
        N_("Distance to the nearest footpath or track"),
        DOUBLING,
        "track_m",
        _doublings(250.0),
        2.0,
        -0.1,
        0.3,
        "Assumed: a plot is worked on foot for months.",
    ),
    Factor(
        "river",
        N_("Distance to the nearest river or stream"),
        DOUBLING,
        "river_m",
        _doublings(250.0),
        2.0,
        -0.1,
        0.3,
        "Moisture is a key element of the crop: National Research Council (2013), record 13278, p. 59. "
        "The weight is assumed.",
    ),
    Factor(
        "border",
        N_("Distance to the border with Laos"),
        DOUBLING,
        "border_m",
        _doublings(5000.0),
        2.0,
        -0.3,
        0.3,
        "Plan 23/KH-UBND has posts of both sides clear the strip along the border. The weight is assumed.",
    ),
    Factor(
        "past_near",
        N_("Distance to the nearest plot of an earlier season"),
        DOUBLING,
        "past_near_m",
        _as_it_is,  # the floor is a setting: see _past_near
        6.0,
        -0.4,
        0.2,
        "Replanting is what the plan is about; the rate of return to a place is not known, the weight is assumed.",
        seasonal=True,
        sign=-1,
    ),
    Factor(
        "past_density",
        N_("Plots of earlier seasons round about"),
        N_("from none to one of last season in the cell"),
        "past_density",
        _doublings(1.0),
        0.0,
        0.8,
        0.4,
        "Assumed, as the distance to earlier plots.",
        seasonal=True,
        sign=1,
    ),
    Factor(
        "tips_density",
        N_("Tips of this season round about"),
        N_("from none to one in the cell"),
        "tips_density",
        _doublings(1.0),
        0.0,
        1.0,
        0.6,
        "Assumed: a tip names a place more or less rightly.",
        seasonal=True,
    ),
    Factor(
        "satellite",
        N_("Satellite candidates of this season in the cell"),
        N_("from a score of 0 to one of 1"),
        "satellite",
        _share,
        0.0,
        1.5,
        0.8,
        "Assumed: the score is a priority, not a probability; small plots raise none.",
        seasonal=True,
    ),
)

BY_NAME: Mapping[str, Factor] = {factor.name: factor for factor in FACTORS}
RAW: tuple[str, ...] = tuple(factor.raw for factor in FACTORS)


def named(names: Sequence[str]) -> tuple[Factor, ...]:
    """Return the factors of ``names``.

    Raises:
        UnusableInput: ``unknown_factor``.
    """
    unknown = [name for name in names if name not in BY_NAME]
    if unknown:
        raise UnusableInput(
            "unknown_factor",
            N_("{name} is not a factor of the risk surface."),
            hint=N_("Factors are {known}."),
            values={"name": unknown[0], "known": ", ".join(BY_NAME)},
        )
    return tuple(BY_NAME[name] for name in names)


def describe(raw: Mapping[str, Floats | None], reuse_floor_m: float = 100.0, *, cells: Ints | None = None) -> Design:
    """Describe cells by every factor whose data are there.

    Ground within ``reuse_floor_m`` of an earlier plot counts as the plot's own, so a cell that holds an earlier plot is
    never lower than one beside it for what is known of the past. Given the cells' numbers this also holds for the
    kernel of earlier plots: cells that hold one are raised to the highest of the cells beside them.

    Args:
        raw: raw measures by the names of :data:`RAW`, each shape (cell,), NaN or infinite = unknown in that cell;
            None or left out = not supplied.
        reuse_floor_m: ground this near an earlier plot is as likely as the plot.
        cells: numbers of the cells, ascending.

    Raises:
        UnusableInput: ``unknown_factor`` if ``raw`` has a name that is none of :data:`RAW`.
    """
    unknown = [name for name in raw if name not in RAW]
    if unknown:
        named(unknown)
    size = next((len(column) for column in raw.values() if column is not None), 0)
    names, columns, missing = [], [], []
    past = raw.get("past_near_m")
    for factor in FACTORS:
        column = raw.get(factor.raw)
        value = None if column is None else _value(factor, np.asarray(column, float), reuse_floor_m)
        if value is None:
            if not _stood_for(factor.name, raw):
                missing.append(factor.name)
            continue
        if factor.name == "past_density" and past is not None and cells is not None:
            value = _raised(value, np.asarray(past, float) <= reuse_floor_m, cells)
        if factor.name == "roughness" and raw.get("karst") is not None:
            continue
        names.append(factor.name)
        columns.append(value - factor.centre)
    return Design(tuple(names), np.column_stack(columns) if columns else np.zeros((size, 0)), tuple(missing))


def _stood_for(name: str, raw: Mapping[str, Floats | None]) -> bool:
    """Tell whether a factor is not needed because the one it stands for is known."""
    return name == "roughness" and raw.get("karst") is not None


def _value(factor: Factor, column: Floats, floor_m: float) -> Floats | None:
    """Return the transformed values of a factor, unknown ones as the mean of the known; None if none is known."""
    known = np.isfinite(column)
    if not known.any():
        return None
    filled = np.where(known, column, column[known][0])
    value = _past_near(filled, floor_m) if factor.name == "past_near" else factor.transform(filled)
    value[~known] = value[known].mean()
    return value


def _past_near(distance_m: Floats, floor_m: float) -> Floats:
    """Return doublings of the distance beyond 100 m, flat within the floor and from :data:`FURTHEST_M` on."""
    least = max(floor_m, 1.0)
    out: Floats = np.log2(np.clip(distance_m, least, max(FURTHEST_M, least)) / 100.0)
    return out


def _raised(value: Floats, inside: npt.NDArray[np.bool_], cells: Ints) -> Floats:
    """Raise the cells ``inside`` to the highest of themselves and the eight beside them, until nothing changes."""
    at = np.flatnonzero(inside)
    steps = np.array([up + side for up in (-STRIDE, 0, STRIDE) for side in (-1, 0, 1)])
    wanted = cells[at][:, None] + steps
    place = np.minimum(np.searchsorted(cells, wanted), max(len(cells) - 1, 0))
    there = cells[place] == wanted
    out = value.copy()
    while at.size:
        best = np.where(there, out[place], -np.inf).max(axis=1)
        if (best <= out[at]).all():
            break
        out[at] = best
    return out
