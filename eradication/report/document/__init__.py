"""Official documents: one content (:mod:`.body`), laid out by decree, as DOCX to be signed and as PDF of the same."""

from eradication.report.document.body import of

__all__ = ["of"]
