"""J11: results of HL7 messages kept, audited and read into lines against parsing them alone."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from bench._measure import alternate, row
from followup.actions.laboratory import files, messages
from followup.core import clock
from followup.core.actor import Actor
from followup.domain.laboratory import hl7
from followup.models import LaboratoryLine, Patient
from pv.demo.seeding import fill_register

DATABASE = True
RESULTS = 25  # of one message, as of a blood count with chemistry
BENCH = Actor.process("bench")


def _message(number: str, place: int) -> bytes:
    day = clock.today() - timedelta(days=2)
    lines = [
        f"MSH|^~\\&|LIS|L|E|E|{day:%Y%m%d}1200||ORU^R01|M{place}|P|2.4||||||GB 18030-2000",
        f"PID|1||{number}^^^HIS^MR",
        f"OBR|1||F{place}|P|||{day:%Y%m%d}0830",
    ]
    lines += [f"OBX|{n}|NM|C{n}^项目{n}||{n}.{place % 10}0|g/L|1-90|N|||F" for n in range(RESULTS)]
    return "\r".join(lines).encode("gb18030")


def cases(quick: bool = False) -> Iterator[dict[str, Any]]:
    """Messages one after the other, each kept, committed and read, as the listener does."""
    count = 20 if quick else 400
    for _ in fill_register(BENCH, count=10, seed=1):
        pass
    patient = Patient.objects.select_related("site").first()
    assert patient is not None
    source = files.add_source(BENCH, patient.site, name="bench")
    for n in range(RESULTS):
        files.confirm_code(BENCH, source, item=f"C{n} 项目{n}", unit="g/L", measure="hb")
    place = iter(range(10**9))
    parsed = [_message(patient.study_code, n) for n in range(count)]

    def keep() -> None:
        for _ in range(count):
            content = _message(patient.study_code, next(place))
            kept = messages.receive(BENCH, source, content=content, protocol="HL7")
            messages.read(BENCH, kept.message)

    def parse() -> None:
        for content in parsed:
            hl7.read(content, clock.SHANGHAI)

    ours, limit = alternate((keep, parse), rounds=3)
    assert LaboratoryLine.objects.count() == 3 * count * RESULTS
    yield row("exchange", "hl7", count * RESULTS, ours, limit)
