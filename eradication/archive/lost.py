"""Why something could not be had: one small exception with a stable reason."""


class Lost(Exception):
    """One address or asset failed for good; others go on.

    Reasons: ``http_<status>``, ``timeout`` (stalled, or over its total time), ``slow``, ``truncated``, ``changed``,
    ``unreachable``, ``refused_address``, ``too_many_redirects``, ``too_large``, ``bad_answer``, ``no_token``,
    ``not_fetched`` (the limit of bytes was reached before it).
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        """Keep the reason apart from its detail; neither ever holds a token."""
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail
