"""Why a hand-in is not taken, or set apart; each error carries what is answered besides."""

from collections.abc import Sequence
from typing import Any

from eradication.errors import N_, CheckFailed, RefusedInput, UnusableInput

MOST_FILES = 5000
"""Of one hand-in: a day's walk is some two thousand pieces."""


class OtherContent(CheckFailed):
    """Something else was handed in under this id before; this one is kept and set apart."""

    def __init__(self, receipt: dict[str, Any]) -> None:
        """Carry the receipt of what was handed in now: it is kept."""
        self.receipt = receipt
        super().__init__(
            "other_content",
            N_("Something else was handed in under this id before. Both are kept; the first one counts."),
            where=str(receipt["uuid"]),
            hint=N_("An administrator sees both. Receipt of this one: {number}."),
            values={"number": receipt["number"]},
        )


class FilesMissing(RefusedInput):
    """Some files of a hand-in have not come."""

    def __init__(self, missing: Sequence[str]) -> None:
        """Name the hashes of those that are missing."""
        self.missing = list(missing)
        super().__init__(
            "files_missing",
            N_("Files of this record have not come completely: {count}."),
            hint=N_("Send them, then hand the record in again."),
            values={"count": len(self.missing)},
        )


def no_such(name: str) -> UnusableInput:
    """Return the error for a hand-in that is not there."""
    return UnusableInput(
        "no_such_hand_in",
        N_("There is no hand-in '{name}'."),
        hint=N_("On a page each sees what is their own; at the computer `eradication hand-ins list` shows all."),
        values={"name": name[:60]},
    )


def too_many() -> RefusedInput:
    """Return the refusal of a hand-in with more files than any record has."""
    return RefusedInput(
        "too_many_files",
        N_("A hand-in has {most} files at most."),
        hint=N_("Hand it in as several."),
        values={"most": MOST_FILES},
    )
