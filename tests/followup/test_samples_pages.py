"""The pages of samples over HTTP: both languages, what is refused, what is printed, who may."""

import io
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from django.test import Client
from django.urls import reverse

from followup.actions import samples
from followup.core import clock
from followup.core.models import Access
from followup.core.permissions import Role
from followup.domain.samples import Moment
from followup.models import MolecularResult, PlannedVisit, Sample
from followup.web.hours import TimeField
from tests import factories

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


class Ground:
    """A hospital with a suspected malignancy, and clients of its people."""

    def __init__(self) -> None:
        self.site = factories.make_site()
        self.nurse = factories.make_actor(Role.NURSE, site=self.site)
        self.patient = factories.register(self.nurse, self.site, purposes=("LTFU", "SAMPLES"))
        self.event = factories.malignancy(self.nurse, self.patient)

    def client(self, role: Role = Role.NURSE, language: str = "en", **grant: Any) -> Client:
        if not grant and role is Role.NURSE:
            grant = {"site": self.site}
        client = Client()
        user = factories.make_user(role, language=language, **grant)
        client.force_login(user, backend=BACKEND)
        return client

    def sample(self, code: str) -> Sample:
        return Sample.objects.get(event=self.event, code=code)

    def collected(self, code: str) -> Sample:
        row = self.sample(code)
        when = Moment(clock.today())
        samples.record_step(self.nurse, row, step="COLLECT", happened_at=when, place="手术室")
        row.refresh_from_db()
        return row


@pytest.fixture
def ground() -> Ground:
    return Ground()


def result_post(**more: Any) -> dict[str, Any]:
    return {
        "assay": "CAR_TRANSGENE",
        "finding_CAR_TRANSGENE": "POSITIVE",
        "method_CAR_TRANSGENE": "DDPCR",
        "measure_CAR_TRANSGENE": "transgene",
        "value": "１,520．5",
        "lower_limit": "50",
        "laboratory": "中心实验室",
        "resulted_on": "今天",
        "received_on": "t",
        "final": "YES",
        **more,
    }


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_answers_in_both_languages(ground, language) -> None:
    client, tube = ground.client(language=language), ground.collected("T1")
    samples.answer_held(
        ground.nurse, ground.sample("P1"), held="UNKNOWN", happened_at=Moment(clock.today())
    )
    client.post(reverse("sample-result", args=[tube.id]), result_post())
    result = MolecularResult.objects.get(sample=tube)
    step = tube.custody.get(step="COLLECT")
    addresses = [
        reverse("samples"),
        reverse("samples") + "?state=STORED",
        reverse("sample", args=[tube.id]),
        reverse("sample", args=[ground.sample("P1").id]),
        reverse("sample-steps") + f"?sample={tube.id}&step=SHIP",
        reverse("sample-steps") + f"?sample={tube.id}&sample={ground.sample('B1').id}",
        reverse("sample-step-correct", args=[step.id]),
        reverse("sample-result", args=[tube.id]),
        reverse("result-correct", args=[result.id]),
        reverse("sample-labels") + f"?sample={tube.id}",
        reverse("patient-samples", args=[ground.patient.id]),
        reverse("sampling-new", args=[ground.patient.id]),
        reverse("patient", args=[ground.patient.id]),
        reverse("event", args=[ground.event.id]),
    ]
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code == 200, address
        text = answer.content.decode()
        assert 'lang="zh-Hans"' in text if language == "zh-hans" else 'lang="en"' in text
        for raw in ("PLANNED", "RESULTED", "CAR_TRANSGENE:", "POSITIVE<", "gettext"):
            assert f">{raw}" not in text, (address, raw)
    shown = client.get(reverse("sample", args=[tube.id])).content.decode()
    assert "1520.5 copies/ug DNA" in shown
    assert {"en": "Result in", "zh-hans": "已出结果"}[language] in shown


