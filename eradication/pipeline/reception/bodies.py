"""What a job was asked for: plain values, read as what they are."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from eradication.errors import N_, UnusableInput
from eradication.i18n import LANGUAGES, Translate, translator
from eradication.pipeline.reception.place import Place

type Body = Mapping[str, Any]
"""What was asked for; ``job_id`` is always there."""


def text(body: Body, name: str) -> str:
    """Return a text, empty if it was not given.

    Raises:
        UnusableInput: ``bad_job``.
    """
    value = body.get(name, "")
    if not isinstance(value, str):
        raise bad(name)
    return value.strip()


def day_of(text: str) -> date | None:
    """Return a day, ``None`` if none is given.

    Raises:
        UnusableInput: ``bad_job``.
    """
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise bad("date") from None


def bad(name: str) -> UnusableInput:
    """Return the refusal of a value."""
    return UnusableInput(
        "bad_job",
        N_("What was asked for cannot be understood: '{name}'."),
        hint=N_("Ask for it anew."),
        values={"name": name},
    )


def language(place: Place, body: Body) -> str:
    """Return the language of the answer."""
    asked = body.get("language")
    return str(asked) if asked in LANGUAGES else place.workspace.settings.workspace.language


def translate(place: Place, body: Body) -> Translate:
    """Return what translates to it."""
    return translator(language(place, body))
