"""No output falls on what a workspace lives on: store, reception, what was handed in, keys."""

from pathlib import Path

import pytest

from eradication.errors import UnusableInput
from eradication.pipeline import created, settings_for
from eradication.pipeline.workspace import check_output

LIVING = [
    *(f"{name}{end}" for name in ("store.gpkg", "reception.db") for end in ("", "-wal", "-shm", "-journal")),
    *("eradication.toml", "reception.jsonl", "reception/jobs/j-1/a.csv", "reception/x.gpkg"),
    *("hand_ins/files/aa/x", "hand_ins/sealed/aa/x", "hand_ins/x.geojson", "hand_ins", "reception"),
    *("keys/reception.key", "keys/tls/ca.pem", "originals/a", "tip_sources/x", "models/x", "refused/x"),
    "outputs/../reception.db",
]


@pytest.mark.parametrize("name", LIVING)
def test_nothing_is_written_over_what_a_workspace_lives_on(tmp_path: Path, name: str):
    with created(tmp_path / "office", settings_for("Sơn La")) as workspace:
        with pytest.raises(UnusableInput) as refused:
            check_output(workspace, workspace.folder / name)
        assert refused.value.kind == "protected_path"
        assert refused.value.hint
        for fine in ("outputs/reception.gpkg", "reception.gpkg", "hand_ins.csv"):
            check_output(workspace, workspace.folder / fine)


@pytest.mark.parametrize("name", ["reception.db", "reception.db-wal", "store.gpkg"])
def test_nor_over_another_workspaces_databases_by_a_link(tmp_path: Path, name: str):
    with created(tmp_path / "other", settings_for("Sơn La")):
        pass
    (tmp_path / "link").symlink_to(tmp_path / "other" / name)
    with created(tmp_path / "office", settings_for("Sơn La")) as workspace:
        for out in (tmp_path / "other" / name, tmp_path / "link"):
            with pytest.raises(UnusableInput) as refused:
                check_output(workspace, out)
            assert refused.value.kind == "protected_path"
