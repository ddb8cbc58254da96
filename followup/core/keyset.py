"""Paging by key: a row-value comparison the index answers at one price on every page."""

from typing import Any

from django.db.models import BooleanField, Expression, F, Func, Value


class After(Func):
    """`(a, b) > (x, y)` as one row comparison; the spelled-out OR form cannot use the index."""

    output_field = BooleanField()

    def __init__(self, columns: tuple[str, ...], values: tuple[Any, ...], **extra: Any) -> None:
        if len(columns) != len(values):
            raise ValueError("one value a column")
        sources: list[Expression | F] = [F(c) for c in columns] + [Value(v) for v in values]
        super().__init__(*sources, **extra)

    def as_sql(self, compiler: Any, connection: Any, **_extra: Any) -> tuple[str, list[Any]]:
        """Both halves of the source expressions, compared as rows."""
        parts, parameters = [], []
        for source in self.source_expressions:
            text, values = compiler.compile(source)
            parts.append(text)
            parameters += list(values)
        half = len(parts) // 2
        left, right = ", ".join(parts[:half]), ", ".join(parts[half:])
        return f"({left}) > ({right})", parameters


class Before(After):
    """`(a, b) < (x, y)`: the next page of a list that runs backwards."""

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, list[Any]]:
        """As `After`, the other way."""
        text, parameters = super().as_sql(compiler, connection, **extra)
        return text.replace(") > (", ") < (", 1), parameters
