"""What the description of the interfaces at ``/api/openapi.json`` says of answers that are errors."""

from typing import Any

from pydantic import BaseModel


class Told(BaseModel):
    """What happened, where, and what to do about it, in the caller's language."""

    kind: str
    """For programs: it does not change."""
    message: str
    where: str
    hint: str


class Problem(BaseModel):
    """An answer that is an error; some say more beside it."""

    error: Told


_SHOWN = {"$ref": f"#/components/schemas/{Problem.__name__}"}

ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"description": text, "content": {"application/json": {"schema": _SHOWN}}}
    for status, text in {
        400: "Not understood",
        401: "Not signed in",
        403: "Not for the caller, or sent by a page of another site",
        404: "Not there, or not to be seen by the caller",
        408: "Nothing came for too long",
        409: "It contradicts what is kept",
        413: "Too large",
        422: "Examined and refused",
        424: "Files are missing",
        429: "Too often",
        503: "The store or the disk failed; nothing is half-written",
        507: "The disk is full",
    }.items()
}
# One brings the shape, the others name it: with a model each, a server would take three times as long to start.
ERRORS[503] = {"model": Problem, "description": ERRORS[503]["description"]}
