"""The product's settings with a sample environment, so that mypy's Django plugin can load them."""

import os
from importlib import import_module

from dev.environments import test_environment
from dev.places import VAR

SAMPLE = {
    **test_environment(VAR / "typing"),
    "DATABASE_URL": "postgres://everwatch_app@127.0.0.1:9/everwatch",
    "REDIS_URL": "redis://127.0.0.1:9/0",
}
for _name, _value in SAMPLE.items():
    os.environ.setdefault(_name, _value)

globals().update(
    {
        name: value
        for name, value in vars(import_module("pv.config.settings")).items()
        if name.isupper()
    }
)
