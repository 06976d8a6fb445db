"""Fill ``vendor/`` of the phone's pages: ``python -m eradication.web.frontend.install`` (``make setup`` does)."""

import sys
from pathlib import Path

from eradication.npm import Shelf, fill

SHELF = Shelf(
    Path(__file__).parent,
    copied={
        "maplibre-gl.mjs": "maplibre-gl/dist/maplibre-gl.mjs",
        "maplibre-gl-worker.mjs": "maplibre-gl/dist/maplibre-gl-worker.mjs",
        "maplibre-gl.css": "maplibre-gl/dist/maplibre-gl.css",
    },
    bundled={
        "age.js": "age-encryption",
        "client-zip.js": "client-zip",
        "geodesic.js": "geographiclib-geodesic",
        "pmtiles.js": "pmtiles",
    },
    for_tests={"axe.min.js": "axe-core/axe.min.js"},
)

if __name__ == "__main__":
    sys.exit(fill(SHELF, "phone assets"))
