"""The whole recipe on a simulated country: what is learned from some parcels is found again from others.

Nothing here says how well real poppy would be found.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import eradication
from eradication import classify, features, simulation
from eradication.config import Settings
from eradication.domain import Season
from eradication.domain.model import TREES_FROM, TrainedModel
from eradication.legal_poppy import Declared, Kind, Planted, Sowing, areas, moved, plant, shift_days
from eradication.pipeline.declaring import read_parcels
from eradication.raster import Cube

SEASON, SETTINGS = Season(2023), Settings()


@dataclass(frozen=True, slots=True)
class Country:
    """A simulated country in which poppy is legal."""

    cube: Cube
    parcels: Declared
    teach: Planted
    judge: Planted
    model: TrainedModel


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Country:
    recipe = simulation.Recipe(6, SEASON, size_px=224, plots=24, median_m2=12_000.0, sigma_ln=0.3, mixed_share=0.0)
    world = simulation.build(recipe)
    cube = simulation.cube(world)
    path = simulation.write_parcels(world, tmp_path_factory.mktemp("parcels") / "parcels.gpkg")
    parcels = read_parcels(path, SETTINGS, near=cube.geobox)
    first, second = parcels.halves()
    teach = plant(cube, first, areas(30, 1), seed=1)
    judge = plant(cube, second, areas(30, 2), seed=2)
    stack = features.describe(teach.cube, SETTINGS)
    samples = features.sample(stack, features.choose(stack.geobox, teach.places, background=4_000))
    return Country(cube, parcels, teach, judge, classify.train(samples, name="legal"))


def ranks(cube: Cube, judge: Planted, model: TrainedModel, least_m2: float) -> npt.NDArray[np.float64]:
    """Return, for each virtual plot of at least that size, the share of the background that its best pixel beats."""
    stack = features.describe(cube, SETTINGS)
    scores = classify.predict(stack, model)
    layer = np.zeros(stack.observed.size)
    layer[scores.pixels] = scores.score
    usual = stack.observed.ravel() & (judge.cube.clear.max(axis=0) > 0).ravel()
    usual[np.concatenate([plot.pixels for plot in judge.plots])] = False
    large = [plot for plot in judge.plots if 100 * plot.share.sum() >= least_m2]
    assert len(large) >= 8
    return np.array([(layer[usual] < layer[plot.pixels].max()).mean() for plot in large])


def test_all_poppy_of_the_simulated_country_is_declared_with_its_real_code(country):
    assert {(p.hcat, p.kind) for p in country.parcels.poppy} == {("3301060602", Kind.SUMMER)}
    assert len(country.parcels.poppy) == 24
    assert {p.group.name for p in country.parcels.look_alikes} >= {"mustard", "vegetables", "stone fruit", "maize"}


def test_teacher_and_judge_share_no_parcel_of_poppy(country):
    lenders = [{plot.lender for plot in planted.plots} for planted in (country.teach, country.judge)]
    assert all(lenders)
    assert lenders[0] & lenders[1] == set()


def test_virtual_plots_of_unseen_parcels_rank_above_the_background_and_their_places_without_poppy_do_not(country):
    with_poppy = ranks(country.judge.cube, country.judge, country.model, 350)
    without = ranks(country.cube, country.judge, country.model, 350)
    assert np.median(with_poppy) > 0.97
    assert (with_poppy > 0.9).mean() > 0.8
    assert 1 - np.median(with_poppy) < (1 - np.median(without)) / 3
    assert (with_poppy > without).mean() > 0.8


def test_lenders_count_as_plots_so_that_few_parcels_make_a_simple_learner(country):
    assert country.model.counts["positive_plots"] <= country.teach.lenders < TREES_FROM
    assert country.model.learner == "logistic"


def test_declared_poppy_itself_is_hidden_and_never_background(country):
    stack = features.describe(country.teach.cube, SETTINGS)
    choice = features.choose(stack.geobox, country.teach.places, background=4_000)
    hidden = (country.teach.cube.clear.max(axis=0) == 0) & (country.cube.clear.max(axis=0) > 0)
    assert hidden.sum() > 24 * 50
    assert not np.isin(np.flatnonzero(hidden), stack.pixels).any()
    assert len(features.sample(stack, choice).y) > 0


@pytest.mark.slow
def test_two_catalogs_of_one_place_give_one_moved_season_to_plant_in(tmp_path: Path):
    seasons = (SEASON, Season(2024))
    catalogs, world = [], None
    for season in seasons:
        recipe = simulation.Recipe(
            3, season, size_px=64, plots=1, median_m2=12_000.0, sigma_ln=0.1, mixed_share=0.0, most_items=18
        )
        world = simulation.build(recipe)
        catalogs.append(str(simulation.write(world, tmp_path / season.label).catalog))
    parcels = read_parcels(simulation.write_parcels(world, tmp_path / "parcels.gpkg"), SETTINGS)
    first = eradication.find_imagery(catalogs[0], seasons[0], settings=SETTINGS)
    second = eradication.find_imagery(catalogs[1], seasons[1], settings=SETTINGS, grid=first.grid)
    days = shift_days(Kind.SUMMER, Sowing.EARLY, SEASON)
    cube = moved([eradication.read_imagery(first), eradication.read_imagery(second)], days, SEASON)
    planted = plant(cube, parcels, [400, 900], seed=1)
    begin, end = (np.datetime64(edge.replace(tzinfo=None)) for edge in SEASON.imagery_window)
    assert (np.diff(cube.times) > np.timedelta64(0, "s")).all()
    assert begin <= cube.times[0] < cube.times[-1] < end
    assert cube.times[-1] - cube.times[0] > np.timedelta64(250, "D")
    assert planted.cube.simulated
    assert planted.cube.facts["virtual_plots"] == 2
    assert np.isfinite(features.describe(planted.cube, SETTINGS, gate=features.OPEN).layer("ndvi_max")).any()
