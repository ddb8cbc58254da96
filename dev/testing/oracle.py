"""`./run oracle NAME [options]`: the long comparisons, at the size a release wants.

CI runs the same modules with a small sample. Options go to the oracle, such as `--pairs 1000`.
"""

import os
import subprocess
import sys
from dataclasses import dataclass

from dev.paths import ROOT


@dataclass(frozen=True)
class Oracle:
    """What to run, and how many examples when it is a property test."""

    says: str
    module: tuple[str, ...]
    examples: int | None = None


ORACLES = {
    "schedules": Oracle(
        "the planner against a second planner, a million pairs of day zero and protocol",
        ("tests.oracle.schedule_oracle",),
    ),
    "forecast": Oracle(
        "the completion forecast against 2,000 trials simulated patient by patient",
        ("tests.oracle.forecast_calibration",),
    ),
    "duplicates": Oracle(
        "the duplicate score on 2,000 made-up cases whose answer is known",
        ("tests.oracle.duplicate_benchmark",),
    ),
    "icsr": Oracle(
        "reader and writer of E2B messages, 10,000 messages over the whole element table",
        ("pytest", "-q", "tests/pv/domain/e2b/test_e2b_roundtrip.py"),
        10_000,
    ),
    "mutations": Oracle(
        "10,000 damaged E2B files: no crash, no value silently changed",
        ("pytest", "-q", "tests/pv/domain/e2b/test_e2b_mutations.py"),
        10_000,
    ),
    "messages": Oracle(
        "every exchange: killed or cut at work, 1,000 broken messages: none lost, none twice",
        (
            "dev.testing.run_tests",
            "-q",
            "-s",
            "-n",
            "0",
            "tests/flows/test_messages_under_fire.py",
            "tests/flows/senders_under_fire.py",
            "tests/followup/web/test_laboratory_messages.py::test_a_thousand_broken_messages_are_kept_answered_and_bounded",
            "tests/followup/web/test_laboratory_messages.py::test_a_thousand_broken_bundles_are_kept_answered_and_bounded",
            "tests/followup/web/test_laboratory_files.py::test_damaged_files_are_kept_or_refused_in_words",
            "tests/followup/actions/test_message_channels.py::test_broken_answers_of_a_gateway_are_survived_and_never_a_yes",
            "tests/pv/actions/test_hostile_acknowledgements.py",
            "tests/pv/actions/test_sftp_channels.py::test_a_thousand_hostile_names_break_nothing",
            "tests/pv/actions/test_hostile_exchanges.py",
        ),
        50,
    ),
    "registers": Oracle(
        "header, table and listing of a report over 1,000 random registers: one count",
        (
            "dev.testing.run_tests",
            "-q",
            "-n",
            "0",
            "tests/pv/domain/test_periodic.py",
            "tests/pv/queries/test_counted_cases.py",
        ),
        1_000,
    ),
    "core": Oracle(
        "CDISC's conformance rules over a package of data sets, in a Python of their own",
        ("tests.oracle.core_release",),
    ),
    "matrix": Oracle(
        "every address by every actor with every record of others, each wall alone, holes found",
        ("pytest", "-q", "-s", "tests/oracle/test_authorisation_matrix.py"),
        1_000_000,
    ),
    "pages": Oracle(
        "every page and refused form by axe at both widths, each in its language",
        ("dev.testing.run_tests", "-q", "tests/browser/test_pages.py"),
        1,
    ),
    "walls": Oracle(
        "every page of every role with and without row security: the answers are the same",
        ("pytest", "-q", "-s", "tests/oracle/test_two_walls.py"),
        4,
    ),
}


def environment(oracle: Oracle) -> dict[str, str]:
    """The number of examples, unless the caller has named one."""
    given = {"EVERWATCH_EXAMPLES": str(oracle.examples)} if oracle.examples else {}
    return {**given, **os.environ}


def main() -> int:
    """Run the named oracle; its exit status."""
    name, options = (sys.argv[1], sys.argv[2:]) if len(sys.argv) > 1 else ("", [])
    if name not in ORACLES:
        known = "\n".join(f"  {key:12} {oracle.says}" for key, oracle in ORACLES.items())
        raise SystemExit(f"Usage: ./run oracle NAME [options]\n{known}")
    oracle = ORACLES[name]
    command = [sys.executable, "-m", *oracle.module, *options]
    return subprocess.call(command, cwd=ROOT, env=environment(oracle))


if __name__ == "__main__":
    sys.exit(main())
