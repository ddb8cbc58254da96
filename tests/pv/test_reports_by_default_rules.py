"""Default rules of seriousness on a partner's report and an article, at every door they come by."""

import copy
import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from followup.core import audit, clock
from followup.core.actor import Actor
from followup.core.permissions import Role
from followup.core.problems import Refused
from followup.models import ReferenceItem
from pv.actions import cases, coding, literature, receptions
from pv.actions import default_rule_changes as changes
from pv.domain.e2b.message import Message
from pv.models import Case, LiteratureHit
from pv.queries import cases as queries
from pv.queries import default_seriousness, received, seriousness_rules
from tests import factories
from tests.pv import meddra_files
from tests.pv.actions.test_receptions import file_of, report
from tests.pv.test_clock_changes import load
from tests.pv.test_literature import searched, source

pytestmark = pytest.mark.django_db
AWARE = clock.today() - timedelta(days=8)
CRITERIA = [f"E.i.3.2{letter}" for letter in "abcdef"]


def mild(words: str, *, name: str = "CN-PARTNER-0001", latest: str = "20260901") -> Message:
    """A report that denies every criterion of its one reaction."""
    message = report(name=name, latest=latest, created=f"{latest}120000+0800")
    message.root.each("E.i")[0].values.update({"E.i.1.2": words} | dict.fromkeys(CRITERIA, "false"))
    return message


@pytest.fixture
def officer():
    return factories.make_actor(Role.SAFETY_OFFICER)


def accept(officer, message: Message) -> Case:
    taken = receptions.import_icsr(officer, message, file_name="partner.xml")
    return receptions.accept(
        officer,
        taken.received,
        aware_on=AWARE,
        lock_version=taken.case.lock_version,
        product=factories.product(),
    )


def running(case: Case) -> set[str]:
    return set(case.clocks.filter(stopped_at__isnull=True).values_list("rule", flat=True))


def criterion(case: Case, number: int = 1):
    case.refresh_from_db()
    root = queries.message(case.versions.get(number=case.current_version)).root
    return root.each("E.i")[number - 1].values["E.i.3.2f"]


def client_of(language: str = "en") -> Client:
    client = Client()
    client.force_login(factories.make_user(Role.SAFETY_OFFICER, language=language))
    return client


@pytest.mark.parametrize(
    ("words", "serious"),
    [
        ("Peripheral T-cell lymphoma", True),
        ("外周T细胞淋巴瘤", True),
        ("Haemophagocytic lymphohistiocytosis", True),
        ("Lymphoma progression", False),  # it may be the treated disease
        ("白血病复发", False),
        ("Cytokine release syndrome", False),  # a message has no grade
        ("Fever", False),
    ],
)
def test_what_a_partner_calls_not_serious_is_judged_by_the_rules_of_a_hospitals_event(
    officer, words, serious
):
    case = accept(officer, mild(words))
    assert case.serious is serious
    assert running(case) == {"CN-S" if serious else "CN-N"}
    assert criterion(case) == ("true" if serious else "false")
    said = case.sources.get(kind="import")
    assert said.serious is False, "the partner's own answer stays"
    assert case.sources.filter(kind="default_rule").exists() is serious


@pytest.mark.parametrize("door", ["page", "api", "command"])
def test_every_door_starts_the_same_clock(officer, tmp_path: Path, door):
    path, client = file_of(tmp_path / "in.xml", mild("T-cell lymphoma")), client_of()
    if door == "page":
        with path.open("rb") as file:
            client.post(reverse("received"), {"file": file})
    elif door == "api":
        sent = {"data": path.read_bytes(), "content_type": "application/xml"}
        assert client.post(reverse("api-received"), **sent).status_code == 200
    else:
        call_command("import_icsr", str(path))
    case = Case.objects.get()
    row = case.received.get()
    page = client.get(reverse("received-report", args=[row.id])).content.decode()
    assert "Default rules of seriousness" in page, "told before a person accepts"
    assert "New malignancy" in page
    given = {"aware_on": AWARE.isoformat(), "lock_version": case.lock_version}
    given["product"] = str(factories.product().id)
    if door == "api":
        url = reverse("api-received-accept", args=[row.id])
        told = client.post(url, json.dumps(given), content_type="application/json")
        assert told.status_code == 200
    else:
        assert client.post(reverse("received-report", args=[row.id]), given).status_code == 302
    case.refresh_from_db()
    assert (case.serious, running(case)) == (True, {"CN-S"})
    rules = client.get(reverse("api-case-default-rules", args=[case.id])).json()
    assert [(one["rule"], one["stated"]) for one in rules["rules"]] == [("SPM", False)]
    said = client.get(reverse("case", args=[case.id])).content.decode()
    assert "Added by the holder" in said.split("Default rules of seriousness")[1]


