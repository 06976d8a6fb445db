"""``doctor`` from the command line: a level for every check, exit code 5 for failures only."""

import json
from pathlib import Path

import pytest


def test_doctor_gives_a_level_to_every_check_and_fails_of_failures_only(cli, tmp_path: Path):
    assert cli("init", tmp_path / "office").code == 0
    sound = cli("--workspace", tmp_path / "office", "--json", "doctor")
    checks = {check["check"]: check for check in sound.json["checks"]}
    assert [check for check in checks.values() if not check["ok"]] == []
    assert sound.code == 0
    assert {
        *("sqlite", "projections", "sandbox", "assets", "ntp", "tips", "key_files", "disk", "share", "encryption"),
        *("legal_bases", "chain", "clock", "keys", "rights", "backup", "backup_keys", "boundaries", "moved"),
    } <= set(checks)
    assert {check["level"] for check in checks.values()} <= {"ok", "warn"}
    warned = {name for name in ("legal_bases", "keys", "backup", "backup_keys", "boundaries") if checks[name]["advice"]}
    assert {name for name in warned if checks[name]["level"] == "warn"} == {  # warnings alone stay 0
        *("legal_bases", "keys", "backup", "backup_keys", "boundaries")
    }
    assert "boundaries import" in checks["boundaries"]["advice"]
    (tmp_path / "office" / "keys").chmod(0o755)
    ill = cli("--workspace", tmp_path / "office", "--json", "doctor")
    assert ill.code == 5
    assert [check["check"] for check in ill.json["checks"] if check["level"] == "fail"] == ["key_files"]
    shown = cli("--workspace", tmp_path / "office", "--lang", "en", "doctor").out
    assert "✗ key files: Others may read: keys." in shown


@pytest.mark.slow
@pytest.mark.parametrize(("communes", "level"), [(2, "warn"), pytest.param(None, "ok", marks=pytest.mark.slow)])
def test_boundaries_are_well_only_when_every_commune_has_its_own(cli, tmp_path, shared_data, communes, level):
    office, part = tmp_path / "office", tmp_path / "part.geojson"
    assert cli("init", office).code == 0
    whole = json.loads((shared_data / "boundaries" / "sonla_communes_2025.geojson").read_text("utf-8"))
    part.write_text(json.dumps(whole | {"features": whole["features"][:communes]}), "utf-8")
    assert cli("--workspace", office, "boundaries", "import", part, "--valid-from", "2025-07-01").code == 0
    checks = cli("--workspace", office, "--json", "doctor").json["checks"]
    assert next(check["level"] for check in checks if check["check"] == "boundaries") == level
