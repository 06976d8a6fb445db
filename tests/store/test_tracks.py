"""Packed segments: nothing of a fix is lost, damage is noticed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from store.samples import fixes

from eradication.domain import MARKS, Fixes
from eradication.store import tracks

FLOATS = st.floats(allow_nan=True, allow_infinity=True)
NARROW = st.floats(allow_nan=True, allow_infinity=True, width=32)


@st.composite
def segments(draw: st.DrawFn) -> Fixes:
    n = draw(st.integers(0, 12))

    def column(kind: str, elements: st.SearchStrategy) -> np.ndarray:
        return draw(hnp.arrays(kind, n, elements=elements))

    return Fixes(
        lon=column("f8", FLOATS),
        lat=column("f8", FLOATS),
        ele_m=column("f4", NARROW),
        time_s=column("f8", FLOATS),
        accuracy_m=column("f4", NARROW),
        hdop=column("f4", NARROW),
        mark=column("u1", st.integers(0, len(MARKS) - 1)),
    )


@given(segments())
def test_T12_every_fix_comes_back_bit_for_bit(segment: Fixes):
    back = tracks.unpack(tracks.pack(segment))
    for column in ("lon", "lat", "ele_m", "time_s", "accuracy_m", "hdop", "mark"):
        before, after = getattr(segment, column), getattr(back, column)
        assert (before.dtype, before.tobytes()) == (after.dtype, after.tobytes())


@given(segments())
def test_T12_the_drawn_line_holds_only_places_on_earth(segment: Fixes):
    line = tracks.line(segment)
    if line is not None:
        west, south, east, north = line.bounds
        assert -180 <= west <= east <= 180
        assert -90 <= south <= north <= 90


@given(st.data())
def test_a_damaged_segment_is_noticed_or_harmless(data: st.DataObject):
    segment = fixes([104.0, 104.1, 104.2], [21.0, 21.1, 21.2])
    packed = bytearray(tracks.pack(segment))
    packed[data.draw(st.integers(0, len(packed) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        back = tracks.unpack(bytes(packed))
    except ValueError:
        return
    # A flip in the unused bits of the compressed stream changes nothing.
    assert back.lon.tobytes() == segment.lon.tobytes()


@pytest.mark.parametrize("cut", [0, 3, 7, 8, 20])
def test_a_segment_cut_short_is_refused(cut: int):
    with pytest.raises(ValueError, match="packed segment"):
        tracks.unpack(tracks.pack(fixes([104.0] * 9, [21.0] * 9))[:cut])


def test_T6_a_segment_that_unpacks_to_more_than_it_says_is_refused():
    many = tracks.pack(fixes([0.0] * 100_000, [0.0] * 100_000))
    few = tracks.pack(fixes([0.0], [0.0]))
    with pytest.raises(ValueError, match="wrong length"):
        tracks.unpack(few[:8] + many[8:])
