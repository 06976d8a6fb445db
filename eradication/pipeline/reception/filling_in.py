"""Answers of a telephone → the instance that ODK Collect would have written: both go one way into the ledger."""

import re
from collections.abc import Mapping
from xml.etree import ElementTree

from eradication.errors import N_, RefusedInput
from eradication.report.form_parts import Form
from eradication.report.form_questions import FORMS

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CONSTANT = re.compile(r"'([^']*)'")


def form_of(form_id: str) -> Form:
    """Return the form with an id.

    Raises:
        RefusedInput: ``unknown_form``.
    """
    found = next((form for form in FORMS.values() if form.id == form_id), None)
    if found is None:
        raise RefusedInput(
            "unknown_form",
            N_("Form '{form}' is not known."),
            hint=N_("Bring the application on the telephone up to date."),
            values={"form": form_id[:40] or "?"},
        )
    return found


def instance(form: Form, answers: Mapping[str, str], uuid: str) -> tuple[bytes, list[str]]:
    """Return a filled-in form as XML, and the names of answers to questions that it does not ask.

    Args:
        form: that was filled in.
        answers: question → answer; what a form always answers itself need not be there.
        uuid: of this filling-in.
    """
    root = ElementTree.Element("data", {"id": form.id})
    asked = set()
    for question in form.questions:
        asked.add(question.name)
        constant = _CONSTANT.fullmatch(question.calculation)
        value = constant[1] if constant else answers.get(question.name, "")
        if value:
            ElementTree.SubElement(root, question.name).text = _NOT_XML.sub("", value)
    meta = ElementTree.SubElement(root, "meta")
    ElementTree.SubElement(meta, "instanceID").text = f"uuid:{uuid}"
    content = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return content, sorted(answers.keys() - asked)
