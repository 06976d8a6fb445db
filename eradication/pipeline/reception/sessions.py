"""Who is in: signing in, being known by a token that only the browser has, signing out.

A session is opaque and lies in the reception; a new one is made at every sign-in and after the second factor, so that
nobody can have planted it. It ends by its age, by idleness, and with every change of the person.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from eradication.domain.event import iso, parse_iso
from eradication.domain.person import Person, Scope
from eradication.errors import N_, Denied, StorageFailed
from eradication.pipeline.reception import pace, second_factors, secrets, tries
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.tries import DAY_S, MINUTE_S, QUARTER_S, Limit
from eradication.store.reception import people as rows

_SEEN_EVERY = timedelta(minutes=1)
_KNOWN = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks."""

    person: Person
    language: str
    second_factor: bool
    """Whether it was shown in this session."""
    factor_set_up: bool = False
    """Whether the person has one."""
    device_id: str = ""
    """Of a device that shows a token; empty = a browser with a session."""
    scopes: frozenset[Scope] = frozenset()
    """Of a device; a session has none and may do what its person may."""

    @property
    def is_whole(self) -> bool:
        """Whether everything was shown that the person's roles ask for."""
        return bool(self.device_id) or self.second_factor or not self.person.needs_second_factor


def sign_in(place: Place, login: str, password: str, address: str, known: str = "") -> str:
    """Check a password and return the token of a new session.

    Args:
        place: whose people.
        login: who it is said to be.
        password: what is to be checked.
        address: from where it comes.
        known: what :func:`remembered` gave this browser when the person came in by it before. Its tries are counted
            apart, so that nobody who tries wrong passwords from elsewhere can keep the person out.

    Raises:
        Denied: ``wrong_sign_in``, the same whether the account exists or not; ``too_often``.
    """
    account = login.strip().lower()
    tried = _tried(place, account, address, known)
    tries.spend_all(place, tried)
    with place.reception.reading() as connection:
        row = rows.by(connection, "login", account)
    good = secrets.fits(password, row["password_hash"] if row else "")
    if row is None or not good or row["disabled_at"] is not None:
        raise Denied(
            "wrong_sign_in",
            N_("Name or password is wrong."),
            hint=N_("Check capital letters. After several wrong tries the account rests for a quarter of an hour."),
        )
    tries.give_back(place, tried)
    return begin(place, rows.person(row))


def _tried(place: Place, account: str, address: str, known: str) -> list[tuple[Limit, str]]:
    """Return what a try is counted against."""
    web = place.workspace.settings.web
    told = secrets.sealed_before(place.workspace, known, place.now(), _KNOWN) if known else ""
    if told.partition(" ")[0] == account and account:
        return [(Limit("known", web.sign_in_tries, QUARTER_S), told)]
    by_address = Limit("address", web.address_tries, QUARTER_S)
    by_account = Limit("sign-in", web.sign_in_tries, QUARTER_S)
    return [(by_address, tries.network_of(address)), (by_account, account)]


def remembered(place: Place, login: str) -> str:
    """Return what a browser keeps by which it is known again; it lets nobody in."""
    return secrets.seal(place.workspace, f"{login} {secrets.token()}", place.now())


def begin(place: Place, person: Person, *, second_factor: bool = False, language: str = "") -> str:
    """Begin a session and return its token; only a hash of it is kept."""
    token, now = secrets.token(), place.now()
    expires = now + timedelta(hours=place.workspace.settings.web.session_hours)
    row = {
        "token_hash": secrets.token_hash(token),
        "person_id": person.person_id,
        "language": language or person.language,
        "made_at": iso(now),
        "seen_at": iso(now),
        "expires_at": iso(expires),
        "second_factor": int(second_factor),
    }
    tries.tidy(place)
    with place.reception.writing() as connection:
        rows.end_sessions(connection, before=iso(now))
        rows.begin_session(connection, row)
    return token


def who(place: Place, token: str) -> Caller | None:
    """Return whose session a token is; ``None`` if it is nobody's, or over."""
    now, digest = place.now(), secrets.token_hash(token)
    with place.reception.asking() as connection:
        row = rows.session(connection, digest, now)
    if row is None:
        return None
    idle = now - parse_iso(row["seen_at"])
    if idle > timedelta(minutes=place.workspace.settings.web.idle_minutes):
        sign_out(place, token)
        return None
    if idle > _SEEN_EVERY:
        # A full disk keeps nobody from looking at what is kept.
        with suppress(StorageFailed), place.reception.writing() as connection:
            rows.change_session(connection, digest, {"seen_at": iso(now)})
    return Caller(
        person=rows.person(row),
        language=row["spoken"],
        second_factor=bool(row["second_factor"]),
        factor_set_up=second_factors.is_set_up(row),
    )


def show_second_factor(place: Place, token: str, caller: Caller, code: str) -> str:
    """Check the code of the second factor, and return the token of the session that takes the place of this one.

    Raises:
        Denied: ``wrong_code``, ``too_often``.
    """
    most, whose = place.workspace.settings.web.sign_in_tries, caller.person.person_id
    # Six digits are soon guessed by whoever has the password and may try all year: the day has a limit of its own.
    tried = [(Limit("code", most, QUARTER_S), whose), (Limit("codes of a day", 4 * most, DAY_S), whose)]
    tries.spend_all(place, tried)
    if not second_factors.confirm(place, whose, code):
        raise Denied(
            "wrong_code",
            N_("This code is wrong, or it was used already."),
            hint=N_("Wait for the next code. If none is taken, the clock of the telephone or of the server is wrong."),
        )
    tries.give_back(place, tried)
    sign_out(place, token)
    return begin(place, caller.person, second_factor=True, language=caller.language)


def sign_out(place: Place, token: str) -> None:
    """End a session."""
    with place.reception.writing() as connection:
        rows.end_sessions(connection, token_hash=secrets.token_hash(token))


def speak(place: Place, token: str, language: str) -> None:
    """Switch the language of a session, and of the person's next ones."""
    with place.reception.writing() as connection:
        digest = secrets.token_hash(token)
        row = rows.session(connection, digest, place.now())
        if row is not None:
            rows.change_session(connection, digest, {"language": language})
            rows.change(connection, row["person_id"], {"language": language})


def check_pace(place: Place, caller: Caller) -> None:
    """Refuse a person or device that asks more often than anybody would.

    Raises:
        Denied: ``too_often``.
    """
    most = place.workspace.settings.web.requests_a_minute
    pace.spend(place, Limit("pace", most, MINUTE_S), caller.device_id or caller.person.person_id)
