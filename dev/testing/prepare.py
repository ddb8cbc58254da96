"""`python -m dev.testing.prepare`: the databases of the tests, made once and kept below var/.

The run that follows copies them and waits for nothing; without this the first run makes them.
"""

import sys

from dev.testing.pytest_engines import ENGINES, seeded


def main() -> int:
    """Make what is not kept yet; the exit status."""
    try:
        ENGINES.ready()
        ENGINES.valkey.start()
        seeded(ENGINES)
    finally:
        ENGINES.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
