"""Files of other receivers go through gpsbabel, which is held as tightly as our own parsers."""

import os
import random
import shutil
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from eradication.config import Limits, Settings
from eradication.ingest import conversion, foreign, patrols, sandbox

NOW = datetime(2026, 5, 1, tzinfo=UTC)
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="namespaces, seccomp and Landlock are Linux's")
GPSBABEL = pytest.mark.skipif(shutil.which("gpsbabel") is None, reason="gpsbabel is not installed")
POINTS = "".join(
    f'<trkpt lat="{21 + k * 4e-4:.6f}" lon="{104 + k * 1e-4:.6f}"><ele>{900 + k}</ele>'
    f"<time>2026-02-10T01:{k:02}:00Z</time><fix>3d</fix><sat>8</sat></trkpt>"
    for k in range(20)
)
GPX = (
    '<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">'
    '<wpt lat="21.001" lon="104.002"><name>LAN1</name></wpt>'
    f"<trk><name>T1</name><trkseg>{POINTS}</trkseg></trk></gpx>"
)


def settings(**limits):
    return Settings(limits=Limits(**{"wall_s": 20} | limits))


def read(path, **limits):
    return patrols.read(path, timezone="Asia/Ho_Chi_Minh", settings=settings(**limits), now=NOW)


@pytest.fixture
def gpx(tmp_path):
    path = tmp_path / "a.gpx"
    path.write_text(GPX, encoding="utf-8")
    return path


def made(gpx, form, suffix, *what):
    """The same walk as another program writes it."""
    out = gpx.with_name(f"tuyến 1{suffix}")
    subprocess.run(
        ["gpsbabel", *(what or ("-t", "-r", "-w")), "-i", "gpx", "-f", gpx, "-o", form, "-F", out],
        check=True,
        env=os.environ | {"TZ": "UTC"},
    )
    return out


@GPSBABEL
@LINUX
def test_T12_positions_of_an_nmea_log_keep_their_own_times_whatever_the_order_of_its_sentences(gpx):
    path = made(gpx, "nmea", ".nmea", "-t")
    lines = path.read_text().splitlines()
    rmc, gga = ([line for line in lines if name in line] for name in ("$GPRMC", "$GPGGA"))
    wanted = [s.lat[3] for p in read(gpx).patrols for s in p.segments]
    for pairs in (zip(rmc, gga, strict=True), zip(gga, rmc, strict=True)):
        path.write_text("\n".join(line for pair in pairs for line in pair) + "\n")
        [fixes] = read(path).patrols[0].segments
        assert fixes.time_s[3] - fixes.time_s[0] == 180.0
        assert fixes.lat[3] == pytest.approx(wanted[0], abs=3e-6)


@GPSBABEL
@LINUX
@pytest.mark.parametrize(
    ("form", "suffix", "what", "apart_m"),
    [
        ("gdb", ".gdb", (), 0.02),
        ("ozi", ".plt", ("-t",), 0.02),
        ("nmea", ".nmea", ("-t",), 0.3),
        ("igc", ".igc", ("-t",), 2.0),
        ("gtm", ".gtm", (), 0.02),
        pytest.param("igo8", ".trk", ("-t",), 0.1, marks=pytest.mark.slow),
        pytest.param("unicsv,utc=0", ".unicsv", ("-t",), 0.2, marks=pytest.mark.slow),
        pytest.param("dmtlog", ".trl", ("-t",), 0.1, marks=pytest.mark.slow),
    ],
)
def test_the_same_walk_of_another_program_is_the_same_patrol(gpx, form, suffix, what, apart_m):
    path = made(gpx, form, suffix, *what)
    before = path.read_bytes()
    file = read(path)
    assert (file.status, file.format, file.sha256) == ("accepted", form.partition(",")[0], sandbox.digest(path))
    assert file.facts["converted_by"] == f"gpsbabel {conversion.version(shutil.which('gpsbabel'))}"
    assert file.facts["format"]
    (walk,) = [p for p in file.patrols if p.segments]
    (same,) = read(gpx).patrols
    (got,), (wanted,) = walk.segments, same.segments
    np.testing.assert_allclose(got.lat, wanted.lat, atol=apart_m / 111_000)
    np.testing.assert_allclose(got.lon, wanted.lon, atol=apart_m / 103_000)
    if form != "dmtlog":  # which has no times
        np.testing.assert_allclose(got.time_s, wanted.time_s, atol=1.0)
    assert (walk.total, walk.kept) == (same.total, same.kept)
    assert path.read_bytes() == before


