"""manage.py with the demo's settings, its engines started when they are not."""

import signal
import subprocess
import sys
from types import FrameType

from dev.demo.services import Ground
from dev.engines.postgres import EngineError
from dev.engines.single_instance import Busy, sole_supervisor
from dev.paths import ROOT, VAR

OWNER_COMMANDS = {"migrate"}


def manage(arguments: list[str], environment: dict[str, str]) -> int:
    """Run manage.py on this terminal; its exit status."""
    if arguments and arguments[0] in OWNER_COMMANDS:
        environment = {"EVERWATCH_AS_OWNER": "1", **environment}
    # Ctrl-C is for the command; a handler, unlike SIG_IGN, is not inherited by it.
    signal.signal(signal.SIGINT, _leave_it_to_the_command)
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    return subprocess.call(command, env=environment, cwd=ROOT)


def _leave_it_to_the_command(number: int, frame: FrameType | None) -> None:
    return None


def main() -> int:
    """Use the running demo's engines, else start them for the time of the command."""
    ground = Ground()
    try:
        with sole_supervisor(VAR, "./run manage"):
            try:
                ground.start_database()
                ground.start_broker()
                ground.start_mail()
                return manage(sys.argv[1:], ground.environment())
            finally:
                for _ in ground.stop_engines():
                    pass
    except Busy:
        ground.attach()
        return manage(sys.argv[1:], ground.environment())
    except EngineError as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    sys.exit(main())
