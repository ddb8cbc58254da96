"""`python -m pv.config.worker`: the Celery worker, without what Celery's command line reads.

The command line brings a shell with completion, 9 MB of it; `celery --app pv.config.celery worker`
does the same otherwise.
"""

import argparse
import sys

from pv.config import broker
from pv.config.celery import app


def main() -> int:
    """Work until told to stop; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queues", default=",".join(broker.QUEUES), help="with commas between")
    parser.add_argument("--concurrency", type=int, default=2, help="processes")
    options = parser.parse_args()
    worker = app.Worker(
        queues=options.queues.split(","),
        concurrency=options.concurrency,
        loglevel="INFO",
        without_mingle=True,
        without_gossip=True,
    )
    worker.start()
    return int(worker.exitcode or 0)


if __name__ == "__main__":
    sys.exit(main())
