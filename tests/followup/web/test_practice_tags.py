"""Lists of the hospital mark a practice patient beside its number (decision 0034)."""

import re
from pathlib import Path

from dev.paths import ROOT

ROW = re.compile(r"<(?:th scope=\"row\"|td data-label=\"[^\"]*'Patient'[^\"]*\")[^>]*>.*?</t[hd]>")
# No practice patient is ever there: one whose identity was erased or asked for, a registration
# that was merged or voided, a visit drawn for verification.
NEVER = {"erasures", "identity_reveals", "registrations", "source_verifications"}


def test_every_list_that_names_patients_marks_those_of_practice() -> None:
    missing = []
    rows = 0
    for path in sorted(Path(ROOT, "templates/followup").rglob("*.html")):
        for row in ROW.findall(path.read_text(encoding="utf-8")):
            if "study_code }}" in row and path.parent.name not in NEVER:
                rows += 1
                missing += [] if "practice_tag" in row else [f"{path.parent.name}/{path.name}"]
    assert rows > 8
    assert missing == []
