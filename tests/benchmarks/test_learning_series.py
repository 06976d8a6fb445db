"""Our learners on real labelled series of other crops in other lands. Run with ``make bench-learning``.

None of it is about poppy. It shows what a split by place costs, and whether features tied to a field's own course and
NaN kept as it is help where a model meets a place it never saw.
"""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from benchmarks import classes, courses
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import f1_score
from sklearn.model_selection import GroupKFold, StratifiedKFold

pytestmark = [pytest.mark.bench_learning, pytest.mark.timeout(3600)]

FOLDS, INNER, DRAWS = 5, 3, 2000
LEAST_FIELDS, LEAST_PARCELS = 50, 10
"""Of a class, to be kept."""
FEATURES = {"calendar": courses.calendar, "seasons": courses.seasons, "aligned": courses.aligned}
LEARNERS = ("average", "randomised trees")
"""The choice is between these, the same for every fold."""
NAMES = ("random forest", *LEARNERS)


def by_forest(x, y, unseen):
    return RandomForestClassifier(100, random_state=0, n_jobs=2).fit(x, y).predict(unseen)[None]


def by_ours(x, y, unseen):
    """Labels by each of LEARNERS."""
    model = classes.fit_classes(x, y)
    return np.stack([model.label(unseen), model.without_boosting.label(unseen)])


def right(predict, x, y, folds):
    """Which rows are labelled right by models that did not see their fold, shape (learner, row)."""
    parts = [(judge, predict(x[learn], y[learn], x[judge]) == y[judge]) for learn, judge in folds]
    out = np.zeros((len(parts[0][1]), len(y)), bool)
    for judge, part in parts:
        out[:, judge] = part
    return out


def best_inside(described, y, groups):
    """Choose features and learner on folds of the groups given; the groups to be judged are not among them."""
    folds = list(GroupKFold(INNER).split(y, y, groups))
    accuracy = {name: right(by_ours, x, y, folds).mean(axis=1) for name, x in described.items()}
    print("   ", {name: np.round(found, 3).tolist() for name, found in accuracy.items()}, flush=True)
    return max(((name, k) for name in described for k in range(len(LEARNERS))), key=lambda c: accuracy[c[0]][c[1]])


def interval(values, groups):
    """Middle 95 % of the mean over draws of whole groups; groups are as many as they are, so it is wide."""
    random = np.random.default_rng(0)
    names, member = np.unique(groups, return_inverse=True)
    total, count = np.bincount(member, values), np.bincount(member)
    drawn = random.integers(len(names), size=(DRAWS, len(names)))
    return np.quantile(total[drawn].sum(axis=1) / count[drawn].sum(axis=1), [0.025, 0.975])


def line(name, values, groups):
    low, high = interval(values, groups)
    print(f"  {name:52s} {values.mean():.3f}  [{low:.3f}, {high:.3f}]", flush=True)


def test_fields_of_central_asia_in_random_folds_and_in_region_years_never_seen(shared_data):
    table = pd.read_parquet(shared_data / "series" / "cawa_labelled_ndvi.parquet")
    table = table[table.label_1.map(table.label_1.value_counts()) >= LEAST_FIELDS]
    x, y = table.loc[:, "X1":].to_numpy(np.float32), table.label_1.to_numpy(str)
    groups, each = (table.region + " " + table.year).to_numpy(str), np.arange(len(y))
    assert x.shape[1] == courses.DATES
    described = {name: features(x) for name, features in FEATURES.items()}
    apart = list(GroupKFold(FOLDS).split(x, y, groups))
    print(f"\nCAWa NDVI: {len(y)} fields, {len(set(y))} classes, {len(set(groups))} region-years; accuracy [95 %]")
    before = right(by_forest, x, y, apart)[0]
    line("region-years apart: random forest, calendar", before, groups)
    ours = {name: right(by_ours, values, y, apart) for name, values in described.items()}
    for name, found in ours.items():
        for learner, values in zip(LEARNERS, found, strict=True):
            line(f"region-years apart: {learner}, {name}", values, groups)
    after, chosen = np.zeros(len(y), bool), []
    for learn, judge in apart:
        name, k = best_inside({n: values[learn] for n, values in described.items()}, y[learn], groups[learn])
        after[judge] = ours[name][k, judge]
        chosen.append((name, LEARNERS[k]))
    print(f"  chosen, fold by fold: {chosen}")
    line("region-years apart: chosen inside each fold", after, groups)
    line("  that less the random forest", after.astype(float) - before, groups)
    for name in np.unique(groups):
        of = groups == name
        print(f"    {name:20s} n {of.sum():5d}  {before[of].mean():.3f} -> {after[of].mean():.3f}")
    mixed = list(StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(x, y))
    line("random folds: random forest, calendar", right(by_forest, x, y, mixed)[0], each)
    for name in dict.fromkeys(["calendar", Counter(chosen).most_common(1)[0][0][0]]):
        for learner, values in zip(LEARNERS, right(by_ours, described[name], y, mixed), strict=True):
            line(f"random folds: {learner}, {name}", values, each)
    assert after.mean() > before.mean()


OPTICAL = tuple(f"S2-L2A-B{band}" for band in ("02", "03", "04", "05", "06", "07", "08", "11", "12"))
RADAR = ("S1-SIGMA0-VH", "S1-SIGMA0-VV")
NO_DATA = 65535
MONTHS = 17
"""From September before the year of harvest to January after it, in both files."""


