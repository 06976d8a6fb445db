"""Checks of the web application: its database, its key, its certificate, what waits in it, and who may come in."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.fernet import Fernet, InvalidToken

from eradication.domain.event import iso, parse_iso
from eradication.domain.job import JobState
from eradication.errors import N_
from eradication.pipeline.health.finding import Finding, fail, ok, warn
from eradication.pipeline.reception import acts
from eradication.pipeline.reception.place import Place
from eradication.store.keyring import RECEPTION_FILE
from eradication.store.reception import database, hand_ins, jobs, people

PATIENCE = timedelta(hours=24)
"""How long something that was handed in may wait."""
_STUCK = timedelta(hours=1)
_SOON_DAYS, _AUTHORITY_SOON_DAYS = 20, 180
"""A server's certificate is renewed by itself 30 days before its end; an authority is not."""
_WAITING, _REFUSED = ("received", "incomplete"), ("refused",)
_MANY = 1_000_000


def checks(place: Place) -> Mapping[str, Callable[[], Finding]]:
    """Return the checks of an open reception, by name."""
    return {
        "reception": lambda: version(place),
        "reception_key": lambda: key(place),
        "hand_ins": lambda: waiting(place),
        "jobs": lambda: stuck(place),
        "people": lambda: rights(place),
    }


def phone_assets(*, installed: bool) -> Finding:
    """Are the scripts and styles of the telephone's pages there, in the versions that belong to this program?"""
    found = N_("Assets of the telephone's pages.")
    if installed:
        return ok(found)
    return fail(found, {}, N_("Run `make setup`: telephones need these scripts and styles from this computer."))


def version(place: Place) -> Finding:
    """Are the tables of the reception of this program's version?"""
    with place.reception.reading() as connection:
        kept, count = database.version(connection), len(people.everybody(connection))
    values: dict[str, object] = {"version": kept, "people": count}
    if kept != database.VERSION:
        advice = N_("Restart `eradication serve` and `eradication worker` after an update of the program.")
        return warn(N_("The reception's tables are of version {version}, not of this program's."), values, advice)
    return ok(N_("The web application's database: version {version}, {people} people."), values)


def key(place: Place) -> Finding:
    """Does the key that is here open the second factors?"""
    file = place.workspace.folder / "keys" / RECEPTION_FILE
    with place.reception.reading() as connection:
        sealed = [row["totp_sealed"].rpartition(":")[2] for row in people.everybody(connection) if row["totp_sealed"]]
    if not file.exists() and not sealed:
        return ok(N_("No second factor is set up yet."))
    values: dict[str, object] = {"file": f"keys/{RECEPTION_FILE}", "count": len(sealed)}
    advice = N_("Recover it from escrow: eradication keys recover DIR; or invite them anew: eradication users invite")
    try:
        opener = Fernet(file.read_bytes())
        for one in sealed:
            opener.decrypt(one.encode())
    except (OSError, ValueError, InvalidToken):
        return fail(
            N_("{file} is missing, damaged or another one: {count} second factors do not open."), values, advice
        )
    if file.stat().st_mode & 0o077:
        return fail(N_("Others may read {file}."), values, N_("Take their rights away: chmod 600 {file}"))
    return ok(N_("{file} opens {count} second factors."), values)


def certificate(folder: Path, now: datetime) -> Finding:
    """Do the certificates of ``serve --tls`` last?

    Args:
        folder: of the workspace.
        now: aware.
    """
    ends = {name: _end(folder / "keys" / "tls" / name) for name in ("server.pem", "ca.pem")}
    if not any((folder / "keys" / "tls" / name).exists() for name in ends):
        return ok(N_("No certificate of this workspace's own is in use."))
    left = {name: (end - now).days if end else -1 for name, end in ends.items()}
    values: dict[str, object] = {"server": left["server.pem"], "authority": left["ca.pem"]}
    anew = N_("Start once with `eradication serve --tls --new-authority`; every telephone needs the new ca.pem then.")
    if left["ca.pem"] < 0:
        return fail(
            N_("The authority that telephones trust (keys/tls/ca.pem) has expired or cannot be read."), {}, anew
        )
    if left["server.pem"] < 0:
        advice = N_("Start `eradication serve --tls` again: it makes a new one; telephones notice nothing.")
        return fail(N_("The server's certificate (keys/tls/server.pem) has expired or cannot be read."), {}, advice)
    found = N_("The server's certificate lasts {server} days, the authority {authority} days.")
    if left["ca.pem"] < _AUTHORITY_SOON_DAYS:
        return warn(found, values, anew)
    if left["server.pem"] < _SOON_DAYS:
        return warn(found, values, N_("`eradication serve --tls` renews it by itself while it runs: does it run?"))
    return ok(found, values)


def _end(file: Path) -> datetime | None:
    try:
        return x509.load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc
    except (OSError, ValueError):
        return None


def waiting(place: Place) -> Finding:
    """Was anything handed in that is not in the ledger after a day?"""
    before = iso(place.now() - PATIENCE)
    counts: dict[str, object] = {}
    with place.reception.reading() as connection:
        for name, states in (("waiting", _WAITING), ("refused", _REFUSED)):
            rows = hand_ins.listed(connection, states=states, most=_MANY)
            counts[name] = sum(row["received_at"] < before for row in rows)
    found = N_("Handed in more than a day ago: {waiting} wait, {refused} were refused.")
    if counts["waiting"]:
        return warn(found, counts, N_("Does `eradication worker` run? Look at: eradication jobs list"))
    if counts["refused"]:
        advice = N_(
            "Look at: eradication hand-ins list. What was mended is entered by: eradication hand-ins enter NUMBER"
        )
        return warn(found, counts, advice)
    return ok(found, counts)


def stuck(place: Place) -> Finding:
    """Is there work that nobody does, or that failed?"""
    before, now_s = place.now() - _STUCK, place.now().timestamp()
    with place.reception.reading() as connection:
        failed = jobs.counted(connection).get(JobState.FAILED.value, 0)
        rows = jobs.listed(connection, {JobState.QUEUED.value, JobState.RUNNING.value}, _MANY)
    left = [
        row
        for row in rows
        if parse_iso(row["made_at"]) < before
        and (row["lease_until_s"] < now_s - _STUCK.total_seconds())
        and (row["not_before_s"] < now_s - _STUCK.total_seconds())
    ]
    values: dict[str, object] = {"stuck": len(left), "failed": failed}
    found = N_("Long work: {stuck} jobs wait for more than an hour, {failed} failed.")
    if left:
        return warn(found, values, N_("Start a worker: eradication worker. It is part of `serve` but for --no-worker."))
    if failed:
        advice = N_(
            "Look at the reasons: eradication jobs list --state failed; mend them, then: eradication jobs retry JOB"
        )
        return warn(found, values, advice)
    return ok(found, values)


def rights(place: Place) -> Finding:
    """May anybody what no event says that they may?"""
    strange = acts.untold(place)
    if not strange:
        return ok(N_("What everybody may is told by events of the chain."))
    with place.reception.reading() as connection:
        names = {row["person_id"]: row["login"] for row in people.everybody(connection)}
    values: dict[str, object] = {"names": ", ".join(names[one] for one in strange)}
    advice = N_(
        "They are from before this version, or somebody altered the database. Ask who let them in; then vouch for "
        "them: eradication users invite LOGIN, or put them out: eradication users disable LOGIN"
    )
    return fail(N_("No event of the chain tells what these people may: {names}."), values, advice)
