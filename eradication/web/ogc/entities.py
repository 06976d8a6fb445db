"""pygeoapi writes ``<`` and ``>`` as entities wherever they stand; whoever asks is to get what was written.

So an ampersand is written as an entity before the library sees it, and all three are turned back afterwards: a text
that was ``&lt;`` from the beginning stays that.
"""

from collections.abc import Mapping
from typing import Any

_BACK = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
"""In this order."""


def guarded(feature: Mapping[str, Any]) -> dict[str, Any]:
    """Return a feature whose texts survive the library."""
    properties = {name: _guarded(value) for name, value in feature["properties"].items()}
    return {**feature, "properties": properties}


def _guarded(value: Any) -> Any:
    return value.replace("&", "&amp;") if isinstance(value, str) else value


def restore(told: Any) -> None:
    """Turn the texts of the features in an answer back."""
    if not isinstance(told, dict):
        return
    for feature in told["features"] if told.get("type") == "FeatureCollection" else [told]:
        if feature.get("type") == "Feature":
            feature["properties"] = {name: _restored(value) for name, value in feature["properties"].items()}


def _restored(value: Any) -> Any:
    if isinstance(value, str):
        for entity, letter in _BACK:
            value = value.replace(entity, letter)
    return value
