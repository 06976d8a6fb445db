"""A small identity provider on loopback, right by itself and wrong in whichever way a test asks for."""

import base64
import hashlib
import http.server
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

CLIENT = "eradication"


@dataclass
class Provider:
    """What the provider does; fields change it."""

    now: Callable[[], datetime]
    url: str = ""
    key: Any = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    shown: list[Any] | None = None
    """Keys it publishes; its own where not said."""
    secret: str = ""
    subject: str = "officer-7"
    header: dict[str, Any] = field(default_factory=lambda: {"alg": "RS256", "kid": "one"})
    claims: dict[str, Any] = field(default_factory=dict)
    """Override those of the token; ``None`` leaves one out."""
    rewrite: Callable[[str], str] = str
    metadata: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    """Path → status and body, instead of what is right."""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def discovery(self) -> dict[str, Any]:
        told = {"issuer": self.url, "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token", "jwks_uri": f"{self.url}/keys"}  # fmt: skip
        return told | self.metadata

    def authorize(self, query: dict[str, str]) -> str:
        """Return where the browser is sent back to."""
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        assert query["client_id"] == CLIENT
        assert "openid" in query["scope"].split()
        code = secrets.token_urlsafe(16)
        self.codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state'], 'iss': self.url})}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        begun = self.codes.pop(form.get("code", ""), None)
        proof = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).decode()
        if self.secret:
            wanted = "Basic " + base64.b64encode(f"{CLIENT}:{self.secret}".encode()).decode()
            known = authorization == wanted
        else:
            known = form.get("client_id") == CLIENT
        if begun is None or not known or proof.rstrip("=") != begun["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        if form["redirect_uri"] != begun["redirect_uri"] or form["grant_type"] != "authorization_code":
            return 400, {"error": "invalid_request"}
        at = int(self.now().timestamp())
        claims = {
            "iss": self.url,
            "aud": CLIENT,
            "sub": self.subject,
            "iat": at,
            "exp": at + 300,
            "nonce": begun["nonce"],
        }
        claims = {name: value for name, value in (claims | self.claims).items() if value is not None}
        made = jwt.encode(self.header, claims, self.key, algorithms=[self.header["alg"]])
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": self.rewrite(made)}


def ec_key() -> ECKey:
    return ECKey.generate_key("P-256", {"kid": "two"})


@contextmanager
def answering(now: Callable[[], datetime]) -> Iterator[Provider]:
    """Serve a provider until the block is left."""
    provider = Provider(now)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            if parts.path == "/.well-known/openid-configuration":
                self.say(parts.path, 200, provider.discovery())
            elif parts.path == "/keys":
                keys = provider.shown if provider.shown is not None else [provider.key]
                self.say(parts.path, 200, {"keys": [key.as_dict(private=False) for key in keys]})
            elif parts.path == "/authorize":
                self.send_response(302)
                self.send_header("Location", provider.authorize(query))
                self.end_headers()
            else:
                self.say(parts.path, 404, {})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self.say(self.path, *provider.token(form, self.headers.get("Authorization", "")))

        def say(self, path: str, status: int, told: dict[str, Any]) -> None:
            provider.asked.append(path)
            status, body = provider.answers.get(path, (status, json.dumps(told).encode()))
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            if status == 302:
                self.send_header("Location", body.decode())
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        provider.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield provider
        finally:
            server.shutdown()
            thread.join()
