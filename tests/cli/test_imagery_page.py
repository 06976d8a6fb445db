"""The commands of docs/imagery.md that need an archive work as they stand there, on an archive of the tests' own."""

import dataclasses
import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from archive.files import WEST, Product, one_pass
from archive.fixtures import LiveArchive
from shapely.geometry import box, mapping

from eradication import sources
from eradication.cli import main
from eradication.pipeline import workspace as workspaces

PAGE = Path(__file__).resolve().parents[2] / "docs" / "imagery.md"


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, publish: Callable[..., LiveArchive]) -> Path:
    """What the page takes for granted: two workspaces, an area, an aircraft's mosaic, and the archive it names."""
    monkeypatch.chdir(tmp_path)
    for name in ("work", "far"):
        with workspaces.created(tmp_path / name, workspaces.settings_for("Sơn La")):
            pass
    outline = {"type": "Feature", "properties": {}, "geometry": mapping(box(103.8, 21.2, 104, 21.4))}
    (tmp_path / "area.geojson").write_text(json.dumps(outline))
    like = dataclasses.replace(Product(""), bands=("blue", "red", "nir", "scl"))
    days = ("2025-11-05", "2025-11-15", "2026-01-14")
    live = publish([p for day in days for p in one_pass(f"{day}T03:40:11Z", (WEST,), like)])
    text = sources.shipped()["earth-search"].text.replace("https://earth-search.aws.element84.com/v1", live.api)
    (tmp_path / "work" / "sources").mkdir()
    (tmp_path / "work" / "sources" / "earth-search.toml").write_text(text)
    profile = {"driver": "GTiff", "height": 40, "width": 40, "count": 3, "dtype": "uint8", "crs": "EPSG:32648"}
    transform = Affine(0.05, 0, 386_400, 0, -0.05, 2_358_800)
    with rasterio.open(tmp_path / "2026-02-14_uav.tif", "w", transform=transform, **profile) as file:
        file.write(np.full((3, 40, 40), 90, np.uint8))
    return tmp_path


def test_the_pages_commands_work_in_their_order(here, capsys):
    commands = [line for block in blocks("sh") for line in block.splitlines() if line]
    assert len(commands) >= 7
    for command in commands:
        program, *arguments = shlex.split(command)
        assert program == "eradication"
        code = main(arguments)
        said = capsys.readouterr()
        assert code == 0, f"{command}\n{said.out}\n{said.err}"
        assert said.out.strip(), command


def test_the_pages_profile_is_one(here):
    [text] = blocks("toml")
    profile = sources.parse(text, "page")
    assert profile.name == "our-archive"
    assert set(profile.bands) == {"red", "nir", "scl"}
