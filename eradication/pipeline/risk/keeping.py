"""Arrays kept beside the outputs under the name of all they rest on: what was computed once is not computed anew.

Nothing is known only here. A name is a hash of files' contents, settings, communes and events; where anything differs
nothing is found under it, and what was kept before is put away.
"""

import hashlib
import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from eradication.pipeline.workspace import Workspace, write_whole

FOLDER = "risk"
MOST = 12
"""So many of one kind are kept, the newest."""

type Arrays = Mapping[str, npt.NDArray[np.generic]]


def named(parts: Sequence[object]) -> str:
    """Return the name of what rests on ``parts``, each with a ``repr`` that says all of it."""
    return hashlib.sha256(repr(tuple(parts)).encode()).hexdigest()[:16]


def content(path: Path | None) -> str:
    """Return the hash of a file, empty for none.

    Raises:
        OSError: it cannot be read.
    """
    if path is None:
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read(workspace: Workspace, kind: str, name: str) -> dict[str, npt.NDArray[np.generic]] | None:
    """Return the arrays that were kept under a name; ``None`` if there are none, or if they are damaged."""
    try:
        with np.load(io.BytesIO(_path(workspace, kind, name).read_bytes()), allow_pickle=False) as file:
            return {key: file[key] for key in file.files}
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile):
        return None


def write(workspace: Workspace, kind: str, name: str, arrays: Arrays) -> None:
    """Keep arrays under a name, whole or not at all, and put away the oldest of their kind."""
    whole = io.BytesIO()
    np.savez(whole, allow_pickle=False, **arrays)
    path = _path(workspace, kind, name)
    write_whole(path, whole.getvalue())
    others = [other for other in path.parent.glob(f"{kind}-*.npz") if other != path]
    for old in sorted(others, key=_age)[: max(len(others) - MOST + 1, 0)]:
        old.unlink(missing_ok=True)


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # another program put it away
        return 0.0


def _path(workspace: Workspace, kind: str, name: str) -> Path:
    return workspace.folder / "outputs" / FOLDER / f"{kind}-{name}.npz"
