"""What a file holds that another program opens: texts, and nothing that the program would do by itself."""

import csv
import json
import re
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree

import openpyxl

from eradication.report.words import FORMULA

ACTS = re.compile(rb"/(URI|JS|JavaScript|Launch|OpenAction|AA|EmbeddedFile|GoToR|SubmitForm)\b")
"""What a PDF does by itself, or when somebody clicks."""


def text(file: Path) -> str:
    """Return all texts of a file, of which none is a formula, a field, a link outwards, or an element."""
    if file.suffix in (".xlsx", ".docx"):
        lead_nowhere(file)
    readers = {".xlsx": cells, ".docx": words, ".csv": rows, ".geojson": properties, ".gpkg": columns}
    return "\n".join(readers.get(file.suffix, elements)(file))


def lead_nowhere(file: Path) -> None:
    with zipfile.ZipFile(file) as archive:
        assert not [name for name in archive.namelist() if re.search("external|vba|embed|activeX", name)], file
        for name in archive.namelist():
            assert b"TargetMode" not in archive.read(name), (file, name)


def cells(file: Path) -> list[str]:
    found = [cell for sheet in openpyxl.load_workbook(file) for row in sheet.iter_rows() for cell in row]
    assert [cell.coordinate for cell in found if cell.data_type == "f"] == []
    texts = [cell for cell in found if isinstance(cell.value, str)]
    assert [cell.value for cell in texts if cell.value.startswith(FORMULA) and not cell.quotePrefix] == []
    return [cell.value for cell in texts]


def words(file: Path) -> list[str]:
    told = []
    with zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            if name.startswith("word/") and name.endswith(".xml"):
                root = ElementTree.fromstring(archive.read(name))
                fields = [one.text for one in root.findall(".//{*}instrText")]
                assert {*fields} <= {"PAGE"}, fields
                assert not root.findall(".//{*}hyperlink") + root.findall(".//{*}fldSimple")
                told += ["".join(one.itertext()) for one in root.findall(".//{*}p")]
    return told


def rows(file: Path) -> list[str]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        found = [cell for row in csv.reader(lines) for cell in row]
    assert [cell for cell in found if cell.startswith(FORMULA) and not re.fullmatch(r"-?[\d.]+", cell)] == []
    return found


def properties(file: Path) -> list[str]:
    return [str(value) for one in json.loads(file.read_text())["features"] for value in one["properties"].values()]


def columns(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as package:
        tables = [name for (name,) in package.execute("SELECT table_name FROM gpkg_contents")]
        values = [value for name in tables for row in package.execute(f'SELECT * FROM "{name}"') for value in row]
    return [value for value in values if isinstance(value, str)]


def elements(file: Path) -> list[str]:
    root = ElementTree.fromstring(file.read_bytes())
    assert [one.tag for one in root.iter() if "data-evil" in one.attrib] == []
    return [one.text for one in root.iter() if one.text]
