"""The commands of docs/archives.md and docs/imagery.md that need an archive work as they stand there, on our own."""

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

DOCS = Path(__file__).resolve().parents[2] / "docs"


def blocks(page: str, kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL)


def commands(page: str) -> list[list[str]]:
    lines = [shlex.split(line, comments=True) for block in blocks(page, "sh") for line in block.splitlines() if line]
    assert all(program == "eradication" for program, *_ in lines)
    return [arguments for _, *arguments in lines]


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


def run(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    code = main(arguments)
    said = capsys.readouterr()
    assert code == 0, f"{arguments}\n{said.out}\n{said.err}"
    assert said.out.strip(), arguments


@pytest.mark.slow
def test_the_pages_commands_work_in_their_order(here, capsys):
    lines = commands("archives.md")
    assert len(lines) >= 7
    for arguments in lines:
        run(arguments, capsys)


def test_the_short_pages_commands_work_on_the_same_archive(here, capsys):
    lines = commands("imagery.md")
    assert len(lines) == 4
    for arguments in lines:
        where = "far" if arguments[:3] == ["imagery", "bundle", "in"] else "work"
        # The archive of the tests holds another season; and no commune's outline is known here.
        words = [{"2026-2027": "2025-2026", "04048": "area.geojson"}.get(word, word) for word in arguments]
        if "fetch" in words and "--area" not in words:
            words += ["--area", "area.geojson"]
        run(["--workspace", where, *words], capsys)


def test_the_pages_profile_is_one(here):
    [text] = blocks("archives.md", "toml")
    profile = sources.parse(text, "page")
    assert profile.name == "our-archive"
    assert set(profile.bands) == {"red", "nir", "scl"}
