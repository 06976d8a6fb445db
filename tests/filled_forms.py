"""Filled-in forms as telephones and form servers write them, from one set of answers.

The skeleton of an instance is the one that pyxform compiles from the shipped workbook, so a question that is renamed
there is missed here.
"""

import csv
import io
import json
import re
import zipfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

import openpyxl

FORMS = Path(__file__).resolve().parents[1] / "data" / "forms"
FOUND = {
    "visit_id": "V-BP01-1",
    "plot_id": "",
    "place": "20.79 104.85 900.5 4.5",
    "visited_at": "2026-02-10T08:30:00.000+07:00",
    "unit": "BP01",
    "officers": "CB012;CB045",
    "selection_mode": "routine",
    "outcome": "detected",
    "crop": "opium_poppy",
    "area_m2": "320.5",
    "area_method": "tape",
    "stage": "flower",
    "plant_count": "4000",
    "count_method": "quadrat",
    "photo_before": "1760000000000.jpg",
    "note": "nương dốc",
}
"""Answers of a visit that found something."""
DESTROYED = {
    **{name: FOUND[name] for name in ("place", "unit", "officers")},
    "visit_id": "E-BP01-1",
    "visited_at": "2026-02-11T09:00:00.000+07:00",
    "outcome": "eradicated",
    "selection_mode": "follow_up",
    "minutes_type": "destruction",
    "destroyed_fraction": "1",
    "destroyed_by": "force",
    "method": "uproot",
    "minutes_no": "12/BB-BP01",
    "photo_before": "1.jpg",
    "photo_after": "2.jpg",
}
VERIFIED = {
    **{name: FOUND[name] for name in ("place",)},
    "visit_id": "F-CA02-1",
    "unit": "CA02",
    "officers": "CA7",
    "visited_at": "2026-03-05T09:00:00.000+07:00",
    "outcome": "verified",
    "selection_mode": "follow_up",
    "destroyed_fraction": "1",
}
TOLD = {
    "tip_id": "T-BP01-1",
    "unit": "BP01",
    "received_at": "2026-02-01T10:30:00.000+07:00",
    "place": "đầu suối",
    "position": "20.80 104.86 0 0",
    "radius_m": "100",
    "crop": "opium_poppy",
    "mailbox": "Hua Tát",
    "note": "hoa trắng",
    "source": "Canary of the village",
}


@cache
def skeleton(form: str) -> str:
    """The empty instance that pyxform compiles into the form."""
    from pyxform.xls2xform import convert

    xform = convert(str(FORMS / f"{form}.xlsx")).xform
    [instance] = re.findall(r"<instance>(<data.*?</data>)</instance>", xform, re.DOTALL)
    names = 'xmlns:orx="http://openrosa.org/xforms" xmlns:jr="http://openrosa.org/javarosa"'
    return str(instance.replace("<data ", f"<data {names} ", 1))


def instance(form: str, answers: Mapping[str, str], instance_id: str = "5f2b") -> str:
    """Fill in a form as ODK Collect does."""
    text = skeleton(form)
    for name, answer in {**answers, "instanceID": f"uuid:{instance_id}" if instance_id else ""}.items():
        if answer:
            text, hits = re.subn(rf"<((?:\w+:)?{name})/>", lambda m: f"<{m[1]}>{escape(answer)}</{m[1]}>", text)  # noqa: B023
            assert hits == 1, name
    return f'<?xml version="1.0" encoding="UTF-8"?>{text}'


def csv_text(rows: list[Mapping[str, str]], delimiter: str = ",") -> str:
    """Write records as a table."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def zipped(files: Mapping[str, bytes | str]) -> bytes:
    """Pack files."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def central_row(answers: Mapping[str, str], instance_id: str = "5f2b", group: str = "") -> dict[str, str]:
    """A row of ODK Central's CSV: points over four columns, groups before a hyphen."""
    row = {"SubmissionDate": "2026-02-12T01:00:00.000Z", "started": "2026-02-10T01:20:00.000Z"}
    for name, answer in answers.items():
        if name in ("place", "position") and re.match(r"[\d.]+ [\d.]+ ", answer):
            values = answer.split()
            parts = ("Latitude", "Longitude", "Altitude", "Accuracy")
            row |= {f"{group}{name}-{part}": value for part, value in zip(parts, values, strict=True)}
        else:
            row[f"{group}{name}"] = answer
    ids = {"meta-instanceID": f"uuid:{instance_id}", "KEY": f"uuid:{instance_id}"}
    return row | ids | {"SubmitterName": "Máy 3", "AttachmentsPresent": "1", "FormVersion": "v1"}


