"""Places abroad, or so near the line that nobody can say: in tables of their own, and in no total."""

from eradication.errors import N_
from eradication.report.reasons import in_words
from eradication.report.tables.parts import Group, Table, Values, Writer, rows, values

SIDES = {"outside": N_("abroad"), "unclear": N_("side unclear")}
LISTED = (N_("Plot"), N_("Side"), N_("Unit"), N_("State"), N_("Detected (m²)"))
JOINT = (N_("Plot"), N_("Side"), N_("Unit"), N_("Destroyed together (m²)"))


def told(write: Writer) -> Group:
    """Return the plots of each side, and what was destroyed there together with the other side's forces."""
    sides = [(write(name), values(write.part("abroad").get(side))) for side, name in SIDES.items()]
    listed = [_listed(write, name, row) for name, told in sides for row in rows(told.get("listed"))]
    joint = [_joint(write, name, row) for name, told in sides for row in rows(told.get("joint"))]
    waiting = [
        write(N_("Candidates to check, {side}: {n}."), side=name, n=write.number(told["candidates"]))
        for name, told in sides
        if told.get("candidates")
    ]
    text = frozenset({0, 1, 2, 3})
    return Group(
        write(N_("Abroad, in no total")),
        waiting,
        (
            Table(
                write(N_("Plots abroad, or on an unclear side")),
                write.headings(LISTED),
                listed,
                write(N_("No plot abroad, and none on an unclear side.")),
                left=text,
                key="abroad",
            ),
            Table(
                write(N_("Destroyed abroad together with the other side")),
                write.headings(JOINT),
                joint,
                write(N_("Nothing was destroyed abroad together with the other side.")),
                left=frozenset({0, 1, 2}),
                key="abroad_joint",
            ),
        ),
        "abroad",
    )


def _listed(write: Writer, side: str, row: Values) -> list[str]:
    state = in_words(str(row.get("state") or ""), write.language)
    place = write.plot(row.get("plot"), row.get("code"))
    return [place, side, write.text(row.get("unit")), state, write.number(row.get("detected_m2"))]


def _joint(write: Writer, side: str, row: Values) -> list[str]:
    place = write.plot(row.get("plot"), row.get("code"))
    return [place, side, write.text(row.get("unit")), write.number(row.get("claimed_m2"))]
