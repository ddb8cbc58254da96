"""Sessions listed and ended; a password set by a link; tokens bound to what they may do."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from followup.actions import accounts, own_sessions, passwords, sessions, tokens
from followup.actions.second_factors import Proof
from followup.core import clock
from followup.core.models import ApiToken, Change, PasswordRequest, Session, TokenUse, User
from followup.core.permissions import Perm, Role
from followup.core.problems import NotFound, Refused
from followup.core.security.accounts import actor_of
from tests import factories
from tests.followup.web.test_second_factors import code, enrol

pytestmark = pytest.mark.django_db
PASSWORD, FRESH = "quiet-harbour-lantern-81", "amber-window-garden-92"
PROOF = {"password": PASSWORD}
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
SENDER = factories.SYSTEM


def person(role: Role = Role.NURSE) -> User:
    return factories.make_user(role, password=PASSWORD)


def signed_in(user: User, agent: str = FIREFOX) -> Client:
    client = Client(headers={"User-Agent": agent})
    client.post(reverse("login"), {"username": user.username, "password": PASSWORD})
    return client


def lives(client: Client) -> bool:
    return client.get(reverse("account")).status_code == 200


def test_the_own_sessions_are_listed_with_device_and_last_use_and_ended_one_by_one() -> None:
    user, stranger = person(), person()
    here, there, foreign = signed_in(user), signed_in(user), signed_in(stranger)
    there.get(reverse("account"))
    page = here.get(reverse("sessions")).content.decode()
    assert page.count("Firefox, Windows") >= 2
    assert page.count(clock.now().astimezone(clock.SHANGHAI).date().isoformat()) >= 2
    assert "this one" in page
    row = Session.objects.get(session_key=there.session.session_key)
    assert row.session_key not in page
    address = reverse("session-end", args=[row.public_id])
    assert foreign.post(address, PROOF).status_code == 404
    assert lives(there)
    assert here.post(address, PROOF).status_code == 302
    assert not lives(there)
    assert lives(here)
    assert lives(foreign)


def test_a_session_says_when_it_began_before_its_first_page() -> None:
    user = person()
    here, there = signed_in(user), signed_in(user)
    row = Session.objects.get(session_key=there.session.session_key)
    assert row.started_at is not None
    assert row.seen_at is not None
    assert "—" not in here.get(reverse("sessions")).content.decode()


def test_sign_out_everywhere_leaves_this_browser_and_other_people() -> None:
    user, stranger = person(), person()
    here, there, foreign = signed_in(user), signed_in(user), signed_in(stranger)
    assert here.post(reverse("sessions-end"), PROOF).status_code == 302
    assert (lives(here), lives(there), lives(foreign)) == (True, False, True)


@pytest.mark.requirement("ASVS-7.5.2")
@pytest.mark.parametrize("place", ["session-end", "sessions-end"])
def test_whoever_finds_a_screen_unlocked_ends_no_other_session(place: str) -> None:
    user = person()
    here, there = signed_in(user), signed_in(user)
    row = Session.objects.get(session_key=there.session.session_key)
    address = reverse(place, args=[row.public_id] if place == "session-end" else [])
    for sent in ({}, {"password": "a guess of somebody else"}):
        answer = here.post(address, sent)
        assert answer.status_code == 422
        assert "error-summary" in answer.content.decode()
        assert lives(there)
    for _try in range(5):
        here.post(address, {"password": "a guess of somebody else"})
    assert here.post(address, PROOF).status_code == 429
    assert lives(there)


@pytest.mark.requirement("ASVS-7.5.2")
def test_whoever_has_a_second_factor_gives_it_to_end_a_session() -> None:
    user = person()
    here, there = signed_in(user), signed_in(user)
    key, _codes = enrol(user)
    assert here.post(reverse("sessions-end"), PROOF).status_code == 422
    assert lives(there)
    sent = {**PROOF, "code": code(key)}
    assert here.post(reverse("sessions-end"), sent).status_code == 302
    assert (lives(here), lives(there)) == (True, False)


def token_of(user: User, **values) -> str:
    return tokens.issue_token(actor_of(user), user, label="test", **values)[1]


def api(token: str, path: str = "/api/v1/products/", **more):
    return Client().get(path, headers={"Authorization": f"Bearer {token}"}, **more)


@pytest.mark.requirement("ASVS-7.4.3")
def test_a_changed_password_ends_other_sessions_and_tokens_at_once() -> None:
    user = person()
    here, there, token = signed_in(user), signed_in(user), token_of(user)
    assert api(token).status_code == 200
    sent = {"old_password": PASSWORD, "new_password1": FRESH, "new_password2": FRESH}
    assert here.post(reverse("password-change"), sent).status_code == 302
    assert (lives(here), lives(there)) == (True, False)
    assert api(token).status_code == 401


@pytest.mark.parametrize("way", ["closed", "password set"])
@pytest.mark.requirement("P11-300c", "ASVS-7.4.5")
def test_an_administrator_ends_sessions_and_tokens_at_once(way: str) -> None:
    user, administrator = person(), factories.make_actor(Role.ADMINISTRATOR)
    there, token = signed_in(user), token_of(user)
    if way == "closed":
        accounts.deactivate(administrator, user, reason="left")
    else:
        accounts.set_password(administrator, user, password=FRESH, reason="forgotten")
    assert not lives(there)
    assert not Session.objects.filter(user_id=user.pk).exists()
    assert api(token).status_code == 401


def test_ended_sessions_are_cleared_away() -> None:
    signed_in(person())
    with clock.pinned(clock.now() + timedelta(days=1)):
        assert sessions.clear(SENDER) == 1
    assert not Session.objects.exists()


def ask(typed: str) -> str:
    """What the page answers, without what differs by nature."""
    page = Client().post(reverse("password-ask"), {"typed": typed}).content.decode()
    return re.sub(r"csrf[^>]*>", "", page, flags=re.IGNORECASE)


def link() -> str:
    passwords.deliver(SENDER)
    return re.search(r"http\S+(/sign-in/forgotten/\S+)", mail.outbox[-1].body)[1]


def new_password(address: str, new: str = FRESH, client: Client | None = None):
    sent = {"new_password1": new, "new_password2": new}
    return (client or Client()).post(address, sent)


@pytest.mark.requirement("ASVS-6.4.3")
def test_a_link_sets_a_new_password_once_and_signs_nobody_in() -> None:
    user = person()
    there, token = signed_in(user), token_of(user)
    ask(user.email.upper())
    address = link()
    assert mail.outbox[-1].to == [user.email]
    client = Client()
    assert client.get(address).status_code == 200
    assert new_password(address, "short", client).status_code == 422
    assert new_password(address, client=client).headers["Location"] == reverse("login")
    assert not lives(client)
    assert not lives(there)
    assert api(token).status_code == 401
    user.refresh_from_db()
    assert user.check_password(FRESH)
    assert new_password(address, "third-window-garden-93").status_code == 404
    trail = str(list(Change.objects.filter(action__startswith="password.").values()))
    assert address.rsplit("/", 2)[1] not in trail


def test_nothing_tells_whether_there_is_such_an_account() -> None:
    user, closed = person(), person()
    accounts.deactivate(factories.make_actor(Role.ADMINISTRATOR), closed, reason="left")
    answers = {ask(name) for name in (user.username, "nobody.here", closed.username, "x@y.cn")}
    assert len(answers) == 1
    passwords.deliver(SENDER)
    assert [message.to for message in mail.outbox] == [[user.email]]
    assert PasswordRequest.objects.filter(done_at__isnull=True).count() == 0


def test_a_link_expires_and_ends_with_any_other_change(settings) -> None:
    user, administrator = person(), factories.make_actor(Role.ADMINISTRATOR)
    ask(user.username)
    address = link()
    later = clock.now() + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT + 1)
    with clock.pinned(later):
        assert Client().get(address).status_code == 404
        assert new_password(address).status_code == 404
    accounts.deactivate(administrator, user, reason="left")
    assert new_password(address).status_code == 404
    accounts.reactivate(administrator, user, reason="back")
    accounts.set_password(administrator, user, password=FRESH, reason="asked")
    assert new_password(address).status_code == 404


@pytest.mark.parametrize("address", ["x/y", "////", "MQ/abc-def", "../../etc", "AAAA/c-d"])
def test_a_made_up_link_opens_nothing(address: str) -> None:
    assert Client().get(f"/sign-in/forgotten/{address}/").status_code in (404,)


@pytest.mark.requirement("ASVS-2.3.2")
def test_a_letter_box_is_not_filled_by_others() -> None:
    user = person()
    for _number in range(10):
        ask(user.username)
    passwords.deliver(SENDER)
    assert len(mail.outbox) == passwords.MOST_FOR_A_NAME


@pytest.mark.requirement("P11-10h")
def test_a_token_does_no_more_than_it_was_bound_to() -> None:
    site = factories.make_site()
    user = factories.make_user(Role.NURSE, site=site, password=PASSWORD)
    factories.register(actor_of(user), site)

    def patients(token: str) -> int:
        return len(api(token, "/api/v1/patients/").json().get("items", []))

    reading = token_of(user, permissions=[Perm.PATIENT_READ, Perm.REFERENCE_READ])
    everything, other = token_of(user), token_of(user, permissions=[Perm.REFERENCE_READ])
    assert [patients(token) for token in (reading, everything, other)] == [1, 1, 0]
    client = Client(headers={"Authorization": f"Bearer {reading}"})
    answer = client.post("/api/v1/patients/", {}, content_type="application/json")
    assert answer.status_code in (400, 403, 404, 405)
    actor = actor_of(user, limit=frozenset({Perm.PATIENT_READ}))
    assert not actor.may(Perm.PATIENT_WRITE)
    assert actor.permissions == {Perm.PATIENT_READ}
    assert not list(actor.granting(Perm.VISIT_READ))


def test_nobody_binds_a_token_to_more_than_the_own_rights() -> None:
    user = person(Role.ADMINISTRATOR)
    with pytest.raises(Refused):
        token_of(user, permissions=[Perm.PATIENT_READ])
    with pytest.raises(Refused):
        token_of(user, permissions=[])


def test_the_last_use_of_a_token_is_noted_and_shown() -> None:
    user = person()
    text = token_of(user)
    api(text)
    used = TokenUse.objects.get(token=ApiToken.objects.get(user=user)).used_at
    with clock.pinned(used + timedelta(seconds=30)):
        api(text)
    assert TokenUse.objects.get().used_at == used
    client = Client()
    client.force_login(user)
    page = client.get(reverse("tokens")).content.decode()
    assert used.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M") in page
    sent = {"label": "reader", "days": "10", "permissions": ["patient.read"]}
    assert client.post(reverse("tokens"), sent).status_code == 200
    assert ApiToken.objects.get(label="reader").permissions == ["patient.read"]
    assert "read patients" in client.get(reverse("tokens")).content.decode()


def test_the_session_of_another_looks_like_none() -> None:
    user = person()
    with pytest.raises(NotFound):
        own_sessions.end_session(
            actor_of(user),
            user,
            public_id=factories.make_site().id,
            password=PASSWORD,
            proof=Proof(),
        )


@pytest.mark.requirement("ASVS-6.3.1")
def test_guessing_the_present_password_in_a_session_locks_the_account() -> None:
    client = signed_in(person())
    sent = {"old_password": "a wrong old password", "new_password1": FRESH, "new_password2": FRESH}
    answers = [client.post(reverse("password-change"), sent).status_code for _number in range(5)]
    assert answers == [422, 422, 422, 422, 429]
    right = client.post(reverse("password-change"), sent | {"old_password": PASSWORD})
    assert right.status_code == 429
