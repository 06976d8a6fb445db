"""A pack in a real Chromium: MapLibre as the phone loads it, from a server of this machine, tiles out of files."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import copy
from typing import Any, ClassVar

STYLE = Path(__file__).parents[3] / "eradication" / "web" / "static" / "phone" / "style.json"
VENDOR = Path(__file__).parents[3] / "eradication" / "web" / "frontend" / "vendor"
DRAWING = ("--enable-unsafe-swiftshader",)
"""Flags of a Chromium that draws WebGL without a graphics card; with ``--disable-gpu`` it draws none."""
NEEDED = ("maplibre-gl.mjs", "maplibre-gl-worker.mjs", "maplibre-gl.css", "pmtiles.js")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob: data:; "
    "worker-src 'self' blob:"
)
PAGE = """<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">
<link rel="stylesheet" href="maplibre-gl.css">
<link rel="stylesheet" href="page.css"><div id="map"></div><script type="module" src="page.js"></script>"""
SCRIPT = """
import * as maplibre from './maplibre-gl.mjs';
import { PMTiles, Protocol, FileSource } from './pmtiles.js';
window.errors = [];
maplibre.setWorkerUrl(new URL('./maplibre-gl-worker.mjs', location.href).href);
const protocol = new Protocol({ metadata: true });
maplibre.addProtocol('pmtiles', protocol.tile);
const style = await (await fetch('style.json')).json();
const about = await (await fetch('pack.json')).json();
for (const name of Object.keys(style.sources)) {
  if (!(name in about.files)) {
    delete style.sources[name];
    style.layers = style.layers.filter((layer) => layer.source !== name);
    continue;
  }
  const blob = await (await fetch(`${name}.pmtiles`)).blob();
  protocol.add(new PMTiles(new FileSource(new File([blob], `${name}.pmtiles`))));
}
window.network = performance.getEntriesByType('resource').length;
const view = await (await fetch('view.json')).json();
window.map = new maplibre.Map({ container: 'map', style, attributionControl: { compact: false }, fadeDuration: 0,
  ...view });
window.map.on('error', (event) => window.errors.push(String(event.error)));
window.map.on('idle', () => { window.drawn = true; });
"""
_SETTLED = """() => new Promise((done) => {
  const look = () => (window.drawn || window.errors?.length ? done() : setTimeout(look, 50));
  look();
})"""


@contextmanager
def served(folder: Path, pack: Path, vendor: Path = VENDOR) -> Iterator[str]:
    """Serve a page with a pack on the loopback interface; yield its address."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in (*(vendor / name for name in NEEDED), STYLE, *pack.iterdir()):
        copy(file, folder)
    (folder / "index.html").write_text(PAGE, encoding="utf-8")
    (folder / "page.js").write_text(SCRIPT, encoding="utf-8")
    (folder / "page.css").write_text("html, body, #map { margin: 0; height: 100%; }", encoding="utf-8")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Quiet(SimpleHTTPRequestHandler):
    extensions_map: ClassVar[dict[str, str]] = {**SimpleHTTPRequestHandler.extensions_map, ".mjs": "text/javascript"}

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def show(page: Any, address: str, folder: Path, centre: tuple[float, float], zoom: float) -> None:
    """Open the page at a place and wait until everything is drawn."""
    (folder / "view.json").write_text(json.dumps({"center": list(centre), "zoom": zoom}))
    page.goto(address)
    page.evaluate(_SETTLED)  # its promise is waited for; wait_for_function needs eval, which the policy forbids
