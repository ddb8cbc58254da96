"""The quick forms of `translate`, `blocktranslate` and `url` say what Django's own say."""

from uuid import UUID, uuid4

import pytest
from django.template import Context, Engine, engines
from django.urls import NoReverseMatch, get_resolver, reverse
from django.utils import translation

from followup.core.templatetags import addresses, constant_texts
from followup.core.templatetags.addresses import address

QUICK = Engine(
    libraries={"i18n": "followup.core.templatetags.constant_texts"},
    builtins=["followup.core.templatetags.addresses"],
)
DJANGO = Engine(libraries={"i18n": "django.templatetags.i18n"})
TEXTS = (
    '{% translate "Patients" context "menu" %}',
    '{% translate "Main menu" %}',
    '{% translate "not in any catalogue <b> & 100 %" %}',
    '{% translate "Main menu" as kept %}[{{ kept }}]',
    '{% translate "Main menu" noop %}',
    '{% translate "main menu"|capfirst %}',
    "{% translate name %}",
    "{% translate name context mood %}",
    "{% blocktranslate trimmed %}  100 %  of\n  it {% endblocktranslate %}",
    "{% blocktranslate with day=name trimmed %}window to {{ day }}{% endblocktranslate %}",
    "{% blocktranslate %}{{ name }} as it is{% endblocktranslate %}",
    "{% blocktranslate count n=2 trimmed %}{{ n }} visit behind{% plural %}{{ n }} visits behind"
    "{% endblocktranslate %}",
    '{% blocktranslate context "menu" asvar kept %}Patients{% endblocktranslate %}[{{ kept }}]',
    "{% autoescape off %}{% translate '<b>' %}{{ name }}{% endautoescape %}",
)


@pytest.mark.parametrize("text", TEXTS)
def test_words_are_those_of_django(text: str) -> None:
    source = "{% load i18n %}{% for name in names %}" + text + "{% endfor %}"
    values = {"names": ["Main menu", "<i>"], "mood": "menu"}
    quick, django = QUICK.from_string(source), DJANGO.from_string(source)
    for _turn in range(2):
        for language in ("en", "zh-hans", "en"):
            with translation.override(language):
                expected = django.render(Context(values))
                assert quick.render(Context(values)) == expected


def test_constant_text_is_kept_by_language() -> None:
    template = QUICK.from_string('{% load i18n %}{% translate "Patients" context "menu" %}')
    said = []
    for language in ("zh-hans", "en", "zh-hans"):
        with translation.override(language):
            said.append(template.render(Context()))
    assert said == ["患者", "Patients", "患者"]


def test_addresses_are_those_of_django() -> None:
    """Every named address that takes nothing, keys or numbers, twice with other keys."""
    names = [name for name in get_resolver().reverse_dict if isinstance(name, str)]
    met = set()
    for name in names:
        for args in ([], [uuid4()], [uuid4()], [7], [1234], ["x"], [uuid4(), 3], [uuid4()] * 2):
            try:
                expected = reverse(name, args=args)
            except NoReverseMatch:
                with pytest.raises(NoReverseMatch):
                    address(name, args)
                continue
            met.add(tuple(map(type, args)))
            assert address(name, args) == expected
    assert {(), (UUID,), (int,), (str,)} <= met


def test_number_below_zero_has_no_address() -> None:
    assert address("visit-call", [5]) == "/visits/5/call/"
    with pytest.raises(NoReverseMatch):
        address("visit-call", [-5])


def test_address_in_a_template_follows_its_row() -> None:
    template = QUICK.from_string("{% for key in keys %}{% url 'patient' key %} {% endfor %}")
    keys = [uuid4(), uuid4()]
    assert template.render(Context({"keys": keys})).split() == [f"/patients/{k}/" for k in keys]
    kept = QUICK.from_string("{% url 'no-such-address' as kept %}[{{ kept }}]")
    assert kept.render(Context()) == "[]"


def test_pages_use_the_quick_tags_without_a_second_library_of_the_name() -> None:
    backend = engines["django"]
    assert backend.engine.template_libraries["i18n"] is constant_texts.register
    assert backend.engine.template_builtins[-1] is addresses.register
    assert backend.check() == []
