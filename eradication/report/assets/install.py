"""Fill ``vendor/`` of the report's pages: ``python -m eradication.report.assets.install`` (``make setup`` does)."""

import sys
from pathlib import Path

from eradication.npm import Shelf, fill
from eradication.report.assets import FOLDER, VENDOR

NEEDED: dict[str, tuple[str, ...]] = {
    "leaflet": (
        "LICENSE",
        "dist/leaflet.js",
        "dist/leaflet.css",
        "dist/images/layers.png",
        "dist/images/layers-2x.png",
        "dist/images/marker-icon.png",
    ),
    # As wide and as high as Times New Roman, letter for letter, with all of Vietnamese: what a PDF is set in.
    "@expo-google-fonts/tinos": (
        "LICENSE_FONT",
        "400Regular/Tinos_400Regular.ttf",
        "400Regular_Italic/Tinos_400Regular_Italic.ttf",
        "700Bold/Tinos_700Bold.ttf",
        "700Bold_Italic/Tinos_700Bold_Italic.ttf",
    ),
}
"""Files copied out of each package; a leading ``dist/`` is dropped on the way."""

SHELF = Shelf(
    FOLDER,
    {
        f"{package}/{file.removeprefix('dist/')}": f"{package}/{file}"
        for package, files in NEEDED.items()
        for file in files
    },
)


def installed(folder: Path = VENDOR) -> dict[str, dict[str, str]]:
    """Return version, licence and hash of the installed packages by name; empty if nothing is installed."""
    return SHELF.installed(folder)


def wanted() -> dict[str, dict[str, str]]:
    """Return version, licence and hash of the packages the lock file names."""
    return SHELF.wanted()


def install(folder: Path = VENDOR) -> bool:
    """Make ``folder`` hold what the lock file names; return False if it already did.

    Raises:
        StorageFailed: ``npm_missing`` or ``npm_failed``; ``folder`` is then as it was.
    """
    return SHELF.install(folder)


if __name__ == "__main__":
    sys.exit(fill(SHELF, "map assets"))
