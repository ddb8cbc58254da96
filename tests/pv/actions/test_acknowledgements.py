"""Acknowledgements move submissions: applied, repeated, overtaking, foreign, contradicting."""

from datetime import timedelta
from itertools import permutations

import pytest
from django.db import DatabaseError, transaction
from django.utils import translation

from followup.core import audit, clock
from followup.core.permissions import Role
from followup.core.problems import Refused
from followup.core.stored_words import told
from pv.actions import acknowledgements, cases, icsr, transmissions
from pv.domain.e2b.checks import Profile
from pv.models import Acknowledgement, Case, InboundFile, Submission, TransmissionEvent
from pv.queries import acknowledgements as queries
from tests import factories
from tests.pv.acks import ack, entry
from tests.pv.actions.test_sendings import CODED

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(officer):
    site = factories.make_site("ACK")
    nurse = factories.make_actor(Role.NURSE, site=site)
    aware_on = clock.today() - timedelta(days=5)
    event = factories.malignancy(nurse, factories.register(nurse, site), aware_on=aware_on)
    made = Case.objects.get(sources__event=event)
    made = cases.accept(officer, made, lock_version=made.lock_version)
    return cases.edit(officer, made, changes=CODED, lock_version=made.lock_version)


@pytest.fixture
def file(officer, case) -> Submission:
    return factories.release(officer, case, profile=Profile.NMPA)


def again(file) -> Submission:
    return Submission.objects.get(id=file.id)


def answer(file, code, text="", **values) -> bytes:
    said = {"batch": file.batch_number, "number": f"{code}-1"} | values
    return ack(entry(file.report_number, code, text), **said)


def receive(officer, data, name="a.ack"):
    return acknowledgements.receive(officer, data, file_name=name).acknowledgement


def clock_of(file):
    return Case.objects.get(id=file.case_id).clocks.get(rule="CN-S", stopped_at=None)


def test_a_file_knows_its_numbers(file):
    assert file.batch_number == file.file_name.removesuffix(".xml")
    assert f'extension="{file.report_number}"' in bytes(file.content).decode()


def test_an_acceptance_moves_the_submission_and_keeps_the_file(officer, file):
    icsr.mark_sent(officer, file, on=clock.today())
    data = answer(file, "CA")
    row = receive(officer, data)
    assert (row.state, row.product_id) == ("applied", file.product_id)
    assert bytes(InboundFile.objects.get().content) == data
    assert (again(file).state, again(file).answer_due) == ("accepted", None)
    assert again(file).answered_on == clock.today()
    assert clock_of(file).met_on == clock.today()


def test_the_same_acknowledgement_twice_changes_nothing(officer, file):
    icsr.mark_sent(officer, file, on=clock.today())
    first = acknowledgements.receive(officer, answer(file, "CA"), file_name="a.ack")
    before = TransmissionEvent.objects.count()
    second = acknowledgements.receive(officer, answer(file, "CA"), file_name="again.ack")
    assert (first.repeated, second.repeated) == (False, True)
    assert second.acknowledgement.id == first.acknowledgement.id
    assert (InboundFile.objects.count(), TransmissionEvent.objects.count()) == (1, before)


def test_another_acknowledgement_that_says_the_same_is_a_repeat(officer, file):
    icsr.mark_sent(officer, file, on=clock.today())
    receive(officer, answer(file, "CA"))
    assert receive(officer, answer(file, "CA", number="other")).state == "repeated"
    assert again(file).state == "accepted"
    assert not again(file).disputed


def test_a_rejection_opens_the_clock_and_the_closed_case(officer, file):
    icsr.mark_sent(officer, file, on=clock.today())
    case = Case.objects.get(id=file.case_id)
    cases.advance(officer, case, to="closed", lock_version=case.lock_version)
    receive(officer, answer(file, "CR", "Rejections:\n1: D.5 is missing.\n"))
    row, case = again(file), Case.objects.get(id=file.case_id)
    assert (row.state, case.stage) == ("rejected", "submission")
    assert clock_of(file).met_on is None
    assert case.next_due == case.received_on + timedelta(days=15)
    assert row.acknowledgement["rejections"][0]["elements"] == ["D.5"]
    now = cases.new_version(officer, case, kind="amendment", lock_version=case.lock_version)
    version = now.versions.get(number=now.current_version)
    assert "C.1.11.1" not in version.message["values"]  # nobody has it: nothing is amended
    mended = factories.release(officer, now, profile=Profile.NMPA)
    icsr.mark_sent(officer, mended, on=clock.today())
    receive(officer, answer(mended, "CA", number="second"))
    assert clock_of(file).met_on == clock.today()
    assert (again(file).state, again(mended).state) == ("rejected", "accepted")


