"""One method on one set in a process of its own: ``python -m benchmarks.imagery.child JOB.json`` writes RESULT beside.

A process of its own has its own memory to measure, its own caches, and no thread pool of another method.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from eradication import geo, registry

RESULT = "result.json"


def _ours(job: dict[str, Any], folder: Path) -> dict[str, Any]:
    from benchmarks.imagery import ours

    model = registry.load(Path(job["models"]), job["model"])
    catalog, gate = Path(job["catalog"]), bool(job["gate"])
    for _ in range(job["warm"]):
        # Compiled code is loaded or made once; a script that runs for a minute has nothing like it.
        ours.run(catalog, model, folder, gate=gate)
    return ours.run(catalog, model, folder, gate=gate)


def _monitor(job: dict[str, Any], folder: Path) -> dict[str, Any]:
    from benchmarks.imagery import ours

    models = Path(job["models"])
    home = Path(job.get("home") or folder)
    answer = ours.monitor(Path(job["catalog"]), registry.load(models, job["model"]), models, home)
    return {"seconds": {"monitor": answer["wall_s"]}, "peak_rss_mb": answer["peak_rss_mb"], "answer": answer}


def _script(toolkit: str) -> Callable[[dict[str, Any], Path], dict[str, Any]]:
    def run(job: dict[str, Any], folder: Path) -> dict[str, Any]:
        from benchmarks.imagery import baselines
        from shapely.geometry import shape

        model = registry.load(Path(job["models"]), job["model"])
        tools = getattr(baselines, toolkit)
        found = baselines.run(Path(job["catalog"]), model, tools, baselines.Settings())
        np.save(folder / "scores.npy", found.score)
        polygons = [geo.project(shape(c), geo.UTM48, geo.WGS84) for c in found.candidates]
        (folder / "outlines.jsonl").write_text("\n".join(map(_geojson, polygons)), encoding="utf-8")
        return {
            "seconds": found.seconds,
            "candidates": len(found.candidates),
            "scores": str(folder / "scores.npy"),
            "outlines": str(folder / "outlines.jsonl"),
        }

    return run


def _geojson(polygon: Any) -> str:
    import shapely

    return str(shapely.to_geojson(polygon))


def _reading(way: str) -> Callable[[dict[str, Any], Path], dict[str, Any]]:
    def run(job: dict[str, Any], folder: Path) -> dict[str, Any]:
        from benchmarks.imagery import reading

        for _ in range(job["warm"]):
            reading.WAYS[way](Path(job["catalog"]))
        return {"seconds": {"read": reading.WAYS[way](Path(job["catalog"]))}}

    return run


METHODS: dict[str, Callable[[dict[str, Any], Path], dict[str, Any]]] = {
    "ours": _ours,
    "monitor": _monitor,
    "bottleneck": _script("BOTTLENECK"),
    "numpy": _script("NUMPY"),
    "read:ours": _reading("ours"),
    "read:floor": _reading("floor"),
    "read:rasterio": _reading("rasterio"),
}


def main(path: Path) -> None:
    """Run the job of a file."""
    job = json.loads(path.read_text(encoding="utf-8"))
    began = time.perf_counter()
    result = METHODS[job["method"]](job, path.parent)
    result["process_seconds"] = time.perf_counter() - began
    # VmHWM is this program's own; what wait() reports includes the parent's size at the fork.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    result["high_water_mb"] = next(int(line.split()[1]) / 1024 for line in status.splitlines() if "VmHWM" in line)
    (path.parent / RESULT).write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
