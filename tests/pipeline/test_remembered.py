"""The history is read once for an answer, and read again as soon as anything has come in between."""

from datetime import UTC, datetime, timedelta

import pytest

from eradication import history
from eradication.domain import Period, Season
from eradication.pipeline import accounts, documents, main_path, periods, projection, remembered
from eradication.pipeline.accounts import Question, Teller
from eradication.pipeline.documents import Order

HEAD = "visit_id,lon,lat,visited_at,unit,officers,outcome,area_m2,area_method\n"


def hand_in(workspace, tmp_path, number: int) -> None:
    table = tmp_path / f"{number}.csv"
    place = f"{104.7 + number / 100},20.80,2026-02-0{number}T08:00+07:00"
    table.write_text(f"{HEAD}{number},{place},BP-1,S1;S2,detected,{100 * number},tape\n")
    (row,) = main_path.record_visits(workspace, table)["visits"]
    assert row["status"] == "accepted"


@pytest.fixture
def season(office, tmp_path):
    hand_in(office, tmp_path, 1)
    hand_in(office, tmp_path, 2)
    return office


def test_what_was_read_holds_until_an_event_comes(season, tmp_path):
    now = datetime.now(UTC)
    first = remembered.read(season, now)
    assert remembered.read(season, now + timedelta(days=1)) is first
    hand_in(season, tmp_path, 3)
    later = datetime.now(UTC)
    assert remembered.read(season, later) is not first
    assert len(projection.replayed(season).plots) == 3
    # As known before, it is told as before.
    assert len(projection.replayed(season, as_of=now).plots) == 2


def test_a_cut_between_two_events_is_not_answered_from_a_later_one(season):
    (one, two) = sorted(e.recorded_at for e in season.store.events(kinds=history.KINDS))
    everything = remembered.read(season, datetime.now(UTC))
    assert remembered.read(season, two) is everything
    before = remembered.read(season, two - timedelta(microseconds=1))
    assert len(before.facts.counted) == 1
    assert remembered.read(season, one) is before
    assert len(remembered.read(season, one - timedelta(microseconds=1)).facts.counted) == 0


def test_other_communes_are_another_place_of_the_same_events(season):
    now, units = datetime.now(UTC), season.store.units()
    today = remembered.settled(season, now, units, projection.day_of(None, now))
    assert remembered.settled(season, now, units, projection.day_of(None, now)) is today
    nowhere = remembered.settled(season, now, [], projection.day_of(None, now))
    assert nowhere is not today
    assert nowhere.said is today.said
    assert {plot.commune_code for plot in nowhere.at(now).plots} == {""}


def test_a_close_and_the_report_after_it_read_the_events_once(season, tmp_path, monkeypatch):
    read: list[int] = []
    original = history.read

    def counted(known, as_of):
        read.append(len(known))
        return original(known, as_of)

    monkeypatch.setattr(history, "read", counted)
    periods.close(season, Period(2026, 0), "CB-1")
    documents.write_report(season, tmp_path / "r.docx", Period(2026, 0), "vi", order=Order())
    assert read == [2]


def test_two_tellers_of_one_moment_count_the_same_entries(season):
    now = datetime.now(UTC)
    tellers = [Teller(season, Question(Season(2025), as_of=now)) for _ in range(2)]
    one, other = (teller.every() for teller in tellers)
    assert one == other
    assert all(a is b for a, b in zip(one, other, strict=True))
    assert accounts.ledger(season, Question(Season(2025), as_of=now))["total"]["detected_m2"] == 300