def parcels(path):
    """Monthly means of what was observed, shape (parcel, month, band), the slopes, and codes of classes."""
    table = pd.read_parquet(path)
    bands = [*OPTICAL, *RADAR]
    table[bands] = table[bands].astype(float).where(table[bands] != NO_DATA)
    first = pd.Timestamp(int(table.year.iloc[0]) - 1, 9, 1)
    table["month"] = (table.timestamp.dt.year - first.year) * 12 + table.timestamp.dt.month - first.month
    fixed = table.groupby("sample_id")[["slope", "ewoc_code"]].first()
    wanted = pd.MultiIndex.from_product([fixed.index, range(MONTHS)])
    monthly = table.groupby(["sample_id", "month"])[bands].mean().reindex(wanted)
    x = monthly.to_numpy(np.float32).reshape(len(fixed), MONTHS, len(bands))
    # Four digits say the crop group: cereals, fruit and nuts, fodder, fallow, grassland ...
    return x, fixed.slope.to_numpy(np.float32), (fixed.ewoc_code // 1_000_000).astype(str).to_numpy(str)


def linear(x):
    """Fill each band of each parcel by straight lines between months, ends by the nearest."""
    out = x.copy()
    for series in (band for parcel in out for band in parcel.T):
        seen = np.flatnonzero(np.isfinite(series))
        if len(seen):
            series[:] = np.interp(np.arange(len(series)), seen, series[seen])
    return out


FILLS = {
    "gaps kept": lambda part, learned_from: part,
    "gaps by the median": lambda part, learned_from: np.where(np.isnan(part), np.nanmedian(learned_from, axis=0), part),
    "gaps by straight lines": lambda part, learned_from: linear(part),
}


def labels_by(fill, learned_from, y, unseen):
    """Labels by a random forest and by each of LEARNERS; parcels are given as (bands, slope)."""
    x, other = (
        np.column_stack([fill(bands, learned_from[0]).reshape(len(bands), -1), slope]).astype(np.float32)
        for bands, slope in (learned_from, unseen)
    )
    return np.concatenate([by_forest(x, y, other), by_ours(x, y, other)])


def macro_f1(truth, found):
    """Mean F1 of the classes, and the middle 95 % of it over draws of parcels within classes."""
    random = np.random.default_rng(0)
    of = [np.flatnonzero(truth == name) for name in np.unique(truth)]
    drawn = (np.concatenate([random.choice(rows, len(rows)) for rows in of]) for _ in range(DRAWS // 4))
    low, high = np.quantile([f1_score(truth[d], found[d], average="macro") for d in drawn], [0.025, 0.975])
    return f"{f1_score(truth, found, average='macro'):.3f}  [{low:.3f}, {high:.3f}]"


DEKADS, MONTHLY = "dekad_2023_FRA_LPIS_POLY_110.geoparquet", "month_2022_FRA_LPIS_POLY_110.geoparquet"


@pytest.mark.parametrize(("to_learn", "to_judge"), [(DEKADS, MONTHLY), (MONTHLY, DEKADS)])
def test_parcels_of_one_year_and_coast_labelled_by_those_of_another(shared_data, to_learn, to_judge):
    """Mainland France 2023, in dekads with half of the looks missing, and Corsica 2022, in months almost complete."""
    (x, slope, y), (unseen, steep, truth) = (parcels(shared_data / "series" / f) for f in (to_learn, to_judge))
    shared = [str(c) for c in np.unique(y) if min((y == c).sum(), (truth == c).sum()) >= LEAST_PARCELS]
    keep, judged = np.isin(y, shared), np.isin(truth, shared)
    x, slope, y, unseen, steep, truth = x[keep], slope[keep], y[keep], unseen[judged], steep[judged], truth[judged]
    missing = [round(float(np.isnan(part[:, :, 0]).mean()), 2) for part in (x, unseen)]
    print(f"\n{to_learn} ({len(y)} parcels) -> {to_judge} ({len(truth)}); macro-F1 [95 %]")
    print(f"  groups {shared}: {[int((y == c).sum()) for c in shared]} -> {[int((truth == c).sum()) for c in shared]}")
    print(f"  months without a clear look: {missing[0]:.0%} -> {missing[1]:.0%}")
    largest = max(shared, key=lambda c: (truth == c).sum())
    print("  the largest group everywhere".ljust(56), macro_f1(truth, np.full(len(truth), largest)))
    for gaps, fill in FILLS.items():
        for learner, labels in zip(NAMES, labels_by(fill, (x, slope), y, (unseen, steep)), strict=True):
            print(f"  {learner}, {gaps}".ljust(56), macro_f1(truth, labels), flush=True)
            assert set(labels) <= set(shared)
    print("  in the file learned from, by folds of parcels:")
    folds = list(StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(x, y))
    for gaps, fill in FILLS.items():
        out = np.stack([y] * len(NAMES))
        for learn, judge in folds:
            out[:, judge] = labels_by(fill, (x[learn], slope[learn]), y[learn], (x[judge], slope[judge]))
        for learner, labels in zip(NAMES, out, strict=True):
            print(f"    {learner}, {gaps}".ljust(56), macro_f1(y, labels), flush=True)
