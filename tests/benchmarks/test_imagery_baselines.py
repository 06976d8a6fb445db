"""The scripts that speed is compared with compute what the package computes; else a ratio would mean nothing."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from benchmarks.imagery import baselines, chips, ours, race, sets
from threadpoolctl import threadpool_limits

from eradication import features
from eradication.domain.model import TrainedModel
from eradication.ingest import imagery
from eradication.raster import FeatureStack

pytestmark = [pytest.mark.slow, pytest.mark.long]

DATES = 12
PX = 64


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch):
    """OpenMP's threads spin while they wait, which on a busy machine takes minutes."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def model(models) -> TrainedModel:
    with threadpool_limits(1):
        return ours.train(models, size_px=128)


@pytest.fixture(scope="module")
def catalog(tmp_path_factory) -> Path:
    plan = sets.province(range(DATES), (2 * PX - 10, 2 * PX), PX, variants=4)
    (built,) = sets.build([plan], tmp_path_factory.mktemp("sets"), DATES)
    return built.catalog


@pytest.fixture(scope="module")
def described(catalog) -> FeatureStack:
    cube = imagery.load(str(catalog), chips.SEASON, settings=ours.SETTINGS)
    return features.describe(cube, ours.SETTINGS, gate=features.OPEN)


def test_the_model_that_is_raced_with_is_made_of_trees(model):
    assert model.learner == "trees"
    assert len(model.features) > 50


@pytest.mark.parametrize("tools", [baselines.BOTTLENECK, baselines.NUMPY], ids=["bottleneck", "numpy"])
def test_the_scripts_describe_every_pixel_as_the_package_does(tools, catalog, described, model):
    season = baselines._passes(catalog)
    transform, shape = baselines._grid(season)
    assert shape == described.geobox.shape
    ((window, _),) = baselines._windows(shape)
    bands = baselines._read(season, window, transform, tools, ours.SETTINGS)
    times = np.array([p.when.replace(tzinfo=None) for p in season], "datetime64[s]")
    baselines.blank_missed_clouds(times, bands)
    everything = replace(model, features=described.names)
    layers, observed = baselines._layers(times, bands, everything, tools, ours.SETTINGS)
    assert (observed == described.observed).all()
    for name, layer in zip(described.names, layers, strict=True):
        mine = described.layer(name)[observed]
        # A look's NDVI that lies half-way between two steps is rounded either way by the last bit of its float.
        alike = np.isclose(layer[observed], mine, rtol=1e-4, atol=1.5e-4, equal_nan=True)
        assert alike.mean() > 0.99, f"{name}: {np.flatnonzero(~alike)[:5]}"


def test_the_scripts_score_and_outline_as_the_package_does(catalog, model, tmp_path, monkeypatch):
    monkeypatch.setattr(baselines, "STEP_PX", 80)  # several windows, so that their seams are looked at too
    mine = ours.run(catalog, model, tmp_path, gate=False)
    theirs = baselines.run(catalog, model, baselines.BOTTLENECK, ours.SETTINGS)
    score = np.load(mine["scores"])
    assert (np.isfinite(score) == np.isfinite(theirs.score)).all()
    # Ring contrasts are kept in steps of 1e-4, which may put a pixel on the other side of a tree's threshold.
    assert float((np.abs(score - theirs.score)[np.isfinite(score)] < 1e-3).mean()) > 0.97
    assert float(np.corrcoef(score[np.isfinite(score)], theirs.score[np.isfinite(score)])[0, 1]) > 0.999
    assert mine["candidates"] > 0
    assert set(theirs.seconds) == {"read", "features", "predict", "candidates"}
    covered = shapely.union_all(
        [shapely.from_geojson(line) for line in Path(mine["outlines"]).read_text().splitlines()]
    )
    from_script = shapely.union_all([shapely.geometry.shape(c) for c in theirs.candidates])
    assert covered.is_empty == from_script.is_empty


@pytest.mark.slow
def test_methods_run_in_processes_of_their_own_and_agree(catalog, models, model, tmp_path):
    entrants = [race.Entrant("package", "ours", repeats=1), race.Entrant("script", "bottleneck", repeats=1)]
    outcomes = race.race(entrants, catalog, models, model.label, tmp_path)
    agreement = race.agreement(outcomes["package"], outcomes["script"])
    assert agreement.correlation > 0.999
    assert min(agreement.ours_in_theirs, agreement.theirs_in_ours) > 0.95
    assert outcomes["script"].peak_rss_mb > 50
    assert outcomes["script"].total_s > 0
