"""The holder's pages: landing, one commitment, steps, milestones, enrolment, products."""

import hashlib
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from lxml import html

from followup.core import clock
from followup.core.permissions import Role
from followup.models import Indication
from pv.actions import commitments as actions
from pv.actions.commitments import CommitmentInput
from pv.models import Commitment, Milestone
from tests import factories, tabs

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n2 0 obj<</Type/Page>>endobj\n%%EOF\n"
LONG = "确证性试验入组缓慢，" * 1000


def client_of(role: Role, language: str = "en", **grant) -> Client:
    client = Client()
    user = factories.make_user(role, language=language, **grant)
    client.force_login(user, backend=BACKEND)
    return client


@pytest.fixture
def row() -> Commitment:
    """A commitment of an indication whose approval is known to the month only."""
    keeper = factories.make_actor(Role.REGULATORY)
    given = CommitmentInput(kind="CONFIRMATORY_TRIAL", title="Phase III <b>", document="S1")
    indication = Indication.objects.get(code="RELMA_CEL_MCL")
    return actions.begin(keeper, indication, given=given)


def text_of(answer) -> str:
    return " ".join(html.fromstring(answer.content).text_content().split())


def lock(row: Commitment) -> int:
    return Commitment.objects.get(id=row.id).lock_version


@pytest.mark.parametrize("role", [Role.STUDY_MANAGER, Role.REGULATORY])
def test_it_is_the_landing_page_of_the_holder(role) -> None:
    client = client_of(role)
    assert client.get("/", follow=True).request["PATH_INFO"] == "/commitments/"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            [
                "2024-08 (day not known)",
                "2028-08-01",
                "or up to 2028-08-31",
                "No forecast",
                "Confirmatory trial",
            ],
        ),
        (
            "zh-hans",
            ["2024-08（日不详）", "2028-08-01", "最晚至 2028-08-31", "无预测", "确证性临床试验"],
        ),
    ],
)
def test_the_list_shows_the_span_and_no_forecast(row, language, words) -> None:
    text = text_of(client_of(Role.REGULATORY, language).get("/commitments/"))
    for word in words:
        assert word in text, word
    assert "Phase III <b>" in text


def test_gaps_have_a_button_and_unknown_is_never_full(row) -> None:
    page = html.fromstring(client_of(Role.REGULATORY).get("/commitments/").content)
    gaps = page.get_element_by_id("gaps")
    wanted = Indication.objects.get(code="EQUE_CEL_MM")
    address = reverse("commitment-open", args=[wanted.id])
    assert gaps.xpath(f".//a[@href='{address}']")
    assert not gaps.xpath(f".//a[@href='{reverse('commitment-open', args=[row.indication_id])}']")
    assert "satricabtagene" in gaps.text_content()
    assert "Full" not in gaps.text_content()


def test_who_reads_and_who_writes(row) -> None:
    auditor = client_of(Role.AUDITOR)
    page = auditor.get(reverse("commitment", args=[row.id]))
    assert page.status_code == 200
    assert b"/milestones/" not in page.content
    first = Milestone.objects.filter(commitment=row).first()
    for name, arguments in (
        ("commitment-milestone", [row.id, first.id]),
        ("commitment-step", [row.id, "WITHDRAW"]),
        ("commitment-amend", [row.id]),
        ("commitment-centres", [row.id]),
        ("commitment-open", [row.indication_id]),
    ):
        assert auditor.get(reverse(name, args=arguments)).status_code == 403, name
    assert client_of(Role.NURSE).get("/commitments/").status_code == 403


