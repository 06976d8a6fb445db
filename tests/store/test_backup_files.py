"""T28: what a backup's file may be when it is read: cut short, altered, of a stranger, made to do harm."""

import errno
import gzip
import hashlib
import io
import json
import os
import random
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pyrage
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from eradication.errors import CheckFailed, StorageFailed, UnusableInput
from eradication.store import age, age_keys, keys, tape, unpacking, vault
from eradication.store.tape import Member, Reader

IDENTITY = pyrage.x25519.Identity.generate()
OPENER = age.Opener((str(IDENTITY),))
LOCK = age.Lock((str(IDENTITY.to_public()),))


class Kept:
    """A sink that keeps what it is given."""

    def __init__(self, found: dict[str, bytes], member: Member) -> None:
        self._found, self._name, self._content = found, member.name, b""

    def write(self, block: memoryview) -> None:
        self._content += bytes(block)

    def close(self) -> None:
        self._found[self._name] = self._content


def read(blocks: list[bytes]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    reader = Reader(lambda member: Kept(found, member))
    for block in blocks:
        reader.write(block)
    reader.end()
    for name, content in found.items():
        assert reader.found[name].sha256 == hashlib.sha256(content).hexdigest()
        assert reader.found[name].size_bytes == len(content)
    return found


def packed(files: dict[str, bytes]) -> bytes:
    return b"".join(tape.packed((Member(name, len(content)), (content,)) for name, content in files.items()))


NAMES = st.text(st.sampled_from("abđ ớ-_.1"), min_size=1, max_size=60).filter(lambda n: n.strip(". ") != "")
FILES = st.dictionaries(
    NAMES.map(lambda n: f"originals/{n}").filter(tape.is_plain), st.binary(max_size=1500), max_size=5
)


@given(FILES, st.integers(1, 700))
def test_a_tar_is_read_as_it_was_written_however_it_is_cut_into_blocks(files, step):
    whole = packed(files)
    assert read([whole[at : at + step] for at in range(0, len(whole), step)]) == files
    with tarfile.open(fileobj=io.BytesIO(whole)) as other:
        assert {m.name: other.extractfile(m).read() for m in other} == files  # type: ignore[union-attr]


@given(FILES, st.data())
def test_a_tar_that_is_cut_short_is_never_taken_for_whole(files, data):
    whole = packed(files)
    # Its end is one block of zeros; a second one says nothing more.
    cut = data.draw(st.integers(0, len(whole) - 2 * 512 + 511))
    with pytest.raises(tape.BadTape):
        read([whole[:cut]])


def test_large_sizes_and_long_names_are_written_as_tar_reads_them():
    big, long = Member("originals/x", 9 << 30), Member("models/" + "m" * 60 + "/" + "v" * 60, 3)
    for member in (big, long):
        info = tarfile.TarInfo.frombuf(tape.header(member), "utf-8", "strict")
        assert (info.name, info.size) == (member.name, member.size_bytes)
    with pytest.raises(StorageFailed, match="too long"):
        tape.header(Member("models/" + "m" * 300, 3))


def evil(*infos: tuple[tarfile.TarInfo, bytes], format: int = tarfile.GNU_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format) as tar:
        for info, content in infos:
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


def info(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", size: int = 0) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname, made.size = kind, link, size
    return made


EVIL = {
    "link out": evil((info("models/x", tarfile.SYMTYPE, "/etc/passwd"), b"")),
    "hard link": evil((info("models/x", tarfile.LNKTYPE, "../../x"), b"")),
    "device": evil((info("models/x", tarfile.CHRTYPE), b"")),
    "pipe": evil((info("models/x", tarfile.FIFOTYPE), b"")),
    "folder": evil((info("models", tarfile.DIRTYPE), b"")),
    "sparse": evil((info("models/x", tarfile.GNUTYPE_SPARSE), b"")),
    "up": evil((info("../x", size=1), b"x")),
    "up inside": evil((info("models/../../x", size=1), b"x")),
    "absolute": evil((info("/tmp/eradication-evil", size=1), b"x")),
    "drive": evil((info("C:/x", size=1), b"x")),
    "backslash": evil((info("models\\..\\x", size=1), b"x")),
    "control": evil((info("models/x\n", size=1), b"x")),
    "twice": evil((info("models/x", size=1), b"x"), (info("models/x", size=1), b"y")),
    "key": evil((info("keys/origin.pem", size=1), b"x")),
    "key in capitals": evil((info("Keys/origin.pem", size=1), b"x")),
    "store": evil((info("store.gpkg", size=1), b"x")),
    "log of the store": evil((info("store.gpkg-wal", size=1), b"x")),
    "folder as file": evil((info("models/x", size=1), b"x"), (info("models", size=1), b"x")),
    "file as folder": evil((info("models", size=1), b"x"), (info("models/x", size=1), b"x")),
    "long name of gnu": evil((info("models/" + "x" * 200, size=1), b"x")),
    "pax": evil((info("models/" + "ớ" * 200, size=1), b"x"), format=tarfile.PAX_FORMAT),
    "after the end": packed({}) + packed({"x": b"y"}),
    "no tar": random.Random(1).randbytes(2000),
    "nothing": b"",
    "damaged store": packed({unpacking.STORE: b"no gzip"}),
    "store cut short": packed({unpacking.STORE: gzip.compress(b"x" * 5000)[:-3]}),
    "more after the store": packed({unpacking.STORE: gzip.compress(b"x") + b"more"}),
}


@pytest.mark.parametrize("name", EVIL)
def test_T28_nothing_leaves_the_folder(tmp_path, name):
    file, inside = tmp_path / "b.age", tmp_path / "inside"
    inside.mkdir()
    file.write_bytes(pyrage.encrypt(EVIL[name], [IDENTITY.to_public()]))
    with pytest.raises(CheckFailed) as raised:
        unpacking.unpack(file, OPENER, inside)
    assert raised.value.kind == "backup_damaged"
    assert raised.value.hint
    assert {path.name for path in tmp_path.iterdir()} == {"b.age", "inside"}
    assert not Path("/tmp/eradication-evil").exists()
    assert not any(path.is_symlink() for path in inside.rglob("*"))


def test_T28_a_bomb_stops_before_the_disk_is_full(tmp_path, monkeypatch):
    file, inside = tmp_path / "b.age", tmp_path / "inside"
    inside.mkdir()
    true_usage = shutil.disk_usage

    def small_disk(folder: Path) -> object:
        """A disk on which 150 MB are free before anything is written."""
        written = sum(path.stat().st_size for path in inside.iterdir())
        return true_usage(folder)._replace(free=(150 << 20) - written)

    monkeypatch.setattr(unpacking.shutil, "disk_usage", small_disk)
    bomb = packed({unpacking.STORE: gzip.compress(bytes(400 << 20), 1)})
    assert len(bomb) < 4 << 20
    file.write_bytes(pyrage.encrypt(bomb, [IDENTITY.to_public()]))
    with pytest.raises(StorageFailed) as raised:
        unpacking.unpack(file, OPENER, inside)
    assert raised.value.kind == "disk_full"
    assert (inside / "store.gpkg").stat().st_size < 200 << 20


SIGNER = keys.generate()


def vaulted(folder: Path, lock: age.Lock = LOCK, version: int = vault.VERSION) -> Path:
    """A small whole backup."""
    (folder / "a.bin").write_bytes(random.Random(2).randbytes(200_000))
    contents = vault.Contents([vault.Part("models/a.bin", folder / "a.bin"), vault.Part("models/gone", folder / "no")])
    body = {"origin": SIGNER.origin, "public_key": SIGNER.public_key, "version": version}
    out = folder / "b.age"
    out.unlink(missing_ok=True)
    vault.write([out], folder / ".part", contents.tar(lambda _: body, SIGNER.sign), lock)
    assert contents.gone == ["models/gone"]
    return out


def opened(file: Path, folder: Path, opener: age.Opener = OPENER) -> dict[str, object]:
    folder.mkdir()
    return vault.checked(file, unpacking.unpack(file, opener, folder))


def test_a_backup_is_read_back_and_proved(tmp_path):
    out = vaulted(tmp_path)
    body = opened(out, tmp_path / "inside")
    assert set(body["members"]) == {"models/a.bin"}  # type: ignore[call-overload]
    assert (tmp_path / "inside" / "models" / "a.bin").read_bytes() == (tmp_path / "a.bin").read_bytes()
    assert not (tmp_path / ".part").exists()


def test_T28_wherever_a_backup_is_cut_or_altered_it_is_refused(tmp_path):
    out = vaulted(tmp_path)
    whole, chance = out.read_bytes(), random.Random(3)
    for turn in range(40):
        at = chance.randrange(len(whole))
        flipped = whole[:at] + bytes([whole[at] ^ 1 << chance.randrange(8)]) + whole[at + 1 :]
        out.write_bytes(whole[:at] if turn % 2 else flipped)
        with pytest.raises(CheckFailed) as raised:
            opened(out, tmp_path / f"i{turn}")
        assert raised.value.kind in ("backup_damaged", "wrong_key")


def test_T28_a_backup_of_another_version_is_named(tmp_path):
    with pytest.raises(StorageFailed) as raised:
        opened(vaulted(tmp_path, version=99), tmp_path / "inside")
    assert raised.value.kind == "backup_newer"


def test_T28_a_list_that_is_not_true_of_the_files_is_found_out(tmp_path):
    """Whoever knows the public key can pack another tar; the list is signed, and each file is held against it."""
    out = vaulted(tmp_path)
    files: dict[str, bytes] = {}
    reader = Reader(lambda member: Kept(files, member))
    age.decrypt(out, reader.write, OPENER)
    for change, kind in (
        ({"models/a.bin": b"other"}, "backup_altered"),
        ({"models/new": b"x"}, "backup_altered"),
        ({"manifest.json": files["manifest.json"].replace(b'"mode": 4', b'"mode": 5')}, "backup_damaged"),
        ({"manifest.json": json.dumps({"manifest": {}}).encode()}, "backup_damaged"),
    ):
        out.write_bytes(pyrage.encrypt(packed(files | change), [IDENTITY.to_public()]))
        with pytest.raises(CheckFailed) as raised:
            opened(out, tmp_path / f"inside{abs(hash(str(change)))}")
        assert raised.value.kind == kind, change


def test_a_disk_that_gives_back_other_bytes_leaves_no_backup(tmp_path, monkeypatch):
    monkeypatch.setattr(vault, "_read_back", lambda path: age.Written("0" * 64, 1))
    with pytest.raises(StorageFailed) as raised:
        vaulted(tmp_path)
    assert raised.value.kind == "backup_unreadable"
    assert {path.name for path in tmp_path.iterdir()} == {"a.bin"}


def test_an_error_while_writing_is_the_one_that_is_raised(tmp_path):
    def blocks() -> Iterator[bytes]:
        yield b"x" * 100_000
        raise OSError(28, "no space")

    with pytest.raises(StorageFailed) as raised:
        vault.write(tmp_path / "b.age", tmp_path / ".part", blocks(), LOCK)
    assert raised.value.kind == "disk_full"
    assert list(tmp_path.iterdir()) == []


@given(st.binary(min_size=32, max_size=32))
def test_keys_of_a_workspace_are_spelt_as_age_spells_them(raw):
    key = X25519PrivateKey.from_private_bytes(raw)
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    identity = pyrage.x25519.Identity.from_str(age_keys.identity_of(key))
    assert str(identity.to_public()) == age_keys.recipient_of(public.hex())


def test_what_is_no_key_is_said_to_be_none(tmp_path):
    file = tmp_path / "key"
    for content in (b"", b"# nothing\n", b"AGE-SECRET-KEY-1XX\n", b"-----BEGIN X\n", b"\xff\xfe", b"age1abc\n"):
        file.write_bytes(content)
        with pytest.raises(UnusableInput, match="no secret key"):
            age_keys.read_identities(file)
    with pytest.raises(UnusableInput, match="cannot be read"):
        age_keys.read_identities(tmp_path / "none")


class Failing:
    """A file that a disk reads to its second block only."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._reads = file, 0

    def __enter__(self) -> "Failing":
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def seek(self, to: int) -> int:
        return self._file.seek(to)

    def read(self, size: int = -1) -> bytes:
        self._reads += 1
        if self._reads > 3:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return self._file.read(size)


def test_a_disk_that_fails_says_nothing_of_the_backup(tmp_path, monkeypatch):
    out = vaulted(tmp_path)
    true_open = Path.open
    monkeypatch.setattr(Path, "open", lambda path, *mode: Failing(true_open(path, *mode)))
    with pytest.raises(StorageFailed) as raised:
        age.decrypt(out, lambda block: None, OPENER)
    assert (raised.value.kind, bool(raised.value.hint)) == ("disk_failed", True)


@pytest.mark.parametrize("knows_links", [True, False])
def test_a_backup_is_never_written_over_a_file_that_came_meanwhile(tmp_path, monkeypatch, knows_links):
    if not knows_links:  # a stick

        def no_links(source: object, target: object) -> None:
            raise OSError(errno.EPERM, os.strerror(errno.EPERM))

        monkeypatch.setattr(os, "link", no_links)
    first, second, part = tmp_path / "b.age", tmp_path / "b-2.age", tmp_path / ".part"
    first.write_bytes(b"older")
    with pytest.raises(UnusableInput) as raised:
        vault.write([first], part, iter([b"new"]), LOCK)
    assert (raised.value.kind, bool(raised.value.hint)) == ("output_exists", True)
    named, written = vault.write([first, second], part, iter([b"new"]), LOCK)
    assert (named, first.read_bytes()) == (second, b"older")
    assert hashlib.sha256(second.read_bytes()).hexdigest() == written.sha256
    assert {path.name for path in tmp_path.iterdir()} == {"b.age", "b-2.age"}


def test_what_a_killed_run_left_is_never_written_into(tmp_path):
    """It may be a second name of a backup that had its own already."""
    whole, part = tmp_path / "b.age", tmp_path / ".part"
    vault.write([whole], part, iter([b"one"]), LOCK)
    before = whole.read_bytes()
    os.link(whole, part)
    vault.write([tmp_path / "c.age"], part, iter([b"two"]), LOCK)
    assert whole.read_bytes() == before
