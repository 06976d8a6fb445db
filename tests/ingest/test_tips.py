"""Tables of tips: what is taken, what is refused, and that nobody hears who told it."""

import io
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eradication.config import Settings
from eradication.domain import AdminUnit, Crop, Informant
from eradication.domain.personal import personal_marks
from eradication.errors import RefusedInput
from eradication.ingest import commune_names, tips
from eradication.ingest.formats import visit_table

NOW = datetime(2027, 3, 1, tzinfo=UTC)
SECRET = "Sùng A Canary"


def commune(code: str, name: str, since: int = 2025, until: int | None = None) -> AdminUnit:
    end = None if until is None else date(until, 6, 30)
    return AdminUnit(code, name, date(since, 7, 1), end, None, 104.6, 20.8, None, True, "test")


UNITS = [
    commune("04048", "Xã Vân Hồ"),
    commune("03979", "Phường Mộc Châu"),
    commune("03980", "Xã Mộc Châu"),
    commune("03700", "Xã Chiềng Xuân", 1990, 2025),
    commune("03701", "Xã Chiềng Xuân", 1990, 2025),
]
CONTEXT = tips.Context(Settings(), NOW, ZoneInfo("Asia/Ho_Chi_Minh"), UNITS)
HEADER = "tip_id,received_at,unit,place,commune,lon,lat,radius_m,crop,note,mailbox,source"
GOOD = f"T1,2027-02-12T08:30:00+07:00,BP01,đầu suối,Vân Hồ,104.61,20.85,80,thuốc phiện,hoa trắng,Hua Tát,{SECRET}"


@pytest.fixture
def read(tmp_path):
    def reader(content, context=CONTEXT):
        path = tmp_path / "tips.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return tips.interpret(visit_table.read(path, {}), context, file="tips.csv")

    return reader


@pytest.fixture
def row(read):
    def reader(**changed):
        record = dict(zip(HEADER.split(","), GOOD.split(","), strict=True)) | changed
        (answer,) = read("\n".join(",".join(f'"{cell}"' for cell in line) for line in (record, record.values())))
        return answer

    return reader


def test_a_good_row_becomes_a_tip_and_its_source_is_kept_apart(row):
    answer = row()
    tip = answer.tip
    assert (tip.key, tip.received_at) == (("BP01", "T1"), datetime(2027, 2, 12, 1, 30, tzinfo=UTC))
    assert (tip.lon, tip.lat, tip.radius_m, tip.commune_code) == (104.61, 20.85, 80.0, "04048")
    assert (tip.crop, tip.mailbox, tip.note) == (Crop.OPIUM_POPPY, "Hua Tát", "hoa trắng")
    assert answer.warnings == ()
    assert answer.informant.reveal() == SECRET


def test_nothing_that_can_be_written_down_names_the_source(row):
    for answer in (row(), row(lon="east"), row(received_at="", note=f"gặp {SECRET[:0]}ai đó")):
        for said in (repr(answer), str(answer), f"{answer.informant}", repr(answer.error), str(answer.error)):
            assert "Canary" not in said


@given(st.text(min_size=1))
def test_an_informant_is_never_shown_by_accident(words):
    informant = Informant(words)
    assert repr(informant) == str(informant) == f"{informant}" == "Informant(kept apart)"
    assert "%s" % informant == repr(informant)  # noqa: UP031
    assert not hasattr(informant, "__dict__")


def test_a_tip_shows_neither_its_words_nor_its_place(row):
    said = repr(row().tip)
    assert "BP01" in said
    assert not any(text in said for text in ("đầu suối", "hoa trắng", "104.61"))


def test_headings_may_be_vietnamese(read):
    (answer,) = read(
        "Mã tin;Ngày nhận;Đơn vị nhận;Địa điểm;Xã;Kinh độ;Vĩ độ;Bán kính;Cây trồng;Nội dung;Hòm thư;Người báo tin\n"
        f"T1;12/02/2027 08:30;BP01;đầu suối;04048;104,61;20,85;80;cần sa;hoa;Hua Tát;{SECRET}\n"
    )
    assert (answer.tip.lon, answer.tip.lat, answer.tip.crop) == (104.61, 20.85, Crop.CANNABIS)
    assert (answer.tip.place, answer.tip.mailbox, answer.tip.note) == ("đầu suối", "Hua Tát", "hoa")
    assert answer.informant == Informant(SECRET)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"tip_id": ""}, "missing_field"),
        ({"received_at": ""}, "missing_field"),
        ({"received_at": "2027-03-03"}, "future_time"),
        ({"received_at": "hôm qua"}, "bad_time"),
        ({"place": "", "commune": "", "lon": "", "lat": ""}, "no_place"),
        ({"radius_m": "0"}, "bad_radius"),
        ({"radius_m": "60000"}, "bad_radius"),
        ({"lat": ""}, "missing_field"),
        ({"lat": "95"}, "bad_coordinates"),
        ({"crop": "lúa"}, "unknown_code"),
        ({"commune": "Mộc Châu"}, "ambiguous_commune"),
        ({"commune": "Chiềng Xuân"}, "ambiguous_commune"),
        ({"commune": "Vạn Hộ Thượng Lưu"}, "unknown_commune"),
    ],
)
def test_a_row_that_cannot_be_meant_is_refused_and_says_what_to_do(row, changed, reason):
    answer = row(**changed)
    assert (answer.tip, answer.error.kind) == (None, reason)
    assert answer.error.hint
    assert "tips.csv: line 2" in answer.error.where
    assert "Canary" not in str(answer.error) + answer.error.hint.format(**answer.error.values)


