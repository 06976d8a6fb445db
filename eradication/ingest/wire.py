"""The answer of a worker as bytes: a JSON header, then the raw buffers of its arrays. Nothing in it can run code.

::

    8 bytes   length of the header, big-endian
    header    {"value": …} or {"error": …}, and "buffers": [[dtype, shape], …]
    buffers   one after the other

In ``value`` an array stands as ``{"$array": i}``, bytes as ``{"$bytes": i}`` and a dict that itself has a key
beginning with ``$`` as ``{"$dict": [[key, value], …]}``. The encoder does not import NumPy: readers that do without
it start faster.
"""

import json
import math
import re
import struct
from array import array
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy.typing as npt

_HEAD = struct.Struct(">Q")
_CODES = {"b": "|i1", "B": "|u1", "h": "=i2", "H": "=u2", "i": "=i4", "I": "=u4", "q": "=i8", "Q": "=u8"}
_CODES |= {"f": "=f4", "d": "=f8", "l": f"=i{array('l').itemsize}", "L": f"=u{array('L').itemsize}"}
_DTYPE = re.compile(r"[<>=|][biuf][1248]")


def encode(answer: dict[str, Any]) -> list[bytes]:
    """Return ``answer`` as chunks of bytes.

    Raises:
        TypeError: a value is not plain data.
    """
    buffers: list[bytes] = []
    shapes: list[list[Any]] = []
    body = {key: _plain(value, buffers, shapes) for key, value in answer.items()}
    header = json.dumps({**body, "buffers": shapes}, ensure_ascii=True).encode("ascii")
    return [_HEAD.pack(len(header)), header, *buffers]


def _plain(value: Any, buffers: list[bytes], shapes: list[list[Any]]) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise TypeError("keys must be text")
        pairs = {key: _plain(item, buffers, shapes) for key, item in value.items()}
        return {"$dict": [list(p) for p in pairs.items()]} if any(key.startswith("$") for key in pairs) else pairs
    if isinstance(value, list | tuple):
        return [_plain(item, buffers, shapes) for item in value]
    if isinstance(value, bytes):
        return {"$bytes": _keep(value, ["|u1", [len(value)]], buffers, shapes)}
    if isinstance(value, array):
        return {"$array": _keep(value.tobytes(), [_CODES[value.typecode], [len(value)]], buffers, shapes)}
    dtype = getattr(value, "dtype", None)
    if dtype is not None and _DTYPE.fullmatch(dtype.str):
        return {"$array": _keep(value.tobytes(), [dtype.str, list(value.shape)], buffers, shapes)}
    raise TypeError(f"{type(value).__name__} is not plain data")


def _keep(raw: bytes, shape: list[Any], buffers: list[bytes], shapes: list[list[Any]]) -> int:
    buffers.append(raw)
    shapes.append(shape)
    return len(buffers) - 1


def decode(data: bytes) -> dict[str, Any]:
    """Read what :func:`encode` wrote; arrays come back as read-only NumPy arrays over ``data``.

    Raises:
        ValueError: the bytes do not follow the layout; a worker may have been cut off or taken over.
    """
    if len(data) < _HEAD.size:
        raise ValueError("no answer")
    end = _HEAD.size + _HEAD.unpack_from(data)[0]
    try:
        header = json.loads(data[_HEAD.size : end].decode("ascii"))
        layout = header.pop("buffers")
        buffers = _cut(data, end, layout)
        return {key: _value(item, buffers) for key, item in header.items()}
    except (KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise ValueError(f"bad answer: {type(error).__name__}") from None


def _cut(data: bytes, start: int, layout: list[tuple[str, list[int]]]) -> list["npt.NDArray[Any]"]:
    import numpy as np

    found = []
    for dtype, shape in layout:
        if not _DTYPE.fullmatch(dtype) or any(type(n) is not int or n < 0 for n in shape):
            raise ValueError("bad layout")
        count = math.prod(shape)
        size = count * int(dtype[2])
        if start + size > len(data):
            raise ValueError("answer cut off")
        found.append(np.frombuffer(data, np.dtype(dtype), count, start).reshape(shape))
        start += size
    if start != len(data):
        raise ValueError("answer too long")
    return found


def _value(item: Any, buffers: list["npt.NDArray[Any]"]) -> Any:
    if isinstance(item, list):
        return [_value(part, buffers) for part in item]
    if not isinstance(item, dict):
        return item
    if len(item) == 1:
        key, inner = next(iter(item.items()))
        if key == "$array":
            return buffers[inner]
        if key == "$bytes":
            return buffers[inner].tobytes()
        if key == "$dict":
            return {name: _value(part, buffers) for name, part in inner}
    return {key: _value(part, buffers) for key, part in item.items()}
