"""Reads that every page asks: the statement is written once for its arguments, and asked often.

Django writes a statement from its conditions each time, which takes longer than the database
needs for the answer. What a statement says follows from the arguments of the function that makes
it, and from nothing else: an actor counts as its rights, so that a right that was revoked is
another statement; a day is an argument. What differs in each request (the key of a row, a list of
keys) is left open by `Given` and `OneOf` and named when it is asked. The answer itself is asked
of the database every time, under the login and the row security of whoever asks: nothing is kept.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, update_wrapper
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import BooleanField, F, Field, Func, Model, QuerySet, UUIDField
from django.db.models.expressions import Expression
from django.db.models.query import FlatValuesListIterable, ValuesListIterable

from followup.core.actor import Actor

M = TypeVar("M", bound=Model)
R = TypeVar("R")
_PLACES = re.compile("%[s%]")
_OF_COMPILER = ("select", "klass_info", "annotation_col_map", "col_count", "has_extra_select")


class Given(Expression):
    """A value that is named each time the statement is asked."""

    def __init__(self, name: str, field: "Field[Any, Any]") -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, *args: Any, **more: Any) -> Any:
        """Its place, with itself in the place of the value."""
        return "%s", [self]


class OneOf(Func):
    """That a column is one of the values of a list that is named each time."""

    output_field = BooleanField()

    def __init__(self, column: str, name: str, field: "Field[Any, Any]") -> None:
        super().__init__(F(column), Given(name, field))
        self._keys = "::uuid[]" if isinstance(field, UUIDField) else ""

    def as_sql(self, compiler: Any, *args: Any, **more: Any) -> Any:
        """`column = ANY (list)`."""
        column, values = self.get_source_expressions()
        (left, before), (right, after) = compiler.compile(column), compiler.compile(values)
        return f"({left} = ANY ({right}{self._keys}))", [*before, *after]


def _value(given: Any) -> Any:
    """What is bound: a list of keys as one text, which is quoted once."""
    if type(given) is list and given and type(given[0]) is UUID:
        return f"{{{','.join(map(str, given))}}}"
    return given


def prepared_cursor(using: str = DEFAULT_DB_ALIAS) -> Any:
    """A cursor for a statement whose text stays the same (`database.base.prepared_cursor`)."""
    asking: Any = connections[using]
    return asking.prepared_cursor()


class _Statement:
    """What a queryset asks, as text, and how its rows are read."""

    def __init__(self, rows: QuerySet[Any, Any]) -> None:
        compiler: Any = rows.query.get_compiler(rows.db)
        self.rows: Any = rows
        self._written, self._values = compiler.as_sql()
        self.compiled = {name: getattr(compiler, name) for name in _OF_COMPILER}
        columns = [column for column, _text, _alias in compiler.select]
        self._converters = list(compiler.get_converters(columns).items())
        self._text: str | None = None
        self._names = [value.name for value in self._values if isinstance(value, Given)]

    def ask(self, given: Mapping[str, Any]) -> list[Any]:
        """The rows, with the values that were left open."""
        kind: Any = self.rows._iterable_class
        asking = connections[self.rows.db]
        text, values = self.told(given)
        with prepared_cursor(self.rows.db) as cursor:
            cursor.execute(text, values)
            found = cursor.fetchall()
        if not found:
            return []
        if kind is FlatValuesListIterable and not self._converters:
            return [row[0] for row in found]
        if kind is ValuesListIterable:
            return self._converted(found, asking) if self._converters else found
        query: Any = _Answered(self, found)
        return list(kind(QuerySet(self.rows.model, query=query)))

    def _converted(self, found: list[tuple[Any, ...]], asking: Any) -> list[tuple[Any, ...]]:
        """The values of each row as their fields have them."""
        rows = [list(row) for row in found]
        for place, (converters, expression) in self._converters:
            for row in rows:
                for converter in converters:
                    row[place] = converter(row[place], expression, asking)
        return [tuple(row) for row in rows]

    def told(self, given: Mapping[str, Any]) -> tuple[str, list[Any] | None]:
        """Text and values as the cursor takes them; what is constant is part of the text."""
        if self._text is None:
            self._text = self._with_constants()
        return self._text, [_value(given[name]) for name in self._names] or None

    def _with_constants(self) -> str:
        values = iter(self._values)
        with connections[self.rows.db].cursor() as cursor:
            written = cast(Any, cursor).mogrify

            def filled(place: re.Match[str]) -> str:
                if place.group() == "%%":
                    return "%%" if self._names else "%"
                value = next(values)
                if isinstance(value, Given):
                    return "%s"
                text = str(written("%s", [value]))
                return text.replace("%", "%%") if self._names else text

            return _PLACES.sub(filled, self._written)


class _Answered:
    """Where an iterable of Django expects a query: it was compiled, and its answer is here."""

    def __init__(self, statement: _Statement, found: list[tuple[Any, ...]]) -> None:
        self._statement, self._found = statement, found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._statement.rows.query, name)

    def get_compiler(self, using: str | None = None) -> Any:
        """A compiler of the present connection that has its answer."""
        compiler = self._statement.rows.query.get_compiler(using)
        compiler.__dict__.update(self._statement.compiled, answer=self._found)
        return compiler


class Written(Generic[M, R]):
    """The rows of a function that makes a queryset."""

    def __init__(self, rows: Callable[..., QuerySet[M, R]]) -> None:
        @lru_cache(maxsize=512)
        def statement(*args: Any) -> _Statement | None:
            try:
                return _Statement(rows(*args))
            except EmptyResultSet:
                return None

        self._statement = statement
        update_wrapper(self, rows)

    def __call__(self, *args: Any, **given: Any) -> list[R]:
        """Ask: `args` the statement was written for, `given` what it left open."""
        written = self._statement(*map(_as_rights, args))
        return [] if written is None else written.ask(given)

    def text(self, *args: Any) -> str | None:
        """The statement, which leaves nothing open, as part of another; None finds nothing."""
        written = self._statement(*map(_as_rights, args))
        return None if written is None else written.told({})[0]


def written_once(rows: Callable[..., QuerySet[M, R]]) -> Written[M, R]:
    """For a function whose queryset follows from its arguments (which can be hashed) alone."""
    return Written(rows)


def asked_together(expressions: Sequence[str | None], *, nothing: Any) -> list[Any]:
    """The values of several expressions by one statement; `nothing` where there is no expression.

    Asking takes longer than what is asked.
    """
    known = [each for each in expressions if each is not None]
    answers: list[Any] = []
    if known:
        with prepared_cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(known)}")
            answers += cursor.fetchone()
    return [nothing if each is None else answers.pop(0) for each in expressions]


def found_any(statements: Sequence[str | None]) -> list[bool]:
    """Whether each of several statements (`Written.text`) finds a row, asked together."""
    asked = [None if text is None else f"EXISTS ({text})" for text in statements]
    return asked_together(asked, nothing=False)


def rights(actor: Actor) -> Actor:
    """An actor without what no statement depends on."""
    return replace(actor, name="", language="", request_id="")


def _as_rights(value: Any) -> Any:
    return rights(value) if isinstance(value, Actor) else value
