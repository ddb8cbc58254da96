"""Literature and media screening: sources, searches without a gap, and a decision on every hit."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.limits import within
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.languages import has_chinese
from followup.models import Product
from pv.actions.cases import default_seriousness
from pv.actions.cases.composed_cases import open_composed
from pv.actions.cases.drafting import next_number
from pv.actions.cases.information import save_source, settle
from pv.domain.cases.literature import Article, compose_article
from pv.domain.e2b.elements import is_country
from pv.domain.screening import next_start, search_due
from pv.models import Case, LiteratureHit, LiteratureSearch, LiteratureSource
from pv.queries import cases, literature, triage
from pv.queries import default_seriousness as default_rules

_MOST_HITS = 500


def _due(source: LiteratureSource, last_end: date | None) -> date:
    return search_due(next_start(source.active_from, last_end), **literature.rhythm())


@action("literature.add_source", needs=Perm.CASE_WRITE)
def add_source(actor: Actor, product: Product, *, values: Mapping[str, Any]) -> LiteratureSource:
    """Enter a source with its search string; its first search covers from its first day on."""
    actor.require(Perm.CASE_WRITE, product=product.id)
    problems: dict[str, Any] = {}
    for name in ("name", "search"):
        if not values[name].strip():
            problems[name] = _("Enter it.")
    if values["kind"] not in LiteratureSource.Kind.values:
        problems["kind"] = _("Choose what it is.")
    running = LiteratureSource.objects.filter(product=product, ended_on__isnull=True)
    if running.filter(name=values["name"].strip()).exists():
        problems["name"] = _("This source is in the log already.")
    if problems:
        raise Refused(problems)
    row = LiteratureSource(
        product=product,
        name=values["name"].strip(),
        kind=values["kind"],
        search=values["search"],
        active_from=values["active_from"],
        entered_by_id=actor.id,
        entered_at=clock.now(),
    )
    row.next_due = _due(row, None)
    row.save()
    return row


@action("literature.end_source", needs=Perm.CASE_WRITE)
def end_source(actor: Actor, source: LiteratureSource, *, reason: str) -> LiteratureSource:
    """Search a source no longer, with the reason; nothing is owed of it any more."""
    row = LiteratureSource.objects.select_for_update().get(id=source.id)
    if row.ended_on is not None:
        raise Refused(_("This source is searched no longer."))
    if not reason.strip():
        raise Refused({"reason": _("Say why.")})
    row.ended_on = clock.today()
    row.save(update_fields=["ended_on"])
    return row


@action("literature.record_search", needs=Perm.CASE_WRITE)
def record_search(
    actor: Actor,
    source: LiteratureSource,
    *,
    end: date,
    searched_on: date,
    search: str,
    hits: int,
    citations: Sequence[str],
) -> LiteratureSearch:
    """Record a search; it begins where the last one ended, so that no day is left out.

    The number of hits is said, also when it is none, and each hit has its line.
    """
    row = LiteratureSource.objects.select_for_update().get(id=source.id)
    if row.ended_on is not None:
        raise Refused(_("This source is searched no longer."))
    last = literature.last_search(row)
    start = next_start(row.active_from, last.end if last else None)
    lines = [within(" ".join(line.split()), 500, "citations") for line in citations if line.strip()]
    problems: dict[str, Any] = {}
    if end < start:
        problems["end"] = _("The period begins on %(day)s: it cannot end before.") % {"day": start}
    if searched_on > clock.today():
        problems["searched_on"] = _("The day lies in the future.")
    elif searched_on < end:
        problems["searched_on"] = _("A period is searched when it has ended.")
    if not search.strip():
        problems["search"] = _("Enter the search string as it was run.")
    if len(lines) != hits or hits > _MOST_HITS:
        text = _("%(lines)s lines for %(hits)s hits: enter one line for each hit.")
        problems["citations"] = text % {"lines": len(lines), "hits": hits}
    if problems:
        raise Refused(problems)
    made = LiteratureSearch.objects.create(
        source=row,
        product_id=row.product_id,
        start=start,
        end=end,
        searched_on=searched_on,
        search=search,
        hits=hits,
        searched_by_id=actor.id,
        searched_at=clock.now(),
    )
    for line in lines:
        LiteratureHit.objects.create(search=made, product_id=row.product_id, citation=line)
    row.search, row.next_due = search, _due(row, end)
    row.next_due_version += 1
    row.save(update_fields=["search", "next_due", "next_due_version"])
    return made


def _open(hit: LiteratureHit) -> LiteratureHit:
    row = LiteratureHit.objects.select_for_update().get(id=hit.id)
    if row.decision:
        raise Refused(literature.decided_words(row))
    return row


@part
def _decide(
    actor: Actor, row: LiteratureHit, decision: str, case: Case | None, reason: str, code: str = ""
) -> LiteratureHit:
    row.decision, row.case, row.reason_code, row.reason = decision, case, code, reason
    row.decided_by_id, row.decided_at = actor.id, clock.now()
    fields = ["decision", "case", "reason_code", "reason", "decided_by", "decided_at"]
    row.save(update_fields=fields)
    return row


@action("literature.decide", needs=Perm.CASE_WRITE)
def decide(
    actor: Actor,
    hit: LiteratureHit,
    *,
    decision: str,
    reason: str,
    number: str = "",
    code: str = "",
) -> LiteratureHit:
    """Decide that a hit is no case, with a reason of triage's list, or that its case is there.

    A reason told in words alone is the list's "another reason".
    """
    row = _open(hit)
    problems: dict[str, Any] = {}
    if decision not in (LiteratureHit.Decision.NOT_CASE, LiteratureHit.Decision.KNOWN):
        problems["decision"] = _("Choose the decision.")
    known = decision == LiteratureHit.Decision.KNOWN
    if not known:
        code = code or literature.OTHER_REASON
        if code not in dict(literature.reasons()):
            problems["code"] = _("Choose a reason that belongs to this decision.")
    if not reason.strip() and (known or code in triage.told_in_words()):
        problems["reason"] = _("Give the reason.") if known else _("Explain this reason in words.")
    if known and not number.strip():
        problems["number"] = _("Enter the number of the case.")
    if problems:
        raise Refused(problems)
    case = cases.by_number(actor, number.strip()) if known else None
    return _decide(actor, row, decision, case, reason.strip(), "" if known else code)


@action("literature.make_case", needs=Perm.CASE_WRITE)
def make_case(actor: Actor, hit: LiteratureHit, *, values: Mapping[str, Any]) -> Case:
    """Make a case of a hit, with the article as its literature reference (C.4.r).

    Day zero is the day the article was retrieved: that of the search that found it.
    """
    row = _open(hit)
    problems = _missing(values)
    if problems:
        raise Refused(problems)
    case = _case_of(actor, row, values)
    said = default_rules.answered(case)
    default_seriousness.state(case, said, str(row.id), case.received_on)
    save_source(
        case,
        None,
        "literature",
        str(row.id),
        received_on=case.received_on,
        adopted_at=clock.now(),
        adopted_version=1,
    )
    default_seriousness.write(actor, case, case.received_on)
    settle(actor, case)
    _decide(actor, row, LiteratureHit.Decision.CASE, case, values["reason"])
    return case


@part
def _case_of(actor: Actor, row: LiteratureHit, values: Mapping[str, Any]) -> Case:
    """The case of a hit with its first version."""
    product, retrieved = row.search.source.product, row.search.searched_on
    number = next_number(clock.today())
    worldwide = f"{values['country']}-{product.holder.code}-{number}"
    article = Article(
        citation=row.citation,
        reporter=values["author"].strip(),
        country=values["country"],
        verbatim=values["verbatim"].strip(),
        language="chi" if has_chinese(values["verbatim"]) else "eng",
        sex=values["sex"],
        age_years=values["age_years"],
        learned_on=retrieved,
    )
    message = compose_article(
        article,
        worldwide_id=worldwide,
        holder=product.holder.name_en or product.holder.name_zh,
        product=product.generic_zh or product.inn,
        inn=product.inn,
        at=clock.now(),
    )
    return open_composed(
        actor,
        product,
        message,
        number=number,
        worldwide_id=worldwide,
        origin=Case.Origin.LITERATURE,
        title=article.verbatim,
        learned_on=retrieved,
    )


def _missing(values: Mapping[str, Any]) -> dict[str, Any]:
    """The four elements of a valid case that are not there."""
    problems: dict[str, Any] = {}
    for name in ("author", "verbatim"):
        if not values[name].strip():
            problems[name] = _("Enter it: a case needs a reporter and an event.")
    country = values["country"]
    if not is_country(country):
        problems["country"] = _("Enter the country of occurrence, two letters of the list: CN.")
    if not values["sex"] and values["age_years"] is None:
        problems["sex"] = _("Say the sex or the age: a case needs a patient.")
    age = values["age_years"]
    if age is not None and not 0 <= age <= 120:
        problems["age_years"] = _("This age cannot be.")
    return problems