def test_an_answer_before_the_note_of_the_sending_counts_from_its_own_day(officer, file):
    receive(officer, answer(file, "CA"))
    assert (again(file).state, again(file).sent_on) == ("accepted", clock.today())
    assert clock_of(file).met_on == clock.today()
    earlier = clock.today() - timedelta(days=1)
    icsr.mark_sent(officer, file, on=earlier, proof="回执 7")
    assert (again(file).state, again(file).sent_on) == ("accepted", earlier)
    with pytest.raises(Refused, match=r"(?i)sent|已发送"):
        icsr.mark_sent(officer, file, on=earlier, proof="回执 7")
    with pytest.raises(Refused):
        icsr.take_back(officer, again(file), reason="too late")


def test_every_order_of_events_ends_the_same(officer, file):
    steps = {
        "sent": lambda: icsr.mark_sent(officer, file, on=clock.today()),
        "receipt": lambda: receive(officer, ack(batch=file.batch_number, number="b", whole="AE")),
        "accepted": lambda: receive(officer, answer(file, "CA")),
        "twin": lambda: receive(officer, answer(file, "CA", number="twin")),
    }
    ends = set()
    for order in permutations(steps):
        with transaction.atomic():
            for name in order:
                steps[name]()
            row = again(file)
            met = clock_of(file).met_on
            ends.add((row.state, row.sent_on, row.answered_on, row.answer_due, row.disputed, met))
            transaction.set_rollback(True)
    assert ends == {("accepted", clock.today(), clock.today(), None, False, clock.today())}


def test_a_test_gateway_meets_no_clock(officer, case):
    file = factories.release(officer, case, profile=Profile.CDE)
    row = receive(officer, answer(file, "CA", sender="nmpacdr_test"))
    assert (row.state, again(file).state) == ("applied", "accepted")
    assert clock_of(file).met_on is None


def test_somebody_else_cannot_answer_for_the_receiver(officer, file):
    icsr.mark_sent(officer, file, on=clock.today())
    row = receive(officer, answer(file, "CA", sender="nmpacdr_test"))
    assert (row.state, again(file).state) == ("unclear", "sent")
    assert "nmpacdr_test" in row.problem == row.lines[0]["problem"]
    row.refresh_from_db()
    with translation.override("en"):
        said = f"nmpacdr_test is not the receiver of {file.file_name}."
        assert row.problem_told == told(row.lines[0]["words"], "") == said
    with translation.override("zh-hans"):
        assert row.problem_told != said
    with pytest.raises(Refused):
        acknowledgements.rework(officer, row, reason=" ")
    row = acknowledgements.rework(officer, row, reason="网关改名，见来函")
    assert (row.state, again(file).state) == ("applied", "accepted")
    with pytest.raises(Refused):
        acknowledgements.rework(officer, row, reason="again")


def test_the_same_number_with_other_bytes_waits_for_a_person(officer, file):
    icsr.mark_sent(officer, file, on=clock.today())
    receive(officer, answer(file, "CA", number="7"))
    row = receive(officer, answer(file, "CR", number="7"))
    assert (row.state, again(file).state) == ("conflict", "accepted")
    assert not again(file).disputed
    row = acknowledgements.set_aside(officer, row, reason="网关误发")
    assert (row.state, row.reason) == ("set_aside", "网关误发")
    assert InboundFile.objects.count() == 2


