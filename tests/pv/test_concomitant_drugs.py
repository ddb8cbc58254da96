"""What the hospital recorded beside the product, taken into a case by a person."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from followup.actions import concomitant_care
from followup.core import audit, clock
from followup.core.permissions import Role
from followup.core.problems import Conflict, Refused
from followup.domain.concomitant_care import Care, CareKind
from followup.domain.dates import PartialDate
from pv.actions import cases
from pv.domain.cases.concomitant_drugs import Standing
from pv.domain.e2b import storage
from pv.models import Case
from pv.queries import concomitant_drugs as queries
from tests import factories

pytestmark = pytest.mark.django_db
BEGUN = PartialDate(2026, 10)
NOTICE = "the hospital recorded are missing in the case"


@pytest.fixture
def patient(nurse, site):
    return factories.register(nurse, site)


@pytest.fixture
def lenalidomide(nurse, patient):
    care = Care(
        kind=CareKind.SUBSEQUENT_THERAPY,
        started=BEGUN,
        detail="IMID",
        name="来那度胺",
        ongoing="YES",
        dose=Decimal("10"),
        dose_unit="MG",
        mutagenic="YES",
        given_for="复发",
    )
    return concomitant_care.record(nurse, patient, given=care)


@pytest.fixture
def case(nurse, patient, lenalidomide) -> Case:
    stay = Care(kind=CareKind.HOSPITAL_STAY, started=BEGUN, detail="WARD", given_for="发热")
    concomitant_care.record(nurse, patient, given=stay)
    globulin = Care(kind=CareKind.IMMUNOGLOBULIN, started=BEGUN, detail="IV")
    concomitant_care.record(nurse, patient, given=globulin)
    factories.malignancy(nurse, patient, onset=PartialDate.of(clock.today()))
    return Case.objects.get()


@pytest.fixture
def page() -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(factories.make_user(Role.SAFETY_OFFICER, language="en"))
    return client


def lines(actor, case):
    row = Case.objects.get(id=case.id)
    return queries.of_case(actor, row, row.versions.get(number=row.current_version))


def drugs(case):
    row = Case.objects.get(id=case.id)
    return storage.from_data(row.versions.get(number=row.current_version).message).each("G.k")


def take(actor, case, *keys, **more):
    lock = more.pop("lock_version", Case.objects.get(id=case.id).lock_version)
    return cases.take_treatments(actor, case, treatments=keys, lock_version=lock)


def test_a_draft_holds_none_and_every_treatment_but_stays_is_offered(officer, case) -> None:
    assert len(drugs(case)) == 1
    found = [(line.treatment.name, line.standing) for line in lines(officer, case)]
    assert sorted(found) == [
        ("免疫球蛋白替代 (Immunoglobulin replacement)", Standing.NEW),
        ("来那度胺", Standing.NEW),
    ]


def test_one_is_taken_another_left_out_and_no_clock_moves(officer, case, lenalidomide) -> None:
    before = list(case.clocks.values_list("rule", "due"))
    take(officer, case, lenalidomide.id)
    _suspect, drug = drugs(case)
    assert (drug.text("G.k.1"), drug.text("G.k.2.2")) == ("2", "来那度胺")
    (dose,) = drug.each("G.k.4.r")
    assert dose.values == {"G.k.4.r.4": "202610", "G.k.4.r.8": "10 mg"}
    assert list(case.clocks.values_list("rule", "due")) == before
    with pytest.raises(Refused):
        take(officer, case, lenalidomide.id)
    with pytest.raises(Conflict):
        take(officer, case, lenalidomide.id, lock_version=case.lock_version)


def test_a_correction_and_a_retraction_reach_the_drug_taken(
    nurse, officer, case, lenalidomide
) -> None:
    take(officer, case, lenalidomide.id)
    right = concomitant_care.known(lenalidomide)
    after = concomitant_care.correct(
        nurse,
        lenalidomide,
        given=type(right)(
            **{n: getattr(right, n) for n in right.__slots__}
            | {"ongoing": "NO", "ended": PartialDate.of(clock.today())}
        ),
        reason="已停药",
    )
    line = next(one for one in lines(officer, case) if one.treatment.key == lenalidomide.id)
    assert line.standing is Standing.DIFFERS
    take(officer, case, lenalidomide.id)
    assert drugs(case)[1].each("G.k.4.r")[0].text("G.k.4.r.5") == f"{clock.today():%Y%m%d}"
    concomitant_care.take_back(nurse, after, reason="误填")
    line = next(one for one in lines(officer, case) if one.treatment.key == lenalidomide.id)
    assert (line.standing, line.place) == (Standing.RETRACTED, "G.k[2]")


def leave_out(actor, case, *revisions, reason="用于治疗该反应", **more):
    return cases.leave_out_treatments(actor, case, revisions=revisions, reason=reason, **more)


def line_of(actor, case, treatment):
    return next(one for one in lines(actor, case) if one.treatment.key == treatment.id)


def test_what_is_left_out_is_remembered_until_the_hospital_corrects_it(
    nurse, officer, case, lenalidomide
) -> None:
    leave_out(officer, case, lenalidomide.id)
    line = line_of(officer, case, lenalidomide)
    assert (line.standing, line.left_out, line.is_offered) == (Standing.NEW, True, False)
    assert len(drugs(case)) == 1
    with pytest.raises(Refused):
        leave_out(officer, case, lenalidomide.id)
    right = concomitant_care.known(lenalidomide)
    values = {name: getattr(right, name) for name in right.__slots__} | {"dose": Decimal("25")}
    after = concomitant_care.correct(
        nurse, lenalidomide, given=type(right)(**values), reason="剂量有误"
    )
    line = line_of(officer, case, lenalidomide)
    assert (line.left_out, line.is_offered) == (False, True)
    with pytest.raises(Refused, match=r"corrected|更正"):
        leave_out(officer, case, lenalidomide.id)
    leave_out(officer, case, after.id)
    assert not line_of(officer, case, lenalidomide).is_offered


def test_what_is_left_out_is_offered_again_or_taken(officer, case, lenalidomide) -> None:
    for empty in ("", "  "):
        with pytest.raises(Refused):
            leave_out(officer, case, lenalidomide.id, reason=empty)
    with pytest.raises(Refused):
        leave_out(officer, case)
    with pytest.raises(Refused):
        cases.offer_treatments(officer, case, revisions=[lenalidomide.id], reason="再看")
    leave_out(officer, case, lenalidomide.id)
    cases.offer_treatments(officer, case, revisions=[lenalidomide.id], reason="医生认为合并用药")
    assert line_of(officer, case, lenalidomide).is_offered
    leave_out(officer, case, lenalidomide.id)
    take(officer, case, lenalidomide.id)
    line = line_of(officer, case, lenalidomide)
    assert (line.standing, line.left_out) == (Standing.TAKEN, False)
    reasons = case.treatment_decisions.values_list("outcome", flat=True)
    assert list(reasons) == ["LEFT_OUT", "OFFERED", "LEFT_OUT"]


def test_a_retraction_of_what_the_case_has_can_be_left_as_it_is(
    nurse, officer, case, lenalidomide
) -> None:
    take(officer, case, lenalidomide.id)
    with pytest.raises(Refused):
        leave_out(officer, case, lenalidomide.id)
    gone = concomitant_care.take_back(nurse, lenalidomide, reason="误填")
    assert line_of(officer, case, lenalidomide).is_offered
    leave_out(officer, case, gone.id, reason="报告者另行确认用过")
    assert not line_of(officer, case, lenalidomide).is_offered
    assert len(drugs(case)) == 2


def test_leaving_out_on_the_page_and_over_the_api(page, officer, case, lenalidomide) -> None:
    address, summary = (reverse(n, args=[case.id]) for n in ("case-treatments", "case"))
    assert NOTICE in page.get(summary).content.decode()
    globulin = next(one for one in lines(officer, case) if one.treatment.key != lenalidomide.id)
    body = {f"revision-{lenalidomide.id}": str(lenalidomide.id), "then": "leave_out"}
    body |= {"treatment": [str(lenalidomide.id)], "reason": ""}
    refused = page.post(address, body)
    assert refused.status_code == 422
    assert "checked" in refused.content.decode(), "what was ticked stays ticked"
    body |= {"reason": "radiotherapy, no drug"}
    stale = page.post(address, body | {f"revision-{lenalidomide.id}": "nonsense"})
    assert stale.status_code == 422
    assert "radiotherapy, no drug" in stale.content.decode()
    assert page.post(address, body).status_code == 302
    shown = page.get(address).content.decode()
    assert "radiotherapy, no drug" in shown
    assert "left out of the case" in shown
    revisions = [str(globulin.treatment.revision)]
    api = {"revisions": revisions, "reason": "not a drug"}
    out = reverse("api-case-treatments-leave-out", args=[case.id])
    answer = page.post(out, api, content_type="application/json")
    assert [row["left_out"] for row in answer.json()["items"]] == [True, True], answer.content
    assert NOTICE not in page.get(summary).content.decode()
    again = reverse("api-case-treatments-offer", args=[case.id])
    page.post(again, api, content_type="application/json")
    body |= {"then": "offer", "reason": "looked at again"}
    assert page.post(address, body).status_code == 302
    assert all(line.is_offered for line in lines(officer, case))


def test_they_are_read_on_the_basis_of_whoever_asks(nurse, officer, site, case) -> None:
    """The officer reads under the duty to report the event, others on the patient's consent."""
    manager = factories.make_actor(Role.STUDY_MANAGER)
    assert lines(officer, case)
    assert not lines(manager, case), "the patient did not agree to passing data to the holder"
    elsewhere = factories.make_actor(Role.SAFETY_OFFICER, site=factories.make_site())
    assert not lines(elsewhere, case)
    agreed = factories.register(nurse, site, purposes=("LTFU", "HOLDER"))
    care = Care(kind=CareKind.IMMUNOGLOBULIN, started=BEGUN, detail="SC")
    concomitant_care.record(nurse, agreed, given=care)
    factories.malignancy(nurse, agreed)
    assert lines(manager, Case.objects.get(patient=agreed))


