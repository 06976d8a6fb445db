"""Every feature of the table against its words, computed slowly, on random series with gaps."""

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pytest
from features import oracle
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import geobox

from eradication import features
from eradication.config import Imagery, Settings
from eradication.domain import Season
from eradication.features import permanence, rings
from eradication.raster import BANDS, Cube, unpack

SEASON = Season(2025)
ALL = Settings(imagery=Imagery(min_clear=1))
COARSE = ("rededge1", "nir08", "swir16", "swir22")
FIRST, MINUTES = np.datetime64("2025-04-30T17:00", "m"), 396 * 24 * 60
"""The season's imagery window: from 1 May to 31 May of the year after, local time."""


def calendar_of_land(random: np.random.Generator, times: int, shape: tuple[int, int]) -> dict[str, np.ndarray]:
    """Packed reflectance that drifts between bare, green and pale, with noise of its own for every look."""
    cover = np.clip(random.normal(0.5, 0.6, (times, *shape)), 0, 1)
    pale = np.where(random.random((times, *shape)) < 0.3, random.random((times, *shape)) * 0.08, 0.0)
    soil = dict(zip(BANDS, (0.06, 0.09, 0.13, 0.16, 0.19, 0.20, 0.22, 0.23, 0.30, 0.25), strict=True))
    leaf = dict(zip(BANDS, (0.03, 0.06, 0.04, 0.09, 0.28, 0.35, 0.40, 0.41, 0.18, 0.09), strict=True))
    out = {}
    for name in features.NEEDED:
        values = soil[name] + (leaf[name] - soil[name]) * cover + (pale if name in ("blue", "green", "red") else 0)
        values = values * random.uniform(0.8, 1.25, values.shape) + random.normal(0, 0.004, values.shape)
        out[name] = np.clip(np.rint(values * 10_000 + 1_000), 1, 65_535).astype(np.uint16)
    return out


@st.composite
def cubes(draw: st.DrawFn) -> Cube:
    """A small window of a season: dates, missed clouds, gaps of looks and of single bands, bands that do not exist."""
    shape = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    minutes = np.sort(random.choice(MINUTES, draw(st.integers(1, 60)), replace=False))
    bands = calendar_of_land(random, len(minutes), shape)
    clouds = random.random(bands["blue"].shape) < draw(st.sampled_from([0, 0.1]))
    for name in bands:
        values = bands[name]
        values[clouds] = np.minimum(values[clouds].astype(int) + random.integers(300, 5_000, clouds.sum()), 65_535)
        values[random.random(values.shape) < draw(st.sampled_from([0, 0.02, 0.4]))] = 0
        if name in COARSE and draw(st.booleans()):
            bands[name] = values[:, ::2, ::2]
    gone = draw(st.sets(st.sampled_from(features.NEEDED), max_size=2))
    clear = random.choice(3, size=clouds.shape, p=draw(st.sampled_from([(0.1, 0.8, 0.1), (0.7, 0.2, 0.1)])))
    times = FIRST + minutes.astype("timedelta64[m]")
    kept = {name: values for name, values in bands.items() if name not in gone}
    return Cube(SEASON, times, kept, clear.astype(np.uint8), geobox(*shape), True, (), (), True)


def pixels_of(cube: Cube) -> list[oracle.Pixel]:
    looks = features.look(cube)
    when = oracle.local(cube.times)
    reflectance = {name: cube.reflectance(name) for name in features.NEEDED if name in cube.bands}
    return [
        oracle.Pixel(
            when,
            looks.ndvi[:, i, j].tolist(),
            looks.blue[:, i, j].tolist(),
            {name: values[:, i, j].tolist() for name, values in reflectance.items()},
            SEASON.start_year,
        )
        for i, j in np.ndindex(*cube.geobox.shape)
    ]