def test_foreign_and_missing_look_the_same(row) -> None:
    other = client_of(Role.REGULATORY, product=factories.product("AXI_CEL"))
    mine = client_of(Role.REGULATORY)
    missing = mine.get(reverse("commitment", args=[uuid4()]))
    foreign = other.get(reverse("commitment", args=[row.id]))
    assert foreign.status_code == missing.status_code == 404
    indication = reverse("commitment-open", args=[row.indication_id])
    assert other.get(indication).status_code == 404
    stray = Milestone.objects.filter(commitment=row).first()
    again = actions.begin(
        factories.make_actor(Role.REGULATORY),
        Indication.objects.get(code="EQUE_CEL_MM"),
        given=CommitmentInput(kind="CONFIRMATORY_TRIAL", title="x", document="1"),
    )
    assert mine.get(reverse("commitment-milestone", args=[again.id, stray.id])).status_code == 404


def test_a_commitment_is_opened_on_one_page() -> None:
    client = client_of(Role.REGULATORY)
    indication = Indication.objects.get(code="EQUE_CEL_MM")
    address = reverse("commitment-open", args=[indication.id])
    assert "2027-06-30" in text_of(client.get(address))
    empty = client.post(address, {})
    assert empty.status_code == 422
    wrong = {"kind": "NONE", "title": LONG, "legal_end": "05/11/2026", "target_enrolment": "-1"}
    answer = client.post(address, wrong | {"owner": str(uuid4()), "maturity_days": "1.5"})
    assert answer.status_code == 422
    assert Commitment.objects.count() == 0
    beyond = {"kind": "CONFIRMATORY_TRIAL", "title": "III", "legal_end": "2030-01-01"}
    assert "2027-06-30" in text_of(client.post(address, beyond))
    good = {"kind": "CONFIRMATORY_TRIAL", "title": "III", "condition_text": LONG[:9999]}
    answer = client.post(address, good | {"document": "S1", "target_enrolment": "１２０"})
    made = Commitment.objects.get()
    assert answer.url == reverse("commitment", args=[made.id])
    assert (str(made.legal_end), made.target_enrolment) == ("2027-06-30", 120)
    assert client.post(address, good).status_code == 422, "the same again"


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_picture_is_named_and_has_no_style(row, language) -> None:
    answer = client_of(Role.REGULATORY, language).get(reverse("commitment", args=[row.id]))
    content = answer.content.decode()
    picture = re.search(r"<svg viewBox.*?</svg>", content, re.DOTALL)[0]
    assert "<title" in picture
    assert "<desc" in picture
    assert "style=" not in picture
    assert row.legal_end.isoformat() in picture
    assert (
        picture.count("<polygon")
        == Milestone.objects.filter(commitment=row, due__isnull=False).count()
    )
    assert 'id="milestone-table"' in content


def test_a_milestone_is_updated_and_taken_back(row) -> None:
    client = client_of(Role.STUDY_MANAGER)
    milestone = Milestone.objects.get(commitment=row, code="PROTOCOL_AGREED")
    address = reverse("commitment-milestone", args=[row.id, milestone.id])
    assert client.post(address, {}).status_code == 409, "no version was sent"
    late = {"actual": (milestone.due + timedelta(days=9)).isoformat(), "lock_version": lock(row)}
    refused = client.post(address, late)
    assert refused.status_code == 422
    assert "say why" in text_of(refused)
    long = client.post(address, late | {"reason": LONG, "evidence": LONG})
    assert long.status_code == 422
    done = client.post(address, late | {"reason": "会议推迟", "evidence": "纪要 1"}, follow=True)
    assert "Saved" in text_of(done)
    undo = re.search(r'action="(/commitments/undo/[^"]+)"', done.content.decode())[1]
    assert "Undone" in text_of(client.post(undo, follow=True))
    milestone.refresh_from_db()
    assert (milestone.actual, milestone.evidence) == (None, "")


