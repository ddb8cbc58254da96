"""`manage.py plan`: a schedule from the shipped protocol, without a database."""

import json

import pytest
from django.core.management import CommandError, call_command


def plan(capsys, *arguments):
    call_command("plan", *arguments, "--json")
    return json.loads(capsys.readouterr().out)


def test_leap_day_clamps_and_the_tail_goes_on(capsys):
    visits = plan(capsys, *("--protocol", "CN-LIFELONG", "--day0", "2024-02-29", "--years", "18"))
    by_code = {visit["code"]: visit for visit in visits}
    assert by_code["M12"]["target"] == "2025-02-28"
    assert by_code["M12"]["window_start"] == "2025-02-28"
    assert by_code["Y18"]["target"] == "2042-02-28"
    assert {"code", "window_start", "target", "window_end", "rule"} <= set(visits[0])
    for earlier, later in zip(visits, visits[1:], strict=False):
        assert earlier["window_end"] < later["window_start"]


def test_death_ends_the_plan(capsys):
    visits = plan(capsys, "--day0", "2024-02-29", "--ended-on", "2024-12-24")
    assert max(visit["window_end"] for visit in visits) <= "2024-12-24"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--protocol", "NOBODY", "--day0", "2024-02-29"],
        ["--day0", "2024-02-30"],
        ["--day0", "2024-02-29", "--years", "-1"],
        ["--day0", "2024-02-29", "--years", "500"],
        ["--day0", "2024-02-29", "--version-of-protocol", "99"],
    ],
)
def test_what_cannot_be_planned(arguments):
    with pytest.raises(CommandError):
        call_command("plan", *arguments)


def test_for_reading_one_line_a_visit(capsys):
    call_command("plan", "--day0", "2024-02-29", "--years", "1")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("BL")
    assert "CN-LIFELONG v1" in lines[0]
