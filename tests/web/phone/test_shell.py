"""What the phone keeps for times without a network: complete, in words of the catalogs, without code from data."""

import json
import re
import subprocess
from string import Formatter

import pytest

from eradication.domain import SelectionMode, State
from eradication.web import phone_shell
from eradication.web.frontend.install import SHELF
from eradication.web.phone_words import FORMS, SCREENS, SENDING, phone_words

SCRIPTS = {path.name: path.read_text("utf-8") for path in phone_shell.FOLDER.glob("*.js")}
PAGES = {name: text for name, text in SCRIPTS.items() if name != "sw.js"}


def test_the_service_worker_keeps_every_file_and_no_other():
    kept = set(re.findall(r'"([\w.-]+\.(?:js|mjs|css|json|svg|png))"', SCRIPTS["sw.js"]))
    own = {path.name for path in phone_shell.FOLDER.iterdir() if path.is_file() and path.name != "sw.js"}
    others = {*SHELF.copied, *SHELF.bundled}
    assert kept == own | others


def test_the_service_worker_bears_the_version_of_all_files(monkeypatch, tmp_path):
    before = phone_shell.version()
    assert f'const VERSION = "{before}";'.encode() in phone_shell.service_worker()
    for path in phone_shell.FOLDER.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "form.js").write_text("changed")
    monkeypatch.setattr(phone_shell, "FOLDER", tmp_path)
    phone_shell.version.cache_clear()
    try:
        assert phone_shell.version() != before
    finally:
        phone_shell.version.cache_clear()


def test_every_import_names_a_file_that_is_there():
    for name, text in PAGES.items():
        for path in re.findall(r'(?:from|import\()\s*"([^"]+)"', text):
            folder = SHELF.vendor if path.startswith("/vendor/") else phone_shell.FOLDER
            assert (folder / path.rsplit("/", 1)[1]).is_file(), (name, path)


def test_T7_no_script_makes_markup_or_code_from_data():
    forbidden = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|srcdoc|\.style\b"
    )
    assert [(name, found.group()) for name, text in SCRIPTS.items() for found in forbidden.finditer(text)] == []
    page = phone_shell.PAGE.read_text("utf-8")
    assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\son\w+=|style=|https?://", page)


def test_scripts_ask_nobody_but_the_own_server():
    foreign = [(name, url) for name, text in SCRIPTS.items() for url in re.findall(r"https?://[^\s\"']+", text)]
    assert [one for one in foreign if one[1] != "http://www.w3.org/2000/svg"] == []
    assert not re.search(r"https?://", (phone_shell.FOLDER / "style.json").read_text("utf-8"))


def test_every_word_that_scripts_say_is_in_the_tables_and_every_word_is_said():
    text = "\n".join(PAGES.values())
    literal = set(re.findall(r'"([a-z_]+\.[a-z_]+)"', text)) - {"wakeLock.request"}
    families = set(re.findall(r"say(?:Code)?\(`([a-z_]+)\.\$", text)) | {
        "today",
        "reason",
        "kind",
        "track",
    }
    keys = {*SCREENS, *FORMS, *SENDING}
    said = {key for key in literal if not key.endswith((".js", ".json", ".css"))} | ({"simulated"} & keys)
    assert said - keys == set()
    assert [key for key in keys if key not in said and key.split(".")[0] not in families] == []


def test_codes_that_come_as_data_have_words_in_both_languages():
    for language in ("vi", "en"):
        words = phone_words(language)
        for group, codes in (("state", State), ("selection_mode", SelectionMode)):
            assert all(words[f"{group}.{code.value}"] for code in codes)
    assert phone_words("vi")["state.detected"] == "phát hiện"


def test_words_are_filled_by_name_only():
    for message in (*SCREENS.values(), *FORMS.values(), *SENDING.values()):
        for _, name, form, conversion in Formatter().parse(message):
            assert name is None or (name.isidentifier() and not form and not conversion), message


def test_the_manifest_is_installable():
    manifest = json.loads(phone_shell.manifest("vi"))
    assert {"name", "short_name", "start_url", "display", "icons"} <= manifest.keys()
    for icon in manifest["icons"]:
        assert (phone_shell.FOLDER / icon["src"].rsplit("/", 1)[1]).is_file()


def test_T25_the_lock_pins_every_package_by_hash():
    lock = json.loads((SHELF.folder / "package-lock.json").read_text("utf-8"))
    packages = {path: facts for path, facts in lock["packages"].items() if path}
    assert all(facts["integrity"].startswith("sha512-") and "resolved" not in facts for facts in packages.values())
    asked = json.loads((SHELF.folder / "package.json").read_text("utf-8"))
    for name, version in (asked["dependencies"] | asked["devDependencies"]).items():
        assert packages[f"node_modules/{name}"]["version"] == version


def test_what_is_bundled_comes_with_its_licences():
    assert SHELF.installed() == SHELF.wanted(), "run `make setup`"
    kept = {path.name for path in (SHELF.vendor / "licences").iterdir()}
    for package in ("age-encryption", "@noble/ciphers", "maplibre-gl", "client-zip", "fflate"):
        assert any(name.startswith(package.replace("/", "+") + ".") for name in kept), package
    assert not (SHELF.vendor / "axe.min.js").exists(), "wheels do not carry what only tests use"


def test_nothing_of_other_people_is_committed():
    listed = subprocess.run(
        ["git", "ls-files", "--", SHELF.folder], capture_output=True, text=True, cwd=SHELF.folder, check=False
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    assert "package-lock.json" in listed.stdout
    assert not [name for name in listed.stdout.split() if "vendor/" in name or "testing/" in name]
