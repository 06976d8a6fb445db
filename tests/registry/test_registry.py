import io
import json
import os
import pickle
import shutil
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import sklearn
import skops.io
from registry_models import model, samples, told
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from eradication import classify, registry
from eradication.classify.network import fit_networks
from eradication.errors import CheckFailed, StorageFailed, UnusableInput
from eradication.registry.archive import pack, unpack
from eradication.registry.meta import TESTED
from eradication.store import keys

EARLIER = Path(__file__).parent / "earlier"
X = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)
Y = (X[:, 0] > 0).astype(float)


def content(folder, plots=30):
    registry.save(model(plots), folder)
    return folder / "demo" / model(plots).version


@pytest.mark.parametrize("plots", [3, 12, 30])
def test_what_was_saved_is_loaded_and_scores_alike(tmp_path, plots):
    saved = registry.save(model(plots), tmp_path)
    back = registry.load(tmp_path, "demo")
    assert saved["learner"] == back.learner == model(plots).learner
    assert saved["samples"] == back.counts
    for part in ("features", "calibration", "scaling", "warnings", "figures", "model_hash", "label"):
        assert getattr(back, part) == getattr(model(plots), part)
    names = ("rise", "bare", "fall")
    scored = [classify.score_pixels(X, names, one) for one in (model(plots), back)]
    assert np.array_equal(*scored, equal_nan=True)


@pytest.mark.parametrize(
    ("name", "learner", "expected"),
    [
        ("old-30", "trees", [0.0052301843320043985, 0.26802478653796535, 0.1624162357322467, 0.008937202616125498]),
        ("old-12", "logistic", [0.0020650965292461987, 0.7991847952970036, 0.6398679177416914, 0.00035423201280574264]),
    ],
)
def test_a_model_saved_when_boosted_trees_were_averaged_in_still_scores_as_it_did(name, learner, expected):
    old = registry.load(EARLIER, name)
    assert old.learner == learner
    pixels = np.array([[0, 0, 0], [3, 0, 0], [3, np.nan, -1], [-1, 1, 1]], np.float32)
    assert classify.score_pixels(pixels, ("rise", "bare", "fall"), old) == pytest.approx(expected, rel=1e-5)


def test_saving_the_same_model_twice_leaves_one_version_untouched(tmp_path):
    path = content(tmp_path, 12)
    before = (path / "meta.json").read_bytes()
    assert registry.save(model(12), tmp_path)["version"] == path.name
    assert (path / "meta.json").read_bytes() == before
    assert len(registry.list_models(tmp_path)) == 1
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_the_newest_version_is_loaded_unless_one_is_named(tmp_path):
    registry.save(model(12), tmp_path, when=datetime(2026, 1, 2, tzinfo=UTC))
    registry.save(model(3), tmp_path, when=datetime(2026, 1, 1, tzinfo=UTC))
    assert registry.load(tmp_path, "demo").learner == "logistic"
    assert registry.load(tmp_path, "demo", model(3).version).learner == "rules"
    assert registry.load(tmp_path, f"demo/{model(3).version}").learner == "rules"


def test_an_unknown_name_is_answered_with_the_models_there_are(tmp_path):
    content(tmp_path, 12)
    with pytest.raises(UnusableInput) as refused:
        registry.load(tmp_path, "other")
    assert refused.value.kind == "no_such_model"
    assert refused.value.values["known"] == f"demo/{model(12).version}"
    with pytest.raises(UnusableInput):
        registry.load(tmp_path / "nothing here", "demo")


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "tên"])
def test_a_name_that_is_no_folder_name_is_refused(tmp_path, name):
    with pytest.raises(UnusableInput, match="cannot name a model"):
        registry.save(classify.train(samples(3), name=name), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_card_says_what_it_learned_from_and_that_it_is_no_probability(tmp_path):
    card = (content(tmp_path, 12) / "card.md").read_text("utf-8")
    assert "positive plots: 12" in card
    assert "not a probability" in card
    assert model(12).model_hash in card


def test_a_disk_that_refuses_leaves_nothing_half_written(tmp_path, monkeypatch):
    def full(fd):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFailed, match="No space left"):
        registry.save(model(12), tmp_path)
    assert list((tmp_path / "demo").iterdir()) == []


@pytest.mark.parametrize("place", [0, 40, 0.5, -1])
def test_T8_a_flipped_byte_in_the_model_is_found_before_it_is_opened(tmp_path, monkeypatch, place):
    file = content(tmp_path, 12) / "model.skops"
    data = bytearray(file.read_bytes())
    data[int(place * len(data)) if isinstance(place, float) else place] ^= 1
    file.write_bytes(bytes(data))
    monkeypatch.setattr(skops.io, "loads", lambda *a, **k: pytest.fail("opened"))
    with pytest.raises(CheckFailed) as refused:
        registry.load(tmp_path, "demo")
    assert refused.value.kind == "model_damaged"


