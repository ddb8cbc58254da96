"""A section of a case that a colleague saved meanwhile: what each wrote, and what is chosen."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from followup.core.forms import MINE, PRESENT, Clash, unresolved
from followup.core.http.numbers import version_sent
from followup.core.problems import Conflict, Refused
from pv.domain.cases import editing
from pv.domain.cases.sections import Instance, Row
from pv.domain.e2b import storage
from pv.domain.e2b.message import Node, Null, Value
from pv.queries.e2b_values import worded

Typed = Callable[[Row, str], str]  # how a text of the page is stored


class SectionMerge:
    """The three-way merge of a section, in the shape `parts/conflict.html` shows.

    An element only the colleague changed takes the colleague's value, one only I changed keeps
    mine, one both changed is chosen by a person. Instances are counted by their place: once a
    group came or went, each difference inside a group is asked about.
    """

    unresolved = "unresolved"

    def __init__(self, request: HttpRequest, shown: list[Instance]) -> None:
        self._sent = request.POST
        self._rows = {row.path: row for instance in shown for row in instance.rows}
        self._at, names = unresolved(self._sent.getlist(self.unresolved))
        self._open = [path for path in names if path in self._rows]
        self.clashes: list[Clash] = []
        self.gone: list[tuple[str, str]] = []
        self.collided = False
        self.held = ""
        self.saved_by = ""
        self.saved_at: datetime | None = None

    @property
    def choices_asked(self) -> str:
        """The version compared with, and the paths a choice is asked for."""
        return f"{self._at}:{','.join(self._open)}" if self._open else ""

    @property
    def seen(self) -> int:
        """The version the choices were made against; 0 when nothing is open."""
        return version_sent(self._at) if self._open else 0

    def chosen(self, changes: Mapping[str, Value | None]) -> dict[str, Value | None]:
        """The changes without those where the colleague's value was chosen.

        Refused while a choice is missing; whoever leaves the question out has the version the
        page was opened with, and meets the conflict again.
        """
        kept, missing = dict(changes), []
        self.held = str(self._sent.get("lock_version", "")) if self._open else ""
        for path in self._open:
            row, choice = self._rows[path], self._sent.get(f"{self.unresolved}-{path}", "")
            mine = changes.get(path, row.value)
            self.clashes.append(self._clash(row, mine, asks=True, choice=choice))
            if choice == PRESENT:
                kept.pop(path, None)
            elif choice != MINE:
                missing.append(path)
        if missing:
            text = _("Choose which value is right: %(label)s")
            raise Refused({"": [text % {"label": self._label(self._rows[p])} for p in missing]})
        return kept

    def collide(self, conflict: Conflict, typed: Typed) -> QueryDict:
        """What the page shows now, beside the choices that are left."""
        data = QueryDict(mutable=True)
        data.update(self._sent)
        opened = None if conflict.opened is None else storage.from_data(conflict.opened.message)
        same = opened is not None and _shape(opened) == _shape(
            storage.from_data(conflict.present.message)
        )
        self.clashes, self._open = [], []
        for row, mine in self._posted(typed):
            start = editing.value_at(opened, row.path) if opened is not None else None
            known = opened is not None and (same or "[" not in row.path)
            if mine == row.value or (known and start == row.value):
                continue
            asks = not known or mine != start
            self.clashes.append(self._clash(row, mine, asks=asks))
            if asks:
                self._open.append(row.path)
                data.pop(f"{self.unresolved}-{row.path}", None)
            else:
                data.pop(f"v:{row.path}", None)
                data.pop(f"n:{row.path}", None)
        self.gone = list(self._lost(opened))
        self._at, self.collided = str(conflict.version), True
        self.held = str(self._sent.get("lock_version", "")) if self._open else self._at
        self.saved_by, self.saved_at = conflict.saved_by, conflict.saved_at
        return data

    def _posted(self, typed: Typed) -> Iterator[tuple[Row, Value | None]]:
        """Every element of the page with what was typed for it."""
        for path, row in self._rows.items():
            if row.document or f"v:{path}" not in self._sent:
                continue
            text = typed(row, self._sent[f"v:{path}"].replace("\r\n", "\n").strip())
            null = self._sent.get(f"n:{path}", "")
            yield row, text or (Null(null) if null in row.nulls else None)

    def _lost(self, opened: Node | None) -> Iterator[tuple[str, str]]:
        """What was typed where nothing stands any more: it is said, never dropped in silence."""
        for name in self._sent:
            path, text = name.removeprefix("v:"), str(self._sent[name]).strip()
            if not name.startswith("v:") or path in self._rows or not text:
                continue
            before = editing.value_at(opened, path) if opened is not None else None
            if text != before:
                yield path, text

    def _clash(self, row: Row, mine: Value | None, *, asks: bool, choice: str = "") -> Clash:
        language = get_language() or "en"
        words = [worded(row.element, value, language) or "—" for value in (mine, row.value)]
        return Clash(row.path, self._label(row), words[0], words[1], asks, choice)

    def _label(self, row: Row) -> str:
        return f"{row.element.name(get_language() or 'en')} {row.path}"


def _shape(root: Node) -> Any:
    """Which groups stand where, without their values."""
    return [
        (code, [_shape(child) for child in children])
        for code, children in sorted(root.groups.items())
        if children
    ]
