"""What the office's facts say beside the ledger: baselines, commitments, mailboxes, conversions, targets. Pure.

Facts come in as the values of :class:`eradication.domain.fact.Fact`, their communes already told on the vintage asked
for; answers are plain JSON. A percentage is floored to 0.1, and is 100 only where nothing is missing.
"""

from eradication.facts.baseline import Base, changes
from eradication.facts.conversions import Ground, conversions
from eradication.facts.targets import targets
from eradication.facts.villages import commitments, mailboxes

__all__ = ["Base", "Ground", "changes", "commitments", "conversions", "mailboxes", "targets"]