def test_T8_a_signed_model_is_checked_and_a_changed_description_is_found(tmp_path):
    signer = keys.generate()
    registry.save(model(12), tmp_path, signer)
    path = tmp_path / "demo" / model(12).version
    assert registry.load(tmp_path, "demo", trusted_keys=[signer.public_key.upper()]).learner == "logistic"
    assert registry.signer_of(path) == signer.public_key
    meta = json.loads((path / "meta.json").read_text())
    (path / "meta.json").write_text(json.dumps(meta | {"seed": 99}))
    with pytest.raises(CheckFailed, match="differs from what was saved"):
        registry.load(tmp_path, "demo")


def test_T8_an_unsigned_model_is_refused_where_signatures_are_asked_for(tmp_path):
    content(tmp_path, 12)
    with pytest.raises(CheckFailed, match="not signed"):
        registry.load(tmp_path, "demo", trusted_keys=[keys.generate().public_key])


def test_T8_the_refusal_of_a_foreign_key_names_it_and_what_to_do(tmp_path):
    signer = keys.generate()
    registry.save(model(12), tmp_path, signer)
    with pytest.raises(CheckFailed, match="does not trust") as refused:
        registry.load(tmp_path, "demo", trusted_keys=[keys.generate().public_key])
    assert refused.value.kind == "model_not_trusted"
    assert refused.value.values == {"fingerprint": signer.origin, "key": signer.public_key}
    assert "trusted_keys" in refused.value.hint


def test_a_folder_that_would_not_be_opened_is_replaced_when_the_same_model_is_trained_again(tmp_path):
    path, signer = content(tmp_path, 12), keys.generate()
    registry.save(model(12), tmp_path, signer)
    assert registry.load(tmp_path, "demo", trusted_keys=[signer.public_key]).label == model(12).label
    for name in ("model.skops", "meta.json", "card.md", "item.json", "signature"):
        (path / name).write_bytes(b"?")
        registry.save(model(12), tmp_path, signer)
        assert registry.load(tmp_path, "demo", trusted_keys=[signer.public_key]).learner == "logistic"
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_disk_that_refuses_to_replace_leaves_what_was_there(tmp_path, monkeypatch):
    path = content(tmp_path, 12)
    rename = Path.rename

    def refuse(self, target):
        if self.name.startswith(".saving-"):
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(StorageFailed, match="No space left"):
        registry.save(model(12), tmp_path, keys.generate())
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    assert registry.load(tmp_path, "demo").learner == "logistic"


def test_where_a_model_comes_from_is_saved_loaded_and_stands_on_the_card(tmp_path):
    registry.save(told(), tmp_path)
    assert registry.load(tmp_path, "demo").schooling == told().schooling
    card = (tmp_path / "demo" / told().version / "card.md").read_text("utf-8")
    for said in (
        "simulated",
        "S2B_TWO",
        "05.11 (1), not stated (1)",
        "for permanence only",
        "`rise`: highest minus bare",
    ):
        assert said in card
    for library in ("python", "scikit-learn", "numpy", "skops"):
        assert f"{library} " in card.split("## Software")[1]


def test_another_origin_of_the_same_content_replaces_what_was_said(tmp_path):
    registry.save(model(12), tmp_path)
    registry.save(told(), tmp_path)
    assert registry.load(tmp_path, "demo").schooling.simulated
    assert len(registry.list_models(tmp_path)) == 1


@pytest.mark.parametrize("saved", ["1.8.2", "1.10.0", "2.9.1", "0.24.0", "", "new", "1.9"])
def test_a_model_of_a_library_that_was_not_tested_is_refused(tmp_path, monkeypatch, saved):
    monkeypatch.setattr("eradication.registry.meta.SCIKIT_LEARN", saved)
    path = content(tmp_path, 12)
    monkeypatch.undo()
    monkeypatch.setattr("eradication.registry.meta.TESTED", ("1.9",))
    monkeypatch.setattr(skops.io, "loads", lambda *a, **k: pytest.fail("opened"))
    with pytest.raises(CheckFailed) as refused:
        registry.load(tmp_path, "demo")
    assert (refused.value.kind, refused.value.where) == ("model_other_version", str(path))


