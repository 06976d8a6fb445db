"""Writes small FIT files, byte by byte from the protocol: header, definitions, data, checksum."""

import struct
from collections.abc import Iterable
from datetime import UTC, datetime

EPOCH_S = datetime(1989, 12, 31, tzinfo=UTC).timestamp()
_CRC = (
    0x0,
    0xCC01,
    0xD801,
    0x1400,
    0xF001,
    0x3C00,
    0x2800,
    0xE401,
    0xA001,
    0x6C00,
    0x7800,
    0xB401,
    0x5000,
    0x9C01,
    0x8801,
    0x4400,
)
ENUM, UINT8, UINT16, SINT32, UINT32, STRING = (
    (0x00, "B"),
    (0x02, "B"),
    (0x84, "H"),
    (0x85, "i"),
    (0x86, "I"),
    (0x07, "16s"),
)
FILE_ID, RECORD, EVENT, COURSE_POINT = 0, 20, 21, 32
FIELDS = {
    FILE_ID: [(0, ENUM)],
    RECORD: [(253, UINT32), (0, SINT32), (1, SINT32), (2, UINT16), (31, UINT8)],
    EVENT: [(253, UINT32), (0, ENUM), (1, ENUM)],
    COURSE_POINT: [(1, UINT32), (2, SINT32), (3, SINT32), (6, STRING)],
}
NO_PLACE = 0x7FFFFFFF

type Message = tuple[int, tuple[object, ...]]


def crc(data: bytes) -> int:
    """Return the checksum of FIT."""
    value = 0
    for byte in data:
        for half in (byte & 0xF, byte >> 4):
            value = ((value >> 4) & 0x0FFF) ^ _CRC[value & 0xF] ^ _CRC[half]
    return value


def written(messages: Iterable[Message]) -> bytes:
    """Return a file of messages."""
    body, defined = b"", {}
    for number, values in messages:
        fields = FIELDS[number]
        if number not in defined:
            defined[number] = len(defined)
            described = b"".join(bytes([field, struct.calcsize(code), kind]) for field, (kind, code) in fields)
            body += bytes([0x40 | defined[number], 0, 0]) + struct.pack("<HB", number, len(fields)) + described
        body += bytes([defined[number]]) + struct.pack("<" + "".join(code for _, (_, code) in fields), *values)
    head = struct.pack("<BBHI4s", 14, 0x10, 2132, len(body), b".FIT")
    whole = head + struct.pack("<H", crc(head)) + body
    return whole + struct.pack("<H", crc(whole))


def record(lon: float | None, lat: float | None, ele_m: float, when: datetime, accuracy_m: int = 5) -> Message:
    """Return a fix; without a place where there is none."""
    place = [NO_PLACE if degrees is None else round(degrees * 2**31 / 180.0) for degrees in (lat, lon)]
    return RECORD, (round(when.timestamp() - EPOCH_S), *place, round((ele_m + 500.0) * 5.0), accuracy_m)


def paused(when: datetime) -> Message:
    """Return a stop of the timer."""
    return EVENT, (round(when.timestamp() - EPOCH_S), 0, 4)
