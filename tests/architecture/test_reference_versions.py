"""A released version of a reference document is never rewritten: a register has loaded it."""

import hashlib
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# File, its version, hash of its content. New content needs a new version, then a new line here.
RELEASED = {
    "followup/reference/access.json": ("2026-11-28", "cf7594ed279dc8d7"),
    "followup/reference/code_lists.json": ("2026-11-30.2", "5cd9cfaaa9dea46b"),
    "followup/reference/consents.json": ("2026-11-29", "9026429a91967c2b"),
    "followup/reference/grading.json": ("2026-11-29", "3da29fd4e0c9501f"),
    "followup/reference/holidays.json": ("2026-11-28", "7b2086ef2f65b7cc"),
    "followup/reference/laboratory.json": ("2026-11-28", "ba79d8e050d77cb5"),
    "followup/reference/privacy.json": ("2026-11-30", "6ab15f3446628a91"),
    "followup/reference/products.json": ("2026-11-28", "ea6ab3455103efad"),
    "followup/reference/reminders.json": ("2026-11-30.5", "f9c52582c9046f2e"),
    "followup/reference/samples.json": ("2026-11-30", "5f301346ff6e5d7a"),
    "followup/reference/sign_in.json": ("2026-12-01", "089799f941899ccf"),
    "followup/reference/source_verification.json": ("2026-11-29", "d44167f23b784086"),
    "pv/reference/aggregate_reports.json": ("2026-11-30.2", "c52f48723340a0c4"),
    "pv/reference/authority_interactions.json": ("2026-11-29", "7e67bf940967aec1"),
    "pv/reference/atmp.json": ("2026-11-28", "82b5261576d811a1"),
    "pv/reference/attribution.json": ("2026-11-28.2", "fab4909d91a4163b"),
    "pv/reference/casework.json": ("2026-11-29.2", "69da228e906bbd2a"),
    "pv/reference/causality.json": ("2026-11-29", "ab5b47d5caa642a2"),
    "pv/reference/channels.json": ("2026-11-29.2", "62fa8c380ac2ea9c"),
    "pv/reference/cohorts.json": ("2026-11-28", "37d04f210582d8d7"),
    "pv/reference/commitments.json": ("2026-11.6", "397bf84a5fca1e6c"),
    "pv/reference/duplicates.json": ("2026-11-28", "08f5bd529082e130"),
    "pv/reference/duties.json": ("2026-11-30.1", "e484d2dd9c6c7b74"),
    "pv/reference/events.json": ("2026-11-29", "c87ad044b67d3751"),
    "pv/reference/follow_up_requests.json": ("2026-11-29", "3ab3f53ff0b338bc"),
    "pv/reference/labels.json": ("2026-11-28", "bd6b73bd0f0e7a15"),
    "pv/reference/lots.json": ("2026-11-28", "b6aca85f4fc1e666"),
    "pv/reference/published_counts.json": ("2026-11-21", "58509127cedc8ccf"),
    "pv/reference/receivers.json": ("2026-11-28.1", "19d58a86c9335367"),
    "pv/reference/reviews.json": ("2026-11-30.1", "bcdf40ca591b8115"),
    "pv/reference/risks.json": ("2026-11-28", "c76d3e79bd64b400"),
    "pv/reference/rule_sets.json": ("2026-11.6", "88043900e4bf7861"),
    "pv/reference/screening.json": ("2026-11-28", "83605ff04bce1780"),
    "pv/reference/adam.json": ("2026-11-29.2", "cac604e6a7b7cca0"),
    "pv/reference/registries.json": ("2026-11-30.1", "1a96d05ec7a32661"),
    "pv/reference/faers.json": ("2026-11-29", "c1f8d0b6b658496d"),
    "pv/reference/sdtm.json": ("2026-11-30.4", "cba82a4c9745ad96"),
    "followup/reference/messages.json": ("2026-11-29.2", "3cecc8dd3e965ae1"),
    "pv/reference/studies.json": ("2026-11-29", "c56b224be13ac0da"),
    "pv/reference/signals.json": ("2026-11-28", "47582a22a54e3724"),
}


def content(path: str) -> tuple[str, str]:
    """The version of a document and the hash over all of it, however it is indented."""
    data = json.loads((ROOT / path).read_text(encoding="utf-8"))
    plain = json.dumps(data, sort_keys=True, ensure_ascii=False)
    return str(data["version"]), hashlib.sha256(plain.encode()).hexdigest()[:16]


@pytest.mark.parametrize("path", RELEASED)
def test_new_content_has_a_new_version(path: str) -> None:
    version, digest = content(path)
    if version == RELEASED[path][0]:
        assert digest == RELEASED[path][1], f"{path}: raise its version, then list it here"
    else:
        pytest.fail(f"{path}: list version {version} with hash {digest}")


def test_every_document_with_a_version_is_listed() -> None:
    shipped = [f for name in ("followup", "pv") for f in (ROOT / name).glob("reference/*.json")]
    versioned = {
        str(file.relative_to(ROOT))
        for file in shipped
        if "version" in json.loads(file.read_text(encoding="utf-8"))
    }
    assert versioned == set(RELEASED)
