"""Tips without a place stand among what is overdue, until a visit answers them or somebody says why none has to."""

from datetime import UTC, datetime

import pytest
from pipeline.test_tips import HEMP, NARROW, SUMMER, WIDE, WORDS, take

from eradication.domain import EventKind, Period, Season
from eradication.errors import RefusedInput, UnusableInput
from eradication.pipeline import accounts, main_path, tip_answers
from eradication.pipeline.tip_answers import Answer

__all__ = ["take"]

VISITS = """visit_id,lon,lat,visited_at,unit,officers,outcome,look_alike
v1,104.75,20.79,2026-02-25T08:00+07:00,BP01,S1;S2,rejected,mustard_greens
v0,104.75,20.79,2026-02-01T08:00+07:00,BP01,S1;S2,rejected,mustard_greens
v2,104.75,20.79,2026-02-26T08:00+07:00,BP01,S1;S2,not_reached,
"""


@pytest.fixture
def visits(office, tmp_path):
    def importing(text=VISITS):
        path = tmp_path / "visits.csv"
        path.write_text(text)
        answer = main_path.record_visits(office, path)
        assert {row["status"] for row in answer["visits"]} == {"accepted"}, answer

    return importing


def overdue(office, **fields):
    """What is overdue at the end of the first quarter of 2026."""
    question = accounts.Question(None, period=Period(2026, 0), **fields)
    rows = accounts.ledger(office, question)["timeliness"]["overdue"]
    return [(row["tip"], row["commune"], row["unit"], row["days"]) for row in rows if row["what"] == "tip_not_visited"]


def refused(*arguments):
    with pytest.raises((RefusedInput, UnusableInput)) as told:
        tip_answers.answer(*arguments)
    return told.value.kind


def test_tips_without_a_place_are_overdue_by_number_and_commune(office, take):
    take(NARROW, WIDE, WORDS, HEMP)
    # 30 days and a half at the end of 14 March, 7 of them allowed; the one with a plot stands by its plot.
    assert sorted(overdue(office)) == [("", "04048", "", 23), ("BP01/T2", "04048", "BP01", 23), ("T5", "", "", 21)]
    assert [row[0] for row in overdue(office, unit="BP01")] == ["BP01/T2"]


def test_a_visit_that_names_the_tip_answers_it(office, take, visits):
    take(WIDE, WORDS)
    visits()
    told = tip_answers.answer(office, "BP01/T2", Answer(("BP01", "v1"), ""))
    assert (told["status"], told["visit"]) == ("accepted", "BP01/v1")
    assert [row[0] for row in overdue(office)] == ["T5"]
    assert tip_answers.answer(office, "T2", Answer(("BP01", "v1"), ""))["status"] == "duplicate"
    assert [row["answered_by"] for row in tip_answers.listed(office)["tips"]] == ["BP01/v1", ""]


def test_a_visit_that_is_struck_out_answers_nothing(office, take, visits, tmp_path):
    take(WIDE)
    visits()
    tip_answers.answer(office, "T2", Answer(("BP01", "v1"), ""))
    empty = tmp_path / "none.csv"
    empty.write_text(VISITS.splitlines()[0])
    main_path.correct_visit(office, "BP01/v1/rejected", empty, "another tip")
    assert [row[0] for row in overdue(office)] == ["BP01/T2"]


def test_the_answer_recorded_last_stands_and_none_is_told_before_it_was_given(office, take):
    take(WIDE, WORDS)
    early = datetime(2026, 2, 20, tzinfo=UTC)
    tip_answers.answer(office, "T5", Answer(None, "a flower garden of the school", "CH1", early))
    assert [row[0] for row in overdue(office)] == ["BP01/T2"]
    tip_answers.answer(office, "T2", Answer(None, "too late for the quarter", "CH1"))
    assert [row[0] for row in overdue(office)] == ["BP01/T2"]  # it was open when the quarter ended
    before = office.store.events(kinds=[EventKind.TIP_RECORDED])[-1].recorded_at
    assert [row[0] for row in overdue(office, as_of=before)] == ["BP01/T2", "T5"]


def test_what_answers_no_tip_is_refused(office, take, visits):
    take(NARROW, WIDE, HEMP)
    visits()
    assert refused(office, "T2", Answer(("BP01", "v0"), "")) == "visit_before_tip"
    assert refused(office, "T2", Answer(("BP01", "v2"), "")) == "not_reached"
    assert refused(office, "T2", Answer(("BP01", "v9"), "")) == "no_such_visit"
    assert refused(office, "T2", Answer(None, " ")) == "no_reason"
    assert refused(office, "T1", Answer(None, "x")) == "tip_has_place"
    assert refused(office, "T6", Answer(None, "x")) == "tip_has_place"
    assert refused(office, "T9", Answer(None, "x")) == "no_such_tip"
    assert office.store.events(kinds=[EventKind.TIP_ANSWERED]) == []


def test_a_tip_waits_no_longer_than_a_candidate_does(office, take):
    take(WIDE, SUMMER.replace(",100,", ",2000,"))

    def names(season, *day):
        until = datetime(*day, tzinfo=UTC)
        return [tip.name for tip in tip_answers.open_tips(office, accounts.Question(season), [], until)]

    assert names(Season(2025), 2026, 5, 30) == ["BP01/T2"]
    assert names(Season(2025), 2026, 6, 2) == []
    assert names(Season(2026), 2026, 8, 2) == names(None, 2026, 8, 2) == ["BP01/T4"]
