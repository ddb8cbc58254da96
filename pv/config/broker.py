"""What every Celery process of ours agrees on; beat reads it without Django's world."""

REDIS_URL = "redis://localhost:6379/0"  # unless the environment names another
TRANSPORT = {
    # Above the longest task with its hard limit: below it a running task is delivered again.
    "visibility_timeout": 1800,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "max_retries": 1,
}
QUEUE = "report"
QUEUES = ("tick", "mail", "report", "import", "exchange")
ROUTES = {
    "everwatch.tick": {"queue": "tick"},
    "everwatch.send": {"queue": "mail"},
    "everwatch.exchange": {"queue": "exchange"},
}
# What a flushed broker forgot waits for the next tick at most: well below a minute.
SCHEDULE = {
    "tick": {"task": "everwatch.tick", "schedule": 20.0},
    "exchange": {"task": "everwatch.exchange", "schedule": 30.0},
}


def broker_url(redis_url: str) -> str:
    """Celery's spelling of the one REDIS_URL setting (Unix sockets differ)."""
    if redis_url.startswith("unix://"):
        return "redis+socket://" + redis_url.removeprefix("unix://")
    return redis_url
