"""The STAC item: what the Machine Learning Model extension 1.5.2 asks for, and no place of a plot.

Its JSON schema is not here (it is fetched from the network by validators); what it demands of an item is written out
below, from its text.
"""

import hashlib
import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import pystac
import pystac.validation
import pytest
from registry_models import model, told

from eradication import registry

MLM = "https://stac-extensions.github.io/mlm/v1.5.2/schema.json"
FIELDS = {
    "name", "architecture", "tasks", "framework", "framework_version", "memory_size", "total_parameters", "pretrained",
    "pretrained_source", "batch_size_suggestion", "accelerator", "accelerator_constrained", "accelerator_summary",
    "accelerator_count", "input", "output", "hyperparameters",
}  # fmt: skip
"""Every field the extension knows under an item's properties; it forbids others that begin with ``mlm:``."""
TASKS = {
    "regression", "classification", "scene-classification", "detection", "object-detection", "segmentation",
    "semantic-segmentation", "instance-segmentation", "panoptic-segmentation", "similarity-search", "generative",
    "image-captioning", "super-resolution", "downscaling",
}  # fmt: skip


def saved(folder, what):
    registry.save(what, folder, when=datetime(2026, 6, 1, tzinfo=UTC))
    path = folder / what.name / what.version
    return path, json.loads((path / "item.json").read_text("utf-8"))


@pytest.mark.parametrize("plots", [3, 12, 30])
def test_an_item_has_what_the_extension_requires(tmp_path, plots):
    _, item = saved(tmp_path, told(plots))
    said = item["properties"]
    assert MLM in item["stac_extensions"]
    assert {"mlm:name", "mlm:architecture", "mlm:tasks", "mlm:input", "mlm:output"} <= said.keys()
    assert {key.removeprefix("mlm:") for key in said if key.startswith("mlm:")} <= FIELDS
    assert re.fullmatch(r"[a-zA-Z][a-zA-Z0-9_.\-\s]+[a-zA-Z0-9]", said["mlm:name"])
    assert re.match(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", said["mlm:framework_version"])
    assert set(said["mlm:tasks"]) <= TASKS
    assert said["mlm:pretrained"] is False
    assert said["mlm:pretrained_source"] is None
    assert all(re.fullmatch(r"[0-9a-zA-Z_.-]+", key) for key in said["mlm:hyperparameters"])
    [given], [out] = said["mlm:input"], said["mlm:output"]
    assert out["tasks"] == said["mlm:tasks"]
    for part in (given["input"], out["result"]):
        assert len(part["shape"]) == len(part["dim_order"])
        assert all(re.fullmatch("[a-z-_]+", name) for name in part["dim_order"])
        assert part["data_type"] == "float32"
    # Variables are named if and only if they are a dimension, and each is described as the datacube extension wants.
    assert bool(given["variables"]) == ("variables" in given["input"]["dim_order"])
    assert given["variables"] == list(told(plots).features) or plots == 3
    assert set(given["variables"]) == said["cube:variables"].keys()
    assert all(set(v["dimensions"]) <= said["cube:dimensions"].keys() for v in said["cube:variables"].values())


@pytest.mark.parametrize("plots", [3, 12, 30])
def test_only_the_model_bears_its_role_and_says_what_it_is(tmp_path, plots):
    path, item = saved(tmp_path, told(plots))
    bearing = [asset for asset in item["assets"].values() if "mlm:model" in asset["roles"]]
    assert [asset["href"] for asset in bearing] == ["./model.skops"]
    assert [asset for asset in item["assets"].values() if "mlm:artifact_type" in asset] == bearing
    for asset in item["assets"].values():
        content = (path / asset["href"]).read_bytes()
        assert asset["file:size"] == len(content)
        assert asset["file:checksum"] == "1220" + hashlib.sha256(content).hexdigest()


def test_an_item_is_valid_stac_and_spans_the_seasons_learned(tmp_path):
    path, item = saved(tmp_path, told(12))
    assert pystac.validation.validate_dict(item, extensions=[])
    read = pystac.Item.from_file(str(path / "item.json"))
    assert read.datetime is None
    assert item["properties"]["start_datetime"] == "2024-08-31T17:00:00Z"
    assert item["properties"]["end_datetime"] == "2025-05-31T17:00:00Z"
    assert read.bbox == [103.8, 21.3, 104.0, 21.5]
    assert item["properties"]["simulated"] is True


def test_a_model_that_says_nothing_of_its_origin_has_an_item_without_a_place(tmp_path):
    _, item = saved(tmp_path, model(3))
    assert pystac.validation.validate_dict(item, extensions=[])
    assert item["geometry"] is None
    assert "bbox" not in item
    assert item["properties"]["start_datetime"] == item["properties"]["created"]


def test_an_item_holds_no_coordinate_finer_than_a_tenth_of_a_degree(tmp_path):
    _, item = saved(tmp_path, replace(told(30)))
    numbers = [n for pair in item["geometry"]["coordinates"][0] for n in pair] + item["bbox"]
    assert all(round(n, 1) == n for n in numbers)
    assert "lon" not in json.dumps(item["properties"]).lower().replace("long", "").replace("epsilon", "")
