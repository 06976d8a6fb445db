"""Brings the Vietnamese catalog in line with the sources: ``python -m eradication.locale.refresh``.

Texts that are still said are kept, the others dropped, new messages come in without a text and are listed. The header
bears no date and no name, so that a catalog changes only when a text does.
"""

import ast
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

PACKAGE = Path(__file__).resolve().parents[1]
VIETNAMESE = PACKAGE / "locale" / "vi" / "eradication.po"
CALLS = ("_", "N_", "translate")
TEMPLATES = [("report/templates/**", "jinja2"), ("web/templates/**.html", "jinja2")]
HEADER = r"""# Vietnamese texts of eradication, refreshed by: python -m eradication.locale.refresh
msgid ""
msgstr ""
"Project-Id-Version: eradication\n"
"Language: vi\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"

"""


@cache
def written() -> dict[str, list[str]]:
    """Return message id → where the sources say it, as ``file:line``; the syntax tree shows also calls in f-strings."""
    found: dict[str, list[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            match node:
                case ast.Call(ast.Name(name) | ast.Attribute(_, name), [ast.Constant(str(text))]) if name in CALLS:
                    found.setdefault(text, []).append(f"{path.relative_to(PACKAGE)}:{node.lineno}")
    for file, line, message, _, _ in extract_from_dir(PACKAGE, TEMPLATES):
        found.setdefault(str(message), []).append(f"{file}:{line}")
    return found


def refreshed(texts: dict[str, str]) -> bytes:
    """Return the whole catalog file: every message of the sources, with its text from ``texts`` where it has one."""
    catalog, stream = Catalog(locale="vi"), BytesIO()
    for message in written():
        catalog.add(message, texts.get(message, ""), flags=["python-brace-format"] if "{" in message else [])
    write_po(stream, catalog, width=120, no_location=True, omit_header=True, sort_output=True)
    return HEADER.encode() + stream.getvalue()


def read() -> dict[str, str]:
    """Return message id → text of the catalog as it stands."""
    with VIETNAMESE.open("rb") as stream:
        return {str(m.id): str(m.string) for m in read_po(stream, locale="vi") if m.id}


if __name__ == "__main__":
    VIETNAMESE.write_bytes(refreshed(read()))
    print(*(message for message, text in read().items() if not text), sep="\n")  # noqa: T201
