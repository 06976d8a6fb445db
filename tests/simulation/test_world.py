"""Land, plots and seasons: the truth is exact, sized as reported finds are, and decided by the seed alone."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
import shapely

from eradication import geo, simulation, sun
from eradication.domain import Detectability, Season
from eradication.errors import UnusableInput
from eradication.simulation import plots, terrain
from eradication.simulation.acquisitions import mgrs_tile
from eradication.simulation.phenology import LOOK_ALIKES, poppy_stage
from eradication.simulation.world import unit_spectra

RECIPE = simulation.Recipe(seed=11, season=Season(2025), size_px=96, plots=12)


@pytest.fixture(scope="module")
def world() -> simulation.World:
    return simulation.build(RECIPE)


def test_fractions_keep_the_area_of_a_plot(world):
    for plot in world.plots:
        _, share = plots.pixel_fractions(plot.polygon, RECIPE.size_px)
        assert share.sum() * 100.0 == pytest.approx(plot.area_m2, rel=0.01)


def test_the_fractions_of_every_pixel_sum_to_one(world):
    assert np.asarray(world.weights.sum(axis=1)).ravel() == pytest.approx(np.ones(96 * 96), abs=1e-9)


def test_the_parts_of_a_plot_cover_its_area_in_the_weights(world):
    fields = len(world.fields.crop)
    covered = world.weights[:, fields:].sum() * 100.0
    assert covered == pytest.approx(sum(p.area_m2 for p in world.plots), rel=0.01)


def test_truth_areas_agree_with_the_geodesic_area_of_the_outline(world):
    for plot in world.plots:
        assert geo.area_m2(world.outline(plot)) == pytest.approx(plot.area_m2, rel=0.002)


def test_plots_do_not_overlap(world):
    shapes = [p.polygon for p in world.plots]
    assert all(a.disjoint(b) for i, a in enumerate(shapes) for b in shapes[:i])
    assert all(shapely.is_valid(shapes))


def test_the_median_plot_is_about_300_square_metres():
    areas = [p.area_m2 for seed in range(6) for p in simulation.build(replace(RECIPE, seed=seed, plots=40)).plots]
    assert np.median(areas) == pytest.approx(300.0, rel=0.2)
    assert np.std(np.log(areas)) == pytest.approx(0.9, abs=0.12)


def test_about_four_in_ten_plots_are_mixed_or_staggered():
    drawn = [p for seed in range(6) for p in simulation.build(replace(RECIPE, seed=seed, plots=40)).plots]
    assert 0.3 < np.mean([p.mix != "pure" for p in drawn]) < 0.5


def test_a_wider_spread_gives_more_large_plots():
    def large(sigma_ln: float) -> int:
        worlds = [simulation.build(replace(RECIPE, seed=s, plots=40, sigma_ln=sigma_ln)) for s in range(4)]
        return sum(p.klass is Detectability.A for w in worlds for p in w.plots)

    assert large(1.2) > large(0.9) >= 1


def test_a_province_may_hold_no_plot_at_all():
    empty = simulation.build(replace(RECIPE, plots=0))
    assert empty.plots == ()
    assert np.asarray(empty.weights.sum(axis=1)).ravel() == pytest.approx(np.ones(96 * 96), abs=1e-9)


def test_demo_density_is_dozens_and_follows_the_area():
    assert simulation.Recipe(1, Season(2025)).plot_count == 40
    assert simulation.Recipe(1, Season(2025), size_px=192).plot_count == 10


def test_look_alike_fields_outnumber_plots_fifty_to_one():
    world = simulation.build(simulation.Recipe(3, Season(2025), size_px=192))
    assert sum(crop in LOOK_ALIKES for crop in world.fields.crop) > 50 * len(world.plots)


def test_other_seeds_are_other_seasons(world):
    other = simulation.build(replace(RECIPE, seed=12))
    assert [p.sowings for p in other.plots] != [p.sowings for p in world.plots]
    assert [a.when for a in other.acquisitions] != [a.when for a in world.acquisitions]


def starts(world: simulation.World) -> dict[str, float]:
    """Mean day to which the calendars of each crop's fields are relative."""
    first = np.array([(crop, day) for crop, day in zip(world.fields.crop, world.fields.units.start, strict=True)])
    return {crop: float(first[first[:, 0] == crop, 1].astype(float).mean()) for crop in ("maize", "swidden_regrowth")}


def test_chips_of_one_season_share_passes_and_lateness_and_have_ground_and_clouds_of_their_own():
    here, there = (simulation.build(replace(RECIPE, seed=s, size_px=192, weather=5)) for s in (21, 22))
    seasons = [[replace(a, seed=0) for a in chip.acquisitions] for chip in (here, there)]
    assert seasons[0] == seasons[1]
    assert all(a.seed != b.seed for a, b in zip(here.acquisitions, there.acquisitions, strict=True))
    assert not np.array_equal(here.terrain.elevation_m, there.terrain.elevation_m)
    assert [p.area_m2 for p in here.plots] != [p.area_m2 for p in there.plots]


