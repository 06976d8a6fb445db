"""What patrols walked, and what they could have seen: kilometres are not a search, and a search is not a proof."""

from eradication.effort.totals import Effort, by_unit, counted, is_in, summarise

__all__ = ["Effort", "by_unit", "counted", "is_in", "summarise"]
