"""The ledger: the five quantities of every plot and commune, and what was not seen beside them.

:func:`entries` turns replayed episodes into what counts, :func:`account` adds it up. Pure: nothing here reads a store.
"""

from eradication.ledger.account import NO_BASELINE, Beside, Wording, account, rows_by
from eradication.ledger.arithmetic import percent
from eradication.ledger.entries import Divide, Entry, Made, Side, entries
from eradication.ledger.flows import flows
from eradication.ledger.keeping import from_json, to_json
from eradication.ledger.restating import differences, figures
from eradication.ledger.scope import Scope, year_span
from eradication.ledger.signs import Context
from eradication.ledger.timeliness import Limits, OpenTip

__all__ = [
    "NO_BASELINE",
    "Beside",
    "Context",
    "Divide",
    "Entry",
    "Limits",
    "Made",
    "OpenTip",
    "Scope",
    "Side",
    "Wording",
    "account",
    "differences",
    "entries",
    "figures",
    "flows",
    "from_json",
    "percent",
    "rows_by",
    "to_json",
    "year_span",
]
