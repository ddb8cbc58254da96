"""The validation pack says what a run showed, and nothing else."""

import ast
import io
import json
import re
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import openpyxl
import pytest
from pypdf import PdfReader

from dev.paths import ROOT
from dev.validation import commands, evidence
from dev.validation.evidence import Outcome, figures, read, requirements, trace
from dev.validation.reports import of_benchmarks, of_coverage
from dev.validation.trust import GAP, table

HEAD = '<testsuites><testsuite name="pytest" timestamp="2026-11-28T12:00:00.000000+00:00">'


def junit(folder: Path, *cases: str) -> Path:
    path = folder / "run.xml"
    path.write_text(HEAD + "".join(cases) + "</testsuite></testsuites>")
    return path


def case(name: str, inside: str = "", **properties: str) -> str:
    values = "".join(
        f'<property name="{key.replace("measured_", "measured ")}" value="{value}"/>'
        for key, value in properties.items()
    )
    return (
        f'<testcase classname="tests.a" name="{name}" time="0.5">'
        f"<properties>{values}</properties>{inside}</testcase>"
    )


def marks(kind: str) -> dict[str, set[str]]:
    """Every name used in a mark, with the files that use it."""
    used: dict[str, set[str]] = {}
    for path in (ROOT / "tests").rglob("test_*.py"):
        for line in re.findall(rf"^@pytest\.mark\.{kind}\(([^)]*)\)", path.read_text(), re.M):
            for name in re.findall(r'"([^"]+)"', line):
                used.setdefault(name, set()).add(path.name)
    return used


def test_every_requirement_is_named_by_a_test_and_every_mark_names_one() -> None:
    asked = [row.id for row in requirements()]
    assert len(asked) == len(set(asked)) > 40
    assert set(marks("requirement")) == set(asked)
    assert set(marks("figure")) <= {row.id for row in figures()}
    assert {row.risk for row in requirements()} <= {"high", "medium", "low"}
    assert all(row.en and row.zh and row.harm_en and row.harm_zh for row in requirements())


def test_each_clause_of_application_security_is_shown_or_answered_for_once() -> None:
    levels = evidence.application_security()
    assert [list(levels.values()).count(level) for level in (1, 2, 3)] == [70, 183, 92]
    source = "OWASP ASVS 5.0.0"
    shown = [row.clause for row in requirements() if row.source == source]
    rows = [row for row in evidence.not_by_test() if row["source"] == source]
    answered = [clause for row in rows for clause in row["clause"].split(", ")]
    assert len({*shown, *answered}) == len(shown) + len(answered)
    assert {c for c, level in levels.items() if level < 3} <= {*shown, *answered} <= levels.keys()
    assert {row["answer"] for row in rows} <= {"gap", "operator", "document", "not applicable"}
    for row in rows:
        is_gap = row["answer"] == "gap"
        assert (row["en"].startswith("gap: "), row["zh"].startswith("缺口：")) == (is_gap, is_gap)


def test_the_figure_of_application_security_names_what_is_not_met(tmp_path: Path) -> None:
    shown = next(row for row in requirements() if row.id == "ASVS-3.3.1")
    run = read([junit(tmp_path, case("one", requirement=shown.id))])
    said = {row[0]: row[3] for row in table(run)}
    total = sum(row.source.startswith("OWASP") for row in requirements())
    gaps = evidence.deviations(("OWASP",))
    assert "6.4.1" in gaps
    text = f"1 of the {total} rows listed passed; {len(gaps)} clauses are not met or not shown: "
    assert said["F24"] == f"{text}{', '.join(gaps)}. SHORT OF THE BAR: 1 of 226 rows"
    assert "not met" not in said["F25"]


def stated_amounts() -> set[tuple[str, str]]:
    """Figure and unit of each amount that a test says it measured."""
    stated = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        if "measured(" not in (text := path.read_text()):
            continue
        for node in ast.walk(ast.parse(text)):
            match node:
                case ast.Call(func=ast.Name("measured"), args=[ast.Constant(figure), *_]):
                    stated |= {(figure, str(k.arg).replace("_", " ")) for k in node.keywords}
    return stated


