"""The validation pack as PDF and XLSX, once in each language."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path

from dev.validation.evidence import Outcome, Requirement, Row, Run, not_by_test
from followup.core.pdf.report import Column, Report
from followup.core.spreadsheets.workbooks import Book

LANGUAGES = ("en", "zh")
_WORDS = {
    "en": {
        "title": "Validation: requirement, risk, test, evidence",
        "version": "Version of the program",
        "run": "Run of the tests",
        "tests": "Tests in the run",
        "rows": "Requirements shown",
        "clause": "Clause",
        "asked": "What is asked",
        "risk": "Risk",
        "test": "Tests that show it",
        "result": "Result",
        "seconds": "Seconds",
        "seen": "What was seen at the installation",
        "requirements": "Requirements",
        "rest": "Not shown by a test",
        "source": "Source",
        "who": "Who answers for it",
        "of": "of",
        "high": "high",
        "medium": "medium",
        "low": "low",
        Outcome.PASSED: "passed",
        Outcome.FAILED: "FAILED",
        Outcome.SKIPPED: "skipped",
        Outcome.NOT_RUN: "NO EXECUTED TEST",
    },
    "zh": {
        "title": "验证：要求、风险、测试、证据",
        "version": "程序版本",
        "run": "测试运行时间",
        "tests": "本次运行的测试数",
        "rows": "已证明的要求",
        "clause": "条款",
        "asked": "要求",
        "risk": "风险",
        "test": "证明该要求的测试",
        "result": "结果",
        "seconds": "秒",
        "seen": "安装现场所见",
        "requirements": "要求",
        "rest": "不由测试证明",
        "source": "来源",
        "who": "责任方",
        "of": "/",
        "high": "高",
        "medium": "中",
        "low": "低",
        Outcome.PASSED: "通过",
        Outcome.FAILED: "未通过",
        Outcome.SKIPPED: "跳过",
        Outcome.NOT_RUN: "无已执行的测试",
    },
}


@dataclass(frozen=True)
class Pack:
    """What the documents show."""

    run: Run
    rows: Sequence[Row]
    version: str

    def write(self, folder: Path) -> list[Path]:
        """Both documents in both languages; the same run gives the same bytes of each PDF."""
        folder.mkdir(parents=True, exist_ok=True)
        made = []
        for language in LANGUAGES:
            pdf, sheet = (folder / f"validation-{language}.{end}" for end in ("pdf", "xlsx"))
            pdf.write_bytes(self._pdf(language))
            self._book(language, sheet)
            made += [pdf, sheet]
        return made

    def _facts(self, words: dict[str, str]) -> list[tuple[str, str]]:
        shown = sum(row.outcome is Outcome.PASSED for row in self.rows)
        return [
            (words["version"], self.version),
            (words["run"], self.run.at),
            (words["tests"], str(len(self.run.cases))),
            (words["rows"], f"{shown} {words['of']} {len(self.rows)}"),
        ]

    def _pdf(self, language: str) -> bytes:
        words = _WORDS[language]
        tag = "en" if language == "en" else "zh-hans"
        report = Report(
            title=words["title"], language=tag, running=words["title"], foot=self.version
        )
        report.facts(self._facts(words))
        shares = (9, 30, 28, 48, 9)
        names = ("clause", "asked", "risk", "test", "result")
        columns = [Column(words[name], share) for name, share in zip(names, shares, strict=True)]
        for source, rows in groupby(self.rows, key=lambda row: row.requirement.source):
            report.heading(source)
            report.table(columns, (_cells(row, language) for row in rows))
        self._seen(report, words)
        report.heading(words["rest"])
        report.table(
            [Column(words["source"], 20), Column(words["clause"], 14), Column(words["who"], 60)],
            [(row["source"], row["clause"], row[language]) for row in not_by_test()],
        )
        return report.pdf()

    def _seen(self, report: Report, words: dict[str, str]) -> None:
        """The evidence of each step that an installation executed."""
        steps = [case for case in self.run.cases if case.seen]
        if steps:
            report.heading(words["seen"])
            report.table(
                [Column(words["test"], 40), Column(words["result"], 10), Column(words["seen"], 60)],
                [(case.name, words[case.outcome], case.seen) for case in steps],
            )

    def _book(self, language: str, path: Path) -> None:
        words = _WORDS[language]
        made_at = datetime.fromisoformat(self.run.at)
        with Book(path, title=words["title"], made_at=made_at) as book:
            head = ("", "source", "clause", "asked", "risk", "test", "result")
            book.sheet(
                words["requirements"],
                [words.get(name, "ID") for name in head],
                (
                    (row.requirement.id, row.requirement.source, *_cells(row, language))
                    for row in self.rows
                ),
                widths=(16, 26, 14, 50, 50, 80, 18),
            )
            book.sheet(
                words["test"],
                [words["test"], words["result"], words["seconds"], "ID", words["seen"]],
                _tests(self.rows, words),
                widths=(100, 12, 10, 40, 80),
            )
            book.sheet(
                words["rest"],
                [words["source"], words["clause"], words["who"]],
                [(row["source"], row["clause"], row[language]) for row in not_by_test()],
                widths=(26, 20, 80),
            )


def _cells(row: Row, language: str) -> tuple[str, str, str, str, str]:
    asked, words = row.requirement, _WORDS[language]
    risk = f"{words[asked.risk]}: {_harm(asked, language)}"
    text = asked.en if language == "en" else asked.zh
    return asked.clause, text, risk, _named(row), words[row.outcome]


def _harm(asked: Requirement, language: str) -> str:
    return asked.harm_en if language == "en" else asked.harm_zh


def _named(row: Row) -> str:
    """Each test once, with how many cases of it ran."""
    counts: dict[str, int] = {}
    for case in row.cases:
        counts[case.function] = counts.get(case.function, 0) + 1
    return "\n".join(f"{name} ({count})" if count > 1 else name for name, count in counts.items())


def _tests(rows: Iterable[Row], words: dict[str, str]) -> Iterable[Sequence[str | float]]:
    cases = {case.name: case for row in rows for case in row.cases}
    for name, case in sorted(cases.items()):
        yield (
            name,
            words[case.outcome],
            case.seconds,
            ", ".join(case.requirements),
            case.seen,
        )
