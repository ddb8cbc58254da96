"""A reference document that does not hold together is refused at the place that is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.domain import documents
from followup.domain.documents import WrongDocument, accept, both_languages, sources

LIST = {
    "code": "sex",
    "title_en": "Sex",
    "title_zh": "性别",
    "items": [{"code": "F", "en": "Female", "zh": "女"}, {"code": "M", "en": "Male", "zh": "男"}],
}
PRODUCT = {
    "code": "P1",
    "inn": "exampleleucel",
    "name_zh": "示例",
    "mah_en": "Holder",
    "mah_zh": "持有人",
    "kind": "CAR_T",
    "vector_type": "LENTIVIRAL",
    "atmp_class": "GTMP",
    "provenance": {"confidence": "project"},
    "targets": ["CD19"],
    "indications": [
        {
            "code": "I1",
            "text_en": "Lymphoma",
            "text_zh": "淋巴瘤",
            "disease": "LBCL",
            "authorisation": "approved",
            "status": "conditional",
            "approval": {"precision": "month", "date": "2024-05"},
        }
    ],
}
_GONE = object()


def changed(data, *steps, to=_GONE):
    """A copy with one value changed, or left out."""
    copy = data.copy()
    step, rest = steps[0], steps[1:]
    if rest:
        copy[step] = changed(copy[step], *rest, to=to)
    elif to is _GONE:
        del copy[step]
    else:
        copy[step] = to
    return copy


def refusal(check, data) -> tuple[str, str]:
    with pytest.raises(WrongDocument) as caught:
        accept(check, data)
    return caught.value.place, caught.value.reason


def test_a_document_that_holds_together_is_accepted():
    accept(documents.code_list, LIST)
    accept(documents.product, PRODUCT)
    accept(documents.product, changed(PRODUCT, "indications", to=[]))
    names = dict.fromkeys(("assessments", "contact_types", "conditions"), LIST["items"])
    accept(documents.words, names)
    assert refusal(documents.words, changed(names, "conditions"))[0] == "conditions"


@pytest.mark.parametrize(
    ("data", "place", "reason"),
    [
        (changed(LIST, "title_zh"), "title_zh", "is missing"),
        (changed(LIST, "title_zh", to=" "), "title_zh", "a text is needed"),
        (changed(LIST, "title_en", to=7), "title_en", "a text is needed"),
        (changed(LIST, "items", to=[]), "items", "a list with entries is needed"),
        (changed(LIST, "items", to={"code": "F"}), "items", "a list with entries is needed"),
        (changed(LIST, "items", 1, "zh"), "items[1].zh", "is missing"),
        (
            changed(LIST, "items", 1, "code", to="F"),
            "items[1].code",
            "a code of its own is needed, not 'F'",
        ),
        (
            changed(LIST, "items", 0, "code", to=1),
            "items[0].code",
            "a code of its own is needed, not 1",
        ),
    ],
)
def test_a_code_list_is_refused_at_its_place(data, place, reason):
    assert refusal(documents.code_list, data) == (place, reason)


@pytest.mark.parametrize(
    ("steps", "value", "place", "reason"),
    [
        (("provenance",), 3, "provenance", "'int' object is not subscriptable"),
        (("targets",), [7], "targets[0]", "a text is needed"),
        (
            ("indications", 0, "status"),
            "maybe",
            "indications[0].status",
            "'maybe' is none of conditional, full, unknown",
        ),
        (
            ("indications", 0, "approval", "precision"),
            "hour",
            "indications[0].approval.precision",
            "'hour' is none of day, month, year",
        ),
        (
            ("indications", 0, "approval", "date"),
            "",
            "indications[0].approval.date",
            "a text is needed",
        ),
    ],
)
def test_a_product_is_refused_at_its_place(steps, value, place, reason):
    assert refusal(documents.product, changed(PRODUCT, *steps, to=value)) == (place, reason)


def test_only_an_approved_indication_has_its_approval():
    trial = changed(PRODUCT, "indications", 0, "authorisation", to="trial")
    accept(documents.product, changed(trial, "indications", 0, "approval"))


@pytest.mark.parametrize("value", [-1, True, 1.0, "1", None])
def test_a_number_is_whole_and_from_zero_on(value):
    documents.number({"days": 0}, "days")
    with pytest.raises(ValueError, match="whole number"):
        documents.number({"days": value}, "days")


def test_a_code_that_is_not_known_is_named():
    def check(data):
        return {"A": 1}[data["kind"]]

    assert refusal(check, {"kind": "B"}) == ("kind", "'B' is not known")
    assert refusal(lambda data: {}.popitem(), {"kind": "B"})[1].startswith("'popitem()")


def test_a_reader_that_looks_without_need_is_followed_as_well():
    def check(data):
        if data.get("later") is None:
            raise ValueError

    assert refusal(check, {}) == ("later", "ValueError")


def test_a_refusal_without_a_place_says_the_reason_alone():
    assert str(WrongDocument("", "no")) == "no"
    assert str(WrongDocument("a[1]", "no")) == "a[1]: no"


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ({"label": {"en": "Day"}}, "label.zh"),
        ({"label": {"en": " ", "zh": "日"}}, "label.en"),
        ({"rows": [{"title_en": "Day"}]}, "rows[0].title_zh"),
        ({"title_en": "Day", "title_zh": ""}, "title_zh"),
        ({"brand_zh": "", "brand_en": "X"}, "brand_zh"),
    ],
)
def test_a_text_in_one_language_is_refused(data, place):
    with pytest.raises(WrongDocument) as caught:
        both_languages(data)
    assert (caught.value.place, caught.value.reason) == (
        place,
        "a text in both languages is needed",
    )


def test_names_that_exist_in_one_language_pass():
    both_languages({"name_zh": "示例", "brand_en": "Example", "rows": [1, "text", None]})


@pytest.mark.parametrize(
    ("data", "place", "reason"),
    [
        ({"confidence": "sure", "citation": "A"}, "confidence", "'sure' is no confidence"),
        ({"confidence": "source"}, "citation", "is missing"),
        ({"rows": [{"confidence": "source"}]}, "rows[0].citation", "is missing"),
        ({"citation": ""}, "citation", "a text is needed"),
        ({"citation": 3, "confidence": "source"}, "citation", "a text is needed"),
    ],
)
def test_who_states_a_confidence_cites_a_source(data, place, reason):
    with pytest.raises(WrongDocument) as caught:
        sources(data)
    assert (caught.value.place, caught.value.reason) == (place, reason)


def test_a_citation_covers_what_it_encloses_and_hyphens_are_a_spelling():
    sources({"citation": "A", "rows": [{"confidence": "memory-high"}, {"confidence": "derived"}]})


@given(st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=8))
def test_a_reader_sees_what_the_document_says(value):
    seen = []
    accept(lambda data: seen.append(data["a"]["b"]), {"a": {"b": value}})
    assert seen == [value]
