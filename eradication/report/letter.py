"""What an official document says besides figures: plain values, put together by the pipeline."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Letter:
    """Who writes, on which day, by which right, to whom."""

    day: date
    """Day that stands on it; letterhead, legal bases, signatory and recipients are those of this day."""
    parent: str = ""
    """Governing body."""
    issuer: str = ""
    """Issuing body; empty = a blank to fill in."""
    symbol: str = ""
    """Short form of the issuer, in the number."""
    number: str = ""
    """Number given by the registry; empty = a blank to fill in by hand."""
    place: str = ""
    bases: tuple[str, ...] = ()
    on_behalf: str = ""
    title: str = ""
    signatory: str = ""
    recipients: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    """Paragraphs of the office's own, below the figures."""
    draft: bool = False
    """True while the period is not closed: figures may still change."""
    fingerprint: str = ""
    """Hash of the figures of a closed period, hex; empty if there is none."""
