"""Every column is classed for personal data (PIPL art. 28, GDPR art. 9), and a new one must be."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from followup.core import guards

LIST = Path(__file__).resolve().parents[2] / "docs" / "personal-data.csv"
CLASSES = {
    "identity",  # tells who a person is: encrypted, in a table of its own
    "pseudonym",  # leads to one person for those who hold the key
    "health",  # sensitive personal information under a pseudonym
    "free text",  # typed by people: may hold anything of the above
    "staff",  # who works with the system
    "none",
}


def rows() -> list[dict[str, str]]:
    with LIST.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.requirement("ASVS-14.1.1")
def test_every_column_is_classed_once_and_only_columns_are() -> None:
    columns = {
        (model._meta.db_table, field.column)
        for model in guards.own_models()
        for field in model._meta.concrete_fields
    }
    listed = Counter((row["table"], row["column"]) for row in rows())
    assert max(listed.values()) == 1
    assert set(listed) == columns, "class the new columns in docs/personal-data.csv"
    assert {row["class"] for row in rows()} == CLASSES


def test_who_a_person_is_stands_in_the_identity_table_and_in_encrypted_drafts_alone() -> None:
    identity = {row["table"] for row in rows() if row["class"] == "identity"}
    # Files of laboratories, cohorts and patients name people; they are kept encrypted as they came.
    files = {"followup_laboratoryfile", "followup_cohortfile", "followup_filecontent"}
    # A person found that these name nobody; people err.
    files.add("followup_releasedcontent")
    assert identity == {"followup_identity", "core_draft", *files}
    sealed = [row for row in rows() if row["column"].endswith(("_sealed", "_index"))]
    # Keys and passwords of channels are encrypted like a name, and say nothing of a person.
    keys = {("pv_channelcertificate", "key_sealed"), ("pv_channelcredential", "secret_sealed")}
    keys |= {
        ("core_messagecredential", "token_sealed"),
        ("core_messagecredential", "secret_sealed"),
    }
    # Letters and plans between holder and authority: no file of a patient is kept there.
    keys.add(("pv_registercontent", "content_sealed"))
    # Messages nobody could open, by the names of a receiver: removed after a year.
    keys.add(("pv_channelmessagecontent", "content_sealed"))
    sealed = [row for row in sealed if (row["table"], row["column"]) not in keys]
    assert sealed
    assert {row["class"] for row in sealed} == {"identity"}


def test_whatever_names_a_patient_is_at_least_a_pseudonym() -> None:
    links = [row for row in rows() if row["column"] in ("patient_id", "study_code")]
    assert len(links) > 10
    assert {row["class"] for row in links} == {"pseudonym"}
