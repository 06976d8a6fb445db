"""Files that come in a form: written to a folder as they come, under names of the server's own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile

from eradication.errors import N_, UnusableInput
from eradication.pipeline.reception.hand_ins import Local

MOST_FILES = 1000
_BLOCK = 1 << 20
_INCOMPLETE = "*isIncomplete*"


@asynccontextmanager
async def form_of(request: Request, most_files: int) -> AsyncIterator[FormData]:
    """Read a form, and let go of its files at the end.

    Raises:
        UnusableInput: ``bad_form``: a text in it cannot be kept.
    """
    try:
        form = await request.form(max_files=most_files, max_fields=100)  # ours waits; it opens nothing by itself
    except ValueError:
        hint = N_("Send files as files, and texts without control characters.")
        raise UnusableInput("bad_form", N_("A field of the form cannot be read."), hint=hint) from None
    try:
        yield form
    finally:
        await form.close()


async def parts(request: Request, folder: Path) -> tuple[list[tuple[str, Local]], bool]:
    """Return part name and file of all that came, and whether more is announced as OpenRosa does.

    Raises:
        UnusableInput: ``not_multipart``.
    """
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        hint = N_("Send it as multipart/form-data.")
        raise UnusableInput("not_multipart", N_("The request holds no files."), hint=hint)
    async with form_of(request, MOST_FILES) as form:
        found = []
        for number, (name, value) in enumerate(form.multi_items()):
            if isinstance(value, UploadFile):
                local = Local(folder / f"{number:04}", value.filename or "", value.content_type or "")
                await run_in_threadpool(write, value, local.path)
                found.append((name, local))
        partial = str(form.get(_INCOMPLETE, "no")).lower() == "yes"
    return found, partial


async def table(request: Request, folder: Path) -> tuple[Path, dict[str, str]]:
    """Return the one table that came in the field ``file``, and the other fields.

    The ending of its own name says what it is; all else of the name is the server's own.

    Raises:
        UnusableInput: ``no_files``.
    """
    async with form_of(request, MOST_FILES) as form:
        files = [value for value in form.getlist("file") if isinstance(value, UploadFile) and value.filename]
        if len(files) != 1:
            raise UnusableInput("no_files", N_("There is no file to take in."), hint=N_("Choose one table."))
        path = folder / f"table{Path(files[0].filename or '').suffix.lower()[:9]}"
        await run_in_threadpool(write, files[0], path)
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
    return path, fields


def write(upload: UploadFile, path: Path) -> None:
    """Write what came of a file."""
    with path.open("wb") as out:
        while block := upload.file.read(_BLOCK):
            out.write(block)
