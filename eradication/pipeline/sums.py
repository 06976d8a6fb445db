"""Sums of what is kept, under this workspace's own key: rows changed beside the program are found out on reading.

Each row has a keyed hash, and the rows of one part and season add up to a sum in the marker, which bears a seal. So a
write that replaces a few rows takes theirs off and adds the new ones, and whatever else somebody did to rows before
still shows. The key is made of a signature that nobody else can give: who may edit the database, and cannot read the
folder's keys, cannot make sums that fit.
"""

import hashlib
import hmac
import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from eradication.pipeline.workspace import Workspace
from eradication.store import Row

_LABEL = b"eradication sums of kept rows\n"
"""Signed for the key; begins like nothing else that is signed, and the signature is shown to nobody."""
_SIZE = 32
_MODULUS = 1 << 8 * _SIZE

type Sums = Mapping[str, int]
"""Part and season → sum of the hashes of the rows."""


class Sealer:
    """Adds up rows and seals markers with a workspace's key."""

    def __init__(self, workspace: Workspace) -> None:
        """Make the key of the signing key of ``workspace``."""
        self._key = hashlib.sha256(bytes.fromhex(workspace.store.sign(_LABEL))).digest()

    def sums(self, rows: Iterable[Row]) -> Sums:
        """Return the sums of rows; their order does not matter."""
        added: dict[str, int] = {}
        for row in rows:
            group, key = f"{row['part']} {row['season']}", row["key"]
            said = f"{group} {len(key)} {key}{row['body']}".encode()
            digest = hashlib.blake2b(said, digest_size=_SIZE, key=self._key).digest()
            added[group] = added.get(group, 0) + int.from_bytes(digest)
        return added

    def sealed(self, note: Mapping[str, Any], sums: Sums) -> dict[str, Any]:
        """Return the body of a marker with these sums."""
        whole = {**note, "sums": _told(sums)}
        return whole | {"seal": self._seal(whole)}

    def is_sealed(self, marker: Mapping[str, Any]) -> bool:
        """Tell whether a marker is as this workspace wrote it."""
        whole = {name: value for name, value in marker.items() if name != "seal"}
        return hmac.compare_digest(self._seal(whole), str(marker.get("seal")))

    def agree(self, marker: Mapping[str, Any], rows: Iterable[Row], only: Mapping[str, Collection[str]]) -> bool:
        """Tell whether a marker is sealed, and ``rows`` are all there were when it was, of some parts and seasons.

        Args:
            marker: as it was read.
            rows: as they were read; others than of ``only`` are left out.
            only: ``part`` and, where not every season is meant, ``season``.
        """
        if not self.is_sealed(marker):
            return False
        found = _told(self.sums(row for row in rows if row["part"] in only["part"]))
        return found == {name: value for name, value in marker["sums"].items() if _is_of(name, only)}

    def _seal(self, whole: Mapping[str, Any]) -> str:
        said = json.dumps(whole, sort_keys=True, ensure_ascii=False).encode()
        return hashlib.blake2b(b"marker " + said, digest_size=_SIZE, key=self._key).hexdigest()


def _told(sums: Sums) -> dict[str, str]:
    return {name: f"{value % _MODULUS:064x}" for name, value in sorted(sums.items()) if value % _MODULUS}


def read(marker: Mapping[str, Any]) -> Sums:
    """Return the sums in a marker."""
    return {name: int(value, 16) for name, value in marker["sums"].items()}


def changed(before: Sums, taken: Sums, added: Sums) -> Sums:
    """Return sums after some rows were replaced."""
    names = before.keys() | taken.keys() | added.keys()
    return {name: before.get(name, 0) - taken.get(name, 0) + added.get(name, 0) for name in names}


def _is_of(group: str, only: Mapping[str, Collection[str]]) -> bool:
    part, _, season = group.partition(" ")
    return part in only["part"] and ("season" not in only or season in only["season"])
