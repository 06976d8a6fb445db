"""``store grant``, ``revoke`` and ``grants``: from the command line to what a role reads."""

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import postgres
import psycopg
import pytest

from eradication import config
from eradication.cli import main

NUMBERS = itertools.count()
SECRET = "mat-khau"

type Run = Callable[..., tuple[int, dict[str, Any]]]

UNITS = """code,name,kind,parent,valid_from,valid_to,successor
BP01,Đồn A,border_post,,2020-01-01,,
CA02,Công an B,police,,2020-01-01,,
"""
VISITS = """visit_id,lon,lat,visited_at,unit,officers,outcome,area_m2,area_method
V1,104.8,20.79,2026-01-10T09:00:00+07:00,BP01,a;b,detected,300,tape
V2,104.9,20.79,2026-01-11T09:00:00+07:00,CA02,c;d,detected,500,tape
"""


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: object) -> tuple[int, dict[str, Any]]:
        capsys.readouterr()
        code = main(["--json", *map(str, arguments)])
        return code, json.loads(capsys.readouterr().out)

    return call


@pytest.fixture
def office(run: Run, server: postgres.Cluster, tmp_path: Path) -> tuple[Path, str, str]:
    """An office on the server whose program is no superuser: its folder, its schema, the role of a unit."""
    number = next(NUMBERS)
    owner, role, place = f"office_{number}", f"don_a_{number}", f"office_{number}"
    server.run(*(f"CREATE ROLE {name} LOGIN PASSWORD '{SECRET}'" for name in (owner, role)))
    server.run(f"GRANT CREATE ON DATABASE test TO {owner}")
    folder = tmp_path / "office"
    assert run("init", folder, "--store", server.url_of("test", owner, SECRET), "--schema", place)[0] == 0
    for name, text in (("units.csv", UNITS), ("visits.csv", VISITS)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert run("--workspace", folder, "units", "import", tmp_path / "units.csv")[0] == 0
    assert run("--workspace", folder, "visits", "import", tmp_path / "visits.csv")[0] == 0
    return folder, place, role


def rows(server: postgres.Cluster, role: str, query: str) -> list[tuple[Any, ...]]:
    url = server.url_of("test", role, SECRET).replace("+psycopg", "")
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()  # type: ignore[arg-type]


def test_T14_a_role_reads_its_units_rows_until_it_is_revoked(
    run: Run, server: postgres.Cluster, office: tuple[Path, str, str]
):
    folder, place, role = office
    code, answer = run("--workspace", folder, "store", "grant", "--unit", "Đồn A", "--role", role)
    assert (code, answer["unit"], answer["done"]) == (0, "BP01", True)
    assert answer["sees"] == {"patrols": 0, "visits": 1, "candidates": 0, "plots": 1, "events": 3}
    assert rows(server, role, f"SELECT visit_id, unit FROM {place}.visits") == [("V1", "BP01")]
    assert rows(server, role, f"SELECT units, detected_m2 FROM {place}.plots") == [(",bp01,", 300)]
    said = str(rows(server, role, f"SELECT payload FROM {place}.events"))
    assert "V1" in said
    assert "V2" not in said
    assert run("--workspace", folder, "store", "grants")[1] == {
        "roles": [{"role": role, "unit": "BP01", "everything": False}], "bound": True,
    }  # fmt: skip
    assert run("--workspace", folder, "store", "grant", "--all", "--role", role)[0] == 0
    assert len(rows(server, role, f"SELECT * FROM {place}.visits")) == 2
    assert run("--workspace", folder, "store", "revoke", "--role", role)[0] == 0
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        rows(server, role, f"SELECT * FROM {place}.visits")
    # The program itself sees all of it as before.
    assert run("--workspace", folder, "ledger", "--season", "2025-2026")[1]["total"]["detected_m2"] == 800


def test_the_statements_can_be_printed_for_an_administrator(
    run: Run, server: postgres.Cluster, office: tuple[Path, str, str], capsys: pytest.CaptureFixture[str]
):
    folder, place, role = office
    command = ["--workspace", str(folder), "store", "grant", "--unit", "BP01", "--role", role, "--print"]
    assert main(command) == 0
    printed = capsys.readouterr().out
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        rows(server, role, f"SELECT * FROM {place}.visits")
    server.run(*(line for line in printed.split(";\n") if line))
    assert len(rows(server, role, f"SELECT * FROM {place}.visits")) == 1


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("grant", "--role", "nobody_such", "--unit", "BP01"), "no_role"),
        (("grant", "--role", "postgres", "--unit", "BP01"), "role_sees_all"),
        (("grant", "--role", "{role}", "--unit", "ZZ99"), "unknown_unit"),
        (("grant", "--role", "{role}", "--unit", " "), "unit_missing"),
        (("grant", "--role", "{role}"), "unit_or_everything"),
        (("grant", "--role", "{role}", "--unit", "BP01", "--all"), "unit_or_everything"),
        (("revoke", "--role", "nobody_such"), "no_role"),
    ],
)
def test_what_cannot_be_granted_is_said(run: Run, office: tuple[Path, str, str], words: tuple[str, ...], kind: str):
    folder, _, role = office
    code, answer = run("--workspace", folder, "store", *(word.format(role=role) for word in words))
    assert (code, answer["error"]["kind"], bool(answer["error"]["hint"])) == (2, kind, True)
    assert run("--workspace", folder, "store", "grants")[1]["roles"] == []


def test_rights_are_given_on_a_server_only(run: Run, tmp_path: Path):
    assert run("init", tmp_path / "ws")[0] == 0
    assert config.load(tmp_path / "ws" / config.FILE_NAME).store.url == ""
    code, answer = run("--workspace", tmp_path / "ws", "store", "grant", "--role", "x", "--unit", "BP01")
    assert (code, answer["error"]["kind"]) == (2, "no_server")
