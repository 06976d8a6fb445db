"""Which declared crops are poppy, and which are worth keeping as what poppy is not.

EuroCrops gives every crop of every national list an HCAT3 code of ten digits; two digits more are one step more
special (``3301060601`` is winter poppy, under ``33010606`` poppy, under ``330106`` industrial crops). So a group of
crops is a prefix. Files with national codes need the country's table beside them.

Source: EuroCrops, github.com/maja601/EuroCrops, ``csvs/hcat_core/HCAT3.csv`` and ``csvs/country_mappings``
(CC BY-SA 4.0); Schneider et al. 2023, doi:10.1038/s41597-023-02517-0.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from eradication.domain import LookAlike
from eradication.errors import N_, UnusableInput


class Kind(StrEnum):
    """When declared poppy was sown."""

    WINTER = "winter"
    """In September or October, HCAT3 3301060601."""
    SUMMER = "summer"
    """In March or April, HCAT3 3301060602."""
    UNSTATED = "unstated"
    """The country does not say, HCAT3 3301060600."""


POPPY = "33010606"
"""HCAT3 prefix of every poppy."""

_KINDS = {POPPY + "01": Kind.WINTER, POPPY + "02": Kind.SUMMER}


@dataclass(frozen=True, slots=True)
class Group:
    """Crops that are kept as negatives together."""

    name: str
    look_alike: LookAlike = LookAlike.OTHER
    """Code of a rejected place; ``other`` where the province has no such look-alike."""


_VEGETABLES = Group("vegetables", LookAlike.WINTER_VEGETABLES)
_STONE_FRUIT = Group("stone fruit", LookAlike.PLUM_BLOSSOM)

GROUPS: Mapping[str, Group] = MappingProxyType(
    {
        "330101": Group("cereals"),
        "33010106": Group("maize"),
        "330102": Group("pulses"),
        "330103": Group("potatoes"),
        "33010604": Group("rapeseed"),
        "33010607": Group("flax"),
        "330107": _VEGETABLES,
        "330108": Group("flowers", LookAlike.ORNAMENTAL_FLOWERS),
        "330109": Group("grass"),
        "33010904": Group("maize"),
        "33011502": Group("buckwheat"),
        "330121": _VEGETABLES,
        "33012101": Group("mustard", LookAlike.MUSTARD_GREENS),
        "330122": _VEGETABLES,
        "330129": _VEGETABLES,
        "330131": _VEGETABLES,
        "3302": Group("grass"),
        "330301": Group("orchards"),
        "33030103": _STONE_FRUIT,
        "33030104": _STONE_FRUIT,
        "33030109": _STONE_FRUIT,
        "33030111": _STONE_FRUIT,
        "33030113": _STONE_FRUIT,
    }
)
"""HCAT3 prefix → group; the longest prefix decides. Crops that bloom white or pink, green up in the same months, or
cover most of the land; the rest (hops, forest, glass …) is neither poppy nor a negative."""

_KEY_COLUMNS = ("original_code", "original_name", "hcat3_name")
_CODE_COLUMN = "hcat3_code"


def kind_of(hcat: str) -> Kind | None:
    """Return the kind of poppy of an HCAT3 code, ``None`` for what is no poppy."""
    return _KINDS.get(hcat, Kind.UNSTATED) if hcat.startswith(POPPY) else None


def group_of(hcat: str) -> Group | None:
    """Return the group of look-alikes of an HCAT3 code, ``None`` for a crop of none."""
    prefixes = (hcat[:length] for length in range(len(hcat), 3, -2))
    return next((GROUPS[prefix] for prefix in prefixes if prefix in GROUPS), None)


def table_of(rows: Iterable[Mapping[str, str]], where: str = "") -> dict[str, str]:
    """Return national code or name → HCAT3 code of a country's table.

    Some countries have names only, some have both and leave codes empty, so either finds its crop. A text that stands
    for two crops finds none. Older columns (``HCAT2_code``) are not used: they call French poppy an oilseed.

    Args:
        rows: column → text, see :func:`eradication.ingest.parcels.read_codes`.
        where: name of the table, for the message.

    Raises:
        UnusableInput: ``no_crop_codes`` for a table without ``HCAT3_code`` or without codes and names.
    """
    found: dict[str, set[str]] = {}
    for row in rows:
        cells = {name.strip().casefold(): text.strip() for name, text in row.items() if text}
        for key in (_tidy(cells[column]) for column in _KEY_COLUMNS if column in cells):
            if _is_hcat(cells.get(_CODE_COLUMN, "")):
                found.setdefault(key, set()).add(cells[_CODE_COLUMN])
    if not found:
        raise UnusableInput(
            "no_crop_codes",
            N_("The table names no crop codes."),
            where=where,
            hint=N_("It needs HCAT3_code beside original_code or original_name, as the tables of EuroCrops have."),
        )
    return {key: next(iter(codes)) for key, codes in found.items() if len(codes) == 1}


def hcat_of(code: str, table: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return the HCAT3 code of what a parcel's cell says, empty if it is unknown.

    Args:
        code: an HCAT3 code, or what ``table`` knows: a national code or name.
        table: from :func:`table_of`.
    """
    return table.get(_tidy(code)) or (code if _is_hcat(code) else "")


def _is_hcat(code: str) -> bool:
    return re.fullmatch(r"33[0-9]{8}", code) is not None


def _tidy(text: str) -> str:
    """Return a code or name as it is compared: ``031`` and ``31`` are one, for spreadsheets drop zeros."""
    plain = " ".join(unicodedata.normalize("NFC", text).casefold().split())
    return plain.lstrip("0") if plain.isdecimal() else plain
