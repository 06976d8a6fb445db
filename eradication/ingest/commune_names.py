"""Which commune is written in a cell: by its code, or by a name that only one commune of that day bears.

Names are not unique: Vân Hồ is a former district, a former commune and a present one. So a name that could be more than
one is refused with the codes it could mean, and never guessed.
"""

import difflib
from collections.abc import Sequence
from datetime import date

from eradication.domain import AdminUnit
from eradication.domain.codes import fold
from eradication.errors import N_, RefusedInput

_KINDS = ("xa ", "phuong ", "thi tran ", "dac khu ")
_MOST_NAMED = 8


def find(written: str, units: Sequence[AdminUnit], day: date) -> tuple[str, tuple[str, ...]]:
    """Return the code of the commune that ``written`` names, and what is to be said of it (``former_commune``).

    Args:
        written: a code, or a name with or without its kind and diacritics.
        units: units of every vintage.
        day: on which it was meant.

    Raises:
        RefusedInput: ``unknown_commune``, ``ambiguous_commune``; the hint lists what it could be.
    """
    now = {unit.code: unit for unit in units if unit.valid_on(day)}
    former = {unit.code: unit for unit in units if unit.code not in now}
    if written in now:
        return written, ()
    if written in former:
        return written, ("former_commune",)
    meant = [unit for unit in now.values() if _same(written, unit.name)]
    if len(meant) == 1:
        return meant[0].code, ()
    could = meant or [unit for unit in former.values() if _same(written, unit.name)]
    if could:
        raise RefusedInput(
            "ambiguous_commune",
            N_("'{text}' does not name one commune of that day."),
            hint=N_("Write the code instead; it could be: {candidates}."),
            values={"text": written[:60], "candidates": _listed(could)},
        )
    near = difflib.get_close_matches(_bare(written), {_bare(unit.name) for unit in now.values()}, n=5, cutoff=0.6)
    alike = [unit for unit in now.values() if _bare(unit.name) in near]
    raise RefusedInput(
        "unknown_commune",
        N_("There is no commune '{text}'."),
        hint=N_("Write its code of five digits, or its name; similar ones are: {candidates}."),
        values={"text": written[:60], "candidates": _listed(alike) or "–"},
    )


def _same(written: str, name: str) -> bool:
    """Tell whether both are one name; where both state a kind, the kinds must agree."""
    return fold(written) == fold(name) or (_bare(written) == fold(written) and fold(written) == _bare(name))


def _bare(name: str) -> str:
    folded = fold(name)
    for kind in _KINDS:
        folded = folded.removeprefix(kind)
    return folded


def _listed(units: Sequence[AdminUnit]) -> str:
    named = sorted({(unit.code, unit.name) for unit in units})
    return ", ".join(f"{code} ({name})" for code, name in named[:_MOST_NAMED])
