"""Who may ask what: the lines of ``rights.csv``, read once. A route without a line keeps the program from starting.

``public`` = anybody; ``half`` = signed in, the second factor may still be missing; ``any`` = any role; else roles by
name. ``device:SCOPE`` lets a device's token with that scope in too, within what its person's roles may. ``resting``
lets in a patrol's session that was idle for too long to be let in anywhere else.
"""

import csv
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files

from eradication.domain.person import Role, Scope
from eradication.pipeline.reception.sessions import Caller

PUBLIC, HALF, ANY = "public", "half", "any"
_RESTING = "resting"
_DEVICE = "device:"
PROVIDER = "/signin/oidc"
type Key = tuple[str, str]
"""Method and path as the route is written."""
type May = Callable[[str, str], bool]
"""Method and path of a route → whether somebody may use it: pages offer nothing that the gate would deny."""


@dataclass(frozen=True, slots=True)
class Right:
    """Who may use one route."""

    level: str
    """``public``, ``half``, ``any``, or empty if roles are named."""
    roles: frozenset[Role] = frozenset()
    scopes: frozenset[Scope] = frozenset()
    resting: bool = False
    """Whether a session that rests is enough."""

    def admits(self, caller: Caller) -> bool:
        """Tell whether somebody known may; what is public is not asked here."""
        has_role = self.level in (ANY, HALF) or bool(self.roles & caller.person.roles)
        if caller.rests:
            return has_role and self.resting
        if caller.device_id:
            is_for_devices_alone = not self.level and not self.roles
            return bool(self.scopes & caller.scopes) and (has_role or is_for_devices_alone)
        return has_role and (caller.is_whole or self.level == HALF)


def read(lines: Iterable[str]) -> dict[Key, Right]:
    """Read the table.

    Raises:
        ValueError: a line that is not understood, or comes twice.
    """
    rights: dict[Key, Right] = {}
    for row in csv.DictReader(lines):
        key, words = (row["method"], row["path"]), row["roles"].split()
        if key in rights or not words:
            raise ValueError(f"rights.csv: {key} comes twice or names nobody")
        level = next((word for word in words if word in (PUBLIC, HALF, ANY)), "")
        scopes = frozenset(Scope(word.removeprefix(_DEVICE)) for word in words if word.startswith(_DEVICE))
        names = (word for word in words if word not in (level, _RESTING) and not word.startswith(_DEVICE))
        rights[key] = Right(level, frozenset(map(Role, names)), scopes, _RESTING in words)
    return rights


@cache
def table(*, with_provider: bool = False) -> dict[Key, Right]:
    """Return the table of this program; what is for signing in by another provider only where one is set."""
    lines = read((files("eradication.web") / "rights.csv").read_text(encoding="utf-8").splitlines())
    return {key: right for key, right in lines.items() if with_provider or not key[1].startswith(PROVIDER)}


def may(caller: Caller) -> May:
    """Return what tells whether somebody may use a route that is named as in the table."""
    return partial(_may, caller)


def _may(caller: Caller, method: str, path: str) -> bool:
    return table()[method, path].admits(caller)
