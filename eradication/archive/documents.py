"""JSON documents on this computer, asked for the same way as those of an archive elsewhere."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit
from urllib.request import url2pathname

from eradication.archive.lost import Lost

type Asked = Mapping[str, Any] | None
"""What is sent along; ``None`` asks by GET."""


class Documents(Protocol):
    """Gives the JSON at an address."""

    def document(
        self, url: str, body: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> Any:
        """Return it.

        Raises:
            Lost: it cannot be had or is not JSON.
        """


class LocalDocuments:
    """Reads ``file://`` addresses; a link that leads to a network is refused."""

    def __init__(self, max_mb: int) -> None:
        """Read files of at most ``max_mb`` MB."""
        self._most = max_mb * 1_000_000

    def document(
        self, url: str, body: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> Any:
        """Return the JSON in a regular file."""
        path = file_path(url)
        if path is None:
            raise Lost("remote_item", url)
        try:
            if not path.is_file():
                raise Lost("missing_item", str(path))
            with path.open("rb") as file:
                content = file.read(self._most + 1)
            if len(content) > self._most:
                raise Lost("too_large", f"more than {self._most} bytes")
            return json.loads(content)
        except (OSError, ValueError, RecursionError) as error:
            raise Lost("bad_answer", f"{path.name}: {type(error).__name__}") from None


def file_path(url: str) -> Path | None:
    """Return the file a ``file://`` address means, ``None`` for any other address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme != "file" or parts.netloc not in ("", "localhost") or "\0" in parts.path:
        return None
    return Path(url2pathname(parts.path))
