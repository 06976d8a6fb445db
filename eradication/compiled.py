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
        return _made(function, signature, {"nogil": True})

    return of


def loop[F: Callable[..., Any]](function: F) -> F:
    """Compile a function at its first call, for what it is called with; else as :func:`compiled`.

    A division by 0 gives inf or NaN, as in NumPy.
    """
    return _made(function, None, _AS_NUMPY)


def part[F: Callable[..., Any]](function: F) -> F:
    """Compile a function that only loops call, at the first such call; what Python needs to call it is left out."""
    return _made(function, None, _AS_NUMPY | {"no_cpython_wrapper": True, "no_cfunc_wrapper": True})


_AS_NUMPY = {"nogil": True, "error_model": "numpy"}


def _made[F: Callable[..., Any]](function: F, signature: Any, options: dict[str, Any]) -> F:
    make: Any = numba.njit
    try:
        made = make(signature, cache=True, **options)(function)
    except (OSError, RuntimeError):
        # No folder for a cache, or a full one. Whatever else is wrong is said by the second attempt.
        made = make(signature, **options)(function)
    return cast(F, made)


def inlined[F: Callable[..., Any]](function: F) -> F:
    """Make a function part of the compiled ones that call it."""
    return cast(F, numba.njit(function))
