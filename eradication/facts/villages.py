"""What villages have signed and hung up, against the list of all villages (I10, I14).

A village is known by its commune and name. Names are compared with their diacritics first, then without, then without
the word for what it is (bản, tiểu khu, tổ dân phố), and only where one village alone can be meant.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from eradication.domain.codes import fold
from eradication.facts.shares import reached

_KINDS = ("ban ", "tieu khu ", "to dan pho ")

type Values = Mapping[str, Any]


def commitments(entered: Sequence[Values], villages: Sequence[Values], names: Mapping[str, str]) -> dict[str, Any]:
    """Return households and signatures by commune and village; 100 % only where every listed village has reported.

    Args:
        entered: commitments of the span; the latest of each village counts.
        villages: the list of all villages.
        names: commune → name, of all communes of the vintage.
    """
    rows, missing_lists = [], 0
    for code, listed, latest in _by_commune(entered, villages, names):
        told = [_commitment(one, listed) for one in latest]
        reported = {one["listed_as"] for one in told if one["listed_as"]}
        missing = [name for name in listed if name not in reported]
        missing_lists += not listed
        complete = bool(listed) and not missing
        rows.append(
            {**_sums(told, complete), **_place(code, names, listed, len(reported), missing), "of_villages": told}
        )
    complete = bool(rows) and not missing_lists and not any(row["missing"] for row in rows)
    total = _sums([one for row in rows for one in row["of_villages"]], complete)
    return {
        **total,
        "villages": sum(row["villages"] or 0 for row in rows),
        "villages_reported": sum(row["villages_reported"] for row in rows),
        "communes_without_list": missing_lists,
        "rows": [row for row in rows if row["villages"] or row["of_villages"]],
    }


def mailboxes(entered: Sequence[Values], villages: Sequence[Values], names: Mapping[str, str]) -> dict[str, Any]:
    """Return how many villages of the list have a mailbox, by commune; 100 % only where every commune has a list.

    Args:
        entered: statements up to the end of the span; the latest of each village counts.
        villages: the list of all villages.
        names: commune → name, of all communes of the vintage.
    """
    rows, missing_lists = [], 0
    for code, listed, latest in _by_commune(entered, villages, names):
        has = {_listed_as(one["village"], listed): bool(one["has_mailbox"]) for one in latest}
        unlisted = [one["village"] for one in latest if not _listed_as(one["village"], listed)]
        hung = [name for name in listed if has.get(name)]
        missing_lists += not listed
        missing = [name for name in listed if name not in has]
        share = {
            "with_mailbox": len(hung),
            "mailbox_pct": reached(len(hung), len(listed), True),
            "without": [name for name in listed if has.get(name) is False],
            "unlisted": unlisted,
        }
        rows.append({**_place(code, names, listed, len(listed) - len(missing), missing), **share})
    villages_known = sum(row["villages"] or 0 for row in rows)
    hung_up = sum(row["with_mailbox"] for row in rows)
    return {
        "villages": villages_known,
        "villages_reported": sum(row["villages_reported"] for row in rows),
        "with_mailbox": hung_up,
        "mailbox_pct": reached(hung_up, villages_known, not missing_lists),
        "communes_without_list": missing_lists,
        "rows": [row for row in rows if row["villages"] or row["unlisted"]],
    }


def _by_commune(
    entered: Sequence[Values], villages: Sequence[Values], names: Mapping[str, str]
) -> list[tuple[str, list[str], list[Values]]]:
    """Return each commune with its listed villages and the latest statement of each village that made one."""
    codes = sorted({*names, *(str(v["commune"]) for v in (*entered, *villages))})
    found = []
    for code in codes:
        listed = sorted(str(v["village"]) for v in villages if v["commune"] == code)
        here = sorted((v for v in entered if v["commune"] == code), key=lambda v: str(v["date"]))
        latest = {_listed_as(str(v["village"]), listed) or str(v["village"]).casefold(): v for v in here}
        found.append((code, listed, [latest[name] for name in sorted(latest)]))
    return found


def _listed_as(written: str, listed: Sequence[str]) -> str:
    """Return the village of the list that ``written`` names, or an empty text."""
    ways: tuple[Callable[[str], str], ...] = (str.casefold, fold, _bare)
    for way in ways:
        same = [name for name in listed if way(name) == way(written)]
        if len(same) == 1 and (way is not _bare or _bare(written) == fold(written) or _bare(same[0]) == fold(same[0])):
            return same[0]
    return ""


def _bare(name: str) -> str:
    folded = fold(name)
    for kind in _KINDS:
        folded = folded.removeprefix(kind)
    return folded


def _commitment(one: Values, listed: Sequence[str]) -> dict[str, Any]:
    households, signed = int(one["households"]), int(one["signed"])
    return {
        "village": one["village"],
        "households": households,
        "signed": signed,
        "signed_pct": reached(signed, households, True),
        "date": one["date"],
        "source": one.get("source", ""),
        "listed_as": _listed_as(str(one["village"]), listed),
    }


def _sums(told: Sequence[Values], complete: bool) -> dict[str, Any]:
    households, signed = sum(one["households"] for one in told), sum(one["signed"] for one in told)
    return {"households": households, "signed": signed, "signed_pct": reached(signed, households, complete)}


def _place(
    code: str, names: Mapping[str, str], listed: Sequence[str], reported: int, missing: Sequence[str]
) -> dict[str, Any]:
    return {
        "key": code,
        "name": names.get(code, code),
        "of_vintage": code in names,
        "villages": len(listed) or None,
        "villages_reported": reported,
        "missing": list(missing),
    }
