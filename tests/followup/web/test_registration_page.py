"""The registration page names in one round everything that is wrong, by the action's own rules."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from followup.actions import identity, patients
from followup.actions.identity import Contact, IdentityInput, comparing, persons
from followup.core import clock
from followup.core.permissions import Role
from followup.core.problems import Denied
from followup.core.security.accounts import actor_of
from followup.models import Indication, Patient
from tests import factories

pytestmark = pytest.mark.django_db
ADDRESS = "/patients/register/"


def typed(site, **changes: Any) -> dict[str, Any]:
    product, day = factories.product(), clock.today() - timedelta(days=30)
    return {
        "site": str(site.pk),
        "name": "欧阳明月",
        "sex": "FEMALE",
        "birth_date": "1970-01-02",
        "phone": "13900001234",
        "consent_version": "v1",
        "consent_on": day.isoformat(),
        "purposes": ["LTFU"],
        "product": str(product.pk),
        "indication": str(Indication.objects.filter(product=product).first().pk),
        "infused_on": day.isoformat(),
        "lot": "L1",
        "chain_of_identity": f"COI-{uuid4()}",
    } | changes


def answer(user, data: dict[str, Any]):
    client = Client()
    client.force_login(user)
    return client.post(ADDRESS, data)


def page(user) -> str:
    client = Client()
    client.force_login(user)
    return client.get(ADDRESS).content.decode()


def named(response) -> set[str]:
    assert response.status_code == 422
    return set(response.context["form"].errors)


def test_the_forms_problems_and_the_actions_come_in_one_round(site, nurse):
    known = factories.register(actor_of(nurse), site)
    used = factories.infusion_of(known)
    response = answer(
        nurse,
        typed(
            site,
            consent_on="",
            purposes=[],
            phone="1",
            phone_family="22",
            national_id="110101190001010000",
            dose_cells="0",
            chain_of_identity=used.chain_of_identity,
        ),
    )
    assert named(response) == {
        *("consent_on", "purposes"),
        *("phone", "phone_family", "national_id", "dose_cells", "chain_of_identity"),
    }
    page = response.content.decode()
    for kept in ("欧阳明月", "110101190001010000", used.chain_of_identity, 'value="22"'):
        assert kept in page
    assert Patient.objects.count() == 1


def test_a_wrong_number_of_a_relative_is_said_at_its_own_box(site, nurse):
    assert named(answer(nurse, typed(site, phone_family="22"))) == {"phone_family"}


def test_what_could_not_be_read_is_not_judged_a_second_time(site, nurse):
    response = answer(nurse, typed(site, indication="", infused_on="soon", phone="", product=""))
    assert named(response) == {"indication", "infused_on", "phone", "product"}
    errors = response.context["form"].errors
    assert all(len(said) == 1 for said in errors.values())


def test_a_use_outside_the_indications_asks_why_beside_the_forms_own_problems(site, nurse):
    response = answer(nurse, typed(site, indication="off-label", lot=""))
    assert named(response) == {"off_label_reason", "lot"}


def test_the_birth_date_of_the_identity_number_counts_although_the_telephone_is_wrong(site, nurse):
    number = "11010120200101001"
    weights = [pow(2, 17 - place, 11) for place in range(17)]
    total = sum(int(digit) * weight for digit, weight in zip(number, weights, strict=True))
    number += "10X98765432"[total % 11]
    response = answer(
        nurse,
        typed(
            site,
            national_id=number,
            birth_date="",
            phone="1",
            infused_on="2019-05-05",
        ),
    )
    assert named(response) == {"phone", "infused_on"}


def test_a_known_person_is_shown_in_the_same_round(site, nurse):
    person = factories.person("欧阳明月")
    known = factories.register(actor_of(nurse), site, identity=person)
    data = typed(site, birth_date=person.birth_date.isoformat(), lot="")
    response = answer(nurse, data)
    assert named(response) == {"lot", "__all__"}
    assert [found["patient"].id for found in response.context["possible_duplicates"]] == [known.id]
    compared = answer(nurse, data | {"not_a_duplicate": "1"})
    assert named(compared) == {"lot"}
    assert len(compared.context["possible_duplicates"]) == 1
    assert answer(nurse, data | {"lot": "L1", "not_a_duplicate": "1"}).status_code == 302


def test_a_known_person_alone_is_asked_about_once(site, nurse):
    person = factories.person("欧阳明月")
    factories.register(actor_of(nurse), site, identity=person)
    response = answer(nurse, typed(site, birth_date=person.birth_date.isoformat()))
    assert len(response.context["form"].non_field_errors()) == 1
    assert len(response.context["possible_duplicates"]) == 1


def test_a_look_stores_nothing_and_needs_the_right_to_register(site, nurse):
    given = IdentityInput("王", contacts=[Contact("1", "PATIENT")])
    found = patients.check_registration(
        actor_of(nurse), sex=None, identity=given, consent={}, infusion={}
    )
    assert set(found.problems) == {"name", "phone", "sex"}
    assert not Patient.objects.exists()
    auditor = factories.make_actor(Role.AUDITOR)
    with pytest.raises(Denied):
        patients.check_registration(auditor, sex="MALE", identity=given, consent={}, infusion={})


@pytest.mark.parametrize("lot", ["L1", ""], ids=["stored", "refused"])
def test_an_identity_is_assessed_once(site, nurse, monkeypatch, lot):
    counted: list[str] = []

    def counting(name: str, run: Any) -> Any:
        def count(*args: Any, **more: Any) -> Any:
            counted.append(name)
            return run(*args, **more)

        return count

    for module, name in (
        (identity, "validate"),
        (persons, "validate"),
        (persons, "readings_of"),
        (comparing, "readings_of"),
    ):
        monkeypatch.setattr(module, name, counting(name, getattr(module, name)))
    answer(nurse, typed(site, lot=lot))
    assert sorted(counted) == ["readings_of", "validate"]
    assert Patient.objects.count() == bool(lot)


def test_a_practice_patient_is_registered_on_the_same_page(site, nurse):
    invented = typed(site, practice="on", national_id="")
    assert named(answer(nurse, invented)) == {"chain_of_identity"}
    offered = f"PRACTICE-{site.code}-1".upper()
    assert offered in page(nurse)
    assert answer(nurse, invented | {"chain_of_identity": offered}).status_code == 302
    assert Patient.objects.get().study_code == f"{site.code}-PRACTICE-00001"
    taken = invented | {"chain_of_identity": offered, "name": "练习乙", "phone": "14000000002"}
    assert named(answer(nurse, taken)) == {"chain_of_identity"}
    free = f"PRACTICE-{site.code}-2".upper()
    assert free in page(nurse)
