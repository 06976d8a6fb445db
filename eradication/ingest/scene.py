"""From a STAC item to a scene that can be read: its assets opened, its calibration known, its contradictions found.

Nothing an archive may do wrong stops the others: a bad asset costs its band, an item that cannot be trusted is left out
and named with its reason.
"""

import math
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pystac
from odc.geo.geobox import GeoBox

from eradication import geo, sun
from eradication.config import Imagery
from eradication.errors import N_, RefusedInput
from eradication.ingest import boa, geotiff, nearest
from eradication.ingest.bands import SCL, BandAsset, resolve
from eradication.ingest.geotiff import Raster
from eradication.ingest.kernels import shift
from eradication.ingest.memory import Memory
from eradication.ingest.stac import Found, RemotePath, local_path
from eradication.raster import COUNTS, ZERO, SceneFailure, Window, pack, unpack
from eradication.sun import Sun

VEGETATION = 4
"""Scene class "vegetation" of Sen2Cor."""

PATCH_PX = 256
PATCHES = 4
"""Large grids are judged by PATCHES² windows of PATCH_PX pixels a side."""

type Float32 = npt.NDArray[np.float32]
type Packed = npt.NDArray[np.uint16]
type Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Layer:
    """One band of one scene, and how its numbers become reflectance."""

    raster: Raster
    calibration: boa.Calibration

    def read(self, grid: GeoBox, out: Packed) -> int:
        """Write packed reflectance on ``grid`` into ``out``; return how many pixels could not be decoded."""
        # 0 is Sentinel-2's "no data", also where a header forgot to say so.
        by = round(self.calibration.offset * COUNTS) + ZERO
        are_counts = self.raster.dtype == "uint16" and math.isclose(self.calibration.scale * COUNTS, 1.0)
        if are_counts and self.raster.nodata in (None, 0) and nearest.read_straight(self.raster, grid, out):
            shift(out, by, out)
            return 0
        raw, known, lost = nearest.sample(self.raster, grid)
        if known is not None:
            raw[~known] = 0
        if are_counts:
            shift(raw, by, out)
        else:
            unknown = ~known if known is not None and raw.dtype.kind == "f" else raw == 0
            values = raw * self.calibration.scale + self.calibration.offset
            values[unknown] = np.nan
            out[...] = pack(values)
        return lost


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """One usable item."""

    id: str
    time: datetime
    """UTC; the middle of the interval for composites."""
    platform: str
    bands: dict[str, Layer]
    scl: Raster | None
    simulated: bool
    sun: Sun
    """Where it stood."""
    facts: dict[str, Any] = field(default_factory=dict)

    def classes(self, grid: GeoBox) -> npt.NDArray[np.uint8] | None:
        """Return scene classes on ``grid``, 0 where unknown, or ``None`` if the item has none."""
        if self.scl is None:
            return None
        raw, known, _ = nearest.sample(self.scl, grid)
        if known is not None:
            raw[~known] = 0
        return raw.astype(np.uint8, copy=False)

    def moved(self, east_m: float, north_m: float) -> "Scene":
        """Return the scene with its files lying elsewhere, by metres of their own CRS."""
        bands = {name: replace(layer, raster=layer.raster.moved(east_m, north_m)) for name, layer in self.bands.items()}
        return replace(self, bands=bands, scl=None if self.scl is None else self.scl.moved(east_m, north_m))

    @property
    def rasters(self) -> list[Raster]:
        """All files used."""
        return [layer.raster for layer in self.bands.values()] + ([self.scl] if self.scl else [])


def moment(item: pystac.Item) -> datetime | None:
    """Return the UTC time of an item, the middle of its interval if it has one; ``None`` if it has neither."""
    if item.datetime is not None:
        return _utc(item.datetime)
    start, end = item.common_metadata.start_datetime, item.common_metadata.end_datetime
    if start is None:
        return None
    return _utc(start) if end is None else _utc(start) + (_utc(end) - _utc(start)) / 2


