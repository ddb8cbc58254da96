"""Queries as SQL: the very same text as Django's, written with less work.

A page asks twenty times, and a select of a patient with related rows names two hundred columns.
Django writes each column through four calls, and for an ORDER BY it makes a hash of every
selected column in case the order means one of them by its alias; most selects have no alias.

Source: django.db.models.sql.compiler of Django 5.2.
"""

from collections.abc import Iterable
from typing import Any

from django.db.backends.postgresql import compiler as postgresql
from django.db.models.expressions import Col

SQLAggregateCompiler = postgresql.SQLAggregateCompiler
SQLDeleteCompiler = postgresql.SQLDeleteCompiler
SQLInsertCompiler = postgresql.SQLInsertCompiler
SQLUpdateCompiler = postgresql.SQLUpdateCompiler


class SQLCompiler(postgresql.SQLCompiler):
    """The compiler of reads."""

    answer: list[tuple[Any, ...]] | None = None  # of a statement written before (`statements`)

    def execute_sql(self, *args: Any, **kwargs: Any) -> Any:
        """The same, asked unless the answer is there."""
        return super().execute_sql(*args, **kwargs) if self.answer is None else [self.answer]

    def compile(self, node: Any) -> Any:
        """A column at once, anything else as Django does."""
        if node.__class__ is not Col or not node.alias:
            return super().compile(node)
        quoted, alias, column = self.quote_cache, node.alias, str(node.target.column)
        before = quoted.get(alias) or self.quote_name_unless_alias(alias)
        return f"{before}.{quoted.get(column) or self.quote_name_unless_alias(column)}", []

    def get_order_by(self) -> Any:
        """The same; an order by names that are no alias can mean nothing selected."""
        aliases = {alias for _col, _text, alias in self.select or () if alias}
        if aliases and not self._apart(aliases) or self.query.combinator:
            return super().get_order_by()
        selected, self.select = self.select, []
        try:
            return super().get_order_by()
        finally:
            self.select = selected

    def _apart(self, aliases: set[str]) -> bool:
        query = self.query
        names = query.order_by or (() if query.default_ordering else None)
        if names is None or query.extra_order_by or not names:
            return False
        return all(isinstance(n, str) and n.lstrip("-+") not in aliases for n in names)

    def get_converters(self, expressions: Iterable[Any]) -> Any:
        """The same; PostgreSQL adds none of its own to those of a field."""
        columns = list(expressions)
        if not all(column.__class__ is Col for column in columns):
            return super().get_converters(columns)
        found = {}
        for place, column in enumerate(columns):
            field = column.target
            if column.output_field is not field:
                converters = column.get_db_converters(self.connection)
            else:
                converters = field.get_db_converters(self.connection)
            if converters:
                found[place] = (converters, column)
        return found
