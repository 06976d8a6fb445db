"""Virtual plots: exact shares, linear mixtures of what one date shows, unknown where either side is unknown."""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from odc.geo.geobox import GeoBox
from rasterio.transform import Affine

from eradication import geo
from eradication.domain import Season
from eradication.errors import UnusableInput
from eradication.legal_poppy import areas, declared, outlines, plant
from eradication.legal_poppy.mixing import APART_PX, pure_cells
from eradication.raster import CLEAR, SUSPECT, Cube, pack, unpack

SIZE, TIMES, EPSG = 120, 5, 32633
GRID = GeoBox((SIZE, SIZE), Affine(10, 0, 500_000, 0, -10, 5_400_000), f"EPSG:{EPSG}")
SUMMER, WHEAT, MUSTARD = "3301060602", "3301010101", "3301210100"


def outline(left: float, top: float, right: float, bottom: float) -> shapely.Geometry:
    """Return a rectangle in pixels of the grid as WGS 84."""
    return outlines.off_grid(shapely.box(left, top, right, bottom), GRID)


PARCELS = declared(
    [
        (SUMMER, outline(4, 4, 24, 24)),
        (SUMMER, outline(30, 3, 45, 18)),
        (WHEAT, outline(60, 60, 90, 90)),
        (MUSTARD, outline(20, 90, 40, 110)),
        ("unknown", outline(100, 4, 112, 16)),
    ]
)


