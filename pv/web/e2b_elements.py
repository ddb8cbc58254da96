"""The element table of the ICSR: every element with its facts, its codes and its rules."""

from collections.abc import Iterable
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET

from followup.core.http.requests import ActingRequest
from followup.core.naming import reader_language
from followup.core.permissions import Perm
from followup.core.problems import NotFound
from pv.domain.e2b.checks import Profile, Severity, explain
from pv.domain.e2b.checks.profiles import region
from pv.domain.e2b.elements import CODE_LISTS, ELEMENTS, GROUPS, DataType, Element
from pv.queries import elements

RECEIVERS: dict[Profile, str | Promise] = {
    Profile.ICH: "ICH",
    Profile.NMPA: pgettext_lazy("receiver", "NMPA, after approval"),
    Profile.CDE: pgettext_lazy("receiver", "CDE, clinical trials"),
    Profile.FDA: pgettext_lazy("receiver", "FDA, after approval"),
    Profile.FDA_IND: pgettext_lazy("receiver", "FDA, IND safety reports"),
    Profile.EMA: pgettext_lazy("receiver", "EMA, after approval"),
    Profile.EMA_TRIAL: pgettext_lazy("receiver", "EMA, clinical trials"),
    Profile.MHRA: pgettext_lazy("receiver", "MHRA, United Kingdom"),
    Profile.PMDA: pgettext_lazy("receiver", "PMDA, Japan"),
    Profile.MFDS: pgettext_lazy("receiver", "MFDS, Korea"),
    Profile.HEALTH_CANADA: pgettext_lazy("receiver", "Health Canada"),
    Profile.PARTNER: pgettext_lazy("receiver", "A partner company"),
}
TYPES: dict[DataType, str | Promise] = {
    DataType.TEXT: pgettext_lazy("data type", "Text"),
    DataType.LETTERS: pgettext_lazy("data type", "Letters"),
    DataType.NUMBER: pgettext_lazy("data type", "Number"),
    DataType.BOOLEAN: pgettext_lazy("data type", "True or false"),
    DataType.DATE: pgettext_lazy("data type", "Date"),
    DataType.DOCUMENT: pgettext_lazy("data type", "Document"),
    DataType.REFERENCE: pgettext_lazy("data type", "Reference to another element"),
}
CONFORMANCES: dict[str, str | Promise] = {
    "M": pgettext_lazy("conformance", "Mandatory"),
    "C": pgettext_lazy("conformance", "Conditional"),
    "O": pgettext_lazy("conformance", "Optional"),
}
PRECISIONS: dict[str, str | Promise] = {
    "second": pgettext_lazy("precision", "to the second"),
    "day": pgettext_lazy("precision", "to the day"),
    "year": pgettext_lazy("precision", "the year is enough"),
}
SEVERITIES: dict[Severity, tuple[str, str | Promise]] = {
    Severity.ERROR: ("failed", gettext_lazy("Error")),
    Severity.WARNING: ("query", gettext_lazy("Warning")),
}


def receiver(text: str) -> Profile | None:
    """The receiver a filter names; None for all or for nonsense."""
    return Profile(text) if text in set(Profile) else None


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Every element of the report, by code; searched in code, names and code lists."""
    cast(ActingRequest, request).actor.require(Perm.REFERENCE_READ)
    text = request.GET.get("q", "").strip()
    wanted = receiver(request.GET.get("receiver", ""))
    found = elements.search(text, region(wanted) if wanted else None)
    context = {
        "groups": _grouped(found),
        "number": len(found),
        "total": len(ELEMENTS),
        "text": text,
        "wanted": wanted.value if wanted else "",
        "receivers": [(profile.value, name) for profile, name in RECEIVERS.items()],
    }
    return render(request, "pv/reference/elements.html", context)


def _grouped(found: Iterable[Element]) -> list[dict[str, Any]]:
    """The elements under the names of their repeating groups, in the order of the table."""
    groups: dict[str, dict[str, Any]] = {}
    for element in found:
        group = GROUPS[element.group]
        rows = groups.setdefault(
            group.code, {"code": group.code, "name": group.name(reader_language()), "rows": []}
        )
        rows["rows"].append(
            {
                "code": element.code,
                "name": element.name(reader_language()),
                "type": TYPES[element.type],
                "length": element.max_length,
                "conformance": CONFORMANCES[element.conformance.value],
                "mandatory": element.conformance.value == "M",
                "list": element.code_list or "",
                "closed": element.code_list in CODE_LISTS,
                "regions": ", ".join(p.value.upper() for p in sorted(element.profiles))
                if element.regional
                else "",
            }
        )
    return list(groups.values())


@require_GET
def detail(request: HttpRequest, code: str) -> HttpResponse:
    """One element or group: its facts, its codes, what each receiver asks of it, and why."""
    cast(ActingRequest, request).actor.require(Perm.REFERENCE_READ)
    if code not in ELEMENTS and (code not in GROUPS or not code):
        raise NotFound()
    found = explain(code)
    wanted = receiver(request.GET.get("receiver", ""))
    own = found.own if wanted is None else found.in_profile(wanted)
    element = found.element
    context = {
        "found": found,
        "element": element,
        "name": _in_words(found.name),
        "group": _in_words(found.group),
        "type": TYPES[element.type] if element else "",
        "precision": PRECISIONS[element.precision.value] if element and element.precision else "",
        "conformance": CONFORMANCES[element.conformance.value] if element else "",
        "nulls": _nulls(found.nulls),
        "labels": [(label.code, label.text(reader_language())) for label in found.labels],
        "known_to": [str(RECEIVERS[profile]) for profile in found.known_to],
        "rules": [_rule(note) for note in own],
        "others": [_rule(note) for note in found.others],
        "unchecked": [(u.number, _in_words(u.reason)) for u in found.unchecked],
        "receivers": [(profile.value, name) for profile, name in RECEIVERS.items()],
        "wanted": wanted.value if wanted else "",
        "neighbours": elements.neighbours(code),
    }
    return render(request, "pv/reference/element.html", context)


def _in_words(text: Any) -> str:
    return str(text.zh if reader_language() == "zh" else text.en)


def _nulls(by_receiver: Any) -> list[tuple[str, str]]:
    """The nullFlavors with the receivers that take them, receivers alike in one line."""
    together: dict[tuple[str, ...], list[str]] = {}
    for profile, nulls in by_receiver.items():
        together.setdefault(tuple(nulls), []).append(str(RECEIVERS[profile]))
    return [(" ".join(nulls), " · ".join(names)) for nulls, names in together.items()]


def _rule(note: Any) -> dict[str, Any]:
    """One rule in the reader's words, its receivers by how they take a breach."""
    takers = []
    for severity, (kind, text) in SEVERITIES.items():
        names = [str(RECEIVERS[p]) for p, taken in note.severity.items() if taken is severity]
        if names:
            everyone = len(names) == len(RECEIVERS)
            takers.append((kind, str(text), "" if everyone else " · ".join(names)))
    return {
        "id": note.id,
        "element": note.element,
        "text": _in_words(note.text),
        "reason": _in_words(note.reason),
        "source": note.source,
        "confirmed": note.confirmed,
        "takers": takers,
    }


urlpatterns = [
    path("reference/elements/", listing, name="elements"),
    path("reference/elements/<str:code>/", detail, name="element"),
]
