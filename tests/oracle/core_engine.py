"""CDISC's rules engine over a folder of SAS transport files: one JSON report on standard output.

    python core_engine.py FOLDER RULES STANDARD VERSION

Runs in the engine's own Python (see core_release), so it imports nothing of the product. FOLDER
holds the transport files and define.xml, from which the class of each data set is taken: the
library's own table of classes lies behind a key. Rules of another standard or version are left
out; one that asks for a column, a data set or a table that is not there is counted as not run.
"""

import contextlib
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import yaml
from cdisc_rules_engine.models.library_metadata_container import LibraryMetadataContainer
from cdisc_rules_engine.models.rule import Rule
from cdisc_rules_engine.rules_engine import RulesEngine
from cdisc_rules_engine.services.cache import InMemoryCacheService
from core_outcomes import classes, holds, outcome


def check(folder: Path, rules: Path, standard: str, version: str) -> dict[str, Any]:
    """Counts of outcomes by rule, and each issue reported."""
    engine = RulesEngine(
        cache=InMemoryCacheService(),
        standard=standard.lower(),
        standard_version=version.replace(".", "-"),
        dataset_paths=[str(path) for path in sorted(folder.glob("*.xpt"))],
        library_metadata=LibraryMetadataContainer({"classes": classes(folder / "define.xml")}),
        define_xml_path=str(folder / "define.xml"),
        max_dataset_size=max(path.stat().st_size for path in folder.glob("*.xpt")),
    )
    counts: Counter[str] = Counter()
    issues, by_rule = [], {}
    for path in sorted([*rules.rglob("*.yml"), *rules.rglob("*.yaml")]):
        rule = yaml.safe_load(path.read_text(encoding="utf-8"))
        if not isinstance(rule, dict) or not holds(rule, standard, version):
            counts["of another standard"] += 1
            continue
        code = rule["Core"]["Id"]
        try:
            found = engine.validate_single_rule(Rule.from_cdisc_metadata(rule))
            state, reported = outcome([each for rows in found.values() for each in rows])
        except Exception as error:  # one rule the engine cannot run is not the end of the others
            state, reported = f"execution error: {type(error).__name__}", []
        counts[state.partition(":")[0]] += 1
        by_rule[code] = state
        issues += [
            {
                "rule": code,
                "dataset": each["dataset"],
                "message": each["message"],
                "records": len(each["errors"]),
                "first": each["errors"][:5],
            }
            for each in reported
        ]
    return {"counts": dict(counts), "issues": issues, "rules": by_rule}


def main() -> None:
    """Write the report; what the engine itself prints goes to standard error."""
    folder, rules, standard, version = sys.argv[1:]
    with contextlib.redirect_stdout(sys.stderr):
        report = check(Path(folder), Path(rules), standard, version)
    json.dump(report, sys.stdout, ensure_ascii=False, default=str, indent=1)


if __name__ == "__main__":
    main()
