"""What is wrong with the values of a case, for the summary above and at each field."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import get_language

from pv.domain.cases.sections import Instance

_MARKS = re.compile(r"[\[\].]+")


def anchor(path: str) -> str:
    """The id of the field of an instance path: `G.k[1].2.2` becomes `e-G-k-1-2-2`."""
    return f"e-{_MARKS.sub('-', path)}"


@dataclass(frozen=True, slots=True)
class Line:
    """One problem; a link to its field where the field is on the page."""

    anchor: str
    label: str
    message: str


class Problems:
    """The refusals of an edit, in the shape the frame shows a form's errors in."""

    def __init__(
        self,
        refused: Mapping[str, Iterable[Any]],
        shown: Iterable[Instance] = (),
        beside: forms.Form | None = None,
    ) -> None:
        self.errors = {path: [str(text) for text in texts] for path, texts in refused.items()}
        language = get_language() or "en"
        self._beside = beside
        self._names = {row.path: row.element.name(language) for item in shown for row in item.rows}

    @property
    def faulty(self) -> bool:
        """Whether anything is wrong: the frame asks every form so."""
        return bool(self.errors)

    @property
    def summary(self) -> list[Line]:
        """The lines in the order of the page, those without a field last."""
        order = {path: number for number, path in enumerate(self._names)}
        paths = sorted(self.errors, key=lambda path: order.get(path, len(order)))
        return [self._line(path, text) for path in paths for text in self.errors[path]]

    def _line(self, path: str, message: str) -> Line:
        if self._beside is not None and path in self._beside.fields:
            field = self._beside[path]
            return Line(field.auto_id, str(field.label), message)
        name = self._names.get(path)
        if name is None:
            return Line("", path, f"{path}: {message}" if path else message)
        return Line(anchor(path), f"{name} {path}", message)
