"""Products and indications of the register: two persons, what follows from a date, the doors."""

import json
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from followup.actions import reference as loading
from followup.core import clock
from followup.core.models import User
from followup.core.permissions import Role
from followup.core.problems import Denied, NotFound, Refused
from followup.core.security.accounts import actor_of
from followup.models import Holder, Indication, Product
from followup.queries import reference
from pv.actions import commitments
from pv.actions import product_entries as actions
from pv.actions.commitments import CommitmentInput
from pv.models import CommitmentEvent, ProductEntry
from pv.queries import product_entries as queries
from tests import factories

pytestmark = pytest.mark.django_db
REFERENCE = Path(__file__).parents[2] / "followup" / "reference"
SOURCE = "证书 国药准字S20260001 第 1 页"


@pytest.fixture
def people() -> tuple[User, User]:
    roles = (Role.REGULATORY, Role.STUDY_MANAGER)
    return factories.make_user(roles[0]), factories.make_user(roles[1])


@pytest.fixture
def actors(people):
    return tuple(actor_of(user) for user in people)


def client_of(user: User, language: str = "en") -> Client:
    client = Client(headers={"Accept-Language": language})
    client.force_login(user)
    return client


def of(indication: Indication, **more) -> dict:
    return queries.of_indication(indication) | more


def test_an_indication_holds_what_two_persons_entered_and_loading_leaves_it(actors) -> None:
    one, other = actors
    row = Indication.objects.filter(status="unknown").first()
    given = of(row, status="conditional", approved="2026-06")
    entry = actions.enter_indication(one, row.product, row, values=given, source=SOURCE)
    row.refresh_from_db()
    assert row.status == "unknown", "nothing holds before a second person looked"
    with pytest.raises(Refused):
        actions.confirm(one, entry)
    actions.confirm(other, entry)
    row.refresh_from_db()
    assert (row.status, row.approved_from, row.approved_precision) == (
        "conditional",
        date(2026, 6, 1),
        "month",
    )
    assert (row.citation, row.confidence) == (SOURCE, "source")
    with pytest.raises(Refused):
        actions.confirm(other, entry)
    stale = actions.enter_indication(one, row.product, row, values=given, source=SOURCE)
    again = actions.enter_indication(
        one, row.product, row, values=of(row, approved="2026-06-22"), source=SOURCE
    )
    actions.confirm(other, again)
    with pytest.raises(Refused, match="已有变化"):
        actions.confirm(other, stale)
    actions.refuse(other, stale, reason="older")
    document = json.loads((REFERENCE / "products.json").read_text())
    steps = loading.compare(factories.SYSTEM, {"products": document}, replace=True)
    mine = next(step for step in steps if step.name == f"indication {row.code}")
    assert mine.fields == ()


def test_what_cannot_be_is_refused_and_nothing_is_lost(actors) -> None:
    one, _other = actors
    row = Indication.objects.filter(status="full").first()
    future = (clock.today() + timedelta(days=1)).isoformat()
    for name, wrong in {
        "name_zh": {"name_zh": " "},
        "status": {"status": "maybe"},
        "approved": {"approved": future},
        "disease": {"disease": "NOTHING"},
    }.items():
        with pytest.raises(Refused) as refused:
            actions.enter_indication(one, row.product, row, values=of(row) | wrong, source=SOURCE)
        assert name in refused.value.fields, name
    for approved in ("", "2026-02-30", "soon"):
        with pytest.raises(Refused) as refused:
            actions.enter_indication(
                one, row.product, row, values=of(row, approved=approved), source=SOURCE
            )
        assert "approved" in refused.value.fields
    with pytest.raises(Refused):
        actions.enter_indication(one, row.product, row, values=of(row), source=" ")
    with pytest.raises(Refused):
        actions.enter_indication(one, row.product, None, values=of(row), source=SOURCE)
    foreign = Product.objects.exclude(id=row.product_id).first()
    with pytest.raises(Refused):
        actions.enter_indication(one, foreign, row, values=of(row), source=SOURCE)
    assert not ProductEntry.objects.exists()


