"""The only door to folium.

Stock folium loads scripts and styles from five outside hosts and lets text of popups reach the page as code. Here it
draws the bare map only: no popup, tooltip or name passes through its templates. What users wrote travels as JSON in a
block browsers do not run, and our own script puts it on the page as text. A Content-Security-Policy names the hash of
every script and style; hashes are taken *before* the data goes in, so that even a failed escape could not run.
"""

import base64
import hashlib
import html
import json
import re
from string import Template
from typing import Any

import folium
from branca.element import Figure

from eradication.report import assets

WHOLE_PROVINCE = (102.9, 20.5, 105.1, 22.1)
"""Shown where there is nothing else to fit: west, south, east, north, degrees WGS 84."""

_PAGE = Template("""<!DOCTYPE html>
<html lang="$language">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="$policy">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>$title</title>
$styles
</head>
<body>
$body
<script type="application/json" id="data">$data</script>
$scripts
</body>
</html>
""")

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)

# Everything that could end a script block, open a comment or a template, or break a line of JavaScript.
_DANGEROUS = {ord(c): f"\\u{ord(c):04x}" for c in "<>&'`$\u2028\u2029"}


class BareMap(folium.Map):
    """A folium map without any of the defaults folium would fetch."""

    default_js: list[tuple[str, str]] = []  # noqa: RUF012 - folium reads it as a class attribute
    default_css: list[tuple[str, str]] = []  # noqa: RUF012


def script_json(value: Any) -> str:
    """Return ``value`` as JSON that is inert wherever in an HTML page it stands, even in a template literal."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).translate(_DANGEROUS)


def render(data: dict[str, Any], *, title: str, language: str) -> str:
    """Return one self-contained HTML page with a map of ``data``.

    Args:
        data: JSON for ``map.js``; any text in it is shown as text.
        title: of the page.
        language: of the page, ``vi`` or ``en``.

    Raises:
        StorageFailed: ``assets_missing``.
    """
    figure, name = _figure()
    header, body, script = (part.render() for part in (figure.header, figure.html, figure.script))
    styles = [assets.vendor("leaflet/leaflet.css"), *_STYLE.findall(header), assets.own("map.css")]
    start = f"eradicationMap({name}, JSON.parse(document.getElementById('data').textContent));"
    scripts = [assets.vendor("leaflet/leaflet.js"), *_SCRIPT.findall(header), script, assets.own("map.js"), start]
    return _PAGE.substitute(
        language=language,
        policy=policy(scripts=scripts, styles=styles),
        title=html.escape(title),
        styles="\n".join(f"<style>{style}</style>" for style in styles),
        body=body.strip(),
        data=script_json(data),
        scripts="\n".join(f"<script>{script}</script>" for script in scripts),
    )


def policy(*, scripts: list[str], styles: list[str]) -> str:
    """Return a Content-Security-Policy that allows exactly these inline scripts and styles and no address at all."""
    return (
        f"default-src 'none'; script-src {_hashes(scripts)}; style-src {_hashes(styles)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hashes(blocks: list[str]) -> str:
    # Browsers turn CRLF into LF before hashing.
    texts = (block.replace("\r\n", "\n").encode() for block in blocks)
    return " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(t).digest()).decode()}'" for t in texts) or "'none'"


def _figure() -> tuple[Figure, str]:
    """Return folium's page parts and the name of its map variable; the first view is set by ``map.js``."""
    west, south, east, north = WHOLE_PROVINCE
    canvas = BareMap(
        location=[(south + north) / 2, (west + east) / 2],
        zoom_start=9,
        zoom_snap=0.5,
        zoom_control="topleft",
        attribution_control=False,
        tiles=None,
    )
    canvas._id = "eradication"  # folium draws a random one: the same view must give the same page
    figure = Figure()
    figure.add_child(canvas)
    figure.render()
    return figure, canvas.get_name()
