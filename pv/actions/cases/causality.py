"""Causality of a case: the answers to a method's questions, and the result that is reported."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from pv.actions.cases import expectedness, guards, information, narratives
from pv.domain.cases.causality_opinions import assessed_pairs, write
from pv.domain.causality import (
    Assessor,
    CausalityRules,
    Method,
    MethodResult,
    assess,
    results,
)
from pv.domain.e2b import storage
from pv.models import Case, CaseVersion, CausalityAssessment
from pv.queries import causality

_CLOCKS = Actor.process("causality")


@dataclass(frozen=True, slots=True)
class CausalityInput:
    """What an assessor answered of a pair by a method; without `result` the computed one counts."""

    pair: str
    assessor: str
    method: str
    answers: Mapping[str, str]
    result: str = ""


@action("causality.assess", needs=Perm.CASE_READ)
def assess_causality(
    actor: Actor, case: Case, *, given: CausalityInput, lock_version: int, reason: str = ""
) -> CausalityAssessment:
    """Keep the answers of an assessor by a method; the result goes into the open version.

    By the safety officer or the medical reviewer. A result that the answers do not give wants a
    reason, and so does a result that is retracted. Conflict when the case was saved since
    `lock_version`; Refused once the version was exported or signed.
    """
    row, version = guards.assessable(actor, case, lock_version, "causality.assess")
    root = storage.from_data(version.message)
    pair = next((one for one in assessed_pairs(root) if one.key == given.pair), None)
    if pair is None:
        raise Refused(_("There is no such pair of product and event."))
    rules = causality.causality_rules()
    computed = _computed(rules, given)
    before = causality.latest(row).get((given.pair, given.assessor, given.method))
    _check(rules, given, computed, before, reason)
    made = _record(actor, row, given, computed, reason, rules.version)
    by = Assessor(given.assessor), Method(given.method)
    texts = causality.written_text(rules, before), causality.written_text(rules, made)
    write(rules, root, pair, by, before=texts[0], after=texts[1])
    version.message = storage.to_data(root)
    _settle(row, version, reason)
    return made


def _computed(rules: CausalityRules, given: CausalityInput) -> MethodResult:
    """What follows from the answers; Refused for a method, question or answer there is not."""
    if not causality.is_known(rules, given.assessor, given.method):
        raise Refused(_("There is no such assessor or method."))
    try:
        return assess(rules, Method(given.method), given.answers)
    except ValueError as error:
        raise Refused({"answers": _("The method has no such question or answer.")}) from error


def _check(
    rules: CausalityRules,
    given: CausalityInput,
    computed: MethodResult,
    before: CausalityAssessment | None,
    reason: str,
) -> None:
    """Refuse a result that the method does not have, one that nothing explains, and no answer."""
    if given.result and given.result not in results(rules, Method(given.method)):
        raise Refused({"result": _("This method has no such result.")})
    stands = before is not None and bool(before.final_result)
    if not given.answers and not given.result and not stands:
        raise Refused(_("Answer at least one question, or give a result with its reason."))
    if reason.strip():
        return
    if given.result and given.result != computed.result:
        raise Refused({"reason": _("The answers do not give this result: say why it holds.")})
    if stands and not (given.result or computed.result):
        raise Refused({"reason": _("The result so far is retracted: say why.")})


@part
def _record(
    actor: Actor,
    case: Case,
    given: CausalityInput,
    computed: MethodResult,
    reason: str,
    rules_version: str,
) -> CausalityAssessment:
    return CausalityAssessment.objects.create(
        case=case,
        product_id=case.product_id,
        site_id=case.site_id,
        case_version=case.current_version,
        pair=given.pair,
        assessor=given.assessor,
        method=given.method,
        method_answers=dict(given.answers),
        computed=computed.result,
        score=computed.score,
        rule=computed.reason,
        final_result=given.result or computed.result,
        reason=reason.strip(),
        rules_version=rules_version,
        assessed_by_id=actor.id,
        assessed_by_name=actor.name,
        assessed_at=clock.now(),
    )


@part
def _settle(case: Case, version: CaseVersion, reason: str) -> None:
    """Expectedness of a new pair, narrative and clocks follow, whoever assessed."""
    expectedness.follow(case, version)
    narratives.follow(_CLOCKS, case, version)
    version.save(update_fields=["message", *narratives.FIELDS])
    case.lock_version += 1
    information.settle(_CLOCKS, case, reason=reason)
