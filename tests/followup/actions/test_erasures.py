"""Erasing who a person is: two persons, everywhere, and the records and the seal stay."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from followup.actions import drafts, erasures, identity, seals, verifications
from followup.actions.identity import telephones
from followup.actions.identity.persons import Contact
from followup.actions.laboratory import files as laboratory
from followup.core import audit, jobs
from followup.core.actor import Actor
from followup.core.confirmations import Unconfirmed
from followup.core.models import Change, Draft, Job
from followup.core.permissions import Role
from followup.core.problems import Refused
from followup.core.security import secrets
from followup.models import (
    DataKey,
    Identity,
    IdentityErasure,
    Patient,
    Site,
    Visit,
)
from followup.queries import duplicates, row_checks
from followup.queries import erasures as queries
from followup.queries import identity as identities
from followup.queries.laboratory import files
from tests import factories

pytestmark = pytest.mark.django_db
NAME, NUMBER = "欧阳清源", "13911112222"


@pytest.fixture
def people(site: Site) -> dict[Role, Actor]:
    roles = (Role.NURSE, Role.PHYSICIAN, Role.SITE_LEAD)
    return {role: factories.make_actor(role, site=site) for role in roles}


@pytest.fixture
def patient(people: dict[Role, Actor], site: Site, settings: Any, tmp_path: Path) -> Patient:
    settings.ERASURES_FILE = str(tmp_path / "outside" / "erasures.jsonl")
    person = replace(factories.person(NAME), birth_date=None, national_id="110105194912310011")
    row = factories.register(people[Role.NURSE], site, identity=person)
    telephones.add(
        people[Role.NURSE],
        row,
        contact=Contact(phone=NUMBER, whose="FAMILY", person="欧阳母", relation="MOTHER"),
        version=1,
    )
    return row


def asked(people: dict[Role, Actor], patient: Patient) -> IdentityErasure:
    values = {"ground": "REQUEST", "reason": "the person wrote to us"}
    with pytest.raises(Unconfirmed) as question:
        erasures.ask(people[Role.PHYSICIAN], patient, **values)
    confirmed = [each.key for each in question.value.questions]
    return erasures.ask(people[Role.PHYSICIAN], patient, **values, confirmed=confirmed)


def worked(row: IdentityErasure, state: str = "done") -> IdentityErasure:
    """The erasure after the job that waits for it was done."""
    job = jobs.run(row.job_id)
    assert job is not None
    assert job.state == state, job.error
    row.refresh_from_db()
    return row


def decided(people: dict[Role, Actor], patient: Patient) -> IdentityErasure:
    return erasures.decide(people[Role.SITE_LEAD], worked(asked(people, patient)), confirm=True)


def erased(people: dict[Role, Actor], patient: Patient) -> IdentityErasure:
    return worked(decided(people, patient))


def everything() -> str:
    """Every row of every table of ours, images of the trail too, as text."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND "
            "(tablename LIKE 'core%' OR tablename LIKE 'followup%' OR tablename LIKE 'pv%'"
            " OR tablename LIKE 'django%')"
        )
        tables = [name for (name,) in cursor.fetchall()]
        texts = []
        for table in tables:
            cursor.execute(f'SELECT to_jsonb(t)::text FROM "{table}" t')
            texts += [row[0] for row in cursor.fetchall()]
    return "\n".join(texts)


def opened(image: dict[str, Any]) -> list[str]:
    """What the keys there are open of an image of an identity."""
    found = []
    key = identities.data_keys.key_of(image["patient_id"])
    for column in identity.COLUMNS:
        place = secrets.associated_data(
            "followup_identity", column, image["patient_id"], image["site_id"]
        )
        try:
            if image[f"{column}_sealed"]:
                found.append(secrets.decrypt(image[f"{column}_sealed"], place, key))
        except secrets.Unreadable:
            continue
    return found


def images(patient: Patient) -> list[dict[str, Any]]:
    rows = Change.objects.filter(table_name="followup_identity", row_id=str(patient.id))
    return [image for row in rows for image in (row.before, row.after) if image]