def test_an_ambiguous_name_is_refused_with_the_codes_it_could_mean(row):
    hint = row(commune="Mộc Châu").error
    assert "03979 (Phường Mộc Châu), 03980 (Xã Mộc Châu)" in hint.hint.format(**hint.values)
    assert row(commune="Phường Mộc Châu").tip.commune_code == "03979"
    assert row(commune="xa moc chau").tip.commune_code == "03980"


@pytest.mark.parametrize(
    ("changed", "warning"),
    [
        ({"radius_m": ""}, "radius_assumed"),
        ({"unit": ""}, "unit_missing"),
        ({"commune": "03700"}, "former_commune"),
        ({"received_at": "12/02/2027"}, "day_before_month"),
        ({"received_at": "2027-02-12T08:00"}, "timezone_assumed"),
        ({"note": "hỏi số 0912 345 678"}, "note_may_name_a_person"),
        ({"place": "gần nhà ông Lò Văn Á"}, "place_may_name_a_person"),
        ({"lon": "2.3", "lat": "48.8"}, "far_from_vietnam"),
        ({"colour": "white"}, "unknown_column:colour"),
    ],
)
def test_what_is_assumed_or_should_not_be_there_is_a_warning_and_no_refusal(row, changed, warning):
    answer = row(**changed)
    assert answer.tip is not None
    assert warning in answer.warnings


def test_a_place_in_words_or_a_commune_alone_is_enough(row):
    only_words = row(commune="", lon="", lat="", radius_m="").tip
    assert (only_words.place, only_words.lon, only_words.radius_m) == ("đầu suối", None, None)
    assert row(place="", lon="", lat="").tip.commune_code == "04048"
    assert row(commune="4048").tip.commune_code == "04048"


def test_vn2000_coordinates_are_turned_and_a_pair_without_a_system_is_refused(row):
    moved = row(lon="", lat="", x="489949.46", y="2359155.77", crs="EPSG:9206").tip
    assert (round(moved.lon, 5), round(moved.lat, 5)) == (103.905, 21.327)
    assert row(lon="", lat="", x="489949.46", y="2359155.77").error.kind == "crs_missing"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("a,b\n1,2\n", "not_a_tip_table"),
        (f"{HEADER}\n", "no_content"),
        (f"{HEADER},Mã tin\n{GOOD},1\n", "column_twice"),
    ],
)
def test_a_table_that_is_none_is_refused_as_a_whole(read, content, kind):
    with pytest.raises(RefusedInput) as refusal:
        read(content)
    assert refusal.value.kind == kind
    assert refusal.value.hint


def test_points_of_geojson_are_taken(read):
    (answer,) = read(
        '{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Point","coordinates":[104.6,20.8]},'
        '"properties":{"tip_id":"T9","received_at":"2027-02-12T08:00:00Z","unit":"BP01"}}]}'
    )
    assert (answer.tip.lon, answer.tip.lat, answer.warnings) == (104.6, 20.8, ("radius_assumed",))


def test_a_parser_that_breaks_on_a_cell_does_not_repeat_it(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(HEADER.split(","))
    book.active.append([1, 2, 3])
    data = io.BytesIO()
    book.save(data)
    path = tmp_path / "tips.xlsx"
    import zipfile

    with zipfile.ZipFile(data) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name.endswith("sheet1.xml"):
                content = content.replace(b"<v>2</v>", b"<v>Canary</v>")
            target.writestr(name, content)
    with pytest.raises(RefusedInput) as refusal:
        tips.read(path, CONTEXT)
    assert refusal.value.kind in ("unreadable_table", "parser_failed")
    assert "Canary" not in str(refusal.value) + repr(refusal.value.values)


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("CCCD 014085001234", "identity_number"),
        ("014 085 001 234", "identity_number"),
        ("gọi 0912345678", "telephone_number"),
        ("gọi 0912.345.678", "telephone_number"),
        ("+84912345678", "telephone_number"),
        ("nương của ông Tủa", "person_name"),
        ("Sùng A Pó trồng", "person_name"),
        ("chị Mùa Thị Dợ", "person_name"),
    ],
)
def test_t35_numbers_and_names_of_people_are_seen(text, mark):
    assert mark in personal_marks(text)


@given(st.text(alphabet=st.characters(exclude_categories=["Nd", "Cs"]), max_size=20), st.integers(10**11, 10**12 - 1))
def test_t35_an_identity_number_is_seen_in_any_text(words, number):
    assert "identity_number" in personal_marks(f"{words} {number} {words}")


@pytest.mark.parametrize(
    "text", ["", "khoảnh 320 m² sau bản Hua Tát", "VH-27-014, 104.6123 20.8456", "cách suối Nậm Lầu 2 km", "2027-02-10"]
)
def test_a_plain_text_bears_no_mark(text):
    assert personal_marks(text) == ()


def test_a_code_of_any_vintage_is_known_and_a_name_belongs_to_a_day():
    assert commune_names.find("03701", UNITS, date(2024, 1, 1)) == ("03701", ())
    assert commune_names.find("03701", UNITS, date(2027, 1, 1)) == ("03701", ("former_commune",))
    assert commune_names.find("Vân Hồ", UNITS, date(2027, 1, 1)) == ("04048", ())
