"""One DuckDB file with the reports of all quarters, and the counts made of it.

Columns are named and texts; DuckDB guesses nothing. A row it refuses all the same is counted as
refused. De-duplication is FDA's: cases on a list of deleted ones go, and of each case the latest
version counts; reports of AERS are older than any of FAERS with the same case number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from followup.lazy_modules import lazy
from pv.domain.faers import COLUMNS, Kind, Quarter
from pv.domain.faers.lines import UNIT

if TYPE_CHECKING:
    import duckdb
else:
    duckdb = lazy("duckdb")

MEMORY = "1GB"
_TABLES = [kind for kind in Kind if kind is not Kind.DELETED]
_NUMBER = Template("SELECT count(*) FROM $table")
_EMPTIED = Template("DELETE FROM $table WHERE quarter = ?")
_TAKEN = Template(
    "INSERT INTO $table ($names, quarter) SELECT $names, ? FROM read_csv(?, delim = '$unit', "
    "quote = '', escape = '', header = false, auto_detect = false, new_line = '\\n', "
    "max_line_size = 4000000, store_rejects = true, columns = $typed)"
)


class StoreBusy(Exception):
    """Another process writes the file."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Reports before and after each step of the de-duplication, and cases alike another one."""

    reports: int
    deleted: int
    superseded: int
    counted: int
    alike: int


class Store:
    """The file, opened for writing by one process at a time."""

    def __init__(self, connection: Any, folder: Path) -> None:
        self._connection = connection
        self._folder = folder

    @classmethod
    @contextmanager
    def open(cls, path: Path) -> Iterator[Store]:
        """Open or make the file; StoreBusy while another process has it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = path.parent / "work"
        folder.mkdir(exist_ok=True)
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": MEMORY,
            "threads": "2",
            "temp_directory": str(folder),
            "preserve_insertion_order": "false",
            "enable_external_access": "true",
        }
        try:
            connection = duckdb.connect(str(path), config=settings)
        except duckdb.IOException as error:
            if "lock on file" not in str(error):  # others name a block
                raise
            raise StoreBusy(str(error)) from error
        try:
            store = cls(connection, folder)
            store._make()
            yield store
        finally:
            connection.close()

    def _run(self, text: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self._connection.execute(text, list(parameters)).fetchall()
        return rows

    def _make(self) -> None:
        for kind in _TABLES:
            columns = ", ".join(f"{name} VARCHAR" for name in COLUMNS[kind])
            self._run(f"CREATE TABLE IF NOT EXISTS {kind} ({columns}, quarter VARCHAR)")
        self._run("CREATE TABLE IF NOT EXISTS deleted (caseid VARCHAR, quarter VARCHAR)")
        self._run("CREATE TABLE IF NOT EXISTS loaded (quarter VARCHAR PRIMARY KEY, sha256 VARCHAR)")

    @property
    def quarters(self) -> dict[Quarter, str]:
        """The loaded quarters with the hash of their archive, the oldest first."""
        rows = self._run("SELECT quarter, sha256 FROM loaded ORDER BY quarter")
        return {Quarter.read(name): sha256 for name, sha256 in rows}

    @contextmanager
    def quarter(self, quarter: Quarter, sha256: str) -> Iterator[None]:
        """Replace a quarter by what the block adds; all of it or nothing."""
        self._run("BEGIN")
        try:
            for table in (*_TABLES, "deleted", "loaded"):
                self._run(_EMPTIED.substitute(table=table), [str(quarter)])
            yield
            self._run("INSERT INTO loaded VALUES (?, ?)", [str(quarter), sha256])
            self._run("COMMIT")
        except BaseException:
            self._run("ROLLBACK")
            raise

    def add(self, kind: Kind, quarter: Quarter, columns: Sequence[str], path: Path) -> int:
        """Add the rows of a mended file; how many DuckDB took."""
        typed = ", ".join(f"'{name}': 'VARCHAR'" for name in columns)
        statement = _TAKEN.substitute(
            table=kind, names=", ".join(columns), unit=UNIT.decode(), typed=f"{{{typed}}}"
        )
        before = self._count(kind)
        self._run(statement, [str(quarter), str(path)])
        return self._count(kind) - before

    def _count(self, kind: Kind) -> int:
        return int(self._run(_NUMBER.substitute(table=kind))[0][0])

    def delete(self, quarter: Quarter, cases: Sequence[str]) -> None:
        """Keep a list of deleted cases."""
        self._run("INSERT INTO deleted SELECT unnest(?::VARCHAR[]), ?", [list(cases), str(quarter)])

    def deduplicate(self) -> Totals:
        """Make the table `counted` of the reports that count, and flag those that look alike."""
        for statement in (_LATEST, _LOOKALIKES, _FLAGGED):
            self._run(statement)
        row = self._run(_TOTALS)[0]
        reports, deleted, counted, alike = (int(value or 0) for value in row)
        return Totals(reports, deleted, reports - deleted - counted, counted, alike)

    def pairs(
        self, names: Sequence[tuple[str, str]], *, with_alike: bool
    ) -> list[tuple[str, str, int]]:
        """Reports by drug and reaction, suspect drugs alone; `names` are code and part of a name.

        A drug no name is part of is counted under `OTHER_DRUGS`. Call after `deduplicate`.
        """
        self._run("CREATE OR REPLACE TEMP TABLE named (code VARCHAR, name VARCHAR)")
        for code, name in names:
            self._run("INSERT INTO named VALUES (?, upper(?))", [code, name])
        self._run(_CODED)
        return [
            (drug, event, int(count))
            for drug, event, count in self._run(_PAIRS, [OTHER_DRUGS, with_alike])
        ]


OTHER_DRUGS = "other drugs"
_LATEST = """
CREATE OR REPLACE TABLE counted AS
SELECT primaryid, quarter, number, event_dt, age, age_cod, sex,
       coalesce(occr_country, reporter_country) AS country, false AS alike
