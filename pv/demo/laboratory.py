"""Laboratory values of the demo: blood counts that recover late, B cells away, a transgene fading.

The values of the SH01 hospital are told at the contacts of a patient's life; a file of its
laboratory waits with a code nobody has said the meaning of.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from random import Random

from followup.actions import laboratory
from followup.actions.laboratory import Specimen, ValueInput
from followup.core import clock
from followup.core.actor import Actor
from followup.core.confirmations import NOBODY_TO_ASK
from followup.core.permissions import Role
from followup.domain.laboratory import read_rows
from followup.models import Infusion, LaboratorySource, Patient
from followup.queries.laboratory import files
from pv.demo.facts import Life
from pv.demo.replay import DatedStep
from pv.demo.setup import Stage

SITE, MOST = "SH01", 12
LABORATORY = "检验科"
HEADINGS = {
    "patient": "病案号",
    "specimen": "采样时间",
    "item": "检验项目",
    "value": "结果",
    "unit": "单位",
    "range": "参考范围",
    "flag": "提示",
}


def steps(stage: Stage, life: Life, today: date) -> Iterable[DatedStep]:
    """The reports that came with the first weeks and with each contact, up to today and death."""
    if life.site != SITE or life.number >= MOST:
        return
    infused, last = life.infusion.infused_on, life.died_on.earliest if life.died_on else today
    early = [infused + timedelta(days=days) for days in (14, 28, 60)]
    days = sorted({*early, *(visit.on for visit in life.visits)})
    for on in days:
        if life.registered_on <= on < last:
            yield DatedStep(on, 4, life.number, partial(_report, stage, life, on))


def _report(stage: Stage, life: Life, on: date) -> None:
    nurse = stage.at(Role.NURSE, life.site)
    infusion = Infusion.objects.select_related("patient").get(
        chain_of_identity=life.infusion.chain_of_identity
    )
    laboratory.record(
        nurse,
        infusion.patient,
        specimen=Specimen(on=on, laboratory=LABORATORY),
        values=list(_values(life, (on - infusion.infused_on).days)),
        confirmed=NOBODY_TO_ASK,
    )


def _values(life: Life, day: int) -> Iterable[ValueInput]:
    """What the laboratory reported on a day after infusion; the same for the same life."""
    rng = Random(f"laboratory/{life.number}/{day}")
    months = Decimal(max(day, 1)) / 30
    slow = life.number % 4 == 1  # counts that stay low for a season
    risen = Decimal("0.8") + min(months, Decimal(4)) * Decimal("0.6")
    anc = Decimal("0.4") if slow and day < 120 else risen
    yield _value("anc", anc + _part(rng, 2), "10^9/L", "1.8-6.3")
    plt = 22 if slow and day < 90 else 60 + 20 * min(int(months), 6)
    yield _value("plt", Decimal(plt + rng.randint(0, 8)), "10^9/L", "125-350")
    yield _value(
        "hb", Decimal(min(82 + 4 * int(months), 138) + rng.randint(0, 6)), "g/L", "115-150"
    )
    if day < 28:
        return
    late = day > 500 and life.number % 3 == 0  # B cells return
    yield _value(
        "cd19", Decimal(rng.randint(40, 120) if late else rng.randint(0, 4)), "个/μL", "90-560"
    )
    igg = Decimal("7.4") if late else Decimal("3.2") + _part(rng, 9)
    yield _value("igg", igg, "g/L", "7-16")
    copies = 40_000 // (1 + max(day, 1) ** 2 // 900)
    text = f"{copies}" if copies >= 50 else "<50"
    yield ValueInput(
        measure="car_transgene",
        text=text,
        unit="copies/ug",
        lower_limit=Decimal(50),
        detection_limit=Decimal(10),
    )


def _part(rng: Random, most: int) -> Decimal:
    return Decimal(rng.randint(0, most)) / 10


def _value(measure: str, value: Decimal, unit: str, printed: str) -> ValueInput:
    return ValueInput(measure=measure, text=f"{value:f}", unit=unit, range_text=printed)


def leave_file(stage: Stage) -> None:
    """A file the laboratory sent: two codes are known, one waits; its lines wait for review."""
    nurse = stage.at(Role.NURSE, SITE)
    source = laboratory.files.add_source(nurse, stage.sites[SITE], name=LABORATORY)
    patients = list(Patient.objects.filter(site=stage.sites[SITE]).order_by("study_code")[:3])
    day = clock.today() - timedelta(days=2)
    rows = [",".join(HEADINGS.values())]
    for patient in patients:
        if patient.vital_status != "DEAD":
            rows += _rows(patient, day)
    file = laboratory.files.receive(
        nurse, source, name="检验结果.csv", content="\r\n".join(rows).encode("gb18030")
    )
    source = laboratory.files.confirm_columns(nurse, source, columns=HEADINGS, version=1)
    _confirm(nurse, source)
    sheet = files.sheet(file)
    columns = files.columns(source, sheet.headings)
    assert columns is not None
    read, _faults = read_rows(sheet, columns)
    out = laboratory.files.FileOutcome()
    laboratory.files.import_rows(nurse, file, rows=read, dry=False, out=out)


def leave_messages(stage: Stage) -> None:
    """What the hospital's system sent: a result that waits, its correction, a merge of numbers."""
    nurse = stage.at(Role.NURSE, SITE)
    source = LaboratorySource.objects.get(site=stage.sites[SITE], name=LABORATORY)
    source = laboratory.messages.set_up(
        nurse, source, sender=f"LIS-{SITE}", charset="gb18030", addresses=""
    )
    patients = Patient.objects.filter(site=stage.sites[SITE]).exclude(vital_status="DEAD")
    patient = patients.order_by("study_code").first()
    if patient is None:
        return
    day = clock.today() - timedelta(days=1)
    for content in _messages(patient.study_code, day):
        kept = laboratory.messages.receive(nurse, source, content=content, protocol="HL7")
        laboratory.messages.read(nurse, kept.message)


def _messages(number: str, day: date) -> Iterable[bytes]:
    head = f"MSH|^~\\&|LIS|LIS-{SITE}|EW|{SITE}|{day:%Y%m%d}1030||"
    tail = "|P|2.4||||||GB 18030-2000\r"
    order = f"OBR|1||CBC-1|CBC^血常规|||{day:%Y%m%d}0830\r"
    for place, (status, value) in enumerate((("P", "121"), ("C", "112")), start=1):
        result = f"OBX|1|NM|HGB||{value}|g/L|115-150|N|||{status}\r"
        start = f"{head}ORU^R01|DEMO-{place}{tail}PID|1||{number}^^^HIS^MR\r"
        yield (start + order + result).encode("gb18030")
    merge = f"{head}ADT^A40|DEMO-3{tail}PID|1||{SITE}-NEW-1^^^HIS^MR\rMRG|{number}^^^HIS^MR\r"
    yield merge.encode("gb18030")


def _confirm(nurse: Actor, source: LaboratorySource) -> None:
    for item, unit, measure in (("HGB", "g/L", "hb"), ("PLT", "10^9/L", "plt")):
        laboratory.files.confirm_code(nurse, source, item=item, unit=unit, measure=measure)


def _rows(patient: Patient, day: date) -> list[str]:
    start = f"{patient.study_code},{day} 08:30"
    return [
        f"{start},HGB,118,g/L,115-150,",
        f"{start},PLT,132,10^9/L,125-350,",
        f"{start},IGG-N,5.1,g/L,7-16,↓",
    ]
