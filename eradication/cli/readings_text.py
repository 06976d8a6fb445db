"""Answers about readings of fine images as text."""

from eradication.cli.shell import Shell
from eradication.cli.text import NOT_A_FINDING, SIMULATED, Answer, local, table, word
from eradication.domain import State
from eradication.domain.codes import ReadVerdict
from eradication.errors import N_
from eradication.i18n import number
from eradication.pipeline.words import measured_area

_STATUS = {"accepted": N_("accepted"), "duplicate": N_("known already"), "refused": N_("refused")}

_RESULTS = {
    "agreed": N_("Both readers agree."),
    "readers_disagree": N_("The readers do not agree: it stays to be checked on site, and is listed in the ledger."),
    "cannot_tell": N_("Another person may still read it."),
}


def proposed(shell: Shell, answer: Answer) -> None:
    """One row per polygon, and why some were refused."""
    _ = shell.translate
    if answer["simulated"]:
        shell.say(_(SIMULATED))
    headings = (N_("Polygon"), N_("Status"), N_("Reading"), N_("Verdict"), N_("Area (m²)"), N_("Plot"))
    rows = [
        (
            row["feature"],
            _(_STATUS[row["status"]]),
            row["id"],
            word(shell, ReadVerdict, row.get("verdict", "")),
            number(row.get("area_m2"), shell.language),
            row["plot"],
        )
        for row in answer["readings"]
    ]
    table(shell, headings, rows, numeric=(4,))
    for row in answer["readings"]:
        if row["status"] == "refused":
            shell.say(f"  - {row['feature']}: {row['message']} {row['hint']}".rstrip())
    shell.say(_(N_("Next: another person reads them: eradication readings list --reviewer CODE")))
    shell.say(_(NOT_A_FINDING))


def waiting(shell: Shell, answer: Answer) -> None:
    """One row per place: the layer, and the square to look into."""
    _ = shell.translate
    if answer["simulated"]:
        shell.say(_(SIMULATED))
    headings = (N_("Reading"), N_("Layer"), N_("Time"), N_("Longitude"), N_("Latitude"), N_("Layer here"))
    rows = []
    for row in answer["readings"]:
        ring = row["window"]["coordinates"][0]
        spans = [(min(point[k] for point in ring), max(point[k] for point in ring)) for k in (0, 1)]
        edges = [f"{low:.6f} – {high:.6f}" for low, high in spans]
        rows.append((row["id"], row["layer"], local(row["taken_at"]), *edges, _(_YES if row["layer_here"] else _NO)))
    table(shell, headings, rows)
    shell.say(_(N_("Look at the whole square. What the first reader saw there is not shown, nor where in it.")))


_YES, _NO = N_("yes"), N_("NO")


def confirmed(shell: Shell, answer: Answer) -> None:
    """What came of the second reading."""
    _ = shell.translate
    if answer["simulated"]:
        shell.say(_(SIMULATED))
    shell.say(f"{answer['id']}: {_(_RESULTS[answer['result']])}")
    if answer["state"]:
        said = N_("Plot {code}: {state}, {area}")
        area = measured_area(answer["area_m2"], answer["area_se_m2"], shell.language)
        state = word(shell, State, answer["state"])
        shell.say(_(said).format(code=answer["code"], state=state, area=area))


def corrected(shell: Shell, answer: Answer) -> None:
    """What stands of a place that was drawn anew."""
    _ = shell.translate
    if answer["simulated"]:
        shell.say(_(SIMULATED))
    said = N_("{id} now stands instead of {former}: {verdict}, {area} m²")
    words = {"id": answer["id"], "former": answer["instead_of"], "area": number(answer["area_m2"], shell.language)}
    shell.say(_(said).format(verdict=word(shell, ReadVerdict, answer["verdict"]), **words))
    _stands(shell, answer)
    shell.say(_(N_("Next: another person reads them: eradication readings list --reviewer CODE")))
    shell.say(_(NOT_A_FINDING))


def withdrawn(shell: Shell, answer: Answer) -> None:
    """What is left of a place where a reading was taken back."""
    _ = shell.translate
    if answer["simulated"]:
        shell.say(_(SIMULATED))
    shell.say(_(_WITHDRAWN[answer["withdrawn"]]).format(id=answer["id"]))
    _stands(shell, answer)


def _stands(shell: Shell, answer: Answer) -> None:
    if answer["state"]:
        state = word(shell, State, answer["state"])
        shell.say(shell.translate(N_("Plot {code}: {state}")).format(code=answer["code"], state=state))


_WITHDRAWN = {
    "proposed": N_("{id}: the first reading was withdrawn, with every reading of that place. All stays on record."),
    "confirmed": N_("{id}: the second reading was withdrawn; another person may read the place. All stays on record."),
    "cleared": N_("{id}: the verification by image was withdrawn. All stays on record."),
}


def cleared(shell: Shell, answer: Answer) -> None:
    """The state of a plot after a verification by image."""
    _ = shell.translate
    if answer["simulated"]:
        shell.say(_(SIMULATED))
    state = word(shell, State, answer["state"])
    said = N_("Plot {code}: {state}, verified {area} m²")
    shell.say(_(said).format(code=answer["code"], state=state, area=number(answer["verified_m2"], shell.language)))
