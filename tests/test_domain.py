"""The field's words: codes, seasons, classes, events."""

import unicodedata
from dataclasses import FrozenInstanceError, replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import START, World, visit

from eradication import domain
from eradication.domain import Event, EventKind, LookAlike, Outcome, Season, State, detectability, parse_code
from eradication.domain.codes import Code, fold
from eradication.domain.event import GENESIS, canonical, iso, parse_iso
from eradication.errors import RefusedInput, UnusableInput

KINDS = sorted({kind for kind in Code.__subclasses__() if list(kind)}, key=lambda kind: kind.__name__)


@pytest.mark.parametrize(
    "member", [member for kind in KINDS for member in kind], ids=lambda m: f"{type(m).__name__}.{m}"
)
def test_every_code_is_read_back_from_itself_and_from_its_vietnamese_words(member):
    assert parse_code(type(member), member.value) is member
    for word in member.vietnamese:
        assert parse_code(type(member), word) is member
        assert parse_code(type(member), fold(word).upper()) is member
        assert parse_code(type(member), unicodedata.normalize("NFD", f"  {word} ")) is member


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_codes_are_ASCII_and_no_word_means_two(kind):
    words = [fold(word) for member in kind for word in {member.value, *member.vietnamese}]
    own = [{fold(member.value), *map(fold, member.vietnamese)} for member in kind]
    assert all(member.value.isascii() for member in kind)
    assert len(set(words)) == sum(len(names) for names in own)


def test_an_unknown_code_is_refused_and_the_hint_lists_what_is_accepted():
    with pytest.raises(RefusedInput) as refusal:
        parse_code(LookAlike, "tulips")
    assert refusal.value.kind == "unknown_code"
    assert "mustard_greens" in str(refusal.value.values["accepted"])


def test_an_unknown_code_is_named_by_its_column_where_there_is_one():
    with pytest.raises(RefusedInput) as refusal:
        parse_code(LookAlike, "tulips", "look_alike")
    assert "look_alike" in str(refusal.value)
    assert "LookAlike" not in str(refusal.value)


@given(st.text(max_size=40))
def test_any_text_is_a_code_or_refused(text):
    try:
        found = parse_code(Outcome, text)
    except RefusedInput:
        return
    assert fold(text) in {fold(found.value), *map(fold, found.vietnamese)}


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing_more(text):
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("area", "klass"), [(15, "C"), (349.9, "C"), (350, "B"), (1999.9, "B"), (2000, "A"), (1e5, "A")]
)
def test_classes_begin_at_350_and_2000_square_metres(area, klass):
    assert detectability(area).value == klass


@pytest.mark.parametrize(
    ("local", "label"),
    [
        ("2026-08-31T23:59:59+07:00", "2025-2026"),
        ("2026-09-01T00:00:00+07:00", "2026-2027"),
        ("2026-08-31T17:00:00+00:00", "2026-2027"),
        ("2027-02-10T08:00:00+07:00", "2026-2027"),
        ("2027-05-31T23:59:00+07:00", "2026-2027"),
        ("2027-07-01T00:00:00+07:00", "2026-2027"),
    ],
)
def test_a_season_begins_on_1_September_local_time(local, label):
    assert Season.of(datetime.fromisoformat(local)).label == label


def test_a_season_ends_with_31_May_local_time():
    season = Season.parse("2026-2027")
    assert season.ends == datetime(2027, 5, 31, 17, tzinfo=UTC)
    assert (season.first_day, season.last_day) == (date(2026, 9, 1), date(2027, 5, 31))


def test_imagery_is_read_from_1_May_before_the_season():
    begin, end = Season(2026).imagery_window
    assert begin == datetime(2026, 4, 30, 17, tzinfo=UTC)
    assert end == Season(2026).ends


@pytest.mark.parametrize("label", ["2026", "2026-2028", "2027-2026", "26-27", "", "x-y", "2026-2027-2028", "1026-1027"])
def test_what_is_not_two_consecutive_years_is_no_season(label):
    with pytest.raises(UnusableInput) as error:
        Season.parse(label)
    assert error.value.kind == "unknown_season"


@given(st.integers(1990, 2200))
def test_a_label_is_read_back(year):
    assert Season.parse(Season(year).label) == Season(year)


@given(st.datetimes(datetime(1991, 1, 1), datetime(2199, 1, 1)), st.integers(-14, 14))
def test_times_have_one_spelling_whatever_their_zone(naive, hours):
    when = naive.replace(tzinfo=timezone(timedelta(hours=hours)))
    assert parse_iso(iso(when)) == when
    assert iso(parse_iso(iso(when))) == iso(when)


@given(st.lists(st.datetimes(datetime(1991, 1, 1), datetime(2199, 1, 1)), min_size=2, max_size=5))
def test_spelled_times_sort_as_times(naive):
    times = [when.replace(tzinfo=UTC) for when in naive]
    assert sorted(map(iso, times)) == [iso(when) for when in sorted(times)]


def event(**changed) -> Event:
    first = Event("one", 1, EventKind.PLOT_ASSIGNED, START, START, {"plot_id": "P", "unit": "ô"}, GENESIS, "")
    return replace(first, **changed)


@pytest.mark.parametrize(
    "changed",
    [
        {"origin": "two"},
        {"number": 2},
        {"kind": EventKind.PLOT_DISMISSED},
        {"happened_at": START + timedelta(microseconds=1)},
        {"recorded_at": START + timedelta(microseconds=1)},
        {"payload": {"plot_id": "P", "unit": "o"}},
        {"previous": "1" * 64},
    ],
)
def test_T18_a_hash_covers_every_field_of_an_event(changed):
    assert event(**changed).computed_hash() != event().computed_hash()
    assert event().computed_hash() == event(payload={"unit": "ô", "plot_id": "P"}).computed_hash()


def test_what_is_hashed_has_one_form_and_no_NaN():
    assert canonical({"b": 1, "a": "ô"}) == '{"a":"ô","b":1}'.encode()
    with pytest.raises(ValueError, match="JSON"):
        canonical({"a": float("nan")})


def test_values_are_frozen():
    with pytest.raises(FrozenInstanceError):
        visit("detected").unit = "CA-2"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        World().visit("detected").only.plot.code = "X"


def test_the_key_of_a_visit_is_unit_visit_and_outcome():
    assert visit("detected").key == ("BP-1", "v1", "detected")


def test_what_remains_is_detected_and_not_verified():
    episode = World().visit("detected").visit("eradicated", destroyed_fraction=0.5).wait(1).visit("verified").only
    assert (episode.detected_m2, episode.verified_m2, episode.remaining_m2) == (300, 150, 150)


def test_every_public_name_exists():
    assert len(set(domain.__all__)) == len(domain.__all__)
    for name in domain.__all__:
        assert getattr(domain, name) is not None


def test_outcomes_lead_to_states_of_the_same_name():
    assert {outcome.value for outcome in Outcome} <= {state.value for state in State}


@pytest.mark.parametrize(
    ("text", "plain"), [("ＢＰ０１", "bp01"), ("Ⅳ", "iv"), ("m²", "m2"), ("½", "1⁄2"), ("Đồn", "don")]
)
def test_letters_that_only_look_different_fold_to_the_same(text, plain):
    assert fold(text) == plain
