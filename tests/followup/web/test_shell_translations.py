"""The Chinese catalogue is complete, exact and compiled."""

import shutil

import polib
import pytest

from dev.checks import translations


@pytest.fixture(scope="module")
def extracted() -> polib.POFile:
    """The messages of the sources: to read them all takes a while, and is done once."""
    if not shutil.which("xgettext"):
        pytest.skip("xgettext is missing: apt-get install gettext")
    return translations.extract()


def test_every_message_of_the_sources_has_its_chinese(extracted: polib.POFile) -> None:
    assert translations.faults(translations.build(extracted)) == []


def test_no_template_with_messages_is_left_out_of_the_extraction(
    extracted: polib.POFile,
) -> None:
    read = {place for entry in extracted for place, _line in entry.occurrences}
    templates = (translations.ROOT / "templates").rglob("*.html")
    spoken = {
        str(file.relative_to(translations.ROOT))
        for file in templates
        if "{% translate" in (text := file.read_text(encoding="utf-8")) or "{% blocktr" in text
    }
    assert len(spoken) > 100
    assert spoken <= read


def test_no_entry_is_fuzzy_or_obsolete() -> None:
    catalogue = polib.pofile(str(translations.CATALOGUE))
    assert [entry.msgid for entry in catalogue if entry.fuzzy or entry.obsolete] == []


def test_a_lost_placeholder_is_noticed() -> None:
    good = polib.POEntry(msgid="%(days)s left", msgstr="剩 %(days)s 天")
    bad = polib.POEntry(msgid="%(days)s left", msgstr="剩 %(day)s 天")
    assert not translations.misplaced(good)
    assert translations.misplaced(bad)
