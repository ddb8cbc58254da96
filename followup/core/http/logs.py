"""JSON logs with allow-listed keys, so that no patient data can slip in through `extra`.

Our own messages are constants. Those of libraries are kept as they are in their source, without
the values they put in: these may be an address, what a person typed, or the text of an exception
with a row of the database in it. The libraries listed here put in nothing of a person.
"""

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
    "actor",
    "check",
)
OWN = "everwatch"
# Names of queues, tasks and hosts; the text of an exception is not among them.
WITH_VALUES = frozenset(
    {
        "celery.apps.worker",
        "celery.beat",
        "celery.worker.consumer.connection",
        "celery.worker.consumer.mingle",
        "celery.worker.strategy",
    }
)


def _event(record: logging.LogRecord) -> str:
    if not isinstance(record.msg, str):
        return type(record.msg).__name__  # an exception given as the message
    own = record.name == OWN or record.name.startswith(f"{OWN}.")
    if own or not record.args or record.name in WITH_VALUES:
        return record.getMessage()
    return record.msg


class JsonFormatter(logging.Formatter):
    """One line per record; values outside the allow-list are dropped."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as a JSON line in UTC; an exception by type and place, never its text."""
        line: dict[str, object] = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "logger": record.name,
            "event": _event(record),
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
