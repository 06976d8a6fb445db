"""Figures of one vintage of communes told on another: by what the source says, else by the overlap of outlines.

A unit of the old vintage gives its figure to those of the new one in whole m²: wholly where it went into one, else in
proportion, and then the figure is an estimate (:data:`ESTIMATED`). Nothing is lost and nothing is made: what has no
place in the new vintage is listed, and rounding is by largest remainders, so that totals stay exact.

Outlines of two vintages are never quite the same ground; what lies outside the other is told in m², not hidden.
"""

from eradication.rebasing.figures import ESTIMATED, Figure, Rebased, rebase
from eradication.rebasing.places import WITHIN_M, Placed, place, vintage_on
from eradication.rebasing.shares import Basis, Share, Shares, shares

__all__ = [
    "ESTIMATED",
    "WITHIN_M",
    "Basis",
    "Figure",
    "Placed",
    "Rebased",
    "Share",
    "Shares",
    "place",
    "rebase",
    "shares",
    "vintage_on",
]
