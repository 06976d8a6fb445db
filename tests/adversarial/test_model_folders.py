"""Folders of models made to harm, copied, or damaged: refused before skops sees a byte of them, and nothing is run."""

import hashlib
import io
import json
import os
import pickle
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
import skops.io
from registry_models import model, told
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from eradication import registry
from eradication.domain.event import canonical
from eradication.errors import CheckFailed
from eradication.registry import signing
from eradication.registry.archive import pack
from eradication.store import keys

OURS, THEIRS = keys.generate(), keys.generate()
TRUSTED = [OURS.public_key]
FILES = ("model.skops", "area.npz", "meta.json", "card.md", "item.json", "signature")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model that is whole and signed by us."""
    registry.save(told(12), tmp_path, OURS)
    return tmp_path / "demo" / told(12).version


@pytest.fixture
def sealed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing may be handed to skops."""
    monkeypatch.setattr(skops.io, "loads", lambda *a, **k: pytest.fail("skops was asked to open it"))


def refusal(path: Path) -> str:
    with pytest.raises(CheckFailed) as refused:
        registry.load(path.parent.parent, path.parent.name, path.name, trusted_keys=TRUSTED)
    return refused.value.kind


def rewrite(path: Path, signer: keys.Signer, content: bytes | None = None, **changes: object) -> None:
    """Do what somebody who holds a key can do: change files and description so that every hash is right again."""
    meta = json.loads((path / "meta.json").read_text())
    if content is not None:
        (path / "model.skops").write_bytes(content)
        meta["sha256"] = hashlib.sha256(content).hexdigest()
    raw = canonical(meta | changes)
    (path / "meta.json").write_bytes(raw)
    (path / "signature").write_bytes(signing.signature(signer, raw))


