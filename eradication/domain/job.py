"""Long work that somebody asked for, and how far it is."""

from eradication.domain.codes import Code


class JobState(Code):
    """How far a job is."""

    QUEUED = "queued", "đang chờ"
    RUNNING = "running", "đang làm"
    DONE = "done", "đã xong"
    FAILED = "failed", "không làm được"
    CANCELLED = "cancelled", "đã hủy"


OVER = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED})
"""Nothing happens to it any more, unless somebody asks for it again."""
