"""What a model learns from and what it is, as frozen values."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import cos, hypot, radians
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
from shapely.geometry.base import BaseGeometry

from eradication.domain.codes import Crop, Outcome, Provenance
from eradication.domain.event import Json
from eradication.domain.plot import Plot
from eradication.domain.schooling import Schooling
from eradication.domain.season import Season
from eradication.domain.visit import Visit
from eradication.errors import N_

POSITIVE: frozenset[Outcome] = frozenset({Outcome.DETECTED, Outcome.ERADICATED, Outcome.VERIFIED, Outcome.REGROWN})
"""Outcomes that mean poppy was seen there."""
RULES = "rules"
"""Name of the rule score where a model could be named, and of the learner of a model that is nothing else."""
TREES_FROM = 30
"""Plots with poppy from which trees and networks are trained."""
LOGISTIC_FROM = 10
"""Plots with poppy from which a logistic regression is trained; below it the rule score is used."""
LEARNERS_IN_SHORT: Mapping[str, str] = MappingProxyType(
    {"trees": N_("trees and networks"), "logistic": N_("logistic"), RULES: N_("rules")}
)
"""What a model learned with, in words to be translated."""
SAME_PLACE_M = 15.0
"""Visits that name no plot and lie this close speak of one place."""


@dataclass(frozen=True, slots=True)
class LabelledPlace:
    """A visited place and what was found there in one season."""

    plot: str
    """Key of the plot; pixels of one plot are never split between learning and judging."""
    positive: bool
    """True where poppy was found, False where a visit rejected the suspicion."""
    lon: float
    """Degrees WGS 84."""
    lat: float
    area_m2: float | None = None
    """Measured or estimated area; ``None`` where nobody said."""
    geometry: BaseGeometry | None = None
    """Measured outline in WGS 84; without it the footprint is a disc of ``area_m2``."""
    look_alike: str = ""
    """Code of what it was instead, for a rejected place."""
    commune: str = ""
    """Code of its commune, empty where nobody asked."""
    provenance: Provenance = Provenance.FIELD
    """Where the label comes from; a visit was there."""
    weight: float = 1.0
    """How far the label is trusted, 0…1, by its provenance."""
    visited_at: datetime | None = None
    """When it was found to be so, UTC; ``None`` where nobody said."""


def places(visits: Iterable[Visit], plots: Mapping[str, Plot] = MappingProxyType({})) -> list[LabelledPlace]:
    """Turn visits into one labelled place per plot, in the order in which plots are first met.

    A plot where any visit found poppy is positive; where visits only rejected, it is negative. Other outcomes, other
    crops and visits without a position say nothing and are left out.

    Args:
        visits: of one season.
        plots: known plots by id; they give a position to visits that only name their plot, and measured outlines.
            A visit that names no plot joins the place of an earlier one within 15 m, or is a place of its own.
    """
    found: dict[str, LabelledPlace] = {}
    for visit in visits:
        place = _place(visit, plots)
        if place is None:
            continue
        if not visit.plot_id:
            near = (k for k, p in found.items() if _metres(p, place) <= SAME_PLACE_M)
            place = replace(place, plot=next(near, place.plot))
        known = found.get(place.plot)
        if known is None or (place.positive and (not known.positive or known.area_m2 is None)):
            found[place.plot] = place
    return list(found.values())


def _place(visit: Visit, plots: Mapping[str, Plot]) -> LabelledPlace | None:
    positive = visit.outcome in POSITIVE
    if not (positive or visit.outcome is Outcome.REJECTED):
        return None
    if positive and visit.crop not in (None, Crop.OPIUM_POPPY):
        return None
    plot = plots.get(visit.plot_id)
    lon, lat = visit.lon, visit.lat
    if plot is not None and (lon is None or lat is None):
        lon, lat = plot.geometry.centroid.x, plot.geometry.centroid.y
    if lon is None or lat is None:
        return None
    return LabelledPlace(
        # Units begin their numbers anew every season.
        plot=visit.plot_id or f"{Season.of(visit.visited_at).label}/{visit.unit}/{visit.visit_id}",
        positive=positive,
        lon=lon,
        lat=lat,
        area_m2=visit.area_m2,
        geometry=plot.geometry if plot is not None and plot.measured else None,
        look_alike=visit.look_alike.value if visit.look_alike and not positive else "",
        visited_at=visit.visited_at,
    )


def _metres(a: LabelledPlace, b: LabelledPlace) -> float:
    """Return the distance in metres on a sphere, plain enough for places metres apart."""
    east = radians(a.lon - b.lon) * cos(radians(a.lat))
    return 6_371_000.0 * hypot(east, radians(a.lat - b.lat))


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Pixels to learn from. Split by ``group``, never by pixel."""

    names: tuple[str, ...]
    """Feature names, one per column of ``x``."""
    x: npt.NDArray[np.float32]
    """Shape (pixel, feature); NaN where not observed."""
    y: npt.NDArray[np.int8]
    """1 poppy, 0 rejected look-alike, -1 background: unlabelled, which is not the same as negative."""
    weight: npt.NDArray[np.float64]
    """Labelled pixels: share of the pixel inside the footprint times the trust in its label. Background: below 1."""
    group: npt.NDArray[np.str_]
    """Plot key, or the block of background a pixel was drawn from."""
    place: npt.NDArray[np.int32]
    """Index of the place in the visits given, -1 for background."""
    season: npt.NDArray[np.str_]
    """Season of each pixel."""
    commune: npt.NDArray[np.str_]
    """Code of the commune of each pixel's place; empty for background, and where nobody knows."""
    xy: npt.NDArray[np.float64]
    """Centre of each pixel, metres in the CRS of the imagery, shape (pixel, 2)."""
    share: npt.NDArray[np.float64]
    """Share of each pixel inside its place's footprint; NaN for background."""
    missing: tuple[str, ...] = ()
    """Features that could not be computed because a band is missing."""
    look_alike: npt.NDArray[np.str_] = field(default_factory=lambda: np.empty(0, np.str_))
    """Code of what each pixel's place was instead, empty for poppy and background; of no length where nobody asked."""
    shifted: npt.NDArray[np.float32] = field(default_factory=lambda: np.empty((0, 0, 0), np.float32))
    """The labelled pixels again, as if their season had come earlier or later, shape (copy, pixel, feature); NaN for
    background. Copies teach and never judge."""

    def only(self, rows: npt.NDArray[Any]) -> "Samples":
        """Return some pixels, by a mask or by their numbers."""
        every = ("x", "y", "weight", "group", "place", "season", "commune", "xy", "share", "look_alike")
        asked = {name: getattr(self, name) for name in every}
        some = {name: array[rows] for name, array in asked.items() if len(array) == len(self.y)}
        return replace(self, **some, shifted=self.shifted[:, rows] if len(self.shifted) else self.shifted)

    def count_plots(self, label: int) -> int:
        """Return the number of plots with ``label`` (1 poppy, 0 rejected)."""
        return len(np.unique(self.group[self.y == label]))

    @property
    def data_hash(self) -> str:
        """SHA-256 of what there is to learn: names, features, labels, weights, groups and seasons, row by row."""
        digest = hashlib.sha256("\n".join(self.names).encode())
        for array in (self.x, self.y, self.weight, self.shifted):
            digest.update(np.ascontiguousarray(array).tobytes())
        for texts in (self.group, self.season):
            digest.update("\n".join(texts.tolist()).encode())
        return digest.hexdigest()


