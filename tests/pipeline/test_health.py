"""``doctor``, fault by fault: each is found, as grave as it is, and says in both languages what to do."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from eradication import config
from eradication.config.letters import LegalBasis
from eradication.domain import EventKind
from eradication.i18n import translator
from eradication.pipeline import health, mounts
from eradication.pipeline.health import clocks, coordinates, files, lasting, place
from eradication.pipeline.health.finding import Finding, Level
from eradication.pipeline.workspace import Workspace
from eradication.store.memory import MemoryStore

NOW = datetime(2026, 11, 27, 3, tzinfo=UTC)
TODAY = date(2026, 11, 27)


def told(finding: Finding, level: Level, *words: str) -> None:
    """Assert how grave a finding is, what its sentence and its advice say, and that both can be shown."""
    for language in ("vi", "en"):
        row = finding.told("x", translator(language))
        assert (row["level"], row["ok"]) == (level, level is not Level.FAIL)
        assert "{" not in row["found"] + row["advice"]
        assert bool(row["advice"]) or level is Level.OK
        if language == "en":
            assert all(word in f"{row['found']} {row['advice']}" for word in words), row


# Where it lies


def table(folder: Path, kind: str, source: str = "server:/x", device: str = "0:99") -> Path:
    """A table of mounts on which everything below ``folder`` is of one kind."""
    made = folder / f"mountinfo-{kind}"
    point = str(folder.resolve()).replace(" ", "\\040")
    made.write_text(
        "22 27 0:21 / /proc rw,relatime - proc proc rw\n"
        "27 0 254:0 / / rw,relatime shared:1 - ext4 /dev/root rw\n"
        f"40 27 {device} / {point} rw,relatime - {kind} {source} rw\n"
        "cut short\n"
    )
    return made


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "fuse.rclone", "vboxsf"])
def test_T24_a_store_on_a_share_is_no_good(tmp_path: Path, kind: str):
    home = tmp_path / "văn phòng"
    home.mkdir()
    shared = table(tmp_path, kind)
    told(place.share(home, in_file=True, table=shared), Level.FAIL, kind, "local disk")
    told(place.share(home, in_file=False, table=shared), Level.WARN, kind, "local disk")


def test_T24_a_local_disk_is_good_also_this_one(tmp_path: Path):
    told(place.share(tmp_path, in_file=True, table=table(tmp_path, "ext4")), Level.OK, "ext4")
    told(place.share(tmp_path, in_file=True, table=tmp_path / "none"), Level.WARN, "not known", "not on a share")
    if mounts.PROC.exists():
        shm = Path("/dev/shm")
        found = place.share(shm, in_file=True)
        if shm.is_dir():
            told(found, Level.WARN, "lies in memory (tmpfs)", "store copy")


@pytest.mark.parametrize("name", ["OneDrive", "OneDrive - Sở NN", "Dropbox", "dropbox (cơ quan)", "Google Drive"])
def test_T24_a_synchronised_folder_is_found_by_its_name(tmp_path: Path, name: str):
    home = tmp_path / name / "a" / "office"
    home.mkdir(parents=True)
    told(place.share(home, in_file=True), Level.FAIL, name, "Move the workspace out")


def test_T24_a_synchronised_folder_is_found_by_what_its_program_leaves(tmp_path: Path):
    home = tmp_path / "chung" / "office"
    home.mkdir(parents=True)
    assert place.synchronised(home) == ""
    (tmp_path / "chung" / ".stfolder").mkdir()
    assert place.synchronised(home) == str(tmp_path / "chung")


def block(sys: Path, number: str, uuid: str = "", slaves: tuple[str, ...] = ()) -> None:
    """A block device as /sys tells of it."""
    device = sys / "dev" / "block" / number
    (device / "slaves").mkdir(parents=True)
    if uuid:
        (device / "dm").mkdir()
        (device / "dm" / "uuid").write_text(f"{uuid}\n")
    for slave in slaves:
        (device / "slaves" / slave).symlink_to(sys / "dev" / "block" / slave)


@pytest.mark.parametrize(
    ("kind", "device", "level", "words"),
    [
        ("ext4", "253:0", Level.OK, ("encrypted",)),  # LUKS
        ("ext4", "253:1", Level.OK, ("encrypted",)),  # LVM upon LUKS
        ("ext4", "253:2", Level.WARN, ("not encrypted", "LUKS")),  # LVM upon a bare disk
        ("ext4", "8:1", Level.WARN, ("not encrypted",)),
        ("ext4", "99:99", Level.WARN, ("not known here", "lsblk")),
        ("zfs", "0:50", Level.WARN, ("not known here", "zfs get encryption pool/x")),
        ("ecryptfs", "0:51", Level.OK, ("encrypted",)),
        ("tmpfs", "0:52", Level.WARN, ("not known here",)),
    ],
)
def test_the_encryption_of_the_disk_is_told(
    tmp_path: Path, kind: str, device: str, level: Level, words: tuple[str, ...]
):
    sys = tmp_path / "sys"
    block(sys, "8:1")
    block(sys, "253:0", "CRYPT-LUKS2-abc-luks", ("8:1",))
    block(sys, "253:1", "LVM-xyz", ("253:0",))
    block(sys, "253:2", "LVM-xyz", ("8:1",))
    mounted = table(tmp_path, kind, "pool/x", device)
    told(place.encryption(tmp_path, table=mounted, sys=sys, platform="linux"), level, *words)


@pytest.mark.parametrize(("platform", "word"), [("win32", "BitLocker"), ("darwin", "FileVault")])
def test_other_systems_say_how_to_look(tmp_path: Path, platform: str, word: str):
    told(place.encryption(tmp_path, platform=platform), Level.WARN, "not known here", word)


def test_this_computers_own_disk_is_told_of_too(tmp_path: Path):
    assert place.encryption(tmp_path).level in (Level.OK, Level.WARN)


def test_room_is_looked_at_where_originals_and_temporary_files_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def free(**gigabytes: float):
        return lambda where: int(1e9 * gigabytes["here" if where == tmp_path else "temporary"])

    told(place.room(tmp_path, on_server=False, free=free(here=50, temporary=5)), Level.OK, "50.0 GB")
    told(place.room(tmp_path, on_server=True, free=free(here=50, temporary=5)), Level.OK, "server's own disk")
    told(place.room(tmp_path, on_server=False, free=free(here=5, temporary=5)), Level.WARN, "Free some space soon")
    told(place.room(tmp_path, on_server=False, free=free(here=1.9, temporary=5)), Level.FAIL, "Free some space")
    told(place.room(tmp_path, on_server=False, free=free(here=50, temporary=0.5)), Level.FAIL, "TMPDIR")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real disk of one megabyte."""
    where = tmp_path / "small"
    where.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", where], capture_output=True, check=False)
    if made.returncode != 0:
        pytest.skip("only an administrator may make a disk")
    yield where
    subprocess.run(["umount", where], check=True)


