"""`./run manage`: manage.py at once for what needs no service, else with the demo's engines."""

import os
import sys
from pathlib import Path

from pv.config.commands import WITHOUT_SERVICES

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Become the process that does the work: each Python that is started costs."""
    arguments = sys.argv[1:]
    if arguments and arguments[0] in WITHOUT_SERVICES:
        os.environ["DJANGO_SETTINGS_MODULE"] = "pv.config.settings"
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    else:
        command = [sys.executable, "-m", "dev.demo.engine_commands", *arguments]
    os.chdir(ROOT)
    os.execv(sys.executable, command)


if __name__ == "__main__":
    main()
