"""Makes a fixture of the present version of the store: a small worked season, written by the program of that version.

Run it with the program that is to be kept, from a clean checkout of the release::

    git worktree add --detach /tmp/then COMMIT
    cd /tmp/then
    PYTHONPATH=. python /path/to/tests/store/earlier/make.py OUT

where ``python`` is a virtual environment that this program runs in (that of ``make setup`` there, if its lock file is
another). ``OUT/<version>/`` then holds ``file.tar.xz`` (a workspace with its GeoPackage), ``server.tar.xz`` (one whose
store is on a server: its folder and ``store.sql``, a plain dump of its schema) and ``file.json``, ``server.json``: what
this version answered. The script uses nothing but the commands of the program, and leaves out those it does not have.

Simulated throughout: nothing in it was observed.
"""

import contextlib
import io
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve()
SCHEMA = "earlier"
VISITS = "visit_id,lon,lat,visited_at,unit,officers,outcome,area_m2,area_method,plant_count,count_method"
VISITS += ",destroyed_fraction,destroyed_by,method,minutes_type,minutes_no,look_alike,photo_before\n"
FIRST = """h1,104.7301,20.8102,2026-01-20T09:00+07:00,BP-01,S1;S2,detected,310,tape,4200,quadrat,,,,,,,before.jpg
h1,104.7301,20.8102,2026-01-20T10:00+07:00,BP-01,S1;S2,eradicated,,,,,1,force,uproot,destruction,12/BB,,
h2,104.7401,20.8202,2026-01-22T09:00+07:00,BP-01,S1;S2,detected,120.5,pace,900,estimate,,,,,,,
h2,104.7401,20.8202,2026-01-22T10:00+07:00,BP-01,S1;S2,eradicated,,,,,0.6,joint,uproot,destruction,13/BB,,
h3,104.7501,20.8302,2026-01-23T09:00+07:00,CA-02,S5;S6,rejected,,,,,,,,,,mustard_greens,
"""
SECOND = """h4,104.7301,20.8102,2026-02-10T09:00+07:00,CA-02,S5;S6,verified,,,,,,,,,,,
h5,104.7401,20.8202,2026-02-11T09:00+07:00,CA-02,S5;S6,regrown,40,tape,,,,,,,,,
"""
ELSEWHERE = "k1,104.7601,20.8402,2026-02-01T09:00+07:00,CA-02,S5;S6,detected,95,tape,700,full,,,,,,,\n"
LATER = "k2,104.7701,20.8502,2026-02-03T09:00+07:00,CA-02,S5;S6,detected,210,gps_track,,,,,,,,,\n"


def run(folder: Path, *arguments: object, refused: bool = False) -> dict[str, Any]:
    """Run one command and return its answer; commands that do not exist here return nothing."""
    from eradication.cli import main

    said = io.StringIO()
    words = ["--workspace", str(folder), "--json", *map(str, arguments)]
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(io.StringIO()):
        code = main(words)
    answer: dict[str, Any] = json.loads(said.getvalue())
    if "No such command" in str(answer.get("error", {}).get("message", "")) or is_unknown(answer):
        return {}
    if code not in ((0, 3) if refused else (0,)):
        raise SystemExit(f"{words} ended with {code}: {answer}")
    return answer


def is_unknown(answer: dict[str, Any]) -> bool:
    """Tell whether the program does not have a command."""
    error = answer.get("error", {})
    return error.get("kind") == "usage" and bool(re.search(r"(?i)no such command|không có lệnh", str(error)))


def walk(file: Path, day: str, lon: float, lat: float) -> Path:
    """Write a walk of half an hour."""
    points = "".join(
        f'<trkpt lat="{lat + 7e-5 * k:.6f}" lon="{lon + 4e-5 * (k % 9):.6f}"><ele>{800 + k}</ele>'
        f"<time>{day}T0{1 + k // 60}:{k % 60:02}:00Z</time></trkpt>"
        for k in range(70)
    )
    text = f"mô phỏng / simulated {day}"
    file.write_text(
        f'<gpx version="1.1" creator="t"><wpt lat="{lat}" lon="{lon}"><name>lán</name></wpt>'
        f"<trk><name>{text}</name><trkseg>{points}</trkseg></trk></gpx>",
        encoding="utf-8",
    )
    return file


def table(file: Path, rows: str, head: str = VISITS) -> Path:
    """Write a table."""
    file.write_text(head + rows, encoding="utf-8")
    return file


def photo(file: Path) -> Path:
    """Write a small photo that says when and where it was taken."""
    from PIL import Image

    made = Image.Exif()
    made[0x010F], made[0x0110] = "Acme", "Cam 1"
    made.get_ifd(0x8769)[0x9003] = "2026:01:20 09:05:00"
    made.get_ifd(0x8825).update({1: "N", 2: (20.0, 48.0, 36.72), 3: "E", 4: (104.0, 43.0, 48.36)})
    Image.linear_gradient("L").convert("RGB").resize((64, 48)).save(file, "JPEG", exif=made)
    return file


