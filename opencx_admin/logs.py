"""What stands in the log of a request that was refused: one line, no traceback."""

from __future__ import annotations

import logging


class PlainRefusals(logging.Filter):
    """Takes the traceback from Django's records of 4xx answers; those of 5xx and of all else keep theirs.

    A 403, a 404 or a wrong Host is an answer, not a fault of the program.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        status = getattr(record, "status_code", None)
        if isinstance(status, int) and status < 500:
            record.exc_info = record.exc_text = None
        return True
