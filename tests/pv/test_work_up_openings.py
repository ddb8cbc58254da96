"""A work-up opened by hand, its gut steps, its questions, and what readers agreed on."""

import pytest
from django.test import Client
from django.urls import reverse

from followup.core import clock
from followup.core.permissions import Role
from followup.core.problems import Refused
from pv.actions import adjudications, work_up_openings, workups
from pv.models import Case, WorkUp
from pv.queries import work_up_tasks
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def plain() -> Case:
    """The case of an event that is no reported malignancy."""
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    patient = factories.register(nurse, site)
    factories.malignancy(nurse, patient, is_new_malignancy=False, serious=False)
    return Case.objects.get(patient=patient)


@pytest.fixture
def page() -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(factories.make_user(Role.SAFETY_OFFICER, language="en"))
    return client


def test_an_enterocolitis_gets_its_own_work_up(page, officer, plain) -> None:
    address = reverse("case-suspect", args=[plain.id])
    assert address in page.get(reverse("case", args=[plain.id]), follow=True).content.decode()
    assert page.post(address, {"suspicion": "ENTEROCOLITIS"}).status_code == 422
    sent = {"suspicion": "ENTEROCOLITIS", "reason": "no response to steroids"}
    assert page.post(address, sent).status_code == 302
    assert page.post(address, sent).status_code == 422
    work_up = WorkUp.objects.get(case=plain)
    codes = {task.code for task in work_up_tasks.of(officer, work_up, today=clock.today())}
    assert {"GUT_ENDOSCOPY", "GUT_BIOPSY_READ", "GUT_INFECTION_EXCLUDED"} <= codes
    shown = page.get(reverse("work-up", args=[plain.id])).content.decode()
    assert "Was a biopsy of the gut taken and read?" in shown
    assert "only a biopsy tells" in shown
    assert "Is the tumour driven by EBV?" not in shown
    answers = {"enterocolitis": "YES", "gut_biopsy": "YES", "t_cell_pathology": "NO"}
    answers["suspicions"] = ["ENTEROCOLITIS"]
    work_up = workups.answer(officer, work_up, answers=answers, version=work_up.version)
    assert (work_up.level, work_up.reasoning["level"]["rule"]) == ("EXCLUDED", "SPM.ENTEROCOLITIS")
    # What a page did not ask keeps its answer.
    work_up = workups.answer(officer, work_up, answers={"relapse": "NO"}, version=work_up.version)
    assert work_up.evidence["gut_biopsy"] == "YES"


def test_a_reported_malignancy_has_no_gut_steps_and_no_second_work_up(officer, case) -> None:
    work_up = WorkUp.objects.get(case=case)
    codes = {task.code for task in work_up_tasks.of(officer, work_up, today=clock.today())}
    assert not {code for code in codes if code.startswith("GUT_")}
    with pytest.raises(Refused):
        work_up_openings.open_by_hand(officer, case, suspicion="ENTEROCOLITIS", reason="x")
    with pytest.raises(Refused):
        work_up_openings.open_by_hand(officer, case, suspicion="REPORTED_DIAGNOSIS", reason="x")


def test_what_the_readers_agreed_on_is_the_class_and_a_closed_work_up_is_not_late(
    page, officer, case
) -> None:
    reviewer = factories.make_actor(Role.MEDICAL_REVIEWER)
    work_up = WorkUp.objects.get(case=case)
    for event in ("TRIAGE", "REQUEST_SAMPLES", "SAMPLES_LOST"):
        workups.advance(officer, work_up, event=event, reason="nothing to be had")
    given = {"attribution": "E", "evidence": "pathology alone", "reason": "not testable"}
    for actor, expertise in ((officer, "HAEMATOPATHOLOGIST"), (reviewer, "MOLECULAR_EXPERT")):
        work_up.refresh_from_db()
        adjudications.read(actor, work_up, expertise=expertise, version=work_up.version, **given)
    work_up.refresh_from_db()
    assert (work_up.attribution, work_up.provisional) == ("E", False)
    shown = page.get(reverse("work-up", args=[case.id])).content.decode()
    assert "agreed by the readers" in shown
    assert "Not decided" not in shown
    late = clock.today().replace(year=clock.today().year + 1)
    assert work_up_tasks.open_of(officer, work_up, today=late)
    workups.advance(officer, work_up, event="CLOSE", reason="all read", signed=True)
    work_up.refresh_from_db()
    assert work_up_tasks.open_of(officer, work_up, today=late) == []
    item = work_up_tasks.board(officer, today=late, box="closed").items[0]
    assert (item.open, item.late, item.next) == (0, 0, None)
