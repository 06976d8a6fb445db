"""The table of units of a simulated season: who patrols, and the department that reports. None of it exists."""

import csv
from pathlib import Path

from eradication.domain.event import SIMULATED

COLUMNS = ("code", "name", "kind", "valid_from", "letterhead_parent", "letterhead", "symbol", "place", "reports")
_LABEL = SIMULATED.partition(" / ")[0]
_DEPARTMENT, _PROVINCE, _SEAT = "Sở Nông nghiệp và Môi trường", "Ủy ban nhân dân tỉnh Sơn La", "Sơn La"
_POSTS, _FORCES = "Bộ đội Biên phòng tỉnh Sơn La", "Công an tỉnh Sơn La"
_ROWS = (
    ("SNNMT", f"{_DEPARTMENT} ({_LABEL})", "department", "2025-03-01", _PROVINCE, _DEPARTMENT, "SNNMT", _SEAT, ""),
    (
        "BP01",
        f"Đồn Biên phòng 01 ({_LABEL})",
        "border_post",
        "2000-01-01",
        _POSTS,
        "Đồn Biên phòng 01",
        "ĐBP01",
        "Vân Hồ",
        "yes",
    ),
    (
        "BP02",
        f"Đồn Biên phòng 02 ({_LABEL})",
        "border_post",
        "2000-01-01",
        _POSTS,
        "Đồn Biên phòng 02",
        "ĐBP02",
        "Vân Hồ",
        "yes",
    ),
    ("CA01", f"Công an xã 01 ({_LABEL})", "police", "2000-01-01", _FORCES, "Công an xã 01", "CAX01", "Vân Hồ", "yes"),
    ("CA02", f"Công an xã 02 ({_LABEL})", "police", "2000-01-01", _FORCES, "Công an xã 02", "CAX02", "Vân Hồ", "yes"),
)


def write_units(path: Path) -> Path:
    """Write the units that go on simulated patrols, and the department they report to, as CSV (UTF-8)."""
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerows((COLUMNS, *_ROWS))
    return path
