"""Electronic signatures: what is shown is signed, out of turn is refused, tampering is found."""

import io
import re
from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pypdf import PdfReader

from followup.core import audit, clock
from followup.core.models import Signature, User
from followup.core.permissions import Role
from followup.core.security import one_time_codes
from followup.core.security.accounts import actor_of
from followup.models import Indication, Visit
from followup.queries import signatures as queries
from pv.actions import cases as actions
from pv.actions.commitments import CommitmentInput, begin
from pv.models import Case, PeriodicReport
from pv.queries.commitments import rulebook
from tests import factories
from tests.followup.web.test_second_factors import enrol

pytestmark = pytest.mark.django_db
PASSWORD = "quiet-harbour-lantern-81"
CODED = {"E.i[1].2.1a": "29.1", "E.i[1].2.1b": "10042971"}


@pytest.fixture
def case() -> Case:
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    factories.malignancy(nurse, factories.register(nurse, site), causality="POSSIBLE")
    case = Case.objects.get()
    officer = factories.make_actor(Role.SAFETY_OFFICER)
    case = actions.accept(officer, case, lock_version=case.lock_version)
    case = actions.edit(officer, case, changes=CODED, lock_version=case.lock_version)
    for stage in ("quality", "medical"):
        case = actions.advance(officer, case, to=stage, lock_version=case.lock_version)
    return case


@pytest.fixture
def reviewer() -> User:
    return factories.make_user(Role.MEDICAL_REVIEWER, password=PASSWORD)


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address(case: Case) -> str:
    return reverse("sign", args=["case", case.pk])


def shown(client: Client, where: str) -> str:
    page = client.get(where).content.decode()
    return re.search(r'name="shown" value="([0-9a-f]{64})"', page)[1]


def sign(client: Client, where: str, **values: str):
    sent = {"meaning": "medical_review", "password": PASSWORD, "shown": shown(client, where)}
    return client.post(where, sent | values)


def test_a_signed_review_moves_the_case_on_in_one_step(case: Case, reviewer: User) -> None:
    client = client_of(reviewer)
    answer = sign(client, address(case), reason="plausible")
    assert answer.headers["Location"] == reverse("case", args=[case.pk])
    case.refresh_from_db()
    assert case.stage == "submission"
    row = Signature.objects.get()
    assert (row.printed_name, row.meaning) == (reviewer.display_name, "medical_review")
    assert (row.factors, row.zone) == ("password", "Asia/Shanghai")
    assert list(queries.problems(row)) == []
    page = client.get(reverse("case", args=[case.pk])).content.decode()
    assert reviewer.display_name in page
    assert "Signed as it stands" in page
    assert "+08:00" in page


def test_what_is_shown_is_what_is_kept_and_hashed(case: Case, reviewer: User) -> None:
    client = client_of(reviewer)
    page = client.get(address(case)).content.decode()
    sign(client, address(case))
    row = Signature.objects.get()
    lines = queries.lines(row)
    assert len(lines) > 20
    assert any(line.raw == "10042971" for line in lines)
    assert not [line.name for line in lines if line.name.endswith((".id", ".code"))]
    assert {line.shown for line in lines if line.raw in ("True", "False")} <= {"Yes", "No"}
    for line in lines:
        if line.shown.isalnum():
            assert line.shown in page
    kept = client.get(reverse("signature", args=[row.pk])).content.decode()
    assert "10042971" in kept
    assert "This signature verifies" in kept
    assert "<dt>Role</dt><dd>Medical reviewer</dd>" in kept
    assert "<dt>Proven by</dt><dd>Password</dd>" in kept


def test_the_values_of_a_report_are_signed_in_words(case: Case, reviewer: User) -> None:
    with translation.override("en"):
        signable, row = queries.find(actor_of(reviewer), "case", str(case.pk))
        lines = {
            line.name.rsplit(".values.", 1)[-1]: line
            for line in queries.content(actor_of(reviewer), signable, row).lines
        }
    infused_on = factories.infusion_of(case.patient).infused_on
    for element, stored, words in (
        ("D.5", "1", "Male (1)"),
        ("E.i.3.2a.null", "NI", "No information"),
        ("E.i.3.2f", "true", "Yes"),
        ("G.k.4.r.4", f"{infused_on:%Y%m%d}", infused_on.isoformat()),
    ):
        line = lines[element]
        assert (line.shown, line.raw[:2]) == (words, stored[:2]), element
    assert lines["G.k.9.i.1"].shown == lines["E.i.1.1a"].raw != lines["G.k.9.i.1"].raw


