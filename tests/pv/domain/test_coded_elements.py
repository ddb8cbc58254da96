"""Where a case holds dictionary codes, and what a loaded dictionary says of them."""

from pv.domain.cases import editing
from pv.domain.coding.coded_elements import coded_places, takes_code, verbatim_of, version_path
from pv.domain.coding.findings import dictionary_findings
from pv.domain.e2b.checks import Severity
from pv.domain.e2b.elements import Profile
from pv.domain.e2b.message import Node, Null

REGIONS = frozenset({Profile.ICH})


def case(**values) -> Node:
    root = Node("")
    for path, value in values.items():
        editing.put(root, path, value)
    return root


EVENT = {
    "E.i[1].1.1a": "Fieber",
    "E.i[1].2.1a": "27.0",
    "E.i[1].2.1b": "10016558",
    "D.9.2.r[1].2": "infection",
}


def test_a_code_has_its_version_beside_it_and_the_words_it_stands_for():
    root = case(**EVENT, **{"E.i[2].1.2": "rash"})
    found = {place.path: place for place in coded_places(root, REGIONS)}
    event = found["E.i[1].2.1b"]
    assert (event.code, event.version, event.verbatim) == ("10016558", "27.0", "Fieber")
    assert (found["E.i[2].2.1b"].code, found["E.i[2].2.1b"].verbatim) == ("", "rash")
    cause = found["D.9.2.r[1].1b"]
    assert (cause.code, cause.version, cause.verbatim) == ("", "", "infection")
    assert version_path("E.i[1].2.1b") == "E.i[1].2.1a"


def test_an_event_is_always_among_them_and_an_empty_group_of_nothing_is_not():
    root = case(**{"E.i[1].7": "5", "F.r[1].1": "20261001"})
    assert [place.path for place in coded_places(root, REGIONS)] == ["E.i[1].2.1b"]
    assert list(coded_places(Node(""), REGIONS)) == []


def test_the_words_of_a_code_and_whether_an_element_takes_one():
    root = case(**EVENT)
    assert verbatim_of(root, "E.i[1].2.1b") == "Fieber"
    assert verbatim_of(case(**{"E.i[1].1.2": "rash"}), "E.i[1].2.1b") == "rash"
    assert verbatim_of(root, "E.i[1].7") == ""
    assert takes_code(root, "E.i[1].2.1b")
    assert not takes_code(root, "E.i[1].7")
    assert not takes_code(root, "E.i[9].2.1b")


def findings(loaded, current, **values):
    places = list(coded_places(case(**{**EVENT, **values}), REGIONS))
    return [
        (found.rule, found.severity, found.path)
        for found in dictionary_findings(places, frozenset(loaded), current)
    ]


RULE = "ICH.E.i.2.1b.DICTIONARY"


def test_an_unknown_code_is_an_error_and_an_old_one_a_warning():
    key = ("27.0", "10016558")
    assert findings({"27.0"}, {key: True}) == []
    assert findings({"27.0"}, {key: False}) == [(RULE, Severity.WARNING, "E.i[1].2.1b")]
    assert findings({"27.0"}, {}) == [(RULE, Severity.ERROR, "E.i[1].2.1b")]


def test_a_version_that_is_not_loaded_is_no_error_and_without_a_dictionary_nothing_is_said():
    assert findings({"28.0"}, {}) == [(RULE, Severity.WARNING, "E.i[1].2.1b")]
    assert findings(set(), {}) == []


def test_a_code_without_a_version_is_left_to_the_rule_that_asks_for_it():
    assert findings({"27.0"}, {}, **{"E.i[1].2.1a": Null("NI")}) == []
