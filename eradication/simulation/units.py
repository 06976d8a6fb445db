"""The table of units of a simulated season: who patrols, and the department that reports. None of it exists."""

import csv
from pathlib import Path

import numpy as np

from eradication.domain.event import SIMULATED
from eradication.simulation.terrain import PIXEL_M
from eradication.simulation.visits import UNITS
from eradication.simulation.world import World

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


def write_posts(world: World, path: Path) -> Path:
    """Write from where the simulated units leave, as a CSV of posts: a place in each quarter of the chip.

    A post lies on the lowest ground of its quarter, as posts do.
    """
    size = world.recipe.size_px
    half, edge = size // 2, size // 8
    quarters = [(y, x) for y in (edge, half) for x in (edge, half)]
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(("unit", "lon", "lat"))
        for unit, (top, left) in zip(UNITS, quarters, strict=True):
            part = world.terrain.elevation_m[top : top + half - edge, left : left + half - edge]
            row, column = np.unravel_index(int(np.argmin(part)), part.shape)
            x, y = (left + int(column) + 0.5) * PIXEL_M, (top + int(row) + 0.5) * PIXEL_M
            lon, lat = world.to_lonlat(x, y)
            writer.writerow((unit, f"{lon:.6f}", f"{lat:.6f}"))
    return path
