"""The phone's page as files: what the server hands out so that it works without a network later.

All files of one version belong together; the service worker bears the hash of them all, so that a browser sees a new
version by the service worker alone and fetches every file of it before any is used.
"""

import hashlib
import json
from functools import cache
from pathlib import Path

from eradication.errors import N_
from eradication.i18n import LANGUAGES, translator
from eradication.pipeline.reception.phone_forms import phone_forms
from eradication.web.frontend.install import SHELF
from eradication.web.phone_words import all_words

FOLDER = Path(__file__).parent / "static" / "phone"
PAGE = Path(__file__).parent / "templates" / "phone.html"
_UNVERSIONED = b'const VERSION = "dev";'


@cache
def words() -> bytes:
    """Return ``/phone/words.json``."""
    return _json(all_words())


@cache
def forms() -> bytes:
    """Return ``/phone/forms.json``: language → forms."""
    return _json({language: phone_forms(language) for language in LANGUAGES})


@cache
def version() -> str:
    """Return the hash of all that the phone keeps: scripts, styles, page, words, forms and other people's packages."""
    said = hashlib.sha256()
    own = sorted(path for path in FOLDER.iterdir() if path.is_file())
    for part in (*(path.read_bytes() for path in (*own, PAGE)), words(), forms(), _json(SHELF.wanted())):
        said.update(hashlib.sha256(part).digest())
    return said.hexdigest()[:12]


def service_worker() -> bytes:
    """Return ``/phone/sw.js`` of this version."""
    return (FOLDER / "sw.js").read_bytes().replace(_UNVERSIONED, f'const VERSION = "{version()}";'.encode())


def manifest(language: str) -> bytes:
    """Return ``/phone/manifest.webmanifest``."""
    translate = translator(language)
    return _json(
        {
            "name": translate(N_("Eradication – patrol")),
            "short_name": translate(N_("Patrol phone")),
            "lang": language,
            "id": "/phone",
            "start_url": "/phone",
            "scope": "/phone",
            "display": "standalone",
            "orientation": "portrait",
            "background_color": "#ffffff",
            "theme_color": "#0b4a30",
            "icons": [_icon(size) for size in (192, 512)],
        }
    )  # fmt: skip


def _icon(size: int) -> dict[str, str]:
    told = {"sizes": f"{size}x{size}", "type": "image/png", "purpose": "any maskable"}
    return {"src": f"/static/phone/icon-{size}.png"} | told


def _json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
