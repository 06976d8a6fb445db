"""What other libraries do with the same files: run by the environment beside this file, ``compare.py JOB.json``.

The job says what (``task``) and on which files; the answer is written beside it as ``result.json``. Each task does its
work once unmeasured and then ``repeats`` times; imports are not counted.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

THREADS = 2
FINE = ["blue", "green", "red", "nir"]
COARSE = ["rededge1", "rededge2", "rededge3", "nir08", "swir16", "swir22", "scl"]


def _items(catalog: str) -> list[Any]:
    import pystac

    items = list(pystac.Catalog.from_file(catalog).get_items(recursive=True))
    for item in items:
        item.make_asset_hrefs_absolute()
    return items


def _grids(items: list[Any]) -> dict[float, Any]:
    """Return the files' own grids of 10 and 20 m, so that nothing is resampled at native resolution."""
    from odc.geo.geobox import GeoBox
    from odc.geo.geobox import geobox_union_conservative as union
    from rasterio.transform import Affine

    def whole(band: str) -> Any:
        facts = [item.assets[band].extra_fields for item in items]
        return union([GeoBox(f["proj:shape"], Affine(*f["proj:transform"][:6]), "EPSG:32648") for f in facts])

    return {10.0: whole("red"), 20.0: whole("swir16")}


def _odc(items: list[Any], *, native: bool) -> Callable[[], Any]:
    import odc.stac

    grids = _grids(items)
    wanted = [(FINE, grids[10.0]), (COARSE, grids[20.0 if native else 10.0])]

    def read() -> list[np.ndarray]:
        loaded = [
            odc.stac.load(items, bands, geobox=grid, groupby="time", pool=THREADS, resampling="nearest")
            for bands, grid in wanted
        ]
        return [part[band].values for part, (bands, _) in zip(loaded, wanted, strict=True) for band in bands]

    return read


def _stackstac(items: list[Any], *, native: bool) -> Callable[[], Any]:
    import stackstac

    grids = _grids(items)
    wanted = [(FINE, 10.0), (COARSE, 20.0 if native else 10.0)]

    def read() -> list[np.ndarray]:
        arrays: list[np.ndarray] = []
        for bands, pixel_m in wanted:
            cube = stackstac.stack(
                items,
                assets=bands,
                epsg=32648,
                resolution=pixel_m,
                bounds=tuple(grids[pixel_m].boundingbox),
                dtype="uint16",
                fill_value=np.uint16(0),  # a plain 0 is refused under NumPy 2
                rescale=False,
            )
            values = cube.data.compute(scheduler="threads", num_workers=THREADS)
            arrays += [values[:, k] for k in range(len(bands))]
        return arrays

    return read


READERS: dict[str, tuple[Callable[..., Callable[[], Any]], bool]] = {
    "odc-stac, native": (_odc, True),
    "odc-stac, 10 m cube": (_odc, False),
    "stackstac, native": (_stackstac, True),
    "stackstac, 10 m cube": (_stackstac, False),
}


def reading(job: dict[str, Any]) -> dict[str, Any]:
    """Read every band of every date; the sums of counts show that the same pixels were read."""
    make, native = READERS[job["label"]]
    read = make(_items(job["catalog"]), native=native)
    arrays = read()
    sums = {band: int(a.sum(dtype=np.int64)) for band, a in zip([*FINE, *COARSE], arrays, strict=True)}
    del arrays
    return {"seconds": _timed(read, job["repeats"]), "sums": sums, "versions": _versions("odc-stac", "stackstac")}


def series(job: dict[str, Any]) -> dict[str, Any]:
    """Classify pixels' monthly series by aeon's MiniRocket; unobserved months are interpolated, as it needs."""
    from aeon.classification.convolution_based import MiniRocketClassifier

    with np.load(job["series"]) as file:
        learn, label, pixels = file["learn"], file["label"], file["pixels"]
    began = time.perf_counter()
    model = MiniRocketClassifier(n_jobs=THREADS, random_state=0).fit(learn, label)
    fit_s = time.perf_counter() - began
    seconds = _timed(lambda: model.predict(pixels), job["repeats"])
    return {"seconds": seconds, "fit_s": fit_s, "pixels": len(pixels), "versions": _versions("aeon", "scikit-learn")}


