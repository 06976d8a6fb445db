"""Layers that settings name lead from the folder of the workspace; what is wrong with them is said where it is set."""

import json
from dataclasses import replace

import pytest
from shapely.geometry import LineString, mapping

from eradication.config import Settings
from eradication.errors import UnusableInput
from eradication.pipeline import set_layers

LINE = LineString([(104.0, 21.0), (104.5, 21.2)])


def set_to(file: str) -> Settings:
    plain = Settings()
    return replace(plain, distances=replace(plain.distances, border=file))


@pytest.mark.slow
def test_a_relative_path_leads_from_the_folder_of_the_workspace(tmp_path, monkeypatch):
    document = {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": mapping(LINE)}]}
    (tmp_path / "line.geojson").write_text(json.dumps(document))
    monkeypatch.chdir("/")
    for file in ("line.geojson", str(tmp_path / "line.geojson")):
        assert set_layers.shapes(set_to(file), tmp_path, "distances", "border") == [LINE]
    assert set_layers.shapes(set_to(""), tmp_path, "distances", "border") is None


@pytest.mark.parametrize("content", [None, b"no layer", b"{}"])
def test_what_cannot_be_read_is_told_with_its_place_in_the_settings(tmp_path, content):
    if content is not None:
        (tmp_path / "line.geojson").write_bytes(content)
    with pytest.raises(UnusableInput) as told:
        set_layers.shapes(set_to("line.geojson"), tmp_path, "distances", "border")
    assert told.value.where == f"[distances] border: {tmp_path / 'line.geojson'}"
    assert told.value.hint.format(**told.value.values).startswith("Correct border under [distances]")
