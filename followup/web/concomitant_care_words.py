"""Treatments and stays in words: kinds, what each kind asks for, what was recorded."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from followup.core.templatetags.everwatch import listed
from followup.domain.concomitant_care import (
    DETAILS,
    STAYS,
    CareItem,
    CareKind,
    asked,
    exposes,
    lists,
)
from followup.queries import codes
from followup.web.code_choices import label
from followup.web.date_tags import shown_date

LABELS: Mapping[CareItem, Any] = {
    CareItem.DETAIL: gettext_lazy("Which"),
    CareItem.NAME: gettext_lazy("Agent"),
    CareItem.STARTED: pgettext_lazy("treatment", "Began on"),
    CareItem.ENDED: pgettext_lazy("treatment", "Ended on"),
    CareItem.ONGOING: pgettext_lazy("treatment", "Does it go on?"),
    CareItem.DOSE: gettext_lazy("Dose"),
    CareItem.DOSE_UNIT: gettext_lazy("Unit"),
    CareItem.MUTAGENIC: gettext_lazy("Is it mutagenic?"),
    CareItem.LIVE_VACCINE: gettext_lazy("Is it a live vaccine?"),
    CareItem.GIVEN_FOR: pgettext_lazy("treatment", "Why it was given"),
}
_OF_KIND: Mapping[tuple[CareKind, CareItem], Any] = {
    (CareKind.IMMUNOGLOBULIN, CareItem.NAME): gettext_lazy("Preparation"),
    (CareKind.TRANSFUSION, CareItem.NAME): gettext_lazy("Details of the component"),
    (CareKind.TRANSFUSION, CareItem.STARTED): gettext_lazy("Given on"),
    (CareKind.TRANSFUSION, CareItem.DOSE): gettext_lazy("Amount"),
    (CareKind.VACCINATION, CareItem.NAME): gettext_lazy("Vaccine"),
    (CareKind.VACCINATION, CareItem.STARTED): gettext_lazy("Given on"),
    (CareKind.HOSPITAL_STAY, CareItem.NAME): gettext_lazy("Hospital"),
    (CareKind.HOSPITAL_STAY, CareItem.STARTED): gettext_lazy("Admitted on"),
    (CareKind.HOSPITAL_STAY, CareItem.ENDED): gettext_lazy("Discharged on"),
    (CareKind.HOSPITAL_STAY, CareItem.ONGOING): pgettext_lazy("stay", "Still in hospital?"),
    (CareKind.HOSPITAL_STAY, CareItem.GIVEN_FOR): gettext_lazy("Reason of the stay"),
    (CareKind.EMERGENCY_VISIT, CareItem.NAME): gettext_lazy("Hospital"),
    (CareKind.EMERGENCY_VISIT, CareItem.STARTED): gettext_lazy("Seen on"),
    (CareKind.EMERGENCY_VISIT, CareItem.GIVEN_FOR): gettext_lazy("Reason of the visit"),
}


def kind_name(kind: str) -> str:
    """What a kind is called."""
    return label("concomitant_care_kind", kind)


def kinds() -> list[tuple[str, str]]:
    """Codes and names of every kind."""
    return [(each.value, kind_name(each.value)) for each in CareKind]


def item_label(kind: CareKind, item: CareItem) -> Any:
    """What an item is called for this kind."""
    return _OF_KIND.get((kind, item), LABELS[item])


def usually_mutagenic() -> str:
    """The later therapies the list takes to be mutagenic, for a person to confirm or not."""
    rows = codes.rows(DETAILS[CareKind.SUBSEQUENT_THERAPY])
    return listed(
        label(DETAILS[CareKind.SUBSEQUENT_THERAPY], row["code"])
        for row in rows
        if row.get("mutagenic")
    )


def what(row: Any) -> str:
    """What it was, in words: the entry of the list, the name, the dose; of a stay its reason."""
    kind = CareKind(row.kind)
    parts = [label(DETAILS[kind], row.detail)] if row.detail else []
    parts += [row.name] if row.name else []
    parts += [dose(row)] if row.dose is not None else []
    parts += [row.given_for] if row.given_for and kind in STAYS else []
    return " · ".join(parts) or kind_name(row.kind)


def story(row: Any) -> str:
    """A row in one line of a patient's story: kind, what, until when."""
    parts = [kind_name(row.kind), what(row), *marks(row)]
    return " · ".join(dict.fromkeys(parts))


def dose(row: Any) -> str:
    """The dose with its unit; empty when it was not told."""
    if row.dose is None:
        return ""
    return f"{row.dose.normalize():f} {label('care_dose_unit', row.dose_unit)}"


def period(row: Any) -> str:
    """From when to when, as far as it is known."""
    start = shown_date(row.started_on_text)
    if row.ended_on_text:
        return f"{start} – {shown_date(row.ended_on_text)}"
    going = {
        "YES": pgettext("treatment", "goes on"),
        "NO": pgettext("treatment", "ended, day not known"),
        "UNKNOWN": pgettext("treatment", "not known whether it goes on"),
    }.get(row.ongoing)
    return f"{start} · {going}" if going else start


def marks(row: Any) -> list[str]:
    """What a reader should not miss: mutagenic, live vaccine, intensive care."""
    found = []
    if exposes(CareKind(row.kind), row.mutagenic):
        found.append(pgettext("treatment", "mutagenic"))
    if row.live_vaccine == "YES":
        found.append(pgettext("treatment", "live vaccine"))
    if row.detail == "INTENSIVE_CARE":
        found.append(pgettext("treatment", "intensive care"))
    return found


def line(row: Any) -> dict[str, Any]:
    """A row as lists show it."""
    return {
        "row": row,
        "kind": kind_name(row.kind),
        "what": what(row),
        "period": period(row),
        "marks": marks(row),
    }


def answers(row: Any) -> list[tuple[str, str]]:
    """What was answered, in the order of the form."""
    kind, found = CareKind(row.kind), []
    for item in asked(kind):
        text = _answer(row, kind, item)
        if text:
            found.append((str(item_label(kind, item)), text))
    return found


def _answer(row: Any, kind: CareKind, item: CareItem) -> str:
    if item is CareItem.STARTED:
        return str(shown_date(row.started_on_text))
    if item is CareItem.ENDED:
        return str(shown_date(row.ended_on_text)) if row.ended_on_text else ""
    if item is CareItem.DOSE:
        return dose(row)
    if item is CareItem.DOSE_UNIT:
        return ""
    value = str(getattr(row, item.value))
    code_list = lists(kind).get(item)
    return label(code_list, value) if value and code_list else value
