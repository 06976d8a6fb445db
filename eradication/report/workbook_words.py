"""What a workbook says of itself: names of its sheets, and what its figures and columns mean."""

from collections.abc import Mapping
from types import MappingProxyType

from eradication.errors import N_

FRONT = N_("Read first")

NAMES: Mapping[str, str] = MappingProxyType(
    {
        "quantities": N_("Five quantities"),
        "shares": N_("Target"),
        "looked_at": N_("Effort and coverage"),
        "unvisited": N_("Nobody went"),
        "undetected": N_("Undetected"),
        "signs": N_("Twelve signs"),
        "three_figures": N_("Three figures"),
        "in_period": N_("In the period"),
        "restated": N_("Restated"),
        "restated_because": N_("Restated because"),
        "by_commune": N_("By commune"),
        "by_unit": N_("By unit"),
        "by_class": N_("By class"),
        "plants": N_("Plants"),
        "overdue": N_("Overdue"),
        "harvested": N_("Harvested first"),
        "unvisited_by_unit": N_("Nobody went, by unit"),
        "planting": N_("New and replanted"),
        "moved": N_("Moved next door"),
        "overlaps": N_("Measured twice"),
        "abroad": N_("Abroad"),
        "abroad_joint": N_("Abroad, together"),
        "targets": N_("Targets of units"),
        "self_reported": N_("Typed by units"),
        "commitments": N_("Commitments"),
        "mailboxes": N_("Mailboxes"),
        "conversions": N_("Converted land"),
        "criterion_communes": N_("Criterion, communes"),
        "criterion_villages": N_("Criterion, villages"),
        "seasons": N_("Season on season"),
        "plots_annex": N_("All plots"),
        "checks": N_("Checks"),
        "findings": N_("Warnings"),
        "forced": N_("Verified by force"),
        "runs": N_("Satellite runs"),
        "patrols": N_("Patrols"),
        "events": N_("Event list"),
    }
)
"""Key of a table → name of its sheet, 31 letters at the most."""

MEANINGS: tuple[tuple[str, str], ...] = (
    (N_("Area (m²)"), N_("whole square metres, measured on the ground unless said to be estimated; 10,000 m² = 1 ha")),
    (N_("Suspected"), N_("estimated area of open candidates; never added to the rest")),
    (N_("Detected"), N_("measured area where poppy was confirmed on site")),
    (N_("Claimed"), N_("destroyed area as the eradicating unit reports it")),
    (N_("Verified"), N_("destroyed area confirmed by another unit")),
    (N_("Remaining"), N_("detected and not yet verified")),
    (N_("Percentages"), N_("rounded down to 0.1; 100 % only where nothing is open; never add or average them")),
    (N_("Class"), N_("A from 2,000 m², B 350–2,000 m², C below 350 m²; ? = estimated")),
    (
        N_("1 km² cells × days visited"),
        N_("each square kilometre counts once for each day a patrol was in it"),
    ),
    (
        N_("VN-2000 E, m · VN-2000 N, m"),
        N_("middle of the plot, VN-2000 (EPSG:{epsg}), metres; in tables of land registers N is X"),
    ),
    (N_("Days and times"), N_("local time, UTC+7; cells hold days, not text")),
    ("–", N_("not known; an empty cell does not apply")),
    (
        N_("Happened · Recorded"),
        N_("when it was so · when it was entered; the first chooses season and period"),
    ),
    (N_("Origin · Number"), N_("the device that recorded an event, and its running number there: together its name")),
    (N_("Hash"), N_("SHA-256 of the event and of the one before it: a changed event no longer fits its hash")),
)
"""Name of a figure or column, and what it means."""
