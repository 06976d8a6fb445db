"""What README and guides tell people to type works, in the order in which it stands there."""

import glob
import json
import re
import shlex
import shutil
from datetime import date
from pathlib import Path

import filled_forms
import handset
import numpy as np
import pytest
import rasterio
import served
import shapely
from affine import Affine
from PIL import Image

from eradication import geo
from eradication.cli import main
from eradication.ingest import communes
from eradication.pipeline.reception.place import opened_place

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
CONTRACT = {
    "demo", "init", "boundaries import", "patrols import", "patrols list", "patrols show", "inbox", "monitor",
    "plots list",
    "plots show", "plots export", "visits import", "ledger", "effort", "coverage",
    "map", "train", "evaluate", "models list", "patrols export", "field-package", "sheets", "dossier",
    "models show", "models verify", "samples check", "visits choose",
    "photos import", "photos list", "photos export",
    "plan", "plans list", "rechecks show", "risk map",
    "store copy", "audit verify", "audit checkpoint", "keys list", "keys make", "keys rotate", "retention",
    "backup", "restore", "backup-key new",
    "bundle export", "bundle import", "doctor", "convert", "report", "visits correct",
    "forms write", "forms import", "tips import", "tips list", "tips answer",
    "hand-ins list", "hand-ins import", "hand-ins enter",
    "boundaries list", "boundaries shares", "units import", "units list", "facts import", "facts list",
    "period show", "period close", "period file", "period list", "criterion",
    "checks", "imagery review", "readings propose", "readings list",
    "risk evaluate", "risk visits",
    "imagery sources", "imagery search", "imagery status", "imagery list", "imagery fetch", "worker", "jobs list",
    "serve", "users add", "users list", "users change", "users invite", "users disable",
    "users link", "devices add", "devices list",
}  # fmt: skip
SEASON_IN_TEXT, YEAR_IN_TEXT = "2025-2026", "2025-"
DEAR = {"README.md", "accuracy.md", "administrator.md", "analyst.md", "patrol.md", "planning.md", "reviewer.md"}
"""Pages whose commands are many, or score imagery, train models, map risk: they come with the slow tests."""
FACTS = {
    "baseline": "commune,year,area_m2,source,vintage\n,2022,15000,mô phỏng / simulated,\n",
    "villages": "commune,village,village_kind\n04048,Hua Tát,bản\n",
    "commitments": "commune,village,date,households,signed,source\n04048,Hua Tát,2026-02-10,90,88,BC\n",
}
DONE = (0, 3)
"""Exit codes of a command that did its work: all of it, or all but inputs it lists as refused."""


