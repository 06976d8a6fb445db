"""Tips (tin báo, tố giác): what people told, and apart from it who told it."""

from dataclasses import dataclass, field
from datetime import datetime

from eradication.domain.codes import Crop


class Informant:
    """Who gave a tip: it can be kept, and it cannot be shown by accident.

    Neither its text nor its form says anything; only :meth:`reveal` does, and only what seals it away calls that.
    """

    __slots__ = ("_words",)

    def __init__(self, words: str = "") -> None:
        """Take what was written about the informant; empty = nothing was."""
        self._words = words

    def __bool__(self) -> bool:
        """Tell whether anything was written."""
        return bool(self._words)

    def __repr__(self) -> str:
        """Return that there is one, or none."""
        return "Informant(kept apart)" if self._words else "Informant(none)"

    def __format__(self, spec: str) -> str:
        """Return the same as :meth:`__repr__`."""
        return repr(self)

    def __eq__(self, other: object) -> bool:
        """Tell whether two say the same."""
        return isinstance(other, Informant) and self._words == other._words

    def __hash__(self) -> int:
        """Return a hash that says nothing of the words."""
        return hash(bool(self._words))

    def reveal(self) -> str:
        """Return the words."""
        return self._words


@dataclass(frozen=True, slots=True)
class Tip:
    """Information received. The key is ``(unit, tip_id)``. Its source is no part of it, see :class:`Informant`."""

    tip_id: str
    unit: str
    """Code of the unit that received it, or empty."""
    received_at: datetime
    """UTC."""
    place: str = field(default="", repr=False)
    """Where, in words."""
    commune_code: str = ""
    lon: float | None = field(default=None, repr=False)
    """Degrees WGS 84; ``None`` where no point was given."""
    lat: float | None = field(default=None, repr=False)
    radius_m: float | None = None
    """How far from the point it may be; a stated one or the default of the settings, ``None`` without a point."""
    crop: Crop | None = None
    mailbox: str = ""
    """Village mailbox (bản, tiểu khu, tổ dân phố) it was found in, or empty."""
    note: str = field(default="", repr=False)
    """What was told; never leaves the store by default."""

    @property
    def key(self) -> tuple[str, str]:
        """Identity of the tip."""
        return self.unit, self.tip_id