@settings(max_examples=150)
@given(cube=cubes())
def test_every_feature_is_what_the_table_says_it_is(cube: Cube) -> None:
    stack = features.describe(cube, ALL, gate=features.OPEN)
    names = [f.name for f in features.COMPUTED if set(f.bands) <= set(cube.bands)]
    assert list(stack.names) == names
    assert set(stack.missing) == {f.name for f in features.COMPUTED} - set(names)
    pixels = pixels_of(cube)
    wanted = [oracle.calendar(pixel) | oracle.series(pixel) for pixel in pixels]
    assert stack.clear_observations.ravel().tolist() == [len(oracle.kept(pixel)) for pixel in pixels]
    assert stack.pixels.tolist() == [k for k, pixel in enumerate(pixels) if oracle.kept(pixel)]
    around = {"ring": oracle.ring, "texture": oracle.texture}
    own = [n for f in features.COMPUTED if (n := f.name).rpartition("_")[2] not in (*around, "permanence")]
    assert set(own) == set(wanted[0])
    for k, row in zip(stack.pixels, stack.x, strict=True):
        for name in set(own) & set(names) - pixels[k].unsure:
            found, right = float(row[names.index(name)]), wanted[k][name]
            assert found == pytest.approx(right, rel=2e-3 if "ebi" in name else 2e-5, abs=2e-6, nan_ok=True), name
    for name in set(names) - set(own) - {"permanence"}:
        what, _, how = name.rpartition("_")
        layer = np.array([w[what] for w in wanted]).reshape(cube.geobox.shape)
        for k, row in zip(stack.pixels, stack.x, strict=True):
            if not any(what in p.unsure for p in pixels):
                right = around[how](layer, *divmod(int(k), layer.shape[1]))
                assert float(row[names.index(name)]) == pytest.approx(right, abs=2e-4, nan_ok=True), name
    if "permanence" in names:
        assert np.isnan(stack.layer("permanence")).all(), "a window that stands alone knows no earlier year"


@settings(max_examples=100)
@given(cube=cubes(), rules=st.sampled_from(sorted(features.RULES)))
def test_the_gate_rules_out_what_its_words_contradict_and_nothing_else(cube: Cube, rules: str) -> None:
    gate = features.gate_of(cube.season, cube.times, rules)
    stack = features.describe(cube, ALL, gate=gate)
    pixels = pixels_of(cube)
    newest = max(day for pixel in pixels for day in oracle.days_of(pixel))
    could = np.array([oracle.could_be_poppy(pixel, features.RULES[rules], newest) for pixel in pixels])
    sure = np.array(["gate" not in pixel.unsure for pixel in pixels])
    passed = np.zeros(len(pixels), bool)
    passed[stack.pixels] = True
    assert np.array_equal(passed[sure], could[sure])
    assert np.array_equal(stack.ruled_out.ravel(), stack.observed.ravel() & ~passed)


@settings(max_examples=60)
@given(cube=cubes())
def test_a_look_is_clear_where_its_class_and_its_three_bands_are_and_keeps_them_to_half_a_step(cube: Cube) -> None:
    looks = features.look(cube)
    bands = [name for name in features.LOOK_BANDS if name in cube.bands]
    known = (cube.clear != 0) & np.all([cube.bands[name] != 0 for name in bands], axis=0)
    assert np.array_equal(looks.blue != 0, known)
    assert np.array_equal((looks.blue == 0) & (looks.ndvi != 0), (cube.clear != 0) & ~known)
    if "blue" in cube.bands:
        blue = unpack(cube.bands["blue"])[known]
        kept = (looks.blue[known].astype(float) - 1) * 0.002
        assert np.abs(kept - np.clip(blue, 0, 0.508)).max(initial=0) <= 0.001 + 1e-6
    if {"red", "nir"} <= set(cube.bands):
        red, nir = (unpack(cube.bands[name])[known].astype(float) for name in ("red", "nir"))
        ndvi = (nir - red) / (nir + red)
        kept = -0.2 + (looks.ndvi[known].astype(float) - 1) * 0.005
        assert np.abs(kept - np.clip(ndvi, -0.2, 1.07)).max(initial=0) <= 0.0025 + 1e-6
    else:
        assert not looks.ndvi[known].any()


@dataclass(frozen=True)
class Days:
    """Times of looks and what their dekads should be."""

    utc: str
    month: int
    third: int


