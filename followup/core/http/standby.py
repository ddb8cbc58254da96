"""Pages and API answers that only list or report: read from the standby, where there is one."""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, TypeVar, cast

from django.db import connection
from django.http import FileResponse, StreamingHttpResponse

from followup.core import request_answers
from followup.core.database import standby
from followup.core.row_security import contexts

View = TypeVar("View", bound=Callable[..., Any])
SAFE = frozenset({"GET", "HEAD"})


def reads_from_standby(view: View) -> View:
    """Mark a view, or the `get` of an API view, that lists or reports.

    It changes nothing that it would read again: an action inside it writes to the primary. When
    the standby fails on the way, the primary is asked from the start. POST goes to the primary.
    """

    @wraps(view)
    def run(*args: Any, **kwargs: Any) -> Any:
        request = args[0] if hasattr(args[0], "META") else args[1]
        if request.method not in SAFE:
            return view(*args, **kwargs)
        with standby.reading() as chosen:
            if not chosen:
                return view(*args, **kwargs)
            try:
                return _kept(view(*args, **kwargs))
            except standby.FAULTS as error:
                standby.leave_alone(standby.AWAY_SECONDS, type(error).__name__)
        connection.close()
        with request_answers.apart():  # what was read until then is read again
            return view(*args, **kwargs)

    run.__dict__["reads_from_standby"] = True
    return cast(View, run)


def _kept(response: Any) -> Any:
    """A streamed answer is read after the view has returned, from where it began."""
    if isinstance(response, StreamingHttpResponse) and not isinstance(response, FileResponse):
        parts: Iterator[bytes] = iter(response)
        response.streaming_content = contexts.kept(parts, contexts.present())
    return response