def test_a_step_is_recorded_taken_back_and_refused(ground) -> None:
    client, tube = ground.client(), ground.sample("B1")
    address = reverse("sample-steps")
    nothing = client.post(address, {"sample": tube.id, "step": "COLLECT"})
    assert nothing.status_code == 422
    assert "error-summary" in nothing.content.decode()
    future = client.post(
        address,
        {"sample": tube.id, "step": "COLLECT", "happened_on": "+3", "place": "x"},
    )
    assert future.status_code == 422
    done = client.post(
        address,
        {
            "sample": tube.id,
            "step": "COLLECT",
            "happened_on": "今天",
            "happened_time": "0：0１",
            "place": "病房",
        },
    )
    assert done.status_code == 302
    assert done["Location"] == reverse("sample", args=[tube.id])
    step = tube.custody.get(step="COLLECT")
    assert step.happened_at.astimezone(clock.SHANGHAI).strftime("%H:%M") == "00:01"
    again = client.post(
        address, {"sample": tube.id, "step": "COLLECT", "happened_on": "t", "place": "x"}
    )
    assert again.status_code == 422
    client.post(reverse("sample-step-undo", args=[step.id]))
    tube.refresh_from_db()
    assert tube.state == "PLANNED"


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("14:30", "14:30"),
        ("1430", "14:30"),
        ("930", "09:30"),
        ("14时30分", "14:30"),
        ("１４：３０", "14:30"),
        ("9点", "09:00"),
    ],
)
def test_times_as_people_type_them(typed, read) -> None:
    assert TimeField(required=False).clean(typed).strftime("%H:%M") == read


@pytest.mark.parametrize("typed", ["25:00", "14", "later", "14:60", "-1:00", "12345"])
def test_what_is_no_time_is_refused(typed) -> None:
    with pytest.raises(Exception, match="14:30"):
        TimeField(required=False).clean(typed)


def test_the_place_that_is_missing_is_called_as_the_question_calls_it(ground) -> None:
    tube = ground.collected("B1")
    page = ground.client().post(reverse("sample-steps"), {"sample": tube.id, "step": "SHIP"})
    text = page.content.decode()
    assert page.status_code == 422
    assert "Enter: Sent to" in text
    assert "Enter: Place" not in text


def test_several_samples_take_one_step_together(ground) -> None:
    client = ground.client()
    rows = [ground.sample(code) for code in ("B1", "B2", "T1")]
    done = client.post(
        reverse("sample-steps"),
        {"sample": [r.id for r in rows], "step": "COLLECT", "happened_on": "t", "place": "病房"},
    )
    assert done["Location"] == reverse("patient-samples", args=[ground.patient.id])
    assert Sample.objects.filter(event=ground.event, state="COLLECTED").count() == 3


def test_whether_it_is_held_is_asked_and_never_answered_beforehand(ground) -> None:
    client, bag = ground.client(), ground.sample("P1")
    page = client.get(reverse("sample", args=[bag.id])).content.decode()
    assert "checked" not in page
    address = reverse("sample-held", args=[bag.id])
    assert client.post(address, {"happened_on": "t"}).status_code == 422
    assert client.post(address, {"held": "YES", "happened_on": "t"}).status_code == 422
    done = client.post(address, {"held": "YES", "happened_on": "t", "place": "LN2 罐 4"})
    assert done.status_code == 302
    bag.refresh_from_db()
    assert (bag.held, bag.state) == ("YES", "STORED")


def test_a_result_with_everything_wrong_says_so_at_each_field(ground) -> None:
    client, tube = ground.client(), ground.collected("T1")
    address = reverse("sample-result", args=[tube.id])
    assert client.post(address, {"comment": ""}).status_code == 422
    wrong = result_post(
        finding_CAR_TRANSGENE="",
        value="0",
        lower_limit="abc",
        resulted_on="2999-01-01",
        comment="很长" * 5001,
    )
    answer = client.post(address, wrong)
    assert answer.status_code == 422
    errors = answer.context["form"].errors
    assert {"lower_limit", "resulted_on", "comment"} <= set(errors)
    answer = client.post(address, result_post(finding_CAR_TRANSGENE="", value="0"))
    errors = answer.context["form"].errors
    assert {"finding_CAR_TRANSGENE", "value"} <= set(errors)
    assert not MolecularResult.objects.exists()