def test_contradicting_answers_wait_until_a_person_settles_them(officer, file):
    icsr.mark_sent(officer, file, on=clock.today())
    receive(officer, answer(file, "CA"))
    row = receive(officer, answer(file, "CR"))
    assert (row.state, again(file).state, again(file).disputed) == ("conflict", "accepted", True)
    with pytest.raises(Refused):
        transmissions.settle(officer, again(file), decision="sent", reason="x")
    with pytest.raises(Refused):
        transmissions.settle(officer, again(file), decision="rejected", reason=" ")
    transmissions.settle(officer, again(file), decision="rejected", reason="电话确认未入库")
    assert (again(file).state, again(file).disputed) == ("rejected", False)
    row.refresh_from_db()
    assert (row.state, row.reason) == ("set_aside", "电话确认未入库")
    assert clock_of(file).met_on is None
    with pytest.raises(Refused):
        transmissions.settle(officer, again(file), decision="accepted", reason="x")


@pytest.mark.parametrize(
    ("values", "number"),
    [({"batch": "C-nobody"}, None), ({"batch": ""}, "CN-NOBODY-1")],
)
def test_what_is_not_ours_goes_to_quarantine(officer, file, values, number):
    said = {"batch": file.batch_number} | values
    row = receive(officer, ack(entry(number or file.report_number, "CA"), **said))
    assert (row.state, again(file).state) == ("unknown", "generated")
    assert row.lines[0]["problem"]


def test_without_a_batch_the_report_number_and_the_sender_lead_to_the_file(officer, case, file):
    other = factories.release(officer, case, profile=Profile.CDE)
    assert other.report_number == file.report_number
    row = receive(officer, answer(file, "CA", batch=""))
    assert (row.state, again(file).state) == ("applied", "accepted")
    assert again(other).state == "generated"
    row = receive(officer, answer(file, "CA", batch="", sender="", number="nobody said"))
    assert again(other).state == "accepted"


@pytest.mark.parametrize("data", [b"", b"not xml", b"<a/>", b"<!DOCTYPE a><a/>", b"\xff\xfe\x00"])
def test_what_cannot_be_read_is_kept_and_waits(officer, data):
    row = receive(officer, data)
    assert row.state == "unreadable"
    spoken = set()
    for language in ("en", "zh-hans"):
        with translation.override(language):
            spoken.add(row.problem_told)
    assert row.problem in spoken
    assert len(spoken) == 2, "each reader reads it in his own language"
    row.problem_words = {}
    assert row.problem_told == row.problem, "of an earlier time: as it was kept"
    assert bytes(row.file.content) == data


def test_each_message_of_a_batch_is_decided_alone(officer, file):
    icsr.mark_sent(officer, file, on=clock.today())
    data = ack(
        entry("CN-NOBODY-1", "CR"),
        entry(file.report_number, "CA", "Warnings:\n1: D.5 odd\n"),
        batch=file.batch_number,
        whole="AR",
    )
    row = receive(officer, data)
    assert again(file).state == "accepted_with_warnings"
    assert row.state == "partly"  # what is said of the stranger still waits
    assert sorted(line["effect"] for line in row.lines) == ["moved", "not_ours"]


def test_two_answers_of_one_file_on_one_message_contradict(officer, file):
    number = file.report_number
    row = receive(officer, ack(entry(number, "CA"), entry(number, "CR"), batch=file.batch_number))
    assert (row.state, again(file).disputed) == ("conflict", True)


def test_a_number_that_came_before_with_other_content_waits_at_the_file_it_names(officer, file):
    receive(officer, answer(file, "CA"))
    row = receive(officer, answer(file, "CA", "another text"))
    assert (row.state, row.lines) == ("conflict", [])
    assert [waits.id for waits in queries.waiting_about(officer, file)] == [row.id]


def test_a_result_nobody_can_read_is_told_apart_from_a_file_that_is_not_ours(officer, file):
    row = receive(officer, answer(file, "AE"))  # a code of the batch beside a message
    assert (row.state, again(file).state) == ("unclear", "generated")
    assert row.problem
    assert row.lines[0]["file_name"] == file.file_name
    assert [waits.id for waits in queries.waiting_about(officer, file)] == [row.id]
    row = acknowledgements.rework(officer, row, reason="问过接收方")
    assert row.state == "unclear", "trusting the sender does not make it readable"
    acknowledgements.set_aside(officer, row, reason="已索取新回执")
    assert queries.waiting_about(officer, file) == []
    other = receive(officer, ack(entry("CN-NOBODY-1", "CA"), batch=file.batch_number))
    assert (other.state, bool(other.problem)) == ("unclear", True), "the batch is ours"
    stranger = receive(officer, ack(entry("CN-NOBODY-1", "CA"), batch="C-x", number="9"))
    assert (stranger.state, stranger.problem) == ("unknown", "")


