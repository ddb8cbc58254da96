"""Reports that a person told the holder, entered as cases: e-mail, telephone, letter, web form."""

from dataclasses import replace
from uuid import uuid4

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from followup.core import clock
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.languages import has_chinese
from followup.models import Product
from pv.actions.cases import default_seriousness
from pv.actions.cases.composed_cases import open_composed
from pv.actions.cases.drafting import next_number
from pv.actions.cases.information import save_source, settle
from pv.domain.cases.direct_reports import DirectReport, Way, compose_direct
from pv.domain.cases.flags import Flags, of_tree
from pv.domain.e2b import storage
from pv.domain.e2b.elements import is_country
from pv.models import Case
from pv.queries import default_seriousness as default_rules

KIND = "direct_report"
WAYS = (
    (Way.EMAIL.value, pgettext_lazy("direct report", "E-mail")),
    (Way.TELEPHONE.value, pgettext_lazy("direct report", "Telephone call")),
    (Way.LETTER.value, pgettext_lazy("direct report", "Letter")),
    (Way.WEB.value, pgettext_lazy("direct report", "Web form")),
    (Way.SPOKEN.value, pgettext_lazy("direct report", "Told in person")),
    (Way.OTHER.value, pgettext_lazy("direct report", "Another way")),
)
_LONGEST = {
    "verbatim": 250,
    "reporter": 60,
    "organisation": 60,
    "initials": 60,
    "lot": 35,
    "text": 20_000,
}


@action("case.enter", needs=Perm.CASE_WRITE)
def enter(actor: Actor, product: Product, *, given: DirectReport) -> Case:
    """Make a case of a report; day zero is the day the holder learned of it.

    Refused while one of the four elements is missing, and where dates contradict each other.
    """
    actor.require(Perm.CASE_WRITE, product=product.id)
    given = replace(given, country=given.country.strip().upper())
    if problems := _problems(given):
        raise Refused(problems)
    language = "chi" if has_chinese(given.verbatim) else "eng"
    case = _case_of(actor, product, replace(given, language=language))
    reference = str(uuid4())
    said = default_rules.answered(case)
    default_seriousness.state(case, said, reference, case.received_on)
    save_source(
        case,
        None,
        KIND,
        reference,
        received_on=case.received_on,
        flags=_flags(case, given),
        adopted_at=clock.now(),
        adopted_version=1,
    )
    default_seriousness.write(actor, case, case.received_on)
    settle(actor, case)
    return case


def _flags(case: Case, given: DirectReport) -> Flags:
    """What the report states; "not serious" is no element of a message."""
    if given.serious is False:
        return Flags(False, False, False)
    return of_tree(storage.from_data(case.versions.get(number=1).message))


@part
def _case_of(actor: Actor, product: Product, given: DirectReport) -> Case:
    """The case with its first version."""
    number = next_number(clock.today())
    worldwide = f"{given.country}-{product.holder.code}-{number}"
    message = compose_direct(
        given,
        worldwide_id=worldwide,
        holder=product.holder.name_en or product.holder.name_zh,
        product=product.generic_zh or product.inn,
        inn=product.inn,
        at=clock.now(),
        document=_document(given),
    )
    return open_composed(
        actor,
        product,
        message,
        number=number,
        worldwide_id=worldwide,
        origin=Case.Origin.DIRECT,
        title=given.verbatim,
        learned_on=given.aware_on,
    )


def _document(given: DirectReport) -> str:
    """What the holder keeps of it, in the language of the report and not of whoever enters it."""
    with translation.override("zh-hans" if given.language == "chi" else "en"):
        return f"{dict(WAYS)[given.way]} {given.aware_on}"


def _problems(given: DirectReport) -> dict[str, str]:
    """What is missing of the four elements, and what cannot be."""
    problems: dict[str, str] = {}
    if not given.verbatim.strip():
        problems["verbatim"] = _("Enter it: a case needs a reporter and an event.")
    if not given.qualification:
        problems["qualification"] = _("Say who told it: a case needs a reporter.")
    country = given.country
    if not is_country(country):
        problems["country"] = _("Enter the country of occurrence, two letters of the list: CN.")
    if not given.sex and given.age_years is None and not given.initials.strip():
        problems["sex"] = _("Say the sex, the age or the initials: a case needs a patient.")
    if given.age_years is not None and not 0 <= given.age_years <= 120:
        problems["age_years"] = _("This age cannot be.")
    if given.aware_on > clock.today():
        problems["aware_on"] = _("The date cannot be later than today.")
    elif given.onset is not None and given.onset.earliest > given.aware_on:
        problems["onset"] = _("The event cannot begin after the day it was learned of.")
    if given.serious and not given.criteria:
        problems["criteria"] = _("Say which criterion makes it serious.")
    if given.serious is False and (given.criteria or given.outcome == "FATAL"):
        problems["serious"] = _("It is serious: a criterion or the outcome says so.")
    for name, most in _LONGEST.items():
        if len(getattr(given, name)) > most:
            problems[name] = _("At most %(number)s characters.") % {"number": most}
    return problems
