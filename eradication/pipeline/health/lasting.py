"""Checks of what an office must renew: legal bases of its reports, and backups."""

from collections.abc import Collection
from datetime import date, datetime

from eradication.config.letters import LegalBasis
from eradication.errors import N_
from eradication.pipeline.health.finding import Finding, fail, ok, warn

SOON_DAYS = 60


def legal_bases(bases: Collection[LegalBasis], today: date) -> Finding:
    """Do reports of today rest on bases that are in force, and will they next month?"""
    if not bases:
        advice = N_("Write them into eradication.toml, a block `[[report.legal_bases]]` for each, with its first day.")
        return warn(N_("No legal basis is set: reports name none."), {}, advice)
    ended = [basis for basis in bases if basis.valid_to is not None and basis.valid_to < today]
    held = [basis for basis in bases if basis.valid_on(today)]
    ending = [basis for basis in held if basis.valid_to is not None and (basis.valid_to - today).days <= SOON_DAYS]
    values = {"held": len(held), "ended": _named(ended), "ending": _named(ending)}
    if not held:
        advice = N_("Reports of today would name none. Set what is in force now: `[[report.legal_bases]]`.")
        return fail(N_("No legal basis is in force. Ended: {ended}."), values, advice)
    if ending:
        advice = N_("Ask for what follows it and set it in `[[report.legal_bases]]`, with its first day.")
        return warn(N_("{held} legal bases are in force; ending within 60 days: {ending}."), values, advice)
    if ended:
        advice = N_(
            "Reports leave it out since then. If something took its place, set that in `[[report.legal_bases]]`."
        )
        return warn(N_("{held} legal bases are in force; ended: {ended}."), values, advice)
    return ok(N_("{held} legal bases are in force."), values)


def _named(bases: Collection[LegalBasis]) -> str:
    told = [f"{basis.title} ({basis.valid_to:%d/%m/%Y})" for basis in bases if basis.valid_to is not None]
    return "; ".join(told) or "–"


def backup(last: datetime | None, most_days: int, now: datetime, *, same_disk: bool = False) -> Finding:
    """Is the last backup young enough, and not only where the workspace is?

    Args:
        last: moment whose state it holds; ``None`` = none was ever noted.
        most_days: how old it may be.
        now: the moment.
        same_disk: its file still lies on the disk of the workspace.
    """
    advice = N_("Write one: eradication backup OUT. Then carry it to another place.")
    if last is None:
        return warn(N_("No backup was ever written."), {}, advice)
    values: dict[str, object] = {"days": (now - last).days, "most": most_days}
    if (now - last).days > most_days:
        return warn(N_("The last backup is {days} days old; it should be no more than {most}."), values, advice)
    if last > now:
        return warn(N_("The last backup is from the future by this clock."), values, N_("Set the clock."))
    if same_disk:
        advice = N_("If it was not copied elsewhere, do so now: to a stick, a share or another computer.")
        return warn(N_("The last backup is {days} days old and lies on the disk of the workspace."), values, advice)
    return ok(N_("The last backup is {days} days old."), values)