def test_what_a_bar_counts_is_counted_by_a_test_of_the_figure() -> None:
    shown, stated = marks("figure"), stated_amounts()
    asked = [(f.id, unit) for f in figures() if f.id in shown for unit in f.amounts]
    assert len(asked) > 8
    assert [one for one in asked if one not in stated] == []


def test_sizes_of_a_release_are_read_by_the_tests_they_are_for() -> None:
    parts = [*commands.PARTS.values(), (commands.FAULT_TESTS, commands.RELEASE, commands.FAULTS)]
    for tests, sizes, shown in parts:
        paths = [ROOT / name for name in tests]
        files = [f for p in paths for f in ([p] if p.suffix else sorted(p.rglob("*.py")))]
        text = "".join(file.read_text() for file in files)
        assert [name for name in sizes if f'"{name}"' not in text] == []
        assert set(shown) <= set(re.findall(r'"(F\d+)"', text))


def test_a_requirement_is_shown_by_tests_that_ran_and_passed(tmp_path: Path) -> None:
    asked = requirements()[:5]
    run = read(
        [
            junit(
                tmp_path,
                case("one[a]", requirement=asked[0].id),
                case("one[b]", requirement=asked[0].id),
                case("two", "<failure/>", requirement=asked[1].id),
                case("three", "<skipped/>", requirement=asked[2].id),
                case("four", "<error/>", requirement=asked[3].id),
            )
        ]
    )
    outcomes = [row.outcome for row in trace(run, asked)]
    failed, idle = Outcome.FAILED, Outcome.NOT_RUN
    assert outcomes == [Outcome.PASSED, failed, idle, failed, idle]


def test_a_test_that_names_nothing_we_ask_stops_the_pack(tmp_path: Path) -> None:
    run = read([junit(tmp_path, case("one", requirement="P11-99"))])
    with pytest.raises(ValueError, match="P11-99"):
        trace(run, requirements())


def test_a_file_that_is_no_run_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.xml").write_text("no xml")
    with pytest.raises(ValueError, match="no JUnit file"):
        read([tmp_path / "x.xml", tmp_path / "absent.xml"])


@pytest.mark.parametrize("missing", [False, True])
def test_the_pack_is_written_in_both_languages(tmp_path: Path, missing: bool) -> None:
    asked = requirements()
    cases = [case(f"t{n}", requirement=row.id) for n, row in enumerate(asked)]
    run = read([junit(tmp_path, *(cases[1:] if missing else cases))])
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = commands.validation(run, tmp_path / "pack")
    assert status == (1 if missing else 0)
    assert (asked[0].id in err.getvalue()) is missing
    shown = len(asked) - missing
    words = {"en": ("NO EXECUTED TEST", "21 CFR Part 11"), "zh": ("无已执行的测试", "修改记录")}
    for language, (gap, text) in words.items():
        pdf = PdfReader(tmp_path / "pack" / f"validation-{language}.pdf")
        page = "".join("".join(p.extract_text().split()) for p in pdf.pages)  # lines wrap
        assert (gap.replace(" ", "") in page) is missing
        assert text.replace(" ", "") in page
        book = openpyxl.load_workbook(tmp_path / "pack" / f"validation-{language}.xlsx")
        first, tests, rest = book.worksheets
        assert first.max_row == len(asked) + 1
        assert tests.max_row == shown + 1
        assert rest.max_row > 3
        named = {cell.value for cell in first["F"][1:] if cell.value}
        assert named == {f"tests.a::t{n}" for n in range(missing, len(asked))}


