"""The case of a child or foetus exposed through a parent, opened from the parent's case."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from followup.core import clock as time
from followup.core import versions
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.domain.dates import PartialDate
from followup.domain.events import LOST_PREGNANCY
from followup.languages import has_chinese
from pv.actions import case_links
from pv.actions.cases import guards
from pv.actions.cases.drafting import next_number
from pv.actions.cases.information import save_source, settle
from pv.domain.cases import pairing
from pv.domain.cases import parent_child as rules
from pv.domain.cases.case_links import CaseLinkKind
from pv.domain.cases.flags import of_tree
from pv.domain.cases.icsr_builder import CRITERIA, OUTCOMES, SEX
from pv.domain.cases.parent_child import ChildReport, Exposure, ReportOn
from pv.domain.cases.retransmissions import own_identifier
from pv.domain.e2b import storage
from pv.domain.e2b.message import Node
from pv.domain.e2b.text_lengths import fitted
from pv.models import Case, CaseVersion
from pv.queries import case_links as case_link_queries
from pv.queries.case_links import PARENT_SOURCE

_LONGEST_GESTATION = 45  # weeks


@dataclass(frozen=True, slots=True)
class ChildInput:
    """What a person says of the child or foetus and of the parent."""

    exposure: str
    subject: str  # "foetus" or "child"
    verbatim: str
    outcome: str
    parent_reaction: bool | None
    aware_on: date | None
    criteria: tuple[str, ...] = ()
    sex: str = ""
    born: PartialDate | None = None
    gestation: int | None = None
    onset: PartialDate | None = None


@action("case.open_child", needs=Perm.CASE_WRITE)
def open_child(actor: Actor, parent: Case, *, told: ChildInput, lock_version: int) -> Case:
    """Open the case of a child or foetus with a reaction, the parent described in D.10.

    Both reports are linked where the parent has a reaction too. Refused where only the parent is
    reported on (foetal demise, a lost pregnancy), for a nullified case and one without a product.
    Its clocks run from `aware_on`. Conflict when somebody saved the case since `lock_version`.
    """
    row = Case.objects.select_for_update().get(id=parent.id)
    versions.must_be(row, lock_version, column="lock_version")
    _complete(row, told)
    on = told.aware_on or time.today()
    whose = rules.reports(
        child_reaction=True, parent_reaction=bool(told.parent_reaction), demise=_demise(row, told)
    )
    if ReportOn.CHILD not in whose:
        raise Refused(
            _(
                "A lost pregnancy or the death of the foetus is reported on the parent alone: "
                "write it into this case."
            )
        )
    case = _case(actor, row, told, on)
    if ReportOn.PARENT in whose:
        case_links.link(
            actor,
            case,
            number=row.number,
            kind=CaseLinkKind.PARENT.value,
            reason=_linked_because(told),
            lock_version=case.lock_version,
        )
        case = Case.objects.select_for_update().get(id=case.id)
    return settle(actor, case)


def _linked_because(told: ChildInput) -> str:
    """The words of whoever reported: no text of ours goes into a record."""
    return fitted(told.verbatim.strip(), 500)


def _demise(parent: Case, told: ChildInput) -> bool:
    """Whether the foetus died; of twins one may be lost and the other born."""
    if told.exposure != Exposure.PREGNANCY or told.subject != "foetus":
        return False
    if "DEATH" in told.criteria or told.outcome == "FATAL":
        return True
    rows = parent.sources.filter(event__pregnancy_outcome__in=LOST_PREGNANCY)
    return rows.filter(event__withdrawn_at__isnull=True).exists()


def _complete(parent: Case, told: ChildInput) -> None:
    problems: dict[str, Any] = {}
    if told.exposure not in set(Exposure):
        problems["exposure"] = _("Choose how the child was exposed.")
    if told.subject not in ("foetus", "child"):
        problems["subject"] = _("Choose whose report it is.")
    if told.exposure == Exposure.BREAST_FEEDING and told.subject == "foetus":
        problems["subject"] = _("A foetus is not exposed through breast-feeding.")
    elif told.exposure == Exposure.BREAST_FEEDING and _is_male(parent):
        problems["exposure"] = _("The patient of this case is male: choose how else.")
    if not told.verbatim.strip():
        problems["verbatim"] = _("Say in the reporter's words what happened to the child.")
    if told.outcome not in OUTCOMES:
        problems["outcome"] = _("Choose the outcome.")
    if told.parent_reaction is None:
        problems["parent_reaction"] = _("Say whether the parent had a reaction too.")
    if set(told.criteria) - set(CRITERIA):
        problems["criteria"] = _("Choose from the list.")
    problems |= _dates(told)
    if problems:
        raise Refused(problems)
    if parent.stage == Case.Stage.NULLIFIED:
        raise Refused(_("The case is nullified already."))
    if parent.product_id is None or not parent.worldwide_id:
        raise Refused(_("Choose the product of this case first."))
    if parent.stage == Case.Stage.DRAFTED and parent.received.filter(state="to_review").exists():
        raise Refused(_("Accept the received report: it asks for product and day of awareness."))


def _is_male(case: Case) -> bool:
    return _message(case).text("D.5") == SEX["MALE"]


def _message(case: Case) -> Node:
    return storage.from_data(case.versions.get(number=case.current_version).message)


def _dates(told: ChildInput) -> dict[str, Any]:
    problems: dict[str, Any] = {}
    if told.aware_on is None:
        problems["aware_on"] = _("On which day was it learned of?")
    elif told.aware_on > time.today():
        problems["aware_on"] = _("Not in the future.")
    for name, day in (("born", told.born), ("onset", told.onset)):
        if day is not None and day.earliest > (told.aware_on or time.today()):
            problems[name] = _("Not after the day it was learned of.")
    if told.born and told.onset and told.onset.latest < told.born.earliest:
        problems["onset"] = _("Before the birth it is a reaction of the foetus.")
    if told.born is not None and told.subject == "foetus":
        problems["born"] = _("A foetus has no day of birth.")
    if told.gestation is not None:
        if told.subject != "foetus":
            problems["gestation"] = _("Weeks of gestation are told of a foetus only.")
        elif not 1 <= told.gestation <= _LONGEST_GESTATION:
            problems["gestation"] = _("Between 1 and %(n)s weeks.") % {"n": _LONGEST_GESTATION}
    return problems


@part
def _case(actor: Actor, parent: Case, told: ChildInput, on: date) -> Case:
    """The case with its first version and its source; the parent's report is left as it is."""
    number = next_number(time.today())
    message = _message(parent)
    holder = parent.product.holder.code if parent.product else ""
    worldwide = own_identifier(message, holder, number)
    root = _content(message, told, worldwide, on)
    case = Case.objects.create(
        number=number,
        product_id=parent.product_id,
        site_id=parent.site_id,
        origin=parent.origin,
        title=told.verbatim.strip()[:200],
        received_on=on,
        day_zero=on,
        worldwide_id=worldwide,
        receivers=parent.receivers,
        created_at=time.now(),
    )
    version = CaseVersion.objects.create(
        case=case,
        product_id=case.product_id,
        site_id=case.site_id,
        number=1,
        kind=CaseVersion.Kind.INITIAL,
        message=storage.to_data(root),
        narrative_generated=False,
        information_on=on,
        author_id=actor.id,
        created_at=time.now(),
    )
    guards.agree(version)
    stated = of_tree(root)
    save_source(
        case,
        None,
        PARENT_SOURCE,
        parent.number,
        received_on=on,
        flags=stated if stated.urgent else None,
        adopted_at=time.now(),
        adopted_version=1,
    )
    return case


