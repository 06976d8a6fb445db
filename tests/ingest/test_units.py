"""Tables of responsible units: dated, followed by others, and contradictions refused one by one."""

from datetime import date

import pytest

from eradication.config import Settings
from eradication.domain import AdminUnit, UnitKind
from eradication.domain.unit import successor_of, valid_on
from eradication.errors import RefusedInput
from eradication.ingest import office_table, units
from eradication.ingest.formats import visit_table

HEADER = "code,name,kind,parent,valid_from,valid_to,successor,letterhead_parent,letterhead,place,reports,communes"
TODAY = date(2026, 1, 1)
COMMUNES = [AdminUnit("04048", "Xã Vân Hồ", date(2025, 7, 1), None, None, 104.7, 20.8, None, True, "test")]

# Invented names: the border guard came under the military command, the department was joined, district police ended.
TABLE = """
BCHQS,Bộ Chỉ huy Quân sự tỉnh,military_command,,2000-01-01,,,,BỘ CHỈ HUY QUÂN SỰ,Sơn La,no,
BP01,Đồn Biên phòng Một,border_post,BCHBP,2000-01-01,2025-02-28,BP01,BỘ ĐỘI BIÊN PHÒNG TỈNH,ĐỒN MỘT,Vân Hồ,có,4048
BP01,Đồn Biên phòng Một,border_post,BCHQS,2025-03-01,,,BỘ CHỈ HUY QUÂN SỰ TỈNH,ĐỒN MỘT,Vân Hồ,có,04048
CAH,Công an huyện Mẫu,police,,2000-01-01,2025-02-28,CAX,,CÔNG AN HUYỆN,Mẫu,x,
CAX,Công an xã Vân Hồ,công an,,2025-03-01,,,,CÔNG AN XÃ,Vân Hồ,x,Vân Hồ
SNN,Sở Nông nghiệp và PTNT,sở,,1996-01-01,2025-02-28,SNNMT,,SỞ NN,Sơn La,0,
SNNMT,Sở Nông nghiệp và Môi trường,department,,2025-03-01,,,,SỞ NN VÀ MT,Sơn La,1,
""".strip()


@pytest.fixture
def take(tmp_path):
    def taking(rows, known=(), header=HEADER):
        path = tmp_path / "don_vi.csv"
        path.write_text(f"{header}\n{rows}\n", encoding="utf-8")
        lines = office_table.lines(visit_table.read(path, {}), units.COLUMNS, "don_vi.csv")
        return units.interpret(lines, units.Context(COMMUNES, TODAY, known), "don_vi.csv")

    return taking


def faults(answers):
    return [answer.error.kind if answer.error else "" for answer in answers]


def good(answers):
    return [answer.value for answer in answers if answer.value]


def test_a_table_of_units_is_read_in_either_language(take):
    found = good(take(TABLE))
    assert [u.code for u in found] == ["BCHQS", "BP01", "BP01", "CAH", "CAX", "SNN", "SNNMT"]
    post, police = found[2], found[4]
    assert (post.kind, post.parent, post.valid_to, post.reports, post.communes) == (
        UnitKind.BORDER_POST, "BCHQS", None, True, ("04048",),
    )  # fmt: skip
    assert (police.kind, police.communes, police.letterhead, police.place) == (
        UnitKind.POLICE, ("04048",), "CÔNG AN XÃ", "Vân Hồ",
    )  # fmt: skip
    vietnamese = "Mã đơn vị,Tên đơn vị,Loại,Từ ngày,Đến ngày,Báo cáo"
    (one,) = good(take("BP02,Đồn Hai,đồn biên phòng,01/03/2025,,không", header=vietnamese))
    assert (one.kind, one.valid_from, one.valid_to, one.reports) == ("border_post", date(2025, 3, 1), None, False)


def test_who_answers_for_a_unit_that_has_ended(take):
    found = good(take(TABLE))
    assert [u.code for u in valid_on(found, date(2024, 1, 1))] == ["BCHQS", "BP01", "CAH", "SNN"]
    assert [u.code for u in valid_on(found, date(2026, 1, 1))] == ["BCHQS", "BP01", "CAX", "SNNMT"]
    after = date(2026, 1, 1)
    assert {code: successor_of(found, code, after).code for code in ("CAH", "SNN", "BP01", "SNNMT")} == {
        "CAH": "CAX", "SNN": "SNNMT", "BP01": "BP01", "SNNMT": "SNNMT",
    }  # fmt: skip
    assert successor_of(found, "BP01", after).parent == "BCHQS"
    assert successor_of(found, "BP01", date(2024, 1, 1)).parent == "BCHBP"
    assert successor_of(found, "CAX", date(2024, 1, 1)) is None
    assert successor_of(found, "nobody", after) is None


