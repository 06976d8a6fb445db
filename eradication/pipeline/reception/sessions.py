"""Who is in: signing in, being known by a token that only the browser has, signing out.

A session is opaque and lies in the reception; a new one is made at every sign-in and after the second factor, so that
nobody can have planted it. It ends by its age, by idleness, and with every change of the person.
"""

from dataclasses import dataclass
from datetime import timedelta

from eradication.domain.event import iso, parse_iso
from eradication.domain.person import Person, Scope
from eradication.errors import N_, Denied
from eradication.pipeline.reception import second_factors, secrets, tries
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.tries import MINUTE_S, QUARTER_S, Limit
from eradication.store.reception import people as rows

_SEEN_EVERY = timedelta(minutes=1)


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


def sign_in(place: Place, login: str, password: str, address: str) -> str:
    """Check a password and return the token of a new session.

    Raises:
        Denied: ``wrong_sign_in``, the same whether the account exists or not; ``too_often``.
    """
    web, account = place.workspace.settings.web, login.strip().lower()
    by_account = Limit("sign-in", web.sign_in_tries, QUARTER_S)
    by_address = Limit("address", web.address_tries, QUARTER_S)
    tries.check(place, by_address, address)
    tries.spend(place, by_account, account)
    with place.reception.reading() as connection:
        row = rows.by(connection, "login", account)
    good = secrets.fits(password, row["password_hash"] if row else "")
    if row is None or not good or row["disabled_at"] is not None:
        _count(place, by_address, address)
        raise Denied(
            "wrong_sign_in",
            N_("Name or password is wrong."),
            hint=N_("Check capital letters. After several wrong tries the account rests for a quarter of an hour."),
        )
    tries.forgive(place, by_account, account)
    return begin(place, rows.person(row))


def _count(place: Place, limit: Limit, whose: str) -> None:
    try:
        tries.spend(place, limit, whose)
    except Denied:
        pass  # this try was wrong anyway; the next is refused


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
    with place.reception.writing() as connection:
        rows.end_sessions(connection, before=iso(now))
        rows.begin_session(connection, row)
    return token


def who(place: Place, token: str) -> Caller | None:
    """Return whose session a token is; ``None`` if it is nobody's, or over."""
    now, digest = place.now(), secrets.token_hash(token)
    with place.reception.reading() as connection:
        row = rows.session(connection, digest, now)
    if row is None:
        return None
    idle = now - parse_iso(row["seen_at"])
    if idle > timedelta(minutes=place.workspace.settings.web.idle_minutes):
        sign_out(place, token)
        return None
    if idle > _SEEN_EVERY:
        with place.reception.writing() as connection:
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
    limit = Limit("code", place.workspace.settings.web.sign_in_tries, QUARTER_S)
    tries.spend(place, limit, caller.person.person_id)
    if not second_factors.confirm(place, caller.person.person_id, code):
        raise Denied(
            "wrong_code",
            N_("This code is wrong, or it was used already."),
            hint=N_("Wait for the next code. If none is taken, the clock of the telephone or of the server is wrong."),
        )
    tries.forgive(place, limit, caller.person.person_id)
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
    tries.spend(place, Limit("pace", most, MINUTE_S), caller.device_id or caller.person.person_id)
