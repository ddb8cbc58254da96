"""The reference pages: every element explains itself in both languages, sources are named."""

import pytest
from django.test import Client

from followup.core.permissions import Role
from pv.domain.e2b.elements import ELEMENTS, GROUPS
from pv.queries import elements
from tests import factories

pytestmark = pytest.mark.django_db


def reader(language):
    client = Client()
    user = factories.make_user(Role.NURSE, site=factories.make_site(), language=language)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_search_finds_by_code_by_name_and_by_meaning():
    assert [e.code for e in elements.search("C.5.4")] == ["C.5.4"]
    assert "D.2.1" in {e.code for e in elements.search("birth")}
    assert "D.2.1" in {e.code for e in elements.search("出生")}
    assert elements.search("no such thing at all") == []
    assert len(elements.search("")) == len(ELEMENTS)


def test_neighbours_walk_through_the_whole_table():
    seen, code = [], next(iter(ELEMENTS))
    while code:
        seen.append(code)
        code = elements.neighbours(code)[1]
    assert seen == list(ELEMENTS)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_element_and_group_has_its_page(language):
    client, spoken = reader(language), "zh" if language.startswith("zh") else "en"
    chosen = [*list(ELEMENTS)[::9], "C.5.4", "G.k.9.i.2.r.1"]
    for code in chosen:
        answer = client.get(f"/reference/elements/{code}/")
        assert answer.status_code == 200, code
        assert ELEMENTS[code].name(spoken) in answer.content.decode().replace("&#x27;", "'")
    for code in filter(None, GROUPS):
        assert client.get(f"/reference/elements/{code}/").status_code == 200, code
    for code in ("Z.1", "C.5.4%00", "%E7%8E%8B"):
        assert client.get(f"/reference/elements/{code}/").status_code == 404, code


def test_rules_can_be_read_for_one_receiver():
    client = reader("en")
    everyone = client.get("/reference/elements/C.1.1/").content.decode()
    nmpa = client.get("/reference/elements/C.1.1/", {"receiver": "nmpa"}).content.decode()
    assert "ICH.C.1.1.REQ" in everyone
    assert everyone.count("<tr>") >= nmpa.count("<tr>") > 0
    assert client.get("/reference/elements/C.1.1/", {"receiver": "\x00"}).status_code == 200


def test_the_list_follows_search_and_receiver():
    client = reader("zh-hans")
    page = client.get("/reference/elements/", {"q": "出生日期"}).content.decode()
    assert "D.2.1" in page
    assert "H.1<" not in page
    assert (
        "FDA.C.5.5a"
        not in client.get("/reference/elements/", {"receiver": "nmpa"}).content.decode()
    )
    assert client.get("/reference/elements/", {"q": "x\x00"}).status_code == 200


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_clocks_protocols_and_lists_name_their_source(language):
    client = reader(language)
    clocks = client.get("/reference/clocks/").content.decode()
    assert "CN-S" in clocks
    chinese = "《药物警戒质量管理规范》（2021 年第 65 号）第四十九条"
    assert (chinese if language == "zh-hans" else "GVP 2021 no. 65 art. 49") in clocks
    assert "2021-12-01" in clocks
    protocols = client.get("/reference/protocols/").content.decode()
    assert "CN-LIFELONG v1" in protocols
    assert ("± 30 天" if language == "zh-hans" else "± 30 days") in protocols
    lists = client.get("/reference/code-lists/", {"q": "ecog"}).content.decode()
    assert ("ECOG 体能状态评分" if language == "zh-hans" else "ECOG performance status") in lists
    assert "vital_status" not in lists


def test_reference_needs_a_role():
    stranger = Client().get("/reference/elements/")
    assert stranger.status_code == 302