@pytest.mark.slow
def test_crops_are_as_late_on_every_chip_of_a_season():
    def means(**how: int | None) -> np.ndarray:
        chips = [simulation.build(replace(RECIPE, seed=s, size_px=192, plots=60, **how)) for s in (21, 22, 23, 24)]
        return np.array([[*starts(c).values(), np.mean([p.sowings[0] for p in c.plots])] for c in chips])

    own, shared = means(), means(weather=5)
    assert (shared.std(axis=0) < 0.5 * own.std(axis=0)).all()
    other = means(weather=6)
    assert (abs(other.mean(axis=0) - shared.mean(axis=0)) > 2.0 * shared.std(axis=0)).any()


def test_a_chip_of_a_season_is_the_same_every_time_and_may_lie_elsewhere():
    recipe = replace(RECIPE, weather=5)
    again = [simulation.build(recipe), simulation.build(recipe), simulation.build(replace(recipe, lon=103.9, lat=21.3))]
    assert again[0].acquisitions == again[1].acquisitions
    assert (
        [p.polygon for p in again[0].plots]
        == [p.polygon for p in again[1].plots]
        == [p.polygon for p in again[2].plots]
    )
    assert [a.when for a in again[0].acquisitions] == [a.when for a in again[2].acquisitions]
    assert np.array_equal(again[0].texture, again[1].texture)


def test_poppy_blooms_when_the_record_says(world):
    blooms = [world.date(s + 110.0) for p in world.plots for s in p.sowings]
    assert min(blooms) >= datetime(2025, 12, 1).date()
    assert max(blooms) <= datetime(2026, 5, 15).date()


def test_acquisitions_lie_in_the_window_and_wet_months_are_cloudier():
    passes = [a for seed in range(5) for a in simulation.build(replace(RECIPE, seed=seed)).acquisitions]
    begin, end = RECIPE.season.imagery_window
    assert all(begin <= a.when < end for a in passes)
    dry = [a for a in passes if a.when.month in (11, 12, 1, 2, 3)]
    wet = [a for a in passes if a.when.month in (6, 7, 8)]
    assert len(dry) / 5 > 1.5 * len(wet) / 3
    assert 30 <= len(passes) / 5 <= 45
    assert any(a.cloud_share > 0.6 for a in passes)


def test_the_asked_number_of_items_lie(world):
    assert sum(a.is_lying for a in world.acquisitions) == RECIPE.lying_items
    assert not any(a.is_lying for a in simulation.build(replace(RECIPE, lying_items=0)).acquisitions)


def test_items_before_2022_carry_the_old_baseline_and_no_offset():
    old = simulation.build(replace(RECIPE, season=Season(2019), lying_items=0))
    assert {(a.baseline, a.flag, a.dn_offset) for a in old.acquisitions} == {("03.01", None, 0)}


def test_the_winter_sun_lights_slopes_as_it_should():
    light = sun.position(datetime(2026, 1, 15, 3, 41, tzinfo=UTC), 104.0, 21.3)
    zenith, azimuth = light.zenith, light.azimuth
    assert np.degrees(zenith) == pytest.approx(48.0, abs=2.5)
    assert 135 < np.degrees(azimuth) < 165
    slopes = terrain.Terrain(np.zeros((1, 2)), np.radians([[30.0, 30.0]]), np.array([[azimuth, np.radians(315.0)]]))
    sunlit, shaded = terrain.cos_incidence(slopes, zenith, azimuth)[0]
    assert sunlit == pytest.approx(0.95, abs=0.03)
    assert shaded == pytest.approx(0.21, abs=0.06)


def test_aspect_points_downhill():
    rng = np.random.default_rng(1)
    hills = terrain.build(rng, 64)
    row, col = 30, 30
    east, south = np.sin(hills.aspect[row, col]), -np.cos(hills.aspect[row, col])
    gy, gx = np.gradient(hills.elevation_m)
    assert gx[row, col] * east + gy[row, col] * south < 0.0


def test_a_plot_changes_with_the_season(world):
    first_part = len(world.fields.crop)
    sowing = world.units.start[first_part]
    bare, leafy = (unit_spectra(world, sowing + day)[first_part] for day in (0.0, 88.0))
    ndvi = [(s[6] - s[2]) / (s[6] + s[2]) for s in (bare, leafy)]
    assert ndvi[0] < 0.35
    assert ndvi[1] > 0.55


@pytest.mark.parametrize(
    ("day", "stage"), [(5, None), (20, "seedling"), (110, "flower"), (130, "capsule"), (190, None)]
)
def test_stages_follow_the_days_after_sowing(day, stage):
    assert poppy_stage(day) == stage


@pytest.mark.parametrize(
    "wrong", [{"size_px": 97}, {"size_px": 8}, {"lon": 20.0}, {"plots": -1}, {"seed": -5}, {"weather": -1}]
)
def test_a_recipe_that_cannot_be_drawn_is_refused(wrong):
    with pytest.raises(UnusableInput) as refusal:
        replace(RECIPE, **wrong)
    assert refusal.value.kind == "bad_recipe"
    assert "{" not in str(refusal.value)


def test_coordinates_go_there_and_back(world):
    lon, lat = world.to_lonlat(333.0, 444.0)
    assert world.to_chip(lon, lat) == pytest.approx((333.0, 444.0), abs=0.01)


def test_the_tile_name_follows_the_place():
    assert mgrs_tile(104.8532, 20.7933) == "48QVH"
    assert mgrs_tile(103.905, 21.327) == "48QUJ"
