"""A failing test is named when it fails; a quick password hash is of the tests alone."""

import pytest
from django.contrib.auth.hashers import get_hasher
from django.test import override_settings

from dev.testing.pytest_pace import Failures
from pv.config.environment import password_hashers


class Terminal:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def ensure_newline(self) -> None:
        self.lines.append("")

    def write_line(self, line: str, **_marks: bool) -> None:
        self.lines.append(line)


def reported(outcome: str, when: str) -> pytest.TestReport:
    try:
        assert outcome == "passed", "no rows\nand more"
        longrepr = None
    except AssertionError:
        longrepr = pytest.ExceptionInfo.from_current().getrepr()
    return pytest.TestReport("tests/a.py::test_b", ("a.py", 1, "b"), {}, outcome, longrepr, when)


def test_a_failure_is_named_at_once_on_one_line():
    terminal = Terminal()
    failures = Failures(terminal)
    failures.pytest_runtest_logreport(reported("passed", "call"))
    assert terminal.lines == []
    failures.pytest_runtest_logreport(reported("failed", "call"))
    failures.pytest_runtest_logreport(reported("failed", "setup"))
    called, setup = terminal.lines[1], terminal.lines[3]
    assert called == "FAILED tests/a.py::test_b: AssertionError: no rows"
    assert setup.startswith("FAILED (setup) tests/a.py::test_b")


@pytest.mark.parametrize("environment", ["production", "demo"])
@pytest.mark.requirement("ASVS-11.4.2")
def test_passwords_cost_what_they_should_outside_the_tests(environment):
    (name,) = password_hashers(environment)
    with override_settings(PASSWORD_HASHERS=[name]):
        hasher = get_hasher("default")
        params = hasher.params()
    assert (hasher.algorithm, params.memory_cost, params.time_cost) == ("argon2", 102_400, 2)


def test_the_tests_use_the_same_hash_at_the_least_cost():
    (name,) = password_hashers("test")
    with override_settings(PASSWORD_HASHERS=[name]):
        hasher = get_hasher("default")
        assert hasher.verify("a long password", hasher.encode("a long password", "saltsaltsalt"))
    assert hasher.algorithm == "argon2"
