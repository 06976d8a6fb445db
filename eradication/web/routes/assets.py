"""Scripts, styles and pictures of the pages: our own, and those that were installed from the npm registry."""

from functools import cache
from pathlib import Path

from fastapi import FastAPI, Response

from eradication.errors import N_, UnusableInput

FOLDER = Path(__file__).resolve().parents[1]
OWN, VENDOR = FOLDER / "static", FOLDER / "frontend" / "vendor"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}


@cache
def known(folder: Path) -> dict[str, Path]:
    """Return the files below a folder that may be asked for, by name; nothing else is ever opened."""
    return {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.suffix in TYPES}


def register(app: FastAPI) -> None:
    """Add the routes."""

    @app.get("/static/{name:path}", include_in_schema=False)
    def static(name: str) -> Response:
        return _file(OWN, name)

    @app.get("/vendor/{name:path}", include_in_schema=False)
    def vendor(name: str) -> Response:
        return _file(VENDOR, name)


def _file(folder: Path, name: str) -> Response:
    path = known(folder).get(name)
    if path is None:
        hint = N_("Load the page again; if it stays so, tell your administrator.")
        raise UnusableInput("no_such_file", N_("There is no such file."), hint=hint)
    return Response(path.read_bytes(), media_type=TYPES[path.suffix], headers={"Cache-Control": "private, max-age=300"})
