"""Code that needs a database, changed in one place at a time: each change has to fail a test.

`./run trust stored` runs it; it is no part of the ordinary run. The trail and its seal, signatures,
rights and who has them, keys, the outbox. What is changed is what `rule_mutants` changes, inside
functions. EVERWATCH_RULE_STEP takes one change in so many.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dev.paths import ROOT
from tests.oracle.changed_code import PLAN

STEP = int(os.environ.get("EVERWATCH_RULE_STEP", "1"))
LEAST = 0.9
OURS = ("DATABASE_URL", "DATABASE_OWNER_URL")  # of this process; the other one starts its own
SEAL = (
    "tests/followup/seal/test_as_known.py",
    "tests/followup/seal/test_order.py",
    "tests/followup/seal/test_tampering.py",
    "tests/followup/seal/test_anchors.py",
)
SIGNED = ("tests/followup/web/test_visit_locks.py", "tests/followup/web/test_signature_pages.py")
CODES = (
    "tests/followup/core/test_one_time_codes.py",
    "tests/followup/actions/test_account_security.py",
    "tests/followup/web/test_second_factors.py",
)
GRANTS = ("tests/followup/actions/test_grants.py", "tests/followup/web/test_access_reviews.py")
KEYS = (
    "tests/followup/actions/test_data_keys.py",
    "tests/followup/management/test_rotate_keys.py",
)
MODULES = {
    "followup/core/trail/sealing.py": SEAL,
    "followup/core/trail/asof.py": (*SEAL[:1], "tests/followup/core/test_image_upgrades.py"),
    "followup/core/trail/time_stamps.py": SEAL[3:],
    "followup/actions/seals.py": SEAL[2:],
    "followup/actions/signatures.py": SIGNED,
    "followup/core/scope.py": (
        "tests/followup/core/test_row_security.py",
        "tests/followup/core/test_counting.py",
        "tests/followup/actions/test_kits.py",
    ),
    "followup/actions/grants.py": GRANTS,
    "followup/actions/access_reviews.py": GRANTS[1:],
    "followup/actions/identity_reveals.py": ("tests/followup/web/test_identity_reveals.py",),
    "followup/core/security/one_time_codes.py": CODES,
    "followup/core/security/secrets.py": KEYS,
    "followup/core/security/rotations.py": KEYS[1:],
    "followup/core/mail/outbox.py": ("tests/followup/actions/test_mail_outbox.py",),
}


@pytest.mark.figure("F27")
def test_stored_rules_that_are_changed_fail_their_tests(measured, tmp_path: Path) -> None:
    plan, out = tmp_path / "plan.json", tmp_path / "told.json"
    plan.write_text(json.dumps({"modules": MODULES, "step": STEP, "out": str(out)}))
    tests = sorted({test for named in MODULES.values() for test in named})
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "tests.oracle.changed_code",
            "-n",
            "0",
            "-q",
            *tests,
        ],
        cwd=ROOT,
        env={name: text for name, text in os.environ.items() if name not in OURS}
        | {PLAN: str(plan)},
        capture_output=True,
        text=True,
        check=False,
    )
    told = json.loads(out.read_text()) if out.exists() else {"passed": False}
    assert told["passed"], done.stdout[-3000:] + done.stderr[-1000:]
    tried = told["tried"]
    left = [words for words, lives in tried if lives]
    score = 1 - len(left) / len(tried)
    text = (
        f"{score:.1%} of {len(tried)} changes of {len(MODULES)} modules with a database failed a "
        f"test ({told['there are']} there are)"
    )
    measured("F27", text, changes=len(tried))
    print(text, *left, sep="\n")
    assert score >= LEAST, "\n".join([text, *left])
