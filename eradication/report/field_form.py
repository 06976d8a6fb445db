"""The form of a visit as QGIS and QField show it: words to choose from, camera for photos, values filled in by itself.

What is stored are the codes of a visit table, so that a package that comes back is read like any other table. The time
is text in local time without a zone: as a date and time of GeoPackage, QGIS versions differ in whether the clock of the
phone or UTC is written, and seven hours would be wrong silently.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from eradication.domain.event import SIMULATED
from eradication.domain.visit import CODED_FIELDS
from eradication.errors import N_
from eradication.i18n import Translate
from eradication.report import field_stops, qml, words
from eradication.report.plan_facts import Stop

LAYER = "visits"

ALIASES: Mapping[str, str] = {
    "visit_id": N_("Visit number"),
    "plot_id": N_("Plot (empty: the position decides)"),
    "visited_at": N_("Time of the visit"),
    "unit": N_("Unit"),
    "officers": N_("Codes of the officers, separated by ;"),
    "outcome": N_("Outcome"),
    "look_alike": N_("What it is instead"),
    "not_reached_reason": N_("Why not reached"),
    "crop": N_("Crop"),
    "stage": N_("Growth stage"),
    "area_m2": N_("Area (m²)"),
    "area_method": N_("How the area was measured"),
    "plant_count": N_("Number of plants"),
    "count_method": N_("How plants were counted"),
    "destroyed_fraction": N_("Share destroyed by now (0 to 1)"),
    "destroyed_by": N_("Destroyed by"),
    "method": N_("How it was destroyed"),
    "minutes_type": N_("Kind of minutes"),
    "minutes_no": N_("Number of the minutes"),
    "photo_before": N_("Photo before"),
    "photo_after": N_("Photo after"),
    "selection_mode": N_("Why this place was visited"),
    "inclusion_prob": N_("Probability of being drawn (filled in by the office)"),
    "note": N_("Note (no names, no identity or telephone numbers)"),
}
"""Columns of the layer in the order of the form, with what the form calls them."""

KINDS = {"area_m2": "float64", "plant_count": "Int64", "destroyed_fraction": "float64", "inclusion_prob": "float64"}
"""Columns that hold numbers; the others hold text."""

_NOT_NULL, _EXPRESSION, _HARD, _SOFT = 1, 4, "1", "2"
_REQUIRED = ("visit_id", "visited_at", "unit", "officers", "outcome")
_PHOTOS = ("photo_before", "photo_after")
_RULES = {
    "area_m2": ('"outcome" <> \'detected\' or "area_m2" > 0', N_("A detection needs an area in m².")),
    "area_method": (
        '"outcome" <> \'detected\' or "area_method" is not null',
        N_("A detection needs how its area was measured."),
    ),
    "look_alike": (
        '"outcome" <> \'rejected\' or "look_alike" is not null',
        N_("State which plant it is instead."),
    ),
    "not_reached_reason": (
        '"outcome" <> \'not_reached\' or "not_reached_reason" is not null',
        N_("State why the place was not reached."),
    ),
    "destroyed_fraction": (
        '"destroyed_fraction" is null or ("destroyed_fraction" >= 0 and "destroyed_fraction" <= 1)',
        N_("Write a share between 0 and 1."),
    ),
}
"""Expressions that a filled form should satisfy; they warn and do not hinder: a row half filled is better than none."""


_TIME: qml.Options = {
    "allow_null": False,
    "calendar_popup": True,
    "display_format": "dd/MM/yyyy HH:mm",
    "field_format": "yyyy-MM-ddTHH:mm:ss",
    "field_format_overwrite": True,
    "field_iso_format": False,
}


@dataclass(frozen=True, slots=True)
class VisitForm:
    """Makes the style of the layer of visits."""

    unit: str
    plots: Sequence[tuple[str, str]]
    """Code and id of the plots of the package."""
    language: str
    translate: Translate
    simulated: bool = False
    stops: Sequence[Stop] = ()
    """Stops of a plan: the form fills in why each is visited."""

    def qml(self) -> str:
        """Return the style with its form as QML."""
        kinds = "Symbology|Fields|Forms|AttributeTable"
        root = ElementTree.Element("qgis", {"version": "3.28", "styleCategories": kinds})
        qml.point(root, "cross_fill", "213,94,0,255")
        fields = ElementTree.SubElement(root, "fieldConfiguration")
        for name in ALIASES:
            self._widget(ElementTree.SubElement(fields, "field", {"name": name}), name)
        self._named(root)
        self._filled(root)
        self._constrained(root)
        editable = ElementTree.SubElement(root, "editable")
        for name in ALIASES:
            by_hand = str(int(name not in ("visit_id", "inclusion_prob")))
            ElementTree.SubElement(editable, "field", {"name": name, "editable": by_hand})
        return ElementTree.tostring(root, encoding="unicode")

    def _widget(self, parent: ElementTree.Element, name: str) -> None:
        kind = "TextEdit"
        options: qml.Options = {"IsMultiline": name == "note", "UseHtml": False}
        if name in CODED_FIELDS:
            choices = [(words.word(code, self.language), code.value) for code in CODED_FIELDS[name]]
            _value_map(parent, choices, name != "outcome")
            return
        if name == "plot_id":
            _value_map(parent, list(self.plots), True)
            return
        if name in _PHOTOS:
            kind = "ExternalResource"
            options = {"DocumentViewer": 1, "FileWidget": True, "FileWidgetButton": True, "RelativeStorage": 1}
            options |= {"StorageMode": 0}
        elif name == "visited_at":
            kind, options = "DateTime", dict(_TIME)
        elif name == "inclusion_prob":
            kind, options = "Hidden", {}
        qml.options(_config(parent, kind), options)

    def _named(self, root: ElementTree.Element) -> None:
        aliases = ElementTree.SubElement(root, "aliases")
        for at, (name, alias) in enumerate(ALIASES.items()):
            # The first column of the table is the feature's number.
            told = {"field": name, "index": str(at + 1), "name": self.translate(alias)}
            ElementTree.SubElement(aliases, "alias", told)

    def _filled(self, root: ElementTree.Element) -> None:
        own = {
            "visit_id": "uuid('WithoutBraces')",
            "visited_at": "format_date(now(), 'yyyy-MM-ddTHH:mm:ss')",
            "unit": qml.quoted(self.unit),
            **({"note": qml.quoted(SIMULATED)} if self.simulated else {}),
        }
        planned = field_stops.defaults(self.stops)
        defaults = ElementTree.SubElement(root, "defaults")
        for name in ALIASES:
            told = {"field": name, "expression": planned.get(name, own.get(name, ""))}
            # What a plan says is filled in once the place is known, and whenever that changes.
            ElementTree.SubElement(defaults, "default", told | {"applyOnUpdate": str(int(name in planned))})

    def _constrained(self, root: ElementTree.Element) -> None:
        constraints = ElementTree.SubElement(root, "constraints")
        expressions = ElementTree.SubElement(root, "constraintExpressions")
        for name in ALIASES:
            needed, ruled = name in _REQUIRED, name in _RULES
            strengths = {"notnull_strength": _HARD if needed else "0", "unique_strength": "0"}
            strengths |= {"exp_strength": _SOFT if ruled else "0"}
            sort = str(_NOT_NULL * needed + _EXPRESSION * ruled)
            ElementTree.SubElement(constraints, "constraint", {"field": name, "constraints": sort} | strengths)
            rule, said = _RULES.get(name, ("", ""))
            told = {"field": name, "exp": rule, "desc": self.translate(said) if said else ""}
            ElementTree.SubElement(expressions, "constraint", told)


def _config(parent: ElementTree.Element, kind: str) -> ElementTree.Element:
    return ElementTree.SubElement(ElementTree.SubElement(parent, "editWidget", {"type": kind}), "config")


def _value_map(parent: ElementTree.Element, choices: Sequence[tuple[str, str]], may_be_empty: bool) -> None:
    """Let one of the choices be made, shown by its word and stored as its code."""
    table = ElementTree.SubElement(_config(parent, "ValueMap"), "Option", {"type": "Map"})
    listed = ElementTree.SubElement(table, "Option", {"name": "map", "type": "List"})
    empty = [("–", "{2839923C-8B7D-419E-B84B-CA2FE9B80EC7}")] if may_be_empty else []  # QGIS's own mark of NULL
    for label, value in [*empty, *choices]:
        qml.options(listed, {label: value})
