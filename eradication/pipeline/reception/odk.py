"""Forms for ODK Collect and other clients of OpenRosa: the same questions as everywhere, and the unit's own places.

A form served here lets the person choose from the places of the day (``plots.csv``, which the manifest of the form
names); one written to a file for another server cannot.
"""

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from eradication.errors import N_, UnusableInput
from eradication.report import xlsform
from eradication.report.form_parts import Form, Question
from eradication.report.form_questions import FORMS

LIST = "plots.csv"
_PICK = Question(
    f"select_one_from_file {LIST}",
    "plot_pick",
    ("Chọn điểm trong danh sách hôm nay", "Choose a place of today's list"),
    ("Bỏ qua nếu không có trong danh sách.", "Skip it if it is not on the list."),
    relevant="${plot_scan} = ''",
    appearance="minimal autocomplete",
)


@dataclass(frozen=True, slots=True)
class Served:
    """A form as it is served."""

    form_id: str
    name: str
    version: str
    xml: bytes
    has_list: bool
    """Whether it lets choose from :data:`LIST`."""

    @property
    def md5(self) -> str:
        """What OpenRosa tells a changed form by; no protection."""
        return md5(self.xml)


def md5(content: bytes) -> str:
    """Return what OpenRosa tells a changed file by; no protection."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


@cache
def forms() -> Mapping[str, Served]:
    """Return the forms by their id."""
    return {form.id: _served(form) for form in FORMS.values()}


def form(form_id: str) -> Served:
    """Return a form.

    Raises:
        UnusableInput: ``no_such_form``.
    """
    found = forms().get(form_id)
    if found is None:
        known = ", ".join(forms())
        raise UnusableInput(
            "no_such_form", N_("There is no such form."), hint=N_("Forms are: {known}."), values={"known": known}
        )
    return found


def _served(form: Form) -> Served:
    from pyxform.xls2xform import convert  # a server that is asked for no form need not wait for it

    with_list = _with_list(form)
    settings = dict(zip(*xlsform.sheets(with_list)["settings"], strict=True))
    xml = convert(xlsform=xlsform.workbook(with_list), file_type=".xlsx").xform
    return Served(form.id, settings["form_title"], settings["version"], xml.encode(), with_list is not form)


def _with_list(form: Form) -> Form:
    """Return the form with the question for a place of the list, where it asks for a plot at all."""
    names = [question.name for question in form.questions]
    if "plot_scan" not in names:
        return form
    changed = []
    for question in form.questions:
        if question.name == "plot_text":
            changed.append(_PICK)
            changed.append(_unless_picked(question))
        elif question.name == "plot_id":
            either = "coalesce(${plot_scan}, coalesce(${plot_pick}, ${plot_text}))"
            changed.append(dataclasses.replace(question, calculation=either))
        else:
            changed.append(question)
    return dataclasses.replace(form, questions=tuple(changed))


def _unless_picked(question: Question) -> Question:
    """Return the question for a typed code, asked and needed only where none was chosen."""
    unless = "${plot_pick} = ''"
    required = f"{question.required} and {unless}" if "=" in question.required else question.required
    return dataclasses.replace(question, relevant=f"{question.relevant} and {unless}", required=required)