def console(page: Path) -> list[str]:
    """The commands of a page's console blocks, in order."""
    blocks = re.findall(r"```console\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    return [line.removeprefix("$ ") for block in blocks for line in block.splitlines() if line.startswith("$ ")]


def words(command: str) -> list[str]:
    """Split as a shell does, with patterns expanded."""
    found: list[str] = []
    for word in shlex.split(command):
        found += sorted(glob.glob(word)) if glob.has_magic(word) else [word]
    return found


def name_of(command: str) -> str:
    """``plots list`` of ``eradication --workspace demo plots list --season …``."""
    plain = re.sub(r"--(workspace|lang) \S+|--json|-v\b", "", command).split()[1:3]
    return " ".join(plain) if " ".join(plain) in CONTRACT else plain[0]


def mosaic(here: Path) -> None:
    """A mosaic of an unmanned aircraft over the demo's commune, and what somebody drew on it."""
    east, north, size = 484_800.0, 2_299_300.0, 800
    place = {"crs": "EPSG:32648", "transform": Affine(0.1, 0, east, 0, -0.1, north)}
    with rasterio.open(here / "uav.tif", "w", width=size, height=size, count=1, dtype="uint8", **place) as file:
        file.write(np.full((1, size, size), 90, np.uint8))
    drawn = geo.project(shapely.box(east + 10, north - 30, east + 30, north - 15), geo.UTM48, geo.WGS84)
    feature = {"type": "Feature", "properties": {}, "geometry": json.loads(shapely.to_geojson(drawn))}
    (here / "uav.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))


@pytest.fixture(scope="module")
def folder(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the pages take for granted: a small demo, boundaries, a filled-in form, a table of tips."""
    here = tmp_path_factory.mktemp("reader")
    shutil.copytree(demo_folder, here / "demo")
    now = [u for u in communes.of_province("Sơn La")[0] if u.valid_on(date(2025, 7, 1))]
    features = [
        {"type": "Feature", "properties": {"code": u.code}, "geometry": json.loads(shapely.to_geojson(u.geometry))}
        for u in now
    ]
    instance = here / "phone" / "instances" / "visit_1" / "visit_1.xml"
    instance.parent.mkdir(parents=True)
    instance.write_text(filled_forms.instance("visit", filled_forms.FOUND), encoding="utf-8")
    (here / "tips.csv").write_text(
        "tip_id,received_at,commune,note\n1,2026-02-10T08:00+07:00,04048,mô phỏng / simulated\n"
    )
    (here / "units.csv").write_text(
        "code,name,kind,valid_from\nBP01,Đồn Một,border_post,2000-01-01\n", encoding="utf-8"
    )
    for name, rows in FACTS.items():
        (here / f"{name}.csv").write_text(rows, encoding="utf-8")
    mosaic(here)
    with opened_place(here / "demo") as place:
        fix = b"2026-02-10T01:00:00Z,104.85,20.79,5,900,1\n"
        handset.bundle([handset.record(place, "track", {}, {"track-0001.csv": fix})], here / "bundle.zip")
    (here / "communes.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return here


@pytest.fixture(scope="module")
def season(folder: Path) -> str:
    """The season of the demo: the latest closed one, which changes every year."""
    catalog = folder / "demo" / "eradication.toml"
    [label] = re.findall(r'season = "(\d{4}-\d{4})"', catalog.read_text(encoding="utf-8"))
    return label


def serve(arguments: list[str]) -> None:
    """Start what does not end by itself as a program of its own, ask whether it is well, and end it."""
    at = arguments.index("serve")
    folder = Path(arguments[arguments.index("--workspace", 0, at) + 1])
    with served.running(folder, arguments[at + 1 :]) as server:
        assert server.healthy()
        assert server.told["workspace"] == str(folder)
        assert server.told["administrator_link"].startswith(f"{server.address}/signin?invite=")
    assert server.process.poll() is not None
    assert not server.healthy()


def agree(arguments: list[str], page: Path) -> None:
    """Put what a page says of another identity provider into the settings, as whoever reads it does."""
    [block] = re.findall(r"```toml\n(\[web\]\noidc_.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    settings = Path(arguments[arguments.index("--workspace") + 1]) / "eradication.toml"
    text = settings.read_text(encoding="utf-8")
    for name, value in re.findall(r"^(oidc_\w+) = (\S+)", block, re.MULTILINE):
        text, changed = re.subn(rf"^{name} = .*$", f"{name} = {value}", text, flags=re.MULTILINE)
        assert changed == 1, name
    settings.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    "page",
    [pytest.param(page, marks=[pytest.mark.slow] if page.name in DEAR else []) for page in PAGES],
    ids=lambda p: p.name,
)
def test_the_commands_of_a_page_work_in_their_order(page, folder, season, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    for command in console(page):
        program, *arguments = words(command.replace(SEASON_IN_TEXT, season).replace(YEAR_IN_TEXT, season[:5]))
        assert program == "eradication"
        if name_of(command) == "serve":
            serve(arguments)
            continue
        if name_of(command) == "users link":
            agree(arguments, page)
        code = main(arguments)
        said = capsys.readouterr()
        assert code in DONE, f"{command}\n{said.out}\n{said.err}"
        assert said.out.strip(), command


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_a_page_names_only_commands_that_are_promised(page):
    named = {name_of(command) for command in console(page)}
    assert named
    assert named <= CONTRACT


def test_together_the_pages_show_every_step_of_the_path():
    shown = {name_of(command) for page in PAGES for command in console(page)}
    assert CONTRACT - shown <= {"demo", "patrols show", "plots show", "visits correct"}


def test_no_page_holds_the_marks_of_an_unfinished_merge():
    marks = re.compile(r"^(<{7}|={7}|>{7})( |$)", re.MULTILINE)
    assert [page.name for page in PAGES if marks.search(page.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("page", [*PAGES, ROOT / "data" / "README.md"], ids=lambda p: str(p.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page):
    links = re.findall(r"(?<!!)\[[^]]*\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
    broken = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_picture_of_a_page_is_there_and_says_what_it_shows(page):
    pictures = re.findall(r"!\[([^]]*)\]\(([^)]+)\)", page.read_text(encoding="utf-8"))
    assert [file for told, file in pictures if not told.strip() or not (page.parent / file).is_file()] == []


def test_pictures_of_the_telephone_are_all_shown_as_wide_as_its_page_and_small():
    shown = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    for picture in sorted((ROOT / "docs").glob("phone-*.png")):
        assert picture.name in shown
        assert picture.stat().st_size <= 120_000
        with Image.open(picture) as image:
            assert image.width == 360


def test_the_readme_names_the_two_commands_and_the_limits_of_the_thing():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for said in ("make demo", "make test", "**not** a satellite poppy detector", "simulated", "mô phỏng", "Apache-2.0"):
        assert said in text


@pytest.mark.parametrize(
    "word", ["Candidate", "Plot", "Episode", "Visit", "Detected", "Eradicated", "Verified", "Season"]
)
def test_the_glossary_explains_a_word_in_both_languages(word):
    rows = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    [row] = [r for r in rows if r.startswith(f"| {word} |")]
    assert all(len(cell.strip()) > 3 for cell in row.strip("|").split("|"))
