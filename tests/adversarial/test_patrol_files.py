"""Files made to harm: each is a refusal with a reason, and nothing outside the file is ever touched."""

import gzip
import io
import socket
import threading
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
import walks
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from eradication.config import Limits, Settings
from eradication.errors import RefusedInput, UnusableInput
from eradication.ingest import patrols, readers, sandbox
from eradication.ingest.formats import patrol_file
from eradication.ingest.readers import Reader

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

NOW = datetime(2026, 5, 1, tzinfo=UTC)
TRACK = '<trk><trkseg><trkpt lat="21.5" lon="104.25"/><trkpt lat="21.5001" lon="104.25"/></trkseg></trk>'
GPX = f'<gpx version="1.1">{TRACK}</gpx>'
VRT = (
    '<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>{source}</SrcDataSource>'
    "<SrcLayer>x</SrcLayer></OGRVRTLayer></OGRVRTDataSource>"
)


@pytest.fixture
def read(tmp_path):
    def call(name, content, settings=None):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return patrols.read(path, timezone="UTC", settings=settings or Settings(), now=NOW)

    return call


class Listener:
    """A local server that only counts who comes."""

    def __init__(self):
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.hits = 0
        self.thread = threading.Thread(target=self._count, daemon=True)
        self.thread.start()

    def _count(self):
        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return
            self.hits += 1
            connection.close()

    def close(self):
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        self.thread.join(5)


@pytest.fixture
def listener():
    listener = Listener()
    with socket.create_connection(("127.0.0.1", listener.port)):
        pass
    for _ in range(100):
        if listener.hits:
            break
        threading.Event().wait(0.02)
    assert listener.hits == 1, "the listener itself must work"
    listener.hits = 0
    yield listener
    listener.close()


