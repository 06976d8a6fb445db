"""Answers on photos as text: what was taken, which clock is trusted, which visits are shown."""

from collections.abc import Sequence

from eradication.cli.shell import Shell
from eradication.cli.text import SIMULATED, Answer, local, table, written
from eradication.errors import N_
from eradication.i18n import number
from eradication.pipeline.words import beside_words

_STATUS = {"accepted": N_("accepted"), "duplicate": N_("duplicate"), "refused": N_("refused")}
_AGAIN = {
    "other_name": N_("known, under another name"),
    "placed_anew": N_("known, time or place anew"),
}
_TIMES = {
    "gps": N_("satellites"),
    "corrected": N_("camera, corrected"),
    "camera": N_("camera, not checked"),
    "none": N_("no time"),
}
_PLACES = {"exif": N_("photo"), "track": N_("track"), "none": N_("no place")}
_ROLES = {"before": N_("before"), "after": N_("after"), "near": N_("near")}
WHY = {
    "gps_time": N_("compared with the time of satellites"),
    "track": N_("compared with the patrol's track"),
    "stated": N_("as stated"),
    "clock_photo": N_("by the photo of a clock"),
    "no_position": N_("not checked: the photos bear no position"),
    "no_time": N_("not checked: the photos bear no time"),
    "no_camera": N_("not checked: the photos do not say which camera took them"),
    "too_few_photos": N_("not checked: fewer than three photos bear time and position"),
    "no_track": N_("not checked: no track of that time"),
    "far_from_track": N_("not checked: the photos lie far from the track at any time"),
    "flat_minimum": N_("not checked: the photos fit the track at many times"),
    "two_minima": N_("not checked: the photos fit the track at two times"),
    "unsteady": N_("not checked: the camera and the satellites differ from photo to photo"),
}
CHECKS = {
    "photo_missing": N_("no photo {role}"),
    "photo_no_time": N_("the photo {role} has no time"),
    "photo_other_day": N_("the photo {role} is of another day"),
    "photo_order": N_("the photo after is not later than the one before"),
    "photo_far": N_("the photo {role} was taken {value} m from the plot"),
    "photo_off_track": N_("the photo {role} says a place {value} m from the patrol's track"),
    "photo_reused": N_("the photo {role} also stands for {value}"),
}


def taken(shell: Shell, answer: Answer) -> None:
    """One row per file, the cameras' clocks, and what to do about refusals."""
    if answer["simulated"]:
        shell.say(shell.translate(SIMULATED))
    headings = (N_("File"), N_("Status"), N_("Time"), N_("Time by"), N_("Place by"), N_("Visits"))
    table(shell, headings, [_taken(shell, row) for row in answer["photos"]])
    for row in answer["photos"]:
        if row["message"]:
            shell.say(f"  - {_name(row)}: {row['message']}")
    _clocks(shell, answer["clock"])
    for hint in dict.fromkeys(row["hint"] for row in answer["photos"] if row["hint"]):
        shell.say(f"{shell.translate('What to do')}: {hint}")


def _name(row: Answer) -> str:
    return str(row["path"]).rsplit("/", 1)[-1]


def _taken(shell: Shell, row: Answer) -> Sequence[object]:
    status = shell.translate(_AGAIN.get(row["reason"], _STATUS[row["status"]]))
    known = ("", "", "", "") if row["status"] == "refused" else _known(shell, row)
    return _name(row), status, *known


def _known(shell: Shell, row: Answer) -> tuple[str, str, str, str]:
    _ = shell.translate
    shows = (f"{visit['visit']} ({_(_ROLES[visit['role']])})" for visit in row["visits"])
    place = _(_PLACES[row["position_source"]])
    error = row["error_m"]
    place += f" ± {number(error, shell.language)} m" if error is not None else ""
    return local(row["taken_at"]), _(_TIMES[row["time_source"]]), place, ", ".join(shows) or "–"


def _clocks(shell: Shell, clocks: Sequence[Answer]) -> None:
    _ = shell.translate
    for clock in clocks:
        camera = clock["model"] or clock["camera"] or _(N_("a camera that is not named"))
        why = _(WHY[clock["why"]])
        if clock["settled"]:
            said = N_("Clock of {camera}: {offset} s ahead (± {uncertainty} s), {photos} photos; {why}")
        else:
            said = N_("Clock of {camera}: taken as right, {photos} photos; {why}")
        offset, sure = number(clock["offset_s"], shell.language), number(clock["uncertainty_s"], shell.language)
        shell.say(_(said).format(camera=camera, offset=offset, uncertainty=sure, photos=clock["photos"], why=why))


def listed(shell: Shell, answer: Answer) -> None:
    """One row per photo, then what is missing or odd."""
    if answer["simulated"]:
        shell.say(shell.translate(SIMULATED))
    headings = (N_("File"), N_("Unit"), N_("Time"), N_("Time by"), N_("Place by"), N_("Visits"))
    rows = [(row["file"], row["unit"], *_known(shell, row)) for row in answer["photos"]]
    table(shell, headings, rows)
    checks(shell, answer["checks"])


def of_plot(shell: Shell, answer: Answer) -> None:
    """The photos of one plot."""
    if answer["photos"]:
        headings = (N_("Photo"), N_("Time"), N_("Visit"), N_("Role"), N_("From the centre (m)"))
        rows = [
            (
                row["copy"][:12],
                local(row["taken_at"]),
                row["visit"],
                shell.translate(_ROLES[row["role"]]),
                number(row["distance_m"], shell.language),
            )
            for row in answer["photos"]
        ]
        table(shell, headings, rows, numeric=(4,))
    checks(shell, answer["photo_checks"])


def checks(shell: Shell, found: Sequence[Answer]) -> None:
    """One line per thing that is missing or odd."""
    for check in found:
        role = shell.translate(_ROLES[check["role"]])
        said = shell.translate(CHECKS[check["code"]]).format(role=role, value=check["value"])
        row = beside_words.row_named(check["visit"], shell.language)
        shell.say(f"  - {check['plot']}, {row}: {said}")


def exported(shell: Shell, answer: Answer) -> None:
    """How many copies were written, and which are missing."""
    _ = shell.translate
    if answer["simulated"]:
        shell.say(_(SIMULATED))
    written(shell, answer)
    shell.say(_(N_("Copies without EXIF: {count}")).format(count=len(answer["written"])))
    if answer["missing"]:
        shell.say(_(N_("Copies that are not in this workspace: {count}")).format(count=len(answer["missing"])))
