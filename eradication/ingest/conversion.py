"""Files of other receivers → GPX, by the program gpsbabel where it is installed, held as tightly as our own parsers.

gpsbabel knows a hundred formats and was written for files of one's own. So it gets a copy in an empty folder, from a
process that has given up network, memory, time and disk before it becomes gpsbabel
(:mod:`eradication.ingest.converter`), and a fixed command with a format from a fixed table
(:mod:`eradication.ingest.foreign`). What it writes is then read like any GPX that a stranger sent.
"""

import functools
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from eradication.config import Limits
from eradication.domain import Json
from eradication.errors import N_, EradicationError, RefusedInput
from eradication.ingest import foreign, process, sandbox, verdicts
from eradication.ingest.foreign import Foreign

PROGRAM = "gpsbabel"
_CONVERTER = "eradication.ingest.converter"
_EXPORT = N_("Export the track as GPX with the program the file comes from.")


@dataclass(frozen=True, slots=True)
class Readable:
    """A file that a reader of ours understands."""

    path: Path
    format: str = ""
    """Code of the format it was converted from; empty if it is the user's own file."""
    facts: dict[str, Json] = field(default_factory=dict)
    """What an answer says of a conversion: ``format``, as people call it, and ``converted_by``."""


@contextmanager
def readable(path: Path, limits: Limits) -> Iterator[Readable]:
    """Yield what can be read of a user's file: itself, or GPX made of it that is gone afterwards.

    Raises:
        RefusedInput: ``not_<format>``; ``needs_gpsbabel``, ``gpsbabel_off``, ``no_isolation``, ``not_converted``,
            ``empty_file``, ``file_too_large``, ``too_costly``, ``timeout``.
        UnusableInput: as :func:`eradication.ingest.sandbox.read`.
        StorageFailed: ``temporary_folder``.
    """
    form = foreign.tell(path)
    if form is None:
        yield Readable(path)
        return
    program = _program(form, path, limits)
    with tempfile.TemporaryDirectory(prefix="eradication-") as folder:
        try:
            copy = sandbox.copy_into(Path(folder), path, limits)
        except OSError as error:
            raise sandbox.no_room(path, error) from None
        made = _convert(program, form, copy, path, limits)
        facts: dict[str, Json] = {"format": form.title, "converted_by": f"{PROGRAM} {version(program)}".strip()}
        try:
            yield Readable(made, form.name, facts)
        except EradicationError as error:  # of what was made: the user knows the original only
            error.where = error.where.replace(str(made), str(path))
            raise


def _program(form: Foreign, path: Path, limits: Limits) -> str:
    values = {"format": form.title}
    if not limits.gpsbabel:
        raise RefusedInput(
            "gpsbabel_off",
            N_("{format} is read by the program gpsbabel, which the settings do not allow."),
            where=str(path),
            hint=N_("Export the track as GPX, or set gpsbabel = true under [limits] in eradication.toml."),
            values=values,
        )
    found = shutil.which(PROGRAM)
    if found is None:
        raise RefusedInput(
            "needs_gpsbabel",
            N_("{format} is read by the program gpsbabel, which is not installed on this computer."),
            where=str(path),
            hint=N_("Export the track as GPX, or install the package gpsbabel (Debian, Ubuntu: apt install gpsbabel)."),
            values=values,
        )
    return str(Path(found).resolve())


def _convert(program: str, form: Foreign, copy: Path, path: Path, limits: Limits) -> Path:
    """Return the GPX that gpsbabel made of ``copy``, beside it."""
    made = copy.with_name("output.gpx")
    asked = [program, *form.what, "-i", form.name + form.options, "-f", copy.name, "-o", "gpx", "-F", made.name]
    job = {"command": asked, "memory_mb": limits.memory_mb, "cpu_s": limits.cpu_s, "file_mb": limits.file_mb}
    ended = process.run(_CONVERTER, json.dumps(job).encode(), copy.parent, limits)
    verdicts.answer(ended, path, limits)
    if verdicts.was_cut_off(ended):
        raise verdicts.broken(ended, path, limits)
    if ended.status != 0 or not sandbox.is_plain_file(made):
        raise RefusedInput(
            "not_converted",
            N_("gpsbabel could not read this file as {format} (status {status})."),
            where=str(path),
            hint=_EXPORT,
            values={"format": form.title, "status": ended.status},
        )
    return made


@functools.cache
def version(program: str) -> str:
    """Return the version a gpsbabel says it is, empty if it does not say. No file of a user's is involved."""
    try:
        said = subprocess.run([program, "-V"], capture_output=True, timeout=20, check=False, env={"LC_ALL": "C.UTF-8"})
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = re.search(rb"\d+(\.\d+)+", said.stdout[:1000])
    return found.group().decode() if found else ""
