"""The printed forms of a case as files: complete, literal, scoped, logged, in both languages."""

import io
import re

import pypdfium2
import pytest
from django.test import Client
from pypdf import PdfReader

from followup.core.models import Access, User
from followup.core.permissions import Role
from pv.actions import cases as actions
from pv.models import Case
from tests import factories

pytestmark = pytest.mark.django_db
HOSTILE = '<img src="http://127.0.0.1:9/x"><style>*{display:none}</style>{{ 7|add:7 }}{% now "Y" %}'


@pytest.fixture
def case():
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    event = factories.malignancy(
        nurse, factories.register(nurse, site), seriousness=["OTHER_IMPORTANT"]
    )
    return Case.objects.get(sources__event=event)


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def officer():
    return factories.make_user(Role.SAFETY_OFFICER)


def text_of(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def write(case: Case, **values):
    officer = factories.make_actor(Role.SAFETY_OFFICER)
    case.refresh_from_db()
    actions.accept(officer, case, lock_version=case.lock_version)
    case.refresh_from_db()
    if values.get("changes"):
        actions.edit(officer, case, changes=values["changes"], lock_version=case.lock_version)
        case.refresh_from_db()
    if values.get("narrative"):
        actions.save_narrative(
            officer,
            case,
            chinese=values["narrative"],
            english="The course in English.",
            lock_version=case.lock_version,
        )


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh-hans", ["可疑不良反应报告", "外周T细胞淋巴瘤待排", "☑ 首次", "叙述为自动生成"]),
        ("en", ["Suspect adverse reaction report", "外周T细胞淋巴瘤待排", "☑ Initial"]),
    ],
)
def test_the_form_in_both_languages(case, officer, language, words):
    response = client_of(officer).get(f"/cases/{case.id}/cioms.pdf?language={language}")
    assert response.status_code == 200
    assert response["Content-Type"] == "application/pdf"
    assert f"{case.number}-v1-CIOMS-{language[:2]}.pdf" in response["Content-Disposition"]
    assert len(response["X-SHA256"]) == 64
    text = text_of(response.content)
    for word in words:
        assert squeezed(word) in squeezed(text), word
    assert "1 / " in text
    seen = Access.objects.get(kind="print.cioms")
    assert (seen.actor_id, seen.subject) == (officer.id, str(case.id))
    assert seen.reason == f"{case.number} v1 {language}"


def test_a_narrative_of_ten_thousand_characters_is_printed_to_its_last_word(case, officer):
    story = "患者于输注后第九十天出现颈部淋巴结肿大，行穿刺活检。" * 400
    story = story[:9_985] + "叙述到此全部结束。"
    write(case, narrative=story)
    content = client_of(officer).get(f"/cases/{case.id}/cioms.pdf?language=zh-hans").content
    text = squeezed(text_of(content))
    assert text.endswith(tuple("0123456789"))
    assert "叙述到此全部结束。" in text
    assert text.count("颈部淋巴结肿大") > 380
    assert "叙述为自动生成" not in text


def test_hostile_text_is_printed_literally_and_runs_nothing(case, officer):
    fields = ["E.i[1].1.1a", "D.7.2", "C.3.2", "G.k[1].2.2", "G.k[1].4.r[1].8", "C.2.r[1].2.1"]
    shortest = HOSTILE[:60]
    changes = dict.fromkeys(fields, shortest)
    write(case, changes=changes, narrative=HOSTILE)
    response = client_of(officer).get(f"/cases/{case.id}/cioms.pdf?language=zh-hans")
    text = squeezed(text_of(response.content))
    assert text.count(squeezed(shortest)) >= len(fields)
    assert squeezed(HOSTILE) in text


def test_a_character_nobody_can_print_is_named(case, officer):
    write(case, narrative="叙述😀")
    response = client_of(officer).get(f"/cases/{case.id}/cioms.pdf?language=zh-hans")
    assert response.status_code == 200
    assert "叙述[U+1F600]" in squeezed(text_of(response.content))
    assert Access.objects.filter(kind="print.cioms").exists()


def test_foreign_and_missing_cases_look_the_same(case):
    other = factories.make_user(Role.SAFETY_OFFICER, site=factories.make_site())
    client = client_of(other)
    foreign = client.get(f"/cases/{case.id}/cioms.pdf")
    absent = client.get("/cases/00000000-0000-7000-8000-000000000000/cioms.pdf")
    assert foreign.status_code == absent.status_code == 404
    version = client_of(factories.make_user(Role.SAFETY_OFFICER)).get(
        f"/cases/{case.id}/cioms.pdf?version=9"
    )
    assert version.status_code == 404


def test_a_nurse_may_not_print_it(case):
    nurse = factories.make_user(Role.NURSE)
    assert client_of(nurse).get(f"/cases/{case.id}/cioms.pdf").status_code == 403


def test_the_first_page_is_the_form_with_both_kinds_of_squares(case, officer):
    content = client_of(officer).get(f"/cases/{case.id}/cioms.pdf?language=zh-hans").content
    page = pypdfium2.PdfDocument(content)[0]
    text = page.get_textpage().get_text_range()
    assert "☑" in text
    assert "☐" in text
    assert (round(page.get_width()), round(page.get_height())) == (595, 842)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh-hans", ["药品不良反应/事件报告表", "☑ 首次报告", "☑ 严重", "报告单位评价"]),
        ("en", ["Adverse drug reaction/event report form", "☑ Initial", "☑ Serious"]),
    ],
)
def test_the_chinese_report_form_prints_long_texts_whole(case, officer, language, words):
    long = ("患者于输注后第九十天出现颈部淋巴结肿大。" * 1_000)[:19_980] + "评论到此全部结束。"
    changes = {"H.2": long, "D.7.2": HOSTILE, "G.k[1].4.r[1].8": f"{'量' * 1_900}末剂。"}
    write(case, changes=changes, narrative="叙述开始。叙述结束。")
    address = f"/cases/{case.id}/report-form.pdf"
    assert address in client_of(officer).get(f"/cases/{case.id}/").text
    response = client_of(officer).get(f"{address}?language={language}")
    assert f"{case.number}-v1-ADR-{language[:2]}.pdf" in response["Content-Disposition"]
    text = squeezed(text_of(response.content))
    end = "叙述结束。" if language == "zh-hans" else "ThecourseinEnglish."
    for word in [*words, "评论到此全部结束。", "末剂。", HOSTILE, end]:
        assert squeezed(word) in text, word
    assert text.count("颈部淋巴结肿大") > 900
    seen = Access.objects.get(kind="print.adverse_reaction_report")
    assert (seen.actor_id, seen.subject) == (officer.id, str(case.id))
    assert client_of(factories.make_user(Role.NURSE)).get(address).status_code == 403
    foreign = factories.make_user(Role.SAFETY_OFFICER, site=factories.make_site())
    assert client_of(foreign).get(address).status_code == 404