LAUGHS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
DOCTYPES = {
    "plain": "<!DOCTYPE gpx>",
    "laughs": f'<!DOCTYPE gpx [<!ENTITY l0 "ha">{LAUGHS}]>',
    "external": '<!DOCTYPE gpx [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    "dtd": '<!DOCTYPE gpx SYSTEM "http://127.0.0.1:{port}/evil.dtd">',
    "parameter": '<!DOCTYPE gpx [<!ENTITY % p SYSTEM "http://127.0.0.1:{port}/p">%p;]>',
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("name", DOCTYPES)
def test_T13_a_doctype_is_refused(read, listener, name, encoding):
    head = f'<?xml version="1.0" encoding="{encoding}"?>' + DOCTYPES[name].replace("{port}", str(listener.port))
    file = read("a.gpx", (head + GPX.replace("<trk>", "<trk><name>&l9;&x;</name>")).encode(encoding))
    assert (file.status, file.reason) == ("refused", "doctype_not_allowed")
    assert "root:" not in str(file)
    assert listener.hits == 0


def test_T13_the_same_doctype_in_kml_is_refused_and_network_links_are_not_followed(read, listener):
    link = f"<NetworkLink><Link><href>http://127.0.0.1:{listener.port}/x.kml</href></Link></NetworkLink>"
    place = "<Placemark><Point><coordinates>104,21</coordinates></Point></Placemark>"
    kml = f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{link}{place}</Document></kml>'
    assert read("a.kml", DOCTYPES["plain"] + kml).reason == "doctype_not_allowed"
    file = read("b.kml", kml)
    assert (file.status, file.facts["left_out_NetworkLink"]) == ("accepted", 1)
    assert listener.hits == 0


def test_T13_utf16_without_a_doctype_is_an_ordinary_file(read):
    for encoding in ("UTF-16", "UTF-16LE", "UTF-16BE"):
        text = f'<?xml version="1.0" encoding="{encoding}"?>' + GPX
        assert read("a.gpx", text.encode(encoding)).status == "accepted", encoding


def test_T13_nesting_without_end_is_too_costly(read):
    assert read("a.gpx", "<gpx>" + "<extensions>" * 100_000).reason == "too_costly"
    assert read("a.geojson", '{"type":"Feature","geometry":' + "[" * 200_000).reason == "malformed_json"


@pytest.mark.parametrize("suffix", ["gpx", "kml", "geojson", "csv"])
@pytest.mark.parametrize(
    "source",
    [
        "/etc/passwd",
        "CSV:/etc/passwd",
        "/vsicurl/http://127.0.0.1:{port}/x.csv",
        "http://127.0.0.1:{port}/x.geojson",
        "/vsizip//vsicurl/http://127.0.0.1:{port}/x.zip",
        "WFS:http://127.0.0.1:{port}/",
    ],
)
def test_T1_a_disguised_vrt_reads_nothing_and_calls_nobody(read, listener, suffix, source):
    file = read(f"a.{suffix}", VRT.format(source=source.replace("{port}", str(listener.port))))
    assert (file.status, file.reason) == ("refused", f"not_{suffix}")
    assert "root:" not in str(file)
    assert listener.hits == 0


@pytest.mark.parametrize(("suffix", "source"), [("gpx", "/etc/passwd"), ("gpkg", "/vsicurl/http://127.0.0.1:{port}/x")])
def test_T1_gdal_itself_does_not_open_a_disguised_vrt_in_the_sandbox(tmp_path, monkeypatch, listener, suffix, source):
    folder = Path(__file__).parents[1] / "ingest"
    only = Reader("hostile_readers:layer", ("GPX", "GeoJSON", "GPKG"), "pyogrio", folder)
    monkeypatch.setitem(readers.READERS, "gdal", only)
    path = tmp_path / f"a.{suffix}"
    path.write_text(VRT.format(source=source.replace("{port}", str(listener.port))))
    with pytest.raises(RefusedInput, match="DataSourceError"):
        sandbox.read(path, "gdal", Limits())
    assert listener.hits == 0


def test_T1_the_same_reader_opens_what_is_on_its_list(tmp_path, monkeypatch):
    folder = Path(__file__).parents[1] / "ingest"
    monkeypatch.setitem(readers.READERS, "gdal", Reader("hostile_readers:layer", ("GeoJSON",), "pyogrio", folder))
    path = tmp_path / "a.geojson"
    path.write_text('{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[104,21]}}')
    assert sandbox.read(path, "gdal", Limits())


def zipped(content):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.gpx", content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "reason", "said"),
    [
        ("a.gpx", zipped(GPX), "not_gpx", "ZIP"),
        ("a.csv", zipped(GPX), "not_csv", "ZIP"),
        ("a.parquet", zipped(GPX), "not_parquet", "ZIP"),
        ("a.zip", zipped(GPX), "unsupported_format", "GPX, KML, KMZ, FIT, TCX, GeoJSON, GeoPackage"),
        ("a.gpx", gzip.compress(GPX.encode(), mtime=0), "not_gpx", "gzip"),
        ("a.gpx", b"SQLite format 3\x00" + bytes(100), "not_gpx", "SQLite"),
        ("a.gpkg", b"SQLite format 3\x00" + bytes(52) + b"GPKG" + bytes(40), "unreadable_format", "GeoPackage"),
        ("a.fit", b"\x0e\x10\x00\x00\x00\x00\x00\x00.FIT" + bytes(50), "bad_fit", "FIT"),
        ("a.fit", GPX, "not_fit", "GPX"),
        ("a.kmz", zipped(GPX), "not_kmz", "ZIP"),
        ("a.tcx", GPX, "not_tcx", "GPX"),
        ("a.xlsx", zipped(GPX), "not_xlsx", "ZIP"),
        ("a.gpx", bytes(range(256)), "not_gpx", "unknown binary"),
        ("a.gpx", "lon,lat\n104,21\n", "not_gpx", "CSV"),
        ("a.geojson", GPX, "not_geojson", "GPX"),
        ("a.gpx", "<html><body>Đăng nhập</body></html>", "not_gpx", "html"),
        ("a.txt", "xin chào", "unsupported_format", "plain text"),
        ("a", b"\x7fELF" + bytes(60), "unsupported_format", "unknown binary"),
        ("a.geojson", "[1, 2", "malformed_json", "line 1"),
        ("a.geojson", "{}", "not_geojson", "no GeoJSON"),
        ("a.gpx", "<gpx>" + "\x00", "not_gpx", "unknown binary"),
        ("a.gpx", "<", "malformed_xml", "line 1"),
        ("a.gpx", "<gpx>&unknown;</gpx>", "malformed_xml", "undefined entity"),
        ("a.gpx", b"", "empty_file", "empty"),
    ],
)
def test_what_is_not_what_it_is_called_is_refused_in_words(read, name, content, reason, said):
    file = read(name, content)
    assert (file.status, file.reason) == ("refused", reason)
    assert said in file.message
    assert file.patrols == ()


