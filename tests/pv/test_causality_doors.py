"""Causality by method: its answers, the reason of another result, and where it is shown."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from followup.core import clock, request_answers
from followup.core.naming import column, value
from followup.core.permissions import Role
from followup.core.problems import Conflict, Denied, Refused
from followup.core.trail import signables
from pv.actions import cases as actions
from pv.actions import icsr
from pv.domain.causality import OpinionFlag
from pv.domain.e2b.checks import Profile
from pv.models import Case, CausalityAssessment
from pv.queries import cases, causality, cioms
from tests import factories

pytestmark = pytest.mark.django_db
RESULT = "G.k.9.i.2.r.3"
CODED = {"E.i[1].2.1a": "29.1", "E.i[1].2.1b": "10042971"}
FIVE = ("time_plausible", "known_reaction", "improved_on_stopping", "recurred")
FIVE += ("explained_otherwise",)
PROBABLE = dict(zip(FIVE, ("YES", "YES", "YES", "UNKNOWN", "NO"), strict=True))
NARANJO = dict.fromkeys(
    "previous_reports improved_on_stopping recurred alternative_causes placebo toxic_level".split()
    + "dose_response earlier_exposure objective_evidence".split(),
    "UNKNOWN",
) | {"after_drug": "YES"}


@pytest.fixture
def case(nurse, site) -> Case:
    factories.malignancy(nurse, factories.register(nurse, site), causality="POSSIBLE")
    return Case.objects.get()


@pytest.fixture
def reviewer():
    return factories.make_actor(Role.MEDICAL_REVIEWER)


def lines(actor, case):
    row = Case.objects.get(id=case.id)
    version = cases.version(actor, row)
    return causality.lines(actor, row, cases.message(version).root, version=version.number)


def assess(actor, case, assessor="holder", method="china", answers=None, **more):
    row = Case.objects.get(id=case.id)
    reason = more.pop("reason", "")
    given = actions.CausalityInput(
        more.pop("pair", lines(actor, row)[0].pair.key), assessor, method, answers or {}, **more
    )
    return actions.assess_causality(
        actor, row, given=given, reason=reason, lock_version=row.lock_version
    )


def stated(actor, case):
    (line,) = lines(actor, case)
    return [one.texts for column in line.columns for one in column.stated]


def test_the_answers_give_the_grade_and_it_stands_in_the_version(officer, reviewer, case) -> None:
    made = assess(reviewer, case, answers=PROBABLE)
    assert (made.computed, made.final_result, made.rule) == ("PROBABLE",) * 2 + ("CHINA.PROBABLE",)
    assess(officer, case, method="naranjo", answers=NARANJO)
    assert stated(officer, case) == [
        ("报告者", "直报系统方法", "可能"),
        ("持有人", "直报系统方法", "很可能"),
        ("持有人", "Naranjo 评分", "可能（Naranjo 2 分）"),
    ]
    (line,) = lines(officer, case)
    assert (line.differs, line.opinion.grade) == (True, "PROBABLE")
    assert line.opinion.flags == (OpinionFlag.RAISED_BY_HOLDER,)
    row = Case.objects.get(id=case.id)
    assert row.related is True
    signed = {name: shown for name, _l, shown, _r in signables.of("case").lines(officer, row)}
    assert signed[f"causality.{made.pk}.method_answers.recurred"] == "不详"
    heads = {name: label for name, label, _s, _r in signables.of("case").lines(officer, row)}
    head = heads[f"causality.{made.pk}.final_result"]
    assert head == f"{line.words} · 持有人 · 中国六级评价 · {column('final_result')}"
    english = icsr.assemble(row, row.versions.get(), Profile.ICH, clock.now())
    words = [text for _p, _n, code, text in english.messages[0].walk() if code == RESULT]
    assert words == ["Possible", "Probable", "Possible (Naranjo 2)"]
    box = str(cioms.read(officer, row, language="en"))
    assert "Marketing authorisation holder" in box
    assert "持有人" not in box


def test_an_open_question_leaves_it_open_and_another_result_wants_a_reason(reviewer, case) -> None:
    left = {code: answer for code, answer in PROBABLE.items() if code != "recurred"}
    made = assess(reviewer, case, answers=left)
    assert (made.computed, made.final_result) == ("", "")
    assert len(stated(reviewer, case)) == 1, "nothing open is written"
    with pytest.raises(Refused) as refused:
        assess(reviewer, case, answers=PROBABLE, result="CERTAIN")
    assert list(refused.value.fields) == ["reason"]
    own = assess(reviewer, case, answers=PROBABLE, result="CERTAIN", reason="re-exposed abroad")
    assert (own.computed, own.final_result) == ("PROBABLE", "CERTAIN")
    with pytest.raises(Refused) as refused:
        assess(reviewer, case, answers=left)
    assert list(refused.value.fields) == ["reason"], "what counted is not taken back silently"
    assess(reviewer, case, answers=left, reason="wrong patient")
    assert len(stated(reviewer, case)) == 1
    assert CausalityAssessment.objects.count() == 3, "every one stays in the record"


@pytest.mark.parametrize(
    "wrong",
    [
        {"answers": {"weather": "YES"}},
        {"answers": {"recurred": "MAYBE"}},
        {"assessor": "neighbour", "answers": PROBABLE},
        {"method": "dice", "answers": PROBABLE},
        {"result": "DOUBTFUL", "reason": "x"},  # of another scale
        {"pair": "no|pair", "answers": PROBABLE},
        {},
        {"reason": "nothing was answered"},
    ],
)
def test_what_cannot_be_is_refused(reviewer, case, wrong) -> None:
    with pytest.raises(Refused):
        assess(reviewer, case, **wrong)
    assert not CausalityAssessment.objects.exists()


def test_only_safety_assesses_and_never_over_a_newer_save(officer, reviewer, case) -> None:
    with pytest.raises(Denied):
        assess(factories.make_actor(Role.AUDITOR), case, answers=PROBABLE)
    old = Case.objects.get(id=case.id)
    pair = lines(officer, old)[0].pair.key
    assess(officer, case, answers=PROBABLE)
    with pytest.raises(Conflict):
        actions.assess_causality(
            reviewer,
            old,
            given=actions.CausalityInput(pair, "holder", "china", PROBABLE),
            lock_version=old.lock_version,
        )


def test_a_weaker_holder_does_not_lower_the_reporter_and_a_sent_version_stays(
    officer, reviewer, case
) -> None:
    assess(reviewer, case, result="UNLIKELY", reason="relapse of the treated disease")
    (line,) = lines(officer, case)
    assert (line.opinion.grade, line.opinion.related) == ("POSSIBLE", True)
    row = Case.objects.get(id=case.id)
    row = actions.accept(officer, row, lock_version=row.lock_version)
    row = actions.edit(officer, row, changes=CODED, lock_version=row.lock_version)
    for stage in ("quality", "medical"):
        row = actions.advance(officer, row, to=stage, lock_version=row.lock_version)
    row = actions.review(reviewer, row, approve=True, lock_version=row.lock_version)
    icsr.export(officer, row, profile=Profile.NMPA)
    sent = row.versions.get(number=1).message
    with pytest.raises(Refused):
        assess(reviewer, case, answers=PROBABLE)
    row = Case.objects.get(id=case.id)
    actions.new_version(officer, row, kind="amendment", lock_version=row.lock_version)
    assess(reviewer, case, answers=PROBABLE)
    assert row.versions.get(number=1).message == sent
    assert stated(officer, case)[1] == ("持有人", "直报系统方法", "很可能")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_page_and_api_are_one_door(officer, case, language) -> None:
    client = Client(headers={"accept-language": language})
    client.force_login(factories.make_user(Role.MEDICAL_REVIEWER, language=language))
    page = reverse("case-causality", args=[case.id])
    text = client.get(page).content.decode()
    assert ("WHO-UMC 评价" if language != "en" else "WHO-UMC system") in text
    key = lines(officer, case)[0].pair.key
    where = {"pair": key, "assessor": "holder", "method": "naranjo"}
    form = client.get(reverse("case-causality-assess", args=[case.id], query=where))
    assert " checked" not in form.content.decode(), "no answer is preselected"
    lock = Case.objects.get(id=case.id).lock_version
    sent = {"lock_version": lock, **NARANJO, "result": "DEFINITE"}
    url = reverse("case-causality-assess", args=[case.id], query=where)
    refused = client.post(url, sent)
    assert refused.status_code == 422
    assert client.post(url, sent | {"reason": "own view"}).status_code == 302
    assert client.post(url, sent | {"reason": "again"}).status_code == 409
    text = client.get(page).content.decode()
    assert "own view" in text
    (line,) = lines(officer, case)
    assert text.count(f"<summary>{line.words}") == 1, "an assessment says of what it is"
    summary = client.get(reverse("case", args=[case.id])).content.decode()
    with translation.override(language):
        assert column("method_answers.after_drug").partition(" · ")[2] in text
        assert value("YES", "method_answers.after_drug")[0] in text
    words = {"en": "Holder: Definite (Naranjo)", "zh-hans": "持有人：肯定（Naranjo）"}[language]
    assert words in summary
    api = reverse("api-causality", args=[case.id])
    body = client.get(api).json()
    assert body["pairs"][0]["grade"] == "POSSIBLE"
    assert body["assessments"][0]["answers"]["after_drug"] == "YES"
    given = {"pair": key, "assessor": "authority", "method": "who_umc"}
    given |= {"lock_version": body["lock_version"]}
    answers = {"contradictory": "NO", "time_plausible": "NO", "alternative": "POSSIBLE"}
    made = client.post(api, given | {"answers": answers}, content_type="application/json")
    assert (made.status_code, made.json()["result"]) == (200, "UNLIKELY")
    bad = client.post(api, given | {"answers": {"x": "y"}}, content_type="application/json")
    assert bad.status_code in (409, 422)
    assert client.get(reverse("case-causality-assess", args=[case.id])).status_code == 404


def test_a_page_asks_for_its_reference_document_once(django_assert_max_num_queries) -> None:
    causality.causality_rules()
    with request_answers.during_request(), django_assert_max_num_queries(1):
        assert causality.methods()
        assert causality.place_name("recurred", "en")
        assert causality.causality_rules() is causality.causality_rules()
