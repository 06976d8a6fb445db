"""Everything that can go wrong, as one small tree.

::

    EradicationError
    ├── UnusableInput     nothing could be examined: wrong usage, no such file, unknown season
    ├── RefusedInput      one input was examined and refused; the others go on
    ├── StorageFailed     the store, a disk or a remote failed; nothing is half-written
    ├── CheckFailed       a check said no: a broken chain, an unhealthy workspace
    └── Denied            who asks may not: unknown, not entitled, too often

Every error says what (``message``), where (``where``) and what to do (``hint``). ``message`` and ``hint`` are
templates, marked with :func:`N_` where they are written, so that the shells can show them in the user's language;
``values`` fills their ``{names}``. ``kind`` is a stable ASCII code for programs.
"""

from collections.abc import Mapping
from types import MappingProxyType


def N_(message: str) -> str:
    """Mark ``message`` for translation and return it unchanged (the gettext convention)."""
    return message


class EradicationError(Exception):
    """Base of all errors of this package."""

    def __init__(
        self,
        kind: str,
        message: str,
        *,
        where: str = "",
        hint: str = "",
        values: Mapping[str, object] = MappingProxyType({}),
    ) -> None:
        """Keep the templates apart from their values.

        Args:
            kind: stable code, ``snake_case``.
            message: what happened, a template.
            where: file, line, point or record, already readable.
            hint: what to do about it, a template.
            values: fills ``{name}`` in ``message`` and ``hint``.
        """
        super().__init__(kind, message)
        self.kind = kind
        self.message = message
        self.where = where
        self.hint = hint
        self.values = dict(values)

    def __str__(self) -> str:
        """Return the English text; shells translate the templates instead."""
        text = self.message.format(**self.values)
        return f"{text} [{self.where}]" if self.where else text


class UnusableInput(EradicationError):
    """Nothing could be examined: wrong usage, no such file, unknown season."""


class RefusedInput(EradicationError):
    """One input was examined and refused. Others go on."""


class StorageFailed(EradicationError):
    """The store, a disk or a remote failed; nothing is half-written."""


class CheckFailed(EradicationError):
    """A check said no."""


class Denied(EradicationError):
    """Who asks may not: unknown, not entitled, too often."""


EXIT_CODES: Mapping[type[EradicationError], int] = MappingProxyType(
    {UnusableInput: 2, RefusedInput: 3, StorageFailed: 4, CheckFailed: 5, Denied: 2}
)

HTTP_STATUS: Mapping[type[EradicationError] | str, int] = MappingProxyType(
    {
        UnusableInput: 400,
        RefusedInput: 422,
        StorageFailed: 503,
        CheckFailed: 409,
        Denied: 403,
        "signed_out": 401,
        "session_rests": 401,
        "person_disabled": 401,
        "device_revoked": 401,
        "wrong_sign_in": 401,
        "too_often": 429,
        "unexpected": 500,
        "disk_full": 507,
        "uploads_full": 507,
        "too_large": 413,
        "too_slow": 408,
        "other_content": 409,
        "wrong_offset": 409,
        "files_missing": 424,
        "unknown_route": 404,
        "no_such_plot": 404,
        "no_such_person": 404,
        "no_such_device": 404,
        "no_such_job": 404,
        "no_such_hand_in": 404,
        "no_such_file": 404,
        "no_such_patrol": 404,
        "no_such_model": 404,
        "no_such_layer": 404,
        "not_waiting": 409,
        "no_such_tile": 404,
    }
)
"""Kind of an error, or its class where the kind is not named → status of the answer."""