def test_a_really_small_disk_is_found(small_disk: Path):
    told(place.room(small_disk, on_server=False), Level.FAIL, "0.0 GB")
    mount = mounts.mount_of(small_disk)
    assert mount is not None
    assert (mount.kind, mount.point) == ("tmpfs", str(small_disk.resolve()))


# Who may read


def test_T31_keys_that_others_may_read_are_found(tmp_path: Path):
    keys = tmp_path / "keys"
    keys.mkdir(mode=0o700)
    (keys / "origin.pem").touch(mode=0o600)
    for name in ("origin.signed", ".origin.signed.lock"):
        (keys / name).touch(mode=0o644)
    told(files.keys(tmp_path, url=""), Level.OK)
    (keys / "origin.pem").chmod(0o640)
    told(files.keys(tmp_path, url=""), Level.FAIL, "keys/origin.pem", "chmod -R go= keys/origin.pem", "--stolen")
    (keys / "origin.pem").chmod(0o600)
    keys.chmod(0o755)
    told(files.keys(tmp_path, url=""), Level.FAIL, "read: keys.")
    keys.chmod(0o700)
    (tmp_path / config.FILE_NAME).touch(mode=0o644)
    told(files.keys(tmp_path, url="postgresql://u@h/d"), Level.OK)
    told(files.keys(tmp_path, url="postgresql://u:p@h/d"), Level.FAIL, config.FILE_NAME)


