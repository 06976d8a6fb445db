"""What runs keep is one run's at a time, and goes when nobody has asked for it for long."""

import os
import time

import pytest

from eradication.errors import UnusableInput
from eradication.pipeline import keeping
from eradication.pipeline import workspace as workspaces


def test_two_runs_at_once_are_refused_and_one_after_the_other_are_not(tmp_path):
    with workspaces.created(tmp_path / "ws", workspaces.settings_for("Sơn La")) as ws:
        with workspaces.scans_locked(ws):
            with pytest.raises(UnusableInput) as caught, workspaces.scans_locked(ws):
                pass
            assert caught.value.kind == "scans_in_use"
        with workspaces.scans_locked(ws):
            assert ws.scans.is_dir()


def test_folders_go_two_months_after_a_run_used_them_last(tmp_path):
    now, long_ago, recent = (tmp_path / name for name in ("now", "long-ago", "recent"))
    stranger = tmp_path / "stranger"
    stranger.mkdir()
    keeping.tidy(tmp_path, [now, long_ago, recent])
    for folder, days in ((now, 90), (long_ago, 61), (recent, 59)):
        (folder / "block").write_bytes(b"x")
        at = time.time() - days * 86_400
        os.utime(folder / "used", (at, at))
    keeping.tidy(tmp_path, [now])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["now", "recent", "stranger"]
    assert (now / "block").exists()
