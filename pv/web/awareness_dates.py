"""The day one learned of what is written into a case, asked for where it starts a clock."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followup.core.forms import Form
from followup.core.problems import Refused
from followup.web.dates import DateField
from pv.domain.cases.editing import PathError, put
from pv.domain.cases.flags import Flags, of_tree
from pv.domain.e2b import storage
from pv.domain.e2b.message import Value

URGENT_SECTIONS = frozenset({"event", "patient"})  # where seriousness and death are written


class LearnedForm(Form):
    """Empty on purpose: the day of entry is not the day of awareness."""

    learned_on = DateField(
        label=gettext_lazy("Learned of the change on"),
        help_text=gettext_lazy("Needed where seriousness or death is stated: it starts a clock."),
        required=False,
        future=False,
    )

    def day(self, case: Any, version: Any, changes: Mapping[str, Value | None]) -> date | None:
        """The day typed; Refused when the values call for one and the box was left empty."""
        if not self.is_valid():
            raise Refused(dict(self.errors))
        day: date | None = self.cleaned_data["learned_on"]
        if day is None and "learned_on" in self.data and _urgent(case, version, changes):
            text = _("This makes the case more urgent. On which day did you learn of it?")
            self.add_error("learned_on", text)
            raise Refused({"learned_on": text})
        return day


def _urgent(case: Any, version: Any, changes: Mapping[str, Value | None]) -> bool:
    root = storage.from_data(version.message)
    before = of_tree(root) | Flags(case.serious, case.fatal)
    try:
        for path, value in changes.items():
            put(root, path, value)
    except PathError:
        return False  # the action refuses it in words
    return of_tree(root).risen(before)