def test_a_figure_is_what_the_run_measured_or_a_gap(tmp_path: Path) -> None:
    run = read(
        [
            junit(
                tmp_path,
                case("restore", figure="F16", measured_F16="0 of 41 changes lost"),
                case("matrix[a]", figure="F1"),
                case("matrix[b]", figure="F1"),
                case("fire", "<failure/>", figure="F9", measured_F9="1 lost"),
                case("idle", "<skipped/>", figure="F19"),
            )
        ]
    )
    said = {row[0]: row[3] for row in table(run)}
    assert said["F16"] == "0 of 41 changes lost"
    assert said["F1"].startswith(
        "2 of 2 cases passed in 1 test. SHORT OF THE BAR: 0 of 15,000 cells"
    )
    assert said["F9"] == "FAILED: 1 lost"
    assert said["F19"] == said["F28"] == said["F24"] == said["F25"] == GAP
    assert said["F23"] == f"{GAP}; ./run bench walls does"
    assert said["F27"] == f"{GAP}; ./run trust rules does"
    assert list(said) == [f"F{n}" for n in range(1, 33)]
    with redirect_stdout(io.StringIO()) as out:
        assert commands.trust(run) == 1
    assert "0 of 41 changes lost" in out.getvalue()


def test_a_run_of_the_size_of_the_bar_is_not_short_of_it(tmp_path: Path) -> None:
    small = case("a", figure="F9", measured_F9="0 lost")
    kills = '<property name="amount F9 kills" value="300"/></properties>'
    said = [
        {row[0]: row[3] for row in table(read([junit(tmp_path, *cases)]))}["F9"]
        for cases in (
            [small.replace("</properties>", kills)],
            [small.replace("</properties>", kills)] * 2,
        )
    ]
    assert said[0] == "0 lost. SHORT OF THE BAR: 300 of 500 kills (./run faults does all)"
    assert said[1] == "0 lost"


def test_benchmarks_and_coverage_are_read_and_held_against_their_bars(tmp_path: Path) -> None:
    lines = [
        {"job": "trust", "case": "verify", "n": 100_100, "ours_us": 50},
        {"job": "walls", "case": "nurse: worklist", "ratio": 1.1},
    ]
    bench, slow = tmp_path / "bench.jsonl", tmp_path / "slow.jsonl"
    bench.write_text("\n".join(map(json.dumps, lines)))
    lines[0]["ours_us"], lines[1]["ratio"] = 200, 1.4
    slow.write_text("\n".join(map(json.dumps, lines)))
    assert of_benchmarks([bench]) == {
        "F22": "20,000 rows/s of 100,100 rows",
        "F23": "nurse: worklist +10%",
    }
    assert all(text.endswith("SHORT OF THE BAR") for text in of_benchmarks([slow]).values())
    summary = {"num_statements": 90, "num_branches": 10, "covered_lines": 88, "covered_branches": 9}
    report = tmp_path / "report.json"
    files = {"followup/core/clock.py": {"summary": summary}}
    report.write_text(json.dumps({"meta": {"timestamp": "2026-11-29T08:00:00"}, "files": files}))
    said = of_coverage(report)["F26"]
    assert said == "followup.core 97.0 %; all 97.0 % (run of 2026-11-29T08:00). SHORT OF THE BAR"


def test_marks_and_measures_reach_the_file_of_a_run(tmp_path: Path) -> None:
    path = tmp_path / "test_it.py"
    path.write_text(
        "import pytest\n\n\n@pytest.mark.requirement('P11-10a')\n@pytest.mark.figure('F16')\n"
        "def test_it(measured):\n    measured('F16', '0 of 3', rows=3)\n"
    )
    plugin = "dev.testing.pytest_evidence"
    options = ["-p", plugin, "-c", "/dev/null", f"--rootdir={tmp_path}", "-p", "no:cacheprovider"]
    result = tmp_path / "run.xml"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, f"--junitxml={result}", str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    (found,) = read([result]).cases
    assert (found.requirements, found.figures) == (("P11-10a",), ("F16",))
    assert (found.measured, found.amounts) == ({"F16": "0 of 3"}, {"F16 rows": 3})
    assert evidence.outcome_of([found]) is Outcome.PASSED
