"""The ground every test stands on; engines and browser come from the plugins in dev/."""

import pytest

from dev.databases import Addresses


@pytest.fixture(scope="session")
def django_db_setup(own_database: Addresses) -> None:
    """Use the migrated database of this process; pytest-django makes and destroys none."""
