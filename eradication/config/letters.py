"""What may be set about official documents: who signs, whom they go to, on which legal bases they rest; dated."""

from dataclasses import dataclass
from datetime import date

from eradication.config.setting import setting as _set
from eradication.errors import N_


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """A law, decree or plan that reports name while it is in force."""

    title: str
    """As it is written in the document, with its number and day."""
    valid_from: date
    """First day on which reports name it."""
    valid_to: date | None = None
    """Last day, or ``None`` while it is in force."""

    def valid_on(self, day: date) -> bool:
        """Tell whether a report of ``day`` rests on it."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Signatory:
    """Who signs, and in whose place."""

    title: str
    """Office of whoever signs, e.g. ``PHÓ GIÁM ĐỐC``."""
    valid_from: date
    """First day on which this person signs."""
    on_behalf: str = ""
    """Line above it, e.g. ``KT. GIÁM ĐỐC``, ``TM. ỦY BAN NHÂN DÂN``; empty if the head signs."""
    name: str = ""
    """Name below the signature; empty = left blank."""
    unit: str = ""
    """Code of the unit whose reports are signed; empty = the issuer's."""
    valid_to: date | None = None
    """Last day, or ``None``."""

    def valid_on(self, day: date) -> bool:
        """Tell whether this person signs on ``day``."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Report:
    """What stands on official documents besides figures."""

    issuer: str = _set(
        "", N_("Code of the unit that issues the province's reports: its row of the table of units gives the heading.")
    )
    recipients: tuple[str, ...] = _set(
        (),
        N_("Whom reports go to, in the order of the page: text, or the code of a unit, which then stands by its name."),
    )
    seasons: int = _set(6, N_("How many seasons a report compares at most, with their effort."), span=(1, 30))
    legal_bases: tuple[LegalBasis, ...] = _set(
        (), N_("Legal bases with their days, one block for each; only those in force on the report's day are named.")
    )
    signatories: tuple[Signatory, ...] = _set(
        (), N_("Who signs, with days, one block for each; unit = code of a unit that signs its own reports.")
    )


EXAMPLES = {
    "legal_bases": 'title = "Kế hoạch số 23/KH-UBND ngày 30/01/2023 của Ủy ban nhân dân tỉnh Sơn La"\n'
    "valid_from = 2023-01-30",
    "signatories": 'on_behalf = "KT. GIÁM ĐỐC"\ntitle = "PHÓ GIÁM ĐỐC"\nname = ""\nvalid_from = 2026-01-01',
}
"""List of blocks → one block, shown as a comment where there is none yet."""

__all__ = ["EXAMPLES", "LegalBasis", "Report", "Signatory"]
