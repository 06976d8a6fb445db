"""What the pages say of a plot: by how much a harvest has passed, how sure an area is; and codes that forms take."""

import json
import re

import pytest
from web.world import A, World

from eradication.cli.app import main
from eradication.domain.patrol import Z95
from eradication.domain.person import officer_code_of
from eradication.i18n import number
from eradication.report.form_questions import FORMS
from eradication.web import plot_pages

PAGE = {"Accept": "text/html"}
CODES = ("CB012", "bp01-3", "7", "Nguyễn Văn A", "CB012;CB045", "CB", "CB0123456789", "x" * 61)


def test_a_harvest_that_has_passed_is_overdue_in_both_languages():
    assert plot_pages.days(-317, "vi") == "quá hạn 317 ngày"
    assert plot_pages.days(-317, "en") == "overdue by 317 days"
    assert [plot_pages.days(days, "en") for days in (12, 0, -1)] == ["12", "0", "overdue by 1 day"]


def test_pages_show_no_number_of_days_below_zero(fresh: World):
    fresh.clock.now = fresh.clock.now.replace(year=2027)
    client = fresh.client("officer")
    for language, words in (("vi", "quá hạn"), ("en", "overdue by")):
        for path in ("/plots?season=2025-2026&", f"/plots/{fresh.plots['found_A']}?"):
            page = client.get(f"{path}lang={language}", headers=PAGE).text
            assert words in page, path
            assert not re.search(r">\s*[-−]\d", page)


def test_the_error_of_an_area_is_that_of_its_95_per_cent_interval(fresh: World):
    client, plot = fresh.client("officer"), fresh.plots["found_A"]
    (row,) = client.get(f"/api/plots/{plot}").json()["seasons"]
    said = f"± {number(Z95 * row['area_se_m2'], 'en')} (95 %)"
    assert row["area_se_m2"] > 0
    assert said in client.get(f"/plots/{plot}?lang=en", headers=PAGE).text


@pytest.mark.parametrize("code", CODES)
def test_the_page_the_interface_and_the_command_take_the_codes_that_forms_take(fresh: World, code: str):
    (question,) = [one for one in FORMS["visit"].questions if one.name == "officers"]
    pattern = re.search(r"'(.*)'", question.constraint)[1]
    good = bool(re.fullmatch(pattern, code)) and ";" not in code  # a form names several, a person has one
    client = fresh.client("administrator")
    wanted = {"roles": ["patrol"], "unit": A, "officer_code": code}
    by_api = client.post("/api/users", json={"login": "one", **wanted}).status_code == 201
    page = {"login": "two", "role": "patrol", "unit": A, "officer_code": code}
    by_page = client.post("/people", data=page).status_code == 200
    words = ["--workspace", str(fresh.workspace.folder), "users", "add", "three"]
    by_command = main([*words, "--role", "patrol", "--unit", A, "--officer-code", code]) == 0
    assert (by_api, by_page, by_command) == (good, good, good)


def test_why_a_code_is_refused_is_told(fresh: World, capsys: pytest.CaptureFixture[str]):
    words = ["--workspace", str(fresh.workspace.folder), "--json", "users", "add", "one", "--role", "officer"]
    assert main([*words, "--officer-code", "An"]) == 2
    said = capsys.readouterr()
    error = json.loads(said.out or said.err)["error"]
    assert error["kind"] == "bad_officer_code"
    assert error["hint"]
    assert officer_code_of(" CB012 ") == "CB012"
