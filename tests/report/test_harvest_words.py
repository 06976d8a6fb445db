"""The clock of the harvest on paper and maps: the window, what is left of it, and what that rests on."""

from dataclasses import replace
from datetime import date

import pytest
from report import samples

from eradication.i18n import translator
from eradication.report import harvest_words, popup
from eradication.report.view import Harvest, PlotRow

FIRST, LAST = date(2026, 1, 15), date(2026, 3, 31)


@pytest.mark.parametrize(
    ("day", "vi", "en"),
    [
        (date(2026, 1, 3), "12 · Căn cứ: lịch", "12 · Told by: calendar"),
        (FIRST, "đã bắt đầu · Căn cứ: lịch", "begun · Told by: calendar"),
        (LAST, "đã bắt đầu · Căn cứ: lịch", "begun · Told by: calendar"),
        (date(2026, 4, 1), "đã qua · Căn cứ: lịch", "over · Told by: calendar"),
    ],
)
def test_what_is_left_is_told_in_both_languages(day, vi, en):
    harvest = Harvest(FIRST, LAST, day, "calendar")
    assert harvest_words.lines(harvest, "vi", translator("vi")) == [
        ("Dự kiến chích nhựa", "15/01/2026 – 31/03/2026"),
        ("Còn (ngày)", vi),
    ]
    assert harvest_words.lines(harvest, "en", translator("en")) == [
        ("Expected lancing", "2026-01-15 – 2026-03-31"),
        ("Days left", en),
    ]


def test_a_place_without_a_clock_shows_nothing_of_it_and_one_with_shows_it_in_its_popup():
    row, view = PlotRow(samples.episode(3), "Xã Vân Hồ"), samples.map_view(plots=(), tracks=())
    assert "Expected lancing" not in dict(popup.plot_popup(row, view)["lines"])
    row = replace(row, harvest=Harvest(FIRST, LAST, date(2026, 1, 3), "sowing"))
    lines = dict(popup.plot_popup(row, view)["lines"])
    assert lines["Expected lancing"] == "2026-01-15 – 2026-03-31"
    assert lines["Days left"] == "12 · Told by: sowing day"
