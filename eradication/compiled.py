"""Loops compiled by Numba, for a known signature, kept on disk where a place for them can be written."""

from collections.abc import Callable
from typing import Any, cast

import numba


def compiled[F: Callable[..., Any]](signature: Any) -> Callable[[F], F]:
    """Return a decorator that compiles a function for one signature and releases the interpreter while it runs.

    Compiled code is kept beside the module, or in the user's cache folder if the package was installed read-only, or
    where ``NUMBA_CACHE_DIR`` says. Where none of them can be written it is compiled anew by every process.

    Args:
        signature: a Numba signature. The function is compiled when its module is imported, so such a module is
            imported late, by what needs it.
    """

    def of(function: F) -> F:
        try:
            made = numba.njit(signature, nogil=True, cache=True)(function)
        except (OSError, RuntimeError):
            # No folder for a cache, or a full one. Whatever else is wrong is said by the second attempt.
            made = numba.njit(signature, nogil=True)(function)
        return cast(F, made)

    return of


def inlined[F: Callable[..., Any]](function: F) -> F:
    """Make a function part of the compiled ones that call it."""
    return cast(F, numba.njit(function))
