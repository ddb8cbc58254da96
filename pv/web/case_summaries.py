"""The first page of a case: its summary, what is missing; earlier versions and what differs."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from followup.core import naming
from followup.core.actor import Actor
from followup.core.http.requests import ActingRequest
from followup.core.problems import Refused
from followup.languages import is_chinese
from pv.actions import icsr
from pv.domain.cases import sections as case_forms
from pv.domain.cases.causality_opinions import opinions, shown
from pv.domain.cases.english_names import name_in_english
from pv.domain.cases.stages import CaseStage
from pv.domain.cases.summaries import Asked, PairLine, ReactionLine, Summary, asked, summary
from pv.domain.e2b import storage
from pv.domain.e2b.checks import Profile, Severity
from pv.domain.e2b.checks.profiles import region
from pv.domain.e2b.elements import ELEMENTS, GROUPS
from pv.domain.e2b.message import Message, Node
from pv.domain.e2b.quantities import amount
from pv.domain.e2b.versions import UNPLACED, UNPLACED_NAMES, difference
from pv.queries import (
    case_links,
    cases,
    causality,
    concomitant_drugs,
    dictionaries,
    duplicates,
    rules,
    triage,
)
from pv.queries.e2b_values import worded
from pv.web import default_rules, expectedness
from pv.web.cases import page_context


def _receivers(case: Any) -> list[Profile]:
    known = rules.data("receivers")["receivers"]
    chosen = [Profile(name) for name in case.receivers if name in known and name in set(Profile)]
    return chosen or [Profile.NMPA]


def asked_of(case: Any, version: Any, root: Node) -> Asked:
    """What the receivers of the case ask for and what of it is missing.

    Without a product nobody is the sender and no receiver's own rules can be asked; what the
    standard always demands is counted all the same.
    """
    profiles = _receivers(case)
    required = []
    for profile in profiles:
        try:
            found = icsr.check(case, version, profile)
        except Refused:
            continue
        required += [
            (row.element, case_forms.place_of(root, row.element, row.path))
            for row in found
            if row.severity is Severity.ERROR
        ]
    shown = case_forms.Shown(frozenset(region(profile) for profile in profiles))
    return asked(storage.from_data(version.message), shown, required)


def _terms(lines: Summary) -> dict[int, str]:
    """The names of the coded terms in the reader's language, as far as a dictionary is loaded."""
    names: dict[int, str] = {}
    for line in lines.reactions:
        if line.code.isdecimal():
            found = dictionaries.terms(
                line.code_version, naming.reader_language(), [int(line.code)]
            )
            names |= {code: row.term.name for code, row in found.items()}
    return names


def _event(line: ReactionLine, names: dict[int, str], language: str) -> dict[str, Any]:
    name = names.get(int(line.code)) if line.code.isdecimal() else None
    return {
        "line": line,
        "term": name or line.name or line.code,
        "criteria": [ELEMENTS[code].name(language) for code in line.criteria],
        "outcome": worded(ELEMENTS["E.i.7"], line.outcome or None, language, coded=False),
    }


def _opinions(pair: PairLine) -> list[tuple[str, str]]:
    """Who thinks what, the reporter first, in the reader's language."""
    known = causality.causality_rules()
    order = [code for code, _label in causality.assessors()]
    stated = [one for one in opinions(known, pair.link) if one.texts[2]]
    stated.sort(key=lambda one: order.index(one.assessor) if one.assessor else len(order))
    named = [shown(known, one, naming.reader_language()) for one in stated]
    return [(who, result) for who, _method, result in named]


def _patient(root: Node, language: str) -> dict[str, str]:
    def words(code: str) -> str:
        return worded(ELEMENTS[code], root.get(code), language, coded=False)

    age = amount(root, "D.2.2a", "D.2.2b", language)
    initials = root.text("D.1") or ""  # a patient of no hospital of ours has no study code
    return {"name": initials, "sex": words("D.5"), "age": age or words("D.2.1")}


def shown_summary(case: Any, version: Any) -> dict[str, Any]:
    """What the summary of a version says, in the reader's language."""
    root = storage.from_data(version.message)
    language = get_language() or "en"
    if case.product is not None and not is_chinese(language):
        name_in_english(root, case.product.english_names)
    lines = summary(root)
    names = _terms(lines)
    unexpected = ELEMENTS["G.k.9.i.CN.1"]
    return {
        "patient": _patient(root, language),
        "events": [_event(line, names, language) for line in lines.reactions],
        "products": lines.products,
        "pairs": [
            (
                pair,
                _opinions(pair),
                worded(unexpected, pair.expectedness or None, language, coded=False),
            )
            for pair in lines.pairs
        ],
    }