def cube(seed: int = 0, *, flat: bool = False) -> Cube:
    """Return noise in which every pixel, band and date is another; ``flat``: poppy 0.5, all else 0.1."""
    random = np.random.default_rng(seed)
    shapes = {"red": (TIMES, SIZE, SIZE), "nir": (TIMES, SIZE, SIZE), "swir16": (TIMES, SIZE // 2, SIZE // 2)}
    bands = {name: pack(random.uniform(0.01, 0.6, shape)) for name, shape in shapes.items()}
    if flat:
        for name, values in bands.items():
            step = SIZE // values.shape[1]
            values[:] = pack(0.1)
            for top, left, bottom, right in ((4, 4, 24, 24), (3, 30, 18, 45)):
                values[:, top // step : bottom // step, left // step : right // step] = pack(0.5)
            bands[name] = values
    times = np.datetime64("2024-01-01", "s") + np.arange(TIMES) * np.timedelta64(20, "D")
    return Cube(Season(2023), times, bands, np.full((TIMES, SIZE, SIZE), CLEAR, np.uint8), GRID, True, (), (), True)


def full(share: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    layer = np.zeros(SIZE * SIZE)
    layer[pixels] = share
    return layer.reshape(SIZE, SIZE)


@given(st.integers(0, 10_000), st.floats(100, 3000))
@settings(max_examples=30)
def test_shares_add_up_to_the_area_that_was_asked_for(seed, area):
    planted = plant(cube(flat=True), PARCELS, [area], seed=seed)
    (plot,) = planted.plots
    assert plot.share.sum() * 100 == pytest.approx(area, rel=1e-9)
    assert plot.share.max() <= 1 + 1e-12
    assert geo.area_m2(plot.outline) == pytest.approx(area, rel=2e-3)  # the grid's own scale is 0.9996


def test_reflectance_is_the_linear_mixture_by_exact_shares_in_10_m_and_in_20_m_bands():
    planted = plant(cube(flat=True), PARCELS, [120, 700, 2900], seed=3)
    for plot in planted.plots:
        share = full(plot.share, plot.pixels)
        coarse = share.reshape(SIZE // 2, 2, SIZE // 2, 2).mean(axis=(1, 3))
        for band, wanted in (("red", share), ("nir", share), ("swir16", coarse)):
            touched = wanted > 0
            found = unpack(planted.cube.bands[band])[:, touched]
            assert found == pytest.approx(np.tile(0.1 + 0.4 * wanted[touched], (TIMES, 1)), abs=1e-4)


def test_a_pixel_wholly_inside_a_plot_equals_a_pure_pixel_of_its_lender_on_every_date_and_band():
    images = cube(1)
    planted = plant(images, PARCELS, [3000], seed=2)
    (plot,) = planted.plots
    inside = plot.pixels[plot.share > 1 - 1e-12]
    assert len(inside) >= 10
    (lender,) = (p for p in PARCELS.poppy if p.key == plot.lender)
    cells = pure_cells(lender, images)
    pure = {(2 * r + i, 2 * c + j) for r, c in cells for i in (0, 1) for j in (0, 1)}
    series = {images.bands["red"][:, y, x].tobytes(): (y, x) for y, x in pure}
    for pixel in inside:
        y, x = divmod(int(pixel), SIZE)
        lent = series[planted.cube.bands["red"][:, y, x].tobytes()]
        assert (planted.cube.bands["nir"][:, y, x] == images.bands["nir"][:, *lent]).all()
        assert (y % 2, x % 2) == (lent[0] % 2, lent[1] % 2)


def test_a_20_m_pixel_wholly_inside_borrows_from_the_same_place_as_its_10_m_pixels():
    images = cube(1)
    planted = plant(images, PARCELS, [3000], seed=2)
    (plot,) = planted.plots
    share = full(plot.share, plot.pixels).reshape(SIZE // 2, 2, SIZE // 2, 2).min(axis=(1, 3))
    lent = {images.bands["red"][:, y, x].tobytes(): (y // 2, x // 2) for y in range(26) for x in range(46)}
    inside = np.argwhere(share > 1 - 1e-12)
    assert len(inside)
    for row, column in inside:
        place = lent[planted.cube.bands["red"][:, 2 * row, 2 * column].tobytes()]
        assert (planted.cube.bands["swir16"][:, row, column] == images.bands["swir16"][:, *place]).all()


def test_nothing_outside_the_plots_and_the_hidden_parcels_is_touched_and_the_cube_given_stays_as_it_was():
    images = cube(4)
    before = {name: values.copy() for name, values in images.bands.items()}
    planted = plant(images, PARCELS, areas(6, 1), seed=1)
    touched = np.zeros(SIZE * SIZE, bool)
    for plot in planted.plots:
        touched[plot.pixels] = True
    outside = ~touched.reshape(SIZE, SIZE)
    assert (planted.cube.bands["red"][:, outside] == images.bands["red"][:, outside]).all()
    hidden = outlines.covered([outlines.on_grid(a, GRID) for a in PARCELS.avoid], (SIZE, SIZE))
    assert (planted.cube.clear[:, outside & ~hidden] == CLEAR).all()
    assert (planted.cube.clear[:, hidden] == 0).all()
    assert all((images.bands[name] == values).all() for name, values in before.items())
    assert (images.clear == CLEAR).all()


def test_a_date_without_a_clear_lender_or_a_clear_place_is_unknown():
    images = cube(flat=True)
    clear = images.clear.copy()
    clear[0, :26, :46] = 0  # the lenders
    clear[1, 26:, :] = 0  # all places
    clear[2, :26, :46] = SUSPECT
    planted = plant(replace(images, clear=clear), PARCELS, [800, 2000], seed=5)
    for plot in planted.plots:
        y, x = np.divmod(plot.pixels, SIZE)
        assert (y >= 26).all()
        assert [set(planted.cube.clear[t, y, x].tolist()) for t in range(4)] == [{0}, {0}, {SUSPECT}, {CLEAR}]
        assert (planted.cube.bands["red"][0, y, x] == 0).all()
        assert (planted.cube.bands["swir16"][0, y // 2, x // 2] == 0).all()
        assert np.isnan(planted.cube.reflectance("red")[:2, y, x]).all()
        assert np.isfinite(planted.cube.reflectance("swir16")[2:, y, x]).all()


def test_a_hole_in_one_band_stays_a_hole_of_that_band():
    images = cube(flat=True)
    images.bands["red"][3] = 0
    planted = plant(images, PARCELS, [1500], seed=5)
    y, x = np.divmod(planted.plots[0].pixels, SIZE)
    assert (planted.cube.bands["red"][3, y, x] == 0).all()
    assert (planted.cube.bands["nir"][3, y, x] > 0).all()


def test_plots_keep_apart_from_each_other_from_poppy_from_unknown_crops_and_from_the_border():
    planted = plant(cube(flat=True), PARCELS, areas(8, 3), seed=3)
    shapes = [outlines.on_grid(plot.outline, GRID) for plot in planted.plots]
    others = [outlines.on_grid(shape, GRID) for shape in PARCELS.avoid]
    assert len(shapes) == 8
    assert min(a.distance(b) for a in shapes for b in others) > APART_PX - 1
    assert min(a.distance(b) for n, a in enumerate(shapes) for b in shapes[:n]) > APART_PX - 2
    assert all(min(s.bounds) >= APART_PX - 1 and max(s.bounds) <= SIZE - APART_PX + 1 for s in shapes)


def test_the_same_seed_gives_the_same_bytes_and_another_does_not():
    one, two, other = (plant(cube(2), PARCELS, areas(5, 1), seed=seed) for seed in (1, 1, 2))
    assert all((one.cube.bands[name] == two.cube.bands[name]).all() for name in one.cube.bands)
    assert (one.cube.clear == two.cube.clear).all()
    assert one.places == two.places
    assert (one.cube.bands["red"] != other.cube.bands["red"]).any()


def test_places_carry_lender_or_parcel_as_key_so_that_no_parcel_teaches_and_judges():
    planted = plant(cube(), PARCELS, areas(8, 3), seed=3)
    positives = [place for place in planted.places if place.positive]
    negatives = [place for place in planted.places if not place.positive]
    assert [p.plot for p in positives] == [f"legal-poppy/{plot.lender}" for plot in planted.plots]
    assert {n.plot for n in negatives} == {"declared/parcel-3", "declared/parcel-4"}
    assert {n.look_alike for n in negatives} == {"other", "mustard_greens"}
    for place in negatives:
        parcel = next(p for p in PARCELS.look_alikes if place.plot.endswith(p.key))
        assert parcel.geometry.buffer(1e-7).contains(place.geometry)
        assert place.area_m2 == pytest.approx(geo.area_m2(place.geometry))


def test_fields_that_lend_may_teach_too_and_only_the_other_poppy_is_hidden():
    hidden, shown = (plant(cube(2), PARCELS, areas(5, 1), seed=1, fields=fields) for fields in (False, True))
    fields = shown.places[len(hidden.places) :]
    assert shown.places[: len(hidden.places)] == hidden.places
    assert [(f.plot, f.positive) for f in fields] == [("legal-poppy/parcel-1", True), ("legal-poppy/parcel-2", True)]
    assert [f.geometry for f in fields] == [parcel.geometry for parcel in PARCELS.poppy]
    assert (shown.cube.clear[:, 4:24, 4:24] == CLEAR).all()
    assert (shown.cube.clear[:, 5:15, 101:111] == 0).all()
    assert (hidden.cube.clear[:, 5:23, 5:23] == 0).all()


def test_only_20_m_pixels_well_inside_a_parcel_are_lent():
    cells = pure_cells(PARCELS.poppy[0], cube())
    # Pixels 4 to 24 less a margin of one: rows and columns 5 to 23, in which cells 3 to 10 lie whole.
    assert cells.min(axis=0).tolist() == [3, 3]
    assert cells.max(axis=0).tolist() == [10, 10]
    assert len(cells) == 64


def test_parcels_outside_the_images_are_refused():
    far = declared([(SUMMER, outline(500, 500, 540, 540))])
    with pytest.raises(UnusableInput) as caught:
        plant(cube(), far, [300])
    assert caught.value.kind == "no_legal_poppy"


def test_where_poppy_is_everywhere_there_is_no_room():
    everywhere = declared([(SUMMER, outline(0, 0, SIZE, SIZE))])
    with pytest.raises(UnusableInput) as caught:
        plant(cube(), everywhere, [300])
    assert caught.value.kind == "no_room"


def test_plots_that_find_no_room_are_counted():
    planted = plant(cube(flat=True), PARCELS, np.full(60, 2500.0), seed=1)
    assert 0 < len(planted.plots) < 60
    assert planted.unplaced == 60 - len(planted.plots)


def test_areas_spread_evenly_over_their_logarithm():
    drawn = areas(4000, 1)
    assert drawn.min() >= 100
    assert drawn.max() <= 3000
    assert np.mean(drawn < np.sqrt(100 * 3000)) == pytest.approx(0.5, abs=0.03)
