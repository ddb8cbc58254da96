"""Fixtures many tests begin with; the conftest of an application names those it uses."""

import pytest

from followup.core.actor import Actor
from followup.core.models import User
from followup.core.permissions import Role
from followup.models import Site
from pv.models import Case
from tests import factories


@pytest.fixture
def site() -> Site:
    """A hospital."""
    return factories.make_site()


@pytest.fixture
def nurse(site: Site) -> Actor:
    """A nurse of `site`, as an action takes one."""
    return factories.make_actor(Role.NURSE, site=site)


@pytest.fixture(name="nurse")
def nurse_account(site: Site) -> User:
    """A nurse of `site`, as one who signs in."""
    return factories.make_user(Role.NURSE, site=site)


@pytest.fixture
def officer() -> Actor:
    """A safety officer of every product."""
    return factories.make_actor(Role.SAFETY_OFFICER)


@pytest.fixture
def case() -> Case:
    """The case of a new malignancy, as its report drafted it."""
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    patient = factories.register(nurse, site)
    factories.malignancy(nurse, patient)
    return Case.objects.get(patient=patient)
