"""What one request asks the database again and again, such as the code list behind each label.

An answer is kept until the request ends. A write keeps none and clears those before it; a view of
the past has its own. Outside of a request nothing is kept.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
_kept: ContextVar[dict[Any, Any] | None] = ContextVar("everwatch.request_answers", default=None)


@contextmanager
def during_request() -> Iterator[None]:
    """Keep answers for the rest of the block."""
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)


@contextmanager
def apart() -> Iterator[None]:
    """Ask again inside the block, and after it: it may change what was answered before."""
    before = _kept.get()
    token = _kept.set(None)
    try:
        yield
    finally:
        _kept.reset(token)
        if before is not None:
            before.clear()


def kept() -> bool:
    """Whether answers are kept now."""
    return _kept.get() is not None


def once_a_request(function: Callable[P, R]) -> Callable[P, R]:
    """For a read whose arguments can be hashed and whose answer nobody changes."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        answers = _kept.get()
        if answers is None:
            return function(*args, **kwargs)
        key = (run, args, tuple(sorted(kwargs.items())))
        if key not in answers:
            answers[key] = function(*args, **kwargs)
        answer: R = answers[key]
        return answer

    return run