@GPSBABEL
@LINUX
@pytest.mark.parametrize(("form", "suffix"), [("ozi", ".wpt"), ("geo", ".loc"), ("easygps", ".loc")])
def test_places_of_other_programs_are_waypoints(gpx, form, suffix):
    (patrol,) = read(made(gpx, form, suffix, "-w")).patrols
    (waypoint,) = patrol.waypoints
    assert (waypoint.name, round(waypoint.lat, 5), round(waypoint.lon, 5)) == ("LAN1", 21.001, 104.002)


@GPSBABEL
@LINUX
@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.gdb", b"MsRcf\x00" + bytes(range(256)) * 40, "not_converted"),
        ("b.gdb", b"garbage" * 100, "not_gdb"),
        ("c.gdb", b'<?xml version="1.0"?><OGRVRTDataSource/>', "not_gdb"),
        ("d.igc", b"AXXXZZZ\r\nHFDTE100226\r\nB" + b"9" * 5000, "not_converted"),
        ("e.gtm", b"\xd3\x00TrackMaker" + b"\xff" * 4000, "not_converted"),
    ],
)
def test_a_hostile_file_is_refused_with_a_reason(tmp_path, name, content, reason):
    path = tmp_path / name
    path.write_bytes(content)
    file = read(path)
    assert (file.status, file.reason) == ("refused", reason)
    assert file.facts["refusal"]["hint"]
    assert file.facts["refusal"]["where"].startswith(str(path))


@GPSBABEL
@LINUX
def test_huge_numbers_in_a_track_are_marked_and_none_is_lost(gpx):
    path = made(gpx, "ozi", ".plt", "-t")
    lines = path.read_text().splitlines(keepends=True)
    lines[6] = "  1e308, -99999999999999999999,0,9e99,9e99, 10-Feb-99, 01:00:00\r\n"
    path.write_text("".join(lines))
    file = read(path)
    (patrol,) = file.patrols
    assert (patrol.total, patrol.marked) == (20, {"bad_coordinates": 1})


def test_without_gpsbabel_the_refusal_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    path = tmp_path / "a.gdb"
    path.write_bytes(b"MsRcf\x00")
    file = read(path)
    assert (file.status, file.reason) == ("refused", "needs_gpsbabel")
    assert "gpsbabel" in file.facts["refusal"]["hint"]


def test_a_setting_switches_it_off(tmp_path):
    path = tmp_path / "a.gdb"
    path.write_bytes(b"MsRcf\x00")
    assert read(path, gpsbabel=False).reason == "gpsbabel_off"


def test_a_text_is_a_receivers_log_only_if_it_begins_like_one(tmp_path):
    for name, content, known in (
        ("a.txt", b"$GNRMC,010000,A,", True),
        ("b.txt", b"no track", False),
        ("c.log", b"", False),
    ):
        (tmp_path / name).write_bytes(content)
        assert (foreign.tell(tmp_path / name) is not None) is known


