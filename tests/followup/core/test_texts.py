"""What people paste never reaches a record that a report cannot hold."""

import re
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from followup.core.permissions import Role
from followup.core.texts import storable, storable_input
from followup.models import AdverseEvent
from tests import factories


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("发热\x0b两天", "发热\n两天"),  # a line break of Word
        ("a\r\nb\rc\u2028d\x85e", "a\nb\nc\nd\ne"),
        ("王\x00小\x07明", "王小明"),
        ("CRS\ud83d", "CRS"),  # half of a surrogate pair, as JSON can carry
        ("x\u202egnp.exe", "xgnp.exe"),
        ("\ufffe\U0001ffff", ""),
        ("家属微信：发热😷\t两天\n", "家属微信：发热😷\t两天\n"),  # nothing to clean
        ("𠮷野\u200d", "𠮷野\u200d"),
    ],
)
@pytest.mark.requirement("ASVS-1.3.3")
def test_controls_are_taken_out_and_line_ends_kept(typed, stored):
    assert storable(typed) == stored


@given(st.text(st.characters(codec=None, exclude_categories=())))
@pytest.mark.requirement("ASVS-1.2.1")
def test_whatever_is_typed_can_be_written_to_xml_and_read_back(typed):
    text = storable(typed)
    element = etree.Element("a")
    element.text = text
    assert (etree.fromstring(etree.tostring(element)).text or "") == text
    assert storable(text) == text
    kept = re.sub(r"[\s\x00-\x1f\x7f-\x9f]", "", text)
    assert set(kept) <= set(typed)


@dataclass(frozen=True, slots=True)
class _Inner:
    phone: str


@dataclass(frozen=True, slots=True)
class _Input:
    words: str
    day: int | None
    contacts: tuple[_Inner, ...] = ()


def test_texts_inside_an_input_are_cleaned_and_a_clean_one_is_the_same_object():
    clean = _Input("发热", None, (_Inner("139"),))
    assert storable_input(clean) is clean
    pasted = _Input("发\x00热", 3, (_Inner("13\x009"),))
    assert storable_input(pasted) == replace(clean, day=3)
    assert storable_input({"E.i.1.1a": "a\x0bb", "n": 1}) == {"E.i.1.1a": "a\nb", "n": 1}


@pytest.mark.django_db
@pytest.mark.requirement("ASVS-1.3.3")
def test_an_action_stores_what_a_report_can_hold():
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    patient = factories.register(nurse, site)
    row = factories.malignancy(nurse, patient, verbatim="发热\x0b两天\x07", note="\ud83d嗜睡")
    stored = AdverseEvent.objects.get(id=row.id)
    assert (stored.verbatim, stored.note) == ("发热\n两天", "嗜睡")
