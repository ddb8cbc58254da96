"""Protocols: the designer, release by another person, moving patients, and the way back."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from followup.actions import amendments
from followup.core import clock, jobs, naming
from followup.core.models import Job
from followup.core.permissions import Role
from followup.models import PlannedVisit, ProtocolAmendment, ProtocolDraft, ReferenceItem, Schedule
from followup.queries import protocols
from tests import factories

pytestmark = pytest.mark.django_db


def client_of(role: Role, site, language: str = "en") -> Client:
    client = Client()
    client.force_login(factories.make_user(role, site=site, language=language))
    return client


@pytest.fixture
def writer(site):
    return client_of(Role.SITE_LEAD, site)


@pytest.fixture
def draft(writer):
    base = protocols.latest()
    answer = writer.post(reverse("protocol-new", args=[base.id]), {"purpose": "Longer M9"})
    assert answer.status_code == 302
    return ProtocolDraft.objects.get()


def place_of(draft, code: str) -> int:
    return [entry["code"] for entry in draft.data["points"]].index(code)


M9 = {
    "code": "M9",
    "repeats": "once",
    "unit": "months",
    "offset": "9",
    "before": "30",
    "after": "45",
    "contact_types": ["ON_SITE", "PHONE"],
    "assess_R": "always",
    "assess_V": "if_detectable",
}


def test_a_version_is_written_previewed_and_released_by_somebody_else(site, writer, draft) -> None:
    page = writer.get(reverse("protocol-draft", args=[draft.id]), {"day_zero": "2026-01-31"})
    text = page.content.decode()
    assert "2026-10-31" in text  # M9 of the sample patient
    assert "somebody else has to release it" in text
    chinese = client_of(Role.SITE_LEAD, site, "zh-hans")
    with translation.override("zh-hans"):
        source = naming.citation(draft.data["citation"])
    assert source != draft.data["citation"]
    assert source in chinese.get(reverse("protocol-draft", args=[draft.id])).text
    assert source not in text
    address = reverse("protocol-point", args=[draft.id, place_of(draft, "M9")])
    assert 'value="M9"' in writer.get(address).content.decode()
    tried = writer.post(address, M9 | {"version": draft.version, "then": "preview"})
    assert "<del>" in tried.content.decode()
    draft.refresh_from_db()
    assert draft.version == 1
    assert writer.post(address, M9 | {"version": draft.version}).status_code == 302
    draft.refresh_from_db()
    entry = draft.data["points"][place_of(draft, "M9")]
    assert entry["after"] == 45
    assert entry["assessments"] == ["R", {"code": "V", "condition": "if_detectable"}]
    stale = writer.post(address, M9 | {"after": "50", "version": 1})
    assert stale.status_code == 422
    release = reverse("protocol-release", args=[draft.id])
    writer.post(release, {"version": draft.version})
    draft.refresh_from_db()
    assert draft.released is None
    client_of(Role.SITE_LEAD, site).post(release, {"version": draft.version})
    draft.refresh_from_db()
    assert draft.released == protocols.latest()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"code": "m9"}, "id_code"),
        ({"code": "M{month}"}, "id_code"),
        ({"before": ""}, "id_before"),
        ({"first_day": "200"}, "id_first_day"),
        ({"offset": "六"}, "id_offset"),
        ({"assess_R": "", "assess_V": ""}, ""),
        ({"contact_types": []}, "id_contact_types"),
        ({"preferred_contact": "VIDEO"}, "id_preferred_contact"),
        ({"repeats": "series"}, "id_step"),
        ({"offset": "6"}, ""),  # on the day of M6 where both cannot be one visit
        ({"offset": "99999999"}, "id_offset"),
    ],
)
def test_a_wrong_point_is_refused_at_its_field(writer, draft, change, field) -> None:
    address = reverse("protocol-point", args=[draft.id, place_of(draft, "M9")])
    body = M9 | {"contact_types": ["PHONE"]} | change | {"version": draft.version}
    answer = writer.post(address, body)
    assert answer.status_code == 422
    assert not field or f'href="#{field}' in answer.content.decode()
    draft.refresh_from_db()
    assert draft.version == 1


def test_a_point_is_taken_out_but_not_the_tail_and_a_draft_is_given_up(writer, draft) -> None:
    writer.post(
        reverse("protocol-point-drop", args=[draft.id, str(place_of(draft, "M18"))]),
        {"version": draft.version},
    )
    draft.refresh_from_db()
    assert "M18" not in [entry["code"] for entry in draft.data["points"]]
    writer.post(reverse("protocol-point-drop", args=[draft.id, "tail"]), {"version": draft.version})
    draft.refresh_from_db()
    assert draft.data["tail"]
    answer = writer.post(reverse("protocol-discard", args=[draft.id]), {"discard-reason": ""})
    assert answer.status_code == 422
    writer.post(reverse("protocol-discard", args=[draft.id]), {"discard-reason": "Other plan"})
    draft.refresh_from_db()
    assert draft.discarded_at


def test_patients_are_moved_after_a_dry_run_and_brought_back(site, writer, draft) -> None:
    nurse = factories.make_actor(Role.NURSE, site=site)
    infused_on = clock.today() - timedelta(days=200)
    patient = factories.register_in_time(nurse, site, infused_on=infused_on)
    before = dict(PlannedVisit.objects.filter(patient=patient).values_list("code", "due"))
    address = reverse("protocol-point", args=[draft.id, place_of(draft, "M9")])
    writer.post(address, M9 | {"version": draft.version})
    draft.refresh_from_db()
    other = client_of(Role.SITE_LEAD, site, "zh-hans")
    other.post(reverse("protocol-release", args=[draft.id]), {"version": draft.version})
    source = ReferenceItem.objects.filter(kind="protocol", code=draft.code).earliest("loaded_at")
    body = {
        "product": factories.product().id,
        "site": site.id,
        "source": source.id,
        "target": protocols.latest().id,
        "purpose": "方案修订",
    }
    answer = other.post(reverse("amendment-new"), body)
    assert answer.status_code == 302, answer.content.decode()
    row = ProtocolAmendment.objects.get()
    waits = other.get(reverse("amendment", args=[row.id])).content.decode()
    assert reverse("job-status", args=[Job.objects.get().id]) in waits, "its job is followed here"
    assert 'value="trial"' not in waits, "it is not asked for twice"
    jobs.run(Job.objects.get(kind="amendment-trial").id)
    page = other.get(reverse("amendment", args=[row.id])).content.decode()
    assert 'value="move"' in page
    other.post(reverse("amendment-start", args=[row.id]), {"then": "move"})
    jobs.run(Job.objects.get(kind="amendment-move").id)
    after = dict(PlannedVisit.objects.filter(patient=patient).values_list("code", "due"))
    assert after["M9"] == before["M9"] + timedelta(days=15)
    assert {k: v for k, v in after.items() if k != "M9"} == {
        k: v for k, v in before.items() if k != "M9"
    }
    assert Schedule.objects.get(patient=patient).amendment_id == row.id
    other.post(reverse("amendment-undo", args=[row.id]), {"purpose": "误操作"})
    back = ProtocolAmendment.objects.get(undoes=row)
    assert back.target_id == source.id
    for address in ("protocol-versions",):
        assert other.get(reverse(address)).status_code == 200
    assert other.get(reverse("amendment", args=[back.id])).status_code == 200


def test_nobody_else_writes_protocols(site, draft) -> None:
    for role in (Role.NURSE, Role.ADMINISTRATOR, Role.SAFETY_OFFICER):
        client = client_of(role, site)
        assert client.get(reverse("protocol-versions")).status_code == 403
        assert client.get(reverse("protocol-draft", args=[draft.id])).status_code == 403


@pytest.mark.parametrize("place", ["x", "99", "-1", "1e3", "９"])
def test_a_place_that_is_none_is_not_found(writer, draft, place) -> None:
    address = f"/protocols/drafts/{draft.id}/points/{place}/"
    assert writer.get(address).status_code == 404
    assert writer.post(f"{address}drop/", {"version": 1}).status_code == 404


def test_an_auditor_reads_versions_and_drafts_and_writes_none(site, draft) -> None:
    auditor = client_of(Role.AUDITOR, site)
    page = auditor.get(reverse("protocol-versions"))
    assert page.status_code == 200
    assert "Longer M9" in page.content.decode()
    assert reverse("protocol-draft", args=[draft.id]) not in page.content.decode()
    assert auditor.get(reverse("protocol-draft", args=[draft.id])).status_code == 403


def test_a_move_nobody_tried_says_so_and_offers_the_dry_run(site) -> None:
    """One entered without its job, as by another door, must not ask to wait for nothing."""
    versions = ReferenceItem.objects.filter(kind="protocol")
    source, target = versions[0], versions[1]
    lead = factories.make_actor(Role.SITE_LEAD, site=site)
    given = {"source": source, "target": target, "purpose": "方案修订"}
    row = amendments.propose(lead, factories.product(), site=site, **given)
    page = client_of(Role.SITE_LEAD, site, "en")
    address = reverse("amendment", args=[row.id])
    shown = page.get(address).content.decode()
    assert "No dry run is done." in shown
    assert "Look again" not in shown
    assert 'value="move"' not in shown
    page.post(reverse("amendment-start", args=[row.id]), {"then": "trial"})
    job = Job.objects.get(kind="amendment-trial")
    jobs.run(job.id)
    done = page.get(address).content.decode()
    assert 'value="move"' in done
    assert reverse("job-file", args=[job.id]) in done, "the file that lists every patient"
