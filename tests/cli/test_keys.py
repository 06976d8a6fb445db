"""T31 from the command line: the keys are lost, two persons bring them back, and nothing secret is ever said."""

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from eradication import store as stores
from eradication.domain import EventKind
from eradication.domain.event import origin_of
from eradication.errors import CheckFailed
from eradication.pipeline import models, opened
from eradication.registry import signing
from eradication.store import escrow

WORDS = ("sông Đà chảy về xuôi", "bản làng trên núi cao")


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the program stretch passphrases at the least cost it opens; the tests of escrows do at the cost it takes."""
    monkeypatch.setattr(escrow, "COST", escrow._COSTS[0])


@pytest.fixture
def office(tmp_path: Path) -> Path:
    folder = tmp_path / "office"
    stores.open(folder, device="máy 1", create=True).close()
    (folder / "eradication.toml").write_text('[workspace]\nlanguage = "en"\n', encoding="utf-8")
    record(folder)
    return folder


def record(folder: Path) -> None:
    with stores.open(folder) as store, store.transaction() as transaction:
        transaction.append(EventKind.RUN_FINISHED, store.noted().clock or stores._now(), {"run": "x"})


@pytest.fixture
def asked(tmp_path: Path) -> list[str]:
    """The options that name both passphrases."""
    words: list[str] = []
    for number, said in enumerate(WORDS):
        file = tmp_path / f"words-{number}.txt"
        file.write_text(said + "\nnot this line\n", encoding="utf-8")
        words += ["--passphrase-file", str(file)]
    return words


@pytest.fixture
def run(cli, office: Path) -> Callable:
    return lambda *words: cli("--workspace", office, "--json", "keys", *words)


OFFICERS = ("--officer", "Nguyễn Văn A", "--officer", "Lò Thị B")


def test_T31_the_whole_folder_of_keys_is_lost_and_two_persons_bring_it_back(cli, office, asked, run, tmp_path):
    assert run("make", "queue").code == 0
    before = run("list").json["keys"]
    out = tmp_path / "stick"
    made = run("escrow", out, *OFFICERS, *asked)
    assert (made.code, made.json["officers"]) == (0, ["Nguyễn Văn A", "Lò Thị B"])
    shutil.rmtree(office / "keys")
    assert cli("--workspace", office, "--json", "audit", "verify").json["error"]["kind"] == "key_missing"
    recovered = run("recover", out, *asked)
    assert recovered.code == 0
    after = run("list").json["keys"]
    assert [(k["fingerprint"], k["made_at"]) for k in after] == [(k["fingerprint"], k["made_at"]) for k in before]
    assert all(key["escrowed"] and key["last_drill"] for key in after)
    record(office)
    verified = cli("--workspace", office, "--json", "audit", "verify")
    assert (verified.code, [o["events"] for o in verified.json["origins"]]) == (0, [2])
    assert verified.json["origins"][0]["origin"] == before[0]["fingerprint"]


def test_T31_one_share_or_one_wrong_passphrase_brings_nothing_back(office, asked, run, tmp_path):
    out = tmp_path / "stick"
    run("escrow", out, *OFFICERS, *asked)
    shutil.rmtree(office / "keys")
    wrong = run("recover", out, *asked[2:], *asked[2:])
    assert (wrong.code, wrong.json["error"]["kind"]) == (5, "wrong_passphrase")
    assert "Nguyễn Văn A" in wrong.json["error"]["message"]
    (out / "share-2.json").unlink()
    alone = run("recover", out, *asked)
    assert (alone.code, alone.json["error"]["kind"]) == (2, "share_missing")
    assert not (office / "keys").exists()


def test_T31_a_key_that_works_is_not_replaced_unless_told_and_a_damaged_one_is(office, asked, run, tmp_path):
    out = tmp_path / "stick"
    run("escrow", out, *OFFICERS, *asked)
    key = office / "keys" / "origin.pem"
    mine = key.read_bytes()
    key.write_bytes(mine[:40])
    assert run("recover", out, *asked).code == 0
    assert key.read_bytes() == mine
    shutil.rmtree(office / "keys")
    stores.open(office, create=True).close()
    other = key.read_bytes()
    refused = run("recover", out, *asked)
    assert (refused.code, refused.json["error"]["kind"]) == (2, "key_works")
    assert key.read_bytes() == other
    told = run("recover", out, *asked, "--replace")
    assert (told.code, told.json["set_aside"]) == (0, ["origin.pem"])
    assert key.read_bytes() == mine
    assert [p.read_bytes() for p in (office / "keys").glob("*.replaced")] == [other]


def test_T31_a_drill_writes_no_private_key_and_is_noted(office, asked, run, tmp_path):
    out = tmp_path / "stick"
    run("escrow", out, *OFFICERS, *asked)
    assert [key["last_drill"] for key in run("list").json["keys"]] == [""]
    before = {p: p.read_bytes() for p in (office / "keys").iterdir() if p.name != "escrow.json"}
    drilled = run("drill", out, *asked)
    assert (drilled.code, drilled.json["ok"]) == (0, True)
    assert {p: p.read_bytes() for p in (office / "keys").iterdir() if p.name != "escrow.json"} == before
    assert [bool(key["last_drill"]) for key in run("list").json["keys"]] == [True]
    run("make", "backup")
    late = run("drill", out, *asked)
    assert (late.code, [k["held"] for k in late.json["keys"]]) == (5, [True, False])


def test_T31_doctor_tells_of_no_escrow_of_an_old_one_and_of_a_missed_drill(cli, office, asked, run, tmp_path):
    def told() -> tuple[bool, str]:
        checks = cli("--workspace", office, "--lang", "en", "--json", "doctor").json["checks"]
        check = next(check for check in checks if check["check"] == "keys")
        assert (check["level"] == "warn") == ("No escrow yet" in check["found"])
        assert bool(check["advice"]) == (check["level"] != "ok")
        return check["ok"], check["found"]

    assert told()[0]
    assert "No escrow yet" in told()[1]
    run("escrow", tmp_path / "1", *OFFICERS, *asked)
    assert told() == (True, "The keys are in escrow with Nguyễn Văn A, Lò Thị B.")
    assert run("rotate", "signing").code == 0
    assert told() == (False, "The escrow is older than the key: signing.")
    run("escrow", tmp_path / "2", *OFFICERS, *asked)
    assert told()[0]
    noted = office / "keys" / "escrow.json"
    record = json.loads(noted.read_text())
    noted.write_text(json.dumps(record | {"made_at": "2020-01-01T00:00:00.000000Z"}))
    assert told() == (False, "The escrow was last opened more than 180 days ago.")
    run("drill", tmp_path / "2", *asked)
    assert told()[0]
    noted.write_text("{")
    assert "No escrow yet" in told()[1]


def test_T31_nothing_secret_is_in_an_answer(cli, office, asked, run, tmp_path):
    run("make", "queue")
    out = tmp_path / "stick"
    ended = [run("list"), run("escrow", out, *OFFICERS, *asked), run("drill", out, *asked), run("rotate", "queue")]
    ended += [
        cli("--workspace", office, "--lang", "vi", "-v", "keys", "drill", out, *asked),
        run("recover", out, *asked),
    ]
    ended += [cli("--workspace", office, "--json", "-v", "keys", "escrow", out, *OFFICERS, *asked)]
    pems = [path.read_text() for path in (office / "keys").glob("*.pem")]
    secrets = [line for pem in pems for line in pem.splitlines() if "-----" not in line] + list(WORDS)
    assert len(secrets) == 5
    assert not [one for one in ended for secret in secrets if secret in one.out + one.err]


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (["--officer", "A"], "two_officers"),
        (["--officer", "A", "--officer", "a"], "same_officer"),
        (["--officer", "A", "--officer", "B", "--officer", "C"], "two_officers"),
    ],
)
def test_an_escrow_needs_two_persons(run, asked, tmp_path, words, kind):
    ended = run("escrow", tmp_path / "stick", *words, *asked)
    assert (ended.code, ended.json["error"]["kind"]) == (2, kind)


def test_an_escrow_lies_elsewhere_and_a_passphrase_is_asked_at_a_terminal_only(run, office, asked, tmp_path):
    for out in (office, office / "keys", office / "outputs" / "x"):
        assert run("escrow", out, *OFFICERS, *asked).json["error"]["kind"] == "protected_path"
    assert run("escrow", tmp_path / "stick", *OFFICERS).json["error"]["kind"] == "no_terminal"
    assert run("escrow", tmp_path / "stick", *OFFICERS, *asked[:2]).json["error"]["kind"] == "no_passphrase"
    (tmp_path / "words-0.txt").write_text("short\n")
    assert run("escrow", tmp_path / "stick", *OFFICERS, *asked).json["error"]["kind"] == "short_passphrase"
    assert not (tmp_path / "stick").exists()


def test_T31_rotation_from_the_command_line_and_models_of_the_earlier_key_stay_own(cli, office, run):
    with opened(office) as workspace:
        old, meta = workspace.store.public_key, b"{}"
        folder = office / "models" / "m"
        folder.mkdir(parents=True)
        (folder / signing.SIGNATURE).write_bytes(signing.signature(workspace.store, meta))
    rotated = run("rotate", "signing")
    assert (rotated.code, rotated.json["replaced"]) == (0, origin_of(old))
    assert run("list").json["earlier_origins"] == [origin_of(old)]
    with opened(office) as workspace:
        assert workspace.store.origin == rotated.json["fingerprint"]
        signing.check(folder, meta, models._trusted(workspace))
    assert cli("--workspace", office, "--json", "audit", "verify").code == 0
    run("rotate", "signing", "--stolen")
    with opened(office) as workspace, pytest.raises(CheckFailed):
        signing.check(folder, meta, models._trusted(workspace))


def test_keys_are_listed_in_words(cli, office):
    os.utime(office / "keys" / "origin.pem", (time.time() - 86_400,) * 2)
    for lang in ("vi", "en"):
        ended = cli("--workspace", office, "--lang", lang, "keys", "list")
        assert ended.code == 0
        assert "signing 1" in ended.out
    assert cli("--workspace", office, "keys", "make", "queue").code == 0
    assert cli("--workspace", office, "keys", "make", "queue").code == 2
    rotated = cli("--workspace", office, "--json", "keys", "rotate", "queue").json
    assert (rotated["version"], rotated["current"]) == (2, True)
