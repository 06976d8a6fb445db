"""The day of sowing against the simulator's truth. Simulated fields: it says nothing of real ones."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from eradication import features, simulation
from eradication.config import Harvest
from eradication.domain import Season
from eradication.pipeline.sowing import days_of
from eradication.simulation.plots import pixel_fractions

SEASON = Season(2024)
SIZE = 128


@pytest.fixture(scope="module")
def world():
    return simulation.build(simulation.Recipe(seed=11, season=SEASON, size_px=SIZE, plots=50))


@pytest.fixture(scope="module")
def cube(world):
    return simulation.cube(world)


@pytest.fixture(scope="module")
def fullest(world):
    """Pixel → true first sowing day, of plots that fill at least half a pixel."""
    known = {}
    for plot in world.plots:
        pixels, shares = pixel_fractions(plot.polygon, SIZE)
        if shares.max() * plot.poppy_share >= 0.5:
            known[int(pixels[np.argmax(shares)])] = plot.sowings[0]
    return known


def errors(cube, fullest, until: date, limits: Harvest) -> tuple[np.ndarray, int]:
    """Days by which the day told is later than the truth, of the pixels for which one is told; and of how many."""
    keep = cube.times < np.datetime64(until)
    bands = {name: values[keep] for name, values in cube.bands.items()}
    cut = replace(cube, times=cube.times[keep], bands=bands, clear=cube.clear[keep])
    looks, pixels = features.look(cut), np.array(sorted(fullest))
    sown = features.sown_days(features.gather(cut, looks, pixels), features.Dates.of(cut.times, SEASON.start_year))
    told = days_of(sown, SEASON.first_day, limits)
    truth = [fullest[int(pixel)] for pixel in pixels]
    wrong = [(day - SEASON.first_day).days - true for day, true in zip(told, truth, strict=True) if day is not None]
    return np.array(wrong), len(pixels)


def test_after_the_season_the_sowing_day_of_simulated_plots_is_told_within_a_fortnight(cube, fullest):
    wrong, count = errors(cube, fullest, date(2025, 6, 1), Harvest())
    assert len(wrong) >= 0.75 * count >= 25
    assert np.abs(wrong).mean() <= 14.0


def test_before_the_harvest_it_is_told_of_fewer_and_less_well(cube, fullest):
    wrong, count = errors(cube, fullest, date(2025, 1, 15), Harvest())
    assert 0.25 * count <= len(wrong) < count
    assert np.abs(wrong).mean() <= 20.0


def test_what_has_hardly_grown_yet_would_be_told_wrongly(cube, fullest):
    sure, _ = errors(cube, fullest, date(2025, 2, 1), Harvest())
    hasty, _ = errors(cube, fullest, date(2025, 2, 1), replace(Harvest(), least_growth_days=0))
    assert np.abs(sure).mean() < np.abs(hasty).mean()


def test_nothing_is_told_of_ground_that_never_greens(cube):
    looks = features.look(cube)
    flat = features.Looks(np.full_like(looks.ndvi, 120), looks.blue)
    series = features.gather(cube, flat, np.arange(16))
    sown = features.sown_days(
        replace(series, bands=np.full_like(series.bands, 900)), features.Dates.of(cube.times, 2024)
    )
    assert days_of(sown, SEASON.first_day, Harvest()) == [None] * 16