def _utc(time: datetime) -> datetime:
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)


def prepare(found: Found, time: datetime, memory: Memory) -> tuple[Scene | None, list[SceneFailure]]:
    """Open every asset of an item; return the scene, or ``None``, and everything that failed."""
    item = found.item
    if item.properties.get("s2:product_type") == "S2MSI1C":
        return None, [SceneFailure(item.id, "*", "not_l2a", "top-of-atmosphere reflectance")]
    assets = resolve(item, found.profile)
    if not set(assets) - {SCL}:
        return None, [SceneFailure(item.id, "*", "no_bands", "no asset with the name of a band")]
    rasters, failed = _open_all(found, assets, memory)
    if SCL in assets and SCL not in rasters:
        failed.append(SceneFailure(item.id, "*", "scl_unusable", "clouds cannot be masked"))
        return None, failed
    scl = rasters.pop(SCL, None)
    if not rasters:
        failed.append(SceneFailure(item.id, "*", "no_usable_band"))
        return None, failed
    calibrations = {band: boa.calibrate(item, assets[band], rasters[band].dtype, found.profile) for band in rasters}
    known = {band: value for band, value in calibrations.items() if value is not None}
    if len(known) < len(calibrations):
        detail = "neither flag, nor offset, nor processing baseline"
        return None, [*failed, SceneFailure(item.id, "*", "no_offset_rule", detail)]
    bands = {band: Layer(rasters[band], known[band]) for band in rasters}
    facts = {**boa.describe(known, item), "bands": sorted(bands), "scl": scl is not None}
    west, south, east, north = geotiff.bounds_in(next(iter(rasters.values())), geo.WGS84)
    lit = sun.of_item(item.properties, time, (west + east) / 2, (south + north) / 2)
    return Scene(item.id, time, _platform(item), bands, scl, _is_simulated(item), lit, facts), failed


def _platform(item: pystac.Item) -> str:
    return str(item.properties.get("platform") or item.id[:3]).lower()


def _is_simulated(item: pystac.Item) -> bool:
    said = [value for name, value in item.properties.items() if name.rpartition(":")[2] == "simulated"]
    return any(said) or "simulated" in _platform(item)


def _open_all(
    found: Found, assets: dict[str, BandAsset], memory: Memory
) -> tuple[dict[str, Raster], list[SceneFailure]]:
    rasters: dict[str, Raster] = {}
    failed: list[SceneFailure] = []
    for band, asset in assets.items():
        if asset.lost is not None:
            failed.append(SceneFailure(found.item.id, band, *asset.lost))
            continue
        try:
            raster = memory.header(local_path(asset.href, found.folder), asset.index)
            _compare(raster, asset)
        except RemotePath:
            failed.append(SceneFailure(found.item.id, band, "remote_asset", asset.href))
        except RefusedInput as error:
            failed.append(SceneFailure(found.item.id, band, error.kind, str(error)))
        else:
            nodata = raster.nodata if raster.nodata is not None else asset.nodata
            rasters[band] = replace(raster, nodata=nodata)
    for band in _strangers(rasters):
        del rasters[band]
        failed.append(SceneFailure(found.item.id, band, "wrong_grid", "it lies elsewhere than the item's other bands"))
    return rasters, failed


def _compare(raster: Raster, asset: BandAsset) -> None:
    """Refuse a file that is not what its item says it is."""
    differs = []
    if asset.epsg is not None and asset.epsg != raster.epsg:
        differs.append(f"EPSG:{raster.epsg}, not {asset.epsg}")
    if asset.shape is not None and asset.shape != raster.shape:
        differs.append(f"{raster.shape} pixels, not {asset.shape}")
    if asset.transform is not None and not np.allclose(
        asset.transform, raster.transform, rtol=0, atol=raster.pixel_size / 10
    ):
        differs.append(f"transform {raster.transform}, not {asset.transform}")
    if differs:
        message = N_("The file is not what its item says: {differs}.")
        raise RefusedInput("wrong_grid", message, values={"differs": "; ".join(differs)})


