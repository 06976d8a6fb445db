"""T31: two persons bring the keys back, one cannot; and nothing tells a key or a passphrase."""

import json
import shutil
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from eradication import store as stores
from eradication.errors import CheckFailed, UnusableInput
from eradication.store import escrow
from eradication.store.keyring import Keyring

NOW = datetime(2026, 1, 5, tzinfo=UTC)
WORDS = {"A": "sông Đà chảy về xuôi", "B": "bản làng trên núi cao"}


COST = escrow.COST


@pytest.fixture(scope="module", autouse=True)
def cheap() -> Iterator[None]:
    """Let the program stretch passphrases at the least cost it opens; one test does at the cost it takes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(escrow, "COST", escrow._COSTS[0])
        yield


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A workspace's folder and its escrow; read them, do not write to them."""
    folder = tmp_path_factory.mktemp("ws")
    stores.open(folder, create=True).close()
    ring = Keyring(folder)
    ring.make("queue")
    ring.rotate("queue")
    ring.make("backup")
    officers = escrow.Officer("A", WORDS["A"]), escrow.Officer("B", WORDS["B"])
    out = tmp_path_factory.mktemp("stick") / "escrow"
    escrow.seal(ring.contents(), ring.all(), officers, out, device="máy 1", now=NOW)
    return folder, out


def test_T31_both_together_open_it_from_one_folder_or_from_two_sticks(sealed: tuple[Path, Path], tmp_path: Path):
    folder, out = sealed
    for name, parts in (("a", ["escrow.json", "share-1.json"]), ("b", ["escrow.json", "share-2.json"])):
        (tmp_path / name).mkdir()
        for part in parts:
            shutil.copy(out / part, tmp_path / name)
    for folders in ([out], [tmp_path / "a", tmp_path / "b"]):
        opened = escrow.open_sealed(folders, WORDS.__getitem__)
        assert opened.contents == Keyring(folder).contents()
        assert opened.envelope.officers == ("A", "B")
    with pytest.raises(UnusableInput) as missing:
        escrow.open_sealed([tmp_path / "a"], WORDS.__getitem__)
    assert missing.value.kind == "share_missing"


@pytest.mark.slow
@pytest.mark.slow
def test_T31_an_escrow_of_the_full_cost_says_so_and_opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(escrow, "COST", COST)
    officers = escrow.Officer("A", WORDS["A"]), escrow.Officer("B", WORDS["B"])
    escrow.seal({"queue": b"secret"}, [], officers, tmp_path / "escrow", device="máy 1", now=NOW)
    for name in escrow.SHARES:
        assert json.loads((tmp_path / "escrow" / name).read_text())["n"] == 1 << 17
    assert escrow.open_sealed([tmp_path / "escrow"], WORDS.__getitem__).contents == {"queue": b"secret"}


@pytest.mark.parametrize("wrong", ["A", "B"])
def test_T31_one_wrong_passphrase_yields_nothing(sealed: tuple[Path, Path], wrong: str):
    with pytest.raises(CheckFailed) as failed:
        escrow.open_sealed([sealed[1]], lambda officer: WORDS[officer] + ("x" if officer == wrong else ""))
    assert failed.value.kind == "wrong_passphrase"
    assert failed.value.values == {"officer": wrong}
    assert not any(words in str(failed.value) for words in WORDS.values())


def test_T31_one_officer_with_every_file_and_one_passphrase_has_a_half_that_opens_nothing(sealed: tuple[Path, Path]):
    share = json.loads((sealed[1] / "share-1.json").read_text())
    half = escrow._unsealed(escrow._stretched(WORDS["A"], share), share)
    with pytest.raises(CheckFailed):
        escrow.open_sealed([sealed[1]], lambda _officer: WORDS["A"])
    envelope = json.loads((sealed[1] / "escrow.json").read_text())
    with pytest.raises(escrow.InvalidTag):
        escrow._unsealed(half, envelope)


def test_T31_a_passphrase_may_be_typed_in_another_spelling_of_the_same_letters(sealed: tuple[Path, Path]):
    escrow.open_sealed([sealed[1]], lambda officer: unicodedata.normalize("NFD", WORDS[officer]))


