"""Stored values of E2B elements as people read them: dates, yes and no, codes, reasons."""

import re

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from followup.domain.dates import DateError, PartialDate
from pv.domain.e2b.elements import DataType, Element, label
from pv.domain.e2b.message import Attachment, Null, Value
from pv.domain.e2b.quantities import moment, unit
from pv.domain.e2b.systems import NAMED
from pv.domain.e2b.trail import element_at

_WORDED = re.compile(
    r"(\d{4})-(\d\d)-(\d\d) (\d\d)(?::(\d\d))?(?::(\d\d))? ?(?:([+-]\d\d):?(\d\d))?", re.ASCII
)


def reason(flavor: str) -> str:
    """Why a value is absent, in words (HL7 nullFlavor)."""
    words = {
        "NI": _("No information"),
        "UNK": _("Not known"),
        "ASKU": _("Asked, but not known"),
        "NASK": _("Not asked"),
        "MSK": _("Withheld for privacy"),
        "NA": _("Not applicable"),
        "OTH": _("Other"),
        "NINF": _("No lower limit"),
        "PINF": _("No upper limit"),
    }
    return str(words.get(flavor, flavor))


def stored_moment(text: str) -> str:
    """A date with a time as `worded` shows it, in the standard's form; "" for anything else."""
    match = _WORDED.fullmatch(text)
    return "".join(part or "" for part in match.groups()) if match else ""


def _day(text: str) -> str:
    """`202609` is `2026-09`, `20260927034700+0000` is `2026-09-27 11:47 +08:00`."""
    if shown := moment(text):
        return shown
    try:
        return PartialDate.from_e2b(text).isoformat()
    except DateError:
        return text


def language_name(code: str) -> str:
    """A language of ISO 639-2 that reports come in; "" for one that has no name here."""
    names = {
        ("chi", "zho"): pgettext("language", "Chinese"),
        ("eng",): pgettext("language", "English"),
        ("fre", "fra"): pgettext("language", "French"),
        ("ger", "deu"): pgettext("language", "German"),
        ("ita",): pgettext("language", "Italian"),
        ("jpn",): pgettext("language", "Japanese"),
        ("kor",): pgettext("language", "Korean"),
        ("por",): pgettext("language", "Portuguese"),
        ("rus",): pgettext("language", "Russian"),
        ("spa",): pgettext("language", "Spanish"),
    }
    return next((name for codes, name in names.items() if code in codes), "")


def worded(element: Element, value: Value | None, language: str, *, coded: bool = True) -> str:
    """A value in words: a date with dashes, yes or no, the label of a code, why it is absent.

    `coded` puts the code behind its label.
    """
    if value is None:
        return ""
    if isinstance(value, Null):
        return reason(value.flavor)
    if isinstance(value, Attachment):
        return value.reference or value.media_type or _("Attached document")
    if element.type is DataType.DATE:
        return _day(value)
    if element.type is DataType.BOOLEAN and value in ("true", "false"):
        return pgettext("boolean", "Yes") if value == "true" else pgettext("boolean", "No")
    named = label(element.code, value, language)
    if element.code_list == "LANGUAGE":
        named = language_name(value)
    elif element.system == NAMED["UCUM"]:
        return named or unit(value)  # nobody reads `a` for a year
    return f"{named} ({value})" if named and coded else named or value


def place_value(place: str, stored: str, language: str) -> str:
    """A stored value at a place inside a message in words; "" where the place is no value."""
    at = element_at(place)
    if at is None or ".values." not in place:
        return ""
    element, part = at
    if part == "null":
        return reason(stored)
    if part == "data":
        return _("Attached document")
    return stored if part else worded(element, stored, language)