def test_a_conflict_keeps_what_was_typed(row) -> None:
    client = client_of(Role.REGULATORY)
    milestone = Milestone.objects.get(commitment=row, code="PROTOCOL_AGREED")
    address = reverse("commitment-milestone", args=[row.id, milestone.id])
    old = lock(row)
    client.post(address, {"actual": "2024-10-01", "lock_version": old})
    answer = client.post(address, {"actual": "2024-10-02", "lock_version": old})
    assert answer.status_code == 409
    assert 'value="2024-10-02"' in answer.content.decode()
    page = html.fromstring(answer.content)
    held = {
        name: page.xpath(f"//main//input[@name='{name}']/@value")[0]
        for name in ("lock_version", "unresolved")
    }
    typed = {"actual": "2024-10-02", "reason": "更正"}
    # Whoever leaves out what is to be chosen meets the conflict again.
    assert client.post(address, typed | {"lock_version": held["lock_version"]}).status_code == 409
    assert client.post(address, typed | held).status_code == 422, "nothing was chosen"
    milestone.refresh_from_db()
    assert milestone.actual.isoformat() == "2024-10-01"
    chosen = typed | held | {"unresolved-actual": "mine"}
    assert client.post(address, chosen).status_code == 302


def test_steps_ask_for_what_their_guards_want(row) -> None:
    client = client_of(Role.REGULATORY)
    place = reverse("commitment", args=[row.id])
    attach = reverse("register-document-new", args=["commitment", row.id])
    letter = SimpleUploadedFile("letter.pdf", PDF, "application/pdf")
    assert client.post(attach, {"title": "Letter", "file": letter})["Location"] == place
    detail = text_of(client.get(place))
    assert "letter.pdf" in detail
    assert hashlib.sha256(PDF).hexdigest() in detail
    assert "Extension requested" in detail
    assert "Deadline passed without submission" not in detail, "the system's own step"
    address = reverse("commitment-step", args=[row.id, "EXTENSION_REQUESTED"])
    page = client.get(address).content.decode()
    assert 'name="reason"' in page
    assert 'name="document"' not in page
    refused = client.post(address, {"lock_version": lock(row)})
    assert refused.status_code == 422
    given = {"happened_on": clock.today().isoformat(), "reason": LONG[:1900]}
    assert client.post(address, given | {"lock_version": "1x"}).status_code == 409
    done = client.post(address, given | {"lock_version": lock(row)}, follow=True)
    assert "Extension requested" in text_of(done)
    assert "Sale of the product is suspended" in text_of(done)
    assert Commitment.objects.get(id=row.id).state == "EXT_PENDING"
    for event in ("RISK_SEEN", "EXTENSION_REQUESTED", "NO_SUCH", "AGREED_WITH_CDE"):
        gone = client.get(reverse("commitment-step", args=[row.id, event]))
        assert gone.status_code == 404, event


def test_enrolment_says_what_is_missing_then_forecasts(row) -> None:
    client = client_of(Role.REGULATORY)
    address = reverse("commitment-enrolment", args=[row.id])
    assert "A forecast still needs" in text_of(client.get(address))
    assert client.post(address, {}).status_code == 422
    first = Milestone.objects.get(commitment=row, code="FPI")
    day = (clock.today() - timedelta(days=400)).isoformat()
    client.post(
        reverse("commitment-milestone", args=[row.id, first.id]),
        {"actual": day, "reason": "x", "lock_version": lock(row)},
    )
    count = {
        "counted_on": clock.today().isoformat(),
        "enrolled": "60",
        "lost": "1",
        "matured": "5",
        "target": "90",
        "maturity_days": "180",
    }
    done = client.post(address, count | {"lock_version": lock(row)}, follow=True)
    text = text_of(done)
    assert "Chance of submitting by the statutory deadline" in text
    assert "P80" in text
    assert text_of(client.get(f"{address}?window=3")) != text_of(
        client.get(f"{address}?window=all")
    )
    kept = client.post(
        reverse("commitment-forecast", args=[row.id]),
        {"window": "3", "lock_version": lock(row)},
        follow=True,
    )
    assert "This forecast is kept" in text_of(kept)
    assert Commitment.objects.get(id=row.id).forecast_window == 3
    for odd in ("x", "-1", "99", "³"):
        assert client.get(address, {"window": odd}).status_code == 200


