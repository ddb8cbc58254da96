"""The table of figures: what is asked, and what the tests of a run measured, or the gap."""

from collections.abc import Mapping, Sequence

from dev.validation.evidence import (
    Case,
    Figure,
    Outcome,
    Run,
    deviations,
    figures,
    outcome_of,
    requirements,
    trace,
)

GAP = "GAP: no test of this run measures it"
OF_REQUIREMENTS = {"F24": ("OWASP",), "F25": ("21 CFR", "EU GMP", "China")}


def table(run: Run, reports: Mapping[str, str] | None = None) -> list[tuple[str, str, str, str]]:
    """Figure, what it says, bar, measured. Nothing here is typed in: all of it is of the run.

    `reports` are figures that benchmarks and coverage measured instead of tests.
    """
    reports = reports or {}
    return [(row.id, row.en, row.bar, reports.get(row.id) or _said(row, run)) for row in figures()]


def _said(figure: Figure, run: Run) -> str:
    if figure.id in OF_REQUIREMENTS:
        text, amounts = _traced(run, OF_REQUIREMENTS[figure.id])
        return text if text == GAP else text + _short(figure, amounts)
    cases = [case for case in run.cases if figure.id in case.figures]
    outcome = outcome_of(cases)
    if outcome is Outcome.NOT_RUN:
        return f"{GAP}; {figure.command} does" if figure.command else GAP
    said = [case.measured[figure.id] for case in cases if figure.id in case.measured]
    text = "; ".join(dict.fromkeys(said)) or _count(cases)
    if outcome is Outcome.FAILED:
        return f"FAILED: {text}"
    return text + _short(figure, _amounts(figure, cases))


def _amounts(figure: Figure, cases: Sequence[Case]) -> Mapping[str, float]:
    total: dict[str, float] = {}
    for case in cases:
        for name, amount in case.amounts.items():
            of, _, unit = name.partition(" ")
            if of == figure.id:
                total[unit] = total.get(unit, 0) + amount
    return total


def _short(figure: Figure, amounts: Mapping[str, float]) -> str:
    """How far the run stays behind the size the bar asks for; empty when it does not."""
    lacking = [
        f"{amounts.get(unit, 0):,.0f} of {asked:,.0f} {unit}"
        for unit, asked in figure.amounts.items()
        if amounts.get(unit, 0) < asked
    ]
    if not lacking:
        return ""
    more = f" ({figure.command} does all)" if figure.command else ""
    return f". SHORT OF THE BAR: {', '.join(lacking)}{more}"


def _count(cases: Sequence[Case]) -> str:
    passed = sum(case.outcome is Outcome.PASSED for case in cases)
    functions = len({case.function for case in cases})
    return f"{passed} of {len(cases)} cases passed in {functions} test{'s' * (functions != 1)}"


def _traced(run: Run, sources: tuple[str, ...]) -> tuple[str, Mapping[str, float]]:
    rows = [r for r in trace(run, requirements()) if r.requirement.source.startswith(sources)]
    passed = sum(row.outcome is Outcome.PASSED for row in rows)
    if not any(row.cases for row in rows):
        return GAP, {}
    text = f"{passed} of the {len(rows)} rows listed passed"
    if open_ones := deviations(sources):
        text += f"; {len(open_ones)} clauses are not met or not shown: {', '.join(open_ones)}"
    return text, {"rows": passed}
