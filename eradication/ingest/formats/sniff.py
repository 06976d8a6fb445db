"""What a file is, by its first bytes and its name together; neither alone is believed."""

from pathlib import Path

from eradication.errors import N_, RefusedInput
from eradication.ingest.formats import hardened_xml, workbook, zipped

ACCEPTED = {
    "gpx": "GPX",
    "kml": "KML",
    "kmz": "KMZ",
    "fit": "FIT",
    "tcx": "TCX",
    "geojson": "GeoJSON",
    "gpkg": "GeoPackage",
    "shapefile": "zipped Shapefile",
    "csv": "CSV",
    "xlsx": "XLSX",
    "parquet": "Parquet",
}

_SUFFIXES = {
    ".gpx": "gpx",
    ".kml": "kml",
    ".kmz": "kmz",
    ".fit": "fit",
    ".tcx": "tcx",
    ".geojson": "geojson",
    ".json": "geojson",
    ".gpkg": "gpkg",
    ".csv": "csv",
    ".tsv": "csv",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".parquet": "parquet",
    ".geoparquet": "parquet",
}
_MAGIC = (
    (b"PAR1", "Parquet"),
    (b"\x1f\x8b", "gzip"),
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
    (b"\x00\x00\x27\x0a", "Shapefile"),
    (b"\xd0\xcf\x11\xe0", "Microsoft Office"),
)
_BROKEN = "broken XML"
_TABLES = ("csv", "xlsx")
_MARKUP = ("gpx", "kml", "tcx")
_SQLITE, _GEOPACKAGE = b"SQLite format 3\x00", (b"GPKG", b"GP10", b"GP11")
_BOMS = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


def tell(path: Path) -> str:
    """Return the key in :data:`ACCEPTED` of the format the file is in.

    Raises:
        RefusedInput: ``unsupported_format``; ``not_gpx``, ``not_kml`` … where name and content disagree;
            ``doctype_not_allowed``.
    """
    named = _SUFFIXES.get(path.suffix)
    found = content(path)
    form = next((key for key, name in ACCEPTED.items() if name == found), None)
    if found == _BROKEN and named in _MARKUP:
        return named  # its reader says where it breaks
    if named in _TABLES and form in _TABLES:
        return str(form)  # one reader for both, which tells them by their bytes
    if named and form != named:
        raise RefusedInput(
            f"not_{named}",
            N_("The file is called {suffix}, but it holds {found}."),
            hint=N_("Export it again from the device or program, or give it the name that fits."),
            values={"suffix": path.suffix, "found": found},
        )
    if form is None:
        raise RefusedInput(
            "unsupported_format",
            N_("This kind of file is not read: {found}. Accepted are {accepted}."),
            hint=N_("Export the track as GPX."),
            values={"found": found, "accepted": ", ".join(ACCEPTED.values())},
        )
    return form


def content(path: Path) -> str:
    """Return what the bytes of a file say it is, in words.

    Raises:
        RefusedInput: ``bad_archive``, ``doctype_not_allowed``.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(zipped.MAGIC):
        return _archive(path)
    if head.startswith(_SQLITE):
        return "GeoPackage" if head[68:72] in _GEOPACKAGE else "SQLite"
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    if head[8:12] == b".FIT":
        return "FIT"
    text = _text(head)
    if text is None:
        return "unknown binary data"
    begin = text.lstrip("\x00 \t\r\n\ufeff")[:1]
    if begin == "<":
        return _markup(path)
    if begin in ("{", "["):
        return "GeoJSON"
    line = text.lstrip().split("\n", 1)[0]
    return "CSV" if any(separator in line for separator in ",;\t|") else "plain text"


def _archive(path: Path) -> str:
    with zipped.opened(path, workbook.BOUNDS) as archive:
        suffixes = {Path(name).suffix.lower() for name in archive.names}
        if workbook.PART in archive.names:
            return "XLSX"
    if ".shp" in suffixes:
        return "zipped Shapefile"
    return "KMZ" if ".kml" in suffixes and path.suffix != ".zip" else "ZIP"


def _text(head: bytes) -> str | None:
    for bom, encoding in _BOMS.items():
        if head.startswith(bom):
            return head[len(bom) :].decode(encoding, errors="replace")
    if head[:2] in (b"<\x00", b"\x00<"):  # UTF-16 without a mark, as XML allows
        return "<"
    return None if b"\x00" in head else head.decode("utf-8", errors="replace")


def _markup(path: Path) -> str:
    root = hardened_xml.root_name(path)
    by_root = {"gpx": "GPX", "kml": "KML", "TrainingCenterDatabase": "TCX"}
    return by_root.get(root, f"XML ({root[:40]})" if root else _BROKEN)