FROM (SELECT *, coalesce(nullif(ltrim(caseid, '0'), ''), primaryid) AS number,
             CASE WHEN quarter < '2012Q4' THEN 0 ELSE coalesce(TRY_CAST(caseversion AS INTEGER), 0)
             END AS version FROM demo)
WHERE number NOT IN (SELECT caseid FROM deleted)
QUALIFY row_number() OVER (PARTITION BY number ORDER BY version DESC, quarter >= '2012Q4' DESC,
    fda_dt DESC NULLS LAST, TRY_CAST(primaryid AS BIGINT) DESC NULLS LAST, quarter DESC) = 1
"""
# Equal in every one of these and all of them filled: the same case under two numbers, perhaps.
_LOOKALIKES = """
CREATE OR REPLACE TEMP TABLE lookalikes AS
WITH asked AS (SELECT * FROM counted WHERE event_dt IS NOT NULL AND age IS NOT NULL
               AND sex IS NOT NULL AND country IS NOT NULL),
drugs AS (SELECT primaryid, quarter,
                 hash(list_sort(list(DISTINCT upper(coalesce(prod_ai, drugname))))) AS drugs
          FROM drug SEMI JOIN asked USING (primaryid, quarter) GROUP BY ALL),
terms AS (SELECT primaryid, quarter, hash(list_sort(list(DISTINCT lower(pt)))) AS terms
          FROM reac SEMI JOIN asked USING (primaryid, quarter) GROUP BY ALL)
SELECT primaryid, quarter FROM asked
JOIN drugs USING (primaryid, quarter) JOIN terms USING (primaryid, quarter)
QUALIFY row_number() OVER (PARTITION BY event_dt, age, age_cod, sex, country, drugs, terms
    ORDER BY TRY_CAST(primaryid AS BIGINT), quarter) > 1
"""
_FLAGGED = """
UPDATE counted SET alike = true FROM lookalikes
WHERE counted.primaryid = lookalikes.primaryid AND counted.quarter = lookalikes.quarter
"""
_TOTALS = """
SELECT (SELECT count(*) FROM demo),
       (SELECT count(*) FROM demo WHERE coalesce(nullif(ltrim(caseid, '0'), ''), primaryid)
            IN (SELECT caseid FROM deleted)),
       (SELECT count(*) FROM counted), (SELECT count(*) FROM counted WHERE alike)
"""
_CODED = """
CREATE OR REPLACE TEMP TABLE coded AS
SELECT drug, min(code) AS code
FROM (SELECT DISTINCT upper(coalesce(prod_ai, drugname)) AS drug FROM drug) d
JOIN named ON contains(d.drug, named.name) GROUP BY drug
"""
_PAIRS = """
WITH suspects AS (
    SELECT DISTINCT d.primaryid, d.quarter, coalesce(coded.code, ?) AS code
    FROM drug d JOIN counted c ON c.primaryid = d.primaryid AND c.quarter = d.quarter
    LEFT JOIN coded ON coded.drug = upper(coalesce(d.prod_ai, d.drugname))
    WHERE d.role_cod IN ('PS', 'SS') AND (? OR NOT c.alike)),
terms AS (SELECT DISTINCT primaryid, quarter, lower(pt) AS term, pt FROM reac)
SELECT code, max(pt), count(DISTINCT (suspects.primaryid, suspects.quarter))
FROM suspects JOIN terms USING (primaryid, quarter)
GROUP BY code, term ORDER BY code, term
"""
