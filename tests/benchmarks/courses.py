"""What a year of NDVI says of a field in the terms of its own course: two seasons, their peaks, the valley between."""

import numpy as np

DATES = 23
SPRING, SUMMER, HARVEST = slice(0, 11), slice(11, 20), slice(9, 15)
"""Of 16-day composites: winter crops stand until June, summer crops from late June to October; in between one falls and
the other rises. The calendar is the region's, not the data's."""
REACH = 8
"""Composites before and after the summer peak to which the curve is aligned."""


def filled(x):
    """Straight lines through gaps between two looks; NaN before the first look and after the last."""
    out = np.full(x.shape, np.nan)
    for row, values in enumerate(x):
        seen = np.flatnonzero(np.isfinite(values))
        if len(seen):
            inside = np.arange(seen[0], seen[-1] + 1)
            out[row, inside] = np.interp(inside, seen, values[seen])
    return out


def smooth(line):
    """Weights 1, 2, 1 over neighbours that are known."""
    padded = np.pad(line, ((0, 0), (1, 1)), constant_values=np.nan)
    near = np.stack([padded[:, :-2], padded[:, 1:-1], padded[:, 2:]])
    weight = np.isfinite(near) * np.array([1.0, 2.0, 1.0])[:, None, None]
    mean = (np.nan_to_num(near) * weight).sum(axis=0) / np.maximum(weight.sum(axis=0), 1e-9)
    return np.where(np.isnan(line), np.nan, mean)


def lowest(values):
    return np.where(np.isfinite(values).any(axis=1), np.fmin.reduce(values, axis=1), np.nan)


def highest(values):
    return -lowest(-values)


def when(values, at):
    """Index of each row's largest value; NaN where nothing is known."""
    place = at.start + np.where(np.isnan(values), -np.inf, values).argmax(axis=1)
    return np.where(np.isfinite(values).any(axis=1), place, np.nan)


def season(course, at):
    """Peak, lowest, date of the peak, middle and width of the half above, steepest rise and fall, mean."""
    values = course[:, at]
    top, low = highest(values), lowest(values)
    above = np.nan_to_num(np.clip(values - (low + top)[:, None] / 2, 0, None))
    total = np.where(above.sum(axis=1) > 0, above.sum(axis=1), np.nan)
    date = np.arange(at.start, at.stop)
    middle = (above * date).sum(axis=1) / total
    width = np.sqrt((above * (date - middle[:, None]) ** 2).sum(axis=1) / total)
    steps = np.diff(values, axis=1)
    mean = np.nan_to_num(values).sum(axis=1) / np.where(
        np.isfinite(values).any(axis=1), np.isfinite(values).sum(axis=1), np.nan
    )
    return np.column_stack([top, low, when(values, at), middle, width, highest(steps), lowest(steps), mean])


def two_seasons(x):
    """Both seasons, the valley between them, and how they compare with one another and with the year's maximum."""
    course = smooth(filled(x))
    spring, summer, year = season(course, SPRING), season(course, SUMMER), highest(course)
    valley, valley_date = lowest(course[:, HARVEST]), when(-course[:, HARVEST], HARVEST)
    relations = [
        valley,
        valley_date,
        summer[:, 0] - valley,
        spring[:, 0] - valley,
        summer[:, 0] - spring[:, 0],
        summer[:, 0] / year,
        spring[:, 0] / year,
        summer[:, 2] - valley_date,
        summer[:, 3] - valley_date,
        summer[:, 7] / year,
        spring[:, 7] / year,
    ]
    return np.column_stack([spring, summer, *relations])


def around_summer_peak(x):
    """The curve as parts of its maximum, ``REACH`` composites before and after its summer peak."""
    course = smooth(filled(x))
    wanted = when(course[:, SUMMER], SUMMER)[:, None] + np.arange(-REACH, REACH + 1)
    inside = (wanted >= 0) & (wanted < DATES)
    index = np.where(inside, wanted, 0).astype(np.intp)
    return np.where(inside, np.take_along_axis(course, index, axis=1), np.nan) / highest(course)[:, None]


def calendar(x):
    return x.astype(np.float32)


def seasons(x):
    """The calendar, both seasons, and the steps from harvest on."""
    steps = np.diff(filled(x), axis=1)[:, HARVEST.start : SUMMER.stop]
    return np.hstack([x, two_seasons(x), steps]).astype(np.float32)


def aligned(x):
    """Both seasons, the curve around the summer peak, and the calendar from harvest on."""
    late = x[:, HARVEST.start : SUMMER.stop]
    return np.hstack([late, two_seasons(x), around_summer_peak(x)]).astype(np.float32)
