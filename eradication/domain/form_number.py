"""The number of a paper form: the code of its plot, four characters of its own, one that checks the others.

``VH-27-014-P7K3QD`` is read over the radio and typed from paper, so a wrong or swapped character must show.
"""

import hashlib
import re

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXY"
"""31 characters, a prime number, none of which is taken for another when written by hand: no I, L, O, U, Z."""
_FORM = re.compile(r"[A-Z]{2,8}-[0-9]{2}-[0-9]{3,}-P[0-9A-Z]{5}")


def form_number(code: str, *facts: str) -> str:
    """Return the number of the form for a plot: the same facts give the same number on any computer.

    Args:
        code: short permanent code of the plot.
        facts: what else the form is of: id of the plot, season, unit, day of printing.
    """
    whole = int.from_bytes(hashlib.sha256("\x1f".join((code, *facts)).encode()).digest()[:8])
    own = ""
    for _ in range(4):
        whole, rest = divmod(whole, len(_LETTERS))
        own += _LETTERS[rest]
    body = f"{code}-P{own}"
    return body + _check(body)


def looks_mistyped(text: str) -> bool:
    """Tell whether a text has the form of such a number and its check character does not fit."""
    plain = text.strip().upper()
    return bool(_FORM.fullmatch(plain)) and _check(plain[:-1]) != plain[-1]


def _check(body: str) -> str:
    # Weights differ from neighbour to neighbour, so that two characters in the wrong order show as well.
    values = [int(c, 36) for c in body if c.isascii() and c.isalnum()]
    return _LETTERS[sum((i + 2) * value for i, value in enumerate(values)) % len(_LETTERS)]
