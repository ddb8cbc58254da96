"""A form of a record others may change meanwhile: a choice per field, never a silent overwrite."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from followup.core.forms.base import Form
from followup.core.forms.refusals import Refusals
from followup.core.http.numbers import version_sent
from followup.core.problems import Conflict, Refused
from followup.core.templatetags.everwatch import listed

MINE, PRESENT = "mine", "present"


def unresolved(sent: Iterable[str]) -> tuple[str, list[str]]:
    """What the hidden box of a conflict says: the version compared with, what is to be chosen."""
    version, names = "", dict[str, None]()
    for text in sent:
        before, _colon, listed = text.rpartition(":")
        version = before or version
        names |= dict.fromkeys(name for name in listed.split(",") if name)
    return version, list(names)


@dataclass(frozen=True, slots=True)
class Clash:
    """One field of a conflict, in words. `asks`: both changed it, so a person chooses."""

    name: str
    label: str
    mine: str
    present: str
    asks: bool
    choice: str = ""


class VersionedForm(Form):
    """A form opened at a version of its record.

    Give the record's present values as `initial`, also on a POST. When the action raises
    `Conflict`, `refusals(known=…)` or `collide` shows it: a field only the colleague changed takes
    the colleague's value, one only I changed keeps mine, and for one both changed nothing is
    chosen beforehand; the form then saves only with a choice for each. `parts/conflict.html`,
    inside the form, shows it.
    """

    version_name = "version"  # what the hidden box of the version is called

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[self.version_name] = forms.CharField(widget=forms.HiddenInput, required=False)
        self.clashes: list[Clash] = []
        self.collided = False
        self.saved_by = ""
        self.saved_at: datetime | None = None
        self.unresolved = self.add_prefix("unresolved")
        sent = self.data.getlist(self.unresolved) if isinstance(self.data, QueryDict) else []
        self._compared_at, names = unresolved(sent)
        self._open = [name for name in names if name in self.fields]

    @property
    def held_version(self) -> forms.BoundField:
        """The hidden box; draw it inside the form."""
        return self[self.version_name]

    @property
    def seen(self) -> int:
        """The version the form was opened with; 0, which never fits, when none was sent.

        After a conflict it is the version the choices were made against: it comes with the names
        of what is to be chosen, so whoever leaves them out meets the conflict again.
        """
        opened = str(self.data.get(self.add_prefix(self.version_name), ""))
        sent = self._compared_at if self._open and self._compared_at else opened
        return version_sent(sent)

    @property
    def choices_asked(self) -> str:
        """The hidden box of an unresolved conflict: the version compared with, and its fields."""
        return f"{self._compared_at}:{','.join(self._open)}" if self._open else ""

    def _choice(self, name: str) -> str:
        return str(self.data.get(f"{self.unresolved}-{name}", ""))

    def clean(self) -> dict[str, Any]:
        """Put the colleague's value where it was chosen; refuse a field nobody chose for."""
        values = super().clean()
        clean: dict[str, Any] = self.cleaned_data if values is None else values
        for name in self._open:
            field, label = self.fields[name], str(self[name].label)
            present = self.get_initial_for_field(field, name)
            mine = _words(field, self[name].data)
            choice = self._choice(name)
            self.clashes.append(Clash(name, label, mine, _words(field, present), True, choice))
            if choice == PRESENT:
                self.errors.pop(name, None)
                clean[name] = _read(field, present)
            elif choice != MINE:
                self.add_error(None, _("Choose which value is right: %(label)s") % {"label": label})
        return clean

    def refusals(
        self,
        *,
        stale: str = "",
        at: Mapping[str, str] | None = None,
        on_conflict: Callable[[Conflict], object] | None = None,
        on_refusal: Callable[[Refused], object] | None = None,
        known: Callable[[Any], Mapping[str, Any]] | None = None,
    ) -> Refusals:
        """The block an action is called in; with `known` a conflict is merged by `collide`."""
        if known is not None:
            on_conflict = partial(self.collide, known=known)
        return super().refusals(stale=stale, at=at, on_conflict=on_conflict, on_refusal=on_refusal)

    @property
    def status(self) -> int:
        """The HTTP status of the page that shows the form: 409 after a conflict."""
        return 409 if self.collided else super().status

    def collide(self, conflict: Conflict, known: Callable[[Any], Mapping[str, Any]]) -> None:
        """Show the form again as the three-way merge of opened, present and mine.

        `known` makes the values of the form of a row. Without a row that was opened every field
        that differs is asked about.
        """
        present = known(conflict.present)
        opened = known(conflict.opened) if conflict.opened is not None else None
        self.merge(opened, present, version=conflict.version)
        self.saved_by, self.saved_at = conflict.saved_by, conflict.saved_at

    def merge(
        self,
        opened: Mapping[str, Any] | None,
        present: Mapping[str, Any],
        *,
        version: int | None,
    ) -> None:
        """The same for a record whose values the caller knows, by the names of the form."""
        data = QueryDict(mutable=True)
        data.update(self.data)
        self.collided = True
        self.clashes, self._open = [], []
        for name, mine in self._compared(present):
            field = self.fields[name]
            theirs, start = present[name], None if opened is None else opened.get(name)
            if opened is not None and _same(field, theirs, start):
                _put(data, self.add_prefix(name), field, mine)
                continue
            if _same(field, mine, theirs):
                continue
            asks = opened is None or not _same(field, mine, start)
            _put(data, self.add_prefix(name), field, mine if asks else theirs)
            data.pop(f"{self.unresolved}-{name}", None)
            words = _words(field, mine), _words(field, theirs)
            self.clashes.append(Clash(name, str(self[name].label), *words, asks))
            if asks:
                self._open.append(name)
        self._compared_at = "" if version is None else str(version)
        if not self._open:
            data[self.add_prefix(self.version_name)] = self._compared_at
        data.pop(self.unresolved, None)
        self.data = data
        self.add_error(None, _("Somebody else changed this record meanwhile."))

    def _compared(self, present: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        """Every field a person sees that the record has, with what was typed or chosen for it."""
        for name, field in self.fields.items():
            if name in present and not self[name].is_hidden and not field.disabled:
                yield name, self.cleaned_data.get(name, self[name].data)


def _posted(field: forms.Field, value: Any) -> Any:
    """A value as the browser sends it."""
    value = field.prepare_value(value)
    if isinstance(value, bool):
        return value if isinstance(field, forms.BooleanField) else str(value)
    if value is None:
        return ""
    if isinstance(value, list | tuple | set | frozenset):
        return [str(item) for item in value]
    return value.isoformat() if isinstance(value, date) else str(value)


def _put(data: QueryDict, name: str, field: forms.Field, value: Any) -> None:
    posted = _posted(field, value)
    if isinstance(posted, bool):
        data.setlist(name, ["on"] if posted else [])
    else:
        data.setlist(name, posted if isinstance(posted, list) else [posted])


def _read(field: forms.Field, value: Any) -> Any:
    """A value as the form would clean it; one no form takes (an import) stays as it is."""
    posted = _posted(field, value)
    try:
        return field.clean(posted)
    except forms.ValidationError:
        return posted


def _same(field: forms.Field, one: Any, other: Any) -> bool:
    def plain(value: Any) -> Any:
        read = _read(field, value)
        if isinstance(read, list | tuple | set | frozenset):
            return sorted(map(str, read))
        text = "" if read is None else read
        return text.replace("\r\n", "\n").strip() if isinstance(text, str) else text

    return bool(plain(one) == plain(other))


def _words(field: forms.Field, value: Any) -> str:
    """A value in the reader's words: labels for codes, a dash for nothing."""
    posted = _posted(field, value)
    if isinstance(posted, bool):
        return pgettext("answer", "Yes") if posted else pgettext("answer", "No")
    labels = dict(_flat(getattr(field, "choices", ())))
    items = posted if isinstance(posted, list) else [posted] if posted else []
    return listed(labels.get(item, item) for item in items) or "—"


def _flat(choices: Any) -> Iterator[tuple[str, str]]:
    for value, label in choices:
        if isinstance(label, list | tuple):
            yield from _flat(label)
        elif value not in ("", None):
            yield str(value), str(label)