def test_centres_are_pasted(row) -> None:
    client = client_of(Role.REGULATORY)
    address = reverse("commitment-centres", args=[row.id])
    bad = client.post(address, {"table": "A\tB\tC\tD\tMay\nx", "lock_version": lock(row)})
    assert bad.status_code == 422
    assert "May" in text_of(bad)
    assert client.post(address, {"table": LONG * 30, "lock_version": lock(row)}).status_code == 422
    table = "c\tp\to\te\t2026-01\n北京\t2026-12-01\t\t\t\n<i>上海\t\t2026-01-05\t\t4"
    done = client.post(address, {"table": table, "lock_version": lock(row)}, follow=True)
    assert "<i>上海" in text_of(done)
    assert row.centres.count() == 2


def test_a_description_is_corrected(row) -> None:
    client = client_of(Role.REGULATORY)
    address = reverse("commitment-amend", args=[row.id])
    values = {"title": "III", "dossier_number": "CXSS", "lock_version": lock(row)}
    assert client.post(address, values).status_code == 422
    assert client.post(address, values | {"reason": "错字"}).status_code == 302
    stale = client.post(address, values | {"reason": "错字", "title": "IV"})
    assert stale.status_code == 409
    assert "IV" in text_of(stale)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            ["Conditional", "Full", "Not established", "2024-08 (day not known)", "to be verified"],
        ),
        ("zh-hans", ["附条件批准", "完全批准", "未确认", "2024-08（日不详）", "待核实"]),
    ],
)
def test_products_carry_status_precision_and_source(language, words) -> None:
    client = client_of(Role.NURSE, language)
    text = text_of(client.get("/products/"))
    for word in words:
        assert word in text, word
    page = html.fromstring(client.get("/products/").content)
    for name in ("satricabtagene", "renikeolunsai"):
        for line in page.xpath(f"//section[contains(., '{name}')]//tbody/tr"):
            assert words[1] not in line.xpath("td[2]")[0].text_content()
    only = text_of(client.get("/products/?status=unknown"))
    assert "axicabtagene" not in only


def test_centres_of_two_people_are_chosen(row) -> None:
    client = client_of(Role.REGULATORY)
    address = reverse("commitment-centres", args=[row.id])
    old = lock(row)
    first = {"table": "c\tp\to\te\n北京\t2026-12-01\t\t", "lock_version": old}
    assert client.post(address, first).status_code == 302
    mine = {"table": "c\tp\to\te\n上海\t2026-12-01\t\t", "lock_version": old}
    answer = client.post(address, mine)
    assert answer.status_code == 409
    assert tabs.asked(answer) == ["table"]
    again = tabs.fields(tabs.form_with(answer, "table"))
    assert client.post(address, again).status_code == 422
    bare = {name: values for name, values in again.items() if name != "unresolved"}
    assert client.post(address, bare).status_code == 409
    assert [c.name for c in row.centres.all()] == ["北京"]
    assert client.post(address, again | {"unresolved-table": "mine"}).status_code == 302
    assert [c.name for c in row.centres.all()] == ["上海"]


def test_a_count_keeps_the_plan_a_colleague_changed(row) -> None:
    client = client_of(Role.REGULATORY)
    address = reverse("commitment-enrolment", args=[row.id])
    count = {"counted_on": clock.today().isoformat(), "enrolled": "60"}
    mine = tabs.opened(client, address, "enrolled")
    assert client.post(address, mine | count | {"target": "90"}).status_code == 302
    answer = client.post(address, mine | count | {"enrolled": "61"})
    assert answer.status_code == 409
    assert tabs.asked(answer) == []
    again = tabs.fields(tabs.form_with(answer, "enrolled"))
    assert (again["target"], again["enrolled"]) == (["90"], ["61"])
    assert client.post(address, again).status_code == 302
    assert Commitment.objects.get(id=row.id).target_enrolment == 90