def test_answers_of_another_assay_are_ignored(ground) -> None:
    client, tube = ground.client(), ground.collected("T1")
    post = result_post(assay="TCR_CLONALITY", finding_TCR_CLONALITY="CLONAL", same_clone="YES")
    post |= {"measure_TCR_CLONALITY": "top_clone", "value": "82", "lower_limit": ""}
    post |= {"tumour_content": "60", "sites": "nonsense"}
    client.post(reverse("sample-result", args=[tube.id]), post)
    result = MolecularResult.objects.get(sample=tube)
    assert (result.finding, result.unit, result.same_clone) == ("CLONAL", "%", True)
    assert result.tumour_content is None
    assert result.details == {}


def test_a_result_is_corrected_with_a_reason(ground) -> None:
    client, tube = ground.client(), ground.collected("T1")
    client.post(reverse("sample-result", args=[tube.id]), result_post())
    wrong = MolecularResult.objects.get(sample=tube)
    address = reverse("result-correct", args=[wrong.id])
    shown = client.get(address).content.decode()
    assert 'value="1520.5"' in shown
    assert client.post(address, result_post(value="152.05")).status_code == 422
    client.post(address, result_post(value="152.05", reason="小数点错位"))
    right = MolecularResult.objects.get(replaces=wrong)
    assert str(right.value) == "152.050000"
    assert "replaced" in client.get(reverse("sample", args=[tube.id])).content.decode()
    late = client.post(address, result_post(value="1", reason="again", lower_limit=""))
    assert late.status_code == 409, "somebody replaced it meanwhile"


def test_a_scan_lands_on_the_sample_from_both_boxes(ground) -> None:
    client, tube = ground.client(), ground.sample("T1")
    here = reverse("sample", args=[tube.id])
    scanned = tube.number.replace("-", "")
    assert client.post(reverse("sample-scan"), {"number": f"{scanned}\r"})["Location"] == here
    assert client.post(reverse("search"), {"q": tube.number})["Location"] == here
    other = tube.number[:-1] + str((int(tube.number[-1]) + 1) % 10)
    for text, words in ((other, "check digits"), ("张三", "not a sample number"), ("", "Scan or")):
        answer = client.post(reverse("sample-scan"), {"number": text}, follow=True)
        assert words in answer.content.decode()


def printed(client: Client, rows: list[Sample], size: str) -> pypdfium2.PdfDocument:
    answer = client.post(reverse("sample-labels"), {"sample": [r.id for r in rows], "size": size})
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    return pypdfium2.PdfDocument(io.BytesIO(answer.content))


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize(("size", "width", "height"), [("40x20", 40, 20), ("24x13", 24, 13)])
def test_a_label_has_its_exact_size_and_reads_back(ground, language, size, width, height) -> None:
    visit = PlannedVisit.objects.get(patient=ground.patient, code="M3")
    rows = [ground.sample("T2"), *samples.plan_visit(ground.nurse, visit)]
    document = printed(ground.client(language=language), rows, size)
    assert len(document) == len(rows)
    for page, row in zip(document, rows, strict=True):
        assert [side / 72 * 25.4 for side in page.get_size()] == pytest.approx(
            [width, height], abs=0.01
        )
        picture = page.render(scale=300 / 72).to_pil()
        (code,) = zxingcpp.read_barcodes(picture)
        assert code.text == row.number
        assert code.format == zxingcpp.BarcodeFormat.DataMatrix
        text = page.get_textpage().get_text_bounded()
        for wanted in (row.number, ground.patient.study_code, row.code, row.visit_code or "EVT"):
            assert wanted in text
    text = document[1].get_textpage().get_text_bounded()
    assert clock.today().isoformat() in text
    assert "王小" not in text  # nothing on a label names the person
    noted = Access.objects.filter(kind="sample.label", subject__in=[r.number for r in rows])
    assert noted.count() == len(rows)