def test_a_gpx_without_a_suffix_is_told_by_its_content(read):
    assert read("track", GPX).format == "gpx"
    assert read("track.xml", GPX).format == "gpx"


def test_a_directory_named_like_a_track_is_no_file(tmp_path):
    folder = tmp_path / "a.gpx"
    folder.mkdir()
    with pytest.raises(UnusableInput, match="folder"):
        patrols.read(folder, timezone="UTC", settings=Settings(), now=NOW)


def test_T12_senseless_coordinates_are_marked_point_by_point(read):
    lats = ["21", "95", "NaN", "1e308", "-inf", "", "21,5", "0x15", "1_0"]
    points = "".join(f'<trkpt lat="{lat}" lon="104"/>' for lat in lats) + "<trkpt/>"
    file = read("a.gpx", f"<gpx><trk><trkseg>{points}</trkseg></trk></gpx>")
    (patrol,) = file.patrols
    assert (patrol.total, patrol.kept, patrol.marked) == (10, 1, {"bad_coordinates": 9})


def test_T12_senseless_times_accuracies_and_heights_do_not_break_anything(read):
    times = ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "2006-06-26T00:00:00Z", "1e9", "2026-02-30T00:00:00Z"]
    points = "".join(f'<trkpt lat="21" lon="104"><ele>1e308</ele><time>{t}</time></trkpt>' for t in times)
    file = read("a.gpx", f"<gpx><trk><trkseg>{points}</trkseg></trk></gpx>")
    (patrol,) = file.patrols
    assert patrol.kept + sum(patrol.marked.values()) == patrol.total == 5
    assert patrol.marked == {"future_time": 1, "implausible_time": 2, "duplicate": 1}
    assert file.facts["unreadable_times"] == 2


@pytest.mark.slow
def test_200_000_fixes_come_in_within_the_limits(read):
    clock = datetime(2026, 2, 10, tzinfo=UTC).timestamp()
    rows = (
        f'<trkpt lat="{21 + i * 1e-5:.6f}" lon="104.25"><ele>900</ele>'
        f"<time>{datetime.fromtimestamp(clock + i, UTC):%Y-%m-%dT%H:%M:%SZ}</time></trkpt>"
        for i in range(200_000)
    )
    file = read("a.gpx", f"<gpx><trk><trkseg>{''.join(rows)}</trkseg></trk></gpx>")
    (patrol,) = file.patrols
    assert (patrol.total, patrol.kept) == (200_000, 200_000)
    assert patrol.length_km == pytest.approx(221.5, rel=1e-3)
    assert patrol.hours == pytest.approx(200_000 / 3600, rel=1e-3)


def test_a_file_that_costs_more_than_allowed_is_refused(read):
    many = f"<gpx><trk><trkseg>{'<trkpt lat="21" lon="104"/>' * 150_000}</trkseg></trk></gpx>"
    assert read("a.gpx", many, Settings(limits=Limits(file_mb=1))).reason == "file_too_large"
    assert read("a.gpx", many, Settings(limits=Limits(points=100))).reason == "too_many_points"
    assert read("a.gpx", many, Settings(limits=Limits(output_mb=1))).reason == "too_costly"


WHOLE = f'<?xml version="1.0"?><gpx><wpt lat="21" lon="104"><name>Lán</name></wpt>{TRACK}</gpx>'.encode()