def _content(parent: Node, told: ChildInput, worldwide_id: str, on: date) -> Node:
    """The message of the child's report out of the parent's current version."""
    child = ChildReport(
        exposure=Exposure(told.exposure),
        foetus=told.subject == "foetus",
        verbatim=told.verbatim.strip(),
        language="chi" if has_chinese(told.verbatim) else "eng",
        outcome=OUTCOMES[told.outcome],
        criteria=frozenset(told.criteria),
        sex=told.sex,
        born=told.born,
        gestation=told.gestation,
        onset=told.onset,
    )
    return rules.compose_child(parent, child, worldwide_id=worldwide_id, aware_on=on, at=time.now())


@part
def offer_correction(
    parent: Case,
    kind: str,
    reference: str,
    *,
    before: Mapping[str, Any],
    said: Mapping[str, Any],
    on: date,
) -> list[Case]:
    """Offer what the hospital corrected of a parent or the drug to the cases of its children.

    Nothing new is known of a child's reaction: no clock starts. Returns the cases it was offered
    to, once.
    """
    changed = {path: data for path, data in said.items() if before.get(path) != data}
    found = rules.of_correction(pairing.offered(changed))
    if not found:
        return []
    values = {p: None if v is None else storage.value_to_data(v) for p, v in found.items()}
    children = case_link_queries.of_children(parent).exclude(stage=Case.Stage.NULLIFIED)
    told = []
    for child in children.select_for_update().order_by("id"):
        save_source(child, None, kind, reference, values=values, received_on=on, starts_clock=False)
        told.append(child)
    return told
