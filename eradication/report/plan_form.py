"""The form of one plan for ODK and Kobo: a stop is chosen by its number, and why it is visited is filled in.

It is the form of a visit with one question more. What was chosen at the office (plot, mode, probability) is calculated
from the stop and never typed. That a cell was not reached is no visit to a place: the plan has its own answer to that.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from eradication.domain import Code, Outcome
from eradication.report import plan_facts, plan_words, xlsform
from eradication.report.form_parts import Form, Question, Words
from eradication.report.form_questions import VISIT
from eradication.report.plan_facts import CELL, PatrolPlan, Stop
from eradication.report.plan_ground import SheetGround

OTHER = "other"
_ELSEWHERE = f"${{stop}} = '{OTHER}'"
_LABEL: Words = ("Điểm dừng", "Stop")
_HINT: Words = (
    "Số trên tờ kế hoạch. Nơi khác: chọn “không có trong kế hoạch”.",
    "The number on the plan. Elsewhere: choose “other”.",
)
_NOT_HERE: Words = (
    "Ô chưa tới: ghi trên tờ kế hoạch, không lập phiếu.",
    "A cell that was not reached: say so on the plan, not here.",
)


def workbook(plan: Mapping[str, Any], ground: SheetGround, *, vetoed: Collection[int | str] = ()) -> bytes:
    """Return the form of a plan as an XLSForm workbook; the same plan gives the same bytes.

    Args:
        plan: the payload of ``plan_made``; see :mod:`eradication.report.plan_facts`.
        ground: codes of the plots.
        vetoed: stops left out as unsafe since, by their numbers or names: they are no choices.
    """
    return xlsform.workbook(form(plan_facts.of(plan, ground.codes, ground.commune_names, vetoed)))


def form(plan: PatrolPlan) -> Form:
    """Return the form of a plan."""
    until = plan_words.day_and_clock(plan.expires_at, "vi"), plan_words.day_and_clock(plan.expires_at, "en")
    title = (
        f"Kế hoạch {plan.unit} {plan.departs:%d/%m/%Y}, hết hạn {until[0]}",
        f"Plan {plan.unit} {plan.departs:%Y-%m-%d}, expires {until[1]}",
    )
    questions = [asked for question in VISIT.questions for asked in _of(question, plan)]
    return Form(f"eradication_plan_{plan.id}", title, tuple(questions))


def _of(question: Question, plan: PatrolPlan) -> list[Question]:
    """Return what stands in the place of a question of the form of a visit."""
    stops = plan.kept
    match question.name:
        case "unit":
            return [replace(question, default=plan.unit)]
        case "selection_mode":
            why = replace(question, name="why_other", relevant=_ELSEWHERE)
            mode = _told(stops, lambda stop: stop.selection_mode, "${why_other}")
            odds = _told(stops, lambda stop: "" if stop.inclusion_prob is None else f"{stop.inclusion_prob:.12f}")
            return [
                Question("select_one", "stop", _LABEL, _HINT, "yes", choices=_choices(stops)),
                why,
                Question("calculate", question.name, calculation=mode),
                Question("calculate", "inclusion_prob", calculation=odds),
            ]
        case "outcome":
            cells = " or ".join(f"${{stop}} = '{_name(stop)}'" for stop in stops if stop.kind == CELL)
            if not cells:
                return [question]
            missed = f"not(. = '{Outcome.NOT_REACHED.value}' and ({cells}))"
            return [replace(question, constraint=missed, refusal=_NOT_HERE)]
        case "plot_scan" | "plot_text":
            asked = f"({question.relevant}) and {_elsewhere(stops)}" if question.relevant else _elsewhere(stops)
            return [replace(question, relevant=asked)]
        case "plot_id":
            named = _told(stops, lambda stop: "" if stop.kind == CELL else stop.place, question.calculation)
            return [replace(question, calculation=named)]
        case _:
            return [question]


def _elsewhere(stops: Sequence[Stop]) -> str:
    """Return when a plot is asked for: where the stop is none of the plan, or a cell."""
    return "(" + " or ".join([_ELSEWHERE, *(f"${{stop}} = '{_name(s)}'" for s in stops if s.kind == CELL)]) + ")"


def _told(stops: Sequence[Stop], value: Callable[[Stop], str], otherwise: str = "''") -> str:
    """Return an expression of what is on file of the stop chosen; one that says nothing is as ``otherwise``."""
    known = [(_name(stop), value(stop)) for stop in stops if value(stop)]
    cases = [f"if(${{stop}} = '{name}', '{told}', '')" for name, told in known]
    if otherwise != "''":
        free = " and ".join(f"${{stop}} != '{name}'" for name, _ in known) or "true()"
        cases.append(f"if({free}, {otherwise}, '')")
    return f"concat({', '.join(cases)})" if len(cases) > 1 else (cases or [otherwise])[0]


def _name(stop: Stop) -> str:
    return f"stop_{stop.order:02d}"


def _choices(stops: Sequence[Stop]) -> tuple[Code, ...]:
    """Return stops as choices, and one for what is none of them."""
    told = {_name(stop).upper(): (_name(stop), f"{stop.order}. {_cell(stop)}{stop.code}") for stop in stops}
    kind: Any = Code
    return tuple(kind("Stops", told | {"OTHER": (OTHER, "không có trong kế hoạch")}))


def _cell(stop: Stop) -> str:
    return "ô " if stop.kind == CELL else ""
