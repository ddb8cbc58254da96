"""One document is one person; other likeness is asked about; corrections reach everything."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from followup.actions import identity, patients
from followup.actions.identity import Contact, DuplicateWarning, IdentityInput, telephones
from followup.actions.patients import ConsentInput, InfusionInput
from followup.core import clock
from followup.core.confirmations import Unconfirmed
from followup.core.permissions import Role
from followup.core.problems import Conflict, Refused
from followup.domain.dates import PartialDate
from followup.domain.identity import check_digit
from followup.models import Indication, Patient
from followup.queries import identity as queries
from followup.queries.duplicates import Agreement
from followup.queries.patients import by_codes, by_product_labels
from pv.models import Case
from tests import factories

pytestmark = pytest.mark.django_db
BORN = date(1968, 5, 4)


def number(serial: int = 123, born: date = BORN, region: str = "110105") -> str:
    first = f"{region}{born:%Y%m%d}{serial:03d}"
    return first + check_digit(first)


def person(name: str = "王小明", **values: Any) -> IdentityInput:
    given: dict[str, Any] = {
        "birth_date": BORN,
        "contacts": (Contact("13912345678", "PATIENT"),),
    }
    return IdentityInput(name=name, **given | values)


def opened(actor, patient):
    return queries.reveal(actor, patient, purpose="test")


def refused(call) -> Refused:
    with translation.override("en"), pytest.raises(Refused) as caught:
        call()
    return caught.value


# ---- one document, one person


def test_one_number_is_one_person_whatever_was_compared(site, nurse):
    known = factories.register(nurse, site, identity=person(national_id=number()))
    other = person("李大力", national_id=number(), contacts=(Contact("13900000001", "PATIENT"),))
    said = refused(
        lambda: factories.register(nurse, site, identity=other, not_a_duplicate=True)
    ).fields
    assert known.study_code in str(said["national_id"])
    assert Patient.objects.count() == 1


def test_a_number_registered_elsewhere_is_refused_without_saying_whose(nurse, site):
    far = factories.make_site()
    factories.register(
        factories.make_actor(Role.NURSE, site=far), far, identity=person(national_id=number())
    )
    said = refused(
        lambda: factories.register(
            nurse, site, identity=person("李大力", national_id=number()), not_a_duplicate=True
        )
    ).fields
    text = str(said["national_id"])
    assert "elsewhere" in text
    assert far.code not in text
    assert "王" not in text


def test_a_correction_never_takes_another_persons_number(nurse, site):
    factories.register(nurse, site, identity=person(national_id=number()))
    other = factories.register(
        nurse, site, identity=person("李大力", contacts=(Contact("13900000001", "PATIENT"),))
    )
    given = identity.typed_again(opened(nurse, other))
    said = refused(
        lambda: identity.correct(
            nurse,
            other,
            given=replace(given, national_id=number()),
            today=clock.today(),
            reason="typed",
            compared=True,
        )
    ).fields
    assert "national_id" in said


def test_the_own_number_may_stand_in_a_correction(nurse, site):
    patient = factories.register(nurse, site, identity=person(national_id=number()))
    same = identity.typed_again(opened(nurse, patient))
    with translation.override("en"), pytest.raises(Refused, match="Nothing is different"):
        identity.correct(nurse, patient, given=same, today=clock.today(), reason="no change")
    given = replace(same, address="西城区")
    identity.correct(nurse, patient, given=given, today=clock.today(), reason="moved")
    assert opened(nurse, patient).address == "西城区"


# ---- documents


@pytest.mark.parametrize(
    ("kind", "text", "stored"),
    [
        ("PASSPORT", " e1234567８ ", "E12345678"),
        ("HK_MACAO_PERMIT", "h12345678", "H12345678"),
        ("TAIWAN_PERMIT", "12345678", "12345678"),
        ("PERMANENT_RESIDENCE", number(region="911105"), number(region="911105")),
        ("RESIDENCE_PERMIT", number(region="810000"), number(region="810000")),
        ("RESIDENT_ID", "\u200b" + number() + "\u202c", number()),
    ],
)
def test_documents_are_taken_by_their_kind(nurse, site, kind, text, stored):
    given = person(document_kind=kind, national_id=text)
    shown = opened(nurse, factories.register(nurse, site, identity=given))
    assert (shown.document_kind, shown.national_id) == (kind, stored)


def test_a_renewed_permit_is_the_same_person(nurse, site):
    factories.register(
        nurse, site, identity=person(document_kind="HK_MACAO_PERMIT", national_id="H1234567801")
    )
    again = person("李大力", document_kind="HK_MACAO_PERMIT", national_id="H1234567802")
    said = refused(lambda: factories.register(nurse, site, identity=again, not_a_duplicate=True))
    assert "national_id" in said.fields


@pytest.mark.parametrize(
    ("text", "word"),
    [("110105491231002", "2013"), (number()[:17] + "Х", "letter X"), ("E12345678", "kind")],
)
def test_a_number_that_cannot_be_says_what_to_do(nurse, site, text, word):
    said = refused(
        lambda: factories.register(nurse, site, identity=person(national_id=text))
    ).fields
    assert word in str(said["national_id"])


@pytest.mark.requirement("ASVS-2.2.3")
def test_the_sex_of_the_number_is_asked_and_its_birth_date_refused(nurse, site):
    woman = person(national_id=number(124))
    asked = refused(lambda: factories.register(nurse, site, identity=woman))
    assert isinstance(asked, Unconfirmed)
    keys = [question.key for question in asked.questions]
    assert factories.register(nurse, site, identity=woman, confirmed=keys).sex == "MALE"
    wrong = person("李大力", national_id=number(125), birth_date=date(1969, 5, 4))
    assert "birth_date" in refused(lambda: factories.register(nurse, site, identity=wrong)).fields


def test_the_year_of_birth_alone_is_taken_and_stays_a_year(nurse, site):
    patient = factories.register(nurse, site, identity=person(birth_date=PartialDate(1950)))
    assert patient.birth_year == 1950
    assert opened(nurse, patient).birth_date == PartialDate(1950)
    assert queries.age_on(nurse, patient.id, clock.today()) is None


def test_a_guardian_is_asked_for_with_a_child(nurse, site):
    child = person(birth_date=date(2018, 11, 20))
    said = refused(lambda: factories.register(nurse, site, identity=child, guardian=True))
    assert isinstance(said, Unconfirmed)
    assert "phone_family" in said.fields
    mother = (*child.contacts, Contact("13900000002", "FAMILY", "", "PARENT", "李梅"))
    factories.register(nurse, site, identity=replace(child, contacts=mother), guardian=True)


# ---- doubts


@pytest.mark.parametrize(
    ("first", "second", "agrees"),
    [
        (
            person("孙一", hospital_number="ZY778899"),
            person(
                "孙壹国",
                birth_date=date(1950, 1, 2),
                hospital_number="zy 778899",
                contacts=(Contact("13900000001", "PATIENT"),),
            ),
            {Agreement.HOSPITAL_NUMBER},
        ),
        (person(birth_date=None), person(birth_date=None), {Agreement.NAME, Agreement.PHONE}),
        (
            person("单晓月", contacts=(Contact("13900000001", "PATIENT"),)),
            person("山小月"),
            {Agreement.SOUND, Agreement.BIRTH_DATE},
        ),
        (
            person(contacts=(Contact("13900000001", "PATIENT"),)),
            person(),
            {Agreement.NAME, Agreement.BIRTH_DATE},
        ),
    ],
)
def test_what_agrees_is_asked_about_with_its_fields(nurse, site, first, second, agrees):
    known = factories.register(nurse, site, identity=first)
    doubt = refused(lambda: factories.register(nurse, site, identity=second))
    assert isinstance(doubt, DuplicateWarning)
    assert doubt.code == "duplicate"
    assert [(d.patient_id, set(d.agrees)) for d in doubt.duplicates] == [(known.id, agrees)]
    factories.register(nurse, site, identity=second, not_a_duplicate=True)


def test_one_field_alone_is_no_doubt(nurse, site):
    factories.register(nurse, site, identity=person(hospital_number="5678"))
    apart = (Contact("13900000001", "PATIENT"),)
    factories.register(nurse, site, identity=person("李大力"))  # the telephone of a relative
    factories.register(nurse, site, identity=person(birth_date=date(1950, 1, 1), contacts=apart))
    far = factories.make_site()
    doctor = factories.make_actor(Role.NURSE, site=far)
    factories.register(doctor, far, identity=person("赵六", hospital_number="5678"))


# ---- questions of plausibility


def given(site, **changes: Any) -> dict[str, Any]:
    product = factories.product("AXI_CEL")
    day = changes.pop("infused_on", clock.today() - timedelta(days=30))
    return {
        "sex": "MALE",
        "identity": changes.pop("identity", person()),
        "consent": ConsentInput("v1", ["LTFU"], changes.pop("signed", day)),
        "infusion": InfusionInput(
            product=product,
            indication=Indication.objects.filter(product=product).first(),
            infused_on=day,
            lot="L1",
            chain_of_identity="COI-1",
            dose_cells=changes.pop("dose", Decimal("120")),
        ),
        **changes,
    }


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"signed": date(2026, 11, 27), "infused_on": date(2026, 11, 1)}, "consent_after_infusion"),
        ({"infused_on": date(2015, 3, 1)}, "before_approval"),
        ({"dose": Decimal("99999999")}, "dose_unusual"),
        ({"identity": person("张3")}, "name_signs"),
        ({"identity": person("<b>张</b>")}, "name_signs"),
    ],
)
def test_what_is_unlikely_is_asked_once(nurse, site, change, code):
    with clock.pinned(clock.now()):
        asked = refused(lambda: patients.register(nurse, site, **given(site, **dict(change))))
        assert isinstance(asked, Unconfirmed)
        assert [question.code for question in asked.questions] == [code]
        keys = [question.key for question in asked.questions]
        patients.register(nurse, site, **given(site, **dict(change)), confirmed=keys)
    assert Patient.objects.count() == 1


# ---- corrections


def test_a_correction_reaches_the_patient_and_is_offered_to_the_cases(nurse, site):
    patient = factories.register(nurse, site, identity=person())
    factories.malignancy(nurse, patient)
    case = Case.objects.get(patient=patient)
    clocks = list(case.clocks.order_by("id").values())
    before = patient.version
    now = replace(identity.typed_again(opened(nurse, patient)), birth_date=date(1978, 5, 4))
    identity.correct(
        nurse, patient, given=now, today=clock.today(), reason="typed", sex="FEMALE", version=1
    )
    patient.refresh_from_db()
    assert (patient.sex, patient.birth_year, patient.version) == ("FEMALE", 1978, before + 1)
    source = case.sources.get(kind="identity")
    assert source.received_on == clock.today()
    assert "1978" in str(source.values) or "2" in str(source.values)
    assert list(case.clocks.order_by("id").values()) == clocks


def test_a_stale_correction_conflicts_and_names_the_fields(nurse, site):
    patient = factories.register(nurse, site, identity=person())
    start = identity.typed_again(opened(nurse, patient))
    today = clock.today()
    identity.correct(
        nurse, patient, given=replace(start, address="甲"), today=today, reason="x", version=1
    )
    with pytest.raises(Conflict) as caught:
        identity.correct(
            nurse, patient, given=replace(start, address="乙"), today=today, reason="x", version=1
        )
    assert caught.value.differences == {"address": ("乙", "甲")}


def test_a_wrong_number_gives_way_to_the_right_one_in_one_step(nurse, site):
    patient = factories.register(nurse, site, identity=person())
    telephones.end(
        nurse,
        patient,
        phone="13912345678",
        why="WRONG",
        version=1,
        by=Contact("010-62345678-801", ""),
    )
    shown = opened(nurse, patient)
    assert [(c.phone, c.whose) for c in shown.contacts] == [("01062345678x801", "PATIENT")]
    assert [(c.phone, c.ended_why, c.ended_on) for c in shown.former] == [
        ("13912345678", "WRONG", clock.today())
    ]
    assert queries.matching(nurse, "010-62345678") == [patient.id]
    assert queries.matching(nurse, "13912345678") == [patient.id], "a former number still finds"
    assert "801" not in str(queries.masked(nurse, [patient.id])[patient.id])


def test_a_relative_is_added_and_the_last_number_stays(nurse, site):
    patient = factories.register(nurse, site, identity=person())
    mother = Contact("013900000002", "FAMILY", "晚上", "PARENT", "李梅")
    telephones.add(nurse, patient, contact=mother, version=1)
    assert opened(nurse, patient).contacts[1].phone == "13900000002"
    with pytest.raises(Conflict):
        telephones.add(nurse, patient, contact=mother, version=1)
    twice = refused(lambda: telephones.add(nurse, patient, contact=mother, version=2))
    assert "new_phone" in twice.fields
    for turn, phone in enumerate(("13900000002", "13912345678"), 2):
        if turn == 2:
            telephones.end(nurse, patient, phone=phone, why="CHANGED", version=turn)
        else:
            last = refused(
                lambda: telephones.end(nurse, patient, phone="13912345678", why="WRONG", version=3)
            )
            assert "new_phone" in last.fields


# ---- search


def test_search_by_short_code_lot_chain_and_parts_of_a_name(nurse, site):
    patient = factories.register(
        nurse,
        site,
        identity=person("Smith John", contacts=(Contact("021-64377134转8001", "PATIENT"),)),
    )
    running = patient.study_code.rsplit("-", 1)[1]
    for text in (running, running.lstrip("0"), patient.study_code):
        assert list(by_codes(nurse, text)) == [patient]
    for text in ("021-64377134", "64377134", "7134", "John Smith", "smith", "john"):
        assert queries.matching(nurse, text) == [patient.id], text
    infusion = factories.infusion_of(patient)
    assert [row.id for row in by_product_labels(nurse, "a2608-17")] == [infusion.id]
    assert [row.id for row in by_product_labels(nurse, infusion.chain_of_identity)] == [infusion.id]
    stranger = factories.make_actor(Role.NURSE, site=factories.make_site())
    assert not by_product_labels(stranger, "A2608-17")
    assert not by_codes(stranger, running)


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("阿卜杜拉·买买提", "maimaiti"),
        ("阿卜杜拉·买买提", "买买提"),
        ("阿卜杜拉ꞏ买买提", "阿卜杜拉ᐧ买买提"),
        ("谌小明", "shenxiaoming"),
        ("贠小明", "yunxm"[:3]),
        ("浣小明", "wanxiaoming"),
        ("黑小明", "hexiaoming"),
        ("𠮷小明", "jxm"),
        ("王𰀀明", "wm"),
    ],
)
def test_rare_readings_and_second_halves_find_the_person(nurse, site, name, typed):
    patient = factories.register(nurse, site, identity=person(name))
    assert queries.matching(nurse, typed) == [patient.id]