def test_another_order_of_the_lines_leaves_a_signature_with_its_record(
    case: Case, reviewer: User
) -> None:
    sign(client_of(reviewer), address(case))
    signable, row = queries.find(actor_of(reviewer), "case", str(case.pk))
    turned = replace(signable, lines=lambda actor, one: reversed([*signable.lines(actor, one)]))
    assert [one.current for one in queries.of(actor_of(reviewer), turned, row)] == [True]
    fewer = replace(signable, lines=lambda actor, one: [*signable.lines(actor, one)][1:])
    assert [one.current for one in queries.of(actor_of(reviewer), fewer, row)] == [False]


@pytest.mark.requirement("P11-200a1", "GVP-30-signature", "ASVS-7.5.3")
def test_password_and_code_are_asked_at_each_signing(case: Case, reviewer: User) -> None:
    key, _codes = enrol(reviewer)
    client = client_of(reviewer)
    code = one_time_codes.code_at(key, clock.now().timestamp())
    assert sign(client, address(case)).status_code == 422
    assert sign(client, address(case), code=code, password="no").status_code == 422
    assert not Signature.objects.exists()
    case.refresh_from_db()
    assert case.stage == "medical"
    assert sign(client, address(case), code=code).status_code == 302
    assert Signature.objects.get().factors == "password+app"
    assert sign(client, address(case), code=code, meaning="nullification").status_code == 422


def test_without_a_second_factor_nobody_signs_where_they_are_asked_for(
    case: Case, reviewer: User, settings
) -> None:
    client = client_of(reviewer)
    settings.EVERWATCH_SECOND_FACTOR = "policy"
    assert sign(client, address(case)).status_code == 422
    sent = {"verdict": "approve", "lock_version": case.lock_version}
    client.post(reverse("case-review", args=[case.pk]), sent)
    case.refresh_from_db()
    assert case.stage == "medical"


@pytest.mark.requirement("P11-300d")
def test_wrong_passwords_at_signing_lock_the_account(case: Case, reviewer: User) -> None:
    client = client_of(reviewer)
    seen = shown(client, address(case))
    sent = {"meaning": "medical_review", "password": "wrong", "shown": seen}
    answers = [client.post(address(case), sent).status_code for _number in range(5)]
    assert answers == [422, 422, 422, 422, 429]
    assert client.post(address(case), sent | {"password": PASSWORD}).status_code == 429


@pytest.mark.requirement("A11-14")
def test_what_changed_after_it_was_shown_is_not_signed(case: Case, reviewer: User) -> None:
    client = client_of(reviewer)
    seen = shown(client, address(case))
    officer = factories.make_actor(Role.SAFETY_OFFICER)
    changes = {"E.i[1].2.1b": "10042970"}
    actions.edit(officer, case, changes=changes, lock_version=case.lock_version)
    answer = sign(client, address(case), shown=seen)
    assert answer.status_code == 422
    assert "changed meanwhile" in answer.content.decode()
    assert not Signature.objects.exists()
    assert sign(client, address(case)).status_code == 302


@pytest.mark.requirement("A11-8")
def test_a_later_change_leaves_the_old_version_signed_and_says_so(
    case: Case, reviewer: User
) -> None:
    client = client_of(reviewer)
    sign(client, address(case))
    case.refresh_from_db()
    officer = factories.make_actor(Role.SAFETY_OFFICER)
    case = actions.advance(
        officer, case, to="entry", lock_version=case.lock_version, reason="new result"
    )
    changes = {"E.i[1].2.1b": "10042970"}
    actions.edit(officer, case, changes=changes, lock_version=case.lock_version)
    page = client.get(reverse("case", args=[case.pk])).content.decode()
    assert "Changed since: this version is not signed" in page
    row = Signature.objects.get()
    assert list(queries.problems(row)) == []
    kept = client.get(reverse("signature", args=[row.pk])).content.decode()
    assert "10042971" in kept
    assert "10042970" in kept


@pytest.mark.requirement("P11-10f", "P11-10g", "ASVS-2.3.1")
def test_a_signature_out_of_turn_or_without_the_right_is_refused(
    case: Case, reviewer: User
) -> None:
    client = client_of(reviewer)
    assert sign(client, address(case), meaning="nullification").status_code == 422
    assert sign(client, address(case), meaning="release").status_code == 422  # not the right
    assert client_of(factories.make_user(Role.ADMINISTRATOR)).get(address(case)).status_code == 404
    auditor = client_of(factories.make_user(Role.AUDITOR))
    assert auditor.get(address(case)).status_code == 403
    assert client.get("/sign/nothing/1/").status_code == 404
    assert client.get("/sign/case/nonsense/").status_code == 404
    assert not Signature.objects.exists()