def test_nothing_stored_says_who_it_was_and_the_seal_verifies(
    people: dict[Role, Actor], patient: Patient, site: Site, django_capture_on_commit_callbacks: Any
) -> None:
    nurse = people[Role.NURSE]
    visit = factories.call(nurse, patient)
    source = laboratory.add_source(nurse, site, name="lab")
    content = f"姓名,项目,结果\n{NAME},IgG,7.1\n".encode()
    file = laboratory.receive(nurse, source, name="a.csv", content=content)
    user = factories.make_user(Role.NURSE, site=site)
    typed = {"name": [NAME], "phone": [NUMBER]}
    drafts.save(
        factories.actor_of(user),
        form="registration",
        subject="",
        fields=typed,
        address="/",
        label="",
    )
    national_id = identities.shown(Identity.objects.get(patient=patient)).national_id
    assert any(NAME in opened(image) for image in images(patient))
    seals.seal_all(factories.SYSTEM)
    with django_capture_on_commit_callbacks(execute=True):
        row = erased(people, patient)
    assert row.state == "DONE"
    assert (
        row.done["identities"] == row.done["keys"] == row.done["files"] == row.done["drafts"] == 1
    )
    assert images(patient)
    assert [opened(image) for image in images(patient)] == [[] for _image in images(patient)]
    assert not Draft.objects.exists()
    with pytest.raises(Refused, match="."):
        files.sheet(file)
    stored = everything()
    for text in (NAME, NUMBER, national_id):
        assert text not in stored
        for index in ("national_id", "search"):
            assert secrets.blind_index(text, index).hex() not in stored
    seals.seal_all(factories.SYSTEM)
    assert verifications.verify(factories.SYSTEM, anchors={}).fault == ""
    assert row_checks.first_wrong() is None
    assert Visit.objects.filter(id=visit.id).exists()
    assert Patient.objects.get(id=patient.id).follow_up_state == patient.follow_up_state
    known = Identity.objects.get(patient=patient)
    assert str(known.erased_on) in identities.masked(nurse, [patient.id])[patient.id].name


def test_the_same_person_is_a_new_patient_and_nothing_is_written_back(
    people: dict[Role, Actor], patient: Patient, site: Site
) -> None:
    nurse = people[Role.NURSE]
    shown = identities.shown(Identity.objects.get(patient=patient))
    person = identity.typed_again(shown)
    erased(people, patient)
    assert not identities.matching(nurse, NAME)
    assert not identities.matching(nurse, NUMBER)
    known = Identity.objects.get(patient=patient)
    for write in (
        lambda: identity.correct(
            nurse, patient, given=person, today=factories.clock.today(), reason="back"
        ),
        lambda: telephones.add(
            nurse, patient, contact=Contact(NUMBER, "PATIENT"), version=known.version
        ),
        lambda: erasures.ask(
            people[Role.SITE_LEAD], patient, ground="REQUEST", reason="again", confirmed=()
        ),
    ):
        with pytest.raises(Refused):
            write()
    again = factories.register(nurse, site, identity=person)
    assert again.id != patient.id
    assert duplicates.alike(nurse, again) == duplicates.alike(nurse, patient) == []


def test_another_person_decides_and_a_refusal_changes_nothing(
    people: dict[Role, Actor], patient: Patient
) -> None:
    lead = people[Role.SITE_LEAD]
    row = asked({**people, Role.PHYSICIAN: lead}, patient)
    with pytest.raises(Refused):
        erasures.decide(lead, row, confirm=True)
    second = factories.make_actor(Role.SITE_LEAD, site=patient.site)
    with pytest.raises(Refused):
        erasures.decide(second, row, confirm=True)
    with pytest.raises(Refused):
        erasures.decide(second, row, confirm=False)
    erasures.decide(second, row, confirm=False, note="the records are needed")
    assert identities.shown(Identity.objects.get(patient=patient)).name == NAME
    with pytest.raises(Refused):
        erasures.decide(second, row, confirm=True)
    late = jobs.run(row.job_id)
    assert late is not None
    assert late.state == "failed", "a search says nothing of an erasure that was decided"


