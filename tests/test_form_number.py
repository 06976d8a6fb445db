"""The number on a paper form: the same for the same sheet, and a slip of the pen shows."""

from hypothesis import assume, given
from hypothesis import strategies as st

from eradication.domain.form_number import form_number, looks_mistyped

codes = st.from_regex(r"[A-Z]{2}-[0-9]{2}-[0-9]{3}", fullmatch=True)
numbers = st.builds(form_number, codes, st.text(max_size=12))
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXY"


def test_it_is_the_same_for_the_same_sheet_and_another_for_another_day():
    facts = ("P-1", "2026-2027", "BP01")
    assert form_number("VH-27-014", *facts, "2027-01-20") == form_number("VH-27-014", *facts, "2027-01-20")
    assert form_number("VH-27-014", *facts, "2027-01-20") != form_number("VH-27-014", *facts, "2027-01-21")


@given(numbers)
def test_a_number_as_it_is_printed_is_right(number):
    assert not looks_mistyped(number)
    assert not looks_mistyped(f" {number.lower()} ")


@given(numbers, st.sampled_from([0, 1, 3, 4, 6, 7, 8, 11, 12, 13, 14, 15]), st.sampled_from(LETTERS))
def test_a_wrong_character_shows(number, at, other):
    assume((int(other, 36) - int(number[at], 36)) % 31)
    assume(other.isdigit() == number[at].isdigit() or at > 10)
    assert looks_mistyped(number[:at] + other + number[at + 1 :])


@given(numbers, st.sampled_from([0, 3, 6, 7, 11, 12, 13]))
def test_two_swapped_characters_show(number, at):
    assume((int(number[at], 36) - int(number[at + 1], 36)) % 31)
    assert looks_mistyped(number[:at] + number[at + 1] + number[at] + number[at + 2 :])


def test_other_numbers_of_visits_are_left_in_peace():
    assert not any(map(looks_mistyped, ("V-2027-00012", "VH-27-014", "a", "", "BP01-P12345", "uuid:1-2-3-P12345")))
