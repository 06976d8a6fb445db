"""Documents of an office: letterhead of their day, the same bytes for a closed period, refusals that say what to do."""

import dataclasses
import hashlib
import io
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import docx as office_docx
import pytest

from eradication import config
from eradication.domain import EventKind, Period, Season
from eradication.errors import UnusableInput
from eradication.pipeline import documents, filing, main_path, periods, units
from eradication.pipeline.documents import Order

HALF = Period(2026, 1)
HEAD = "visit_id,lon,lat,visited_at,unit,officers,outcome,area_m2,area_method\n"
ROWS = (
    "1,104.70,20.80,2026-02-01T08:00+07:00,BP-1,S1;S2,detected,300,tape\n"
    "1,104.70,20.80,2026-02-02T08:00+07:00,BP-1,S1;S2,eradicated,,\n"
    "2,104.80,20.90,2026-02-03T08:00+07:00,CA-1,S3;S4,detected,200,tape\n"
)
UNITS = (
    "code,name,kind,valid_from,valid_to,successor,letterhead_parent,letterhead,symbol,place,reports\n"
    "NN,Sở Nông nghiệp và PTNT,department,2015-01-01,2025-02-28,MT,Ủy ban nhân dân tỉnh Sơn La,,SNNPTNT,Sơn La,\n"
    "MT,Sở Nông nghiệp và Môi trường,department,2025-03-01,,,Ủy ban nhân dân tỉnh Sơn La,,SNNMT,Sơn La,\n"
    "BP-1,Đồn Biên phòng 1,border_post,2015-01-01,,,Bộ đội Biên phòng tỉnh Sơn La,,ĐBP1,Sốp Cộp,yes\n"
    "CA-1,Công an xã,police,2015-01-01,,,,,,,yes\n"
)
REPORT = config.Report(
    issuer="NN",
    recipients=("UBND tỉnh (báo cáo)", "BP-1"),
    legal_bases=(
        config.LegalBasis("Luật cũ", date(2021, 7, 1), date(2026, 2, 28)),
        config.LegalBasis("Luật mới", date(2026, 3, 1)),
    ),
    signatories=(
        config.Signatory("GIÁM ĐỐC", date(2020, 1, 1), name="Bà Trước", valid_to=date(2025, 12, 31)),
        config.Signatory("PHÓ GIÁM ĐỐC", date(2026, 1, 1), on_behalf="KT. GIÁM ĐỐC", name="Ông Nay"),
        config.Signatory("ĐỒN TRƯỞNG", date(2020, 1, 1), unit="BP-1"),
    ),
)


@pytest.fixture
def season(office, tmp_path):
    """Two plots of two units, with letterheads, bases and signatories."""
    office = dataclasses.replace(office, settings=dataclasses.replace(office.settings, report=REPORT))
    _take(office, tmp_path / "visits.csv", ROWS)
    table = tmp_path / "units.csv"
    table.write_text(UNITS, encoding="utf-8")
    assert {row["status"] for row in units.record_units(office, table)["units"]} == {"accepted"}
    return office


def _take(office, table: Path, rows: str) -> None:
    table.write_text(HEAD + rows)
    assert {row["status"] for row in main_path.record_visits(office, table)["visits"]} == {"accepted"}


def written(office, folder: Path, formats="docx", **more) -> tuple[dict, list[str]]:
    out = [folder / f"report.{ending}" for ending in formats.split(",")]
    answer = documents.write_report(office, out, more.pop("of", HALF), more.pop("language", "vi"), **more)
    paper = office_docx.Document(str(folder / "report.docx")) if "docx" in formats else None
    return answer, lines(paper) if paper else []


def lines(paper) -> list[str]:
    cells = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    return [line for text in (*(p.text for p in paper.paragraphs), *cells) for line in text.splitlines()]


def test_letterhead_bases_signatory_and_recipients_are_those_of_the_day(season, tmp_path):
    answer, now = written(season, tmp_path, order=Order("12", date(2026, 6, 15)))
    assert (answer["missing"], answer["draft"], answer["dated"]) == ([], True, "2026-06-15")
    for line in ("SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG", "Số: 12/BC-SNNMT", "Sơn La, ngày 15 tháng 6 năm 2026"):
        assert line in now
    assert "Căn cứ Luật mới." in now
    assert {"KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC", "Ông Nay", "- Đồn Biên phòng 1;"} <= set(now)
    assert not any("Luật cũ" in line or "Bà Trước" in line for line in now)
    _, before = written(season, tmp_path, of=Period(2024, 3), order=Order(day=date(2025, 2, 1)))
    assert {"SỞ NÔNG NGHIỆP VÀ PTNT", "Căn cứ Luật cũ.", "GIÁM ĐỐC", "Bà Trước"} <= set(before)
    assert "Sơn La, ngày 01 02 năm 2025".replace(" 02", " tháng 02") in before


