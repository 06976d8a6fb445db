"""The model as a STAC item, so that catalogs find it beside the imagery it learned from.

Fields are those of the Machine Learning Model extension 1.5.2 (https://github.com/stac-extensions/mlm), with features
as data variables of the datacube extension 2.3.0, hashes by the file extension 2.1.0 and libraries by the processing
extension 1.2.0.

Where plots are is not for everybody, and an item is made to be shared. Its outline is therefore the box around all
samples, background included, widened to whole tenths of a degree (11 km); it holds neither a sample's place nor a count
per place.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any

import pystac

from eradication.domain import TIMEZONE, Season
from eradication.domain.event import SIMULATED, Json
from eradication.domain.model import TrainedModel
from eradication.domain.schooling import Box
from eradication.registry.meta import libraries, sha256

EXTENSIONS = tuple(
    f"https://stac-extensions.github.io/{name}/schema.json"
    for name in ("mlm/v1.5.2", "datacube/v2.3.0", "file/v2.1.0", "processing/v1.2.0")
)
TASKS = ["classification"]
_SHA2_256 = "1220"
"""What stands before a SHA-256 in a multihash: its code and its length in bytes."""


def item(model: TrainedModel, files: Mapping[str, bytes], when: datetime) -> bytes:
    """Return ``model`` as a STAC item, JSON.

    Args:
        model: what was trained.
        files: the model file first, then those for readers, by name; their sizes and hashes stand in the item.
        when: time of saving, aware.
    """
    begins, ends = _interval(model, when)
    box = model.schooling.box
    made = pystac.Item(
        id=f"{model.name}-{model.version}",
        geometry=None if box is None else _outline(box),
        bbox=None if box is None else list(box),
        datetime=None,
        start_datetime=begins,
        end_datetime=ends,
        properties=_properties(model, when),
        stac_extensions=list(EXTENSIONS),
    )
    for number, (name, content) in enumerate(files.items()):
        made.add_asset("model" if number == 0 else name.partition(".")[0], _asset(name, content, is_model=number == 0))
    told = made.to_dict(include_self_link=False, transform_hrefs=False)
    return json.dumps(told, ensure_ascii=False, allow_nan=False, indent=1, sort_keys=True).encode()


def _interval(model: TrainedModel, when: datetime) -> tuple[datetime, datetime]:
    """Return begin and end of the seasons it learned from; the time of saving for one that learned from none."""
    seasons = [Season.parse(label) for label in model.seasons]
    if not seasons:
        return when.astimezone(UTC), when.astimezone(UTC)
    first = datetime.combine(min(seasons).first_day, time(), TIMEZONE)
    return first.astimezone(UTC), max(seasons).ends


def _outline(box: Box) -> dict[str, Any]:
    west, south, east, north = box
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def _properties(model: TrainedModel, when: datetime) -> dict[str, Any]:
    told = "A priority score for opium poppy of each 10 m pixel: it says where to look first. It is no probability."
    if model.schooling.simulated:
        told = f"{SIMULATED}. {told}"
    return {
        "title": model.label,
        "description": told,
        "created": when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "simulated": model.schooling.simulated,
        "processing:software": libraries(),
        # The extension wants at least three letters, the first no digit.
        "mlm:name": f"eradication {model.name} {model.version}",
        "mlm:architecture": " + ".join(dict.fromkeys(type(e).__name__ for e in model.estimators)) or "rule score",
        "mlm:tasks": TASKS,
        "mlm:framework": "scikit-learn",
        "mlm:framework_version": libraries()["scikit-learn"],
        "mlm:pretrained": False,
        "mlm:pretrained_source": None,
        "mlm:accelerator": None,
        "mlm:input": [_input(model)],
        "mlm:output": [_output()],
        "mlm:hyperparameters": _hyperparameters(model),
        "cube:dimensions": {
            "batch": {"type": "pixel", "description": "pixels of a 10 m grid, in any order", "extent": [0, None]}
        },
        "cube:variables": {name: _variable(model, name) for name in model.features},
    }


def _input(model: TrainedModel) -> dict[str, Any]:
    count = len(model.features)
    told: dict[str, Any] = {
        "name": "features of one season",
        "description": "NaN where a feature was not observed.",
        "variables": list(model.features),
        "input": {"shape": [-1, count], "dim_order": ["batch", "variables"], "data_type": "float32"},
    }
    if not count:
        told["input"] = {"shape": [-1], "dim_order": ["batch"], "data_type": "float32"}
    if model.learner == "logistic":  # beside trees, which take values as they are, networks scale for themselves
        told["value_scaling"] = [{"type": "z-score", "mean": c, "stddev": s} for c, s in model.scaling]
    return told


def _output() -> dict[str, Any]:
    return {
        "name": "priority",
        "description": "0 to 1, higher first; NaN where nothing could be scored.",
        "tasks": TASKS,
        "result": {"shape": [-1], "dim_order": ["batch"], "data_type": "float32"},
    }


def _hyperparameters(model: TrainedModel) -> dict[str, Json]:
    """Return the settings of each estimator under its number and name."""
    found: dict[str, Json] = {
        "seed": model.seed,
        "calibration.slope": model.calibration.slope,
        "calibration.offset": model.calibration.offset,
    }
    for number, estimator in enumerate(model.estimators):
        for name, value in estimator.get_params(deep=False).items():
            if value is None or isinstance(value, bool | int | float | str):
                found[f"{number}.{type(estimator).__name__}.{name}"] = value
    return found


def _variable(model: TrainedModel, name: str) -> dict[str, Any]:
    said = model.schooling.definitions.get(name, "")
    return {"dimensions": ["batch"], "data_type": "float32"} | ({"description": said} if said else {})


def _asset(name: str, content: bytes, *, is_model: bool) -> pystac.Asset:
    facts: dict[str, Any] = {"file:size": len(content), "file:checksum": _SHA2_256 + sha256(content)}
    if is_model:
        facts["mlm:artifact_type"] = "skops.io.dump"
    return pystac.Asset(
        href=f"./{name}",
        title="estimators, in the skops format" if is_model else "model card",
        media_type="application/zip" if is_model else "text/markdown",
        roles=["mlm:model", "model", "data"] if is_model else ["metadata"],
        extra_fields=facts,
    )