def central_zip(answers: Mapping[str, str], photos: Mapping[str, bytes]) -> bytes:
    """What ODK Central gives as "all data and attachments"."""
    media = {f"media/{name}": content for name, content in photos.items()}
    return zipped({"eradication_visit.csv": csv_text([central_row(answers, group="grp-")]), **media})


def central_odata(answers: Mapping[str, str], instance_id: str = "5f2b") -> str:
    """ODK Central's OData: nested groups, GeoJSON points."""
    record: dict[str, object] = {"__id": f"uuid:{instance_id}", "__system": {"submitterName": "Máy 3"}}
    lat, lon, alt, accuracy = (float(part) for part in answers["place"].split())
    point = {"type": "Point", "coordinates": [lon, lat, alt], "properties": {"accuracy": accuracy}}
    record["grp"] = {name: answer or None for name, answer in answers.items() if name != "place"} | {"place": point}
    record["meta"] = {"instanceID": f"uuid:{instance_id}", "instanceName": None}
    return json.dumps({"value": [record], "@odata.context": "https://example.org/$metadata#Submissions"})


def kobo_row(answers: Mapping[str, str], instance_id: str = "5f2b") -> dict[str, str]:
    """A row of KoboToolbox's table with labels for values, groups before a slash, and what it adds."""
    words = {"opium_poppy": "Thuốc phiện", "detected": "Phát hiện", "tape": "Thước dây", "routine": "Thường kỳ"}
    row = {"start": "2026-02-10T08:20:00.000+07:00"}
    for name, answer in answers.items():
        row[f"nhom/{name}"] = words.get(answer, answer) or "n/a"
        if name == "place":
            parts = ("latitude", "longitude", "altitude", "precision")
            row |= {f"_place_{part}": value for part, value in zip(parts, answer.split(), strict=True)}
    extra = {"nhom/photo_before_URL": "https://example.org/a/1760000000000.jpg", "_id": "77", "_uuid": instance_id}
    return row | extra | {"_submission_time": "2026-02-12T01:00:00", "__version__": "v9", "_index": "1"}


def kobo_csv(answers: Mapping[str, str]) -> str:
    """KoboToolbox's CSV, which separates by semicolons, with decimals as they are typed in Vietnam."""
    return csv_text([{**kobo_row(answers), "nhom/area_m2": answers["area_m2"].replace(".", ",")}], ";")


def kobo_words(answers: Mapping[str, str], labels: Mapping[str, str]) -> str:
    """KoboToolbox's CSV as it comes unless asked otherwise: questions head the columns, answers are words."""
    vietnamese = {name: words for words, name in reversed(labels.items())}
    row = {}
    for column, value in kobo_row(answers).items():
        name = column.rpartition("/")[2]
        if name.startswith("_place"):
            column = name.replace("place", vietnamese["place"])
        row[vietnamese.get(name, column) if "URL" not in name else column] = value
    return csv_text([row], ";")


def kobo_xlsx(answers: Mapping[str, str]) -> bytes:
    """KoboToolbox's workbook."""
    book, row = openpyxl.Workbook(), kobo_row(answers)
    assert book.active is not None
    book.active.append(list(row))
    book.active.append([float(v) if re.fullmatch(r"\d+\.\d+", v) else v for v in row.values()])
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def kobo_json(answers: Mapping[str, str], instance_id: str = "5f2b") -> str:
    """KoboToolbox's programming interface."""
    lat, lon, *_ = answers["place"].split()
    record: dict[str, object] = {f"nhom/{name}": answer for name, answer in answers.items() if answer}
    record |= {"_id": 77, "_uuid": instance_id, "_geolocation": [float(lat), float(lon)], "meta/instanceID": "uuid:x"}
    record |= {"meta/instanceID": f"uuid:{instance_id}", "_xform_id_string": "eradication_visit", "_tags": []}
    record["_attachments"] = [{"filename": "u/attachments/1760000000000.jpg", "mimetype": "image/jpeg"}]
    return json.dumps({"count": 1, "next": None, "results": [record]})


def visit_table(answers: Mapping[str, str]) -> str:
    """The same answers as a table of visits."""
    lat, lon, *_ = answers["place"].split()
    row = {name: answer for name, answer in answers.items() if name != "place"} | {"lon": lon, "lat": lat}
    return csv_text([row])
