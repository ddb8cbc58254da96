"""The practice patient of the demo: a nurse learns on it, and no figure holds it.

An event that would be serious was reported of it, and no case was drafted (decision 0034).
"""

from datetime import date, timedelta
from decimal import Decimal

from followup.actions import events, patients
from followup.actions.consent_papers import ConsentInput
from followup.actions.events import EventInput
from followup.actions.identity import Contact, IdentityInput
from followup.actions.patients import InfusionInput
from followup.core import clock
from followup.core.permissions import Role
from followup.domain.dates import PartialDate
from followup.models import Infusion, Patient
from followup.queries import practice
from pv.demo.setup import FORM_VERSION, PURPOSES, Stage

SITE, PRODUCT = "SH01", "AXI_CEL"
INFUSED = timedelta(days=95)  # month 3 is due: a visit to practise a call on


def practise(stage: Stage) -> Patient:
    """A practice patient of the nurse's hospital, with a call due and a serious event."""
    nurse, infused_on = stage.at(Role.NURSE, SITE), clock.today() - INFUSED
    product = stage.products[PRODUCT]
    indications = [row for row in stage.indications.values() if row.product_id == product.id]
    patient = patients.register(
        nurse,
        stage.sites[SITE],
        sex="FEMALE",
        identity=IdentityInput(
            name="练习甲",
            birth_date=date(1970, 1, 2),
            contacts=(Contact(phone="14000000001", whose="PATIENT"),),
        ),
        consent=ConsentInput(FORM_VERSION, PURPOSES, infused_on - timedelta(days=20)),
        infusion=InfusionInput(
            product=product,
            indication=indications[0],
            infused_on=infused_on,
            lot="PRACTICE-LOT",
            chain_of_identity=practice.unused_number(stage.sites[SITE]),
            dose_cells=Decimal(120),
            lymphodepletion="FLUDARABINE+CYCLOPHOSPHAMIDE",
        ),
        training=True,
    )
    onset = infused_on + timedelta(days=40)
    events.report(
        stage.at(Role.PHYSICIAN, SITE),
        Infusion.objects.select_related("product", "patient").get(patient=patient),
        given=EventInput(
            verbatim="肺炎（练习）",
            aware_on=onset + timedelta(days=1),
            reporter_name=stage.named(Role.PHYSICIAN, SITE),
            reporter_qualification="PHYSICIAN",
            onset=PartialDate.of(onset),
            serious=True,
            seriousness=("HOSPITALISATION",),
            grade=3,
            grade_scale="CTCAE_5",
            outcome="RECOVERED",
            causality="POSSIBLE",
        ),
    )
    return patient
