"""Versioned reference entries: what counts as new, changed, used or outdated."""

import pytest

from followup.domain.references import Known, LoadChange, decide, differing, entries, fingerprint


def document(**more):
    lists = [{"code": "sex", "items": ["M"]}, {"code": "ecog", "items": [0]}]
    return {"data_set": "code_lists", "version": "1", "code_lists": lists, **more}


def known(entry):
    return Known(entry.version, entry.sha256, entry.data)


def test_a_document_gives_its_entries_and_its_remainder():
    found = entries("code_lists", document())
    assert [(e.kind, e.code, e.version) for e in found] == [
        ("document", "code_lists", "1"),
        ("code_list", "sex", "1"),
        ("code_list", "ecog", "1"),
    ]
    assert "code_lists" not in found[0].data


def test_an_entry_keeps_its_own_version_validity_and_source():
    row = {
        "code": "P",
        "version": "7",
        "valid_from": "2021-12-01",
        "valid_to": None,
        "provenance": {"citation": "art. 49", "confidence": "source"},
    }
    entry = entries("protocols", {"as_of": "2026-11-21", "protocols": [row]})[1]
    assert (entry.version, entry.citation, entry.confidence) == ("7", "art. 49", "source")
    assert entry.valid_from.isoformat() == "2021-12-01"
    assert entry.valid_to is None


def test_a_document_without_version_is_refused():
    with pytest.raises(KeyError):
        entries("samples", {"samples": []})


def test_key_order_does_not_change_a_fingerprint_but_content_does():
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    assert fingerprint({"a": 1}) != fingerprint({"a": 2})
    assert fingerprint({"a": None}) != fingerprint({})


def test_differing_tells_a_missing_field_from_an_empty_one():
    assert differing({"a": None, "b": 1}, {"b": 2}) == ("a", "b")
    assert differing({"a": 1}, {"a": 1}) == ()


def test_judgement_by_version_and_content():
    first = entries("code_lists", document())[1]
    changed = document()
    changed["code_lists"][0]["items"] = ["M", "F"]
    same_version = entries("code_lists", changed)[1]
    next_version = entries("code_lists", {**changed, "version": "2"})[1]

    assert decide(first, [], replace=False) == (LoadChange.ADDED, ())
    assert decide(first, [known(first)], replace=False) == (LoadChange.UNCHANGED, ())
    assert decide(same_version, [known(first)], replace=False) == (LoadChange.REFUSED, ("items",))
    assert decide(same_version, [known(first)], replace=True) == (LoadChange.REPLACED, ("items",))
    assert decide(next_version, [known(first)], replace=False) == (LoadChange.CHANGED, ("items",))


def test_a_new_document_version_with_old_content_is_unchanged():
    first, later = (entries("code_lists", document(version=v))[1] for v in ("1", "2"))
    assert decide(later, [known(first)], replace=False) == (LoadChange.UNCHANGED, ())


def test_an_older_file_does_not_come_back_as_the_newest():
    first = entries("code_lists", document())[1]
    changed = document(version="2")
    changed["code_lists"][0]["items"] = []
    second = entries("code_lists", changed)[1]
    assert decide(first, [known(first), known(second)], replace=False)[0] is LoadChange.SUPERSEDED
