"""Checks of who may read what is secret: keys, sources of tips, and the store."""

import os
import stat
from pathlib import Path

from eradication import config
from eradication.errors import N_
from eradication.pipeline.health.finding import Finding, fail, ok, warn
from eradication.store.embedded import FILE_NAME
from eradication.store.sealed import Sealed

_PUBLIC = (".signed", ".lock")
"""Suffixes of the note of how far chains reached, and of its lock: no secrets."""
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def keys(folder: Path, *, url: str) -> Finding:
    """May anybody but their owner read the keys, or the settings where they hold a password?

    Args:
        folder: of the workspace.
        url: address of the store's server, empty for a file.
    """
    if os.name != "posix":
        advice = N_("Look at the folder's properties: nobody but you and the administrator may open 'keys'.")
        return warn(N_("Who may read the keys is not known here."), {}, advice)
    secret = [folder / "keys", *(path for path in sorted((folder / "keys").rglob("*")) if path.suffix not in _PUBLIC)]
    if "@" in url and ":" in url.split("@")[0].partition("//")[2]:
        secret.append(folder / config.FILE_NAME)
    open_ones = [path for path in secret if path.exists() and _mode(path) & _OTHERS]
    if open_ones:
        advice = N_(
            "Take their rights away: chmod -R go= {names}. If somebody may have copied a key: eradication keys rotate "
            "signing --stolen"
        )
        return fail(N_("Others may read: {names}."), {"names": _named(open_ones, folder)}, advice)
    foreign = [path for path in secret if path.exists() and path.stat().st_uid != os.geteuid()]
    if foreign and os.geteuid() != 0:
        values = {"names": _named(foreign, folder)}
        return warn(N_("They belong to somebody else: {names}."), values, N_("Run the program as their owner."))
    return ok(N_("Only their owner may read the keys."))


def _named(paths: list[Path], folder: Path) -> str:
    return " ".join(str(path.relative_to(folder)) for path in paths)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def store(folder: Path) -> Finding:
    """May every account of this computer read a store that is a file?"""
    file = folder.resolve() / FILE_NAME
    others_pass = all(_mode(above) & stat.S_IXOTH for above in file.parents)
    if os.name == "posix" and others_pass and file.exists() and _mode(file) & stat.S_IROTH:
        advice = N_("Take their right away: chmod o= {folder}")
        return warn(N_("Every account of this computer may read the store."), {"folder": str(folder)}, advice)
    return ok(N_("The store is a file: whoever may read it reads all of it."))


def tips(folder: Path) -> Finding:
    """May others read the sources of tips?"""
    found = len(Sealed(folder).open_to_others())
    said = N_("Sources of tips: {count} files or folders that others may read.")
    if found:
        advice = N_("Take the rights of others away from the folder tip_sources: chmod -R go= tip_sources")
        return fail(said, {"count": found}, advice)
    return ok(said, {"count": found})
