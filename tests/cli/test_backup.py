"""T28, T31: the drill. What was backed up is wiped, restored, and is what it was; what cannot be restored says why."""

import contextlib
import json
import shutil
import sqlite3
import stat
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

import pyrage
import pytest
from postgres import Cluster

from eradication import store as stores
from eradication.domain import EventKind
from eradication.domain.event import origin_of
from eradication.pipeline import backed_up, backing_up, backups, mounts, opened
from eradication.pipeline.workspace import created, settings_for
from eradication.store import escrow, rotation, standing

TIPS = """tip_id,received_at,commune,note,source
1,2026-02-10T08:00+07:00,04048,mô phỏng / simulated,Người dân A
"""
WORDS = "núi cao sông dài đường xa"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Stretch passphrases of escrows at the least cost; keep what is tried on this test's own disk."""
    monkeypatch.setattr(escrow, "COST", escrow._COSTS[0])
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A workspace with two events, an original, a source of a tip, and a key that it is backed up to."""
    folder = tmp_path / "small"
    with created(folder, settings_for("Sơn La", language="en")) as workspace:
        (folder / "walk.gpx").write_text("<gpx/>")
        with workspace.store.transaction() as transaction:
            kept = transaction.put_original(folder / "walk.gpx")
            transaction.append(EventKind.RUN_FINISHED, datetime.now(UTC), {"run": "r1", "sha256": kept})
            transaction.append(EventKind.RUN_FINISHED, datetime.now(UTC), {"run": "r2"})
        (folder / "walk.gpx").unlink()
    return folder


@pytest.fixture
def key(cli: Callable, tmp_path: Path) -> Path:
    """A secret key on a stick."""
    file = tmp_path / "stick" / "backup.key"
    assert cli("backup-key", "new", file).code == 0
    return file


def recipient(key: Path) -> str:
    return str(pyrage.x25519.Identity.from_str(key.read_text().splitlines()[-1]).to_public())


def name_recipient(folder: Path, *keys: Path) -> None:
    file = folder / "eradication.toml"
    named = json.dumps([recipient(key) for key in keys])
    file.write_text(file.read_text("utf-8").replace("recipients = []", f"recipients = {named}"), "utf-8")


def backed(cli: Callable, folder: Path, out: Path, *words: object) -> Path:
    ended = cli("--workspace", folder, "--json", "backup", out, *words)
    assert ended.code == 0, ended.out
    return Path(ended.json["written"])


def tree(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file of a folder: its mode and its bytes."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(p.relative_to(folder)): (stat.S_IMODE(p.stat().st_mode), p.read_bytes()) for p in files}


def told(cli: Callable, folder: Path, *words: str) -> dict[str, Any]:
    """An answer without the moment it was given at."""
    answer = cli("--workspace", folder, "--json", *words).json
    return {name: value for name, value in answer.items() if name != "as_of"}


QUESTIONS = (("ledger",), ("plots", "list"), ("photos", "list"), ("patrols", "list"), ("tips", "list"))


def test_T28_a_wiped_workspace_is_restored_and_is_what_it_was(cli, demo_copy, key, tmp_path):
    name_recipient(demo_copy, key)
    (tmp_path / "tips.csv").write_text(TIPS, "utf-8")
    assert cli("--workspace", demo_copy, "tips", "import", tmp_path / "tips.csv").code == 0
    before = [told(cli, demo_copy, *words) for words in QUESTIONS]
    files = {name: tree(demo_copy / name) for name in ("originals", "tip_sources", "models", "inbox")}
    assert all(files[name] for name in ("originals", "tip_sources"))
    head = cli("--workspace", demo_copy, "--json", "audit", "verify").json["origins"][0]
    out = backed(cli, demo_copy, tmp_path / "stick")
    assert out.name.startswith("eradication-sonla-")
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    bundle_later = tmp_path / "later.zip"
    _record(demo_copy, "after the backup")
    assert cli("--workspace", demo_copy, "--json", "bundle", "export", bundle_later).code == 0
    # Files that the settings name are the office's own, and in no backup: heights are laid where they were.
    heights = shutil.copytree(demo_copy / "simulated" / "dem", tmp_path / "dem")
    shutil.rmtree(demo_copy)

    restored = tmp_path / "again"
    ended = cli("--json", "restore", out, "--to", restored, "--identity", key)
    assert ended.code == 0, ended.out
    assert ended.json["ok"]
    laid = {("terrain", "dem"): "dem/dem.json", ("plan", "posts"): "posts.csv"}
    missing = {(one["section"], one["setting"]): one["file"] for one in ended.json["missing_files"]}
    assert missing == {named: str(restored / "simulated" / file) for named, file in laid.items()}
    assert ended.json["warnings"] == ["files_missing"]
    refused = cli("--workspace", restored, "--json", "ledger")
    assert (refused.code, refused.json["error"]["kind"]) == (2, "no_such_file")
    assert refused.json["error"]["where"] == f"[terrain] dem: {missing['terrain', 'dem']}"
    assert "[terrain]" in refused.json["error"]["hint"]
    shutil.copytree(heights, restored / "simulated" / "dem")
    assert [told(cli, restored, *words) for words in QUESTIONS] == before
    assert {name: tree(restored / name) for name in files} == files
    assert stat.S_IMODE((restored / "tip_sources").stat().st_mode) == 0o700
    checks = {row["origin"]: row for row in cli("--workspace", restored, "--json", "audit", "verify").json["origins"]}
    assert checks[head["origin"]] == head
    assert checks[ended.json["origin"]]["events"] == 1

    # What was signed after the backup comes back from whoever has it, and another laptop takes the new origin in.
    merged = cli("--workspace", restored, "--json", "bundle", "import", bundle_later).json["bundles"][0]
    assert (merged["status"], merged["added"]) == ("accepted", 1)
    out_again, laptop = tmp_path / "again.zip", tmp_path / "laptop"
    assert cli("--workspace", restored, "--json", "bundle", "export", out_again).code == 0
    assert cli("init", laptop).code == 0
    for file in (bundle_later, out_again, bundle_later):
        assert cli("--workspace", laptop, "--json", "bundle", "import", file).code == 0
    for folder in (restored, laptop):
        assert cli("--workspace", folder, "--json", "audit", "verify").code == 0
    assert cli("--workspace", restored, "--json", "doctor").code == 0


def _record(folder: Path, run: str) -> None:
    with opened(folder) as workspace, workspace.store.transaction() as transaction:
        transaction.append(EventKind.RUN_FINISHED, datetime.now(UTC), {"run": run, "season": "", "model": ""})


def test_T28_a_backup_is_tried_without_a_trace(cli, small, key, tmp_path):
    name_recipient(small, key)
    out = backed(cli, small, tmp_path / "b.age")
    before = tree(tmp_path)
    ended = cli("--json", "restore", out, "--verify", "--identity", key)
    assert ended.code == 0, ended.out
    assert (ended.json["ok"], ended.json["restored"], ended.json["backup"]["events"]) == (True, "", 2)
    assert ended.json["ledger"] == {"compared": True, "seasons": 0, "differing": []}
    assert set(ended.json["seconds"]) == {"unpack", "audit", "ledger", "store"}
    assert tree(tmp_path) == before


def test_T28_files_that_the_settings_name_and_that_are_not_there_are_told(cli, small, key, tmp_path):
    """Each with its setting and its place seen from the new workspace; what is there, or not named, is not told."""
    name_recipient(small, key)
    file, beside = small / "eradication.toml", tmp_path / "forest.geojson"
    beside.write_text("{}")
    text = file.read_text("utf-8")
    named = {"forest": "../forest.geojson", "road": "lines/roads.geojson", "posts": "/nowhere.csv"}
    for setting, place in named.items():
        assert text.count(f'\n{setting} = ""') == 1
        text = text.replace(f'\n{setting} = ""', f'\n{setting} = "{place}"')
    file.write_text(text, "utf-8")
    out, again = backed(cli, small, tmp_path / "b.age"), tmp_path / "again"
    ended = cli("--json", "restore", out, "--to", again, "--identity", key)
    assert ended.code == 0, ended.out
    assert [(one["section"], one["setting"], one["file"]) for one in ended.json["missing_files"]] == [
        ("distances", "road", str(again / "lines" / "roads.geojson")), ("plan", "posts", "/nowhere.csv"),
    ]  # fmt: skip
    assert ended.json["warnings"][-1] == "files_missing"
    said = cli("--lang", "en", "restore", out, "--to", tmp_path / "third", "--identity", key).out
    assert "take its name out of eradication.toml" in said
    assert f"[distances] road: {tmp_path / 'third' / 'lines' / 'roads.geojson'}" in said


def test_T28_the_file_opens_without_this_program(cli, small, key, tmp_path):
    name_recipient(small, key)
    out = backed(cli, small, tmp_path / "b.age")
    plain, here = tmp_path / "b.tar", tmp_path / "plain"
    identity = pyrage.x25519.Identity.from_str(key.read_text().splitlines()[-1])
    pyrage.decrypt_file(str(out), str(plain), [identity])
    here.mkdir()
    subprocess.run(["tar", "xf", plain], cwd=here, check=True)
    subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=here, check=True)
    subprocess.run(["gunzip", "store.gpkg.gz"], cwd=here, check=True)
    with contextlib.closing(sqlite3.connect(here / "store.gpkg")) as store:
        assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert store.execute("SELECT count(*) FROM events").fetchone() == (2,)
        assert store.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert not (here / "keys").exists()


def test_T31_no_private_key_and_no_password_is_in_a_backup(cli, small, key, tmp_path):
    name_recipient(small, key)
    for name in ("queue", "backup"):
        assert cli("--workspace", small, "keys", "make", name).code == 0
    plain = tmp_path / "b.tar"
    identity = pyrage.x25519.Identity.from_str(key.read_text().splitlines()[-1])
    pyrage.decrypt_file(str(backed(cli, small, tmp_path / "b.age")), str(plain), [identity])
    content = plain.read_bytes()
    for pem in (small / "keys").glob("*.pem"):
        assert pem.read_bytes().splitlines()[1] not in content
    said = 'url = "postgresql://ann:secret@db/x?password=other&sslmode=require"'
    assert backed_up.without_password(said) == 'url = "postgresql://ann@db/x?password=&sslmode=require"'
    assert (
        backed_up.without_password('url = "postgresql://ann@db/x" # a:b@c') == 'url = "postgresql://ann@db/x" # a:b@c'
    )


def test_nobody_named_means_no_backup(cli, small, tmp_path):
    ended = cli("--workspace", small, "--json", "backup", tmp_path / "b.age")
    assert (ended.code, ended.json["error"]["kind"]) == (2, "no_recipients")
    assert ended.json["error"]["hint"]
    assert not (tmp_path / "b.age").exists()


def test_a_secret_key_among_the_recipients_is_refused_and_not_repeated(cli, small, key, tmp_path):
    secret = key.read_text().splitlines()[-1]
    file = small / "eradication.toml"
    file.write_text(file.read_text("utf-8").replace("recipients = []", f'recipients = ["{secret}"]'), "utf-8")
    ended = cli("--workspace", small, "--json", "backup", tmp_path / "b.age")
    assert (ended.code, ended.json["error"]["kind"]) == (2, "bad_recipient")
    assert secret[10:] not in ended.out + ended.err


def test_each_of_two_keys_opens_it_and_no_other(cli, small, key, tmp_path):
    other, stranger = tmp_path / "other.key", tmp_path / "stranger.key"
    for file in (other, stranger):
        assert cli("backup-key", "new", file).code == 0
    assert cli("--json", "backup-key", "new", other).json["error"]["kind"] == "key_exists"
    name_recipient(small, key, other)
    out = backed(cli, small, tmp_path / "b.age")
    for file in (key, other):
        assert cli("restore", out, "--verify", "--identity", file).code == 0
    ended = cli("--json", "restore", out, "--verify", "--identity", stranger)
    assert (ended.code, ended.json["error"]["kind"]) == (5, "wrong_key")
    assert cli("--json", "restore", out, "--verify").json["error"]["kind"] == "key_needed"


def test_T28_every_way_in_which_a_backup_is_damaged_fails_the_check(cli, small, key, tmp_path):
    """Code 5 and what to do, whether it is tried or restored; nothing stays behind."""
    name_recipient(small, key)
    out = backed(cli, small, tmp_path / "b.age")
    whole, bad = out.read_bytes(), tmp_path / "bad.age"
    size, header = len(whole), len("age-encryption.org/v1\n")
    cut = {f"cut at {at}": whole[:at] for at in (0, 5, header, header + 40, 300, size // 2, size - 1)}
    flipped = {f"flipped at {at}": _flipped(whole, at) for at in (0, header + 30, 200, size // 2, size - 1)}
    other = {"longer": whole + b"x", "a photo": b"\xff\xd8\xff\xe0" + bytes(500), "text": b"Dear friend\n"}
    for name, content in (cut | flipped | other).items():
        bad.write_bytes(content)
        for how in (["--verify"], ["--to", tmp_path / "again"]):
            ended = cli("--json", "restore", bad, "--identity", key, *how)
            assert (ended.code, ended.json["error"]["kind"] in ("backup_damaged", "wrong_key")) == (5, True), name
            assert ended.json["error"]["hint"]
    assert not (tmp_path / "again").exists()
    assert list((tmp_path / "tmp").iterdir()) == []
    assert cli("restore", out, "--verify", "--identity", key).code == 0


def _flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def test_T28_a_store_that_was_damaged_before_it_was_backed_up_fails_the_check(cli, small, key, tmp_path, monkeypatch):
    name_recipient(small, key)
    true_shrunk = standing.shrunk

    def rotten(copy: Path, packed: Path) -> tuple[str, int]:
        """The page of events is lost on its way into the backup."""
        content = copy.read_bytes()
        page = content.index(b"run_finished") // 4096 * 4096
        copy.write_bytes(content[:page] + bytes(4096) + content[page + 4096 :])
        told = true_shrunk(copy, packed)
        copy.write_bytes(content)
        return told

    monkeypatch.setattr(standing, "shrunk", rotten)
    out = backed(cli, small, tmp_path / "b.age")
    ended = cli("--json", "restore", out, "--verify", "--identity", key)
    assert (ended.code, ended.json["error"]["kind"]) == (5, "backup_damaged")


@pytest.mark.slow
def test_a_passphrase_instead_of_a_key(cli, small, tmp_path):
    words, wrong, short = (tmp_path / f"{name}.txt" for name in ("words", "wrong", "short"))
    words.write_text(WORDS + "\n", "utf-8")
    wrong.write_text(WORDS.upper() + "\n", "utf-8")
    short.write_text("ngắn\n", "utf-8")
    ended = cli("--workspace", small, "--json", "backup", tmp_path / "b.age", "--passphrase-file", short)
    assert (ended.code, ended.json["error"]["kind"]) == (2, "short_passphrase")
    out = backed(cli, small, tmp_path / "b.age", "--passphrase-file", words)
    assert cli("restore", out, "--to", tmp_path / "again", "--passphrase-file", words).code == 0
    ended = cli("--json", "restore", out, "--verify", "--passphrase-file", wrong)
    assert (ended.code, ended.json["error"]["kind"]) == (5, "wrong_passphrase")
    ended = cli("--json", "restore", out, "--verify")
    assert (ended.code, ended.json["error"]["kind"]) == (2, "key_needed")


def test_T31_two_officers_open_a_backup_and_the_old_signing_key_stays_in_escrow(cli, small, tmp_path):
    def ask(*words: str) -> list[str]:
        return [word for text in words for word in ("--passphrase-file", str(_file(tmp_path, text)))]

    for name in ("queue", "backup"):
        assert cli("--workspace", small, "keys", "make", name).code == 0
    ended = cli("--workspace", small, "--json", "backup", tmp_path / "b.age")
    assert ended.json["warnings"] == ["key_only_here", "same_disk"]
    both = ask("sông Đà chảy về xuôi", "bản làng trên núi cao")
    officers = ("--officer", "A", "--officer", "B")
    assert cli("--workspace", small, "keys", "escrow", tmp_path / "usb", *officers, *both).code == 0
    ended = cli("--workspace", small, "--json", "backup", tmp_path / "c.age")
    assert ended.json["warnings"] == ["same_disk"]
    queue, signing = ((small / "keys" / name).read_bytes() for name in ("queue-1.pem", "origin.pem"))
    shutil.rmtree(small)
    again = tmp_path / "again"
    ended = cli("--json", "restore", tmp_path / "c.age", "--to", again, "--escrow", tmp_path / "usb", *both)
    assert (ended.code, ended.json["keys"]) == (0, ["backup-1.pem", "queue-1.pem"])
    assert (again / "keys" / "queue-1.pem").read_bytes() == queue
    ended = cli("--workspace", again, "--json", "keys", "recover", tmp_path / "usb", "--replace", *both)
    assert ended.json["left_in_escrow"] == [ended.json["left_in_escrow"][0]]
    assert (again / "keys" / "origin.pem").read_bytes() != signing
    assert cli("--workspace", again, "--json", "audit", "verify").code == 0


def _file(folder: Path, text: str) -> Path:
    file = folder / f"{abs(hash(text))}.txt"
    file.write_text(text + "\n", "utf-8")
    return file


@pytest.mark.parametrize("stolen", [False, True])
def test_T31_what_the_old_key_signed_is_trusted_unless_it_was_stolen(cli, small, key, tmp_path, stolen):
    name_recipient(small, key)
    with stores.open(small) as store:
        rotation.rotate(small, store)
    out = backed(cli, small, tmp_path / "b.age")
    with opened(small) as workspace:
        before = rotation.own_keys(workspace.store)
        assert len(before) == 2
    again = tmp_path / "again"
    words = ["--stolen"] if stolen else []
    ended = cli("--json", "restore", out, "--to", again, "--identity", key, *words)
    with opened(again) as workspace:
        assert rotation.own_keys(workspace.store) == [workspace.store.public_key, *([] if stolen else before)]
        assert workspace.store.origin == ended.json["origin"] == origin_of(workspace.store.public_key)


def test_a_clock_behind_the_backup_is_put_on_record(cli, small, key, tmp_path, monkeypatch):
    name_recipient(small, key)
    out = backed(cli, small, tmp_path / "b.age")
    monkeypatch.setattr(stores, "_now", lambda: datetime(2026, 1, 1, tzinfo=UTC))
    monkeypatch.setattr(stores.open, "__kwdefaults__", {**stores.open.__kwdefaults__, "clock": stores._now})
    assert cli("restore", out, "--to", tmp_path / "again", "--identity", key).code == 0
    with opened(tmp_path / "again") as workspace:
        kinds = [event.kind for event in workspace.store.events() if event.origin == workspace.store.origin]
    assert sorted(kinds) == [EventKind.CLOCK_STEPPED_BACK, EventKind.WORKSPACE_RESTORED]


def test_nothing_is_restored_over_something_else(cli, small, key, tmp_path):
    name_recipient(small, key)
    out = backed(cli, small, tmp_path / "b.age")
    before = tree(small)
    for words in (["--to", small], []):
        ended = cli("--workspace", small, "--json", "restore", out, "--identity", key, *words)
        assert (ended.code, ended.json["error"]["kind"]) == (2, "folder_not_empty")
    assert tree(small) == before
    (tmp_path / "empty").mkdir()
    assert cli("restore", out, "--to", tmp_path / "empty", "--identity", key).code == 0


def test_where_a_backup_may_be_written(cli, small, key, tmp_path):
    name_recipient(small, key)
    (tmp_path / "report.pdf").write_bytes(b"%PDF")
    older = backed(cli, small, tmp_path / "older.age").read_bytes()
    (tmp_path / "link.age").symlink_to(tmp_path / "not there")
    for out, kind in {
        small / "b.age": "protected_path",
        tmp_path / "not mounted" / "b.age": "no_such_folder",
        tmp_path / "report.pdf": "output_exists",
        tmp_path / "older.age": "output_exists",
        tmp_path / "link.age": "output_exists",
    }.items():
        ended = cli("--workspace", small, "--json", "backup", out)
        assert (ended.code, ended.json["error"]["kind"]) == (2, kind)
        assert "folder" in ended.json["error"]["hint"] or kind == "protected_path"
    assert (tmp_path / "report.pdf").read_bytes() == b"%PDF"
    assert (tmp_path / "older.age").read_bytes() == older


def test_each_backup_into_a_folder_has_a_name_of_its_own(cli, small, key, tmp_path, monkeypatch):
    class Stopped(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime(2026, 11, 27, 3, tzinfo=UTC)

    monkeypatch.setattr(backing_up, "datetime", Stopped)
    name_recipient(small, key)
    stick = tmp_path / "stick"
    first = backed(cli, small, stick)
    before = first.read_bytes()
    second, third = backed(cli, small, stick), backed(cli, small, stick)
    names = [path.name for path in (first, second, third)]
    assert names == [f"eradication-sonla-20261127-100000{more}.age" for more in ("", "-2", "-3")]
    assert first.read_bytes() == before != second.read_bytes()
    for out in (first, third):
        assert cli("restore", out, "--verify", "--identity", key).code == 0


def test_a_backup_on_the_disk_of_the_workspace_is_warned_of(cli, small, key, tmp_path, monkeypatch):
    name_recipient(small, key)
    monkeypatch.chdir(tmp_path)
    ended = cli("--workspace", small, "--json", "backup", "b.age")
    assert ended.json["warnings"] == ["same_disk"]
    assert [one.file for one in backups.noted(small)] == [str(tmp_path / "b.age")]
    assert "copy it" in cli("--workspace", small, "--lang", "en", "backup", "c.age").out
    assert doctor(cli, small)["backup"]["level"] == "warn"
    (tmp_path / "c.age").rename(tmp_path / "carried away.age")
    assert doctor(cli, small)["backup"]["level"] == "ok"
    monkeypatch.setattr(mounts, "is_same_disk", lambda *paths: False)
    assert cli("--workspace", small, "--json", "backup", "d.age").json["warnings"] == []


def doctor(cli: Callable, folder: Path) -> dict[str, dict[str, Any]]:
    """What doctor says, by check."""
    return {c["check"]: c for c in cli("--workspace", folder, "--lang", "en", "--json", "doctor").json["checks"]}


def test_doctor_tells_whether_a_backup_could_be_opened(cli, small, key):
    said = doctor(cli, small)["backup_keys"]
    assert (said["level"], "Nobody is named" in said["found"]) == ("warn", True)
    assert "backup-key new" in said["advice"]
    backups.note(small, backups.Noted(datetime.now(UTC), "/x", "0", 1, is_under_passphrase=True))
    assert doctor(cli, small)["backup_keys"]["level"] == "ok"
    assert cli("--workspace", small, "keys", "make", "backup").code == 0
    said = doctor(cli, small)["backup_keys"]
    assert (said["level"], "escrow" in said["advice"]) == ("warn", True)
    name_recipient(small, key)
    said = doctor(cli, small)["backup_keys"]
    assert (said["level"], said["found"]) == ("ok", "2 keys open backups.")
    file = small / "eradication.toml"
    file.write_text(file.read_text("utf-8").replace(recipient(key), "age1nobody"), "utf-8")
    assert doctor(cli, small)["backup_keys"]["level"] == "fail"
    backups.note(small, backups.Noted(datetime.now(UTC), "/x", "0", 1))
    assert "passphrase" not in (small / backups.BOOK).read_text("utf-8").splitlines()[-1]


def test_what_a_moved_workspace_left_behind_is_not_backed_up(cli, small, key, tmp_path):
    name_recipient(small, key)
    assert cli("store", "copy", small, tmp_path / "moved").code == 0
    ended = cli("--workspace", small, "--json", "backup", tmp_path / "b.age")
    assert (ended.code, ended.json["error"]["kind"]) == (4, "store_moved")
    (small / "inbox" / "BP01").mkdir(parents=True)
    (small / "inbox" / "BP01" / "walk.gpx").write_text("<gpx/>")
    said = doctor(cli, small)["moved"]
    assert (said["level"], str(tmp_path / "moved") in said["found"], "1 files" in said["found"]) == ("fail", True, True)
    assert "--workspace" in said["advice"]
    assert doctor(cli, tmp_path / "moved")["moved"]["level"] == "ok"
    out = backed(cli, tmp_path / "moved", tmp_path / "b.age")
    assert cli("restore", out, "--to", tmp_path / "again", "--identity", key).code == 0


def test_the_book_tells_of_the_last_backup(cli, small, key, tmp_path):
    name_recipient(small, key)
    with opened(small) as workspace:
        assert backups.last_backup(workspace) is None
    began = datetime.now(UTC)
    backed(cli, small, tmp_path / "b.age")
    with (small / backups.BOOK).open("a") as book:
        book.write('{"at": "2099-01-01T00:00')  # a power cut
    with opened(small) as workspace:
        last = backups.last_backup(workspace)
    assert last is not None
    assert began <= last.at <= datetime.now(UTC)
    backed(cli, small, tmp_path / "c.age")
    assert [one.file for one in backups.noted(small)] == [str(tmp_path / name) for name in ("b.age", "c.age")]


def test_links_are_told_and_not_followed_and_what_can_be_made_again_stays_out(cli, small, key, tmp_path):
    name_recipient(small, key)
    (tmp_path / "secret.txt").write_text("elsewhere")
    (small / "models" / "link").symlink_to(tmp_path / "secret.txt")
    for name in ("imagery", "scans", "layers", "outputs"):
        (small / name).mkdir(exist_ok=True)
        (small / name / "big.tif").write_bytes(b"big")
    (small / "outputs" / "runs").mkdir()
    (small / "outputs" / "runs" / "clear.tif").write_bytes(b"seen")
    ended = cli("--workspace", small, "--json", "backup", tmp_path / "b.age")
    assert ended.json["skipped"] == ["models/link"]
    assert cli("restore", tmp_path / "b.age", "--to", tmp_path / "again", "--identity", key).code == 0
    assert {str(p.relative_to(tmp_path / "again")) for p in (tmp_path / "again").rglob("*.tif")} == {
        "outputs/runs/clear.tif"
    }


def test_T28_a_store_that_was_not_whole_is_restored_and_said_to_be_so(cli, small, key, tmp_path):
    name_recipient(small, key)
    (original,) = (path for path in (small / "originals").rglob("*") if path.is_file())
    original.unlink()
    out = backed(cli, small, tmp_path / "b.age")
    ended = cli("--json", "restore", out, "--to", tmp_path / "again", "--identity", key)
    assert (ended.code, ended.json["ok"]) == (5, False)
    assert [row["reason"] for row in ended.json["origins"]] == ["missing_original"]
    assert (tmp_path / "again" / "store.gpkg").is_file()


@pytest.mark.parametrize("language", ["vi", "en"])
def test_answers_as_text(cli, small, key, tmp_path, language):
    name_recipient(small, key)
    said = cli("--lang", language, "--workspace", small, "backup", tmp_path / "b.age").out
    assert recipient(key) in said
    said = cli("--lang", language, "restore", tmp_path / "b.age", "--to", tmp_path / "a", "--identity", key).out
    assert str(tmp_path / "a") in said


@pytest.mark.slow
def test_T28_a_season_from_a_file_to_a_server_and_back(cli, demo_copy, key, tmp_path, server):
    _to_a_server_and_back(cli, demo_copy, key, tmp_path, server)


def test_T28_from_a_file_to_a_server_and_back(cli, small, key, tmp_path, server):
    _to_a_server_and_back(cli, small, key, tmp_path, server)


def _to_a_server_and_back(cli: Callable, folder: Path, key: Path, tmp_path: Path, server: Cluster) -> None:
    name_recipient(folder, key)
    before = [told(cli, folder, *words) for words in QUESTIONS]
    heights = folder / "simulated" / "dem"
    out = backed(cli, folder, tmp_path / "b.age")
    place, served, filed = server.place(), tmp_path / "served", tmp_path / "filed"
    where = ("--store", place.url, "--schema", place.schema)
    assert cli("--json", "restore", out, "--to", served, "--identity", key, *where).code == 0
    assert not list(served.glob("store.gpkg*"))
    if heights.exists():
        shutil.copytree(heights, served / "simulated" / "dem")
    assert [told(cli, served, *words) for words in QUESTIONS] == before
    taken = cli("--json", "restore", out, "--to", tmp_path / "x", "--identity", key, *where)
    assert (taken.code, taken.json["error"]["kind"]) == (2, "store_taken")
    assert not (tmp_path / "x").exists()
    out = backed(cli, served, tmp_path / "c.age")
    ended = cli("--json", "restore", out, "--to", filed, "--identity", key)
    missing = ["files_missing"] if heights.exists() else []
    assert (ended.code, ended.json["warnings"]) == (0, ["store_in_file", *missing])
    if heights.exists():
        shutil.copytree(heights, filed / "simulated" / "dem")
    assert [told(cli, filed, *words) for words in QUESTIONS] == before
    assert server.password not in (filed / "eradication.toml").read_text("utf-8")
    assert len(cli("--workspace", filed, "--json", "audit", "verify").json["origins"]) == 3
