"""`manage.py create_user`: the first administrator, with the password from standard input."""

import io

import pytest
from django.core.management import CommandError, call_command

from followup.core.models import Change, User
from followup.core.permissions import Role
from followup.core.security.accounts import actor_of
from tests import factories

pytestmark = pytest.mark.django_db


def create(monkeypatch, *arguments, password="orchard-lantern-teapot-12"):
    monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))
    call_command("create_user", *arguments, "--name", "张三", "--password-stdin")


def test_the_first_administrator(monkeypatch):
    create(monkeypatch, "zhang.san", "--role", "administrator")
    user = User.objects.get(username="zhang.san")
    assert actor_of(user).roles == {Role.ADMINISTRATOR}
    change = Change.objects.filter(table_name="core_user", row_id=str(user.id)).get()
    assert change.actor_name == "system:create_user"
    assert "orchard" not in str(change.after)


def test_a_nurse_of_one_hospital(monkeypatch):
    site = factories.make_site()
    create(monkeypatch, "zhang.san", "--role", "nurse", "--site", site.code)
    grant = User.objects.get(username="zhang.san").grants.get()
    assert (grant.site_id, grant.all_sites, grant.all_products) == (site.id, False, True)


@pytest.mark.parametrize(
    ("arguments", "password"),
    [
        (["zhang.san", "--role", "nurse", "--site", "NOWHERE"], "orchard-lantern-teapot-12"),
        (["zhang.san", "--role", "nurse", "--product", "NONE"], "orchard-lantern-teapot-12"),
        (["zhang.san"], "weak"),
        (["张三"], "orchard-lantern-teapot-12"),
    ],
)
def test_a_refused_account_leaves_nothing(monkeypatch, arguments, password):
    with pytest.raises(CommandError):
        create(monkeypatch, *arguments, password=password)
    assert not User.objects.filter(display_name="张三").exists()
