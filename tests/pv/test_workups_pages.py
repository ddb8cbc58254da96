"""The page of a work-up, and what the case and the event show of it, in words."""

import pytest
from django.test import Client
from django.urls import reverse

from followup.actions import samples
from followup.actions.samples import ResultInput
from followup.core import clock
from followup.core.permissions import Role
from followup.domain.samples import Moment
from followup.models import Sample
from pv.actions.workups import QUESTIONS
from pv.models import Case
from pv.web import workups as page
from tests import factories

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


def client_of(role: Role, language: str = "en", **grant) -> Client:
    client = Client()
    user = factories.make_user(role, language=language, **grant)
    client.force_login(user, backend=BACKEND)
    return client


@pytest.fixture
def case() -> Case:
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    event = factories.malignancy(
        nurse, factories.register(nurse, site, purposes=("LTFU", "SAMPLES"))
    )
    tumour = Sample.objects.get(event=event, code="T1")
    when = Moment(clock.today())
    samples.record_step(nurse, tumour, step="COLLECT", happened_at=when, place="手术室")
    today = clock.today()
    report = ResultInput(
        assay="CAR_TRANSGENE",
        finding="POSITIVE",
        laboratory="中心实验室",
        resulted_on=today,
        received_on=today,
        final=True,
    )
    samples.record_result(nurse, tumour, given=report)
    return Case.objects.get(patient=event.patient_id)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Reported", "Suspected", "CAR transgene", "Positive", "Result in"]),
        ("zh-hans", ["已报告", "疑似", "CAR转基因", "阳性", "已出结果"]),
    ],
)
def test_the_case_shows_words_and_never_codes(case, language, words) -> None:
    client = client_of(Role.SAFETY_OFFICER, language)
    for address in (reverse("case", args=[case.id]), reverse("work-up", args=[case.id])):
        answer = client.get(address)
        assert answer.status_code == 200
        text = answer.content.decode()
        for word in words:
            assert word in text, (address, word)
        for raw in (">REPORTED<", ">SUSPECTED<", "RESULTED", "CAR_TRANSGENE:", "POSITIVE<"):
            assert raw not in text, (address, raw)


def test_a_person_takes_steps_and_answers(case) -> None:
    client = client_of(Role.SAFETY_OFFICER)
    address = reverse("work-up", args=[case.id])
    advance = reverse("work-up-advance", args=[case.id])
    assert client.post(advance, {"event": "TRIAGE"}).status_code == 302
    assert client.post(advance, {"event": "CLOSE"}).status_code == 422
    assert client.post(advance, {"event": "EXCLUDE"}).status_code == 422
    case.work_up.refresh_from_db()
    assert case.work_up.state == "TRIAGED"
    shown = client.get(address)
    version = shown.context["form"]["version"].value()
    given = {"version": version, "malignant_histology": "YES", "suspicions": ["LYMPHADENOPATHY"]}
    assert client.post(address, given).status_code == 302
    case.work_up.refresh_from_db()
    assert case.work_up.evidence == {
        "malignant_histology": "YES",
        "suspicions": ["LYMPHADENOPATHY"],
    }
    assert client.post(address, given).status_code == 409
    assert client.post(address, {**given, "relapse": "PERHAPS"}).status_code == 422


def test_who_may_read_sees_no_button_and_others_nothing(case) -> None:
    reviewer = client_of(Role.MEDICAL_REVIEWER)
    address = reverse("work-up", args=[case.id])
    text = reviewer.get(address).content.decode()
    assert reverse("work-up-advance", args=[case.id]) not in text
    posted = reviewer.post(reverse("work-up-advance", args=[case.id]), {"event": "TRIAGE"})
    assert posted.status_code == 403
    nurse = client_of(Role.NURSE, site=case.site)
    assert nurse.get(address).status_code == 404


def test_a_case_without_work_up_has_no_such_page(case) -> None:
    nurse = factories.make_actor(Role.NURSE, site=case.site)
    patient = factories.register(nurse, case.site, purposes=("LTFU", "SAMPLES"))
    factories.malignancy(nurse, patient, is_new_malignancy=False, serious=False)
    other = Case.objects.get(patient=patient)
    client = client_of(Role.SAFETY_OFFICER)
    assert client.get(reverse("work-up", args=[other.id])).status_code == 404
    assert "work-up/" not in client.get(reverse("case", args=[other.id])).content.decode()


def test_every_question_of_the_action_is_on_the_page() -> None:
    assert set(page.QUESTIONS) == set(QUESTIONS)
