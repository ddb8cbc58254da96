"""The kept reasoning of a finding or a grade, line by line in the reader's language."""

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from followup.core.naming import localized_name
from followup.core.templatetags.everwatch import listed
from followup.domain.grading import Scale
from followup.domain.laboratory import FindingRule, LaboratoryRules
from followup.web.laboratory import words

# What a line begins with -> the rule, and what it calls the values it saw -> the measures.
_RULES = {
    "MARKER.B_CELL_APLASIA": FindingRule.B_CELL_APLASIA,
    "MARKER.HYPOGAMMAGLOBULINAEMIA": FindingRule.LOW_IGG,
    "MARKER.LOW_CD4": FindingRule.LOW_CD4,
    "MARKER.VECTOR_POSITIVE": FindingRule.VECTOR_POSITIVE,
    "RCL": FindingRule.RCL_POSITIVE,
}
_MEASURES = {
    "count": "cd19",
    "percent": "cd19_percent",
    "copies_per_ug": "car_transgene",
    "percent_positive": "vector_positive",
    "finding": "rcl",
    "neutrophils": "anc",
    "platelets": "plt",
}
_OTHERS: dict[str, str | Promise] = {
    "below": pgettext_lazy("laboratory reasoning", "limit: below"),
    "limit": pgettext_lazy("laboratory reasoning", "limit"),
    "never_above": gettext_lazy("never above the limit in the whole window"),
    "on_replacement": gettext_lazy("under replacement of immunoglobulin"),
    "time points": gettext_lazy("time points"),
    **words.MISSING,
}
_VALUES: dict[str, str | Promise] = {
    "missing": pgettext_lazy("laboratory reasoning", "not known"),
    "UNKNOWN": pgettext_lazy("laboratory reasoning", "open"),
    **dict.fromkeys(("yes", "YES"), gettext_lazy("Yes")),
    **dict.fromkeys(("no", "NO"), gettext_lazy("No")),
}
_DAYS = re.compile(r"days (\w+) (<=?) (.+)")
_POINTS = re.compile(r"time points with (\w+) (<=?) (.+)")
_PADDED = re.compile(r"\D*\d+\.\d*0", re.ASCII)  # zeros the column behind a number adds
_GRADED = re.compile(r"(\w+)\.(?:G\d|NEVER_ABOVE|POINTS)")


def measure_name(rules: LaboratoryRules, code: str) -> str:
    """What a measure is called, by its code or by what a grading rule calls it."""
    measure = rules.measures.get(_MEASURES.get(code, code))
    return localized_name(measure) if measure else code


@dataclass(frozen=True, slots=True)
class _Line:
    """One line with the laboratory's measures to name what it saw."""

    rules: LaboratoryRules
    begin: str
    seen: dict[str, str]
    answer: str

    def text(self) -> str:
        """The line in words; as it was kept where a part of it is not known any more."""
        unit = self.seen.get("unit", "")
        colon = pgettext("punctuation", ": ")
        seen = [
            # A number of days behind a limit and its unit would be read as one with them.
            f"{self._name(name)}{colon if _DAYS.match(name) or _POINTS.match(name) else ' '}"
            f"{self._value(name, value, unit)}"
            for name, value in self.seen.items()
            if name != "unit"
        ]
        text = colon.join([self._rule(), listed(seen)])
        return f"{text} → {self._answer()}" if self.answer else text

    def _rule(self) -> str:
        if self.begin in _RULES:
            return words.rule(_RULES[self.begin].value)
        if graded := _GRADED.fullmatch(self.begin):
            return _scale(graded[1])
        return _scale(Scale.CTCAE_5.value) if self.begin.startswith("CTCAE.") else self.begin

    def _name(self, name: str) -> str:
        for pattern, text in (
            (_DAYS, _("days with %(measure)s %(sign)s %(limit)s")),
            (_POINTS, _("time points with %(measure)s %(sign)s %(limit)s")),
        ):
            if found := pattern.fullmatch(name):
                sign = {"<=": "≤"}.get(found[2], found[2])
                return text % {
                    "measure": measure_name(self.rules, found[1]),
                    "sign": sign,
                    "limit": found[3],
                }
        return str(_OTHERS[name]) if name in _OTHERS else measure_name(self.rules, name)

    def _value(self, name: str, value: str, unit: str) -> str:
        if value in _VALUES:
            return str(_VALUES[value])
        if name == "finding":
            found = (f for f in self.rules.findings if f.code == value)
            return next((localized_name(one) for one in found), value)
        measure = self.rules.measures.get(_MEASURES.get(name, name))
        behind = measure.unit if measure else unit if name == "lower_limit" else ""
        shown = value.rstrip("0").rstrip(".") if _PADDED.fullmatch(value) else value
        return f"{shown} {behind}".rstrip()

    def _answer(self) -> str:
        if self.answer in _VALUES:
            return str(_VALUES[self.answer])
        return _("grade %(grade)s") % {"grade": self.answer}


def _scale(code: str) -> str:
    return code.replace("_", " ")


def in_words(line: str, rules: LaboratoryRules) -> str:
    """A line such as `MARKER.LOW_CD4: cd4 = 150, below = 200 → YES` as people say it."""
    said, _arrow, answer = line.partition(" → ")
    begin, _colon, rest = said.partition(": ")
    pairs = [part.rpartition(" = ") for part in rest.split(", ")]
    if not all(name for name, _sign, _value in pairs):
        return line
    return _Line(rules, begin, {name: value for name, _sign, value in pairs}, answer).text()
