"""The screening log: searches without a gap, decided hits, a case of a hit, proof, reminder."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from followup.core import clock
from followup.core.permissions import Role
from followup.core.problems import NotFound, Refused
from pv.actions import literature as actions
from pv.domain.e2b import storage
from pv.models import Case, LiteratureHit, LiteratureSource
from pv.queries import literature, literature_proofs
from tests import factories

pytestmark = pytest.mark.django_db


def source(actor, days: int = 30, **more) -> LiteratureSource:
    values = {"name": "PubMed", "kind": "literature", "search": "moss AND cells"}
    values["active_from"] = clock.today() - timedelta(days=days)
    return actions.add_source(actor, factories.product(), values=values | more)


def searched(actor, row: LiteratureSource, ago: int, *lines: str, **more):
    values = {"end": clock.today() - timedelta(days=ago), "searched_on": clock.today()}
    values |= {"search": "moss", "hits": len(lines), "citations": list(lines)}
    return actions.record_search(actor, row, **values | more)


def test_a_search_begins_where_the_last_one_ended_and_every_hit_has_its_line(officer) -> None:
    row = source(officer)
    today = clock.today()
    assert literature.source(officer, row.id, today).overdue == 3
    first = searched(officer, row, 20, "A. Moss 2026", "B. Fern 2026")
    second = searched(officer, row, 10)
    assert (first.start, second.start) == (
        today - timedelta(days=30),
        today - timedelta(days=19),
    )
    line = literature.source(officer, row.id, today)
    assert (line.start, line.undecided) == (today - timedelta(days=9), 2)
    assert line.source.next_due == today - timedelta(days=9) + timedelta(days=9)
    for wrong, name in (
        ({"end": today - timedelta(days=15)}, "end"),
        ({"hits": 3}, "citations"),
        ({"searched_on": today + timedelta(days=1)}, "searched_on"),
        ({"search": " "}, "search"),
    ):
        with pytest.raises(Refused) as refused:
            searched(officer, row, 1, **wrong)
        assert list(refused.value.fields) == [name]
    with pytest.raises(Refused):
        source(officer)
    actions.end_source(officer, row, reason="closed by its publisher")
    with pytest.raises(Refused):
        searched(officer, row, 1)
    # Its searches are over; the hits nobody has decided about keep it in the list.
    (ended,) = literature.sources(officer, today)
    assert (ended.source, ended.overdue, ended.undecided) == (row, 0, 2)


def test_a_hit_is_no_case_with_its_reason_or_one_that_is_there(officer, case) -> None:
    searched(officer, source(officer), 20, "A", "B")
    one, other = LiteratureHit.objects.order_by("citation")
    for wrong in ({"decision": "not_case", "reason": " "}, {"decision": "case", "reason": "x"}):
        with pytest.raises(Refused):
            actions.decide(officer, one, **wrong)
    actions.decide(officer, one, decision="not_case", reason="in vitro only")
    with pytest.raises(Refused, match=clock.today().isoformat()):
        actions.decide(officer, one, decision="not_case", reason="again")
    with pytest.raises(NotFound):
        actions.decide(officer, other, decision="known", reason="same", number="C99-9999")
    done = actions.decide(officer, other, decision="known", reason="same", number=case.number)
    assert done.case_id == case.id


def test_no_case_has_a_coded_reason_in_list_counts_proof_and_api(officer) -> None:
    row = source(officer)
    searched(officer, row, 20, "A", "B", "C", "D")
    one, two, three, _four = LiteratureHit.objects.order_by("citation")
    with pytest.raises(Refused) as refused:
        actions.decide(officer, one, decision="not_case", reason="", code="VALID")
    assert list(refused.value.fields) == ["code"]
    with pytest.raises(Refused) as refused:
        actions.decide(officer, one, decision="not_case", reason="", code="OTHER")
    assert list(refused.value.fields) == ["reason"]
    actions.decide(officer, one, decision="not_case", reason="", code="NOT_HUMAN")
    actions.decide(officer, two, decision="not_case", reason="mice", code="NOT_HUMAN")
    assert (
        actions.decide(officer, three, decision="not_case", reason="a song").reason_code == "OTHER"
    )
    hits = literature.hits(officer, literature.searches(officer, row))
    with translation.override("en"):
        about = "No case: About no person: animals, cells or models"
        other = "No case: Another reason, told in words"
        assert dict(literature.counts(hits)) == {"not decided": 1, about: 2, other: 1}
        assert "animals" in literature.reason_words(literature.hit(officer, one.id))
    client = Client(headers={"accept-language": "en"})
    client.force_login(factories.make_user(Role.SAFETY_OFFICER, language="en"))
    page = client.get(reverse("literature-source", args=[row.id])).content.decode()
    assert about in page
    assert client.get(reverse("literature-proof", args=[row.id])).status_code == 200
    left = LiteratureHit.objects.get(decision="")
    url = reverse("literature-hit", args=[left.id])
    assert client.post(url, {"decision": "not_case", "reason": "x"}).status_code == 422
    (listed,) = client.get(reverse("api-literature")).json()
    assert (listed["name"], listed["undecided"]) == ("PubMed", 1)
    decide = reverse("api-literature-decide", args=[left.id])
    sent = {"decision": "not_case", "code": "NO_PATIENT"}
    made = client.post(decide, sent, content_type="application/json")
    assert (made.status_code, made.json()["reason_code"]) == (200, "NO_PATIENT")
    assert client.post(decide, sent, content_type="application/json").status_code == 422
    rows = client.get(reverse("api-literature-hits", args=[row.id])).json()
    assert sorted(hit["reason_code"] for hit in rows) == [
        "NOT_HUMAN",
        "NOT_HUMAN",
        "NO_PATIENT",
        "OTHER",
    ]


def test_a_case_of_a_hit_says_its_literature_and_counts_from_the_search(officer) -> None:
    found = searched(officer, source(officer), 20, "Moss A. J Moss 2026;1:1")
    hit = LiteratureHit.objects.get()
    values = {"author": "Moss A", "country": "CN", "verbatim": "moss fever", "sex": "FEMALE"}
    values |= {"age_years": None, "reason": ""}
    for wrong in ({"author": ""}, {"country": "C1"}, {"sex": ""}, {"age_years": 999}):
        with pytest.raises(Refused):
            actions.make_case(officer, hit, values=values | wrong)
    case = actions.make_case(officer, hit, values=values)
    assert (case.origin, case.day_zero) == ("literature", found.searched_on)
    root = storage.from_data(case.versions.get(number=1).message)
    assert root.groups["C.4.r"][0].values["C.4.r.1"] == hit.citation
    assert root.values["D.5"] == "2"
    assert "D.2.2a" not in root.values
    clocks = case.clocks.filter(stopped_at__isnull=True)
    assert clocks.exists()
    assert {row.day_zero for row in clocks} == {found.searched_on}
    with pytest.raises(Refused):
        actions.make_case(officer, hit, values=values)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_pages_keep_the_log_and_print_its_proof(language) -> None:
    client = Client(raise_request_exception=False, headers={"accept-language": language})
    client.force_login(factories.make_user(Role.SAFETY_OFFICER, language=language))
    product, today = factories.product(), clock.today()
    sent = {"product": str(product.id), "name": "CNKI", "kind": "literature", "search": "苔藓"}
    assert client.post("/literature/", sent).status_code == 422
    sent["active_from"] = (today - timedelta(days=30)).isoformat()
    made = client.post("/literature/", sent)
    assert made.status_code == 302
    week = {"end": (today - timedelta(days=24)).isoformat(), "searched_on": today.isoformat()}
    week |= {"search": "苔藓", "hits": "1", "citations": ""}
    assert client.post(made["location"], week).status_code == 422
    assert client.post(made["location"], week | {"citations": "一例苔藓热"}).status_code == 302
    assert "一例苔藓热" in client.get(made["location"]).content.decode()
    hit = LiteratureHit.objects.get()
    address = reverse("literature-hit", args=[hit.id])
    assert client.post(address, {"decision": "not_case"}).status_code == 422
    case = {"verbatim": "苔藓热", "author": "苔", "country": "cn", "age_years": "40"}
    assert client.post(address, case | {"country": ""}).status_code == 422
    assert client.post(address, case).status_code == 302
    number = Case.objects.get().number
    assert number in client.get(address).content.decode()
    for late in ({"decision": "not_case", "reason": "x"}, case, {}):
        again = client.post(address, late, follow=True)
        hit.refresh_from_db()
        with translation.override(language):
            said = literature.decided_words(hit)
        assert [str(each) for each in again.context["messages"]] == [said]
        assert str(hit.decided_by) in said
    assert Case.objects.count() == 1
    assert client.get("/literature/").status_code == 200
    proof = client.get(made["location"] + "proof/")
    assert (proof.status_code, proof.content[:5]) == (200, b"%PDF-")
    row = LiteratureSource.objects.get()
    assert literature.week(factories.SYSTEM, product, today - timedelta(days=30), today)
    assert literature_proofs.printed(
        factories.make_actor(Role.SAFETY_OFFICER), product, today, today, language=language
    ).content
    assert client.post(made["location"], {"end_source": "1", "reason": ""}).status_code == 422
    assert client.post(made["location"], {"end_source": "1", "reason": "x"}).status_code == 302
    assert LiteratureSource.objects.get(id=row.id).ended_on == today
    assert literature.sources(factories.SYSTEM, today) == []
    assert made["location"] in client.get("/literature/").content.decode()
