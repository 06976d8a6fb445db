"""A filled-in form as ODK Collect sends it: the instance and what belongs to it become one hand-in."""

from collections.abc import Sequence
from pathlib import Path

from eradication.errors import N_, RefusedInput
from eradication.ingest.formats import form_instance
from eradication.pipeline.reception import hand_ins
from eradication.pipeline.reception.hand_ins import Local, Received
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.sessions import Caller

INSTANCE = "xml_submission_file"
"""Name of the part that holds the instance."""
_ID = "meta/instanceID"
MOST_INSTANCE_BYTES = 4 << 20


def receive(place: Place, caller: Caller, parts: Sequence[tuple[str, Local]], partial: bool) -> Received:
    """Take a submission in, and give its receipt.

    Args:
        place: where it is kept.
        caller: sends it.
        parts: name of the part and the file, as they came.
        partial: whether more files of the same submission follow in other requests.

    Raises:
        RefusedInput: ``no_instance``, ``no_instance_id``, ``malformed_xml``, ``doctype_not_allowed``, ``too_large``.
        OtherContent: another submission bears this id; this one is kept too.
        StorageFailed: nothing is kept yet.
    """
    instances = [local for name, local in parts if name == INSTANCE]
    if len(instances) != 1:
        raise RefusedInput(
            "no_instance",
            N_("A submission has one part named {name}."),
            hint=N_("Send it as ODK Collect does: multipart/form-data, the instance as {name}."),
            values={"name": INSTANCE},
        )
    others = [local for name, local in parts if name != INSTANCE]
    uuid = _instance_id(instances[0].path)
    return hand_ins.receive_files(place, caller, uuid, [instances[0], *others], "odk", incomplete=partial)


def _instance_id(path: Path) -> str:
    """Return the id that the telephone gave the submission, without its prefix ``uuid:``."""
    if path.stat().st_size > MOST_INSTANCE_BYTES:
        message, hint = N_("The instance of the form is too large."), N_("Send photos as files of their own.")
        raise RefusedInput("too_large", message, hint=hint)
    found = str(form_instance.read(path)["rows"][0]["cells"].get(_ID, "")).removeprefix("uuid:")
    if not found:
        raise RefusedInput(
            "no_instance_id",
            N_("The submission has no instanceID, so that it cannot be told from another one."),
            hint=N_("Fill the form in with ODK Collect, or give it a new UUID in meta/instanceID."),
        )
    return found
