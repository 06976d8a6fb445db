"""What stands on the pages of fine images."""

from collections.abc import Mapping, Sequence
from typing import Any

from eradication.domain.codes import ReadVerdict
from eradication.errors import N_
from eradication.i18n import Translate, number, translator
from eradication.web import plot_pages
from eradication.web.answers import local
from eradication.web.plot_pages import day_of
from eradication.web.sheets import Cell, Field, Form, Link, Part, Sheet, Table, heads

type Values = Mapping[str, Any]

RESULTS = {
    "agreed": N_("Both readers agree."),
    "readers_disagree": N_("The readers do not agree: it stays to be checked on site, and is listed in the ledger."),
    "cannot_tell": N_("Another person may still read it."),
}
FIRST = (ReadVerdict.OPIUM_POPPY, ReadVerdict.NOT)
"""What a first reading may say."""


def verdict_words(verdict: ReadVerdict, language: str) -> str:
    """Return a verdict in words."""
    return verdict.vietnamese[0] if language == "vi" else verdict.value.replace("_", " ")


def listed(told: Values, language: str, *, reads: bool, hands_in: bool) -> Sheet:
    """Return the page of fine images: what there is, what waits for a second look, and a form to hand one in."""
    _ = translator(language)
    parts: list[Part] = [
        _(N_("What one person outlines on a fine image, another one looks at without knowing what the first one saw.")),
    ]
    if reads:
        waiting: list[list[Cell]] = [
            [Link(row["id"], f"/readings/{row['id']}"), local(row["taken_at"])] for row in told["waiting"]
        ]
        columns = heads(_, N_("Place"), N_("Image taken"))
        empty = _(N_("No place waits for a second look by you."))
        parts.append(Table(_(N_("Waiting for your second look")), columns, waiting, empty))
    rows = [_row(_, one, told["mine"], language, reads=reads) for one in told["images"]]
    columns = heads(_, N_("Image"), N_("Taken"), N_("Pixel"), N_("On the map"), N_("Outlined by you"))
    empty = _(N_("No fine image has been handed in yet."))
    parts.append(Table(_(N_("Images handed in")), columns, rows, empty, frozenset({4})))
    if hands_in:
        parts.append(_form(_))
    parts.append(Link(_(N_("Candidates that a drone is to look at")), "/review?of=uav"))
    return Sheet(_(N_("Fine images")), parts, bool(told["simulated"]))


def _row(_: Translate, one: Values, mine: Mapping[str, int], language: str, *, reads: bool) -> list[Cell]:
    pixel = f"{number(100 * one['pixel_m'], language, 1)} cm" if one["pixel_m"] else "–"
    return [
        Link(one["id"], f"/images/{one['id']}") if reads and one["readable"] else one["id"],
        day_of(one["date"]) if one["date"] else "–",
        pixel if one["readable"] else f"{pixel} – {_(N_('too coarse to be read'))}",
        Link(_(N_("On the map")), f"/map?layer={one['layer']}"),
        number(mine.get(one["id"], 0), language),
    ]


def _form(_: Translate) -> Form:
    fields = [
        Field("file", _(N_("Image (GeoTIFF, with its coordinate system)")), "file", required=True),
        Field("day", _(N_("Day of the flight (empty = as the name says)")), "date"),
    ]
    note = _(N_("Pixels of 10 cm or less can be read. A large image takes minutes; Long work shows how far it is."))
    return Form(_(N_("Hand in an image")), "/images", fields, _(N_("Hand in")), note=note)


def drawing(name: str, ground: Values, language: str, told: Sequence[Values] | None) -> dict[str, Any]:
    """Return what the page is filled with on which a first reader draws."""
    _ = translator(language)
    outcome = [_outcome(_, row, language) for row in told or ()]
    return _page(ground) | {
        "title": name,
        "action": f"/images/{name}",
        "notes": [
            _(N_("Outline what you see. Another person will look at the same ground without seeing your outline.")),
            _(N_("Outlines you recorded before are shown dashed; nobody else's are shown.")),
            _(N_("In a file, the property verdict says opium_poppy or not; without it, it says opium poppy.")),
        ],
        "verdicts": [(one.value, verdict_words(one, language)) for one in FIRST],
        "most": 200,
        "outcome": outcome,
        "own": ground["own"],
        "needs_outline": True,
    }


def _outcome(_: Translate, row: Values, language: str) -> str:
    if row["status"] == "refused":
        return f"{row['feature']}: {row['message']} {row['hint']}".strip()
    if row["status"] == "duplicate":
        return f"{row['feature']}: {_(N_('known already'))} ({row['id']})"
    area = f"{number(row['area_m2'], language)} m²"
    return f"{row['feature']}: {_(N_('recorded'))} ({row['id']}, {area})"


def second(name: str, square: Values, language: str) -> dict[str, Any]:
    """Return what the page is filled with on which a second reader looks."""
    _ = translator(language)
    return _page(square) | {
        "title": name,
        "action": f"/readings/{name}",
        "notes": [
            _(N_("Look at the whole square. What the first reader saw there is not shown, nor where in it.")),
            _(N_("An outline is welcome, but not needed.")),
        ],
        "verdicts": [(one.value, verdict_words(one, language)) for one in ReadVerdict],
        "most": 1,
        "outcome": [],
        "own": {"type": "FeatureCollection", "features": []},
        "needs_outline": False,
    }


def _page(ground: Values) -> dict[str, Any]:
    shown = {"layer": ground["layer"], "bounds": ground["bounds"], "taken": local(ground["taken_at"])}
    return shown | {"simulated": ground["simulated"]}


def seen(told: Values, language: str) -> Sheet:
    """Return what is said after a second reading."""
    _ = translator(language)
    parts: list[Part] = [_(RESULTS[told["result"]])]
    if told["state"]:
        code = told["code"] or told["plot"]
        parts.append(Link(f"{code}: {plot_pages.state(told['state'], language)}", f"/review/{told['plot']}?of=any"))
    parts.append(Link(_(N_("Back to the fine images")), "/images"))
    return Sheet(_(N_("Second look")), parts, bool(told["simulated"]))
