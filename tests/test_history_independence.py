"""A unit under its new name is no other unit; what was independent when it was done stays so."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import START, World

from eradication import history
from eradication.domain import EventKind

RENAMED = START + timedelta(days=10)


def row(code, successor="", last=None, first="2000-01-01"):
    last = last.date().isoformat() if last else None
    return {"code": code, "valid_from": first, "valid_to": last, "successor": successor}


def table(world, *rows):
    """The office takes a table of units in."""
    return world.append(EventKind.UNITS_RECORDED, {"rows": list(rows)})


def destroyed():
    return World().visit("detected").visit("eradicated", visited_at=START + timedelta(days=1))


def verify(world, unit, days=20, **fields):
    when = START + timedelta(days=days)
    return world.visit("verified", unit=unit, officers=("S8", "S9"), visited_at=when, **fields)


def test_a_unit_under_its_new_name_does_not_verify_itself():
    world = verify(table(destroyed(), row("BP-1", "dbp-sl ", RENAMED), row("DBP-SL")), "DBP-SL")
    assert (world.states, world.reasons) == (["eradicated"], ["verifier_not_independent"])
    # Nor does the old name, still in use on a form.
    world = World().visit("detected", unit="DBP-SL").visit("eradicated", unit="DBP-SL")
    assert verify(table(world, row("BP-1", "DBP-SL", RENAMED)), "BP-1").states == ["eradicated"]


def test_a_table_that_comes_late_takes_the_verification_back_and_says_so():
    world = verify(destroyed(), "DBP-SL")
    before = world.clock
    assert world.total["verified_m2"] == 300
    table(world, row("BP-1", "DBP-SL", RENAMED))
    assert (world.states, world.total["verified_m2"], world.reasons) == (
        ["eradicated"],
        0,
        ["verifier_not_independent"],
    )
    assert world.ledger(before)["total"]["verified_m2"] == 300
    # The latest row of a span counts: the successor was a slip of the pen.
    assert table(world, row("BP-1", "OTHER", RENAMED)).states == ["verified"]


def test_units_that_merge_later_were_two_when_one_verified_for_the_other():
    merged = START + timedelta(days=40)
    rows = row("BP-1", "NEW", merged), row("CA-2", "NEW", merged)
    assert verify(table(destroyed(), *rows), "CA-2").states == ["verified"]
    assert verify(table(destroyed(), *rows), "CA-2", days=50).states == ["eradicated"]
    assert verify(table(destroyed(), *rows), "NEW", days=50).states == ["eradicated"]
    assert verify(table(destroyed(), *rows), "CA-3", days=50).states == ["verified"]


def test_parts_of_a_divided_unit_are_it_but_not_one_another():
    parts = row("BP-1", "P1", RENAMED), row("BP-1", "P2", RENAMED, first="2001-01-01")
    assert verify(table(destroyed(), *parts), "P1").states == ["eradicated"]
    assert verify(table(destroyed(), *parts), "P2").states == ["eradicated"]
    world = World().visit("detected", unit="P1").visit("eradicated", unit="P1")
    assert verify(table(world, *parts), "P2").states == ["verified"]


def named(code, name):
    return row(code) | {"name": name}


@pytest.mark.parametrize("typed", ["bp1", "BP 1", " Bp-1", "Đồn Biên phòng Lóng Sập", "don bien phong  long sap"])
def test_a_unit_is_itself_however_it_is_typed(typed):
    world = table(destroyed(), named("BP-1", "Đồn Biên phòng Lóng Sập"), named("CA-2", "Công an xã"))
    assert (verify(world, typed).states, world.reasons) == (["eradicated"], ["verifier_not_independent"])


def test_a_name_that_two_units_bear_names_neither():
    world = table(destroyed(), named("BP-1", "Đồn số 1"), named("CA-2", "Đồn số 1"))
    assert (verify(world, "Đồn số 1").states, world.reasons) == (["verified"], ["verifier_unit_unknown"])


def test_a_verification_by_a_unit_that_no_table_knows_counts_and_is_listed():
    assert verify(destroyed(), "NOUNIT").reasons == []
    world = verify(table(destroyed(), named("BP-1", "a"), named("CA-2", "b")), "NOUNIT")
    assert (world.states, world.reasons) == (["verified"], ["verifier_unit_unknown"])
    world = verify(table(destroyed(), named("BP-1", "a"), named("CA-2", "b")), "CA-2")
    assert (world.states, world.reasons) == (["verified"], [])


def test_a_verification_by_a_unit_that_no_table_knows_is_marked_at_its_sign():
    def sign(world):
        (told,) = (sign for sign in world.ledger()["signs"] if sign["code"] == "forced_verification")
        return told["marked"], told["value"], told["m2"], [who.split(": ")[1] for who in told["who"]]

    assert sign(verify(destroyed(), "NOUNIT")) == (False, 0, 0, [])
    world = verify(table(destroyed(), *TWO), "NOUNIT")
    assert sign(world) == (True, 1, 300, ["NOUNIT"])
    assert sign(verify(world, "CA-2", days=25, visit_id="v2")) == (False, 0, 0, [])
    assert sign(verify(table(destroyed(), *TWO), "CA-2")) == (False, 0, 0, [])


def test_successors_that_follow_each_other_in_a_ring_end():
    ring = row("BP-1", "X", RENAMED), row("X", "BP-1", RENAMED)
    assert verify(table(destroyed(), *ring), "X").states == ["eradicated"]


def test_a_breach_that_was_insisted_on_stays_listed():
    world = verify(table(destroyed(), row("BP-1", "DBP-SL", RENAMED)), "DBP-SL")
    world.events[-1].payload["forced"] = "no other unit is within a day's walk"
    assert world.states == ["verified"]
    assert world.reasons == ["forced_verification"]


def test_a_table_that_cannot_be_read_stops_nothing():
    world = verify(destroyed(), "DBP-SL")
    for rows in (None, "x", [1], [{}], [{"code": "BP-1", "valid_to": "soon", "successor": "DBP-SL"}]):
        world.append(EventKind.UNITS_RECORDED, {"rows": rows})
    assert world.states == ["verified"]


CODES = st.sampled_from(["a", "b", "c", "d", "e"])
DAYS = st.integers(0, 5).map(lambda n: START + timedelta(days=n))
ROWS = st.lists(st.tuples(CODES, CODES, DAYS, st.sampled_from(["2000-01-01", "2001-01-01"])), max_size=8)


@given(ROWS, st.tuples(CODES, CODES), st.integers(0, 8), st.data())
def test_being_one_unit_is_mutual_and_never_ends_in_whatever_order_tables_arrive(rows, pair, days, data):
    world = World()
    for code, after, last, first in rows:
        table(world, row(code, after, last, first))
    told = history.successions(world.events)
    assert told == history.successions(data.draw(st.permutations(world.events)))
    one, other = ({f"unit:{code}"} for code in pair)
    moment = START + timedelta(days=days)
    same = told.shared(one, other, moment)
    assert same == told.shared(other, one, moment)
    assert same or pair[0] != pair[1]
    assert not same or told.shared(one, other, moment + timedelta(days=1))


@pytest.mark.parametrize("day", [date(2027, 1, 20), date(2027, 1, 21)])
def test_a_unit_is_followed_on_the_day_after_its_last(day):
    told = history.successions(table(World(), row("A", "B", RENAMED)).events)
    assert told.line(" a", day) == ({"a", "b"} if day == date(2027, 1, 21) else {"a"})


NAMED = row("BP01", first="2000-01-01") | {"name": "Đồn Biên phòng Lóng Sập"}


@pytest.mark.parametrize(
    "verifier",
    [
        *("BP01", "bp 01", "ＢＰ０１", "ｂｐ－０１", "Đồn Biên phòng Lóng Sập", "don bien phong long sap"),
        *("Đồn Biên phòng Lóng Sập (BP01)", "BP01 - Đồn Biên phòng Lóng Sập", "BP01, don bien phong long sap"),
    ],
)
def test_a_unit_does_not_verify_itself_under_any_spelling_of_code_and_name(verifier):
    world = World().visit("detected", unit="BP01").visit("eradicated", unit="BP01")
    world = verify(table(world, NAMED), verifier)
    assert (world.states, world.reasons) == (["eradicated"], ["verifier_not_independent"])


TWO = NAMED, row("CA-2", first="2000-01-01") | {"name": "Công an Vân Hồ"}


@pytest.mark.parametrize(
    "verifier",
    [
        *("BP01 (Lóng Sập)", "BP01 - tổ 3", "bp01/đội 1", "BP01, tổ của CA", "Đồn Biên phòng (BP01)", "BP01 BP01"),
        *("ВР01", "вр01", "ΒΡ01", "ВP01 - tổ 3", "Đồn (ВР 01)"),  # Cyrillic and Greek letters
    ],
)
def test_words_beside_a_code_and_letters_that_look_alike_make_no_other_unit(verifier):
    world = World().visit("detected", unit="BP01").visit("eradicated", unit="BP01")
    world = verify(table(world, *TWO), verifier)
    assert (world.states, world.reasons) == (["eradicated"], ["verifier_not_independent"])
    assert history.successions(world.events).code(verifier) == "BP01"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *(("CA-2 tổ 3", "CA-2"), ("CA 2/đội 1", "CA-2"), ("CA-21 tổ 3", ""), ("BP011", ""), ("BP01x (CA)", "")),
        *(("BP01 (CA-2)", ""), ("Đồn Biên phòng Lóng Sập (CA-2)", ""), ("BP01 - Công an Vân Hồ", "")),
        *(("tổ BP01", ""), ("7 (CA-2)", "CA-2"), ("7 - tổ 3", ""), ("X (tổ 3)", ""), ("tổ (7)", ""), ("7", "7")),
    ],
)
def test_a_code_among_other_words_is_read_where_it_is_clear(text, code):
    told = history.successions(table(World(), *TWO, row("7"), row("X")).events)
    assert told.code(text) == code
    assert told.knows(text) == bool(code)


@pytest.mark.parametrize("verifier", ["BP02", "BP02 (Lóng Sập)", "Đồn Biên phòng Lóng Sập (BP02)", "BP0"])
def test_what_is_neither_the_code_nor_the_name_nor_both_is_another_unit(verifier):
    told = history.successions(table(World(), NAMED).events)
    assert told.code(verifier) == ""
    assert not told.knows(verifier)


def test_a_name_that_two_bear_is_told_apart_by_the_code_beside_it():
    other = NAMED | {"code": "BP-02"}
    told = history.successions(table(World(), NAMED, other).events)
    assert told.code("Đồn Biên phòng Lóng Sập") == ""
    assert told.code("Đồn Biên phòng Lóng Sập (bp02)") == "BP-02"


def test_a_code_goes_before_a_name_with_a_code_that_reads_the_same():
    told = history.successions(table(World(), row("1") | {"name": "BP0"}, NAMED).events)
    assert told.code("BP01") == "BP01"


@pytest.mark.parametrize("verifier", ["ＢＰ０１", "ВР01"])
def test_without_a_table_letters_that_look_the_same_are_the_same_letters(verifier):
    world = World().visit("detected", unit="BP01").visit("eradicated", unit="BP01")
    assert verify(world, verifier).reasons == ["verifier_not_independent"]