def _strangers(rasters: dict[str, Raster]) -> list[str]:
    """Return bands that lie elsewhere than most bands of the item (60 m = one pixel of the coarsest band)."""
    places = {band: (r.epsg, *(round(edge / 60) for edge in r.bounds)) for band, r in rasters.items()}
    if not places:
        return []
    (_, *usual), _ = Counter(places.values()).most_common(1)[0]
    epsg = Counter(place[0] for place in places.values()).most_common(1)[0][0]
    return [
        band
        for band, (code, *edges) in places.items()
        if code != epsg or any(abs(a - b) > 1 for a, b in zip(edges, usual, strict=True))
    ]


def judge(scene: Scene, grid: GeoBox, settings: Imagery) -> boa.PixelTest:
    """Let the pixels judge the offset that the metadata gave (see :mod:`eradication.ingest.boa`)."""
    verdict = boa.PixelTest("untested", "outside the area")
    samples: list[tuple[dict[str, Float32], Mask | None]] = []
    patches = _patches(scene, grid)
    # Far apart first; most scenes are settled by these, and cloudy ones by more.
    for some in (patches[::5], [patch for number, patch in enumerate(patches) if number % 5]):
        samples += [_patch(scene, patch, settings) for patch in some]
        if samples and verdict.verdict == "untested":
            bands = {name: np.concatenate([bands[name] for bands, _ in samples]) for name in samples[0][0]}
            vegetation = None if scene.scl is None else np.concatenate([v for _, v in samples if v is not None])
            verdict = boa.judge_pixels(bands, vegetation, settings)
        if verdict.verdict != "untested":
            break
    return verdict


def _patch(scene: Scene, grid: GeoBox, settings: Imagery) -> tuple[dict[str, Float32], Mask | None]:
    wanted: list[str] = [name for name in ("red", "nir", "nir08", "swir16", "swir22") if name in scene.bands]
    if "nir" in wanted and "nir08" in wanted:
        wanted.remove("nir08")
    bands: dict[str, Float32] = {name: _reflectance(scene.bands[name], grid) for name in wanted}
    classes = scene.classes(grid)
    if classes is None:
        return bands, None
    masked = np.isin(classes, settings.mask_scl).ravel()
    for values in bands.values():
        values[masked] = np.nan
    return bands, (classes == VEGETATION).ravel()


def _reflectance(layer: Layer, grid: GeoBox) -> Float32:
    packed = np.zeros(grid.shape, np.uint16)
    layer.read(grid, packed)
    return unpack(packed).ravel()


def _patches(scene: Scene, grid: GeoBox) -> list[GeoBox]:
    """Return the windows of ``grid`` to look at: all of a small one, a regular sample of a large one."""
    raster = next(iter(scene.bands.values())).raster
    west, south, east, north = geotiff.bounds_in(raster, geotiff.epsg_of(grid))
    a, _, c, _, e, f = tuple(grid.affine)[:6]
    rows = np.clip([(north - f) / e, (south - f) / e], 0, grid.shape[0]).astype(int)
    columns = np.clip([(west - c) / a, (east - c) / a], 0, grid.shape[1]).astype(int)
    if rows[1] <= rows[0] or columns[1] <= columns[0]:
        return []
    height, width = int(rows[1] - rows[0]), int(columns[1] - columns[0])
    if max(height, width) <= PATCHES * PATCH_PX:
        return [Window(int(rows[0]), int(columns[0]), height, width).of(grid)]
    patch = (min(PATCH_PX, height), min(PATCH_PX, width))
    tops = np.unique(np.linspace(rows[0], rows[1] - patch[0], PATCHES).astype(int))
    lefts = np.unique(np.linspace(columns[0], columns[1] - patch[1], PATCHES).astype(int))
    return [Window(int(y), int(x), *patch).of(grid) for y in tops for x in lefts]