def test_a_unit_s_report_bears_its_own_letterhead_and_signatory(season, tmp_path):
    answer, told = written(season, tmp_path, unit="BP-1", order=Order(day=date(2026, 6, 15)))
    assert {"BỘ ĐỘI BIÊN PHÒNG TỈNH SƠN LA", "ĐỒN BIÊN PHÒNG 1", "ĐỒN TRƯỞNG", "- Lưu: VT, ĐBP1."} <= set(told)
    assert answer["missing"] == []
    assert not any("CA-1" in line or "Sở Nông nghiệp" in line for line in told)


@pytest.mark.parametrize("listed", ["BP-1", "bp-1", "Đồn Biên phòng 1"])
def test_a_unit_does_not_write_to_itself(season, tmp_path, listed):
    settings = dataclasses.replace(
        season.settings, report=dataclasses.replace(season.settings.report, recipients=("UBND tỉnh", listed))
    )
    office = dataclasses.replace(season, settings=settings)
    _, told = written(office, tmp_path, unit="BP-1", order=Order(day=date(2026, 6, 15)))
    assert [line for line in told if line.startswith("- ")] == ["- UBND tỉnh;", "- Lưu: VT, ĐBP1."]
    _, told = written(office, tmp_path, unit="CA-1", order=Order(day=date(2026, 6, 15)))
    assert sum(line.startswith("- ") for line in told) == 3


def test_what_a_letterhead_lacks_is_said_with_what_to_do(office, tmp_path):
    answer, _ = written(office, tmp_path)
    assert [row["what"] for row in answer["missing"]] == [*documents.letters.MISSING]
    assert all(row["message"] and row["hint"] for row in answer["missing"])
    assert written(office, tmp_path, formats="html")[0]["missing"] == []


def test_what_the_document_will_lack_is_said_before_and_at_the_close(office):
    before = periods.show(office, HALF)["missing"]
    closed = periods.close(office, HALF, "CB-1")["missing"]
    assert [row["what"] for row in before] == [row["what"] for row in closed] == [*documents.letters.MISSING]
    assert all(row["message"].format(**row["values"]) and row["hint"].format(**row["values"]) for row in closed)


def test_nothing_is_missing_at_the_close_where_everything_is_entered(season):
    assert periods.show(season, HALF)["missing"] == periods.close(season, HALF, "CB-1")["missing"] == []


def test_units_that_came_in_after_the_close_are_told_as_the_true_reason(office, tmp_path):
    office = dataclasses.replace(office, settings=dataclasses.replace(office.settings, report=REPORT))
    unknown = periods.show(office, HALF)["missing"][0]
    assert "units import" in unknown["hint"], "it helps while the period is open"
    closed = periods.close(office, HALF, "CB-1")["missing"]
    assert [row["what"] for row in closed] == ["issuer", "symbol", "place"]
    assert {row["message"] for row in closed} == {documents.letters.NEVER[0]}
    table = tmp_path / "units.csv"
    table.write_text(UNITS, encoding="utf-8")
    units.record_units(office, table)
    answer, told = written(office, tmp_path)
    assert {(row["message"], row["hint"]) for row in answer["missing"]} == {documents.letters.LATE}
    today = datetime.now(documents.letters.TIMEZONE).date().isoformat()
    assert {(row["values"]["imported"], row["values"]["closed"]) for row in answer["missing"]} == {(today, today)}
    assert "by hand" in answer["missing"][0]["hint"], "a hint to import once more would lead round in a circle"
    assert "SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG" not in told
    own = written(office, tmp_path, unit="BP-1")[0]["missing"]
    assert [row["what"] for row in own] == ["issuer", "symbol", "place"]
    assert {row["values"]["unit"] for row in own} == {"BP-1"}


@pytest.mark.parametrize("day", [date(2026, 6, 13), date(2026, 1, 1)])
def test_a_document_is_not_dated_before_its_period_is_over(season, tmp_path, day):
    with pytest.raises(UnusableInput) as refused:
        written(season, tmp_path, order=Order(day=day))
    assert refused.value.kind == "dated_too_early"
    assert "2026-06-14" in refused.value.hint.format(**refused.value.values)
    assert not list(tmp_path.glob("report*"))
    assert written(season, tmp_path, order=Order(day=date(2026, 6, 14)))[0]["dated"] == "2026-06-14"


def test_the_document_of_a_closed_period_is_not_dated_before_the_close(season, tmp_path):
    periods.close(season, HALF, "CB-1")
    today = datetime.now(documents.letters.TIMEZONE).date()
    with pytest.raises(UnusableInput) as refused:
        written(season, tmp_path, order=Order(day=today - timedelta(days=1)))
    assert refused.value.kind == "dated_too_early"
    assert written(season, tmp_path, order=Order(day=today))[0]["dated"] == today.isoformat()


