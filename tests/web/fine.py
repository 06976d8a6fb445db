"""Fine images of the ground of unit A, simulated, and what is drawn on them."""

import json

import numpy as np
import rasterio
from rasterio.transform import from_origin
from shapely.geometry import box, mapping
from starlette.testclient import TestClient
from web import world

from eradication import geo

NAME = "2026-02-20 Đồi Một.tif"


def mosaic(pixel_m: float = 0.05, epsg: int | None = 32648, grey: int = 120, metres: float = 40.0) -> bytes:
    """Return an image of 40 m round the ground of A, with holes in no pixel."""
    (x, y) = geo.transform([world.GROUND[world.A]], geo.WGS84, geo.UTM48)[0]
    size = round(metres / pixel_m)
    place = {"crs": f"EPSG:{epsg}" if epsg else None, "transform": from_origin(x, y, pixel_m, pixel_m)}
    with rasterio.MemoryFile() as memory:
        with memory.open(driver="GTiff", height=size, width=size, count=3, dtype="uint8", **place) as file:
            file.write(np.full((3, size, size), grey, np.uint8))
        return memory.read()


def outline(west: float, north: float, side: float = 6.0) -> dict:
    """Return a square so many metres east and south of the image's corner, WGS 84."""
    (x, y) = geo.transform([world.GROUND[world.A]], geo.WGS84, geo.UTM48)[0]
    plain = box(x + west, y - north - side, x + west + side, y - north)
    return dict(mapping(geo.project(plain, geo.UTM48, geo.WGS84)))


def drawing(*shapes: dict, verdict: str = "opium_poppy") -> str:
    features = [{"type": "Feature", "properties": {"verdict": verdict}, "geometry": one} for one in shapes]
    return json.dumps({"type": "FeatureCollection", "features": features})


def hand_in(client: TestClient, content: bytes, name: str = NAME, day: str = "") -> int:
    """Hand an image in as the page does, and return the status of the answer."""
    files = {"file": (name, content, "image/tiff")}
    return client.post("/images", files=files, data={"day": day}).status_code


def draw(client: TestClient, address: str, drawn: str, **fields: str) -> tuple[int, str]:
    """Send a drawing as the page does, and return the status and the page that is shown then."""
    sent = {"drawing": drawn, **fields}
    answer = client.post(address, data=sent, files={"file": ("", b"")}, headers={"accept": "text/html"})
    return answer.status_code, answer.text
