"""The area of applicability beside a model: kept as it was, and nothing strange is taken for it."""

import io
import pickle

import numpy as np
import pytest
from registry_models import model

from eradication import registry
from eradication.errors import CheckFailed
from eradication.registry import area


def test_what_was_learned_comes_back_with_the_model(tmp_path):
    trained = model(30)
    registry.save(trained, tmp_path)
    loaded = registry.load(tmp_path, "demo")
    assert loaded.known.features == trained.known.features
    assert loaded.known.limit == trained.known.limit
    assert np.array_equal(loaded.known.points, trained.known.points)
    assert loaded.known.scaling == trained.known.scaling
    assert loaded.known.weight == trained.known.weight
    assert loaded.sigmoid == trained.sigmoid


def test_the_same_points_are_the_same_bytes():
    assert area.packed(model(30).known) == area.packed(model(30).known)


def changed(**arrays: object) -> bytes:
    known = area.packed(model(30).known)
    with np.load(io.BytesIO(known)) as held:
        content = {name: held[name] for name in held.files} | arrays
    out = io.BytesIO()
    np.savez(out, **{name: array for name, array in content.items() if array is not None})
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04 no archive",
        pickle.dumps([1, 2]),
        {"points": None},
        {"points": np.zeros((3, 99), np.float32)},
        {"weight": np.array([np.nan, 1.0, 1.0])},
        {"facts": np.frombuffer(b"{}", np.uint8)},
        {"facts": np.frombuffer(b"no json", np.uint8)},
        {"points": np.array([{"a": object()}], dtype=object)},
    ],
    ids=["empty", "cut", "pickle", "no points", "other columns", "nan", "no facts", "no json", "objects"],
)
def test_T8_what_is_no_area_is_refused_and_runs_nothing(content):
    content = content if isinstance(content, bytes) else changed(**content)
    with pytest.raises(CheckFailed) as refused:
        area.unpacked(content, "here")
    assert refused.value.kind == "model_damaged"


def test_an_area_larger_than_any_is_not_unpacked(monkeypatch):
    monkeypatch.setattr(area, "_MOST", 10)
    with pytest.raises(CheckFailed):
        area.unpacked(area.packed(model(30).known), "here")
