"""Expands the shipped holiday seed after a new package: `python -m dev.checks.holiday_tables`."""

import json
from importlib.metadata import version

from dev.paths import ROOT
from followup.queries import shipped

SEED = ROOT / "followup" / "reference" / "holidays.json"


def expanded() -> str:
    """The content of the file of tables, as the installed package makes it of the seed."""
    document = json.loads(SEED.read_text(encoding="utf-8"))
    made = shipped.expansion(document, f"{document['version']}+{version('holidays')}")
    return json.dumps(made, ensure_ascii=False, indent=1) + "\n"


def main() -> None:
    """Write the file."""
    shipped.EXPANDED.parent.mkdir(exist_ok=True)
    shipped.EXPANDED.write_text(expanded(), encoding="utf-8")


if __name__ == "__main__":
    main()
