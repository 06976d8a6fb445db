"""A summary for each unit by mail, if the settings name a mail server: how much waits for it, and no place.

Mail is read by whoever keeps the servers between. So it counts, names no plot and no person, and leads to the web
application, where people sign in. It is asked for once a week (or day) as one job for each address; a job that was cut
off after its mail had gone sends the same message again, under the same id, which mailboxes know.
"""

import hashlib
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from typing import Any

from eradication import config
from eradication.config import Mail
from eradication.domain import TIMEZONE, State
from eradication.errors import N_, StorageFailed, UnusableInput
from eradication.i18n import Translate, number
from eradication.pipeline import accounts, filing, periods, projection, units
from eradication.pipeline.question import Question
from eradication.pipeline.reception import jobs
from eradication.pipeline.reception.bodies import Body, language, text, translate
from eradication.pipeline.reception.place import Place
from eradication.progress import Stage
from eradication.store import Row

PROVINCE = "*"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_TIMEOUT_S = 30.0
WAITING = (
    (N_("candidates assigned, not visited yet"), (State.ASSIGNED, State.NOT_REACHED)),
    (N_("places where poppy was found, not destroyed yet"), (State.DETECTED, State.REGROWN)),
    (N_("destroyed, not verified yet"), (State.ERADICATED,)),
)
"""What waits for a unit → in which states."""
OVERDUE = {
    "not_destroyed": N_("found, not destroyed in time"),
    "tip_not_visited": N_("tip that nobody went to see in time"),
    "not_revisited": N_("destroyed, not checked again in time"),
}


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who gets which unit's summary."""

    unit: str
    """Code; :data:`PROVINCE` = of all units together."""
    address: str


def recipients(mail: Mail) -> list[Recipient]:
    """Return who gets what.

    Raises:
        UnusableInput: ``bad_settings``.
    """
    found = []
    for line in mail.recipients:
        unit, _, address = (part.strip() for part in line.partition("="))
        if not unit or "@" not in parseaddr(address)[1] or any(letter in address for letter in "\r\n,;"):
            raise _bad(N_("A recipient is written as: BP01 = address@example.vn"))
        found.append(Recipient(unit, address))
    return found


def ask_when_due(place: Place) -> list[dict[str, Any]]:
    """Ask for the mails of today, if it is their day and hour; asked again they are the same jobs."""
    mail, now = place.workspace.settings.mail, place.now().astimezone(TIMEZONE)
    if not mail.server or mail.weekday not in (0, now.isoweekday()) or now.hour < mail.hour:
        return []
    day = now.date().isoformat()
    return [
        jobs.ask(
            place,
            "digest",
            {"unit": one.unit, "to": one.address, "day": day},
            "",
            f"digest:{day}:{one.unit}:{one.address}",
        )
        for one in recipients(mail)
    ]


def send(place: Place, body: Body, stage: Stage) -> dict[str, Any]:
    """Write one summary and send it: ``unit``, ``to``, ``day``.

    Raises:
        UnusableInput: ``bad_settings``, ``unknown_unit``.
        StorageFailed: ``mail_failed``; it is tried again.
    """
    workspace, tick = place.workspace, stage(N_("Sending mail"))
    unit, day, _ = text(body, "unit"), date.fromisoformat(text(body, "day")), translate(place, body)
    on_record = PROVINCE if unit == PROVINCE else units.on_record(workspace, unit)
    lines = written(place, on_record, day, _, language(place, body))
    message = EmailMessage()
    message["Subject"] = lines[0]
    message["From"], message["To"] = workspace.settings.mail.sender, text(body, "to")
    told = f"{workspace.folder} {unit} {text(body, 'to')} {day.isoformat()}"
    message["Message-ID"] = f"<{hashlib.sha256(told.encode()).hexdigest()[:32]}@eradication.invalid>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n".join(lines[1:]) + "\n")
    with _server(workspace.settings.mail, workspace.folder) as server:
        server.send_message(message)
    tick(1, 1)
    return {"unit": on_record, "day": day.isoformat()}