def join(parts: Iterable[Samples]) -> Samples:
    """Put samples of several seasons or areas together; only features and shifted copies that all have are kept."""
    parts = list(parts)
    copies = min(len(p.shifted) for p in parts)
    names = tuple(n for n in parts[0].names if all(n in p.names for p in parts))
    columns = [[p.names.index(n) for n in names] for p in parts]
    return Samples(
        names=names,
        x=np.concatenate([p.x[:, c] for p, c in zip(parts, columns, strict=True)]),
        y=np.concatenate([p.y for p in parts]),
        weight=np.concatenate([p.weight for p in parts]),
        group=np.concatenate([p.group for p in parts]),
        place=np.concatenate([p.place for p in parts]),
        season=np.concatenate([p.season for p in parts]),
        commune=np.concatenate([p.commune for p in parts]),
        xy=np.concatenate([p.xy for p in parts]),
        share=np.concatenate([p.share for p in parts]),
        missing=tuple(sorted({m for p in parts for m in p.missing})),
        look_alike=np.concatenate([p.look_alike if len(p.look_alike) else np.full(len(p.y), "") for p in parts]),
        shifted=np.concatenate([p.shifted[:copies, :, c] for p, c in zip(parts, columns, strict=True)], axis=1)
        if copies
        else np.empty((0, 0, 0), np.float32),
    )


