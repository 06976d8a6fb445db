"""One walk of twelve minutes as each program writes it."""

import io
import shutil
import subprocess
import zipfile
from datetime import UTC, datetime, timedelta

import fit_factory
import numpy as np
import openpyxl
import pytest

from eradication import geo

BEGAN = datetime(2026, 2, 10, 1, 0, tzinfo=UTC)
MINUTES = 12
LON = 104.0 + 0.0002 * np.arange(MINUTES)
LAT = 21.0 + 0.0004 * np.arange(MINUTES)
ELE_M = 900.0 + np.arange(MINUTES)
TIMES = [BEGAN + timedelta(minutes=k) for k in range(MINUTES)]


def fixes(point):
    return "".join(point(*row) for row in zip(LON, LAT, ELE_M, (f"{t:%Y-%m-%dT%H:%M:%SZ}" for t in TIMES), strict=True))


def gpx():
    said = fixes(lambda x, y, z, t: f'<trkpt lat="{y}" lon="{x}"><ele>{z}</ele><time>{t}</time></trkpt>')
    return f'<gpx version="1.1"><trk><name>Tuyến 1</name><trkseg>{said}</trkseg></trk></gpx>'.encode()


def kml():
    times, places = (
        fixes(lambda x, y, z, t: f"<when>{t}</when>"),
        fixes(lambda x, y, z, t: f"<coord>{x} {y} {z}</coord>"),
    )
    track = f'<gx:Track xmlns:gx="http://www.google.com/kml/ext/2.2">{times}{places}</gx:Track>'
    return f"<kml><Document><Placemark><name>Tuyến 1</name>{track}</Placemark></Document></kml>".encode()


def tcx():
    def point(x, y, z, t):
        place = f"<LatitudeDegrees>{y}</LatitudeDegrees><LongitudeDegrees>{x}</LongitudeDegrees>"
        return (
            f"<Trackpoint><Time>{t}</Time><Position>{place}</Position><AltitudeMeters>{z}</AltitudeMeters></Trackpoint>"
        )

    activity = f'<Activity Sport="Other"><Lap><Track>{fixes(point)}</Track></Lap></Activity>'
    return f"<TrainingCenterDatabase><Activities>{activity}</Activities></TrainingCenterDatabase>".encode()


def zipped(**files):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return data.getvalue()


def xlsx(header=("kinh độ", "vĩ độ", "độ cao", "thời gian"), rows=None):
    book = openpyxl.Workbook()
    book.active.append(header)
    local = [(t + timedelta(hours=7)).replace(tzinfo=None) for t in TIMES]
    for row in rows or zip(LON.tolist(), LAT.tolist(), ELE_M.tolist(), local, strict=True):
        book.active.append(row)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def layer(path, driver, epsg=4326):
    """Let GDAL write the walk, with its times as measures."""
    if shutil.which("ogr2ogr") is None:
        pytest.skip("ogr2ogr is not installed (Debian: gdal-bin)")
    x, y = geo.transformer(geo.WGS84, epsg).transform(LON, LAT) if epsg != geo.WGS84 else (LON, LAT)
    seconds = [t.timestamp() for t in TIMES]
    vertices = ", ".join(f"{a:.9f} {b:.9f} {c} {d}" for a, b, c, d in zip(x, y, ELE_M, seconds, strict=True))
    source = path.with_name("source.csv")
    source.write_text(f'ten,wkt\nTuyến 1,"LINESTRING ZM ({vertices})"\n', encoding="utf-8")
    words = ["-a_srs", f"EPSG:{epsg}", "-nln", "tuyen", "-oo", "GEOM_POSSIBLE_NAMES=wkt", "-oo", "KEEP_GEOM_COLUMNS=NO"]
    words += ["-lco", "ENCODING=UTF-8"] if driver == "ESRI Shapefile" else []
    subprocess.run(["ogr2ogr", "-f", driver, *words, path, source], check=True, capture_output=True)
    source.unlink()


def gpkg(folder, epsg=4326):
    layer(folder / "made.gpkg", "GPKG", epsg)
    return (folder / "made.gpkg").read_bytes()


def shapefile(folder, epsg=4326):
    (folder / "shp").mkdir()
    layer(folder / "shp" / "tuyen.shp", "ESRI Shapefile", epsg)
    return zipped(**{f"tuyen_{p.suffix[1:]}": p.read_bytes() for p in (folder / "shp").iterdir()})


def fit():
    rows = zip(LON, LAT, ELE_M, TIMES, strict=True)
    return fit_factory.written([(fit_factory.FILE_ID, (4,)), *(fit_factory.record(*row) for row in rows)])


MADE = {
    "fit": ("a.fit", lambda folder: fit()),
    "gpx": ("a.gpx", lambda folder: gpx()),
    "kml": ("a.kml", lambda folder: kml()),
    "kmz": ("a.kmz", lambda folder: zipped(doc_kml=kml(), files__icon_png=b"\x89PNG")),
    "tcx": ("a.tcx", lambda folder: tcx()),
    "xlsx": ("a.xlsx", lambda folder: xlsx()),
    "gpkg": ("a.gpkg", gpkg),
    "shapefile": ("a.zip", shapefile),
}