def test_models_of_two_libraries_are_read_where_both_were_tested_or_they_are_one(tmp_path, monkeypatch):
    content(tmp_path, 12)
    here = ".".join(sklearn.__version__.split(".")[:2])
    for tested, library, opened in ((("1.9", "7.3"), "7.3.1", True), ((here,), "7.3.1", False), ((), "", True)):
        monkeypatch.setattr("eradication.registry.meta.TESTED", tested)
        if library:
            monkeypatch.setattr("eradication.registry.meta.SCIKIT_LEARN", library)
        if opened:
            assert registry.load(tmp_path, "demo").learner == "logistic"
        else:
            with pytest.raises(CheckFailed, match="not tested together"):
                registry.load(tmp_path, "demo")
        monkeypatch.undo()


def test_the_versions_that_are_said_to_be_tested_are_those_of_the_models_kept_here():
    kept = {json.loads(path.read_text())["scikit_learn"] for path in EARLIER.glob("*/*/meta.json")}
    assert {version.rpartition(".")[0] for version in kept} == set(TESTED)


@pytest.mark.parametrize("text", ["", "[]", "{}", "[" * 100_000, '{"name": 1}', "\x00"])
def test_T8_a_description_that_is_none_is_refused(tmp_path, text):
    (content(tmp_path, 12) / "meta.json").write_text(text)
    with pytest.raises(CheckFailed, match="differs from what was saved"):
        registry.load(tmp_path, "demo")


def test_a_damaged_version_is_listed_blocks_its_name_and_nothing_else(tmp_path):
    registry.save(model(12), tmp_path)
    registry.save(model(3), tmp_path)
    registry.save(model(3, "sound"), tmp_path)
    (tmp_path / "demo" / model(3).version / "meta.json").write_text("{")
    listed = {(m["name"], m["version"]): m["warnings"] for m in registry.list_models(tmp_path)}
    assert listed[("demo", model(3).version)] == ["model_damaged"]
    assert len(listed) == 3
    assert registry.load(tmp_path, "sound").learner == "rules"
    assert registry.load(tmp_path, "demo", model(12).version).learner == "logistic"
    with pytest.raises(CheckFailed):
        registry.load(tmp_path, "demo")


class Opener:
    def __reduce__(self):
        return os.system, ("touch /tmp/eradication-canary",)


def archive(schema, **entries):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("schema.json", schema if isinstance(schema, str) else json.dumps(schema))
        for name, data in entries.items():
            file.writestr(name, data)
    return out.getvalue()


def node(module, name, loader="ObjectNode", **more):
    return {"__module__": module, "__class__": name, "__loader__": loader, "__id__": 1, "protocol": 2, **more}


ZOO = {
    "a pickle in disguise": pickle.dumps(Opener()),
    "a pickle inside the archive": archive("{}", **{"1.npy": pickle.dumps(Opener())}),
    "a function": archive(node("os", "system", "FunctionNode", content="system")),
    "a type": archive(node("builtins", "type", "TypeNode", content={"__module__": "os", "__class__": "system"})),
    "an operator": archive(node("operator", "attrgetter", "OperatorFuncNode", attrs={})),
    "a method": archive(node("builtins", "function", "MethodNode", content={"func": "x", "obj": {}})),
    "a class by a dotted path": archive(node("sklearn.tree._tree.Tree", "__init__.__globals__")),
    "another estimator": skops.io.dumps([SGDClassifier().fit(X, Y)]),
    "a pipeline": skops.io.dumps([make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y)]),
    "a transformer that calls": skops.io.dumps([FunctionTransformer(np.abs)]),
    "a column transformer": skops.io.dumps([ColumnTransformer([("a", "drop", [0])])]),
    "no list": skops.io.dumps(LogisticRegression().fit(X, Y)),
    "another number of columns": skops.io.dumps([LogisticRegression().fit(X[:, :2], Y)]),
    "not fitted": skops.io.dumps([LogisticRegression()]),
    "a deep schema": archive("[" * 50_000 + "]" * 50_000),
    "no schema": archive("null"),
    "nothing": b"",
    "half an archive": archive("{}")[:40],
}


@pytest.mark.parametrize("kind", ZOO)
def test_T8_what_is_not_a_trained_model_is_refused(kind):
    with pytest.raises(CheckFailed) as refused:
        unpack(ZOO[kind], 3, "somewhere")
    assert refused.value.kind == "model_not_trusted"
    assert not os.path.exists("/tmp/eradication-canary")


def test_T8_a_bomb_is_refused_by_its_stated_size(monkeypatch):
    monkeypatch.setattr("eradication.registry.archive.MOST_BYTES", 10_000)
    with pytest.raises(CheckFailed, match="too large"):
        unpack(archive("{}", big=bytes(20_000)), 3, "")


