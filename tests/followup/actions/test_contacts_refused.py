"""What contacts, call-backs, consents, links and protocols refuse at the action's door."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from followup.actions import (
    call_backs,
    consent_papers,
    consent_versions,
    events,
    protocols,
    questionnaires,
    visits,
)
from followup.actions.consent_papers import ConsentInput
from followup.actions.consent_versions import ConsentVersionInput
from followup.actions.events import EventInput
from followup.actions.identity import Contact, telephones
from followup.actions.visits import VisitInput
from followup.core import clock
from followup.core.actor import Actor
from followup.core.models import User
from followup.core.permissions import Role
from followup.core.problems import Conflict, Refused
from followup.domain.dates import PartialDate
from followup.domain.questionnaires import Answers
from followup.models import (
    AdverseEvent,
    CallBack,
    Carer,
    Cover,
    Identity,
    Patient,
    PlannedVisit,
    ProtocolDraft,
    QuestionnaireLink,
    ReferenceItem,
    Site,
    Visit,
)
from followup.queries import protocols as protocol_queries
from tests import factories
from tests.refusals import refused

pytestmark = pytest.mark.django_db
TODAY = clock.today()
DAY = timedelta(days=1)


def asked(act: Callable[..., Any], *given: Any, **named: Any) -> set[str]:
    """The questions an action asks before it goes on."""
    with pytest.raises(Refused) as caught:
        act(*given, **named)
    assert caught.value.code == "confirm"
    return {question.key for question in caught.value.questions}


@pytest.fixture
def patient(nurse: Actor, site: Site) -> Patient:
    return factories.register(nurse, site, infused_on=TODAY - 91 * DAY)


@pytest.fixture
def other_patient(nurse: Actor, site: Site) -> Patient:
    return factories.register(nurse, site, infused_on=TODAY - 91 * DAY)


@pytest.fixture
def colleagues(site: Site) -> list[User]:
    return [factories.make_user(Role.NURSE, site=site) for _number in range(2)]


def open_visit(patient: Patient) -> PlannedVisit:
    rows = PlannedVisit.objects.filter(patient=patient, state__in=visits.RECORDABLE)
    return rows.order_by("due")[0]


def test_a_call_back_is_asked_for_changed_done_and_done_no_more(
    nurse: Actor, patient: Patient, colleagues: list[User]
) -> None:
    stranger = factories.make_user(Role.NURSE, site=factories.make_site())
    given = {"about": "ring", "due_on": TODAY, "owner": None}
    wrong_ones = [
        ({"about": " "}, "about"),
        ({"due_on": TODAY - DAY}, "due_on"),
        ({"due_on": TODAY + 801 * DAY}, "due_on"),
        ({"owner": stranger}, "owner"),
    ]
    for wrong, field in wrong_ones:
        assert refused(call_backs.ask, nurse, patient, **given | wrong) == {field}
    row = call_backs.ask(nurse, patient, **given)
    assert list(CallBack.objects.all()) == [row]
    change = given | {"due_at": None, "version": 1}
    for wrong, field in wrong_ones:
        assert refused(call_backs.change, nurse, row, **change | wrong) == {field}
    row = call_backs.change(
        nurse, row, **change | {"owner": colleagues[0], "about": " ring twice "}
    )
    assert (row.about, row.owner, row.version) == ("ring twice", colleagues[0], 2)
    with pytest.raises(Conflict):
        call_backs.change(nurse, row, **change)
    assert refused(call_backs.reopen, nurse, row) == {""}, "it is not done"
    assert refused(call_backs.finish, nurse, row, outcome=" ", version=2) == {"outcome"}
    row = call_backs.finish(nurse, row, outcome="reached", version=2)
    assert refused(call_backs.change, nurse, row, **change | {"version": 3}) == {""}
    again = call_backs.reopen(nurse, row)
    assert (again.done_at, again.done_by, again.outcome, again.version) == (None, None, "", 4)
    row = call_backs.finish(nurse, row, outcome="reached", version=4)
    with clock.pinned(clock.now() + timedelta(seconds=46)):
        assert refused(call_backs.reopen, nurse, row) == {""}, "too late to undo"
    assert CallBack.objects.get().outcome == "reached"


def test_a_carer_and_a_deputy_are_colleagues_of_the_hospital(
    nurse: Actor, site: Site, patient: Patient, colleagues: list[User]
) -> None:
    absent, deputy = colleagues
    stranger = factories.make_user(Role.NURSE, site=factories.make_site())
    assert refused(call_backs.care, nurse, patient, carer=stranger) == {"carer"}
    call_backs.care(nurse, patient, carer=absent)
    call_backs.care(nurse, patient, carer=deputy)
    assert [row.user for row in Carer.objects.filter(patient=patient)] == [deputy]
    call_backs.care(nurse, patient, carer=None)
    assert not Carer.objects.filter(patient=patient).exists()
    given = {"absent": absent, "deputy": deputy, "first": TODAY, "last": TODAY + 3 * DAY}
    for wrong, fields in (
        ({"absent": stranger}, {"absent"}),
        ({"deputy": stranger}, {"deputy"}),
        ({"deputy": absent}, {"deputy"}),
        ({"last": TODAY - DAY}, {"last"}),
        ({"first": TODAY - 3 * DAY, "last": TODAY - DAY}, {"last"}),
    ):
        assert refused(call_backs.cover, nurse, site, **given | wrong) == fields, wrong
    row = call_backs.cover(nurse, site, **given)
    later = given | {"first": TODAY + 3 * DAY, "last": TODAY + 5 * DAY}
    assert refused(call_backs.cover, nurse, site, **later) == {"first"}
    ended = call_backs.end_cover(nurse, row)
    assert call_backs.end_cover(nurse, row).ended_at == ended.ended_at is not None
    assert call_backs.cover(nurse, site, **later).first == TODAY + 3 * DAY
    assert Cover.objects.count() == 2


@pytest.fixture
def draft(nurse: Actor, site: Site) -> tuple[Actor, ProtocolDraft]:
    writer = factories.make_actor(Role.SITE_LEAD, site=site)
    return writer, protocols.draft(writer, protocol_queries.latest(), purpose="longer")


def test_a_protocol_is_drafted_by_a_person_with_a_purpose(
    draft: tuple[Actor, ProtocolDraft],
) -> None:
    writer, first = draft
    base = protocol_queries.latest()
    rules = ReferenceItem.objects.exclude(kind="protocol").first()
    assert refused(protocols.draft, writer, rules, purpose="x") == {""}
    assert refused(protocols.draft, Actor.process("test"), base, purpose="x") == {""}
    assert refused(protocols.draft, writer, base, purpose=" ") == {"purpose"}
    second = protocols.draft(writer, base, purpose="another")
    assert second.number != first.number != base.version
    assert refused(protocols.discard, writer, second, reason=" ") == {"reason"}
    protocols.discard(writer, second, reason="not needed")
    assert refused(protocols.discard, writer, second, reason="again") == {""}
    assert protocols.draft(writer, base, purpose="third").number == second.number


def test_a_draft_takes_only_what_can_be_planned_and_is_released_by_another(
    draft: tuple[Actor, ProtocolDraft], site: Site
) -> None:
    writer, row = draft
    given = {"zh": "随访", "en": "Follow-up", "citation": "SOP 3", "valid_from": None, "version": 1}
    for wrong, field in (
        ({"zh": " "}, "zh"),
        ({"en": " "}, "en"),
        ({"citation": ""}, "citation"),
        ({"valid_from": TODAY - DAY}, "valid_from"),
    ):
        assert refused(protocols.name, writer, row, **given | wrong) == {field}
    row = protocols.name(writer, row, **given | {"valid_from": TODAY})
    assert row.data["name"] == {"zh": "随访", "en": "Follow-up"}
    assert (row.data["valid_from"], row.version) == (TODAY.isoformat(), 2)
    same = given | {"valid_from": TODAY, "version": 2}
    assert refused(protocols.name, writer, row, **same) == {""}, "nothing is different"
    with pytest.raises(Conflict):
        protocols.name(writer, row, **given)
    second = factories.make_actor(Role.SITE_LEAD, site=site)
    tail = row.data["tail"]
    bad = {"place": protocols.TAIL, "point": {"code": "X"}, "version": 2}
    assert refused(protocols.put_point, writer, row, **bad) == {""}
    doubled = {"place": None, "point": row.data["points"][0], "version": 2}
    assert refused(protocols.put_point, writer, row, **doubled) == {""}
    longer = {"place": protocols.TAIL, "point": tail | {"after": tail["after"] + 1}, "version": 2}
    row = protocols.put_point(second, row, **longer)
    assert row.data["tail"]["after"] == tail["after"] + 1
    assert row.editors == [writer.id, second.id] or row.editors == [str(writer.id), str(second.id)]
    assert refused(protocols.release, second, row, version=3) == {""}, "the second wrote on it"
    third = factories.make_actor(Role.SITE_LEAD, site=site)
    with clock.pinned(clock.now() + DAY):
        assert refused(protocols.release, third, row, version=3) == {""}, "its day is past"
    for _point in row.data["points"][1:]:
        row = protocols.drop_point(writer, row, place=0, version=row.version)
    last = {"place": 0, "version": row.version}
    assert refused(protocols.drop_point, writer, row, **last) == {""}
    item = protocols.release(third, row, version=row.version)
    assert (item.version, item.valid_from, item.citation) == (row.number, TODAY, "SOP 3")


def test_answers_that_cannot_be_are_refused_at_their_field(nurse: Actor, patient: Patient) -> None:
    infused = TODAY - 91 * DAY
    dead = {"vital_status": "DEAD", "informant": "FAMILY", "died_on": PartialDate.of(TODAY - DAY)}
    for wrong, field in (
        ({"contact_on": TODAY + DAY}, "contact_on"),
        ({"contact_on": infused - 400 * DAY}, "contact_on"),
        ({"contact_type": "PIGEON"}, "contact_type"),
        ({"informant": ""}, "informant"),
        ({"vital_status": ""}, "vital_status"),
        ({"vital_status": "UNKNOWN"}, "vital_status"),
        ({"progressed_on": PartialDate.of(TODAY + DAY)}, "progressed_on"),
        ({"progressed_on": PartialDate.of(infused - DAY)}, "progressed_on"),
        (dead | {"progressed_on": PartialDate.of(TODAY)}, "progressed_on"),
        ({"died_on": PartialDate.of(TODAY)}, "died_on"),
        (dead | {"died_on": None}, "died_on"),
        (dead | {"died_on": PartialDate.of(TODAY + DAY)}, "died_on"),
        (dead | {"died_on": PartialDate.of(infused - DAY)}, "died_on"),
        (dead | {"informant": "PATIENT"}, "informant"),
        (dead | {"death_related": "PERHAPS"}, "death_related"),
        (dead | {"death_cause_code": "脑出血"}, "death_cause_code"),
        (dead | {"autopsy": "PERHAPS"}, "autopsy"),
        ({"death_cause_code": "I61.9"}, "death_cause_code"),
        ({"autopsy": "NO"}, "autopsy"),
        ({"assessments": {"R": "MAYBE"}}, "assessments"),
    ):
        assert refused(factories.call, nurse, patient, **wrong) == {field}, wrong
    assert not Visit.objects.exists()
    baseline = PlannedVisit.objects.get(patient=patient, code="BL")
    before = {"contact_on": infused - 30 * DAY, "planned": baseline}
    signed = infused - 20 * DAY
    assert asked(factories.call, nurse, patient, **before) == {f"contact_before_consent:{signed}"}
    factories.call(nurse, patient)
    early = dead | {"died_on": PartialDate.of(TODAY - 9 * DAY), "disease_status": "REMISSION"}
    early |= {"death_cause_code": "s06.5"}
    agreed = [f"alive_after_death:{TODAY}", "died_in_remission", "no_underlying_cause:S06.5"]
    assert asked(factories.call, nurse, patient, **early) == set(agreed)
    factories.call(nurse, patient, **early, confirmed=agreed)
    assert refused(factories.call, nurse, patient) == {"vital_status"}
    assert refused(factories.call, nurse, patient, **dead) == {"vital_status"}


def test_a_contact_is_corrected_with_a_reason_and_undone_only_at_once(
    nurse: Actor, patient: Patient, other_patient: Patient
) -> None:
    foreign = open_visit(other_patient)
    assert refused(factories.call, nurse, patient, planned=foreign) == {""}
    row = factories.call(nurse, patient)
    same = VisitInput(contact_on=TODAY, informant="PATIENT", vital_status="ALIVE")
    noted = VisitInput(contact_on=TODAY, informant="PATIENT", vital_status="ALIVE", note="well")
    given = {"given": noted, "version": 1, "reason": "forgot the note"}
    assert refused(visits.correct, nurse, row, **given | {"reason": " "}) == {"reason"}
    assert refused(visits.correct, nurse, row, **given | {"given": same}) == {""}
    newer = visits.correct(nurse, row, **given)
    assert (newer.replaces_id, newer.version, newer.note) == (row.id, 2, "well")
    with pytest.raises(Conflict) as caught:
        visits.correct(nurse, row, **given | {"given": same})
    assert caught.value.differences == {"note": ("", "well")}
    assert caught.value.present.id == newer.id
    for visit in (row, newer):
        assert refused(visits.undo, nurse, visit) == {""}
    slip = factories.call(nurse, other_patient)
    with clock.pinned(clock.now() + timedelta(seconds=46)):
        assert refused(visits.undo, nurse, slip) == {""}
    visits.undo(nurse, slip)
    assert Visit.objects.get(id=slip.id).undone_at is not None
    assert refused(visits.undo, nurse, slip) == {""}
    told = factories.call(
        nurse,
        other_patient,
        vital_status="DEAD",
        informant="FAMILY",
        died_on=PartialDate.of(TODAY - DAY),
    )
    alive = given | {"given": same, "version": 1}
    assert refused(visits.correct, nurse, told, **alive) == {"vital_status"}
    assert refused(visits.undo, nurse, told) == {""}, "safety knows"


def test_an_attempt_lies_ahead_and_is_undone_only_at_once(nurse: Actor, patient: Patient) -> None:
    planned = open_visit(patient)
    for wrong in (
        {"next_try_on": TODAY},
        {"next_try_on": TODAY + 367 * DAY},
        {"method": "REGISTRY_LINKAGE"},
    ):
        given = {"next_try_on": TODAY + DAY} | wrong
        assert refused(visits.not_reached, nurse, planned, **given) == set(wrong)
    attempt = visits.not_reached(nurse, planned, next_try_on=TODAY + DAY)
    with clock.pinned(clock.now() + timedelta(seconds=46)):
        assert refused(visits.undo_not_reached, nurse, attempt) == {""}
    visits.undo_not_reached(nurse, attempt)
    attempt.refresh_from_db()
    assert attempt.undone_at is not None
    assert refused(visits.undo_not_reached, nurse, attempt) == {""}
    told = {"vital_status": "DEAD", "informant": "FAMILY", "died_on": PartialDate.of(TODAY)}
    factories.call(nurse, patient, **told)
    (ahead, *_later) = PlannedVisit.objects.filter(patient=patient, state="CANCELLED")
    with pytest.raises(Conflict):
        visits.not_reached(nurse, ahead, next_try_on=TODAY + DAY)


def test_a_link_to_answers_is_of_the_patient_and_open_once(
    nurse: Actor, patient: Patient, other_patient: Patient
) -> None:
    given = {"infusion": factories.infusion_of(patient), "days": 14, "call": "021-1"}
    for wrong, field in (
        ({"days": 15}, "days"),
        ({"call": " "}, "call"),
        ({"planned": open_visit(other_patient)}, "planned"),
        ({"infusion": factories.infusion_of(other_patient)}, "planned"),
    ):
        assert refused(questionnaires.invite, nurse, patient, **given | wrong) == {field}
    first = questionnaires.invite(nurse, patient, **given)
    link = questionnaires.invite(nurse, patient, **given)
    assert QuestionnaireLink.objects.get(id=first.id).revoked_at is not None
    assert refused(questionnaires.revoke, nurse, first) == {""}
    system = Actor.process("answers")
    words = Answers(informant="PATIENT", vital_status="ALIVE", disease_status="REMISSION")
    for wrong in (first, link):
        late = clock.now() + 15 * DAY
        with clock.pinned(late), pytest.raises(Refused) as caught:
            questionnaires.answer(system, wrong, given=words)
        assert caught.value.code == "link"
    report = questionnaires.answer(system, link, given=words)
    assert refused(questionnaires.answer, system, link, given=words) == {""}
    event = factories.malignancy(nurse, other_patient)
    assert refused(questionnaires.name_event, nurse, report, event=event) == {""}
    aside = {"review_note": " ", "version": report.version}
    assert refused(questionnaires.set_aside, nurse, report, **aside) == {"review_note"}
    factories.call(
        nurse,
        other_patient,
        vital_status="DEAD",
        informant="FAMILY",
        died_on=PartialDate.of(TODAY),
    )
    gone = given | {"infusion": factories.infusion_of(other_patient)}
    assert refused(questionnaires.invite, nurse, other_patient, **gone) == {""}


def test_a_paper_that_cannot_be_is_refused_at_its_field() -> None:
    child, grown = PartialDate.of(TODAY - 3000 * DAY), PartialDate.of(TODAY - 15000 * DAY)
    good = {"form_version": "v1", "purposes": ["LTFU"], "given_on": TODAY, "refused": []}
    for born, wrong, field in (
        (grown, {"form_version": " "}, "form_version"),
        (grown, {"purposes": []}, "purposes"),
        (grown, {"purposes": ["LTFU", "GOSSIP"]}, "purposes"),
        (grown, {"refused": ["LTFU"]}, "refused"),
        (grown, {"given_on": TODAY + DAY}, "given_on"),
        (grown, {"given_on": TODAY - 15001 * DAY}, "given_on"),
        (grown, {"signed_by": "GUARDIAN"}, "signed_by"),
        (grown, {"signed_by": "PATIENT", "assent": "AGREED"}, "assent"),
        (child, {"signed_by": "PATIENT"}, "signed_by"),
        (child, {"signed_by": "GUARDIAN"}, "assent"),
        (child, {"signed_by": "GUARDIAN", "assent": "REFUSED"}, "assent"),
    ):
        assert set(consent_papers.problems(good | wrong, TODAY, born)) == {field}, wrong
    assert consent_papers.problems(good | {"signed_by": "PATIENT"}, TODAY, grown) == {}
    assert consent_papers.known(ConsentInput("v1", ["LTFU"], TODAY))["form_version"] == "v1"


def test_a_form_of_consent_is_whole_and_its_last_day_not_before_the_first(
    nurse: Actor, site: Site
) -> None:
    lead = factories.make_actor(Role.SITE_LEAD, site=site)
    good: dict[str, Any] = {"code": "v9", "name_zh": "知情同意", "name_en": "Consent"}
    good |= {"purposes": ["LTFU"], "valid_from": TODAY, "document_sha256": "a" * 64}

    def add(**more: Any) -> Any:
        return consent_versions.add(lead, site, given=ConsentVersionInput(**good | more))

    for wrong in (
        {"code": " "},
        {"name_zh": "", "name_en": " "},
        {"purposes": []},
        {"purposes": ["GOSSIP"]},
        {"valid_until": TODAY - DAY},
        {"document_sha256": "A" * 64},
        {"protocol": "NO_SUCH"},
    ):
        assert refused(add, **wrong) == set(wrong)
    row = add()
    assert refused(add) == {"code"}
    early = {"valid_until": TODAY - DAY, "version": 1}
    assert refused(consent_versions.close, lead, row, **early) == {"valid_until"}
    row = consent_versions.close(lead, row, valid_until=TODAY, version=1)
    assert (row.valid_until, row.version) == (TODAY, 2)
    with pytest.raises(Conflict):
        consent_versions.close(lead, row, valid_until=None, version=1)


def test_an_event_that_contradicts_itself_is_refused_at_its_field(
    nurse: Actor, patient: Patient
) -> None:
    good: dict[str, Any] = {"verbatim": "fever", "aware_on": TODAY, "reporter_name": "Li"}
    good |= {"reporter_qualification": "NURSE", "serious": False}

    def report(**more: Any) -> AdverseEvent:
        given = EventInput(**good | more)
        return events.report(nurse, factories.infusion_of(patient), given=given)

    for wrong, field in (
        ({"verbatim": " "}, "verbatim"),
        ({"reporter_name": " "}, "reporter_name"),
        ({"aware_on": TODAY + DAY}, "aware_on"),
        ({"aware_on": TODAY - DAY, "onset": PartialDate.of(TODAY)}, "onset"),
        ({"serious": True, "seriousness": []}, "seriousness"),
        ({"grade": 3, "grade_scale": ""}, "grade_scale"),
        ({"pregnancy_of": "PATIENT"}, "pregnancy_of"),
    ):
        assert field in refused(report, **wrong), wrong
    assert not AdverseEvent.objects.exists()
    assert report().serious is False


def test_a_telephone_is_ended_by_what_is_recorded(nurse: Actor, patient: Patient) -> None:
    row = Identity.objects.get(patient=patient)
    new = Contact(phone="13900009999", whose="FAMILY", relation="daughter")
    unknown = {"phone": "13800000001", "why": telephones.WRONG, "version": row.version}
    assert refused(telephones.end, nurse, patient, **unknown) == {"phone"}
    assert refused(telephones.end, nurse, patient, **unknown | {"why": "BORED"}) == {"why"}
    nobody = Contact(phone="13900009998", whose="CAT")
    assert refused(telephones.add, nurse, patient, contact=nobody, version=row.version) == {"whose"}
    row = telephones.add(nurse, patient, contact=new, version=row.version)
    twice = {"contact": new, "version": row.version}
    assert refused(telephones.add, nurse, patient, **twice) == {"new_phone"}
    with pytest.raises(Conflict):
        telephones.add(nurse, patient, contact=new, version=row.version - 1)
    telephones.answered(nurse, patient, phone="13800000001", on=TODAY)
    assert Identity.objects.get(patient=patient).version == row.version, "no such number"
    telephones.answered(nurse, patient, phone="13900009999", on=TODAY)
    assert Identity.objects.get(patient=patient).version == row.version + 1
