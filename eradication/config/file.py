"""The settings file: read with every mistake named by section and key, and written with every value explained."""

import dataclasses
import json
import math
import re
import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_type_hints

from eradication.config.letters import EXAMPLES
from eradication.config.sections import Settings, Store
from eradication.errors import N_, UnusableInput

FILE_NAME = "eradication.toml"
_SECTION = re.compile(r"\s*\[\s*(\w+)\s*\]")


def load(path: Path) -> Settings:
    """Read ``eradication.toml``.

    Raises:
        UnusableInput: ``bad_settings`` names file, section and key.
    """
    try:
        return parse(path.read_text(encoding="utf-8"), path)
    except UnicodeDecodeError as error:
        raise _unreadable(path, error) from None


def parse(text: str, path: Path) -> Settings:
    """Read the text of the settings file ``path``.

    Raises:
        UnusableInput: as :func:`load`.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _unreadable(path, error) from None
    sections: dict[str, Any] = {}
    kinds = get_type_hints(Settings)
    for name, values in table.items():
        if name not in kinds or not isinstance(values, dict):
            raise _bad(path, name, N_("There is no such section."))
        sections[name] = _section(path, name, kinds[name], values)
    return Settings(**sections)


def _unreadable(path: Path, error: ValueError) -> UnusableInput:
    return UnusableInput(
        "bad_settings",
        N_("The settings cannot be read: {error}."),
        where=str(path),
        hint=N_("Correct the line, or write the file anew with: eradication init"),
        values={"error": error},
    )


def _section(path: Path, name: str, kind: type[Any], values: dict[str, Any]) -> Any:
    defaults = kind()
    known = {item.name: item.metadata["choices"] for item in dataclasses.fields(kind)}
    spans = {item.name: item.metadata["span"] for item in dataclasses.fields(kind)}
    members = {name: next(iter(get_args(hint)), None) for name, hint in get_type_hints(kind).items()}
    taken: dict[str, Any] = {}
    for key, value in values.items():
        if key not in known:
            raise _bad(path, f"{name}.{key}", N_("There is no such setting."))
        wanted = type(getattr(defaults, key))
        _check_span(path, f"{name}.{key}", value, spans[key])
        if known[key] and value not in known[key]:
            raise _bad(path, f"{name}.{key}", N_("The value is none of those named in the comment."))
        member = members[key]
        if dataclasses.is_dataclass(member) and isinstance(value, list):
            taken[key] = tuple(_block(path, f"{name}.{key}", member, n, v) for n, v in enumerate(value, start=1))
        elif wanted is tuple and isinstance(value, list) and all(type(v) is member for v in value):
            taken[key] = tuple(value)
        elif wanted is float and type(value) in (int, float) and math.isfinite(value):
            taken[key] = float(value)
        elif type(value) is wanted and wanted is not float:
            taken[key] = value
        else:
            raise _bad(path, f"{name}.{key}", N_("The value has the wrong type."))
    return dataclasses.replace(defaults, **taken)


def _block(path: Path, name: str, kind: Any, number: int, values: Any) -> Any:
    """Read one block of a list of them, e.g. the second ``[[report.legal_bases]]``."""
    where = f"{name} ({number})"
    hints = get_type_hints(kind)
    if not isinstance(values, dict) or not values.keys() <= hints.keys():
        raise _bad(path, where, N_("There is no such setting."))
    needed = {item.name for item in dataclasses.fields(kind) if item.default is dataclasses.MISSING}
    for key in sorted(needed - values.keys()):
        raise _bad(path, f"{where}.{key}", N_("It is missing."))
    for key, value in values.items():
        hint = hints[key]
        kinds = get_args(hint) if isinstance(hint, UnionType) else (hint,)
        if type(value) not in kinds or (key in needed and not value):
            raise _bad(path, f"{where}.{key}", N_("The value has the wrong type."))
    block = kind(**values)
    if block.valid_to is not None and block.valid_to < block.valid_from:
        raise _bad(path, f"{where}.valid_to", N_("The last day lies before the first."))
    return block


def _check_span(path: Path, where: str, value: Any, span: tuple[float, float] | None) -> None:
    if span and type(value) in (int, float) and not span[0] <= value <= span[1]:
        least, most = (f"{edge:g}" for edge in span)
        hint = N_("Write a number from {least} to {most}.")
        message = N_("The value is outside of what makes sense.")
        where = f"{path}: {where}"
        raise UnusableInput("bad_settings", message, where=where, hint=hint, values={"least": least, "most": most})


def _bad(path: Path, where: str, message: str) -> UnusableInput:
    hint = N_("Correct it in the settings file; `eradication init` in an empty folder shows every setting.")
    return UnusableInput("bad_settings", message, where=f"{path}: {where}", hint=hint)


def render(settings: Settings, translate: Callable[[str], str] = str) -> str:
    """Return ``settings`` as the text of an ``eradication.toml`` with a comment above every value.

    Args:
        settings: the values.
        translate: message id → comment in the language of the workspace.
    """
    lines: list[str] = []
    for section in dataclasses.fields(settings):
        part = getattr(settings, section.name)
        lines += ["", f"[{section.name}]", f"# {translate(section.metadata['doc'])}"]
        for item in dataclasses.fields(part):
            value, doc = getattr(part, item.name), f"# {translate(item.metadata['doc'])}"
            blocks = item.name in EXAMPLES
            lines += (
                _blocks(f"{section.name}.{item.name}", doc, value) if blocks else [doc, f"{item.name} = {_toml(value)}"]
            )
    return "\n".join(lines).lstrip() + "\n"


def _blocks(name: str, doc: str, blocks: tuple[Any, ...]) -> list[str]:
    """Return a list of blocks; of an empty one an example behind number signs."""
    if not blocks:
        example = [f"[[{name}]]", *EXAMPLES[name.rpartition(".")[2]].splitlines()]
        return [doc, *(f"# {line}" for line in example)]
    lines = [doc]
    for block in blocks:
        told = {item.name: getattr(block, item.name) for item in dataclasses.fields(block)}
        lines += [f"[[{name}]]", *(f"{key} = {_toml(value)}" for key, value in told.items() if value is not None)]
    return lines


def placed(text: str, path: Path, store: Store) -> str:
    """Return the text of the settings file ``path`` with another place of the store; all else stays, comments too."""
    wanted = dataclasses.replace(parse(text, path), store=store)
    lines, section = [], ""
    for line in text.splitlines():
        section = found[1] if (found := _SECTION.match(line)) else section
        key = line.partition("=")[0].strip()
        if section == "store" and key in ("url", "schema"):
            line = f"{key} = {_toml(getattr(store, key))}"
        lines.append(line)
    changed = "\n".join(lines) + "\n"
    try:
        if parse(changed, path) == wanted:
            return changed
    except UnusableInput:
        pass  # written in a way that is not known line by line
    return render(wanted)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # JSON's escapes are TOML's, but for DEL, which TOML wants escaped too.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(v) for v in value) + "]"
    return str(value)