def worked(folder: Path, files: Path) -> None:
    """Enter a season by hand: walks, finds, a tip, a photo, a closed period, bundles of two other laptops."""
    for number, day in enumerate(("2026-01-20", "2026-01-22", "2026-02-10")):
        file = walk(files / f"walk-{day}.gpx", day, 104.728 + number / 100, 20.808 + number / 100)
        run(folder, "patrols", "import", "--unit", "BP-01", file)
    run(folder, "tips", "import", table(files / "tips.csv", TIPS, TIP_HEAD), refused=True)
    run(folder, "visits", "import", table(files / "visits-1.csv", FIRST), refused=True)
    run(folder, "photos", "import", "--unit", "BP-01", photo(files / "before.jpg"), refused=True)
    run(folder, "period", "close", "2026-Q1", "--by", "TP-1")
    run(folder, "visits", "import", table(files / "visits-2.csv", SECOND), refused=True)
    # One laptop's bundle arrives whole, of the other's two only the second: its events wait.
    other, third = files / "laptop-2", files / "laptop-3"
    for laptop in (other, third):
        run(laptop, "init", laptop)
    run(other, "patrols", "import", "--unit", "CA-02", walk(files / "walk-k.gpx", "2026-02-01", 104.758, 20.838))
    run(other, "visits", "import", table(files / "k1.csv", ELSEWHERE), refused=True)
    run(other, "bundle", "export", files / "laptop-2.zip")
    since = run(third, "visits", "import", table(files / "k0.csv", ELSEWHERE.replace("k1", "k0")), refused=True)
    assert since
    moment = newest(third)
    run(third, "visits", "import", table(files / "k2.csv", LATER), refused=True)
    run(third, "bundle", "export", files / "laptop-3.zip", "--since", moment)
    run(folder, "bundle", "import", files / "laptop-2.zip", files / "laptop-3.zip")


TIP_HEAD = "tip_id,received_at,unit,place,commune,lon,lat,radius_m,crop,note,mailbox,source\n"
TIPS = "T1,2026-01-18T08:30:00+07:00,BP-01,,,104.7301,20.8102,80,opium_poppy,,Hua Tát,\n"


def newest(folder: Path) -> str:
    """Return when the newest event of a workspace was recorded."""
    from datetime import UTC

    from eradication import store

    with store.open(folder) as opened:
        return max(e.recorded_at for e in opened.events()).astimezone(UTC).isoformat().replace("+00:00", "Z")


def answers(folder: Path) -> dict[str, Any]:
    """Return what this version says of the workspace."""
    from eradication import store

    told = {
        "audit": run(folder, "audit", "verify")["origins"],
        "ledger": run(folder, "ledger", "--season", "2025-2026"),
        "plots": run(folder, "plots", "list", "--season", "2025-2026")["plots"],
        "patrols": run(folder, "patrols", "list")["patrols"],
        "period": run(folder, "period", "show", "2026-Q1"),
    }
    with store.open(folder) as opened:
        told["heads"] = [[h.origin, h.label, h.events, h.head] for h in opened.origins()]
        told["pending"] = [[held.event.origin, held.event.number, held.event.hash] for held in opened.pending()]
        told["fixes"] = sum(len(fixes) for _, fixes in opened.tracks())
    return told


def in_file(scratch: Path) -> Path:
    """Make a workspace whose store is a file: a demonstration, and then by hand."""
    folder, files = scratch / "ws", scratch / "files"
    files.mkdir()
    from eradication.cli import main

    with contextlib.redirect_stdout(io.StringIO()):
        # It ends with 2 where the scripts of the map were not installed: all that is stored is stored by then.
        main(["--json", "--lang", "vi", "demo", str(folder), "--size", "64", "--seed", "3"])
    worked(folder, files)
    return folder


def on_server(scratch: Path, cluster: Any) -> Path:
    """Make a workspace whose store is on a server, by hand only."""
    folder, files = scratch / "ws", scratch / "files"
    files.mkdir()
    cluster.run(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
    run(folder, "init", folder, "--store", cluster.url, "--schema", SCHEMA)
    worked(folder, files)
    return folder


def dump(folder: Path, cluster: Any) -> None:
    """Write the schema as SQL that any later server of PostgreSQL reads, and take the address out of the settings."""
    address = cluster.url.replace("+psycopg", "")
    words = [cluster.bin / "pg_dump", "--schema", SCHEMA, "--no-owner", "--no-privileges", "--inserts", address]
    said = subprocess.run([*map(str, words)], check=True, capture_output=True, text=True).stdout
    lines = [line for line in said.splitlines() if not line.startswith("\\")]
    (folder / "store.sql").write_text("\n".join(lines), encoding="utf-8")
    file = folder / "eradication.toml"
    file.write_text(file.read_text(encoding="utf-8").replace(cluster.url, "URL"), encoding="utf-8")


def pack(folder: Path, out: Path) -> None:
    """Pack what makes up the store, and the files that the settings name: the rest of a workspace is made anew."""
    names = ("eradication.toml", "keys", "originals", "store.gpkg", "store.sql", "tip_sources",
             "simulated/dem", "simulated/posts.csv")  # fmt: skip
    with tarfile.open(out, "w:xz") as archive:
        for name in names:
            if (folder / name).exists():
                archive.add(folder / name, name)


def main(out: Path) -> None:
    """Make both fixtures of the program that is on the path."""
    from eradication.store.schema import VERSION

    sys.path.insert(0, str(HERE.parents[2]))
    import postgres  # of the tests of today

    target = out / VERSION
    target.mkdir(parents=True, exist_ok=True)
    cluster = postgres.new_cluster()
    try:
        for name in ("file", "server"):
            scratch = Path(tempfile.mkdtemp(prefix="earlier-"))
            folder = in_file(scratch) if name == "file" else on_server(scratch, cluster)
            told = answers(folder)
            (target / f"{name}.json").write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
            if name == "server":
                dump(folder, cluster)
            pack(folder, target / f"{name}.tar.xz")
            shutil.rmtree(scratch)
    finally:
        cluster.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
