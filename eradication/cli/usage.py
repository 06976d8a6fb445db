"""What was wrong with a command line, in the reader's language: Typer's own copy of Click says it in English only."""

import re
from typing import Any

from eradication.errors import N_, UnusableInput

HINT = N_("`{command} --help` shows how it is used.")
UNKNOWN = re.compile(r"No such command '(?P<name>.*)'")
EXTRA = re.compile(r"Got unexpected extra arguments?(?:\(s\))? \((?P<name>.*)\)")


def understood(error: Exception) -> UnusableInput:
    """Return what to tell of an error that Typer raised while it read the command line."""
    message, values = _said(error)
    command = getattr(getattr(error, "ctx", None), "command_path", "") or "eradication"
    return UnusableInput("usage", message, hint=HINT, values=values | {"command": command})


def _said(error: Any) -> tuple[str, dict[str, object]]:
    kinds = {kind.__name__ for kind in type(error).__mro__}
    english = getattr(error, "format_message", lambda: str(error))()
    if "MissingParameter" in kinds and error.param is not None:
        return N_("{name} is missing."), {"name": _name(error.param)}
    if "NoSuchOption" in kinds:
        near = ", ".join(sorted(error.possibilities or ()))
        message = N_("There is no option {name}; there is {near}.") if near else N_("There is no option {name}.")
        return message, {"name": error.option_name, "near": near}
    if "BadParameter" in kinds:
        name = error.param_hint or ("" if error.param is None else _name(error.param))
        return _value(name, error)
    if found := UNKNOWN.search(english):
        return N_("There is no command {name}."), {"name": found["name"]}
    if found := EXTRA.search(english):
        return N_("More words than the command takes: {name}"), {"name": found["name"]}
    return N_("The command was not understood: {problem}"), {"problem": english}


def _value(name: str, error: Any) -> tuple[str, dict[str, object]]:
    """Say what is wrong with a value; Typer has it checked by Pydantic, whose own words are English."""
    details: list[dict[str, Any]] = getattr(error.__cause__, "errors", list)()
    found: dict[str, Any] = details[0] if details else {"type": "", "input": ""}
    values = {"name": name, "given": found["input"], **found.get("ctx", {})}
    if found["type"].startswith(("int_", "float_")):
        return N_("The value of {name} is not a number: {given}"), values
    if found["type"] == "greater_than_equal":
        return N_("The value of {name} is {given}; the least is {ge}."), values
    if found["type"] == "less_than_equal":
        return N_("The value of {name} is {given}; the most is {le}."), values
    return N_("The value of {name} is not right: {problem}"), values | {"problem": error.message}


def _name(param: Any) -> str:
    """Return an option as it is typed, or the name of an argument as the help writes it."""
    if param.param_type_name == "option":
        return str(max(param.opts, key=len))
    return str(param.metavar or param.name).upper()
