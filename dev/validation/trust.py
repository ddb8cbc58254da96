"""The table of figures: what is asked, and what the tests of a run measured, or the gap."""

from collections.abc import Sequence

from dev.validation.evidence import Case, Outcome, Run, figures, outcome_of, requirements, trace

GAP = "GAP: no test of this run measures it"


def table(run: Run) -> list[tuple[str, str, str, str]]:
    """Figure, what it says, bar, measured. Nothing here is typed in: all of it is of the run."""
    return [(row["id"], row["en"], row["bar"], _measured(row["id"], run)) for row in figures()]


def _measured(figure: str, run: Run) -> str:
    counted = {"F24": ("OWASP",), "F25": ("21 CFR", "EU GMP", "China")}.get(figure)
    if counted:
        return _traced(run, counted)
    cases = [case for case in run.cases if figure in case.figures]
    said = [case.measured[figure] for case in cases if figure in case.measured]
    outcome = outcome_of(cases)
    if outcome is Outcome.NOT_RUN:
        return GAP
    text = "; ".join(dict.fromkeys(said)) or _count(cases)
    return f"FAILED: {text}" if outcome is Outcome.FAILED else text


def _count(cases: Sequence[Case]) -> str:
    passed = sum(case.outcome is Outcome.PASSED for case in cases)
    functions = len({case.function for case in cases})
    return f"{passed} of {len(cases)} cases passed in {functions} test{'s' * (functions != 1)}"


def _traced(run: Run, sources: tuple[str, ...]) -> str:
    rows = [r for r in trace(run, requirements()) if r.requirement.source.startswith(sources)]
    passed = sum(row.outcome is Outcome.PASSED for row in rows)
    if not any(row.cases for row in rows):
        return GAP
    return f"{passed} of the {len(rows)} rows listed passed"
