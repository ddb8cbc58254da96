"""The authority of the demonstration: it answers each report that was sent to it."""

from pathlib import Path
from xml.sax.saxutils import quoteattr

from django.conf import settings

from followup.core import clock
from followup.core.actor import Actor
from followup.core.permissions import Role
from pv.actions import acknowledgements, channel_certificates, channel_messages, channels
from pv.adapters.as2 import carrier as as2
from pv.demo.setup import Stage
from pv.models import InboundFile, Submission

FOLDERS = {"outbox": "nmpa/out", "inbox": "nmpa/in"}


def open_folders(stage: Stage) -> None:
    """The folder channel of the demonstration, tested, for whoever tries a sending."""
    admin = stage.of(Role.ADMINISTRATOR)
    channel = channels.add(
        admin,
        name="国家药品不良反应监测系统（文件夹）",
        kind="folder",
        environment="production",
        profile="nmpa",
        settings=FOLDERS,
    )
    for folder in FOLDERS.values():
        (Path(settings.EXCHANGE_ROOT) / folder).mkdir(parents=True, exist_ok=True)
    channels.test(admin, channel)
    _test_gateway(admin)


def _test_gateway(admin: Actor) -> None:
    """A channel by AS2 as it is entered first: our key is made, the receiver's is awaited."""
    test = channels.add(
        admin,
        name="EudraVigilance（AS2，测试）",
        kind="as2",
        environment="test",
        profile="ema",
        settings={
            "as2_from": "EVERWATCH-DEMO",
            "as2_to": "EVTEST",
            "url": "https://gateway.invalid:8080/as2",
            "receipt": as2.LATER,
        },
    )
    channel_certificates.make(admin, test)
    # What a receiver sends before it has our certificate: refused, kept as it came.
    headers = {
        "AS2-From": "EVTEST",
        "AS2-To": "EVERWATCH-DEMO",
        "Message-ID": "<demo-1@evtest.invalid>",
        "Content-Type": "application/pkcs7-mime; smime-type=enveloped-data",
    }
    channel_messages.receive(Actor.process("exchange"), headers, b"sealed for another key")


_ROOT = "2.16.840.1.113883.3.989.2.1.3."
_WARNED = "Warnings:\n1: E.i.7 (outcome) may be given more exactly in a follow-up.\n"


def _id(root: int, extension: str) -> str:
    return f"<id root={quoteattr(f'{_ROOT}{root}')} extension={quoteattr(extension)}/>"


_REJECTED = "Rejections:\n1: H.4 (comments of the sender) must say how causality was judged.\n"


def answer(officer: Actor, submission: Submission) -> None:
    """An acknowledgement that the report was loaded, with a remark on every third one."""
    text = "" if int(submission.sha256[:4], 16) % 3 else _WARNED
    _acknowledge(officer, submission, "CA", text)


def reject(officer: Actor, submission: Submission) -> None:
    """An acknowledgement that the report was not loaded, and why."""
    _acknowledge(officer, submission, "CR", _REJECTED)


def _acknowledge(officer: Actor, submission: Submission, code: str, text: str) -> None:
    number, whole = f"ACK-{submission.batch_number}", "AA" if code == "CA" else "AR"
    made = clock.now().astimezone(clock.SHANGHAI).strftime("%Y%m%d%H%M%S%z")
    data = (
        f'<MCCI_IN200101UV01 xmlns="urn:hl7-org:v3">{_id(20, number)}'
        f'<creationTime value="{made}"/><MCCI_IN000002UV01><acknowledgement typeCode="{code}">'
        f"<targetMessage>{_id(1, submission.report_number)}</targetMessage>"
        f"<acknowledgementDetail><text>{text}</text></acknowledgementDetail></acknowledgement>"
        f"</MCCI_IN000002UV01><sender><device>{_id(17, 'nmpacdr')}</device></sender>"
        f'<acknowledgement typeCode="{whole}"><targetBatch>{_id(22, submission.batch_number)}'
        "</targetBatch></acknowledgement></MCCI_IN200101UV01>"
    )
    name = f"{submission.batch_number}.ack"
    acknowledgements.receive(officer, data.encode(), file_name=name, door=InboundFile.Door.FOLDER)
