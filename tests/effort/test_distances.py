"""Finds tell how wide the strip is: their distance from the way before the patrol turned to them."""

import math

import numpy as np
import pytest
import ways

from eradication.effort import distances

STEP_M = 4.0


def found_from_a_trail(rng, aside_m, noise_m=1.5):
    """Walk along a gently winding trail, see a plot to one side, walk up to it, come back and go on."""
    ahead = rng.uniform(0, 40)
    east = np.arange(-400.0, -ahead, STEP_M)
    trail = np.column_stack([east, 3 * np.sin(east / 60)])
    plot = np.array([0.0, aside_m])
    steps = max(2, int(math.dist(trail[-1], plot) / STEP_M))
    aside = trail[-1] + np.linspace(0, 1, steps + 1)[1:, None] * (plot - trail[-1])
    onward = np.column_stack([np.arange(-ahead, 300, STEP_M), np.zeros(len(np.arange(-ahead, 300, STEP_M)))])
    xy = np.vstack([trail, aside, aside[::-1], onward])
    turn = rng.uniform(0, 2 * math.pi)
    turned = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    walked = (xy + rng.normal(0, noise_m, xy.shape)) @ turned.T + ways.CORNER
    return tuple(turned @ plot + ways.CORNER), ways.line(walked)


def test_the_width_of_simulated_finds_comes_out():
    sigma, true = 25.0, 25.0 * math.sqrt(math.pi / 2)
    rng = np.random.default_rng(11)
    told = [
        distances.from_way(*found_from_a_trail(rng, float(abs(rng.normal(0, sigma)) * rng.choice([-1, 1]))))
        for _ in range(300)
    ]
    known = [metres for metres in told if metres is not None]
    width = distances.width(known, 30)
    assert len(known) > 270
    assert width.half_width_m == pytest.approx(true, rel=0.12)
    assert abs(width.half_width_m - true) < 3 * width.half_width_se_m
    assert sum(width.histogram) == width.finds == len(known) - width.beyond
    assert width.histogram[0] > width.histogram[3] > width.histogram[7]


def test_too_few_finds_tell_no_width():
    assert distances.width([10.0] * 29, 30).half_width_m is None
    assert distances.width([10.0] * 30, 30).half_width_m == pytest.approx(10 * math.sqrt(math.pi / 2))
    assert distances.width([], 0).half_width_m is None


def test_finds_far_from_any_way_are_counted_beside():
    width = distances.width([5.0] * 30 + [101.0, 450.0], 30)
    assert (width.finds, width.beyond) == (30, 2)


def test_a_find_off_the_track_or_after_a_winding_way_has_no_distance():
    find, lines = found_from_a_trail(np.random.default_rng(1), 30.0)
    assert distances.from_way((find[0] + 500.0, find[1]), lines) is None
    turn = np.arange(0, 15, 0.2)
    winding = ways.line(np.column_stack([20 * np.cos(turn), 20 * np.sin(turn)]) + ways.CORNER)
    assert distances.from_way(ways.CORNER, winding) is None
    short = ways.way([(0, 0), (60, 0)])
    assert distances.from_way((ways.CORNER[0] + 60.0, ways.CORNER[1]), short) is None
    assert distances.from_way((0.0, 0.0), ways.join([])) is None