@UNHURRIED
@given(st.integers(0, len(WHOLE) - 1))
@example(len(WHOLE) - 1)
def test_a_gpx_cut_at_any_byte_is_never_half_accepted(tmp_path_factory, cut):
    path = tmp_path_factory.getbasetemp() / "cut.gpx"
    path.write_bytes(WHOLE[:cut])
    with pytest.raises(RefusedInput) as caught:
        patrol_file.read(path, {"timezone": "UTC", "points": 100})
    assert caught.value.kind in ("malformed_xml", "not_gpx")


@UNHURRIED
@given(st.binary(max_size=300), st.sampled_from(["gpx", "kml", "geojson", "csv", "txt"]))
@example(b"lon,lat\n1,2\n", "csv")
@example(b'{"type":"FeatureCollection","features":[{"geometry":{"type":"LineString","coordinates":{}}}]}', "geojson")
@example(b'{"type":"LineString","coordinates":[[1],[],null,"x",[true,false],[NaN,Infinity]]}', "geojson")
@example(b'{"type":"GeometryCollection","geometries":[{"type":"GeometryCollection"}]}', "geojson")
@example(b'{"type":"Feature","crs":[],"geometry":{}}', "geojson")
@example(b"<kml><Placemark><LineString><coordinates>,, a,b 1e400,2</coordinates></LineString></Placemark></kml>", "kml")
@example(b"<kml><Placemark><Track><when/><coord/><coord>1 2 3 4</coord></Track></Placemark></kml>", "kml")
@example(
    b"<gpx><trkpt/><wpt><wpt/></wpt><trk><trkpt><trkpt/></trkpt></trk><rte><rtept><hdop>x</hdop></rtept></rte></gpx>",
    "gpx",
)
def test_whatever_bytes_come_the_readers_answer_or_refuse(tmp_path_factory, content, suffix):
    path = tmp_path_factory.getbasetemp() / f"any.{suffix}"
    path.write_bytes(content)
    said = fixes = ""
    try:
        plain = patrol_file.read(path, {"timezone": "UTC", "points": 100, "epsg": None})
        fixes = f"{sum(stop - start for _, start, stop in plain['segments'])} of {len(plain['flagged'])}"
    except RefusedInput as error:
        said = error.message.format(**error.values)
    assert said or fixes.split(" of ")[0] == fixes.split(" of ")[1]


@UNHURRIED
@given(
    st.sampled_from(sorted(walks.MADE)),
    st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), max_size=12),
    st.integers(0, 5000),
)
def test_a_spoilt_file_of_any_format_is_read_or_refused(tmp_path_factory, form, changes, lost):
    content = bytearray(whole(tmp_path_factory, form))
    for at, byte in changes:
        content[at % len(content)] = byte
    path = tmp_path_factory.mktemp("spoilt") / walks.MADE[form][0]
    path.write_bytes(bytes(content[: len(content) - lost % 64]))
    said, counted = "", (0, 1)
    try:
        plain = patrol_file.read(path, {"timezone": "UTC", "points": 100, "epsg": None})
        counted = len(plain["flagged"]), sum(stop - start for _, start, stop in plain["segments"])
    except RefusedInput as error:
        said = error.message.format(**error.values)
    assert said or counted[0] == counted[1]


WRITTEN: dict[str, bytes] = {}


def whole(folders, form: str) -> bytes:
    if form not in WRITTEN:
        WRITTEN[form] = walks.MADE[form][1](folders.mktemp("whole"))
    return WRITTEN[form]


@pytest.mark.slow
def test_a_million_fixes_come_in_within_the_limits_and_none_is_lost(read):
    rows = "".join(
        f'<trkpt lat="{21 + k * 5e-7:.7f}" lon="104"><time>2026-02-{1 + k // 86400:02}T{k // 3600 % 24:02}'
        f":{k // 60 % 60:02}:{k % 60:02}Z</time></trkpt>"
        for k in range(1_000_000)
    )
    file = read("long.gpx", f'<gpx version="1.1"><trk><trkseg>{rows}</trkseg></trk></gpx>'.encode())
    (patrol,) = file.patrols
    assert (file.status, patrol.total) == ("accepted", 1_000_000)
    assert patrol.kept + sum(patrol.marked.values()) == patrol.total