def test_an_open_commitment_follows_the_date_and_keeps_the_status(people, actors) -> None:
    one, other = actors
    indication = Indication.objects.get(code="RELMA_CEL_MCL")
    assert indication.approved_precision == "month"
    given = CommitmentInput(kind="CONFIRMATORY_TRIAL", title="III", document="S1")
    held = commitments.begin(one, indication, given=given)
    late = held.milestones.exclude(due=None).order_by("-due").first()
    with pytest.raises(Refused) as refused:
        actions.enter_indication(
            one, indication.product, indication, values=of(indication, status="full"), source=SOURCE
        )
    assert "status" in refused.value.fields
    exact = of(indication, approved="2024-08-20")
    entry = actions.enter_indication(
        one, indication.product, indication, values=exact, source=SOURCE
    )
    actions.confirm(other, entry)
    held.refresh_from_db()
    assert (held.approved_on, held.approved_precision) == (date(2024, 8, 20), "day")
    assert held.legal_end == held.legal_end_latest == date(2028, 8, 20)
    moved = held.milestones.get(id=late.id)
    assert moved.due == late.due + timedelta(days=19)
    assert moved.baseline == late.baseline
    noted = CommitmentEvent.objects.get(commitment=held, event="APPROVAL_CHANGED")
    assert (noted.old_date, noted.new_date) == (date(2028, 8, 1), date(2028, 8, 20))
    page = client_of(people[0]).get(reverse("commitment", args=[held.id])).text
    assert "Approval of the register changed" in page


def test_a_new_product_and_its_indication_come_from_the_pages(people) -> None:
    enterer, checker = (client_of(user) for user in people)
    where = reverse("product-entry-product")
    empty = enterer.post(where, {})
    assert empty.status_code == 422
    given = {
        "code": "NEW_CEL",
        "inn": "newcabtagene autoleucel",
        "generic_zh": "新基奥仑赛注射液",
        "holder_zh": "新药公司",
        "holder_en": "New Pharma",
        "vector_type": "LENTIVIRAL",
        "is_car_t": "YES",
        "source": SOURCE,
    }
    assert enterer.post(where, given | {"code": "AXI_CEL"}).status_code == 422
    assert enterer.post(where, given | {"is_car_t": ""}).status_code == 422
    assert enterer.post(where, given).status_code == 302
    entry = ProductEntry.objects.get()
    place = reverse("product-entry", args=[entry.id])
    assert place in enterer.get(reverse("product-entries")).text
    assert enterer.post(place).status_code == 422, "the same person"
    assert f"The second person may be: {people[1].display_name} (" in enterer.get(place).text
    assert checker.post(place, {"refuse": "1", "reason": ""}).status_code == 422
    assert checker.post(place).status_code == 302
    product = Product.objects.get(code="NEW_CEL")
    assert product.holder == Holder.objects.get(name_en="New Pharma")
    assert product in reference.products(actor_of(people[0]))
    where = f"{reverse('product-entry-indication')}?product={product.id}"
    said = {"name_zh": "成人甲病", "name_en": "Adult disease A", "source": SOURCE}
    said["approval_status"] = "conditional"
    assert enterer.post(where, said).status_code == 422
    done = enterer.post(where, said | {"approved": "2026-10"})
    assert done.status_code == 302
    entry = ProductEntry.objects.get(subject="INDICATION")
    assert checker.post(reverse("product-entry", args=[entry.id])).status_code == 302
    made = Indication.objects.get(product=product)
    assert (made.code, made.status, made.approved_precision) == (
        "NEW_CEL_1",
        "conditional",
        "month",
    )
    file = enterer.get(reverse("register-file", args=["products", "csv"])).content.decode()
    assert "NEW_CEL_1" in file
    assert "2026-10-??" in file
    assert "Adult disease A" in enterer.get(reverse("commitments")).text, "owes a commitment"


