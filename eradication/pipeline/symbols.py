"""How states look, the same in every output: on maps of reports and on the map of the office."""

from eradication.report.symbols import PATHS, STATES

__all__ = ["PATHS", "STATES"]
