"""What the figures were measured on, and how files are pushed out of memory or brought into it."""

import importlib.metadata
import os
import platform
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
import rasterio

PACKAGES = ("numpy", "numba", "scipy", "scikit-learn", "rasterio", "bottleneck", "deflate", "tifffile", "eradication")
_DROP = Path("/proc/sys/vm/drop_caches")


def described(folder: Path) -> dict[str, str]:
    """Return what the machine is and what runs on it."""
    cpu = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        cpu = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), cpu)
    except OSError:
        pass
    memory, disk, load = psutil.virtual_memory(), psutil.disk_usage(str(folder)), os.getloadavg()
    return {
        "cpu": cpu,
        "cores": f"{os.cpu_count()} ({len(psutil.Process().cpu_affinity())} usable)",
        "memory": f"{memory.total / 1e9:.1f} GB, {memory.available / 1e9:.1f} GB free",
        "disk": f"{_disk_of(folder)}, {disk.free / 1e9:.0f} GB free",
        "load": f"{load[0]:.2f} over the last minute" + ("" if load[0] < 0.5 else "  (NOT QUIET: times are too long)"),
        "system": f"{platform.system()} {platform.release()}",
        "python": f"{platform.python_version()}, GDAL {rasterio.__gdal_version__}",
        "packages": ", ".join(f"{name} {_version(name)}" for name in PACKAGES),
    }


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "absent"


def _disk_of(folder: Path) -> str:
    parts = [p for p in psutil.disk_partitions(all=True) if str(folder.resolve()).startswith(p.mountpoint)]
    best = max(parts, key=lambda p: len(p.mountpoint), default=None)
    return "unknown" if best is None else f"{best.device} ({best.fstype})"


def chill(files: Sequence[Path]) -> str:
    """Push files out of the page cache and say how: the whole cache if permitted, else file by file."""
    os.sync()
    try:
        _DROP.write_text("1\n", encoding="ascii")
    except OSError:
        for path in files:
            handle = os.open(path, os.O_RDONLY)
            try:
                os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(handle)
        return "posix_fadvise(DONTNEED) on every file"
    return "drop_caches"


def warm(files: Sequence[Path]) -> None:
    """Read files into the page cache."""
    for path in files:
        with path.open("rb", buffering=0) as file:
            while file.read(1 << 22):
                pass


def disk_rate(files: Sequence[Path]) -> tuple[float, float]:
    """Read files one after the other and return GB and seconds."""
    began = time.perf_counter()
    warm(files)
    return sum(path.stat().st_size for path in files) / 1e9, time.perf_counter() - began
