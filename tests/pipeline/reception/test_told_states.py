"""What is asked about the state of a plot is asked about the state that would be told."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st
from rounds import rounds

from eradication import history
from eradication.domain import Season, State
from eradication.pipeline.reception.told_states import as_told
from eradication.store.where import Among, Compare, Either, Every, Like, Missing, Not, Where, holds

SEASONS = [Season(year) for year in (2022, 2023, 2024, 2025, 2026)]
MOMENTS = st.datetimes(datetime(2023, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)) | st.sampled_from(
    [season.ends for season in SEASONS]
)
STATES = st.sampled_from([*map(str, State), "x", ""])
LEAVES: st.SearchStrategy[Where] = st.one_of(
    st.builds(Compare, st.just("state"), st.sampled_from(["=", "<>", "<", ">="]), STATES),
    st.builds(Compare, st.just("season"), st.sampled_from(["=", "<"]), st.sampled_from([s.label for s in SEASONS])),
    st.builds(Among, st.just("state"), st.lists(STATES, max_size=3).map(tuple)),
    st.builds(Like, st.just("state"), st.sampled_from(["%", "exp%", "EXP%", "_etected"]), st.booleans()),
    st.builds(Missing, st.just("state")),
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(Every, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Either, st.lists(inner, max_size=3).map(tuple)),
    ),
    max_leaves=5,
)


@settings(max_examples=rounds(2000, 300))
@given(where=CONDITIONS, moment=MOMENTS)
def test_kept_rows_are_found_by_what_would_be_told(where: Where, moment: datetime):
    asked = as_told(where, moment)
    for season in SEASONS:
        for state in State:
            kept = {"state": str(state), "season": season.label}
            told = kept | {"state": str(history.standing(state, season, moment))}
            assert holds(asked, kept) == holds(where, told), (kept, told)