@pytest.mark.parametrize(("size", "dots"), [("40x20", 20), ("24x13", 20)])
def test_the_test_page_has_a_line_of_20_millimetres(ground, size, dots) -> None:
    answer = ground.client().get(reverse("label-ruler", args=[size]))
    page = pypdfium2.PdfDocument(io.BytesIO(answer.content))[0]
    scale = 600 / 72
    picture = page.render(scale=scale).to_pil().convert("L")
    dark = picture.point(lambda value: 255 * (value < 128))
    lines = [dark.crop((0, y, dark.width, y + 1)) for y in range(dark.height)]
    longest = max(lines, key=lambda line: line.histogram()[255])
    box = longest.getbbox()
    assert (box[2] - box[0]) / 600 * 25.4 == pytest.approx(dots, abs=0.3)


def test_labels_in_four_presses_from_the_patient(ground) -> None:
    client = ground.client()
    patient = client.get(reverse("patient", args=[ground.patient.id])).content.decode()
    list_of = reverse("patient-samples", args=[ground.patient.id])
    assert f'href="{list_of}"' in patient  # 1
    page = client.get(list_of)
    visit = page.context["offered"].visit
    assert visit.code == "M3"
    made = client.post(reverse("sampling-new", args=[ground.patient.id]), {"set": visit.pk})  # 2
    page = client.get(made["Location"])
    rows = page.context["fresh"]
    assert [row.code for row in rows] == ["V1", "C1", "F1"]
    shown = page.content.decode()
    assert page.context["fresh_labels"].replace("&", "&amp;") in shown
    assert 'name="size" value="24x13"' in shown
    assert all(f'name="sample" value="{row.id}"' in shown for row in rows)
    assert len(printed(client, rows, "24x13")) == 3  # 3, and the print dialogue is the fourth


def test_one_thing_has_one_condition_and_an_older_record_keeps_its_own(ground) -> None:
    client, sample = ground.client(), ground.sample("T1")
    asked = client.get(reverse("sample-steps"), {"sample": str(sample.id), "step": "COLLECT"})
    offered = asked.context["form"].fields["condition"].choices
    words = [str(word) for _code, word in offered]
    assert len(words) == len(set(words))
    assert "ambient" not in dict(offered)
    given = {"happened_at": Moment(clock.today()), "place": "手术室", "condition": "ambient"}
    samples.record_step(ground.nurse, sample, step="COLLECT", **given)
    step = sample.custody.get(step="COLLECT")
    page = client.get(reverse("sample-step-correct", args=[step.id]))
    assert "ambient" in dict(page.context["form"].fields["condition"].choices)
    assert page.context["form"].initial["condition"] == "ambient"
    assert (
        "Room temperature"
        in client.get(
            reverse("sample", args=[sample.id]), headers={"Accept-Language": "en"}
        ).content.decode()
    )


