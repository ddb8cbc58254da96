"""Makes things the way people do: through the real actions."""

import itertools
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from followup.actions import events, patients, schedules, visits
from followup.actions.events import EventInput
from followup.actions.identity import Contact, IdentityInput
from followup.actions.patients import ConsentInput, InfusionInput
from followup.actions.visits import VisitInput
from followup.core import audit, clock
from followup.core.actor import Actor
from followup.core.models import Grant, User
from followup.core.permissions import Role
from followup.core.security.accounts import actor_of
from followup.models import AdverseEvent, Indication, Infusion, Patient, Product, Site, Visit
from pv.actions import cases as case_actions
from pv.actions import icsr
from pv.domain.e2b.checks import Profile
from pv.models import Case, Submission

_numbers = itertools.count(1)
SYSTEM = Actor.process("test")


def make_site(code: str = "") -> Site:
    with transaction.atomic(), audit.acting(SYSTEM, "test.site"):
        number = next(_numbers)
        return Site.objects.create(
            code=code or f"T{number:03d}", name_zh=f"测试医院{number}", name_en=f"Test {number}"
        )


def product(code: str = "") -> Product:
    rows = Product.objects.filter(is_car_t=True)
    return rows.get(code=code) if code else rows.order_by("code").first()


def make_user(
    role: Role,
    *,
    site: Site | None = None,
    product: Product | None = None,
    language: str = "en",
    password: str | None = None,
) -> User:
    with transaction.atomic(), audit.acting(SYSTEM, "test.user"):
        number = next(_numbers)
        user = User(
            username=f"{role}{number}",
            display_name=f"{role} {number}",
            email=f"{role}{number}@example.org",
            language=language,
            created_at=clock.now(),
        )
        user.set_password(password) if password else user.set_unusable_password()
        user.save()
        Grant.objects.create(
            user=user,
            role=role,
            site_id=site.id if site else None,
            all_sites=site is None,
            product_id=product.id if product else None,
            all_products=product is None,
            granted_at=clock.now(),
        )
    return user


def make_actor(role: Role, **grant: Any) -> Actor:
    return actor_of(make_user(role, **grant), request_id="test")


# Characters of one reading each, none like another: no two people made here sound alike.
SOUNDS = "安八草东风贵海金开拉马农鹏秋人三天文西忠"


def name_of(number: int) -> str:
    """A name that no other number has, in characters or in sound."""
    digits = []
    for _ in range(3):
        number, digit = divmod(number, len(SOUNDS))
        digits.append(SOUNDS[digit])
    return f"王小{''.join(digits)}"


def person(name: str = "", born: date = date(1968, 5, 4)) -> IdentityInput:
    number = next(_numbers)
    return IdentityInput(
        name=name or name_of(number),
        birth_date=born,
        contacts=(Contact(phone=f"139{number:08d}", whose="PATIENT"),),
    )


def register(
    actor: Actor,
    site: Site,
    *,
    infused_on: date | None = None,
    product_row: Product | None = None,
    identity: IdentityInput | None = None,
    purposes: Sequence[str] = ("LTFU",),
    sex: str = "MALE",
    **more: Any,
) -> Patient:
    given = product_row or product()
    day = infused_on or clock.today() - timedelta(days=93)
    return patients.register(
        actor,
        site,
        sex=sex,
        identity=identity or person(),
        consent=ConsentInput("v1", list(purposes), day - timedelta(days=20)),
        infusion=InfusionInput(
            product=given,
            indication=Indication.objects.filter(product=given).first(),
            infused_on=day,
            lot="A2608-17",
            chain_of_identity=f"{'PRACTICE' if more.get('training') else 'COI'}-{next(_numbers)}",
            dose_cells=Decimal("120"),
            lymphodepletion="FLUDARABINE+CYCLOPHOSPHAMIDE",
        ),
        **more,
    )


def register_in_time(actor: Actor, site: Site, *, infused_on: date, **more: Any) -> Patient:
    """A patient registered on the day of the infusion, with the windows since then run off.

    Whoever is registered later has missed nothing (`BEFORE_REGISTER`).
    """
    then = datetime.combine(infused_on, time(12), clock.SHANGHAI)
    with clock.pinned(then):
        patient = register(actor, site, infused_on=infused_on, **more)
    schedules.extend(SYSTEM, today=clock.today())
    schedules.close_missed(SYSTEM, today=clock.today())
    return patient


def infusion_of(patient: Patient) -> Infusion:
    return Infusion.objects.select_related("product").get(patient=patient)


def call(actor: Actor, patient: Patient, **answers: Any) -> Visit:
    given: dict[str, Any] = {
        "contact_on": clock.today(),
        "informant": "PATIENT",
        "vital_status": "ALIVE",
    }
    planned = answers.pop("planned", None)
    return visits.record(
        actor, infusion_of(patient), given=VisitInput(**given | answers), planned=planned
    )


def malignancy(actor: Actor, patient: Patient, **values: Any) -> AdverseEvent:
    given: dict[str, Any] = {
        "verbatim": "外周T细胞淋巴瘤待排",
        "aware_on": clock.today(),
        "reporter_name": "李护士",
        "reporter_qualification": "NURSE",
        "is_new_malignancy": True,
    }
    return events.report(actor, infusion_of(patient), given=EventInput(**given | values))


def ids(rows: Any) -> set[UUID]:
    return {row.id for row in rows}


def to_submission(officer: Actor, case: Case) -> Case:
    """The case past quality check by the officer and medical review by another person."""
    case = Case.objects.get(id=case.id)
    if case.stage == "drafted":
        case = case_actions.accept(officer, case, lock_version=case.lock_version)
    for before, stage in (("entry", "quality"), ("quality", "medical")):
        if case.stage == before:
            case = case_actions.advance(officer, case, to=stage, lock_version=case.lock_version)
    if case.stage == "medical":
        reviewer = make_actor(Role.MEDICAL_REVIEWER)
        case = case_actions.review(reviewer, case, approve=True, lock_version=case.lock_version)
    return case


def release(officer: Actor, case: Case, *, profile: Profile) -> Submission:
    """The file of a case for a receiver, after its checks."""
    return icsr.export(officer, to_submission(officer, case), profile=profile)
