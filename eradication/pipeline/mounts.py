"""Where a folder lies: file system and device, as Linux tells in /proc and /sys."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROC, SYS = Path("/proc/self/mountinfo"), Path("/sys")

_OCTAL = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Mount:
    """One mounted file system."""

    point: str
    kind: str
    """``ext4``, ``nfs4``, ``fuse.sshfs`` …"""
    source: str
    """Device or server it comes from."""
    device: str
    """``major:minor``."""


def mounts(table: Path = PROC) -> list[Mount]:
    """Return what is mounted, empty where the system does not tell (no Linux)."""
    try:
        lines = table.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    return [mount for mount in map(_read, lines) if mount is not None]


def _read(line: str) -> Mount | None:
    before, dash, after = line.partition(" - ")
    words, told = before.split(), after.split()
    if not dash or len(words) < 5 or len(told) < 2:
        return None
    return Mount(_plain(words[4]), told[0], _plain(told[1]), words[2])


def _plain(text: str) -> str:
    """Take the octal numbers out that stand for blanks in a path."""
    return _OCTAL.sub(lambda found: chr(int(found[1], 8)), text)


def mount_of(folder: Path, table: Path = PROC) -> Mount | None:
    """Return what ``folder`` lies on: the longest mount point above it, of two alike the later one."""
    home, best = str(folder.resolve()), None
    for mount in mounts(table):
        inside = home == mount.point or home.startswith(mount.point.rstrip("/") + "/")
        if inside and (best is None or len(mount.point) >= len(best.point)):
            best = mount
    return best


def is_same_disk(one: Path, other: Path) -> bool:
    """Tell whether two paths that exist lie on one disk as far as is known here: who loses one then loses both."""
    if one.stat().st_dev == other.stat().st_dev:
        return True
    ways = [mount_of(path) for path in (one, other)]
    below = [set(devices(mount)) if mount is not None else set() for mount in ways]
    return bool(below[0] & below[1])


def devices(mount: Mount, sys: Path = SYS) -> Iterator[Path]:
    """Yield the folders of /sys of a mount's device and of those it is made of, a partition's disk too."""
    number = mount.device
    if number.startswith("0:") and mount.source.startswith("/dev/"):  # btrfs numbers its mounts itself
        try:
            made = os.stat(mount.source).st_rdev
        except OSError:
            return
        number = f"{os.major(made)}:{os.minor(made)}"
    yield from _below(sys / "dev" / "block" / number, set())


def _below(device: Path, seen: set[Path]) -> Iterator[Path]:
    place = device.resolve()
    if place in seen or not place.is_dir():
        return
    seen.add(place)
    yield place
    if (place / "partition").exists():
        yield from _below(place.parent, seen)
    slaves = place / "slaves"
    for slave in sorted(slaves.iterdir()) if slaves.is_dir() else ():
        yield from _below(slave, seen)
