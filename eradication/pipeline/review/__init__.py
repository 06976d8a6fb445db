"""Reviewers at a map: which candidates are next, all that is known of one, and what is decided of it.

A candidate is not an accusation: whoever reviews decides whether somebody goes there, never what grows there.
"""
