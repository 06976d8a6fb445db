"""The parent believes nothing of a worker's answer that a worker of ours would not send."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from eradication.errors import RefusedInput
from eradication.ingest import verdicts, wire

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4) | st.just("$array"), inner, max_size=4)
    ),
    max_leaves=12,
)


def packed(header) -> bytes:
    body = json.dumps(header).encode()
    return struct.pack(">Q", len(body)) + body


@UNHURRIED
@given(plain)
def test_plain_data_come_back_as_they_went(value):
    assert wire.decode(b"".join(wire.encode({"value": value}))) == {"value": value}


@UNHURRIED
@given(arrays.arrays(st.sampled_from(["<f8", "<f4", "<i8", "|u1", "<u2", "|b1"]), arrays.array_shapes(min_side=0)))
def test_arrays_come_back_with_shape_and_type(value):
    back = wire.decode(b"".join(wire.encode({"value": value})))["value"]
    np.testing.assert_array_equal(back, value)
    assert back.dtype == value.dtype


@pytest.mark.parametrize("value", [object(), {1: "a"}, np.array(["a"], object), np.array(["a"]), {1, 2}])
def test_anything_else_does_not_go(value):
    with pytest.raises(TypeError):
        wire.encode({"value": value})


@UNHURRIED
@given(st.binary(max_size=200))
def test_random_bytes_are_no_answer(data):
    with pytest.raises(ValueError, match=r"."):
        wire.decode(data)


@pytest.mark.parametrize(
    "header",
    [
        [], {}, {"buffers": 5}, {"buffers": [["|O8", [1]]]}, {"buffers": [["<f8", [2**62]]]},
        {"buffers": [["<f8", [-1]]]}, {"value": {"$array": 3}, "buffers": []}, {"value": {"$dict": 7}, "buffers": []},
        {"value": {"$bytes": "x"}, "buffers": []}, {"value": {"$array": True}, "buffers": [["<f8", ["1"]]]},
    ],
)  # fmt: skip
def test_answers_that_do_not_follow_the_layout_are_none(header):
    with pytest.raises(ValueError, match=r"."):
        wire.decode(packed(header))


def test_a_cut_or_lengthened_answer_is_none():
    whole = b"".join(wire.encode({"value": np.arange(3.0)}))
    for data in (whole[:-1], whole + b"\x00", struct.pack(">Q", 2**63) + b"{}", packed(0)[:9] + b"[" * 10_000):
        with pytest.raises(ValueError, match=r"."):
            wire.decode(data)


GOOD = {"type": "RefusedInput", "kind": "k", "message": "m {a}", "where": "", "hint": "", "values": {"a": 1}}


@pytest.mark.parametrize(
    "error",
    [
        None,
        "x",
        GOOD | {"values": []},
        GOOD | {"kind": 3},
        GOOD | {"values": {}},
        GOOD | {"message": "{a.__class__.__init__.__globals__}"},
        GOOD | {"hint": "{a[0]}"},
        GOOD | {"message": "{"},
        GOOD | {"message": "{a!r:>{a}}"},
        {key: value for key, value in GOOD.items() if key != "where"},
    ],
)
def test_errors_that_no_worker_of_ours_would_send_are_not_believed(error):
    assert verdicts.understood(packed({"error": error, "buffers": []})) is None
    assert verdicts.understood(packed({"error": GOOD, "buffers": []})) is not None


def test_an_unknown_type_of_error_is_a_parser_that_failed_and_its_braces_are_text():
    error = verdicts.rebuilt(GOOD | {"type": "SystemExit", "message": "{0.__class__}"}, Path("a.gpx"))
    assert isinstance(error, RefusedInput)
    assert str(error) == "The parser broke down on this file ({0.__class__}). [a.gpx]"