def test_a_chain_of_successors_is_followed_to_its_end_and_a_broken_one_ends_nowhere(take):
    rows = "A,a,other,,2000-01-01,2005-12-31,B\nB,b,other,,2006-01-01,2010-12-31,C\nC,c,other,,2011-01-01,2015-12-31,"
    found = good(take(rows, header="code,name,kind,parent,valid_from,valid_to,successor"))
    assert successor_of(found, "A", date(2012, 1, 1)).code == "C"
    assert successor_of(found, "A", date(2020, 1, 1)) is None


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("A,a,other,,2020-01-01,2019-01-01,,,,,,", "bad_dates"),
        ("A,a,other,,2020-01-01,2021-01-01,NOBODY,,,,,", "unknown_successor"),
        ("A,a,other,,2020-01-01,2021-01-01,A,,,,,", "unit_cycle"),
        ("A,a,other,A,2020-01-01,,,,,,,", "unit_cycle"),
        ("A,a,circus,,2020-01-01,,,,,,,", "unknown_code"),
        ("A,,other,,2020-01-01,,,,,,,", "missing_field"),
        ("A,a,other,,soon,,,,,,,", "bad_date"),
        ("A,a,other,,2020-01-01,,,,,,maybe,", "not_yes_or_no"),
        ("A,a,other,,2020-01-01,,,,,,,99999", "unknown_commune"),
        ("A,a,other,,2020-01-01,,,,,,,,more", "too_many_cells"),
    ],
)
def test_a_bad_row_is_refused_with_its_line_and_a_hint_and_costs_no_other_row(take, row, reason):
    answers = take(f"{row}\n{TABLE}")
    assert faults(answers) == [reason, *[""] * 7]
    assert answers[0].error.hint
    assert answers[0].error.where == "don_vi.csv: line 2"


def test_two_rows_of_one_code_in_force_on_one_day_the_later_one_is_refused(take):
    rows = "A,a,other,,2020-01-01,2022-01-01,,,,,,\nA,a,other,,2021-06-01,,,,,,,\nA,a,other,,2022-01-02,,,,,,,"
    assert faults(take(rows)) == ["", "unit_twice", ""]


def test_a_row_may_end_what_is_on_record_and_another_go_on_from_there_in_any_order(take):
    known = good(take("A,a,other,,2020-01-01,,,,,,,"))
    go_on, end = "A,anew,other,,2025-01-01,,,,,,,", "A,a,other,,2020-01-01,2024-12-31,A,,,,,"
    assert faults(take(f"{go_on}\n{end}", known)) == ["", ""]
    assert faults(take(go_on, known)) == ["unit_twice"]
    # The row that would have ended it is refused itself: what is on record stands, and the other clashes with it.
    assert faults(take(f"{go_on}\n{end.replace(',A,,', ',NOBODY,,')}", known)) == ["unit_twice", "unknown_successor"]


def test_a_circle_of_successors_is_refused_where_it_closes(take):
    rows = "A,a,other,,2000-01-01,2005-12-31,B,,,,,\nB,b,other,,2000-01-01,2005-12-31,A,,,,,"
    assert faults(take(rows)) == ["unit_cycle", "unknown_successor"]


def test_what_is_odd_is_warned_of(take):
    rows = (
        "A,a,other,NOBODY,2000-01-01,2005-12-31,B,,L,,,\nB,b,other,,2003-01-01,2010-12-31,C,,L,,,\n"
        "C,c,other,,2012-01-01,2013-01-01,,,L,,,\nD,d,other,,2000-01-01,,C,,,,,"
    )
    assert [answer.warnings for answer in take(rows)] == [
        ("unknown_parent", "successor_begins_early"),
        ("successor_not_there",),
        ("ends_without_successor",),
        ("letterhead_is_name", "successor_without_end"),
    ]


def test_another_table_is_refused_as_a_whole(take):
    with pytest.raises(RefusedInput) as refused:
        take("1,2", header="name,kind")
    assert refused.value.kind == "not_a_unit_table"
    with pytest.raises(RefusedInput) as refused:
        take("1,2", header="foo,bar")
    assert refused.value.kind == "no_known_column"


def test_the_file_is_read_in_the_sandbox(tmp_path):
    path = tmp_path / "units.csv"
    path.write_text("code,name,kind,valid_from\nA,a,other,2020-01-01\n")
    assert [a.value.code for a in units.read(path, Settings(), units.Context(COMMUNES, TODAY))] == ["A"]


def test_a_long_table_full_of_contradictions_is_judged_in_good_time(take):
    twice = "\n".join(f"U{n},u,other,,2000-01-01,,,,L,,,\nU{n},u,other,,2010-01-01,,,,L,,," for n in range(400))
    answers = take(twice)
    assert faults(answers) == ["", "unit_twice"] * 400
