"""Scripts and styles embedded into the pages: our own beside this file, other people's in ``vendor/``.

``vendor/`` is not part of the source; :mod:`eradication.report.assets.install` fills it from the npm registry by the
committed lock file, and wheels carry it.
"""

import base64
import re
from functools import cache
from pathlib import Path

from eradication.errors import N_, StorageFailed

FOLDER = Path(__file__).parent
VENDOR = FOLDER / "vendor"

_MEDIA_TYPES = {".png": "image/png", ".svg": "image/svg+xml", ".gif": "image/gif", ".woff2": "font/woff2"}
_URL = re.compile(r"""url\(\s*['"]?([^'")#]+)['"]?\s*\)""")


@cache
def own(name: str) -> str:
    """Return the text of one of our own scripts or styles."""
    return (FOLDER / name).read_text(encoding="utf-8")


def vendor(name: str, folder: Path = VENDOR) -> str:
    """Return the text of an installed script or style, images and fonts of a style embedded as data.

    Args:
        name: path below ``vendor/``, e.g. ``leaflet/leaflet.css``.
        folder: where the installed files are.

    Raises:
        StorageFailed: ``assets_missing`` if it was never installed.
    """
    path = folder / name
    try:
        text = path.read_text(encoding="utf-8")
        return (
            _URL.sub(lambda found: f"url({_data_uri(path.parent / found[1])})", text) if path.suffix == ".css" else text
        )
    except FileNotFoundError as error:
        raise StorageFailed(
            "assets_missing",
            N_("The map's scripts are not installed: {name} is missing."),
            where=str(error.filename),
            hint=N_("Run `make setup` once while the network can be reached."),
            values={"name": name},
        ) from None


def _data_uri(path: Path) -> str:
    encoded = base64.b64encode(path.read_bytes()).decode("ascii")
    return f"data:{_MEDIA_TYPES[path.suffix]};base64,{encoded}"
