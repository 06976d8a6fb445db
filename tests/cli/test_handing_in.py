"""Folders and ZIPs are handed in as they are: every file in them is judged by itself and nothing is lost."""

import io
import zipfile

import pytest

from eradication.config import Limits
from eradication.ingest import unpacking

POINTS = "".join(
    f'<trkpt lat="{21 + k * 4e-4}" lon="104"><time>2026-02-10T0{{}}:{k:02}:00Z</time></trkpt>' for k in range(9)
)


def gpx(hour: int) -> bytes:
    return f'<gpx version="1.1"><trk><trkseg>{POINTS.format(*[hour] * 9)}</trkseg></trk></gpx>'.encode()


def packed(files: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


@pytest.fixture
def workspace(cli, tmp_path):
    assert cli("init", tmp_path / "ws").code == 0
    return tmp_path / "ws"


@pytest.fixture
def take(cli, workspace):
    return lambda *paths: cli("--workspace", workspace, "--json", "patrols", "import", *paths)


def test_a_folder_is_handed_in_file_by_file_without_what_systems_leave(take, tmp_path):
    folder = tmp_path / "usb"
    (folder / "thứ hai").mkdir(parents=True)
    (folder / ".Trash").mkdir()
    for name, content in {
        "thứ hai/a.gpx": gpx(1),
        "b.gpx": gpx(2),
        "again.gpx": gpx(1),
        "note.txt": b"no track",
        ".Trash/c.gpx": gpx(3),
        "Thumbs.db": b"x",
    }.items():
        (folder / name).write_bytes(content)
    ended = take(folder)
    assert ended.code == 3
    told = {file["path"].removeprefix(f"{folder}/"): (file["status"], file["reason"]) for file in ended.json["files"]}
    assert told == {
        "again.gpx": ("accepted", ""),
        "b.gpx": ("accepted", ""),
        "note.txt": ("refused", "unsupported_format"),
        "thứ hai/a.gpx": ("duplicate", "same_content"),
    }


def test_files_of_a_zip_are_taken_under_their_names_and_kept_byte_for_byte(take, workspace, tmp_path):
    path = tmp_path / "tuần.zip"
    kmz = packed({"doc.kml": b"<kml><Placemark><Point><coordinates>104,21</coordinates></Point></Placemark></kml>"})
    path.write_bytes(
        packed({"1/a.gpx": gpx(1), "b.kmz": kmz, "c.fit": b"no fit at all", "d.zip": packed({"e.gpx": gpx(2)})})
    )
    ended = take(path)
    assert ended.code == 3
    files = {file["path"]: file for file in ended.json["files"]}
    told = {name.removeprefix(f"{path}/"): (file["status"], file["reason"]) for name, file in files.items()}
    assert told == {
        "1/a.gpx": ("accepted", ""),
        "b.kmz": ("accepted", ""),
        "c.fit": ("refused", "not_fit"),
        "d.zip": ("refused", "archive_in_archive"),
    }
    assert all(file["where"].startswith(name) for name, file in files.items() if file["status"] == "refused")
    kept = {p.name: p.read_bytes() for p in workspace.rglob("*") if p.is_file()}
    for content, name in ((gpx(1), f"{path}/1/a.gpx"), (b"no fit at all", f"{path}/c.fit")):
        assert kept[files[name]["sha256"]] == content
    assert [file["status"] for file in take(path).json["files"]][:2] == ["duplicate", "duplicate"]


def test_a_workspace_in_a_folder_is_not_handed_in(take, workspace, tmp_path):
    (tmp_path / "a.gpx").write_bytes(gpx(1))
    told = [(file["path"], file["status"]) for file in take(tmp_path).json["files"]]
    assert told == [(str(tmp_path / "a.gpx"), "accepted")]


def test_an_empty_folder_holds_nothing_to_take_in(take, tmp_path):
    (tmp_path / "empty").mkdir()
    ended = take(tmp_path / "empty")
    assert (ended.code, ended.json["error"]["kind"]) == (2, "no_files")


def test_T6_a_zip_that_cannot_be_trusted_is_refused_and_the_others_go_on(take, tmp_path):
    (tmp_path / "bomb.zip").write_bytes(packed({"a.gpx": b" " * 40_000_000, "b.gpx": gpx(1)}))
    (tmp_path / "good.gpx").write_bytes(gpx(2))
    ended = take(tmp_path / "bomb.zip", tmp_path / "good.gpx")
    assert [(f["status"], f["reason"]) for f in ended.json["files"]] == [("refused", "bad_archive"), ("accepted", "")]
    assert ended.code == 3


def test_a_zip_is_unpacked_only_while_its_files_are_taken(tmp_path):
    (tmp_path / "a.zip").write_bytes(packed({"../../a.gpx": gpx(1), "b.gpx": gpx(2)}))
    seen = []
    for handed in unpacking.spread([tmp_path / "a.zip"], Limits()):
        seen.append(handed.path)
        assert handed.path.read_bytes() in (gpx(1), gpx(2))
        assert tmp_path not in handed.path.parents
    assert len(seen) == 2
    assert not any(path.exists() for path in seen)


def test_a_duplicate_is_answered_with_what_is_on_record(cli, workspace, take, tmp_path):
    file = tmp_path / "a.gpx"
    file.write_bytes(gpx(1))
    (first,) = take(file).json["files"][0]["patrols"]
    (again,) = cli("--workspace", workspace, "--json", "patrols", "import", file, "--unit", "BP09").json["files"]
    assert (again["status"], again["patrols"][0]["unit"]) == ("duplicate", "")
    assert again["patrols"][0]["length_km"] == first["length_km"]
    assert "on_record" not in again["facts"]
