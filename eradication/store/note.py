"""The note beside the key: how far each chain was known to reach here, and what this device's clock showed.

A store that ends earlier than the note was cut short or replaced by an older copy. The note only ever warns: one that
is lost, or cut short by a power failure, says nothing.
"""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from eradication.domain.event import iso, parse_iso

try:
    import fcntl
except ImportError:  # not on this system: one program at a time is taken for granted
    fcntl = None  # type: ignore[assignment]

type Reach = tuple[int, str]
"""Number and hash of an event."""


@dataclass(frozen=True, slots=True)
class Note:
    """What is noted."""

    heads: Mapping[str, Reach] = field(default_factory=dict)
    """Origin → the last event known to have been committed here."""
    clock: datetime | None = None
    """The latest time the clock showed when this device recorded, since it last stepped back."""

    def reach(self, origin: str) -> Reach:
        """Return number and hash of the last event of ``origin``; 0 if none is noted."""
        return self.heads.get(origin, (0, ""))

    def after(self, heads: Mapping[str, Reach], clock: datetime | None, *, stepped_back: bool = False) -> "Note":
        """Return the note after a commit. No chain is ever noted to reach less far than before.

        Args:
            heads: where chains end now.
            clock: what the clock showed, ``None`` if this device recorded nothing.
            stepped_back: the step of the clock was told; else the latest time it showed counts.
        """
        further = {origin: reach for origin, reach in heads.items() if reach[0] > self.reach(origin)[0]}
        if clock is not None and self.clock is not None and not stepped_back:
            clock = max(clock, self.clock)
        return Note({**self.heads, **further}, clock or self.clock)


def read(file: Path | None) -> Note:
    """Read the note in ``file``, an empty one if there is none; lines that are not understood are left out."""
    heads: dict[str, Reach] = {}
    clock: datetime | None = None
    with suppress(OSError, UnicodeDecodeError):
        for line in file.read_text(encoding="ascii").splitlines() if file else ():
            words = line.split()
            with suppress(ValueError):
                if len(words) == 3:
                    heads[words[0]] = int(words[1]), words[2]
                elif len(words) == 2 and words[0] == "clock":
                    clock = parse_iso(words[1])
    return Note(heads, clock if clock is not None and clock.tzinfo is not None else None)


def update(file: Path, change: Callable[[Note], Note]) -> None:
    """Change the note; of several programs that share a folder one after the other, or one would undo another's.

    The commit counts, so a note that cannot be written stays behind it.
    """
    with suppress(OSError), file.with_name(f".{file.name}.lock").open("w") as lock:
        if fcntl is not None:
            fcntl.flock(lock, fcntl.LOCK_EX)
        write(file, change(read(file)))


def write(file: Path, note: Note) -> None:
    """Write the note; one that cannot be written stays as it was."""
    lines = [f"{origin} {number} {event_hash}" for origin, (number, event_hash) in sorted(note.heads.items())]
    lines += [f"clock {iso(note.clock)}"] if note.clock is not None else []
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    with suppress(OSError):
        fresh.write_text("\n".join(lines) + "\n", encoding="ascii")
        os.replace(fresh, file)
