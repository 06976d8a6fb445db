"""The form check of a visit: what the form asks for and the row does not say. A failed check never refuses a row."""

from eradication.domain import Outcome, Visit
from eradication.domain.form_number import looks_mistyped
from eradication.domain.personal import personal_marks

PLAUSIBLE_AREA_M2 = (2.0, 50_000.0)
"""Outside it a row bears the check ``implausible_area``; the largest single plot on record is far below."""


def checks(visit: Visit) -> list[str]:
    """Return the failed form checks of a visit as codes; none of them refuses it."""
    wanted = {
        "selection_mode_missing": visit.selection_mode is None,
        "crop_missing": visit.outcome is Outcome.DETECTED and visit.crop is None,
        "look_alike_missing": visit.outcome is Outcome.REJECTED and visit.look_alike is None,
        "not_reached_reason_missing": visit.outcome is Outcome.NOT_REACHED and visit.not_reached_reason is None,
        "count_method_missing": visit.plant_count is not None and visit.count_method is None,
        "implausible_area": visit.area_m2 is not None
        and not PLAUSIBLE_AREA_M2[0] <= visit.area_m2 <= PLAUSIBLE_AREA_M2[1],
        "form_number_mistyped": looks_mistyped(visit.visit_id),
        "note_may_name_a_person": bool(personal_marks(visit.note)),
    }
    failed = [code for code, is_failed in wanted.items() if is_failed]
    return failed + (_destruction_checks(visit) if visit.outcome is Outcome.ERADICATED else [])


def _destruction_checks(visit: Visit) -> list[str]:
    wanted = {
        "destroyed_fraction_missing": visit.destroyed_fraction is None,
        "two_officers_missing": len(visit.officers) < 2,
        "photo_before_missing": not visit.photo_before,
        "photo_after_missing": not visit.photo_after,
        "minutes_no_missing": not visit.minutes_no,
        "destroyed_by_missing": visit.destroyed_by is None,
    }
    return [code for code, is_failed in wanted.items() if is_failed]