def test_the_api_takes_entries_from_two_persons_and_pages_by_key(people, monkeypatch) -> None:
    enterer, checker = (client_of(user) for user in people)

    def send(client, name, values=None, *args):
        return client.post(reverse(name, args=args), values or {}, content_type="application/json")

    row = Indication.objects.filter(status="unknown").first()
    given = of(row, status="conditional", approved="2026-06") | {"document": SOURCE}
    given |= {"product": str(row.product_id), "indication": str(row.id)}
    place = "api-product-entries-indication"
    assert send(enterer, place, given | {"approved": "2026-13"}).status_code == 422
    assert send(enterer, place, given | {"status": "perhaps"}).status_code == 400
    assert send(enterer, place, given | {"colour": "red"}).status_code == 400
    foreign = Indication.objects.exclude(product=row.product).first()
    wrong = send(enterer, place, given | {"indication": str(foreign.id)})
    assert wrong.status_code == 422
    assert send(enterer, place, given | {"product": str(uuid4())}).status_code == 404
    made = send(enterer, place, given)
    assert (made.status_code, made.json()["state"]) == (201, "waiting")
    entry = made.json()["id"]
    assert send(enterer, "api-product-entry-confirm", None, entry).status_code == 422
    assert send(checker, "api-product-entry-refuse", {}, entry).status_code == 400
    done = send(checker, "api-product-entry-confirm", None, entry)
    assert (done.status_code, done.json()["state"]) == (200, "confirmed")
    row.refresh_from_db()
    assert (row.status, row.approved_precision) == ("conditional", "month")
    product = Product.objects.get(id=row.product_id)
    said = queries.of_product(product) | {"document": SOURCE, "product": str(product.id)}
    for number in range(3):
        entry = send(enterer, "api-product-entries-product", said | {"target": f"T{number}"})
        assert entry.status_code == 201, entry.json()
    refused = send(checker, "api-product-entry-refuse", {"reason": "p. 2"}, entry.json()["id"])
    assert refused.json()["refused_because"] == "p. 2"
    listed = reverse("api-product-entries")
    monkeypatch.setattr(queries, "PAGE", 2)
    found, key = [], ""
    while page := enterer.get(listed, {"after": key}).json():
        found += [each["id"] for each in page["items"]]
        key = page["next_key"]
        if not key:
            break
    assert found == [str(each.id) for each in ProductEntry.objects.order_by("-entered_at", "-id")]
    for state, count in (("waiting", 2), ("confirmed", 1), ("refused", 1)):
        assert len(enterer.get(listed, {"state": state}).json()["items"]) == count
    assert enterer.get(listed, {"state": "lost"}).status_code == 422
    other = Product.objects.exclude(id=row.product_id).first()
    stranger = client_of(factories.make_user(Role.REGULATORY, product=other))
    assert stranger.get(listed).json()["items"] == []
    one = reverse("api-product-entry", args=[found[0]])
    assert (stranger.get(one).status_code, enterer.get(one).status_code) == (404, 200)
    assert send(stranger, "api-product-entry-confirm", None, found[0]).status_code == 404
    auditor = client_of(factories.make_user(Role.AUDITOR))
    assert send(auditor, place, given).status_code == 403
    assert Client().get(listed).status_code in (401, 403)


def test_whose_it_is(people, actors) -> None:
    row = Indication.objects.filter(status="full").first()
    entry = actions.enter_indication(actors[0], row.product, row, values=of(row), source=SOURCE)
    other = Product.objects.exclude(id=row.product_id).first()
    stranger = factories.make_user(Role.REGULATORY, product=other)
    for name, query in (("product-entry-indication", f"?indication={row.id}"),):
        assert client_of(stranger).get(reverse(name) + query).status_code in (403, 404)
    with pytest.raises(NotFound):
        queries.one(actor_of(stranger), entry.id)
    assert client_of(stranger).get(reverse("product-entry", args=[entry.id])).status_code == 404
    with pytest.raises(Denied):
        actions.enter_product(actor_of(stranger), None, values={}, source=SOURCE)
    with pytest.raises(NotFound):
        actions.enter_indication(
            actor_of(stranger), row.product, row, values=of(row), source=SOURCE
        )
    auditor = client_of(factories.make_user(Role.AUDITOR), "zh-hans")
    page = auditor.get(reverse("product-entry", args=[entry.id]))
    assert page.status_code == 200
    assert auditor.post(reverse("product-entry", args=[entry.id])).status_code == 403
    listed = auditor.get(reverse("product-entries")).text
    assert reverse("product-entry-product") not in listed


def test_who_may_not_read_the_register_is_not_led_to_it() -> None:
    page = reverse("risk-plans")
    address = f'href="{reverse("product-entries")}"'
    officer = client_of(factories.make_user(Role.SAFETY_OFFICER))
    assert address not in officer.get(page).content.decode()
    assert address in client_of(factories.make_user(Role.REGULATORY)).get(page).content.decode()