def test_T31_a_store_that_every_account_may_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    home = tmp_path / "office"
    home.mkdir(mode=0o755)
    (home / "store.gpkg").touch(mode=0o644)
    true_mode = files._mode
    monkeypatch.setattr(files, "_mode", lambda path: 0o755 if path in tmp_path.parents else true_mode(path))
    tmp_path.chmod(0o755)
    told(files.store(home), Level.WARN, "Every account", f"chmod o= {home}")
    home.chmod(0o750)
    told(files.store(home), Level.OK)
    home.chmod(0o755)
    (home / "store.gpkg").chmod(0o640)
    told(files.store(home), Level.OK)


# The clock


type Office = Callable[[datetime], Workspace]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Makes a workspace that recorded something at a moment."""
    with ExitStack() as stack:

        def make(recorded_at: datetime) -> Workspace:
            store = stack.enter_context(MemoryStore(clock=lambda: recorded_at))
            with store.transaction() as transaction:
                transaction.append(EventKind.RUN_FINISHED, recorded_at, {})
            return Workspace(tmp_path, config.Settings(), store)

        yield make


@pytest.mark.parametrize(
    ("recorded", "level", "words"),
    [
        (NOW - timedelta(days=1), Level.OK, ()),
        (NOW + timedelta(hours=2), Level.FAIL, ("120 minutes behind", "set it")),
        (NOW - timedelta(days=500), Level.WARN, ("500 days old", "runs ahead")),
    ],
)
def test_T32_the_clock_is_compared_with_the_records(
    office: Office, recorded: datetime, level: Level, words: tuple[str, ...]
):
    told(clocks.against_records(office(recorded), NOW), level, *words)


def test_T32_the_clock_is_compared_with_files(office: Office, tmp_path: Path):
    at_work = office(NOW - timedelta(hours=5))
    file = tmp_path / "store.gpkg"
    file.touch()
    os.utime(file, ((NOW - timedelta(hours=1)).timestamp(),) * 2)
    told(clocks.against_records(at_work, NOW), Level.OK)
    os.utime(file, ((NOW + timedelta(hours=3)).timestamp(),) * 2)
    told(clocks.against_records(at_work, NOW), Level.FAIL, "store.gpkg, 180 minutes", "set back")


def test_T32_a_clock_that_nothing_sets_is_told():
    told(clocks.synchronised(0x2001), Level.OK)
    told(clocks.synchronised(0x40), Level.WARN, "timedatectl set-ntp true")
    told(clocks.synchronised(None), Level.WARN, "not known here")


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux's kernel")
def test_T32_the_kernel_tells_its_status():
    status = clocks.kernel_status()
    assert status is not None
    assert 0 <= status < 1 << 16


# Coordinates


def test_T29_three_libraries_meet_the_check_point():
    told(coordinates.projections(), Level.OK, "VN-2000", "PROJ", "GDAL")
    assert set(coordinates.WAYS) == {"pyproj", "rasterio", "pyogrio"}


def test_T29_one_that_is_off_is_named():
    # VN-2000 read as WGS 84 is 223 m off.
    astray = dict(coordinates.WAYS) | {"rasterio": lambda: (490_100.0, 2_359_300.0)}
    told(coordinates.projections(astray), Level.FAIL, "missed by: rasterio", "make setup")
    nothing = dict(coordinates.WAYS) | {"pyogrio": lambda: (float("nan"), float("nan"))}
    told(coordinates.projections(nothing), Level.FAIL, "missed by: pyogrio")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["PROJ_DATA", "PROJ_LIB"])
def test_T29_settings_of_another_program_are_found(tmp_path: Path, name: str):
    code = (
        "import json; from eradication.pipeline.health import coordinates\n"
        "print(json.dumps(coordinates.projections().told('projections', str)))"
    )
    environment = {**os.environ, name: str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert '"level": "fail"' in done.stdout
    assert f"set here: {name}" in done.stdout
    assert f"unset {name}" in done.stdout


# What an office must renew


def basis(title: str, until: date | None, since: date = date(2023, 1, 30)) -> LegalBasis:
    return LegalBasis(title, since, until)


@pytest.mark.parametrize(
    ("bases", "level", "words"),
    [
        ((), Level.WARN, ("[[report.legal_bases]]",)),
        ((basis("KH 23", None),), Level.OK, ("1 legal",)),
        ((basis("KH 23", None), basis("NĐ 1", date(2026, 11, 26))), Level.WARN, ("ended: NĐ 1 (26/11/2026)",)),
        ((basis("KH 23", TODAY),), Level.WARN, ("ending within 60 days: KH 23 (27/11/2026)",)),
        ((basis("KH 23", date(2027, 1, 26)),), Level.WARN, ("KH 23 (26/01/2027)",)),
        ((basis("KH 23", date(2027, 1, 27)),), Level.OK, ()),
        ((basis("NĐ 1", date(2026, 11, 26)),), Level.FAIL, ("No legal basis is in force. Ended: NĐ 1",)),
        ((basis("KH 9", None, date(2026, 11, 28)),), Level.FAIL, ("No legal basis is in force",)),
    ],
)
def test_legal_bases_that_ended_or_end_soon_are_told(
    bases: tuple[LegalBasis, ...], level: Level, words: tuple[str, ...]
):
    told(lasting.legal_bases(bases, TODAY), level, *words)


@pytest.mark.parametrize(
    ("last", "level", "words"),
    [
        (None, Level.WARN, ("No backup was ever written", "eradication backup OUT")),
        (NOW - timedelta(days=7, hours=1), Level.OK, ("7 days",)),
        (NOW - timedelta(days=8), Level.WARN, ("8 days old", "no more than 7", "eradication backup OUT")),
        (NOW + timedelta(hours=1), Level.WARN, ("future",)),
    ],
)
def test_T28_the_age_of_the_last_backup_is_told(last: datetime | None, level: Level, words: tuple[str, ...]):
    told(lasting.backup(last, 7, NOW), level, *words)


def test_T28_a_backup_beside_the_workspace_is_none_when_the_disk_is_lost():
    day_old = NOW - timedelta(days=1)
    told(lasting.backup(day_old, 7, NOW, same_disk=True), Level.WARN, "on the disk of the workspace", "stick")
    told(lasting.backup(NOW - timedelta(days=9), 7, NOW, same_disk=True), Level.WARN, "9 days old")


def test_two_partitions_of_one_disk_are_one_disk(tmp_path: Path):
    sys = tmp_path / "sys"
    for partition, number in (("sda1", "8:1"), ("sda2", "8:2")):
        (sys / "block" / "sda" / partition).mkdir(parents=True)
        (sys / "block" / "sda" / partition / "partition").write_text("1\n")
        (sys / "dev" / "block").mkdir(parents=True, exist_ok=True)
        (sys / "dev" / "block" / number).symlink_to(sys / "block" / "sda" / partition)
    found = [set(mounts.devices(mounts.Mount("/", "ext4", "/dev/x", number), sys)) for number in ("8:1", "8:2")]
    assert found[0] & found[1] == {sys / "block" / "sda"}


def test_a_backup_on_another_disk_is_told_apart(small_disk: Path, tmp_path: Path):
    assert mounts.is_same_disk(tmp_path, tmp_path.parent)
    assert not mounts.is_same_disk(small_disk, tmp_path)


# All of it


def test_doctor_outside_a_workspace_looks_at_the_computer(tmp_path: Path):
    answer = health.doctor(tmp_path, str)
    assert (answer["checks"][-1]["check"], answer["checks"][-1]["level"]) == ("workspace", "warn")
    assert "--workspace" in answer["checks"][-1]["advice"]
    assert all({"check", "ok", "level", "found", "advice"} == set(check) for check in answer["checks"])
