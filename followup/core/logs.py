"""JSON logs with allow-listed keys, so that no patient data can slip in through `extra`."""

import json
import logging

ALLOWED = (
    "request_id",
    "method",
    "route",
    "status",
    "seconds",
    "error",
    "job",
    "task",
    "action",
    "count",
    "notice",
)


class JsonFormatter(logging.Formatter):
    """One line a record; values outside the allow-list are dropped."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as a JSON line in UTC; an exception by type and place, never its text."""
        line: dict[str, object] = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "logger": record.name,
            "event": record.getMessage(),
        }
        for key in ALLOWED:
            if hasattr(record, key):
                line[key] = getattr(record, key)
        if record.exc_info and record.exc_info[0]:
            line["exception"] = record.exc_info[0].__name__
            line["where"] = self._where(record)
        return json.dumps(line, ensure_ascii=False, default=str)

    @staticmethod
    def _where(record: logging.LogRecord) -> list[str]:
        trace = record.exc_info[2] if record.exc_info else None
        places = []
        while trace is not None:
            code = trace.tb_frame.f_code
            places.append(f"{code.co_filename.rsplit('/', 3)[-1]}:{trace.tb_lineno}")
            trace = trace.tb_next
        return places[-6:]