@pytest.mark.parametrize(
    "day",
    [
        Days("2025-04-30T17:00", -3, 0),
        Days("2025-08-10T16:59", 0, 0),
        Days("2025-08-10T17:00", 0, 1),
        Days("2025-10-31T16:59", 2, 2),
        Days("2025-12-31T17:00", 5, 0),
        Days("2026-02-28T03:30", 6, 2),
        Days("2026-05-31T16:59", 9, 2),
    ],
)
def test_months_and_their_thirds_are_cut_in_local_time(day: Days) -> None:
    dates = features.Dates.of(np.array([day.utc], "datetime64[m]"), 2025)
    assert dates.month.tolist() == [day.month]
    (local,) = oracle.local(np.array([day.utc], "datetime64[m]"))
    assert dates.days.tolist() == [local.toordinal() - datetime(1970, 1, 1).toordinal()]
    assert min((local.day - 1) // 10, 2) == day.third
    begin = np.array([f"{local.year}-{local.month:02d}-{10 * day.third + 1:02d}T00:00"], "datetime64[m]")
    both = np.sort(np.concatenate([begin - np.timedelta64(7, "h"), np.array([day.utc], "datetime64[m]")]))
    assert features.Dates.of(both, 2025).period.tolist() == [0, 0]
    before = begin - np.timedelta64(7 * 60 + 1, "m")
    pair = features.Dates.of(np.concatenate([before, np.array([day.utc], "datetime64[m]")]), 2025)
    assert pair.period.tolist() == [0, 1]


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**32),
    rows=st.integers(1, 14),
    columns=st.integers(1, 14),
    known=st.sampled_from([0.1, 0.7, 1]),
)
def test_a_contrast_is_a_value_minus_the_median_of_its_ring(seed: int, rows: int, columns: int, known: float) -> None:
    random = np.random.default_rng(seed)
    layers = random.integers(-12_700, 12_700, (2, rows, columns)).astype(np.int16)
    layers[random.random(layers.shape) >= known] = features.NO_LAYER
    wide = np.pad(layers, ((0, 0), (5, 5), (5, 5)), constant_values=features.NO_LAYER)
    chosen = np.flatnonzero(random.random(rows * columns) < 0.5)
    found = rings.contrasts(wide, np.full(2, 1e-4), chosen)
    for k, pixel in enumerate(chosen):
        for n in range(2):
            layer = np.where(layers[n] == features.NO_LAYER, np.nan, layers[n].astype(float))
            right = oracle.ring(layer, *divmod(int(pixel), columns)) * 1e-4
            assert found[n, k] == pytest.approx(right, abs=1e-6, nan_ok=True)


@settings(max_examples=60)
@given(cube=cubes())
def test_a_year_shows_its_ground_or_never_does_or_says_nothing(cube: Cube) -> None:
    dates = features.Dates.of(cube.times, cube.season.start_year)
    year = features.never_bare(features.look(cube), dates).ravel()
    for found, pixel in zip(year, pixels_of(cube), strict=True):
        said = {None: permanence.UNSEEN, True: permanence.BARE, False: permanence.NEVER_BARE}
        right = said[oracle.shows_ground(pixel)]
        assert found == right or "permanence" in pixel.unsure


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32), known=st.sampled_from([0.3, 0.7, 1]))
def test_a_texture_is_the_standard_deviation_of_nine_pixels(seed: int, known: float) -> None:
    random = np.random.default_rng(seed)
    rows, columns = (int(n) for n in random.integers(1, 9, 2))
    layers = random.integers(-12_700, 12_700, (1, rows, columns)).astype(np.int16)
    layers[random.random(layers.shape) >= known] = features.NO_LAYER
    wide = np.pad(layers, ((0, 0), (5, 5), (5, 5)), constant_values=features.NO_LAYER)
    found = rings.textures(wide, np.full(1, 1e-4), np.arange(rows * columns))
    layer = np.where(layers[0] == features.NO_LAYER, np.nan, layers[0].astype(float))
    for k in range(rows * columns):
        right = oracle.texture(layer, *divmod(k, columns)) * 1e-4
        assert found[0, k] == pytest.approx(right, abs=1e-6, nan_ok=True)


def test_chosen_pixels_have_the_features_they_have_in_the_whole() -> None:
    random = np.random.default_rng(5)
    times = FIRST + np.arange(0, MINUTES, 8 * 24 * 60).astype("timedelta64[m]")
    shape = (17, 13)
    bands = calendar_of_land(random, len(times), shape)
    clear = (random.random((len(times), *shape)) < 0.6).astype(np.uint8)
    cube = Cube(SEASON, times, bands, clear, geobox(*shape), True, (), (), True)
    whole = features.describe(cube, ALL, gate=features.OPEN)
    wanted = random.random(shape) < 0.2
    some = features.describe(cube, ALL, wanted=wanted)
    assert some.pixels.tolist() == np.flatnonzero(wanted & whole.observed).tolist()
    np.testing.assert_array_equal(some.x, whole.x[np.isin(whole.pixels, some.pixels)])
    np.testing.assert_array_equal(some.clear_observations, whole.clear_observations)
    gated = features.describe(replace(cube), ALL)
    np.testing.assert_array_equal(gated.x, whole.x[np.isin(whole.pixels, gated.pixels)])
    assert not gated.ruled_out.ravel()[gated.pixels].any()