def test_foreign_ids_in_path_query_and_body_are_not_found(ground) -> None:
    other = Ground()
    client, mine, theirs = ground.client(), ground.sample("T1"), other.sample("T1")
    step = theirs.custody.get(step="PLAN")
    steps, labels = reverse("sample-steps"), reverse("sample-labels")
    gets = [
        reverse("sample", args=[theirs.id]),
        reverse("sample-result", args=[theirs.id]),
        reverse("sample-step-correct", args=[step.id]),
        f"{steps}?sample={mine.id}&sample={theirs.id}&step=COLLECT",
        f"{steps}?sample=nonsense",
        f"{labels}?sample={theirs.id}",
        labels,
        reverse("patient-samples", args=[other.patient.id]),
    ]
    posts = [
        (steps, {"sample": theirs.id, "step": "COLLECT", "happened_on": "t", "place": "x"}),
        (labels, {"sample": [mine.id, theirs.id], "size": "40x20"}),
        (labels, {"sample": mine.id, "size": "99x99"}),
        (reverse("sample-held", args=[theirs.id]), {"held": "UNKNOWN", "happened_on": "t"}),
        (reverse("sample-result", args=[theirs.id]), result_post()),
        (reverse("sample-step-undo", args=[step.id]), {}),
        (
            reverse("sampling-new", args=[ground.patient.id]),
            {"set": PlannedVisit.objects.get(patient=other.patient, code="M3").pk},
        ),
    ]
    for address in gets:
        assert client.get(address).status_code == 404, address
    for address, data in posts:
        assert client.post(address, data).status_code == 404, address
    assert not Access.objects.filter(kind="sample.label").exists()


def test_the_officer_of_the_holder_sees_study_codes_and_the_auditor_changes_nothing(ground) -> None:
    tube = ground.collected("T1")
    officer = ground.client(Role.SAFETY_OFFICER, product=tube.product)
    page = officer.get(reverse("sample", args=[tube.id])).content.decode()
    assert ground.patient.study_code in page
    assert "王小" not in page
    assert officer.post(reverse("sample-result", args=[tube.id]), result_post()).status_code == 302
    auditor = ground.client(Role.AUDITOR)
    assert auditor.get(reverse("samples")).status_code == 200
    page = auditor.get(reverse("sample", args=[tube.id])).content.decode()
    assert reverse("sample-result", args=[tube.id]) not in page
    for address in (
        reverse("sample-result", args=[tube.id]),
        reverse("label-ruler", args=["40x20"]),
    ):
        assert auditor.get(address).status_code == 403
    administrator = ground.client(Role.ADMINISTRATOR)
    assert administrator.get(reverse("samples")).status_code == 403


def test_the_list_asks_as_often_for_many_as_for_few(ground, django_assert_max_num_queries) -> None:
    client = ground.client()
    client.get(reverse("samples"))
    with django_assert_max_num_queries(20):
        client.get(reverse("samples"))
    factories.malignancy(
        ground.nurse, factories.register(ground.nurse, ground.site, purposes=("LTFU", "SAMPLES"))
    )
    with django_assert_max_num_queries(20):
        assert client.get(reverse("samples")).content.count(b"/samples/0") >= 20


def test_the_certificate_prints_every_step_deviations_and_no_name(ground) -> None:
    row = ground.collected("T1")
    stored = samples.record_step(
        ground.nurse,
        row,
        step="STORE",
        happened_at=Moment(clock.today()),
        place="Freezer −80 A",
        condition="excursion",
    )
    client = ground.client()
    answer = client.get(reverse("sample-certificate", args=[row.id]))
    assert answer["Content-Type"] == "application/pdf"
    pages = pypdfium2.PdfDocument(io.BytesIO(answer.content))
    text = " ".join(page.get_textpage().get_text_bounded() for page in pages)
    for part in (row.number, ground.patient.study_code, "Freezer −80 A", "seal", "Deviations"):
        assert part in text
    assert "Deviations None" not in " ".join(text.split())
    samples.take_back(ground.nurse, stored)
    again = client.get(reverse("sample-certificate", args=[row.id])).content
    text = " ".join(p.get_textpage().get_text_bounded() for p in pypdfium2.PdfDocument(again))
    assert "undone" in text
    assert Access.objects.filter(kind="sample.certificate", subject=row.number).count() == 2
    stranger = ground.client(Role.NURSE, site=factories.make_site())
    assert stranger.get(reverse("sample-certificate", args=[row.id])).status_code == 404


def test_the_page_of_a_patient_pairs_before_with_after(ground) -> None:
    page = ground.client().get(reverse("patient-samples", args=[ground.patient.id]))
    text = page.content.decode()
    assert "Before and after" in text
    assert "Not known yet" in text
