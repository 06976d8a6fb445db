"""Another identity provider (OpenID Connect): where it answers, and what its tokens are worth.

Nothing of a token is believed before its signature, by a key that the provider publishes now, by one of few algorithms,
and its issuer, audience, times and nonce were found right.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from eradication import config
from eradication.errors import N_, Denied, StorageFailed, UnusableInput
from eradication.pipeline.reception.place import Place

ALGORITHMS = ("RS256", "PS256", "ES256", "RS384", "PS384", "ES384", "RS512", "PS512", "ES512", "EdDSA", "Ed25519")
"""Signatures by a key that the provider alone has: never ``none``, and none by a shared secret."""
LEEWAY_S = 60
_PATIENCE_S = 10.0
_MOST_BYTES = 1 << 20
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Agreed:
    """What was agreed with the provider."""

    issuer: str
    client: str
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Provider:
    """Where a provider answers."""

    authorization: str
    token: str
    keys: str


def agreed(place: Place) -> Agreed:
    """Return what the settings say of the provider.

    Raises:
        UnusableInput: ``bad_settings``, ``missing_part``.
    """
    web = place.workspace.settings.web
    if not web.oidc_client or not _is_safe(web.oidc_issuer):
        raise _bad_settings(N_("An identity provider needs an https:// address and a name of this application there."))
    try:
        for name in ("authlib.oauth2", "joserfc.jwt"):
            import_module(name)
    except ImportError as error:
        raise UnusableInput(
            "missing_part",
            N_("Signing in by another provider needs parts that are not installed: {error}."),
            hint=N_("Install them: pip install 'eradication[oidc]', or run make setup in the program's folder."),
            values={"error": error},
        ) from error
    return Agreed(web.oidc_issuer, web.oidc_client, _secret(place.workspace.folder, web.oidc_secret_file))


def _secret(folder: Path, name: str) -> str:
    if not name:
        return ""
    try:
        return (folder / name).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise _bad_settings(N_("The file with the secret of the identity provider cannot be read.")) from error


def _bad_settings(message: str) -> UnusableInput:
    hint = N_("Mend oidc_issuer, oidc_client and oidc_secret_file in [web].")
    return UnusableInput("bad_settings", message, where=config.FILE_NAME, hint=hint)


def _is_safe(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    except ValueError:
        return False


def found(told: Agreed) -> Provider:
    """Ask the provider where it answers.

    Raises:
        StorageFailed: ``provider_unreachable``.
        Denied: ``provider_refused``: what it says of itself is not right.
    """
    said = _json("GET", f"{told.issuer.rstrip('/')}/.well-known/openid-configuration")
    places = [said.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    if said.get("issuer") != told.issuer or not all(isinstance(one, str) and _is_safe(one) for one in places):
        raise refused()
    return Provider(*map(str, places))


def token(told: Agreed, provider: Provider, code: str, verifier: str, callback: str) -> str:
    """Exchange a code for an ID token, which nobody has examined yet.

    Raises:
        StorageFailed: ``provider_unreachable``.
        Denied: ``provider_refused``.
    """
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": callback, "code_verifier": verifier}
    if told.secret:
        by: httpx.BasicAuth | None = httpx.BasicAuth(quote(told.client, safe=""), quote(told.secret, safe=""))
    else:
        by, form = None, form | {"client_id": told.client}
    said = _json("POST", provider.token, form, by)
    if not isinstance(said.get("id_token"), str):
        raise refused()
    return str(said["id_token"])


def claims(told: Agreed, provider: Provider, id_token: str, nonce: str, now_s: int) -> dict[str, Any]:
    """Return what an ID token says, all of which was examined.

    Raises:
        StorageFailed: ``provider_unreachable``.
        Denied: ``provider_refused``.
    """
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    if id_token.count(".") != 2:
        raise refused()  # five parts are encrypted, by a key that nobody agreed on
    published = _json("GET", provider.keys).get("keys")
    # A key that is no pair would be one that anybody may have read there.
    pairs = [one for one in (published if isinstance(published, list) else []) if _is_pair(one)]
    # The provider may serve several applications; a token of another one's sign-in is none of ours.
    asked = jwt.JWTClaimsRegistry(
        now=now_s,
        leeway=LEEWAY_S,
        iss={"essential": True, "value": told.issuer},
        aud={"essential": True, "value": told.client},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    try:
        said = jwt.decode(id_token, KeySet.import_key_set({"keys": pairs}), algorithms=ALGORITHMS).claims
        asked.validate(said)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise refused() from error
    audience, azp = said["aud"], said.get("azp", told.client)
    alone = audience in (told.client, [told.client]) or "azp" in said
    if azp != told.client or not alone or not isinstance(said["sub"], str) or not isinstance(said["nonce"], str):
        raise refused()
    return said


def _is_pair(key: object) -> bool:
    return isinstance(key, dict) and key.get("kty") in ("RSA", "EC", "OKP")


def _json(
    method: str, address: str, form: Mapping[str, str] | None = None, by: httpx.Auth | None = None
) -> dict[str, Any]:
    try:
        with httpx.Client(timeout=_PATIENCE_S, follow_redirects=False) as client:
            with client.stream(method, address, data=form, auth=by, headers={"Accept": "application/json"}) as answer:
                body = b""
                for part in answer.iter_bytes():
                    body += part
                    if len(body) > _MOST_BYTES:
                        raise refused()
    except httpx.HTTPError as error:
        raise StorageFailed(
            "provider_unreachable",
            N_("The other identity provider does not answer."),
            hint=N_("Sign in with your password, or try again later."),
        ) from error
    try:
        said = httpx.Response(answer.status_code, content=body).json()
    except (ValueError, RecursionError) as error:
        raise refused() from error
    if answer.status_code != 200 or not isinstance(said, dict):
        raise refused()
    return said


def refused() -> Denied:
    """Return what is answered if the provider's word is not taken; why is for nobody who might try again."""
    return Denied(
        "provider_refused",
        N_("The other identity provider did not say who you are."),
        hint=N_("Begin again. If it stays so, tell your administrator."),
    )
