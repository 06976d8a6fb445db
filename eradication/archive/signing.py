"""Signing requests, by hooks that a source's profile names.

A token goes only to the hosts the profile lists, whatever an item says, and never into a file, a log or an error.
"""

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

from eradication.archive.lost import Lost
from eradication.sources import Access, tell

type Ask = Callable[[str, Mapping[str, str] | None], dict[str, Any]]
"""Fetches JSON from an address, by POST if a form is given."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A request as it goes out."""

    url: str
    headers: Mapping[str, str]
    token: str
    """The token in it, empty if none."""

    def __repr__(self) -> str:
        """Say nothing of the token."""
        return "Signed(…)"


class Signer(Protocol):
    """Adds what an archive wants to see."""

    def sign(self, url: str) -> Signed:
        """Return the request for ``url``."""

    def renew(self, token: str) -> bool:
        """Forget ``token``, which was refused; tell whether another may be had."""


class Unsigned:
    """Asks for everything as it is: archives that are open."""

    def sign(self, url: str) -> Signed:
        """Return the request as it is."""
        return Signed(url, {}, "")

    def renew(self, token: str) -> bool:
        """Nothing can be renewed."""
        return False


class _WithToken:
    """Holds one token for all threads and has it replaced when it was refused."""

    def __init__(self, access: Access, collection: str, ask: Ask) -> None:
        self._access, self._collection, self._ask = access, collection, ask
        self._lock = threading.Lock()
        self._token = ""
        self._renewable = bool(access.token_url)

    def renew(self, token: str) -> bool:
        """Forget ``token`` unless another thread has replaced it already."""
        with self._lock:
            if self._token == token:
                self._token = ""
            return self._renewable and bool(token)

    def _for(self, url: str) -> str:
        host = (urlsplit(url).hostname or "").lower()
        if not any(tell(pattern, host) for pattern in self._access.hosts):
            return ""
        with self._lock:
            if not self._token:
                self._token = self._fresh()
            return self._token

    def _fresh(self) -> str:
        given = os.environ.get(self._access.token_env, "") if self._access.token_env else ""
        if given:
            self._renewable = False
            return given.lstrip("?").strip()
        if not self._access.token_url:
            raise Lost("no_token", f"set the environment variable {self._access.token_env}")
        answer = self._ask(self._access.token_url.replace("{collection}", quote(self._collection)), self._form())
        token = answer.get("token") or answer.get("access_token")
        if not isinstance(token, str) or not token or any(c.isspace() for c in token):
            raise Lost("no_token", "the token address gave none")
        return token

    def _form(self) -> dict[str, str] | None:
        if not self._access.user_env:
            return None
        user, password = os.environ.get(self._access.user_env), os.environ.get(self._access.password_env)
        if not user or not password:
            wanted = f"{self._access.user_env} and {self._access.password_env}"
            raise Lost("no_token", f"set the environment variables {wanted}")
        return {
            "grant_type": "password",
            "client_id": self._access.client_id,
            "username": user,
            "password": password,
        }


class QueryToken(_WithToken):
    """Appends a token to the address, as Azure's shared access signatures want it."""

    def sign(self, url: str) -> Signed:
        """Return the request with the token in its query."""
        token = self._for(url)
        return Signed(f"{url}{'&' if urlsplit(url).query else '?'}{token}" if token else url, {}, token)


class Bearer(_WithToken):
    """Sends a token in the header, as OAuth 2.0 wants it."""

    def sign(self, url: str) -> Signed:
        """Return the request with the token in its header."""
        token = self._for(url)
        return Signed(url, {"Authorization": f"Bearer {token}"} if token else {}, token)


SIGNERS: Mapping[str, Callable[[Access, str, Ask], Signer]] = {
    "none": lambda access, collection, ask: Unsigned(),
    "query_token": QueryToken,
    "bearer": Bearer,
}
"""Name in a profile → hook."""
