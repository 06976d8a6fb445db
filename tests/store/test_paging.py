"""Some rows of a layer out of many: every store cuts, counts and sorts as a plain look at all rows would."""

import dataclasses
from datetime import UTC, datetime
from typing import Any

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rounds import rounds

from eradication.domain import EventKind
from eradication.errors import UnusableInput
from eradication.store import Page, Slice
from eradication.store.contract import Store
from eradication.store.where import Among, Compare, Either, Every, Like, Missing, Not, Where, holds

STATES = ("candidate", "detected", "verified")
CODES = ("VH-26-001", "vh%26_2", "Mộc Châu", "x\\y", None)


def rows() -> list[dict[str, Any]]:
    """Forty plots on a grid of 0.01 degrees, a small square or a thin diagonal each."""
    made = []
    for n in range(40):
        lon, lat = 104.0 + 0.01 * (n % 8), 20.0 + 0.01 * (n // 8)
        square = shapely.box(lon, lat, lon + 0.004, lat + 0.004)
        thin = shapely.Polygon([(lon, lat), (lon + 0.009, lat + 0.009), (lon + 0.0091, lat + 0.009)])
        made.append(
            {
                "plot_id": f"P-{n:02}",
                "season": "2025-2026" if n % 3 else "2024-2025",
                "code": CODES[n % 5],
                "state": STATES[n % 3],
                "score": None if n % 7 == 0 else (n * 37 % 40) / 40,
                "area_m2": float(100 * n),
                "detected_m2": n if n % 2 else None,
                "lon": lon,
                "lat": lat,
                "geometry": square if n % 4 else thin,
                "units": "",
            }
        )
    return made


@pytest.fixture
def filled(store: Store) -> Store:
    with store.transaction() as transaction:
        transaction.replace_layer("plots", rows())
    return store


def conditions() -> st.SearchStrategy[Where]:
    texts = st.sampled_from([*filter(None, CODES), "", "v", "'; DROP TABLE plots; --"])
    operators = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
    simple: st.SearchStrategy[Where] = st.one_of(
        st.builds(Compare, st.just("area_m2"), operators, st.sampled_from([0.0, 500.0, 1500, 1e300])),
        st.builds(Compare, st.just("detected_m2"), operators, st.sampled_from([0, 7, 21])),
        st.builds(Compare, st.just("state"), st.sampled_from(["=", "<>"]), st.sampled_from([*STATES, "x"])),
        st.builds(Among, st.just("code"), st.lists(texts, max_size=3).map(tuple)),
        st.builds(Like, st.just("code"), st.sampled_from(["%", "VH%", "vh%", "vh\\%26\\_2", "_H-%", "", "M%u"]),
                  st.booleans()),
        st.builds(Missing, st.sampled_from(["code", "score", "detected_m2"])),
    )  # fmt: skip
    return st.recursive(
        simple,
        lambda inner: st.one_of(
            st.builds(Not, inner),
            st.builds(Every, st.lists(inner, max_size=3).map(tuple)),
            st.builds(Either, st.lists(inner, max_size=3).map(tuple)),
        ),
        max_leaves=6,
    )


ORDERS = [(), (("area_m2", True),), (("score", False), ("plot_id", True)), (("detected_m2", True),)]
SLICES = st.builds(
    Slice,
    st.just("plots"),
    conditions(),
    st.one_of(
        st.none(),
        st.tuples(st.floats(103.99, 104.05), st.floats(19.99, 20.03), st.floats(104.0, 104.09), st.floats(20.0, 20.06))
        .filter(lambda box: box[0] <= box[2] and box[1] <= box[3]),
    ),
    st.sampled_from(ORDERS),
    st.integers(0, 12),
    st.integers(0, 45),
)  # fmt: skip


def expected(store: Store, wanted: Slice) -> Page:
    """What a look at all rows tells."""
    found = [row for row in store.layer("plots", bbox=wanted.bbox) if holds(wanted.where, row)]
    for column, descending in reversed(wanted.order):
        known = sorted((row for row in found if row[column] is not None), key=lambda row: row[column])
        if descending:  # ties stand in the order of keys both ways
            known = [row for _, group in _groups(known, column) for row in group]
        found = known + [row for row in found if row[column] is None]
    return Page(found[wanted.offset : wanted.offset + wanted.limit], len(found))


def _groups(known: list[dict[str, Any]], column: str) -> list[tuple[Any, list[dict[str, Any]]]]:
    groups: dict[Any, list[dict[str, Any]]] = {}
    for row in known:
        groups.setdefault(row[column], []).append(row)
    return sorted(groups.items(), reverse=True)


def names(page: Page) -> tuple[list[tuple[str, str]], int]:
    return [(row["plot_id"], row["season"]) for row in page.rows], page.total


@settings(max_examples=rounds(1000, 120), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=SLICES)
def test_t21_a_page_is_what_a_look_at_all_rows_tells(filled: Store, wanted: Slice):
    assert names(filled.page(wanted)) == names(expected(filled, wanted))


@pytest.mark.parametrize(
    ("pattern", "ignore_case", "found"),
    [("vh%", False, 8), ("VH%", False, 8), ("Vh%", False, 0), ("VH%", True, 16), ("MỘC%", False, 0), ("MỘC%", True, 8)],
)
def test_a_pattern_minds_small_and_large_letters_unless_told_not_to(
    filled: Store, pattern: str, ignore_case: bool, found: int
):
    assert filled.page(Slice("plots", Like("code", pattern, ignore_case))).total == found


def test_a_rectangle_asks_for_outlines_and_not_for_their_boxes(filled: Store):
    corner = (104.005, 20.0, 104.008, 20.003)  # within the box of the thin one, and beside it
    assert filled.page(Slice("plots", bbox=corner)).total == 0
    assert filled.page(Slice("plots", bbox=(104.004, 20.0, 104.008, 20.0041))).total == 1


@pytest.mark.parametrize("name", ["nothing", "geom", "plot_id; --", "fid"])
def test_t21_what_is_no_column_is_asked_for_by_nobody(filled: Store, name: str):
    for wanted in (
        Slice("plots", Compare(name, "=", "x")),
        Slice("plots", Not(Missing(name))),
        Slice("plots", order=((name, False),)),
    ):
        with pytest.raises(UnusableInput) as refused:
            filled.page(wanted)
        assert refused.value.kind == "unknown_column"
    with pytest.raises(UnusableInput, match="no layer"):
        filled.page(Slice("nothing"))


def test_a_unit_sees_its_own_and_nobodys(filled: Store):
    mine = [row | {"units": ",bp01," if n % 2 else ",ca02,"} for n, row in enumerate(rows())]
    with filled.transaction() as transaction:
        transaction.replace_layer("plots", mine)
        transaction.append(EventKind.PLOT_ASSIGNED, datetime(2026, 1, 1, tzinfo=UTC), {"unit": "BP01"})
    page = filled.seen_by("BP01").page(Slice("plots", order=(("plot_id", False),)))
    assert page.total == 20
    assert {row["units"] for row in page.rows} == {",bp01,"}


def test_rows_are_not_counted_again_where_their_number_is_known(filled: Store):
    wanted = Slice("plots", Compare("season", "=", "2025-2026"), order=(("score", True),), limit=10)
    whole = filled.page(wanted)
    assert len(whole.rows) == 10
    assert filled.page(dataclasses.replace(wanted, total=whole.total)) == whole
    last = dataclasses.replace(wanted, offset=10 * (whole.total // 10))
    assert filled.page(dataclasses.replace(last, total=whole.total)).total == whole.total
    assert filled.page(dataclasses.replace(wanted, offset=1000)).total == whole.total
    assert filled.page(dataclasses.replace(wanted, limit=0)) == Page([], whole.total)


def test_rows_are_the_same_without_their_outlines(filled: Store):
    wanted = Slice("plots", bbox=(103.0, 20.0, 105.0, 22.0), order=(("score", True),), limit=15)
    whole, plain = filled.page(wanted), filled.page(dataclasses.replace(wanted, shapes=False))
    assert len(whole.rows) == 15
    assert None not in {row["geometry"] for row in whole.rows}
    assert plain == Page([row | {"geometry": None} for row in whole.rows], whole.total)