@dataclass(frozen=True, slots=True)
class Calibration:
    """How a raw score becomes a priority: logistic(``slope`` · logit(raw) + ``offset``).

    It is monotone, so it changes no ranking; it only gives the thresholds of the settings the same meaning for every
    model. It does not make a probability.
    """

    slope: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Applicability:
    """What a model has learned, as points; far from all of them it should not be believed."""

    features: tuple[str, ...]
    """Those that matter to the model."""
    scaling: tuple[tuple[float, float], ...]
    """Centre and spread of each."""
    weight: tuple[float, ...]
    """Importance of each, the largest 1."""
    points: npt.NDArray[np.float32]
    """Learned pixels, scaled and weighted, shape (point, feature)."""
    mean_distance: float
    """Between learned pixels."""
    limit: float
    """Dissimilarity index beyond which a place is outside."""


@dataclass(frozen=True, slots=True, eq=False)
class TrainedModel:
    """A model that was trained, with what it needs to be used again and judged."""

    name: str
    version: str
    """First 12 hex digits of ``model_hash``: the same content has the same version on every laptop."""
    learner: str
    """``trees``, ``logistic`` or ``rules``."""
    features: tuple[str, ...]
    """Columns it expects, in order."""
    estimators: tuple[Any, ...]
    """Fitted scikit-learn estimators: of ``trees`` boosted, randomised, then networks; empty for ``rules``."""
    calibration: Calibration
    scaling: tuple[tuple[float, float], ...]
    """Centre and spread per column, for a logistic regression or networks; empty for ``rules``."""
    seed: int
    counts: dict[str, int]
    """Plots and pixels it learned from: ``positive_plots, rejected_plots, positive_pixels, …``."""
    model_hash: str
    """SHA-256 of the canonical content: learner, features, parameters, arrays and all else that decides its output."""
    warnings: tuple[str, ...] = ()
    """Stable codes of what a reader must know: ``few_positive_plots``, ``no_rejected_plots`` …"""
    figures: dict[str, Json] = field(default_factory=dict)
    """What was measured while training and on which split."""
    seasons: tuple[str, ...] = ()
    """Seasons it learned from; empty for ``rules``, and for models of programs that did not say so."""
    data_hash: str = ""
    """SHA-256 of the samples, see :attr:`Samples.data_hash`."""
    prevalence: float = 0.0
    """Stated share of poppy among all pixels, 0 = not stated."""
    sigmoid: Calibration | None = None
    """How a raw score becomes a probability at that prevalence, from held-out scores; for cards, never for ranking."""
    known: Applicability | None = None
    """What it has learned, to tell where it should not be believed."""
    schooling: Schooling = field(default_factory=Schooling)
    """Images, definitions of features and the like; not part of ``model_hash``."""
    envelopes: dict[str, Json] = field(default_factory=dict)
    """What the season of each class looked like in the samples, see :mod:`eradication.classify.envelopes`."""

    @property
    def label(self) -> str:
        """``name/version``."""
        return f"{self.name}/{self.version}"
