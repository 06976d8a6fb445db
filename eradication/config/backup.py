"""What may be set about backups: whom they are encrypted to, and how old the last one may be."""

from dataclasses import dataclass

from eradication.config.setting import setting as _set
from eradication.errors import N_


@dataclass(frozen=True, slots=True)
class Backup:
    """Whom backups are encrypted to, and how old the last one may be."""

    recipients: tuple[str, ...] = _set(
        (),
        N_(
            "Public keys (age1…) of those who can open a backup, best of two persons; made with: "
            "eradication backup-key new FILE. The key `backup` of this workspace always can."
        ),
    )
    folder: str = _set("", N_("Folder into which the web application writes backups, on another disk; empty = none."))
    most_days: int = _set(7, N_("doctor asks for a backup when the last is older, in days."), span=(1, 3650))