def test_the_whole_folder_is_opened_and_holds_these_files_and_no_others(folder):
    assert registry.load(folder.parent.parent, "demo", trusted_keys=TRUSTED).learner == "logistic"
    assert {file.name for file in folder.iterdir()} == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_T8_a_flipped_bit_anywhere_in_any_file_is_found(folder, sealed, name):
    whole = (folder / name).read_bytes()
    for place in sorted({0, 1, len(whole) // 3, len(whole) // 2, len(whole) - 2}):
        for bit in (0, 5):
            changed = bytearray(whole)
            changed[place] ^= 1 << bit
            (folder / name).write_bytes(bytes(changed))
            assert refusal(folder) in ("model_damaged", "model_not_trusted"), (place, bit)


@pytest.mark.parametrize("name", FILES)
def test_T8_a_file_that_is_missing_empty_longer_or_no_file_is_found(folder, sealed, name):
    whole = (folder / name).read_bytes()
    for content in (b"", whole[:-1], whole + b" ?", whole * 2):
        (folder / name).write_bytes(content)
        assert refusal(folder) in ("model_damaged", "model_not_trusted")
    (folder / name).unlink()
    assert refusal(folder) in ("model_damaged", "model_not_trusted")
    os.mkfifo(folder / name)
    assert refusal(folder) in ("model_damaged", "model_not_trusted")


def test_T8_a_card_that_was_made_to_say_more_is_found(folder, sealed):
    card = folder / "card.md"
    card.write_text(card.read_text("utf-8").replace("not a probability", "a probability"), "utf-8")
    assert refusal(folder) == "model_damaged"


@pytest.mark.parametrize("name", ["model.skops", "meta.json"])
def test_T8_a_file_too_large_to_be_one_is_not_read(folder, sealed, monkeypatch, name):
    with (folder / name).open("r+b") as file:
        file.truncate(10**10)  # a hole: it takes no room on the disk
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda self: pytest.fail("read") if self.name == name else read(self))
    assert refusal(folder) == "model_damaged"


def test_T8_a_folder_of_another_workspace_is_refused_until_its_key_is_trusted(folder, sealed):
    shutil.rmtree(folder)
    registry.save(told(12), folder.parent.parent, THEIRS)
    assert refusal(folder) == "model_not_trusted"
    both = [*TRUSTED, THEIRS.public_key]
    assert registry.checked(folder, both).meta["learner"] == "logistic"


def test_T8_our_name_on_their_signature_is_found(folder, sealed):
    raw = (folder / "meta.json").read_bytes()
    forged = signing.signature(THEIRS, raw).split()[1]
    (folder / "signature").write_bytes(OURS.public_key.encode() + b" " + forged + b"\n")
    assert refusal(folder) == "model_damaged"


def test_T8_a_signature_of_something_else_by_our_key_is_not_one_of_a_model(folder, sealed):
    raw = (folder / "meta.json").read_bytes()
    (folder / "signature").write_text(f"{OURS.public_key} {OURS.sign(raw)}\n")
    assert refusal(folder) == "model_damaged"


def test_T8_a_signed_folder_does_not_pass_for_another_name_or_version(folder, sealed):
    other = folder.parent / "0123456789ab"
    folder.rename(other)
    assert refusal(other) == "model_damaged"
    better = other.parent.parent / "better"
    other.parent.rename(better)
    (better / other.name).rename(better / folder.name)
    assert refusal(better / folder.name) == "model_damaged"


def test_T8_a_description_that_names_files_elsewhere_is_refused(folder, sealed, tmp_path):
    outside = tmp_path / "outside.txt"
    outside.write_bytes(b"x")
    rewrite(folder, OURS, beside={"../../outside.txt": hashlib.sha256(b"x").hexdigest()})
    assert refusal(folder) == "model_damaged"


@pytest.mark.parametrize(
    "changes",
    [
        {"features": "rise"},
        {"features": [1, 2, 3]},
        {"features": ["rise"]},
        {"calibration": [float("inf"), 0.0]},
        {"calibration": [10**400, 0.0]},
        {"calibration": [1.0]},
        {"scenes": {"2024-2025": ["S2A"]}},
        {"scenes": {"2024-2025": {"S2A": 5}}},
        {"definitions": {"rise": None}},
        {"box": [1, 2]},
        {"box": "everywhere"},
        {"libraries": ["numpy"]},
        {"simulated": "no"},
        {"beside": []},
        {"scikit_learn": None},
        {"seasons": [2024]},
    ],
    ids=repr,
)
def test_T8_a_description_of_wrong_types_is_refused_even_if_it_is_signed(folder, sealed, changes):
    meta = json.loads((folder / "meta.json").read_text()) | changes
    raw = json.dumps(meta).encode()  # writes Infinity too, unlike the canonical form
    (folder / "meta.json").write_bytes(raw)
    (folder / "signature").write_bytes(signing.signature(OURS, raw))
    assert refusal(folder) == "model_damaged"


class Opener:
    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[object, ...]:
        return os.system, (f"touch {self.canary}",)


def archived(schema: dict[str, object], **entries: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("schema.json", json.dumps(schema))
        for name, content in entries.items():
            file.writestr(name, content)
    return out.getvalue()


def test_T8_a_pickle_renamed_to_a_model_is_not_run_whoever_signed_it(folder, tmp_path):
    canary = tmp_path / "canary"
    for evil in (pickle.dumps(Opener(canary)), archived({}, **{"1.npy": pickle.dumps(Opener(canary))})):
        (folder / "model.skops").write_bytes(evil)
        assert refusal(folder) == "model_damaged"
        rewrite(folder, OURS, evil)
        assert refusal(folder) == "model_not_trusted"
        assert not canary.exists()


@pytest.mark.parametrize(
    "steps",
    [(FunctionTransformer(np.exp), LogisticRegression()), (StandardScaler(), LogisticRegression())],
    ids=["an operator", "a pipeline"],
)
def test_T8_a_skops_file_with_what_no_trained_model_has_is_refused_whoever_signed_it(folder, sealed, steps):
    x = np.random.default_rng(0).normal(size=(20, 3))
    evil = skops.io.dumps([make_pipeline(*steps).fit(x, x[:, 0] > 0)])
    rewrite(folder, OURS, evil)
    assert refusal(folder) == "model_not_trusted"


@pytest.mark.slow
@pytest.mark.parametrize(("field", "value"), [("left_child", 2**62), ("right_child", -(2**31)), ("feature", 2**40)])
def test_T8_a_huge_index_of_a_node_is_refused_whoever_signed_it(tmp_path, field, value):
    registry.save(model(30), tmp_path, OURS)
    path = tmp_path / "demo" / model(30).version
    trained = registry.load(tmp_path, "demo", trusted_keys=TRUSTED)
    (forest,) = (e for e in trained.estimators if hasattr(e, "estimators_"))
    tree = forest.estimators_[0].tree_
    state = tree.__getstate__()
    nodes = state["nodes"].copy()
    nodes[field][0] = value
    tree.__setstate__(state | {"nodes": nodes})
    rewrite(path, OURS, pack(trained.estimators))
    assert refusal(path) == "model_not_trusted"


@pytest.mark.parametrize("place", ["../../../etc/passwd", "/etc/passwd"])
def test_T8_a_file_outside_of_the_archive_is_not_read(folder, place):
    node = {"__module__": "numpy", "__class__": "ndarray", "__loader__": "NdArrayNode", "type": "numpy"}
    rewrite(folder, OURS, archived({**node, "file": place, "content": [], "__id__": 1, "protocol": 2}))
    assert refusal(folder) == "model_not_trusted"