def test_the_second_reaction_counts_and_is_named(officer):
    message = mild("Fever")
    event = message.root.add("E.i", "33333333-3333-4333-8333-333333333333")
    event.values |= {"E.i.1.2": "Myelodysplastic syndrome", "E.i.7": "3", "E.i.9": "CN"}
    event.values |= dict.fromkeys(CRITERIA, "false")
    case = accept(officer, message)
    assert running(case) == {"CN-S"}
    assert (criterion(case, 1), criterion(case, 2)) == ("false", "true")
    assert default_seriousness.held_paths(case) == {"E.i[2].3.2f"}
    page = client_of().get(reverse("case", args=[case.id])).content.decode()
    assert "Reaction 2: " in page
    assert "反应 2：" in client_of("zh-hans").get(reverse("case", args=[case.id])).content.decode()
    with pytest.raises(Refused):
        cases.edit(officer, case, changes={"E.i[2].3.2f": "false"}, lock_version=case.lock_version)


def test_a_follow_up_brings_the_serious_clock_or_takes_the_criterion_away(officer):
    case = accept(officer, mild("Lump"))
    assert running(case) == {"CN-N"}
    case = accept(officer, mild("Lymphoma", latest="20261001"))
    assert running(case) == {"CN-N", "CN-S"}
    assert criterion(case) == "true"
    case = accept(officer, mild("Swollen node", latest="20261101"))
    assert criterion(case) == "false"
    assert case.serious is False
    assert default_seriousness.held_paths(case) == set()


def test_an_article_is_judged_by_the_same_rules(officer):
    searched(officer, source(officer), 20, "Moss A. J Moss 2026;1:1", "Bell B. J Moss 2026;1:2")
    given = {"author": "Moss A", "country": "CN", "sex": "FEMALE", "age_years": None, "reason": ""}
    seen = {}
    for hit, words in zip(
        LiteratureHit.objects.order_by("citation"), ("发热", "急性髓系白血病"), strict=True
    ):
        case = literature.make_case(officer, hit, values=given | {"verbatim": words})
        seen[words] = (case.serious, criterion(case) == "true")
    assert seen == {"发热": (None, False), "急性髓系白血病": (True, True)}
    assert default_seriousness.of_case(officer, case).open_rule is True


def test_an_assessment_stands_until_the_report_says_something_else(officer):
    case = accept(officer, mild("Lymphoma"))
    case = cases.overrule_default_rule(
        officer, case, reason="the treated disease", lock_version=case.lock_version
    )
    assert (case.serious, criterion(case) == "true") == (False, False)
    case = accept(officer, mild("Lymphoma", latest="20261001"))
    assert (case.serious, criterion(case)) == (False, "false"), "the same words, answered"
    case = accept(officer, mild("Lymphoma, haemophagocytic syndrome", latest="20261101"))
    assert case.serious is False, "the first kind in the words is the same"


def test_a_nullification_is_kept_as_it_came(officer):
    case = accept(officer, mild("Lymphoma"))
    gone = mild("Lymphoma", latest="20261001")
    gone.root.values |= {"C.1.11.1": "1", "C.1.11.2": "duplicate"}
    case = accept(officer, gone)
    assert case.stage == Case.Stage.NULLIFIED
    assert criterion(case) == "false"


def test_a_code_of_a_loaded_dictionary_names_the_kind(officer):
    for language in ("en", "zh"):
        release = meddra_files.release("98.1", language)
        coding.load_release(Actor.process("load_meddra"), release)
    item = ReferenceItem.objects.get(kind="document", code="events")
    data = copy.deepcopy(item.data)
    data["kind_words"][0]["words"] = ["bell lymph node"]
    load(item, data, "9")
    message = mild("Lump")
    row = received_of(officer, message)
    assert default_seriousness.of_content(row).missing == ("kind",), "words prove nothing"
    for code, codes, missing in (("10900003", ["SPM"], ()), ("10900004", [], ())):
        message.root.each("E.i")[0].values |= {"E.i.2.1a": "98.1", "E.i.2.1b": code}
        said = seriousness_rules.of_message(message.root)
        assert (said.codes, said.missing) == (codes, missing)
    for odd in ("1090000", "x", "٣٤٥٦٧٨٩٠"):
        message.root.each("E.i")[0].values["E.i.2.1b"] = odd
        assert seriousness_rules.of_message(message.root).codes == []


def received_of(officer, message: Message):
    return receptions.import_icsr(officer, message, file_name="partner.xml").received


def test_what_waits_shows_no_change_that_accepting_undoes(officer):
    case = accept(officer, mild("Lymphoma"))
    later = mild("Lymphoma", latest="20261001")
    row = received_of(officer, later)
    lines = received.changes(Case.objects.get(id=case.id), row, "en")
    assert not [line for line in lines if "E.i.3.2f" in line or "important" in line.lower()]


def test_reports_accepted_before_follow_by_the_job(officer):
    case = accept(officer, mild("Lymphoma"))
    with factories.transaction.atomic(), audit.acting(factories.SYSTEM, "test.before"):
        case.sources.filter(kind="default_rule").delete()
    found = changes.apply(factories.SYSTEM, case.id, on=clock.today())
    assert found is not None
    assert found.after == ("SPM",)
