"""What follow-up reports beside events wakes safety: virus, missing samples, pregnancies."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from followup.actions import events, samples
from followup.actions.events import EventInput
from followup.actions.samples import ResultInput
from followup.core import audit, clock
from followup.core.permissions import Role
from followup.core.problems import Refused
from followup.domain.dates import PartialDate
from followup.domain.events import EventCategory
from followup.domain.samples import Moment
from followup.models import AdverseEvent, PlannedVisit, Sample
from pv.actions import cases
from pv.models import Case
from pv.queries import cases as queries
from pv.queries import offers
from pv.queries import workups as views
from tests import factories
from tests.pages import unbroken

pytestmark = pytest.mark.django_db


@pytest.fixture
def patient(nurse, site):
    return factories.register(nurse, site, purposes=("LTFU", "SAMPLES"))


@pytest.fixture
def woman(nurse, site):
    return factories.register(nurse, site, sex="FEMALE")


def virus(finding: str = "POSITIVE", **more: Any) -> ResultInput:
    today = clock.today()
    values: dict[str, Any] = {
        "assay": "RCL",
        "finding": finding,
        "method": "VSVG_QPCR",
        "laboratory": "中心实验室",
        "resulted_on": today - timedelta(days=1),
        "received_on": today,
        "final": True,
    }
    return ResultInput(**values | more)


@pytest.fixture
def drawn(nurse, patient) -> list[Sample]:
    """The samples of the third month, taken two days ago."""
    made = samples.plan_visit(nurse, PlannedVisit.objects.get(patient=patient, code="M3"))
    when = Moment(clock.today() - timedelta(days=2))
    samples.record_steps(nurse, made, step="COLLECT", happened_at=when, place="门诊")
    return made


def tube(drawn: list[Sample], code: str) -> Sample:
    return next(row for row in drawn if row.code == code)


def test_a_positive_virus_makes_a_serious_event_with_its_case_and_clock(nurse, patient, drawn):
    samples.record_result(nurse, tube(drawn, "C1"), given=virus())
    event = AdverseEvent.objects.get(patient=patient)
    assert event.kind == EventCategory.RCL_POSITIVE
    assert event.serious is True
    assert event.seriousness == ["OTHER_IMPORTANT"]
    assert event.aware_on == clock.today()
    assert tube(drawn, "C1").number in event.verbatim
    case = Case.objects.get(patient=patient)
    assert case.serious is True
    running = case.clocks.get(rule="CN-S")
    assert running.due == clock.today() + timedelta(days=15)
    message = queries.message(case.versions.get())
    (test,) = message.root.each("F.r")
    assert test.values["F.r.3.1"] == "1"


def test_a_negative_virus_makes_nothing(nurse, patient, drawn):
    samples.record_result(nurse, tube(drawn, "C1"), given=virus("NEGATIVE"))
    assert not AdverseEvent.objects.filter(patient=patient).exists()
    assert not Case.objects.filter(patient=patient).exists()


def test_a_second_positive_is_new_information_on_the_same_case(nurse, patient, drawn):
    samples.record_result(nurse, tube(drawn, "C1"), given=virus())
    second = samples.record_result(nurse, tube(drawn, "C1"), given=virus(method="CO_CULTURE"))
    case = Case.objects.get(patient=patient)
    source = case.sources.get(kind="result")
    assert source.reference == str(second.id)
    assert {"F.r[1].3.1", "F.r[2].3.1"} <= set(source.values)


def test_a_positive_taken_back_by_a_correction_reaches_the_case(nurse, patient, drawn):
    first = samples.record_result(nurse, tube(drawn, "C1"), given=virus())
    samples.correct_result(nurse, first, given=virus("NEGATIVE"), reason="污染")
    case = Case.objects.get(patient=patient)
    source = case.sources.get(kind="result")
    assert source.values["F.r[1].3.1"] == "2"


def test_a_failing_case_leaves_no_result_behind(nurse, patient, drawn, monkeypatch):
    def fail(*_args: Any, **_more: Any) -> None:
        raise RuntimeError("no case")

    monkeypatch.setattr("pv.actions.cases.rcl.events.report", fail)
    with pytest.raises(RuntimeError), transaction.atomic():
        samples.record_result(nurse, tube(drawn, "C1"), given=virus())
    assert not tube(drawn, "C1").results.exists()


@pytest.fixture
def work(nurse, patient):
    event = factories.malignancy(nurse, patient)
    return event, Case.objects.get(patient=patient)


def some_reason(actor) -> str:
    """A reason of the loaded list that needs no further words."""
    return next(row.code for row in views.samples.rules(actor).assays.reasons)


def lose(nurse, event, code: str):
    sample = Sample.objects.get(event=event, code=code)
    return samples.record_step(
        nurse,
        sample,
        step="MARK_UNOBTAINABLE",
        happened_at=Moment(clock.today()),
        reason=some_reason(nurse),
    )


def test_a_sample_that_cannot_be_had_is_seen_on_work_up_and_case(nurse, work):
    event, case = work
    officer = factories.make_actor(Role.SAFETY_OFFICER)
    before = case.clocks.count()
    lose(nurse, event, "T1")
    view = views.of_case(officer, case)
    (row,) = [row for row in view.samples if row.sample.code == "T1"]
    assert row.unobtainable.code == some_reason(nurse)
    source = case.sources.get(kind="sample")
    assert row.unobtainable.label_zh in source.values["H.4"]
    assert row.unobtainable.label_en in source.values["H.4"]
    assert case.clocks.count() == before
    client = Client()
    client.force_login(factories.make_user(Role.SAFETY_OFFICER))
    page = client.get(reverse("case", args=[case.id]), follow=True).content.decode()
    assert "Sample of the work-up" in page
    assert row.unobtainable.label_en in page
    assert (
        row.unobtainable.label_en in client.get(reverse("work-up", args=[case.id])).content.decode()
    )


def test_a_loss_taken_back_overtakes_what_was_offered(nurse, work):
    event, case = work
    officer = factories.make_actor(Role.SAFETY_OFFICER)
    samples.take_back(nurse, lose(nurse, event, "T1"))
    newer, older, _first = queries.sources(officer, case)
    assert "H.4" not in newer.values
    assert (newer.overtaken, older.overtaken) == (False, True)
    client = Client()
    client.force_login(factories.make_user(Role.SAFETY_OFFICER))
    for source, told in ((newer, False), (older, True)):
        page = client.get(reverse("case-source", args=[case.id, source.id])).content.decode()
        assert ("A newer source of the same event is there" in page) is told
    frame = client.get(reverse("case", args=[case.id])).content.decode()
    assert frame.count("superseded by a newer one") == 1


def pregnancy(**more: Any) -> EventInput:
    values: dict[str, Any] = {
        "verbatim": "输注后妊娠",
        "aware_on": clock.today(),
        "reporter_name": "李护士",
        "kind": EventCategory.PREGNANCY,
        "pregnancy_of": "PATIENT",
        "last_period": PartialDate.from_iso("2026-09"),
        "pregnancy_outcome": "ONGOING",
    }
    return EventInput(**values | more)


def test_a_pregnancy_makes_a_case_with_its_own_elements(nurse, woman):
    infusion = factories.infusion_of(woman)
    event = events.report(nurse, infusion, given=pregnancy())
    assert (event.serious, event.seriousness) == (None, [])
    case = Case.objects.get(patient=woman)
    assert case.clocks.exists()
    values = queries.message(case.versions.get()).root.values
    assert values["D.6"] == "202609"
    assert "患者本人妊娠" in values["D.CN.6"]
    assert "继续妊娠" in values["D.CN.6"]


def test_the_last_period_of_a_partner_is_not_the_patients(nurse, patient):
    infusion = factories.infusion_of(patient)
    events.report(nurse, infusion, given=pregnancy(pregnancy_of="PARTNER"))
    values = queries.message(Case.objects.get(patient=patient).versions.get()).root.values
    assert "D.6" not in values
    assert "患者伴侣妊娠" in values["D.CN.6"]


def test_the_outcome_comes_later_and_an_anomaly_is_serious(nurse, woman):
    infusion = factories.infusion_of(woman)
    event = events.report(nurse, infusion, given=pregnancy())
    later = pregnancy(pregnancy_outcome="LIVE_BIRTH", congenital_anomaly="YES", kind="")
    row = events.correct(nurse, event, given=later, version=event.version, reason="分娩")
    assert row.kind == EventCategory.PREGNANCY
    assert row.seriousness == ["CONGENITAL_ANOMALY"]
    case = Case.objects.get(patient=woman)
    assert case.serious is True
    newest = case.sources.order_by("-taken_at").first()
    assert "活产" in newest.values["D.CN.6"]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"pregnancy_of": ""}, "pregnancy_of"),
        ({"pregnancy_of": "CHILD"}, "pregnancy_of"),
        ({"pregnancy_outcome": "TWINS"}, "pregnancy_outcome"),
        ({"congenital_anomaly": "PERHAPS"}, "congenital_anomaly"),
        ({"last_period": PartialDate.from_iso("2999")}, "last_period"),
        ({"is_new_malignancy": True}, "kind"),
        ({"kind": ""}, "pregnancy_of"),
    ],
)
def test_a_wrong_answer_about_a_pregnancy_is_refused(nurse, patient, more, field):
    with pytest.raises(Refused) as refused:
        events.report(nurse, factories.infusion_of(patient), given=pregnancy(**more))
    assert field in refused.value.fields
    assert not AdverseEvent.objects.filter(patient=patient).exists()


def test_the_database_keeps_pregnancy_answers_to_pregnancies(nurse, patient):
    event = factories.malignancy(nurse, patient)
    rows = AdverseEvent.objects.filter(id=event.id)
    with (
        pytest.raises(IntegrityError, match="pregnancy_answers"),
        transaction.atomic(),
        audit.acting(factories.SYSTEM, "test.change"),
    ):
        rows.update(pregnancy_of="PATIENT")


def test_a_pregnancy_heard_of_on_the_phone_is_reported(patient):
    user = factories.make_user(Role.NURSE, site=patient.site)
    client = Client()
    client.force_login(user)
    planned = PlannedVisit.objects.filter(patient=patient, code="M3").get()
    today = clock.today().isoformat()
    answers = {
        "contact_on": today,
        "contact_type": "PHONE",
        "informant": "PATIENT",
        "vital_status": "ALIVE",
        "new_therapy": "YES",
        "pregnancy-pregnancy_of": "PARTNER",
        "pregnancy-verbatim": "伴侣妊娠",
        "pregnancy-aware_on": today,
        "pregnancy-reporter_name": "护士",
    }
    address = reverse("visit-call", args=[planned.id])
    refused = client.post(address, answers | {"pregnancy-verbatim": ""})
    assert refused.status_code == 422
    assert not AdverseEvent.objects.filter(patient=patient).exists()
    assert client.post(address, answers).status_code == 302
    event = AdverseEvent.objects.get(patient=patient)
    assert (event.kind, event.pregnancy_of) == (EventCategory.PREGNANCY, "PARTNER")
    page = client.get(reverse("event", args=[event.id])).content.decode()
    assert "Yes, a partner" in page


def test_the_event_page_shows_what_was_said_of_the_tumour(patient):
    user = factories.make_user(Role.NURSE, site=patient.site)
    nurse = factories.make_actor(Role.NURSE, site=patient.site)
    event = factories.malignancy(
        nurse, patient, pathology="PENDING", transgene="POSITIVE", specimen_kept="UNKNOWN"
    )
    client = Client()
    client.force_login(user)
    page = client.get(reverse("event", args=[event.id])).content.decode()
    facts = page[page.index("CAR transgene test") :]
    assert "<dd>Positive</dd>" in facts
    assert "<dd>Not known</dd>" in facts
    assert "<dd>Pending" in page


def test_the_draft_speaks_of_product_indication_and_birth_as_the_register_knows_them(work):
    event, case = work
    version, infusion = case.versions.get(), event.infusion
    assert f"for {infusion.indication.name_en}" in version.narrative_en
    assert f"因{infusion.indication.name_zh}于" in version.narrative_zh
    assert infusion.product.inn in version.narrative_en
    assert infusion.product.generic_zh in version.narrative_zh
    assert infusion.indication.name_zh not in version.narrative_en
    assert "born in 1968 (study code" in version.narrative_en
    assert "1968年出生。" in version.narrative_zh


def test_adopting_drafts_a_generated_narrative_anew_and_leaves_a_written_one(nurse, work):
    event, case = work
    officer = factories.make_actor(Role.SAFETY_OFFICER)
    cases.accept(officer, case, lock_version=1)
    given = EventInput(
        verbatim="外周T细胞淋巴瘤确诊",
        aware_on=event.aware_on,
        reporter_name="李护士",
        is_new_malignancy=True,
        outcome="NOT_RECOVERED",
    )
    events.correct(nurse, event, given=given, version=1, reason="病理")
    source = case.sources.get(adopted_at__isnull=True)
    case.refresh_from_db()
    paths = ["E.i[1].1.1a"]
    assert paths[0] in source.values
    cases.adopt(officer, case, source=source, paths=paths, lock_version=case.lock_version)
    version = case.versions.get()
    assert "确诊" in version.narrative_zh
    assert version.narrative_generated
    case.refresh_from_db()
    cases.save_narrative(
        officer, case, chinese="人写的", english="written", lock_version=case.lock_version
    )
    case.refresh_from_db()
    cases.adopt(officer, case, source=source, paths=paths, lock_version=case.lock_version)
    version.refresh_from_db()
    assert (version.narrative_zh, version.narrative_en) == ("人写的", "written")


def test_a_month_is_shown_on_the_case_as_on_the_event(nurse, patient):
    factories.malignancy(nurse, patient, onset=PartialDate(2026, 11))
    page = Client()
    page.force_login(factories.make_user(Role.SAFETY_OFFICER))
    case = Case.objects.get(patient=patient)
    shown = unbroken(page.get(reverse("case", args=[case.id]), follow=True).content.decode())
    assert "2026-11 (day not known)" in shown
    assert "2026-11-??" not in shown


def test_an_end_taken_back_at_the_hospital_is_offered_as_taken_back(nurse, patient):
    today = clock.today()
    officer = factories.make_actor(Role.SAFETY_OFFICER)
    day = PartialDate(today.year, today.month, today.day)
    given = EventInput(
        verbatim="外周T细胞淋巴瘤待排",
        aware_on=today,
        reporter_name="李护士",
        onset=day,
        ended=day,
        is_new_malignancy=True,
    )
    event = events.report(nurse, factories.infusion_of(patient), given=given)
    case = Case.objects.get(patient=patient)

    def said() -> dict[str, tuple[str, str]]:
        row = queries.sources(officer, case)[0]
        found = offers.of(row, queries.version(officer, case))
        return {o.path: (o.offered, o.present) for o in found if o.differs}

    open_again = replace(given, ended=None)
    events.correct(nurse, event, given=open_again, version=1, reason="Not over yet")
    made = said()
    made.pop("C.1.2", None)  # the moment of making, which may be the next second
    assert made == {
        "E.i[1].5": ("", day.e2b()),
        "E.i[1].6a": ("", "1"),
        "E.i[1].6b": ("", "d"),
    }
    event.refresh_from_db()
    noted = replace(open_again, note="Called again")
    events.correct(nurse, event, given=noted, version=2, reason="Remark")
    assert set(said()) - {"C.1.2"} == {"E.i[1].5", "E.i[1].6a", "E.i[1].6b"}, (
        "a later source says it too"
    )
    page = Client()
    page.force_login(
        factories.make_user(Role.SAFETY_OFFICER), "django.contrib.auth.backends.ModelBackend"
    )
    case.refresh_from_db()
    source = queries.sources(officer, case)[0]
    address = reverse("case-source", args=[case.id, source.id])
    assert 'value="E.i[1].5"' in page.get(address).content.decode()
    page.post(address, {"take": "all", "lock_version": case.lock_version})
    (reaction,) = queries.message(queries.version(officer, case)).each("E.i")
    assert reaction.get("E.i.5") is None
    assert reaction.get("E.i.6a") is None
    assert said() == {}