def test_the_receivers_own_day_counts_where_it_can_be(officer, file):
    tomorrow = (clock.today() + timedelta(days=1)).strftime("%Y%m%d")
    receive(officer, answer(file, "CA", sent=f"{tomorrow}101500+0800"))
    assert again(file).answered_on == clock.today()


def test_an_officer_of_another_product_learns_nothing_of_the_file(file):
    stranger = factories.make_actor(Role.SAFETY_OFFICER, product=factories.product("EQUE_CEL"))
    row = receive(stranger, answer(file, "CA"))
    assert (row.state, again(file).state) == ("unknown", "generated")
    assert file.file_name not in str(row.lines)


def test_a_missing_answer_has_a_last_day(officer, file):
    icsr.mark_sent(officer, file, on=clock.today())
    due = again(file).answer_due
    assert due is not None
    assert due > clock.today() + timedelta(days=1)
    version = again(file).answer_due_version
    icsr.take_back(officer, again(file), reason="未发")
    assert again(file).answer_due is None
    icsr.mark_sent(officer, file, on=clock.today())
    assert again(file).answer_due_version > version


def test_files_and_events_are_never_rewritten(officer, file):
    receive(officer, answer(file, "CA"))
    for model in (InboundFile, TransmissionEvent):
        with (
            pytest.raises(DatabaseError, match="refused"),
            transaction.atomic(),
            audit.acting(factories.SYSTEM, "test"),
        ):
            model.objects.update(id=file.id)


def test_a_file_that_was_kept_before_a_crash_is_worked_when_it_comes_again(officer, file):
    data = answer(file, "CA")
    acknowledgements.store(officer, data=data, file_name="a.ack", door="page")
    assert not Acknowledgement.objects.exists()
    assert receive(officer, data).state == "applied"
    assert InboundFile.objects.count() == 1


def test_a_file_that_was_kept_before_a_crash_is_worked_within_a_day(officer, file):
    acknowledgements.store(officer, data=answer(file, "CA"), file_name="a.ack", door="page")
    assert acknowledgements.work_left(factories.SYSTEM, today=clock.today()) == 1
    assert again(file).state == "accepted"
    assert acknowledgements.work_left(factories.SYSTEM, today=clock.today()) == 0


def test_a_doubtful_sending_waits_for_a_person(officer, file):
    with transaction.atomic(), audit.acting(officer, "test"):
        case, row = transmissions.locked(file)
        happening = transmissions.Happening(
            transmissions.EventKind.AMBIGUOUS, on=clock.today(), channel="as2"
        )
        transmissions.record(officer, case, row, happening)
    assert again(file).ambiguous
    with pytest.raises(Refused):
        transmissions.not_arrived(officer, again(file), reason="")
    transmissions.not_arrived(officer, again(file), reason="网关确认未收到")
    assert not again(file).ambiguous
    with pytest.raises(Refused):
        transmissions.not_arrived(officer, again(file), reason="x")


@pytest.mark.parametrize("code", ["CA", "CR"])
def test_a_nullified_case_takes_late_answers_and_owes_nothing(officer, file, code):
    """The answer to its file comes after the nullification: noted, no clock, no stage moves."""
    icsr.mark_sent(officer, file, on=clock.today())
    case = Case.objects.get(id=file.case_id)
    case = cases.nullify(officer, case, reason="重复病例", lock_version=case.lock_version)
    row = receive(officer, answer(file, code, "Rejections:\n1: D.5 is missing.\n"))
    case.refresh_from_db()
    assert row.state == "applied"
    assert again(file).state == {"CA": "accepted", "CR": "rejected"}[code]
    assert case.stage == "nullified"
    assert not case.clocks.filter(stopped_at=None, met_on=None).exists()
    assert case.next_due is None