def written(place: Place, unit: str, day: date, _: Translate, language: str) -> list[str]:
    """Return the subject and the lines of a summary."""
    workspace = place.workspace
    whose = _(N_("the whole province")) if unit == PROVINCE else unit
    subject = _(N_("Opium poppy: what waits for {unit}, {day}")).format(unit=whose, day=f"{day:%d/%m/%Y}")
    simulated = projection.is_simulated(workspace)
    lines = [_(N_("Everything here is simulated."))] if simulated else []
    lines += [f"{_(N_('Season'))}: {workspace.season_of(place.now()).label}", ""]
    rows = _rows(place, unit)
    for words, states in WAITING:
        lines.append(f"- {number(sum(row['state'] in states for row in rows), language)}: {_(words)}")
    overdue = _overdue(place, unit)
    lines += ["", _(N_("Overdue:"))]
    lines += [f"- {number(count, language)}: {_(OVERDUE[what])}" for what, count in sorted(overdue.items())]
    if not overdue:
        lines.append(f"- {_(N_('nothing'))}")
    lines += _reports(place, unit, _)
    lines += ["", _(N_("A candidate is a place to be checked; it accuses nobody."))]
    lines.append(_(N_("Mail names no place. Sign in to see which: {address}")).format(
        address=workspace.settings.mail.address or _(N_("the web application of your office"))))  # fmt: skip
    return [f"[{_(N_('SIMULATED'))}] {subject}" if simulated else subject, *lines]


def _rows(place: Place, unit: str) -> list[Row]:
    """Return the plots of the season that a unit answers for."""
    store, season = place.workspace.store, place.workspace.season_of(place.now())
    reading = store if unit == PROVINCE else store.seen_by(unit)
    rows = reading.layer("plots", only={"season": (season.label,)})
    return [row for row in rows if row["units"] or unit == PROVINCE]  # what is nobody's yet waits for nobody


def _overdue(place: Place, unit: str) -> dict[str, int]:
    season = place.workspace.season_of(place.now())
    question = Question(season, unit="" if unit == PROVINCE else unit)
    counted: dict[str, int] = {}
    for row in accounts.ledger(place.workspace, question)["timeliness"]["overdue"]:
        counted[row["what"]] = counted.get(row["what"], 0) + 1
    return counted


def _reports(place: Place, unit: str, _: Translate) -> list[str]:
    """Return which reports have not come in, of periods that are over."""
    lines = []
    for row in periods.listed(place.workspace, place.now())["periods"][-2:]:
        period = periods.parse(place.workspace, row["period"])
        if place.now() <= period.last:
            continue
        told = filing.told(place.workspace, period, "" if unit == PROVINCE else unit)
        if told["reminders"]:
            said = N_("The report of {period} was due on {due} and has not come in from: {units}")
            due = date.fromisoformat(told["due"])
            values = {"period": period.id, "due": f"{due:%d/%m/%Y}", "units": ", ".join(told["reminders"])}
            lines.append(_(said).format(**values))
    return ["", *lines] if lines else []


@contextmanager
def _server(mail: Mail, folder: Path) -> Iterator[smtplib.SMTP]:
    """Yield a connection to the mail server.

    Raises:
        UnusableInput: ``bad_settings``.
        StorageFailed: ``mail_failed``.
    """
    if mail.encryption == "none" and mail.server not in _LOOPBACK:
        raise _bad(N_("Mail goes unencrypted to a server on this computer only."))
    password = _password(mail, folder)
    try:
        with _connected(mail) as server:
            if mail.user:
                server.login(mail.user, password)
            yield server
    except (smtplib.SMTPException, OSError) as error:
        raise StorageFailed(
            "mail_failed",
            N_("The mail server did not take the message: {problem}."),
            where=f"{mail.server}:{mail.port}",
            hint=N_("It is tried again. If it goes on, look at [mail] in the settings and at the server."),
            values={"problem": type(error).__name__},  # what a server says may hold the address
        ) from error


def _connected(mail: Mail) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if mail.encryption == "tls":
        return smtplib.SMTP_SSL(mail.server, mail.port, timeout=_TIMEOUT_S, context=context)
    server = smtplib.SMTP(mail.server, mail.port, timeout=_TIMEOUT_S)
    if mail.encryption == "starttls":
        server.starttls(context=context)
    return server


def _password(mail: Mail, folder: Path) -> str:
    if not mail.password_file:
        return ""
    try:
        return (folder / mail.password_file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise _bad(N_("The file with the password of the mail server cannot be read.")) from error


def _bad(message: str) -> UnusableInput:
    return UnusableInput("bad_settings", message, where=config.FILE_NAME, hint=N_("Mend [mail] in the settings."))
