"""Break-glass: one identity for a short time, told at once, assessed; never across the consent."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from followup.actions import identity_reveals as actions
from followup.actions import notices
from followup.core import audit, clock
from followup.core.models import Access, Change, IdentityReveal, Notice, Outbox
from followup.core.permissions import ROLES, Basis, Perm, Role
from followup.core.problems import Denied, NotFound
from followup.core.row_security import contexts
from followup.core.security.accounts import actor_of
from followup.models import Consent, Patient
from followup.queries import access_rules
from followup.queries import identity_reveals as queries
from tests import factories
from tests.refusals import refused

pytestmark = pytest.mark.django_db
NAME = "王重阳"


@pytest.fixture
def home():
    return factories.make_site()


@pytest.fixture
def lead(home):
    return factories.make_user(Role.SITE_LEAD, site=home)


@pytest.fixture
def patient(home):
    nurse = factories.make_actor(Role.NURSE, site=home)
    return factories.register(nurse, home, identity=factories.person(NAME))


@pytest.fixture
def physician():
    return factories.make_user(Role.PHYSICIAN, site=factories.make_site())


def ask(user, patient, **values):
    given = {"ground": "treatment", "reason": "unconscious in our emergency room"}
    code = patient.study_code
    return actions.ask(actor_of(user), **{"study_code": code, **given, **values})


def signed_in(user):
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.requirement("ASVS-8.2.2")
def test_a_physician_elsewhere_sees_one_patient_for_a_while_and_the_hospital_is_told(
    patient, physician, lead, travel
):
    client = signed_in(physician)
    assert client.get(f"/patients/{patient.id}/").status_code == 404
    given = {"study_code": f" {patient.study_code.lower()} ", "ground": "danger", "reason": "coma"}
    answer = client.post("/identity-reveals/", given)
    row = IdentityReveal.objects.get()
    assert answer.headers["Location"] == f"/identity-reveals/{row.id}/"
    told = Notice.objects.filter(recipient=lead, obligation=f"identity_reveal:{row.id}")
    assert {(n.channel, n.state) for n in told} == {("in_app", "sent"), ("email", "pending")}
    assert Outbox.objects.filter(notice__in=told).count() == 1
    page = client.get(f"/identity-reveals/{row.id}/").content.decode()
    assert NAME in page
    twice = client.post("/identity-reveals/", given)
    assert twice.status_code == 422
    assert "Your reveal of this patient runs until" in twice.content.decode()
    assert f"/identity-reveals/{row.id}/" in twice.content.decode()
    assert IdentityReveal.objects.count() == 1
    looks = Access.objects.filter(subject=str(patient.id), actor_id=physician.id)
    assert list(looks.order_by("id").values_list("kind", flat=True)) == [
        "identity.reveal",
        "identity.open",
    ]
    change = Change.objects.get(table_name="core_identityreveal")
    assert (change.actor_name, change.action) == (physician.username, "identity.reveal")
    assert client.get(f"/patients/{patient.id}/").status_code == 404  # the record stays closed

    travel(timedelta(minutes=31))
    client = signed_in(physician)
    late = client.get(f"/identity-reveals/{row.id}/")
    assert late.status_code == 404
    assert NAME not in client.get("/identity-reveals/").content.decode()
    with pytest.raises(NotFound):
        queries.opened(actor_of(physician), row.id)


def test_the_hospital_assesses_it_once_with_a_reason(patient, physician, lead):
    row = ask(physician, patient)
    client = signed_in(lead)
    assert NAME not in client.get(f"/identity-reveals/{row.id}/").content.decode()
    assert patient.study_code in client.get("/identity-reveals/").content.decode()
    page = f"/identity-reveals/{row.id}/"
    assert client.post(page, {"justified": "", "assessment": "x"}).status_code == 422
    assert client.post(page, {"justified": "no", "assessment": ""}).status_code == 422
    answer = client.post(page, {"justified": "no", "assessment": "the patient was never there"})
    assert answer.status_code == 302
    row.refresh_from_db()
    assert (row.justified, row.assessed_by_id) == (False, lead.id)
    assert "Not justified" in client.get("/identity-reveals/").content.decode()
    letters = notices.claim(factories.SYSTEM, today=clock.today(), limit=10)
    assert not [x for x in letters if x.notice.obligation.startswith("identity_reveal")]
    values = {"justified": True, "assessment": "y"}
    assert refused(actions.assess, actor_of(lead), row, **values) == {""}


def test_nobody_assesses_what_one_asked_for(patient, physician, home):
    row = ask(physician, patient)
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test"):
        physician.grants.update(revoked_at=clock.now())
        physician.grants.create(
            role="site_lead", site_id=home.id, all_products=True, granted_at=clock.now()
        )
    values = {"justified": True, "assessment": "y"}
    assert refused(actions.assess, actor_of(physician), row, **values) == {""}
    assert (
        "<form"
        not in (
            signed_in(physician)
            .get(f"/identity-reveals/{row.id}/")
            .content.decode()
            .split("<main")[1]
            .split("</main")[0]
        )
    )
    with pytest.raises(IntegrityError), transaction.atomic(), audit.acting(factories.SYSTEM, "t"):
        IdentityReveal.objects.update(
            assessed_by_id=physician.id, assessed_at=clock.now(), justified=True, assessment="x"
        )


@pytest.mark.parametrize("role", [role for role in Role if ROLES[role].basis is not Basis.CARE])
def test_a_holder_never_sees_an_identity(patient, role):
    assert Perm.IDENTITY_REVEAL not in ROLES[role].permissions
    user = factories.make_user(role)
    with pytest.raises(Denied):
        ask(user, patient)
    assert signed_in(user).get("/identity-reveals/").status_code == 403
    assert role not in access_rules.rules().reveal_roles


def test_never_across_a_withdrawn_consent(patient, physician):
    row = ask(physician, patient)
    assert queries.opened(actor_of(physician), row.id)[1].name == NAME
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test"):
        Consent.objects.filter(patient=patient).update(withdrawn_on=clock.today())
    with pytest.raises(NotFound):  # within the time too
        queries.opened(actor_of(physician), row.id)
    assert refused(ask, physician, patient) == {"study_code"}
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test"):
        Consent.objects.filter(patient=patient).update(withdrawn_on=None)
        Patient.objects.update(follow_up_state="WITHDRAWN_NEW_DATA")
    assert refused(ask, physician, patient) == {"study_code"}


def test_an_auditor_sees_one_within_the_inspection_only(patient, home):
    inside = factories.make_user(Role.AUDITOR, site=home)
    outside = factories.make_user(Role.AUDITOR, site=factories.make_site())
    row = ask(inside, patient, ground="inspection", reason="order 2026-114")
    assert NAME in signed_in(inside).get(f"/identity-reveals/{row.id}/").content.decode()
    assert refused(ask, outside, patient, ground="inspection") == {"study_code"}


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"ground": ""}, "ground"),
        ({"ground": "curiosity"}, "ground"),
        ({"reason": "  "}, "reason"),
        ({"study_code": "NOBODY-1"}, "study_code"),
    ],
)
def test_what_is_unclear_is_refused_and_logged(patient, physician, values, field):
    assert refused(ask, physician, patient, **values) == {field}
    given = {"study_code": patient.study_code, "ground": "danger", "reason": "x", **values}
    assert signed_in(physician).post("/identity-reveals/", given).status_code == 422
    assert not IdentityReveal.objects.exists()
    if field == "study_code":
        assert Access.objects.filter(kind="identity.reveal-refused").count() == 1


def test_those_who_read_the_identity_anyway_are_led_to_the_patient(patient, lead):
    assert refused(ask, lead, patient) == {"study_code"}


def test_each_login_has_what_it_needs_and_no_more(patient, physician, home):
    """With the logins of PostgreSQL: the wall of the database lets the reveal through, once."""
    auditor = factories.make_user(Role.AUDITOR, site=home)
    for user in (physician, auditor):
        actor = actor_of(user)
        with contexts.using(contexts.person(actor)):
            row = ask(user, patient)
            assert queries.opened(actor, row.id)[1].name == NAME
            assert [own.id for own in queries.own(actor)] == [row.id]
