"""A received ICSR is taken in: once, kept whole, offered beside the case people work on."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.db.models import Q
from django.utils.translation import gettext as _

from followup.core import clock as time
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.languages import has_chinese
from followup.models import Product
from pv.actions import case_features
from pv.actions.cases.drafting import next_number
from pv.domain.cases import receptions
from pv.domain.cases.stages import ReceivedState
from pv.domain.e2b import storage
from pv.domain.e2b.message import Message
from pv.domain.e2b.read import read_batch
from pv.domain.e2b.refusals import MessageRefused
from pv.domain.e2b.versions import VersionKind
from pv.models import Case, CaseVersion, ReceivedReport, Submission
from pv.models.states import RECEIVED_REPORT
from pv.queries import duplicates

State = ReceivedReport.State


class ReceptionOutcome(StrEnum):
    """What became of a received message."""

    NEW_CASE = "new_case"
    OFFERED = "offered"
    HISTORY = "history"
    REPEATED = "repeated"
    OURS = "ours"


@dataclass(frozen=True, slots=True)
class Taken:
    """The outcome, the case the message is of, and the stored report unless nothing was stored."""

    outcome: ReceptionOutcome
    case: Case
    received: ReceivedReport | None = None
    look_alike: int = 0  # other cases a new one may be the same as


@action("icsr.import", needs=Perm.ICSR_IMPORT)
def import_icsr(actor: Actor, message: Message, *, file_name: str) -> Taken:
    """Keep a received message, every element of it; the same message is kept once.

    Of an unknown case it makes a drafted case, of a known one an offer beside the version people
    work on, which it never changes. An older message is history, and the holder's own report that
    comes back changes nothing. No clock starts before a person accepts.
    """
    names = receptions.identifiers(message)
    if not names:
        raise Refused(_("The message names neither C.1.8.1 nor C.1.1, so it cannot be a case."))
    case = _known(names)
    if case is None:
        return _new_case(actor, message, names, file_name)
    if not actor.may(Perm.ICSR_IMPORT, site=case.site_id, product=case.product_id):
        raise Refused(_("The case of this message belongs to a product you do not work on."))
    print_ = receptions.fingerprint(message.root, message.unplaced)
    if case.received.filter(fingerprint=print_).exists():
        return Taken(ReceptionOutcome.REPEATED, case)
    if _is_ours(case, message):
        return Taken(ReceptionOutcome.OURS, case)
    current = _message(case.versions.get(number=case.current_version))
    last = case.received.filter(state=State.ACCEPTED).order_by("-accepted_version").first()
    stands = receptions.compare(_as_received(last) or current, message)
    offered = stands.kind is not VersionKind.UNCHANGED and not stands.older
    state = State.TO_REVIEW if offered else State.HISTORY
    row = _keep(case, message, file_name, stands.kind.value, state)
    return Taken(ReceptionOutcome.OFFERED if offered else ReceptionOutcome.HISTORY, case, row)


def _known(names: tuple[str, ...]) -> Case | None:
    """The case these names belong to, locked; one name of several is enough."""
    by_report = ReceivedReport.objects.filter(names__overlap=names).values("case_id")
    rows = Case.objects.filter(
        Q(worldwide_id__in=[name[:100] for name in names]) | Q(id__in=by_report)
    )
    found = rows.order_by("created_at").first() or _sent_under(names)
    return Case.objects.select_for_update().get(id=found.id) if found else None


def _sent_under(names: tuple[str, ...]) -> Case | None:
    """A received case that went on under a C.1.1 of our own, which ends with its number."""
    numbers = [name.rpartition("-C")[2] for name in names if "-C" in name]
    for case in Case.objects.filter(number__in=[f"C{number}" for number in numbers]):
        said = storage.from_data(case.versions.get(number=case.current_version).message)
        if said.text("C.1.1") in names:
            return case
    return None


def _is_ours(case: Case, message: Message) -> bool:
    """Whether the holder exported exactly this message, or the same content the last time.

    The file that was released is read again: what it says is what the receiver got.
    """
    exact = receptions.fingerprint(message.root, message.unplaced)
    undated = receptions.fingerprint(message.root, message.unplaced, dated=False)
    for number, row in enumerate(Submission.objects.filter(case=case).order_by("-generated_at")):
        try:
            released = read_batch(bytes(row.content)).messages
        except MessageRefused:
            continue
        for one in released:
            if receptions.fingerprint(one.root, one.unplaced) == exact:
                return True
            same = receptions.fingerprint(one.root, one.unplaced, dated=False) == undated
            if number == 0 and same:
                return True
    return False


def _message(version: CaseVersion) -> Message:
    return Message(storage.from_data(version.message))


def _as_received(row: ReceivedReport | None) -> Message | None:
    return None if row is None else storage.message_from_data(row.message)


def _keep(
    case: Case, message: Message, file_name: str, kind: str, state: ReceivedState
) -> ReceivedReport:
    return ReceivedReport.objects.create(
        case=case,
        product_id=case.product_id,
        site_id=case.site_id,
        kind=kind,
        state=RECEIVED_REPORT.start(state),
        sender=(message.text("N.2.r.2") or message.text("C.3.2") or "")[:100],
        names=list(receptions.identifiers(message)),
        information=(message.text("C.1.5") or "")[:30],
        message=storage.message_to_data(message),
        fingerprint=receptions.fingerprint(message.root, message.unplaced),
        file_name=file_name[:200],
        received_at=time.now(),
    )


def _product_of(message: Message) -> Product | None:
    """The product of ours a drug is named after, suspect drugs first; None when none is."""
    drugs = sorted(message.each("G.k"), key=lambda drug: drug.text("G.k.1") not in ("1", "3"))
    names = [name.casefold() for drug in drugs if (name := drug.text("G.k.2.2"))]
    products = list(Product.objects.order_by("code"))
    for name in names:
        for product in products:
            known = {product.inn, product.generic_zh, product.brand_en, product.brand_zh} - {""}
            if name in {one.casefold() for one in known}:
                return product
    return None


def _new_case(actor: Actor, message: Message, names: tuple[str, ...], file_name: str) -> Taken:
    product = _product_of(message)
    if not actor.may(Perm.ICSR_IMPORT, product=product.id if product else None):
        raise Refused(_("The product of this message is none you work on."))
    received_on = receptions.day(message.text("C.1.4")) or time.today()
    case = Case.objects.create(
        number=next_number(time.today()),
        product=product,
        origin=Case.Origin.IMPORT,
        title=receptions.title(message),
        serious=receptions.serious(message),
        fatal=receptions.fatal(message),
        received_on=min(received_on, time.today()),
        worldwide_id=names[0][:100],
        created_at=time.now(),
    )
    add_version(actor, case, message, 1, CaseVersion.Kind.INITIAL, case.received_on)
    kind = receptions.compare(None, message).kind.value
    row = _keep(case, message, file_name, kind, State.TO_REVIEW)
    case_features.index(case)
    known = duplicates.rules()
    alike = len(duplicates.found(case.id, duplicates.of_case(case), known))
    return Taken(ReceptionOutcome.NEW_CASE, case, row, alike)


@part
def add_version(
    actor: Actor, case: Case, message: Message, number: int, kind: str, on: date
) -> CaseVersion:
    narrative = message.text("H.1") or ""
    chinese = has_chinese(narrative)
    return CaseVersion.objects.create(
        case=case,
        product_id=case.product_id,
        site_id=case.site_id,
        number=number,
        kind=kind,
        message=storage.to_data(message.root),
        narrative_zh=narrative if chinese else "",
        narrative_en="" if chinese else narrative,
        narrative_generated=False,
        information_on=on,
        author_id=actor.id,
        created_at=time.now(),
    )
