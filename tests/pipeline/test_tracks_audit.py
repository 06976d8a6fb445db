"""T18: a fix moved behind the program's back is found by the audit."""

import json
import sqlite3

from eradication.cli import main


def audit(folder, capsys):
    capsys.readouterr()
    code = main(["--workspace", str(folder), "--json", "audit", "verify"])
    return code, json.loads(capsys.readouterr().out)["origins"]


def test_T18_changed_or_removed_track_rows_are_found(tmp_path, capsys):
    folder = tmp_path / "ws"
    file = tmp_path / "walk.gpx"
    points = "".join(f'<trkpt lat="{20.79 + i * 1e-4:.4f}" lon="104.85"/>' for i in range(5))
    file.write_text(f'<gpx version="1.1" creator="t"><trk><trkseg>{points}</trkseg></trk></gpx>')
    assert main(["--json", "init", str(folder)]) == 0
    assert main(["--workspace", str(folder), "--json", "patrols", "import", str(file)]) == 0
    assert audit(folder, capsys)[0] == 0
    with sqlite3.connect(folder / "store.gpkg") as db:
        names = [row[0] for row in db.execute("select name from sqlite_master where type = 'trigger'")]
        for name in names:
            db.execute(f'drop trigger "{name}"')
        db.execute("delete from track_segments")
    db.close()
    code, (origin,) = audit(folder, capsys)
    assert code == 5
    assert not origin["ok"]
    assert origin["reason"] in ("changed_tracks", "missing_tracks")


def test_T18_a_changed_or_removed_commune_is_found(tmp_path, capsys):
    for number, change in enumerate(
        (
            "delete from admin_units where code = '04048'",
            "update admin_units set code = 'X' || code where code = '04048'",
        )
    ):
        folder = tmp_path / f"ws{number}"
        assert main(["--json", "init", str(folder)]) == 0
        assert audit(folder, capsys)[0] == 0
        with sqlite3.connect(folder / "store.gpkg") as db:
            for name in [row[0] for row in db.execute("select name from sqlite_master where type = 'trigger'")]:
                db.execute(f'drop trigger "{name}"')
            db.execute(change)
        db.close()
        code, (origin,) = audit(folder, capsys)
        assert (code, origin["reason"]) == (5, "changed_unit")
