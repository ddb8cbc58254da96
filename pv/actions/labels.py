"""Label versions: entered by one person, confirmed by another; then cases are looked at again."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import F
from django.utils.translation import gettext as _

from followup.core import clock, versions
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.advisory_locks import wait_for
from followup.core.permissions import Perm
from followup.core.problems import Conflict, Denied, Refused
from followup.models import Product
from pv.actions import clock_sources, confirmations
from pv.domain.cases.label_events import label_event, pairs
from pv.domain.e2b import storage
from pv.domain.e2b.elements import is_country
from pv.domain.labels import (
    Basis,
    LabelKind,
    LabelText,
    LineProblem,
    TypedTerm,
    asks_for,
    changed_codes,
    expectedness,
)
from pv.models import Case, CaseVersion, LabelReview, LabelTerm, LabelVersion
from pv.queries import authorisations, dictionaries, labels, rules
from pv.queries.expectedness import bases, names_of, receivers_of

_WORKER = Actor.process("label reviews")
_MOST_TERMS = 2_000
_MOST_PROBLEMS = 20


def _require(actor: Actor, product: UUID) -> None:
    """Safety and regulatory affairs keep labels."""
    if not any(actor.may(perm, product=product) for perm in labels.KEEPERS):
        raise Denied("label.enter")


def _line_problem(line: TypedTerm, problem: LineProblem, version: str) -> str:
    values = {"line": line.line, "text": line.text[:60], "version": version}
    if problem is LineProblem.TWICE:
        return _("Line %(line)s: %(text)s stands here twice.") % values
    return _("Line %(line)s: MedDRA %(version)s has no term %(text)s.") % values


def _problems(values: Mapping[str, Any]) -> dict[str, Any]:
    problems: dict[str, Any] = {}
    kind, country = values["kind"], values["country"].strip().upper()
    if kind not in set(LabelKind):
        problems["kind"] = _("Choose what it is.")
    of_country = kind == LabelKind.LABEL
    if of_country and not is_country(country.upper()):
        problems["country"] = _(
            "Enter the country of the label, two letters of the list: CN, US, EU."
        )
    if kind and not of_country and country:
        problems["country"] = _("Only a label belongs to a country; leave this empty.")
    if not values["number"].strip():
        problems["number"] = _("Enter the version of the label.")
    if not values["source"].strip():
        problems["source"] = _("Say which document this was taken from.")
    if values["dictionary"] not in dictionaries.versions():
        problems["dictionary"] = _("This version of MedDRA is not loaded.")
    return problems


@action("label.enter", needs=Perm.CASE_READ)
def enter(actor: Actor, product: Product, *, values: Mapping[str, Any], terms: str) -> LabelVersion:
    """Enter a version with its terms; it counts once another person has confirmed it.

    Refused names every line that is no term of the chosen dictionary version.
    """
    _require(actor, product.id)
    entered_by = confirmations.person(actor)
    problems = _problems(values)
    read = labels.read_terms(values["dictionary"], terms)
    if "dictionary" not in problems:
        wrong = [_line_problem(*each, values["dictionary"]) for each in read.problems]
        if wrong:
            problems["terms"] = wrong[:_MOST_PROBLEMS]
        elif not 0 < len(read.terms) <= _MOST_TERMS:
            problems["terms"] = _("Enter between one and %(most)s terms.") % {"most": _MOST_TERMS}
    if problems:
        raise Refused(problems)
    row = LabelVersion.objects.create(
        product=product,
        kind=values["kind"],
        country=values["country"].strip().upper(),
        number=values["number"],
        valid_from=values["valid_from"],
        dictionary=values["dictionary"],
        source=values["source"],
        entered_by_id=entered_by,
        entered_at=clock.now(),
    )
    LabelTerm.objects.bulk_create(
        LabelTerm(
            label=row,
            product=product,
            code=term.code,
            pt_code=term.pt_code,
            name=term.name,
            words=line.words[:250],
            fatal=line.fatal,
        )
        for term, line in read.terms
    )
    return row


def _locked(actor: Actor, label: LabelVersion) -> LabelVersion:
    _require(actor, label.product_id)
    wait_for("label", str(label.product_id))
    return LabelVersion.objects.select_for_update().get(id=label.id)


@action("label.confirm", needs=Perm.CASE_READ)
def confirm(actor: Actor, label: LabelVersion) -> LabelVersion:
    """Confirm an entry against its document; the cases it touches get a task each."""
    row = _locked(actor, label)
    before = labels.texts_of(row.product_id)
    confirmations.confirm(actor, row)
    _list_cases(_WORKER, row, before=before)
    # Abroad a clock may ask whether the case is unexpected by this label.
    if any(
        each.market != authorisations.HOME for each in authorisations.authorised(row.product_id)
    ):
        clock_sources.follow(actor, row)
    return row


@action("label.refuse", needs=Perm.CASE_READ)
def refuse(actor: Actor, label: LabelVersion, *, reason: str) -> LabelVersion:
    """Refuse an entry, with the reason; it is entered again."""
    row = _locked(actor, label)
    confirmations.refuse(actor, row, reason)
    return row


@action("label.list_cases", needs=Perm.SYSTEM)
def _list_cases(actor: Actor, label: LabelVersion, *, before: list[LabelText]) -> int:
    """A task for every case whose answer changes, or whose term changed after its day.

    Cases of every hospital: whoever confirms a label need not see them all. A first version of a
    label makes a task only where it gives an answer that there was not.
    """
    after = labels.texts_of(label.product_id)
    old = labels.before(label)
    terms = {text.key: text.terms for text in (*before, *after)}
    touched = (
        changed_codes(terms.get(str(old.id), ()), terms[str(label.id)]) if old else frozenset()
    )
    change = _Change(
        next(text for text in after if text.key == str(label.id)),
        before,
        after,
        touched,
        bases(),
    )
    due = clock.today() + timedelta(days=int(rules.data("labels")["review_days"]))
    rows = CaseVersion.objects.filter(
        case__product_id=label.product_id, number=F("case__current_version")
    ).exclude(case__stage=Case.Stage.NULLIFIED)
    made = 0
    stream = rows.select_related("case").order_by("case_id").iterator(200)
    while some := list(islice(stream, 200)):
        for case, because, was, now in _because(some, names_of(label.product), change):
            LabelReview.objects.create(
                label=label,
                case=case,
                product_id=case.product_id,
                site_id=case.site_id,
                because=because,
                before=was,
                after=now,
                due=due,
            )
            made += 1
    return made


@dataclass(frozen=True, slots=True)
class _Change:
    """A confirmed version, all labels without and with it, the codes whose place changed."""

    label: LabelText
    before: Sequence[LabelText]
    after: Sequence[LabelText]
    touched: frozenset[int]
    bases: Mapping[str, Basis]

    def counts(self, country: str, receivers: Collection[str]) -> bool:
        """Whether a receiver asks for this label; core safety information always counts."""
        asked = (self.bases[name] for name in receivers if name in self.bases)
        return self.label.kind is LabelKind.CCSI or any(
            asks_for(basis, self.label, country) for basis in asked
        )


def _because(
    versions: Sequence[CaseVersion], names: frozenset[str], change: _Change
) -> Iterator[tuple[Case, str, bool | None, bool | None]]:
    """The cases to be looked at again, each with why and its answers before and after."""
    label = change.label
    basis = Basis(label.kind, "", (label.country,), (label.country,), "")
    found = {row: list(pairs(storage.from_data(row.message), names)) for row in versions}
    preferred = labels.preferred(p.coded for several in found.values() for p in several if p.coded)
    for row, several in found.items():
        named = None
        for pair in several:
            pt = preferred.get(pair.coded) if pair.coded else None
            event = label_event(pair, pt, row.case.received_on)
            if not change.counts(event.country, receivers_of(row.case)):
                continue
            was, now = (
                expectedness(event, texts, basis).unexpected
                for texts in (change.before, change.after)
            )
            if was is not now:
                named = (row.case, LabelReview.Because.ANSWER.value, was, now)
                break
            if change.touched & event.codes:
                named = (row.case, LabelReview.Because.TERM.value, was, now)
        if named is not None:
            yield named


@action("label.review", needs=Perm.CASE_READ)
def finish_review(
    actor: Actor, review: LabelReview, *, done_on: date, outcome: str, version: int
) -> LabelReview:
    """Note that a case was looked at again, and what came of it."""
    place = {"site": review.site_id, "product": review.product_id}
    if not any(actor.may(perm, **place) for perm in (Perm.CASE_WRITE, Perm.CASE_ASSESS)):
        raise Denied("label.review")
    row = LabelReview.objects.select_for_update().get(id=review.id)
    versions.must_be(row, version)
    if row.done_on is not None:
        raise Conflict({"version": (version, row.version)})
    problems = {}
    if not outcome.strip():
        problems["outcome"] = _("Say what came of it.")
    if done_on > clock.today():
        problems["done_on"] = _("The day lies in the future.")
    if problems:
        raise Refused(problems)
    row.done_on, row.outcome, row.done_by_id = done_on, outcome, actor.id
    row.version += 1
    row.save(update_fields=["done_on", "outcome", "done_by", "version"])
    return row
