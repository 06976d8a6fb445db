"""OpenRosa: what ODK Collect and its kin ask forms for and send filled-in ones by. Devices show a token by Basic."""

import tempfile
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Annotated
from xml.sax.saxutils import escape

from fastapi import FastAPI, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from eradication.pipeline.reception import odk, odk_submission, today
from eradication.pipeline.reception.place import Place
from eradication.web import uploaded
from eradication.web.asking import Here, Who

_LIST = "http://openrosa.org/xforms/xformsList"
_MANIFEST = "http://openrosa.org/xforms/xformsManifest"
_RESPONSE = "http://openrosa.org/http/response"


def register(app: FastAPI) -> None:
    """Add the routes."""
    _forms(app)
    _submission(app)


def _forms(app: FastAPI) -> None:
    @app.get("/openrosa/formList", response_class=Response)
    def form_list(request: Request, form_id: Annotated[str, Query(alias="formID")] = "") -> Response:
        """List the forms."""
        base = _base(request)
        rows = [_row(one, base) for one in odk.forms().values() if form_id in ("", one.form_id)]
        return _xml(f'<xforms xmlns="{_LIST}">{"".join(rows)}</xforms>')

    @app.get("/openrosa/forms/{form_id}.xml", response_class=Response)
    def form(form_id: str) -> Response:
        """Return a form (XForm)."""
        return _xml(odk.form(form_id).xml)

    @app.get("/openrosa/forms/{form_id}/manifest", response_class=Response)
    def manifest(request: Request, place: Here, caller: Who, form_id: str) -> Response:
        """List what belongs to a form: the places that the caller's unit may choose from."""
        files = ""
        if odk.form(form_id).has_list:
            url = f"{_base(request)}/media/{odk.LIST}"
            files = (
                f"<mediaFile><filename>{odk.LIST}</filename><hash>md5:{odk.md5(_places(place, caller))}</hash>"
                f"<downloadUrl>{escape(url)}</downloadUrl></mediaFile>"
            )
        return _xml(f'<manifest xmlns="{_MANIFEST}">{files}</manifest>')

    @app.get("/openrosa/media/plots.csv", response_class=Response)
    def media(place: Here, caller: Who) -> Response:
        """Return the places of the day as a table."""
        return _headed(Response(_places(place, caller), media_type="text/csv; charset=utf-8"))


def _submission(app: FastAPI) -> None:
    @app.head("/openrosa/submission", status_code=204, response_class=Response)
    def probe(request: Request, place: Here) -> Response:
        """Tell how much a submission may be."""
        answer = _headed(Response(status_code=204), place)
        answer.headers["Location"] = f"{_base(request)}/submission"
        return answer

    @app.post("/openrosa/submission", status_code=201, response_class=Response)
    async def submit(request: Request, place: Here, caller: Who) -> Response:
        """Take a filled-in form in with the files that belong to it, all at once or in several requests."""
        with tempfile.TemporaryDirectory(prefix="eradication-") as folder:
            parts, partial = await uploaded.parts(request, Path(folder))
            received = await run_in_threadpool(odk_submission.receive, place, caller, parts, partial)
        number = escape(str(received.receipt["number"]))
        message = f'<message nature="submit_success">{number}</message>'
        answer = _xml(f'<OpenRosaResponse xmlns="{_RESPONSE}">{message}</OpenRosaResponse>')
        answer.status_code = 201
        return _headed(answer, place)


def _row(form: odk.Served, base: str) -> str:
    manifest = f"<manifestUrl>{escape(base)}/forms/{form.form_id}/manifest</manifestUrl>" if form.has_list else ""
    return (
        f"<xform><formID>{escape(form.form_id)}</formID><name>{escape(form.name)}</name>"
        f"<version>{escape(form.version)}</version><hash>md5:{form.md5}</hash>"
        f"<downloadUrl>{escape(base)}/forms/{form.form_id}.xml</downloadUrl>{manifest}</xform>"
    )


def _places(place: Here, caller: Who) -> bytes:
    return today.plots_csv(today.of(place, caller)["stops"]).encode()


def _base(request: Request) -> str:
    return f"{str(request.base_url).rstrip('/')}/openrosa"


def _xml(content: str | bytes) -> Response:
    body = content if isinstance(content, bytes) else f'<?xml version="1.0" encoding="UTF-8"?>{content}'
    return _headed(Response(body, media_type="text/xml; charset=utf-8"))


def _headed(answer: Response, place: Place | None = None) -> Response:
    answer.headers["X-OpenRosa-Version"] = "1.0"
    answer.headers["Date"] = format_datetime(datetime.now(UTC), usegmt=True)
    if place is not None:
        answer.headers["X-OpenRosa-Accept-Content-Length"] = str(place.workspace.settings.web.body_mb << 20)
    return answer