def test_the_page_shows_dates_as_they_are_known_and_keeps_what_was_ticked(
    page, case, lenalidomide
) -> None:
    address = reverse("case-treatments", args=[case.id])
    assert address in page.get(reverse("case", args=[case.id])).content.decode()
    shown = page.get(address).content.decode()
    assert "2026-10" in shown
    assert "checked" not in shown, "nothing is ticked for anybody"
    body = {"treatment": [str(lenalidomide.id)], "lock_version": case.lock_version + 5}
    stale = page.post(address, body)
    assert stale.status_code == 422
    assert "checked" in stale.content.decode()
    nothing = page.post(address, {"treatment": ["nonsense"], "lock_version": case.lock_version})
    assert nothing.status_code == 422
    body["lock_version"] = case.lock_version
    assert page.post(address, body).status_code == 302
    assert "G.k[2]" in page.get(address).content.decode()


def test_an_exported_version_is_not_written_to(page, officer, case, lenalidomide) -> None:
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.lock"):
        case.versions.update(locked_at=clock.now() - timedelta(minutes=1))
    with pytest.raises(Refused):
        take(officer, case, lenalidomide.id)
    shown = page.get(reverse("case-treatments", args=[case.id])).content.decode()
    assert "Take the ticked treatments" not in shown
    leave_out(officer, case, lenalidomide.id)
    assert line_of(officer, case, lenalidomide).left_out, "that writes nothing to the version"


def test_the_api_lists_and_takes(page, case, lenalidomide) -> None:
    address = reverse("api-case-treatments", args=[case.id])
    found = page.get(address).json()
    row = next(one for one in found["items"] if one["treatment"] == str(lenalidomide.id))
    assert (row["started"], row["ended"], row["standing"]) == ("2026-10", "", "NEW")
    body = {"treatments": [str(lenalidomide.id)], "lock_version": found["lock_version"]}
    after = page.post(address, body, content_type="application/json")
    assert after.status_code == 200, after.content
    row = next(one for one in after.json()["items"] if one["treatment"] == str(lenalidomide.id))
    assert (row["standing"], row["place"]) == ("TAKEN", "G.k[2]")