@GPSBABEL
@LINUX
@pytest.mark.slow
@pytest.mark.parametrize(("form", "suffix"), [("gdb", ".gdb"), ("gtm", ".gtm"), ("igc", ".igc"), ("nmea", ".nmea")])
def test_T12_any_damage_to_a_foreign_file_ends_in_an_answer(gpx, form, suffix):
    path, draw = made(gpx, form, suffix, "-t"), random.Random(5)
    whole = path.read_bytes()
    for _ in range(25):
        damaged = bytearray(whole)
        for _ in range(draw.randint(1, 12)):
            damaged[draw.randrange(20, len(whole))] = draw.randrange(256)
        path.write_bytes(damaged[: draw.randint(len(whole) // 2, len(whole))])
        file = read(path)
        assert file.status in ("accepted", "refused")
        assert all(p.kept + sum(p.marked.values()) == p.total for p in file.patrols)


def test_what_our_own_readers_know_never_reaches_it(gpx, monkeypatch):
    monkeypatch.setattr(conversion, "_program", None)
    assert read(gpx).status == "accepted"
    assert foreign.tell(gpx) is None


@pytest.fixture(scope="module")
def landlock():
    if "landlock" not in sandbox.isolation(Limits()):
        pytest.skip("this kernel has no Landlock")


STAND_IN = """#!{python} -IS
import os, socket, sys
told = []
def tried(name, what):
    try:
        what()
    except OSError as error:
        told.append(f"{{name}} {{type(error).__name__}}")
    else:
        told.append(f"{{name}} DONE")
if "-V" in sys.argv:
    print("GPSBabel Version 9.9.9")
    sys.exit()
tried("connect", lambda: socket.create_connection(("127.0.0.1", {port}), timeout=2))
tried("udp", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", {port})))
tried("unix", lambda: socket.socketpair())
tried("canary", lambda: open({canary!r}).read())
tried("passwd", lambda: open("/etc/passwd").read())
tried("outside", lambda: open({canary!r} + ".new", "w"))
tried("shell", lambda: os.execv("/bin/sh", ["sh", "-c", "true"]))
told += [" ".join(sorted(os.environ)), " ".join(sorted(os.listdir("."))), " ".join(sys.argv[1:])]
names = "".join(f'<wpt lat="21" lon="104"><name>{{t}}</name></wpt>' for t in told)
open("output.gpx", "w").write(f"<gpx>{{names}}</gpx>")
"""


def stand_in(folder, monkeypatch, text):
    program = folder / "bin" / "gpsbabel"
    program.parent.mkdir()
    program.write_text(text, encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    path = folder / "a.gdb"
    path.write_bytes(b"MsRcf\x00 of a user")
    return path


def system_python():
    found = shutil.which("python3", path="/usr/bin:/usr/local/bin")
    return found and str(Path(found).resolve())


NEEDS_PYTHON = pytest.mark.skipif(not system_python(), reason="the stand-in needs a Python of the system's")


@LINUX
@NEEDS_PYTHON
@pytest.mark.usefixtures("landlock")
def test_T1_a_converter_has_no_network_no_disk_no_other_program_and_a_command_of_ours(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "canary")
    canary = tmp_path / "canary"
    canary.write_text("canary")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        values = {"python": system_python(), "port": server.getsockname()[1], "canary": str(canary)}
        path = stand_in(tmp_path, monkeypatch, STAND_IN.format(**values))
        file = read(path)
        with pytest.raises(TimeoutError):
            server.accept()
    told = [w.name for w in file.patrols[0].waypoints]
    assert told[:7] == [
        f"{n} PermissionError" for n in ("connect", "udp", "unix", "canary", "passwd", "outside", "shell")
    ]
    assert "SECRET_TOKEN" not in told[7]
    assert told[8:] == ["input.gdb", "-t -r -w -i gdb -f input.gdb -o gpx -F output.gpx"]
    assert not (tmp_path / "canary.new").exists()
    assert file.facts["converted_by"] == "gpsbabel 9.9.9"


@pytest.mark.slow
@LINUX
@NEEDS_PYTHON
@pytest.mark.usefixtures("landlock")
@pytest.mark.parametrize(
    ("does", "limits", "reason"),
    [
        ("import time; time.sleep(60)", {"wall_s": 2}, "timeout"),
        ("while True: pass", {"cpu_s": 1}, "too_costly"),
        ("open('output.gpx', 'wb').write(bytes(3 << 20))", {"file_mb": 1}, "not_converted"),
        ("import os; os.symlink('/etc/hostname', 'output.gpx')", {}, "not_converted"),
        ("import os; os.write(3, b'x' * 100)", {}, "parser_failed"),
        ("raise SystemExit(1)", {}, "not_converted"),
    ],
)
def test_a_converter_that_misbehaves_is_ended_and_the_file_refused(tmp_path, monkeypatch, does, limits, reason):
    path = stand_in(tmp_path, monkeypatch, f"#!{system_python()} -IS\n{does}\n")
    file = read(path, **limits)
    assert (file.status, file.reason) == ("refused", reason)


@LINUX
def test_where_a_converter_cannot_be_held_the_file_is_refused(tmp_path):
    from eradication.errors import RefusedInput
    from eradication.ingest import confine, converter

    program = tmp_path / "gpsbabel"
    program.write_text("#!/bin/sh\n")
    assert converter._started_with(program)[:2] == (program, Path("/bin/sh"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(confine, "confine", lambda *_: ["limits", "seccomp"])
        with pytest.raises(RefusedInput) as caught:
            converter._hold(str(program), 1024, 10, 10)
    assert (caught.value.kind, bool(caught.value.hint)) == ("no_isolation", True)
