"""The form of a plan for telephones: taken by ODK, stops in order, nothing typed that the office knows."""

import io
import shutil

import openpyxl
import pytest
from report import planned

from eradication.report import plan_facts, plan_form, xlsform


def record(count=12):
    return planned.plan(count)


def survey(count=12):
    rows = xlsform.sheets(plan_form.form(plan_facts.of(record(count), planned.codes(record(count)))))
    head, *body = rows["survey"]
    return {row[head.index("name")]: dict(zip(head, row, strict=True)) for row in body}, rows["choices"]


def test_stops_are_chosen_in_order_by_number_and_code_and_one_may_be_elsewhere():
    questions, choices = survey()
    stops = [row for row in choices if row[0] == "stop_codes"]
    assert [row[1] for row in stops] == [*(f"stop_{n:02d}" for n in range(1, 13)), "other"]
    assert stops[0][2] == "1. VH-27-001"
    assert stops[2][2].startswith("3. ô ")
    assert questions["stop"]["required"] == "yes"


def test_plot_mode_and_probability_follow_from_the_stop_and_are_not_typed():
    questions, _ = survey()
    for name in ("plot_id", "selection_mode", "inclusion_prob"):
        assert questions[name]["type"] == "calculate"
    for stop in record()["stops"]:
        name = f"if(${{stop}} = 'stop_{stop['order']:02d}', "
        assert f"{name}'{stop['selection_mode']}', '')" in questions["selection_mode"]["calculation"]
        assert f"{name}'{stop['inclusion_prob']:.12f}', '')" in questions["inclusion_prob"]["calculation"]
        assert (f"{name}'{stop.get('plot')}', '')" in questions["plot_id"]["calculation"]) == (stop["kind"] == "plot")
    assert questions["unit"]["default"] == "BP01"
    assert "'stop_03'" in questions["outcome"]["constraint"]


def test_the_same_plan_gives_the_same_bytes_and_nothing_of_others():
    data = plan_form.workbook(record(), planned.ground(record()))
    assert data == plan_form.workbook(record(), planned.ground(record()))
    book = openpyxl.load_workbook(io.BytesIO(data))
    told = " ".join(str(c) for sheet in book for row in sheet.iter_rows(values_only=True) for c in row if c)
    assert "hết hạn 30/11/2026 00:00" in told
    assert not [canary for canary in planned.CANARIES if canary in told]


@pytest.mark.parametrize("count", [1, 40])
def test_odk_validate_takes_it_without_a_warning(count, tmp_path):
    if shutil.which("java") is None:
        pytest.skip("ODK Validate needs java")
    from pyxform.xls2xform import convert

    path = tmp_path / "plan.xlsx"
    path.write_bytes(plan_form.workbook(record(count), planned.ground(record(count))))
    warnings: list[str] = []
    convert(str(path), warnings=warnings, validate=True)
    assert warnings == []
