"""Signing in by another identity provider: code flow with PKCE, state and nonce.

What was begun is sealed into a cookie of the browser that began it, and is good once. Who comes in must have been
linked by an administrator before: the provider makes nobody a person here, and gives nobody a role.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from eradication.domain.person import Act
from eradication.errors import N_, Denied, UnusableInput
from eradication.pipeline.reception import acts, people, provider, secrets, sessions, tries
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.tries import QUARTER_S, Limit
from eradication.store.reception import people as rows

LONGEST = timedelta(minutes=10)
"""Between beginning and coming back."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in that was begun."""

    address: str
    """Where the browser goes."""
    sealed: str
    """What the browser keeps meanwhile."""


def begin(place: Place, callback: str, next_path: str, address: str) -> Begun:
    """Begin a sign-in.

    Args:
        place: whose people.
        callback: where the provider sends the browser back to.
        next_path: where the person wants to go.
        address: from where the request comes.

    Raises:
        Denied: ``too_often``, ``provider_refused``.
        StorageFailed: ``provider_unreachable``.
        UnusableInput: ``bad_settings``, ``missing_part``.
    """
    told = provider.agreed(place)
    most = place.workspace.settings.web.address_tries
    tries.spend(place, Limit("provider", most, QUARTER_S), tries.network_of(address))
    from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
    from authlib.oauth2.rfc7636 import create_s256_code_challenge

    where, kept = provider.found(told), {name: secrets.token() for name in ("state", "nonce", "verifier")}
    to = prepare_grant_uri(
        where.authorization,
        client_id=told.client,
        response_type="code",
        redirect_uri=callback,
        scope="openid",
        state=kept["state"],
        nonce=kept["nonce"],
        code_challenge=create_s256_code_challenge(kept["verifier"]),
        code_challenge_method="S256",
    )
    kept |= {"callback": callback, "next": next_path, "what": "oidc"}
    return Begun(to, secrets.seal(place.workspace, json.dumps(kept), place.now()))


def finish(place: Place, sealed: str, given: Mapping[str, str]) -> tuple[str, str]:
    """Finish a sign-in; return the token of a new session, and where the person wanted to go.

    Args:
        place: whose people.
        sealed: what the browser kept.
        given: the query with which the provider sent the browser back.

    Raises:
        Denied: ``sign_in_not_begun``, ``provider_refused``, ``not_linked``.
        StorageFailed: ``provider_unreachable``.
        UnusableInput: ``bad_settings``, ``missing_part``.
    """
    told = provider.agreed(place)
    kept = _kept(place, sealed, given.get("state", ""))
    if "error" in given or given.get("iss", told.issuer) != told.issuer or not given.get("code"):
        raise provider.refused()
    where = provider.found(told)
    id_token = provider.token(told, where, given["code"], kept["verifier"], kept["callback"])
    said = provider.claims(told, where, id_token, kept["nonce"], int(place.now().timestamp()))
    with place.reception.reading() as connection:
        row = rows.by(connection, "subject", _subject(told.issuer, said["sub"]))
    if row is None or row["disabled_at"] is not None:
        raise Denied(
            "not_linked",
            N_("Nobody here goes by the name '{subject}' at the other identity provider."),
            hint=N_("Give this name to your administrator: eradication users link"),
            values={"subject": said["sub"][:100]},
        )
    methods = said.get("amr")
    trusted = place.workspace.settings.web.oidc_trusts_mfa and isinstance(methods, list) and "mfa" in methods
    return sessions.begin(place, rows.person(row), second_factor=trusted), kept["next"]


def _kept(place: Place, sealed: str, state: str) -> dict[str, str]:
    """Return what a browser kept of a sign-in, once.

    Raises:
        Denied: ``sign_in_not_begun``.
    """
    opened = secrets.sealed_before(place.workspace, sealed, place.now(), LONGEST)
    kept = json.loads(opened) if opened.startswith("{") else {}
    good = kept.get("what") == "oidc" and secrets.same(kept["state"], state)
    try:
        if good:
            tries.spend(place, Limit("state", 1, 2 * LONGEST.total_seconds()), state)
            return {str(name): str(value) for name, value in kept.items()}
    except Denied:
        pass  # it was used
    raise Denied(
        "sign_in_not_begun",
        N_("This sign-in was not begun in this browser, or it took too long."),
        hint=N_("Begin again at the sign-in page."),
    )


def check(place: Place, subject: str, person_id: str = "") -> None:
    """Make sure that a name at the other provider can be linked to a person, or to somebody who is no person yet.

    Raises:
        UnusableInput: ``no_provider``, ``subject_taken``.
    """
    web = place.workspace.settings.web
    if not web.oidc_issuer:
        hint = N_("Set oidc_issuer and oidc_client in [web] of eradication.toml first.")
        raise UnusableInput("no_provider", N_("No other identity provider is set."), hint=hint)
    with place.reception.reading() as connection:
        other = rows.by(connection, "subject", _subject(web.oidc_issuer, subject))
    if other is not None and other["person_id"] != person_id:
        raise UnusableInput(
            "subject_taken",
            N_("Somebody else goes by this name at the other identity provider."),
            hint=N_("`eradication users list` shows who is linked."),
        )


def link(place: Place, login: str, subject: str, by: str = "") -> dict[str, str]:
    """Let a person sign in by the other provider, under the name that it calls them by; no name = no more.

    Raises:
        UnusableInput: ``no_such_person``, ``no_provider``, ``subject_taken``.
    """
    who = people.find(place, login)
    if subject:
        check(place, subject, who.person_id)
    full = _subject(place.workspace.settings.web.oidc_issuer, subject) if subject else None
    acts.of_person(place, Act.LINKED if subject else Act.UNLINKED, who, by)
    with place.reception.writing() as connection:
        rows.change(connection, who.person_id, {"subject": full})
        rows.end_sessions(connection, person_id=who.person_id)
    return {"login": who.login, "subject": subject}


def _subject(issuer: str, subject: str) -> str:
    return f"{issuer} {subject}"
