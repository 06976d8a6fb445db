"""Photos as evidence of visits: which photo shows which visit, what is missing or odd, and which picture is used twice.

Pure. Start with :func:`links` and :func:`checks`.
"""

from eradication.evidence.linking import NEAR, ROLES, Check, Link, Shot, checks, links

__all__ = ["NEAR", "ROLES", "Check", "Link", "Shot", "checks", "links"]