@pytest.mark.parametrize("tell", ["report", "show", "close"])
def test_of_a_period_that_has_not_begun_nothing_is_told(season, tmp_path, tell):
    later = Period(2099, 1)
    told = {
        "report": lambda: written(season, tmp_path, of=later),
        "show": lambda: periods.show(season, later),
        "close": lambda: periods.close(season, later, "CB-1"),
    }
    with pytest.raises(UnusableInput) as refused:
        told[tell]()
    assert refused.value.kind == "period_not_begun"
    assert refused.value.hint
    assert not list(tmp_path.glob("report*"))


def test_the_remarks_of_the_office_stand_below_the_figures(season, tmp_path):
    file = tmp_path / "remarks.txt"
    file.write_text("\ufeffĐịa bàn rộng, đi lại khó.\n\n  Đề nghị cấp thêm máy GPS.  \n", encoding="utf-8")
    _, told = written(season, tmp_path, order=Order(remarks=documents.remarks_in(file)))
    heading = next(n for n, line in enumerate(told) if line.endswith("ĐÁNH GIÁ, KIẾN NGHỊ"))
    assert told[heading + 1 : heading + 3] == ["Địa bàn rộng, đi lại khó.", "Đề nghị cấp thêm máy GPS."]


@pytest.mark.parametrize(("content", "kind"), [(None, "no_such_file"), (b"\xff\xfe\x00", "not_text")])
def test_remarks_that_cannot_be_read_are_refused(tmp_path, content, kind):
    file = tmp_path / "remarks.txt"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UnusableInput) as refused:
        documents.remarks_in(file)
    assert refused.value.kind == kind
    assert refused.value.hint


def test_an_unknown_format_is_refused_before_anything_is_told(season, tmp_path):
    with pytest.raises(UnusableInput) as refused:
        documents.write_report(season, tmp_path / "report.odt", HALF, "vi")
    assert refused.value.kind == "unknown_format"
    assert not list(tmp_path.glob("report*"))


def prints(folder: Path) -> dict[str, str]:
    return {path.suffix: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("report.*")}


@pytest.mark.slow
def test_a_closed_period_reported_again_is_the_same_to_the_byte_whatever_came_since(season, tmp_path):
    periods.close(season, HALF, "CB-1")
    answer, first = written(season, tmp_path, formats="docx,pdf,xlsx,html")
    before = prints(tmp_path)
    assert answer["sha256"] == {f"report{suffix}": sha256 for suffix, sha256 in before.items()}
    assert len(before) == 4
    assert written(season, tmp_path, formats="docx,pdf,xlsx,html")[0]["sha256"] == answer["sha256"]
    # A late find, a filing, a unit, a run: none of them was known when the period was closed.
    _take(season, tmp_path / "late.csv", "9,104.75,20.85,2026-02-09T08:00+07:00,CA-1,S3;S4,detected,150,tape\n")
    filing.file(season, HALF, "BP-1", date(2026, 6, 13), plan=False, by="CB-1")
    table = tmp_path / "more.csv"
    table.write_text(UNITS.splitlines()[0] + "\nMT,Sở khác,department,2025-03-01,,,Khác,,K,Khác,\n", encoding="utf-8")
    units.record_units(season, table)
    with season.store.transaction() as transaction:
        run = {
            "run": "r",
            "season": "2025-2026",
            "model": "rules",
            "scenes": {"used": 0, "failed": []},
            "candidates": 0,
        }
        transaction.append(EventKind.RUN_FINISHED, datetime.now(UTC), run | {"simulated": True})
    answer, again = written(season, tmp_path, formats="docx,pdf,xlsx")
    assert again == first
    after = prints(tmp_path)
    assert {suffix for suffix in after if after[suffix] != before[suffix]} == set()
    assert answer["restated"], "whoever prints it again is told that the next period restates it"


def test_the_day_of_a_closed_period_s_document_is_that_of_its_close(season, tmp_path):
    closed = periods.close(season, HALF, "CB-1")
    answer, told = written(season, tmp_path)
    assert (answer["draft"], answer["dated"]) == (False, datetime.now(documents.letters.TIMEZONE).date().isoformat())
    foot = office_docx.Document(io.BytesIO((tmp_path / "report.docx").read_bytes())).sections[0].footer.paragraphs[0]
    assert closed["figures_sha"][:16] in foot.text
    assert not any("DỰ THẢO" in line for line in told)


def test_a_season_can_be_reported_too(season, tmp_path):
    answer, told = written(season, tmp_path, of=Season(2025))
    assert answer["draft"] is False
    assert any(line.endswith("niên vụ 2025-2026") for line in told)
