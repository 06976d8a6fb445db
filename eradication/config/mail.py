"""What may be set about mail to units: counts of what waits for them, never a place."""

from dataclasses import dataclass

from eradication.config.setting import setting as _set
from eradication.errors import N_


@dataclass(frozen=True, slots=True)
class Mail:
    """A summary for each unit by mail."""

    server: str = _set("", N_("Mail server that takes the summaries; empty = no mail is sent."))
    port: int = _set(587, N_("Its port."), span=(1, 65535))
    encryption: str = _set(
        "starttls",
        N_("How mail goes to the server: starttls, tls, or none (only to a server on this computer)."),
        ("starttls", "tls", "none"),
    )
    user: str = _set("", N_("Name to sign in with there; empty = without."))
    password_file: str = _set("", N_("File with the password; relative to the workspace."))
    sender: str = _set("", N_("Address that mail comes from."))
    recipients: tuple[str, ...] = _set(
        (), N_('Who gets a unit\'s summary, e.g. ["BP01 = truc.ban@example.vn"]; * in place of a unit = the province.')
    )
    weekday: int = _set(1, N_("Day on which it is sent: 1 = Monday … 7 = Sunday; 0 = every day."), span=(0, 7))
    hour: int = _set(7, N_("Hour of the day from which on it is sent, local time."), span=(0, 23))
    address: str = _set("", N_("Address of the web application that the mail names; empty = none."))