def tracks(job: dict[str, Any]) -> dict[str, Any]:
    """Take speed outliers out of patrol tracks by movingpandas."""
    import geopandas
    import movingpandas
    import pandas

    table = pandas.read_csv(job["tracks"], parse_dates=["time"])
    frame = geopandas.GeoDataFrame(table, geometry=geopandas.points_from_xy(table.lon, table.lat), crs=4326)

    def clean() -> Any:
        walks = movingpandas.TrajectoryCollection(frame.set_index("time"), "walk")
        return movingpandas.OutlierCleaner(walks).clean(v_max=job["max_kmh"], units=("km", "h"))

    kept = sum(len(walk.df) for walk in clean())
    return {
        "seconds": _timed(clean, job["repeats"]),
        "fixes": len(table),
        "removed": len(table) - kept,
        "versions": _versions("movingpandas"),
    }


def gpx(job: dict[str, Any]) -> dict[str, Any]:
    """Parse a GPX file by gpxpy."""
    import gpxpy

    text = Path(job["gpx"]).read_text(encoding="utf-8")
    points = gpxpy.parse(text).get_points_no()
    return {
        "seconds": _timed(lambda: gpxpy.parse(text), job["repeats"]),
        "points": points,
        "versions": _versions("gpxpy"),
    }


def effort(job: dict[str, Any]) -> dict[str, Any]:
    """Clean walks, split them at gaps, and add up length and searched area by cells: movingpandas and GeoPandas."""
    import geopandas
    import movingpandas
    import pandas
    import shapely

    with np.load(job["walks"]) as file:
        table = pandas.DataFrame({name: file[name] for name in ("walk", "time_s", "lon", "lat")})
    table["time"] = pandas.to_datetime(table.pop("time_s"), unit="s")

    def work() -> Any:
        points = geopandas.points_from_xy(table.lon, table.lat)
        frame = geopandas.GeoDataFrame(table[["walk", "time"]], geometry=points, crs=4326).set_index("time")
        walks = movingpandas.TrajectoryCollection(frame, "walk")
        cleaned = movingpandas.OutlierCleaner(walks).clean(v_max=job["max_kmh"], units=("km", "h"))
        parts = movingpandas.ObservationGapSplitter(cleaned).split(gap=pandas.Timedelta(seconds=job["gap_s"]))
        lines = parts.to_traj_gdf().to_crs(32648)
        seen = shapely.union_all(lines.buffer(job["half_m"]).values)
        west, south, east, north = (np.floor(v / job["cell_m"]) for v in seen.bounds)
        x, y = np.meshgrid(np.arange(west, east + 1) * job["cell_m"], np.arange(south, north + 1) * job["cell_m"])
        cells = shapely.box(x.ravel(), y.ravel(), x.ravel() + job["cell_m"], y.ravel() + job["cell_m"])
        near = shapely.STRtree(cells).query(seen, predicate="intersects")
        return float(lines.length.sum()), float(shapely.area(shapely.intersection(cells[near], seen)).sum())

    length_m, area_m2 = work()
    return {
        "seconds": _timed(work, job["repeats"]),
        "fixes": len(table),
        "length_m": length_m,
        "area_m2": area_m2,
        "versions": _versions("movingpandas", "geopandas"),
    }


def _timed(work: Callable[[], Any], repeats: int) -> float:
    seconds = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


def _versions(*names: str) -> str:
    return ", ".join(f"{name} {version(name)}" for name in names)


TASKS = {"reading": reading, "series": series, "tracks": tracks, "gpx": gpx, "effort": effort}


def main(path: Path) -> None:
    """Run the job of a file."""
    job = json.loads(path.read_text(encoding="utf-8"))
    result = TASKS[job["task"]](job)
    status = Path("/proc/self/status").read_text(encoding="ascii")
    result["high_water_mb"] = next(int(line.split()[1]) / 1024 for line in status.splitlines() if "VmHWM" in line)
    (path.parent / "result.json").write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
