"""What the applications add: typed, in the order of INSTALLED_APPS, and no setting beside it."""

from dataclasses import fields

import pytest
from django.core.exceptions import ImproperlyConfigured

from followup.core import extensions
from followup.core.extensions import RETIRED, Extensions
from followup.core.http import menus
from followup.core.trail import signables
from followup.queries.reminders import sources
from followup.web import finders, search


def test_every_application_is_registered_in_order() -> None:
    assert list(extensions._applications) == ["followup", "pv"]
    # These came after the settings: they never had one to retire.
    later = {"dictionaries", "product_notes", "rotations", "trail_crossing"}
    assert {field.name for field in fields(Extensions)} - later == set(RETIRED.values())


@pytest.mark.parametrize("name", sorted(RETIRED))
def test_a_retired_setting_is_refused_with_the_place_that_replaces_it(settings, name: str) -> None:
    setattr(settings, name, [])
    with pytest.raises(ImproperlyConfigured, match=f"{name}.*`{RETIRED[name]}` of EXTENSIONS"):
        extensions.register("pv", Extensions())


def test_no_two_applications_use_one_name() -> None:
    added = extensions.registered()
    for names in (
        [name for each in added for name in each.daily()],
        [name for each in added for name in each.metrics()],
        [name for each in added for name in each.rotations()],
        [one.kind for each in added for one in each.signables()],
        [one.kind for each in added for one in each.reminders()],
    ):
        assert len(names) == len(set(names)) > 0


def test_nothing_registered_is_left_out_by_its_page() -> None:
    added = extensions.registered()
    assert len(menus.registered()) == sum(len(each.menu()) for each in added)
    assert len(signables.registered()) == sum(len(each.signables()) for each in added)
    assert len(sources.registered()) == sum(len(each.reminders()) for each in added)
    assert search.finders()[0] is finders.find_samples  # a scan must land on its sample