def test_T8_a_file_exchanged_together_with_its_hash_is_still_refused(tmp_path):
    import hashlib

    path = content(tmp_path, 12)
    evil = ZOO["a function"]
    (path / "model.skops").write_bytes(evil)
    meta = json.loads((path / "meta.json").read_text())
    (path / "meta.json").write_text(json.dumps(meta | {"sha256": hashlib.sha256(evil).hexdigest()}))
    with pytest.raises(CheckFailed, match="does not have"):
        registry.load(tmp_path, "demo")


def forest():
    return ExtraTreesClassifier(2, max_depth=3, random_state=0).fit(X, Y)


def boosted():
    model = HistGradientBoostingClassifier(max_iter=2, max_leaf_nodes=4, min_samples_leaf=5, random_state=0).fit(X, Y)
    model._feature_subsample_rng = None
    return model


@pytest.mark.parametrize(
    ("field", "value"),
    [("left_child", 10_000), ("right_child", -7), ("left_child", 0), ("feature", 400), ("threshold", np.nan)],
)
def test_T8_a_tree_whose_nodes_point_elsewhere_is_refused(field, value):
    bad = forest()
    state = bad.estimators_[1].tree_.__getstate__()
    nodes = state["nodes"].copy()
    nodes[field][0] = value
    bad.estimators_[1].tree_.__setstate__(state | {"nodes": nodes})
    with pytest.raises(CheckFailed, match=r"points outside|asks for a column|no number"):
        unpack(pack((bad,)), 3, "")


def test_T8_a_node_with_two_parents_is_refused_for_its_leaves_would_be_without_number():
    bad = forest()
    tree = bad.estimators_[1].tree_
    state = tree.__getstate__()
    nodes = state["nodes"].copy()
    nodes["left_child"][0] = nodes["right_child"][0]
    tree.__setstate__(state | {"nodes": nodes})
    with pytest.raises(CheckFailed, match="one parent"):
        unpack(pack((bad,)), 3, "")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("left", 10_000),
        ("right", 0),
        ("feature_idx", 400),
        ("feature_idx", -1),
        ("is_categorical", 1),
        ("num_threshold", np.nan),
    ],
)
def test_T8_a_boosted_tree_whose_nodes_point_elsewhere_is_refused(field, value):
    bad = boosted()
    nodes = bad._predictors[0][0].nodes
    assert not nodes["is_leaf"][0]
    nodes[field][0] = value
    with pytest.raises(CheckFailed, match=r"points outside|asks for a column|shape of|no number"):
        unpack(pack((bad,)), 3, "")


def test_T8_a_regression_whose_weights_are_not_as_many_as_its_columns_is_refused():
    bad = LogisticRegression().fit(X, Y)
    bad.coef_ = bad.coef_[:, :2].copy()
    with pytest.raises(CheckFailed, match="number of weights"):
        unpack(pack((bad,)), 3, "")


def test_T8_a_scaling_that_is_not_as_long_as_the_columns_is_refused(tmp_path):
    path = content(tmp_path, 12)
    meta = json.loads((path / "meta.json").read_text())
    (path / "meta.json").write_text(json.dumps(meta | {"scaling": meta["scaling"][:1]}))
    with pytest.raises(CheckFailed, match="differs from what was saved"):
        registry.load(tmp_path, "demo")


def test_sound_trees_pass(tmp_path):
    assert len(unpack(pack((boosted(), forest())), 3, "")) == 2
    shutil.rmtree(tmp_path)


def network():
    return fit_networks(X, Y.astype(float), np.ones(len(Y)), np.zeros(len(Y), bool), 0)[0]


def test_a_sound_network_passes_and_is_what_was_saved():
    (again,) = unpack(pack((network(),)), 3, "")
    assert np.array_equal(again.predict_proba(X), network().predict_proba(X))


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda n: n.coefs_.append(np.ones((1, 1), np.float32)),
        lambda n: n.coefs_.__setitem__(0, n.coefs_[0][:2]),
        lambda n: n.coefs_.__setitem__(1, np.full_like(n.coefs_[1], np.nan)),
        lambda n: n.intercepts_.__setitem__(0, n.intercepts_[0].astype(np.int64)),
        lambda n: setattr(n, "activation", "tanh"),
    ],
)
def test_T8_a_network_of_another_shape_or_kind_is_refused(spoilt):
    bad = network()
    spoilt(bad)
    with pytest.raises(CheckFailed, match=r"shape of a network|network of another kind"):
        unpack(pack((bad,)), 3, "")