@require_GET
def detail(request: HttpRequest, pk: str) -> HttpResponse:
    """A case in one look: what happened to whom, what is due, what is missing."""
    actor = cast(ActingRequest, request).actor
    case = cases.one(actor, pk)
    version = cases.version(actor, case)
    root = storage.from_data(version.message)
    wanted = asked_of(case, version, root)
    missing = [
        (path, code, _named(code, naming.reader_language()), case_forms.section_of(code))
        for path, code in wanted.missing
        if case_forms.section_of(code)
    ]
    shared = page_context(request, case, version)
    context = {
        **shared,
        **shown_summary(case, version),
        "undecided": _undecided(actor, case, version, shared),
        "defaults": default_rules.shown(actor, case),
        "missing": missing,
        "proposal": triage.proposal(actor, case),
        "put_off": duplicates.put_off(actor, case),
        "links": case_links.standing(case_links.of_case(actor, case)),
        "link_offers": case_links.offers(actor, case),
        "treatments": _treatments(actor, case, version),
        "asked": wanted,
        "receiver_rows": [rules.data("receivers")["receivers"][p.value] for p in _receivers(case)],
        "asked_for": _receivers(case)[0].value,
        "versions": cases.versions(actor, case),
        "section": "summary",
    }
    return render(request, "pv/cases/summary.html", context)


def _treatments(actor: Actor, case: Any, version: Any) -> int:
    """How many treatments of the hospital the case has not, or otherwise than it says now."""
    rows = concomitant_drugs.of_case(actor, case, version)
    return sum(1 for line in rows if line.is_offered)


def _undecided(actor: Actor, case: Any, version: Any, shared: dict[str, Any]) -> Any:
    """The event of an accepted case whose expectedness this reader may decide, with its form."""
    may = shared["editable"] and (shared["may_write"] or shared["may_assess"])
    if not may or case.unexpected is not None or case.stage == CaseStage.DRAFTED:
        return None
    return expectedness.open_decision(actor, case, version)


@require_GET
def earlier(request: HttpRequest, pk: str, number: int) -> HttpResponse:
    """One version as it was, and what differs from the one it is compared with."""
    actor = cast(ActingRequest, request).actor
    case = cases.one(actor, pk)
    row = cases.version(actor, case, number)
    rows = cases.versions(actor, case)
    numbers = [version.number for version in rows]
    text = request.GET.get("with", "")
    # The one before; of the first version the one after it, where there is one.
    usual = next(n for n in (number - 1, number + 1, number) if n in numbers)
    other = int(text) if text.isdecimal() and int(text) in numbers else usual
    before = row if other == number else cases.version(actor, case, other)
    language = get_language() or "en"
    found = [
        (item, _named(item.element, naming.reader_language()), *_sides(item, language))
        for item in difference(cases.message(before), cases.message(row))
    ]
    context = {
        **page_context(request, case, cases.version(actor, case)),
        **shown_summary(case, row),
        "row": row,
        "other": other,
        "versions": rows,
        "differences": found,
        "values": _values(cases.message(row), language),
        "section": "versions",
    }
    return render(request, "pv/cases/earlier.html", context)


def _named(element: str, spoken: str) -> str:
    known = ELEMENTS.get(element) or GROUPS.get(element)
    return UNPLACED_NAMES[spoken] if element == UNPLACED or known is None else known.name(spoken)


def _sides(item: Any, language: str) -> tuple[str, str]:
    """Before and after in words; a dash where there was nothing."""
    known = ELEMENTS.get(item.element)
    if known is None:
        return str(item.before or "—"), str(item.after or "—")
    before, after = (worded(known, value, language) for value in (item.before, item.after))
    return before or "—", after or "—"


def _values(message: Message, language: str) -> list[tuple[str, str, str]]:
    """Every value of a version: place, name, words."""
    return [
        (path, ELEMENTS[code].name(language), worded(ELEMENTS[code], value, language))
        for path, _node, code, value in message.walk()
        if code in ELEMENTS
    ]


urlpatterns = [
    path("cases/<uuid:pk>/", detail, name="case"),
    path("cases/<uuid:pk>/versions/<int:number>/", earlier, name="case-version"),
]