def test_the_search_lists_the_texts_a_person_has_to_read_and_keeps_none_of_them(
    people: dict[Role, Actor], patient: Patient
) -> None:
    nurse = people[Role.NURSE]
    visit = factories.call(nurse, patient, note=f"家属电话 139 1111 2222，{NAME}不在家")
    row = worked(asked(people, patient))
    assert row.found["texts"] == [["followup_visit", "note", str(visit.id)]]
    assert [(text.table, text.column) for text in queries.texts(row)] == [
        ("followup_visit", "note")
    ]
    assert dict(row.found["kept"])["followup_visit"] == 1
    assert NAME not in json.dumps(row.found, ensure_ascii=False)


def test_after_a_restore_the_list_erases_again(
    people: dict[Role, Actor],
    patient: Patient,
    settings: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:
    identity_row = Identity.objects.filter(patient=patient).values().get()
    key = DataKey.objects.filter(owner=patient.id).values().get()
    with django_capture_on_commit_callbacks(execute=True):
        row = erased(people, patient)
    listed = Path(settings.ERASURES_FILE).read_text()
    assert json.loads(listed)["people"] == [str(patient.id)]
    assert NAME not in listed
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.restore"):
        IdentityErasure.objects.all().delete()  # the database of an older backup
        DataKey.objects.create(**key)
        Identity.objects.filter(patient=patient).update(
            **{k: v for k, v in identity_row.items() if k not in ("patient_id", "wrapped")}
        )
    assert identities.shown(Identity.objects.get(patient=patient)).name == NAME
    call_command("erasures", again=settings.ERASURES_FILE)
    assert Identity.objects.get(patient=patient).erased_on == row.erased_on
    assert not DataKey.objects.filter(owner=patient.id).exists()
    assert IdentityErasure.objects.get().state == "DONE"
    call_command("erasures", again=settings.ERASURES_FILE)  # once more changes nothing
    assert IdentityErasure.objects.count() == 1


def test_running_files_of_the_hospital_are_stopped_and_no_others(
    people: dict[Role, Actor], patient: Patient
) -> None:
    away = factories.make_actor(Role.SITE_LEAD, site=factories.make_site())
    kind = jobs.naming_kinds()[0]
    mine, apart = (
        jobs.request(person, kind, title="Patients", parameters={})
        for person in (factories.make_actor(Role.SITE_LEAD, site=patient.site), away)
    )
    erased(people, patient)
    mine.refresh_from_db()
    apart.refresh_from_db()
    assert (mine.state, apart.state) == (Job.State.CANCELLED, Job.State.QUEUED)


def test_downloads_before_are_named_with_who_has_them(
    people: dict[Role, Actor], patient: Patient, client: Client, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    user = factories.make_user(Role.SITE_LEAD, site=patient.site)
    lead, kind = factories.actor_of(user), jobs.naming_kinds()[0]
    texts = {"named.csv": NAME, "other.csv": "nobody", "gone.csv": "", "unread.csv": NAME}
    made = {}
    for name, text in texts.items():
        job = made[name] = jobs.request(lead, kind, title=name, parameters={"number": len(made)})
        with transaction.atomic(), audit.acting(factories.SYSTEM, "test.file"):
            Job.objects.filter(id=job.id).update(
                state="done", finished_at=job.requested_at, file_name=name, file_path=name
            )
        (tmp_path / name).write_text(text)
        if name != "unread.csv":
            jobs.file_of(lead, job.id)
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.file"):
        Job.objects.filter(id=made["gone.csv"].id).update(file_path="")
    row = erased(people, patient)
    found = [(each.name, each.by, each.seen) for each in queries.handed_out(row.done)]
    assert found == [("gone.csv", str(user), False), ("named.csv", str(user), True)]
    assert row.done["handed_out"] == 2
    client.force_login(user)
    page = client.get(reverse("erasure", args=[row.id])).content.decode()
    assert page.index("gone.csv") < page.index("named.csv")
    assert "other.csv" not in page