def test_the_application_cannot_change_or_delete_a_signature(case: Case, reviewer: User) -> None:
    sign(client_of(reviewer), address(case))
    for statement in ("UPDATE core_signature SET meaning = 'x'", "DELETE FROM core_signature"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def _forged(row: Signature, **values) -> Signature:
    for name, value in values.items():
        setattr(row, name, value)
    return row


@pytest.mark.parametrize(
    "values",
    [
        {"content": "{}"},
        {"record_id": "0197a3c2-0000-7000-8000-000000000000"},
        {"printed_name": "Somebody else"},
        {"meaning": "release"},
        {"factors": "password+app"},
        {"roles": "administrator"},
        {"zone": "UTC"},
        {"zone": "Nowhere/Never"},
        {"zone": ""},
        {"id": "0197a3c2-0000-7000-8000-000000000001"},
    ],
    ids=lambda values: next(iter(values)),
)
@pytest.mark.requirement("P11-70", "A11-14")
def test_an_edited_moved_or_copied_row_does_not_verify(
    case: Case, reviewer: User, values: dict
) -> None:
    sign(client_of(reviewer), address(case))
    row = Signature.objects.get()
    assert list(queries.problems(row)) == []
    assert list(queries.problems(_forged(row, **values)))


@pytest.mark.parametrize(
    "values", [{"zone": "Nowhere/Never"}, {"content": "{}"}, {"content": "no"}], ids=str
)
def test_an_edited_row_is_shown_as_such_on_every_page(
    case: Case, reviewer: User, values: dict, monkeypatch
) -> None:
    sign(client_of(reviewer), address(case))
    row = Signature.objects.get()
    load = Signature.from_db.__func__
    monkeypatch.setattr(
        Signature, "from_db", classmethod(lambda *loaded: _forged(load(*loaded), **values))
    )
    client = client_of(factories.make_user(Role.AUDITOR))
    listing, one = reverse("signatures"), reverse("signature", args=[row.pk])
    words = {
        listing: "Does not verify",
        f"{listing}?format=csv": "is not what was signed" if "content" in values else "altered",
        one: "is not what was signed" if "content" in values else "altered",
        reverse("case", args=[case.pk]): "Does not verify",
    }
    for page, text in words.items():
        answer = client.get(page)
        assert answer.status_code == 200, page
        assert text in answer.content.decode(), page
    for page in (f"{listing}?format=pdf", f"{one}?format=pdf"):
        assert client.get(page).status_code == 200, page
    with pytest.raises(CommandError, match="1 of 1 signatures do not verify"):
        call_command("verify_signatures", stdout=StringIO())


def test_a_second_press_signs_nothing_twice(case: Case, reviewer: User) -> None:
    actor = factories.make_actor(Role.NURSE, site=case.patient.site)
    visit = factories.call(actor, case.patient)
    nurse = factories.make_user(Role.NURSE, password=PASSWORD, site=case.patient.site)
    client, where = client_of(nurse), reverse("sign", args=["visit", visit.pk])
    here = visit.recorded_at.astimezone(clock.SHANGHAI)
    recorded = here.strftime("%Y-%m-%d %H:%M:%S (UTC+08:00)")
    page = client.get(where).content.decode()
    assert recorded in page
    assert ">ALIVE<" not in page  # in words: nobody signs codes
    assert sign(client, where, meaning="data_review").status_code == 302
    again = sign(client, where, meaning="data_review")
    assert again.status_code == 422
    assert "already" in again.content.decode()
    assert Signature.objects.count() == 1


@pytest.mark.requirement("P11-70")
def test_the_command_finds_a_copy_whoever_made_it(case: Case, reviewer: User) -> None:
    sign(client_of(reviewer), address(case))
    out = StringIO()
    call_command("verify_signatures", stdout=out)
    assert "1 signatures verify" in out.getvalue()
    row = Signature.objects.get()
    with transaction.atomic(), factories.audit.acting(factories.SYSTEM, "test.copy"):
        copy = Signature.objects.get()
        copy.pk = factories.make_site().pk
        copy.record_id = str(copy.pk)
        copy.save(force_insert=True)
    with pytest.raises(CommandError, match="1 of 2 signatures do not verify"):
        call_command("verify_signatures", stdout=out)
    assert str(copy.pk) in out.getvalue()
    assert str(row.pk) not in out.getvalue().split("verify\n")[1]


def test_the_data_of_a_visit_are_signed_and_a_correction_is_not(reviewer: User) -> None:
    site = factories.make_site()
    nurse = factories.make_user(Role.NURSE, site=site, password=PASSWORD)
    actor = actor_of(nurse)
    visit = factories.call(actor, factories.register(actor, site))
    client = client_of(nurse)
    where = reverse("sign", args=["visit", visit.pk])
    assert sign(client, where, meaning="data_review").status_code == 302
    page = client.get(reverse("contact", args=[visit.pk])).content.decode()
    assert "Signed as it stands" in page
    away = factories.make_user(Role.NURSE, site=factories.make_site())
    assert client_of(away).get(where).status_code == 404
    signature = reverse("signature", args=[Signature.objects.get().pk])
    assert client_of(away).get(signature).status_code == 404
    assert Visit.objects.count() == 1


@pytest.mark.requirement("P11-10b")
def test_the_manifest_of_a_period_is_read_by_auditors_and_exported(
    case: Case, reviewer: User
) -> None:
    sign(client_of(reviewer), address(case), reason="=HYPERLINK(1)")
    auditor = client_of(factories.make_user(Role.AUDITOR))
    page = auditor.get(reverse("signatures")).content.decode()
    assert reviewer.display_name in page
    assert "Verifies" in page
    answer = auditor.get(reverse("signatures"), {"format": "csv"})
    text = answer.content.decode("utf-8-sig")
    assert Signature.objects.get().content_sha256 in text
    assert "'=HYPERLINK(1)" in text
    assert client_of(reviewer).get(reverse("signatures")).status_code == 403


def text_of(answer) -> str:
    pages = PdfReader(io.BytesIO(answer.content)).pages
    return "".join("".join(page.extract_text().split()) for page in pages)


@pytest.mark.requirement("P11-50")
def test_name_time_and_meaning_are_printed(case: Case, reviewer: User) -> None:
    client = client_of(reviewer)
    sign(client, address(case), reason="plausible")
    row = Signature.objects.get()
    name = "".join(reviewer.display_name.split())
    auditor = client_of(factories.make_user(Role.AUDITOR))
    for answer in (
        client.get(reverse("case-cioms", args=[case.pk]), {"language": "en"}),
        auditor.get(reverse("signatures"), {"format": "pdf"}),
        client.get(reverse("signature", args=[row.pk]), {"format": "pdf"}),
    ):
        text = text_of(answer)
        assert name in text
        assert "Ireviewedthiscasemedicallyandapproveit." in text
        assert "+08:00" in text
        assert not re.search(r"\dT\d\d:", text), "moments are written for people"
        assert row.content_sha256 in text
    assert "10042971" in text


def test_an_open_commitment_is_not_signed_as_closed(case: Case) -> None:
    keeper = factories.make_user(Role.REGULATORY, password=PASSWORD)
    given = CommitmentInput(kind="CONFIRMATORY_TRIAL", title="Phase III", document="S1")
    indication = Indication.objects.get(code="RELMA_CEL_MCL")
    row = begin(actor_of(keeper), indication, given=given)
    client = client_of(keeper)
    where = reverse("sign", args=["commitment", row.pk])
    assert sign(client, where, meaning="closure").status_code == 422
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.close"):
        row.state = next(str(state) for state in rulebook().machine.terminal)
        row.save(update_fields=["state"])
    assert sign(client, where, meaning="closure").status_code == 302
    page = client.get(reverse("commitment", args=[row.pk])).content.decode()
    assert "Signed as it stands" in page


def test_an_approved_report_says_by_whom_on_the_list() -> None:
    product = factories.product()
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.report"):
        report = PeriodicReport.objects.create(
            product=product,
            period_start=clock.today(),
            period_end=clock.today(),
            language="en",
            case_count=0,
            manifest={"cases": 0},
            sha256="ab" * 32,
            file_name="report.zip",
            file_path="report.zip",
            produced_at=clock.now(),
        )
    officer = factories.make_user(Role.SAFETY_OFFICER, password=PASSWORD)
    client = client_of(officer)
    where = reverse("sign", args=["report", report.pk])
    assert sign(client, where, meaning="approval").status_code == 302
    assert officer.display_name in client.get(reverse("reports")).content.decode()
    assert any(line.raw == "ab" * 32 for line in queries.lines(Signature.objects.get()))
