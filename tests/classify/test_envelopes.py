"""What classes look like month by month: counted by plots, kept with the model."""

from dataclasses import replace

import numpy as np
import pytest

from eradication import classify, features, registry
from eradication.classify import envelopes as bands
from eradication.domain.model import Samples, join
from eradication.errors import CheckFailed

NAMES = (*(f"ndvi_{month}" for month in bands.MONTHS), "ndyi_jan", "rise")


def samples(plots, *, look_alikes=(), background=0, season="2024-2025"):
    """Plots of poppy given as lists of pixels' NDVI; look-alikes as (code, NDVI); background as one value a block."""
    rows = [(f"p{i}", 1, "", value) for i, pixels in enumerate(plots) for value in pixels]
    rows += [(f"n{i}", 0, code, value) for i, (code, value) in enumerate(look_alikes)]
    rows += [(f"background/{i // 3}", -1, "", 0.1 * (i % 3)) for i in range(background)]
    group, y, code, value = (np.array(part) for part in zip(*rows, strict=True))
    x = np.full((len(rows), len(NAMES)), np.nan, np.float32)
    x[:, :10] = value[:, None]
    nothing = np.full(len(rows), "")
    return Samples(
        NAMES,
        x,
        y.astype(np.int8),
        np.ones(len(rows)),
        group,
        np.zeros(len(rows), np.int32),
        np.full(len(rows), season),
        nothing,
        np.zeros((len(rows), 2)),
        np.ones(len(rows)),
        look_alike=code,
    )


def test_every_plot_counts_once_however_many_pixels_it_has():
    told = bands.of_classes(samples([[0.1] * 50, [0.2], [0.3], [0.4], [0.5]]))["poppy"]
    assert told["plots"] == 5
    assert told["ndvi"]["p50"] == [0.3] * 10
    assert told["ndvi"]["p10"] == pytest.approx([0.14] * 10)
    assert told["ndvi"]["p90"] == pytest.approx([0.46] * 10)


def test_pixels_count_by_their_share_and_unknown_ones_not_at_all():
    given = samples([[0.0, 1.0, 0.7], [0.75], [0.75], [0.75], [0.75]])
    given.weight[:2] = 0.25, 0.75
    given.x[2] = np.nan
    assert bands.of_classes(given)["poppy"]["ndvi"]["p10"] == [0.75] * 10


def test_a_class_of_few_plots_and_a_month_seen_of_few_say_nothing():
    four = bands.of_classes(samples([[0.1]] * 4))
    assert "poppy" not in four
    given = samples([[0.1 * i] for i in range(5)])
    given.x[0, 3] = np.nan
    given.x[:, 10] = [1, 2, np.nan, np.nan, np.nan]
    told = bands.of_classes(given)["poppy"]
    assert told["ndvi"]["p50"][3] is None
    assert told["ndvi"]["p50"][4] == 0.2
    assert told["ndyi"]["p50"] == [None] * 10
    assert "bright" not in told


def test_look_alikes_stand_apart_by_code_and_of_a_block_of_background_one_pixel_counts():
    alike = [("coffee", 0.8)] * 5 + [("plum_blossom", 0.4)] * 4 + [("", 0.6)] * 9
    told = bands.of_classes(samples([[0.5]] * 5, look_alikes=alike, background=15))
    assert set(told) == {"poppy", "coffee", "background"}
    assert told["coffee"]["ndvi"]["p50"] == [0.8] * 10
    assert told["background"]["plots"] == 5
    assert told["background"]["ndvi"]["p90"] == [0.0] * 10


def test_samples_that_do_not_name_look_alikes_have_none_and_join_with_those_that_do():
    named = samples([[0.5]] * 3, look_alikes=[("coffee", 0.8)] * 5)
    nameless = replace(samples([[0.5]] * 2, season="2023-2024"), look_alike=np.empty(0, np.str_))
    assert "coffee" not in bands.of_classes(replace(named, look_alike=np.empty(0, np.str_)))
    both = join([nameless, named])
    assert len(both.look_alike) == len(both.y)
    assert bands.of_classes(both)["coffee"]["plots"] == 5


def test_a_plot_of_two_seasons_counts_in_each():
    both = join([samples([[0.1]] * 3), samples([[0.9]] * 3, season="2023-2024")])
    told = bands.of_classes(both)["poppy"]
    assert told["plots"] == 6
    assert (told["ndvi"]["p10"][0], told["ndvi"]["p90"][0]) == pytest.approx((0.1, 0.9))


def test_months_are_those_of_the_features():
    assert bands.MONTHS == features.MONTHS
    known = {feature.name for feature in features.COMPUTED}
    assert {f"{index}_{month}" for index in bands.INDICES for month in bands.MONTHS} <= known


def test_envelopes_are_kept_with_the_model_and_change_no_hash(tmp_path):
    given = samples([[0.5]] * 6, look_alikes=[("coffee", 0.8)] * 5)
    model = classify.train(given, name="m")
    assert model.envelopes["coffee"]["plots"] == 5
    renamed = replace(given, look_alike=np.full(len(given.y), ""))
    assert classify.train(renamed, name="m").model_hash == model.model_hash
    registry.save(model, tmp_path)
    assert registry.load(tmp_path, "m").envelopes == model.envelopes


@pytest.mark.parametrize(
    "bad",
    [
        [],
        {"poppy": 5},
        {"poppy": {"ndvi": {}}},
        {"poppy": {"plots": 5, "ndvi": {"p10": [1], "p50": [1], "p90": [1, 2]}}},
        {"poppy": {"plots": 5, "ndvi": {"p10": ["x"], "p50": [1], "p90": [1]}}},
        {"poppy": {"plots": 5, "ndvi": {"p10": [True], "p50": [1], "p90": [1]}}},
        {"poppy": {"plots": 5, "ndvi": 3}},
    ],
)
def test_a_model_with_envelopes_of_another_form_is_not_opened(tmp_path, bad):
    model = classify.train(samples([[0.5]] * 6), name="m")
    registry.save(replace(model, envelopes=bad), tmp_path)
    with pytest.raises(CheckFailed) as refused:
        registry.load(tmp_path, "m")
    assert refused.value.kind == "model_damaged"
