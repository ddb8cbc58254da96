"""`manage.py clock`: the due day of a rule with its citation, without a database."""

import json

import pytest
from django.core.management import CommandError, call_command


def clock(capsys, *arguments):
    call_command("clock", *arguments, "--json")
    return json.loads(capsys.readouterr().out)


def test_fifteen_days_of_the_good_practice(capsys):
    body = clock(capsys, "--rule", "CN-S", "--day-zero", "2026-01-30")
    assert body["due"] == "2026-02-14"
    assert body["rule"] == "CN-S"
    assert "art. 49" in body["citation"]
    assert body["rule_set"].startswith("REPORTING")


def test_the_version_in_force_on_day_zero_counts(capsys):
    older = clock(capsys, "--rule", "CN-S", "--day-zero", "2021-11-30")
    newer = clock(capsys, "--rule", "CN-S", "--day-zero", "2021-12-01")
    assert older["version"] != newer["version"]
    assert older["citation"] != newer["citation"]


def test_the_reasoning_is_printed_for_people(capsys):
    call_command("clock", "--rule", "CN-D", "--day-zero", "2026-01-30")
    assert "2026-01-30" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ["--rule", "XX", "--day-zero", "2026-01-30"],
        ["--rule", "CN-S", "--day-zero", "2010-01-30"],
        ["--rule", "CN-S", "--day-zero", "yesterday"],
        ["--rule", "CN-S", "--day-zero", "2026-01-30", "--aware-at", "noon"],
    ],
)
def test_what_has_no_clock(arguments):
    with pytest.raises(CommandError):
        call_command("clock", *arguments)
