"""``doctor`` from the command line: a level for every check, exit code 5 for failures only."""

from pathlib import Path


def test_doctor_gives_a_level_to_every_check_and_fails_of_failures_only(cli, tmp_path: Path):
    assert cli("init", tmp_path / "office").code == 0
    sound = cli("--workspace", tmp_path / "office", "--json", "doctor")
    checks = {check["check"]: check for check in sound.json["checks"]}
    assert [check for check in checks.values() if not check["ok"]] == []
    assert sound.code == 0
    assert {
        *("sqlite", "projections", "sandbox", "assets", "ntp", "tips", "key_files", "disk", "share", "encryption"),
        *("legal_bases", "chain", "clock", "keys", "rights", "backup", "boundaries"),
    } <= set(checks)
    assert {check["level"] for check in checks.values()} <= {"ok", "warn"}
    assert checks["legal_bases"]["level"] == "warn"  # a warning alone stays 0
    (tmp_path / "office" / "keys").chmod(0o755)
    ill = cli("--workspace", tmp_path / "office", "--json", "doctor")
    assert ill.code == 5
    assert [check["check"] for check in ill.json["checks"] if check["level"] == "fail"] == ["key_files"]
    shown = cli("--workspace", tmp_path / "office", "--lang", "en", "doctor").out
    assert "✗ key files: Others may read: keys." in shown
