"""One committed database for each test of the seal."""

import pytest

from tests import apart


@pytest.fixture
def committed(engines, own_database, django_db_blocker):
    """A database where commits are real; its three addresses."""
    with apart.own_copy(engines, django_db_blocker) as addresses:
        yield addresses