@pytest.mark.parametrize("name", ["escrow.json", "share-1.json", "share-2.json"])
def test_T31_a_changed_part_is_refused(sealed: tuple[Path, Path], tmp_path: Path, name: str):
    for field, value in (("sealed", "AAAA"), ("officer", "C"), ("officers", ["C", "D"]), ("n", 1 << 30), ("n", 3)):
        folder = tmp_path / f"{field}{value}"
        shutil.copytree(sealed[1], folder)
        body = json.loads((folder / name).read_text())
        if field not in body:
            continue
        (folder / name).write_text(json.dumps(body | {field: value}))
        with pytest.raises(CheckFailed):
            escrow.open_sealed([folder], lambda officer: WORDS.get(officer, "C" * 12))
    for content in (b"", b"[]", b"\xff", b"[" * 99_999):
        folder = tmp_path / f"bytes{len(content)}"
        shutil.copytree(sealed[1], folder)
        (folder / name).write_bytes(content)
        with pytest.raises(CheckFailed):
            escrow.open_sealed([folder], WORDS.__getitem__)


def test_T31_shares_of_two_escrows_do_not_mix(sealed: tuple[Path, Path], tmp_path: Path):
    ring = Keyring(sealed[0])
    officers = escrow.Officer("A", WORDS["A"]), escrow.Officer("B", WORDS["B"])
    escrow.seal(ring.contents(), ring.all(), officers, tmp_path / "2", device="máy 1", now=NOW)
    shutil.copy(sealed[1] / "share-2.json", tmp_path / "2")
    with pytest.raises(CheckFailed) as failed:
        escrow.open_sealed([tmp_path / "2"], WORDS.__getitem__)
    assert failed.value.kind == "escrow_damaged"


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        (("A", "x" * 12), ("A ", "y" * 12), "same_officer"),
        (("A", "x" * 12), ("B", "x" * 12), "same_passphrase"),
        (("A", "x" * 11), ("B", "y" * 12), "short_passphrase"),
    ],
)
def test_T31_two_persons_are_two(tmp_path: Path, first: tuple, second: tuple, kind: str):
    with pytest.raises(UnusableInput) as refused:
        escrow.seal({}, [], (escrow.Officer(*first), escrow.Officer(*second)), tmp_path, device="", now=NOW)
    assert refused.value.kind == kind
    assert list(tmp_path.iterdir()) == []


def test_T31_nothing_secret_is_shown_or_lies_open(sealed: tuple[Path, Path]):
    folder, out = sealed
    pems = [pem.decode() for pem in Keyring(folder).contents().values()]
    bodies = [line for pem in pems for line in pem.splitlines() if "-----" not in line]
    assert len(bodies) == 4
    opened = escrow.open_sealed([out], WORDS.__getitem__)
    shown = [repr(opened), str(opened.envelope), repr(escrow.Officer("A", WORDS["A"])), repr(Keyring(folder).all())]
    shown += [path.read_text() for path in out.iterdir()]
    assert not [text for text in shown for secret in (*bodies, *WORDS.values()) if secret in text]
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in (*out.iterdir(), *(folder / "keys").glob("*.pem")))


def test_what_was_sealed_to_an_older_key_opens_with_one_that_is_kept(sealed: tuple[Path, Path]):
    ring = Keyring(sealed[0])
    newest, older = ring.openers("queue")
    assert newest.public_key().public_bytes_raw().hex() == ring.public("queue")
    phone = X25519PrivateKey.generate()
    shared = phone.exchange(X25519PublicKey.from_public_bytes(older.public_key().public_bytes_raw()))
    assert older.exchange(phone.public_key()) == shared != newest.exchange(phone.public_key())


def test_a_name_nobody_knows_and_a_key_that_is_there(sealed: tuple[Path, Path]):
    ring = Keyring(sealed[0])
    acts = [(lambda: ring.make("queue"), "key_exists"), (lambda: ring.make("x"), "no_such_key")]
    acts += [(lambda: ring.rotate("x"), "no_such_key"), (lambda: ring.openers("signing"), "no_such_key")]
    for act, kind in acts:
        with pytest.raises(UnusableInput) as refused:
            act()
        assert refused.value.kind == kind
