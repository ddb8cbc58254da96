"""The day a kept specimen was collected: refused before birth, asked about long before."""

from datetime import date

import pytest

from followup.actions import samples
from followup.core import clock
from followup.core.confirmations import Unconfirmed
from followup.core.permissions import Role
from followup.core.problems import Refused
from followup.domain.samples import Moment
from followup.models import Consent, Sample
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def nurse():
    return factories.make_actor(Role.NURSE, site=factories.make_site("SPL"))


@pytest.fixture
def block(nurse) -> Sample:
    site = factories.Site.objects.get(code="SPL")
    patient = factories.register(nurse, site, purposes=("LTFU", "SAMPLES"))
    event = factories.malignancy(nurse, patient)
    return Sample.objects.get(event=event, code="P3")


def collect(nurse, block: Sample, day: date, **more):
    return samples.record_steps(
        nurse, [block], step="COLLECT", happened_at=Moment(day), place="病理科", **more
    )


def test_a_specimen_of_1960_is_refused_or_asked_about(nurse, block):
    born = block.patient.birth_year
    assert born is not None
    with pytest.raises(Refused) as refused:
        collect(nurse, block, date(born - 1, 12, 31))
    assert not isinstance(refused.value, Unconfirmed)
    assert "happened_on" in refused.value.fields
    day = block.infusion.infused_on.replace(year=block.infusion.infused_on.year - 16)
    with factories.transaction.atomic(), factories.audit.acting(factories.SYSTEM, "test"):
        Consent.objects.filter(patient=block.patient).update(given_on=day)
    with pytest.raises(Unconfirmed) as asked:
        collect(nurse, block, day)
    (question,) = asked.value.questions
    assert question.field == "happened_on"
    collect(nurse, block, day, confirmed=[question.key])
    block.refresh_from_db()
    assert block.state == "COLLECTED"


@pytest.mark.parametrize("held", ["YES", "NO"])
def test_nobody_looked_for_kept_material_before_the_infusion(nurse, block, held):
    more = {"place": "病理科"} if held == "YES" else {"reason": "PATIENT_REFUSED"}
    with pytest.raises(Refused) as refused:
        samples.answer_held(nurse, block, held=held, happened_at=Moment(date(1960, 5, 1)), **more)
    assert set(refused.value.fields) == {"happened_on"}
    samples.answer_held(nurse, block, held=held, happened_at=Moment(clock.today()), **more)
