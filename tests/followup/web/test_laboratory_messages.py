"""Messages of laboratories over MLLP and REST: kept, answered, read once, taken in review."""

import asyncio
import html
import json
import logging
import os
import random
import re
import socket
import threading
import tracemalloc
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from followup.actions import data_keys
from followup.actions import laboratory as actions
from followup.actions.laboratory import message_reading
from followup.core import audit, clock
from followup.core.http.throttling import ActorThrottle
from followup.core.permissions import Role
from followup.core.problems import Refused
from followup.core.security.accounts import actor_of
from followup.domain.laboratory import hl7, mllp
from followup.management.commands import listen_mllp
from followup.models import (
    IdentifierFinding,
    Identity,
    LaboratoryFile,
    LaboratoryFinding,
    LaboratoryLine,
    LaboratoryMessage,
    LaboratoryResult,
)
from followup.queries import identity
from tests import factories, laboratory_peers
from tests.followup.domain.test_messages import PATIENT, bundle, observation
from tests.followup.web.test_laboratory_files import client, mapped, patient, source
from tests.pv.test_receivers import token

pytestmark = pytest.mark.django_db
__all__ = ["client", "patient", "source"]
BROKEN = 1000 if "EVERWATCH_EXAMPLES" in os.environ else 60
DAY = clock.today() - timedelta(days=10)
SYSTEM = factories.SYSTEM


@pytest.fixture(autouse=True)
def _connection_of_the_test(monkeypatch):
    """The listener closes its own connection after each message; a test keeps the one it has."""
    monkeypatch.setattr(listen_mllp, "close_old_connections", lambda: None)


def oru(number="M1", value="1.5", status="F", when=f"{DAY:%Y%m%d}0830", who="00123", code="WBC"):
    return (
        f"MSH|^~\\&|LIS|RJ|EW|EW|20261128103000||ORU^R01|{number}|P|2.4\r"
        f"PID|1||{who}^^^HIS^MR||張^三\rOBR|1||F1|CBC|||{when}\r"
        f"OBX|1|NM|{code}||{value}|10^9/L|3.5-9.5|N|||{status}\r"
    ).encode()


def adt(number, trigger, body):
    head = f"MSH|^~\\&|LIS|RJ|EW|EW|20261128103000||ADT^{trigger}|{number}|P|2.4\r"
    return (head + body).encode()


def send(source, data, protocol="HL7"):
    kept = actions.messages.receive(SYSTEM, source, content=data, protocol=protocol)
    actions.messages.read_left(SYSTEM)
    kept.message.refresh_from_db()
    return kept


def lines():
    return list(LaboratoryLine.objects.order_by("id").values_list("written", "state"))


def accept(client, line, **body):
    return client.post(reverse("laboratory-accept", args=[line.id]), body)


def last():
    return LaboratoryLine.objects.order_by("-id").first()


def value():
    row = LaboratoryResult.objects.filter(replaced_by__isnull=True).get()
    return None if row.taken_back else (row.written, row.status)


def test_a_result_waits_for_its_code_then_for_a_person_and_becomes_a_value(client, source, patient):
    kept = send(source, oru(value="1.50"))
    assert (kept.message.answer, kept.message.state) == ("AA", "READ")
    assert lines() == [("1.50", "UNMAPPED")]
    mapped(client, source, "WBC", "10^9/L", "wbc")
    assert lines() == [("1.50", "REVIEW")]
    assert "1.50" in client.get(reverse("laboratory-tray")).text
    assert accept(client, last()).status_code == 302
    assert value() == ("1.50", "FINAL")


def test_preliminary_final_correction_and_withdrawal_follow_each_other(client, source, patient):
    mapped(client, source, "WBC", "10^9/L", "wbc")
    steps = [
        ("P", "1.5", ("1.5", "PRELIMINARY")),
        ("P", "1.6", ("1.6", "PRELIMINARY")),
        ("P", "1.6", ("1.6", "PRELIMINARY")),
        ("F", "1.7", ("1.7", "FINAL")),
        ("F", "1.8", ("1.8", "CORRECTED")),
        ("C", "2.5", ("2.5", "CORRECTED")),
        ("W", "2.5", None),
    ]
    for number, (status, written, expected) in enumerate(steps):
        send(source, oru(f"M{number}", written, status))
        assert accept(client, last()).status_code == 302
        assert (last().state, value()) == ("ACCEPTED", expected)


def test_a_correction_is_one_although_nobody_here_saw_what_it_corrects(client, source, patient):
    mapped(client, source, "WBC", "10^9/L", "wbc")
    send(source, oru("M1", "1.5", "P"))
    assert accept(client, last()).status_code == 302
    send(source, oru("M2", "1.5", "C"))
    assert accept(client, last()).status_code == 302
    assert value() == ("1.5", "CORRECTED")
    mapped(client, source, "RCL", "", "rcl")
    alone = oru("M3", "未检出", "C", code="RCL").replace(b"F1", b"F3").replace(b"|10^9/L|", b"||")
    send(source, alone)
    assert accept(client, last()).status_code == 302
    row = LaboratoryResult.objects.get(measure="rcl")
    said = (row.finding, row.written, row.status, row.replaces_id, row.reason)
    assert said == ("NEGATIVE", "未检出", "CORRECTED", None, "")


def test_an_earlier_form_does_not_replace_a_later_one_that_was_accepted(client, source, patient):
    mapped(client, source, "WBC", "10^9/L", "wbc")
    send(source, oru("M1", "1.5", "P"))
    send(source, oru("M2", "2.5", "C"))
    first, second = LaboratoryLine.objects.order_by("id")
    said = "A later form of this result came."
    tray = reverse("laboratory-tray")
    assert client.get(tray).text.count(said) == 1
    assert accept(client, second).status_code == 302
    assert client.get(tray).text.count(said) == 1
    accept(client, first)
    first.refresh_from_db()
    assert (first.state, value()) == ("REVIEW", ("2.5", "CORRECTED"))
    refusal = {"reason": "早期结果"}
    assert client.post(reverse("laboratory-refuse", args=[first.id]), refusal).status_code == 302


def test_what_a_preliminary_value_gave_stays_with_the_final_one(client, source, patient):
    mapped(client, source, "IgG", "g/L", "igg")
    for number, status in enumerate("PF"):
        sent = oru(f"I{number}", "3.1", status, code="IgG")
        send(source, sent.replace(b"|10^9/L|3.5-9.5|", b"|g/L|7-16|"))
        assert accept(client, last()).status_code == 302
        finding = LaboratoryFinding.objects.get()
        if status == "P":
            actions.answer(SYSTEM, finding, text="已知，替代治疗中")
    assert (value(), finding.rule, finding.state) == (("3.1", "FINAL"), "LOW_IGG", "ANSWERED")
    assert finding.result.status == "FINAL"


def test_a_withdrawal_ends_what_nobody_has_accepted(client, source, patient):
    mapped(client, source, "WBC", "10^9/L", "wbc")
    send(source, oru("1"))
    send(source, oru("2", status="D"))
    assert lines() == [("1.5", "REFUSED"), ("1.5", "IGNORED")]


@pytest.mark.parametrize(("when", "known"), [("2026", "2026"), ("202611", "2026-11"), ("", "")])
def test_a_day_that_was_not_sent_is_given_by_a_person_within_what_is_known(
    client, source, patient, when, known
):
    mapped(client, source, "WBC", "10^9/L", "wbc")
    send(source, oru(when=f"{DAY:%Y%m}"[: len(when)]))
    line = last()
    expected = f"{DAY:%Y-%m}"[: len(known)]
    assert (line.state, line.specimen_on, line.specimen_known) == ("REVIEW", None, expected)
    assert client.get(reverse("laboratory-tray")).status_code == 200
    assert accept(client, line).status_code == 422
    if known:
        with pytest.raises(Refused):
            actions.lines.accept(SYSTEM, line, on=DAY.replace(year=DAY.year - 1))
    assert accept(client, line, on=DAY.isoformat()).status_code == 302
    assert LaboratoryResult.objects.get().specimen_on == DAY


def test_of_people_who_are_not_ours_only_the_hash_is_kept(source, patient):
    kept = send(source, oru(who="99999"))
    row = kept.message
    assert (row.answer, row.state, row.file, row.number) == ("AA", "NOT_OURS", None, "")
    assert LaboratoryFile.objects.count() == LaboratoryLine.objects.count() == 0


def newest():
    return LaboratoryMessage.objects.latest("received_at")


def test_a_message_of_ours_of_which_nothing_can_be_read_is_kept(client, source, patient, api):
    """Of nobody here only the hash stays: what names one of ours is no such message."""
    send(source, oru(status="Q"))
    row = newest()
    assert (row.state, row.counts["faults"], row.file is not None) == ("READ", 1, True)
    page = client.get(reverse("laboratory-messages", args=[source.id])).content.decode()
    assert "1 part could not be read" in page
    send(source, oru("M2", status="Q", who="99999"))
    assert (newest().state, newest().file) == ("NOT_OURS", None)
    observation = {
        "resourceType": "Observation",
        "status": "fertig",
        "code": {"text": "WBC"},
        "valueQuantity": {"value": 1.5},
    }
    subjects = ({"reference": "Patient/p"}, {"identifier": {"value": "00123"}})
    for number, subject in enumerate(subjects):
        entries = [{"resource": observation | {"subject": subject}}]
        if "reference" in subject:
            known = {"resourceType": "Patient", "id": "p", "identifier": [{"value": "00123"}]}
            entries.append({"resource": known})
        bundle = {"resourceType": "Bundle", "id": f"b{number}", "type": "collection"}
        answer = post(api, source, bundle | {"entry": entries})
        assert answer.status_code == 201
        assert "this part was not read" in answer.content.decode()
        assert (newest().state, newest().file is not None) == ("READ", True)


def test_the_same_message_again_is_answered_and_makes_nothing(source, patient):
    assert not send(source, oru()).repeated
    again = send(source, oru())
    assert (again.repeated, again.message.answer) == (True, "AA")
    assert (LaboratoryMessage.objects.count(), LaboratoryLine.objects.count()) == (1, 1)


def test_what_is_sent_again_after_the_patient_was_registered_is_kept(client, nurse, source, site):
    assert send(source, oru(who="99999")).message.state == "NOT_OURS"
    again = send(source, oru(who="99999"))
    assert (again.repeated, again.message.file) == (True, None)
    given = replace(factories.person(), hospital_number="99999")
    factories.register(actor_of(nurse), site, infused_on=DAY - timedelta(days=9), identity=given)
    third = send(source, oru(who="99999"))
    assert (third.repeated, third.message.state, third.message.number) == (False, "READ", "M1")
    assert lines() == [("1.5", "UNMAPPED")]
    assert send(source, oru(who="99999")).repeated
    assert (LaboratoryMessage.objects.count(), LaboratoryFile.objects.count()) == (1, 1)


def test_a_message_asks_the_database_little(client, source, patient, django_assert_max_num_queries):
    mapped(client, source, "WBC", "10^9/L", "wbc")
    send(source, oru("M0"))
    # Both actions with their contexts, and the lock that the end of an erasure waits for.
    with django_assert_max_num_queries(31):
        kept = actions.messages.receive(SYSTEM, source, content=oru("M1"), protocol="HL7")
        actions.messages.read(SYSTEM, kept.message)
    assert len(lines()) == 2


def test_the_same_number_with_other_content_waits_for_a_person(client, source, patient):
    send(source, oru())
    row = send(source, oru(value="9.9")).message
    assert (row.answer, row.state, len(lines())) == ("AA", "CONFLICT", 1)
    page = reverse("laboratory-message", args=[row.id])
    assert "張" in client.get(page).text
    assert client.post(page, {"verdict": "read", "reason": ""}).status_code == 422
    assert client.post(page, {"verdict": "read", "reason": "重发"}).status_code == 302
    assert len(lines()) == 2
    assert client.post(page, {"verdict": "set_aside", "reason": "x"}).status_code == 422


def test_a_message_about_another_person_of_the_same_number_waits(client, source, patient):
    """Another sex, birth date or name, or the numbers of two: a number that was typed wrong."""
    born = factories.person().birth_date
    name = identity.decrypted(Identity.objects.get(patient=patient), "name")
    sex = {"MALE": "M", "FEMALE": "F"}[patient.sex]
    other = {"M": "F", "F": "M"}[sex]
    pid = "PID|1||00123^^^HIS^MR||{}||{}|{}\r"
    told = pid.format("張^三", f"{born:%Y%m%d}", sex)
    plain = "PID|1||00123^^^HIS^MR||張^三\r"
    fits = oru("1").decode().replace(plain, told)
    assert send(source, fits.encode()).message.state == "READ"
    for number, one in enumerate(
        (pid.format("", f"{born:%Y%m%d}", other), pid.format("", f"{born.year - 9}0101", sex))
    ):
        wrong = oru(f"C{number}", "9.9").decode().replace(plain, one).encode()
        row = send(source, wrong).message
        assert (row.answer, row.state, bool(row.problem)) == ("AA", "CONFLICT", True)
    assert len(lines()) == 1
    agrees = adt("A1", "A08", pid.format(f"{name[0]}^{name[1:]}", f"{born.year}", sex))
    assert send(source, agrees).message.state == "NOT_OURS"  # it says nothing to keep
    changed = send(source, adt("A2", "A08", pid.format("欧阳^丁", "", ""))).message
    assert changed.state == "CONFLICT"
    page = client.get(reverse("laboratory-message", args=[changed.id])).text
    assert changed.problem in page
    told_in = set()
    for language in ("en", "zh-hans"):
        with translation.override(language):
            told_in.add(changed.problem_told)
    assert changed.problem in told_in
    assert len(told_in) == 2, "kept for readers of both languages"
    assert b"MSA|AA|C0|\r" in listen_mllp.Desk(str(source.id)).take(
        oru("C0", "9.9").decode().replace(plain, pid.format("", "", other)).encode(), "127.0.0.1"
    )
    tray = client.get(reverse("laboratory-tray")).text
    assert reverse("laboratory-messages", args=[source.id]) in tray


def test_the_numbers_of_two_patients_are_nobodys(client, nurse, source, site, patient):
    person = factories.person("李四")
    given = type(person)(name=person.name, birth_date=person.birth_date, hospital_number="00777")
    factories.register(actor_of(nurse), site, identity=given)
    both = oru().decode().replace("00123^^^HIS^MR", "00123^^^HIS^MR~00777^^^HIS^PI")
    assert send(source, both.encode()).message.state == "CONFLICT"
    assert lines() == []


def test_a_batch_in_one_frame_is_kept_message_by_message(client, source, patient):
    head = b"FHS|^~\\&|LIS|RJ\rBHS|^~\\&|LIS|RJ|EW|EW|20261128||||B7\r"
    frame = head + oru("1") + b"no segment\r" + oru("2", "2.5") + b"BTS|3\rFTS|1\r"
    desk = listen_mllp.Desk(str(source.id))
    answer = desk.take(frame, "127.0.0.1")
    assert answer.count(b"MSA|AA|") == 2
    assert b"|B7\r" in answer
    assert b"BTS|2|3 announced" in answer
    desk.read()
    assert list(LaboratoryMessage.objects.values_list("number", "state")) == [
        ("1", "READ"),
        ("2", "READ"),
    ]
    again = desk.take_all([frame, oru("3")], "127.0.0.1")
    assert [one.count(b"MSA|AA|") for one in again] == [2, 1]
    assert LaboratoryMessage.objects.count() == 3


def test_what_cannot_be_read_is_in_the_tray_and_a_person_refuses_it(client, source, patient):
    mapped(client, source, "RCL", "10^9/L", "rcl")
    send(source, oru("1", value="见报告", code="RCL"))
    send(source, oru("2", value="", code="RCL"))  # nothing was measured: never negative
    assert lines() == [("见报告", "UNREADABLE"), ("-", "UNREADABLE")]
    for row in LaboratoryLine.objects.all():
        with translation.override("en"):
            assert row.problem_told.isascii(), row.problem_words
        with translation.override("zh-hans"):
            assert not row.problem_told.isascii()
    tray = client.get(reverse("laboratory-tray")).text
    assert "见报告" in tray
    for line in LaboratoryLine.objects.all():
        assert reverse("laboratory-accept", args=[line.id]) not in tray
        assert accept(client, line).status_code == 302
        where = reverse("laboratory-refuse", args=[line.id])
        assert client.post(where).status_code == 422
        assert client.post(where, {"reason": "报告另附"}).status_code == 302
    assert {state for _written, state in lines()} == {"REFUSED"}
    assert not LaboratoryResult.objects.exists()


def test_another_range_for_the_same_patient_is_asked_about(client, source, patient):
    mapped(client, source, "WBC", "10^9/L", "wbc")
    for number, printed in enumerate((b"3.5-9.5", b"3.50 - 9.50", b"1.1-3.2")):
        when = f"{DAY - timedelta(days=9 - number):%Y%m%d}"
        sent = oru(f"R{number}", when=when).replace(b"3.5-9.5", printed)
        send(source, sent.replace(b"F1", f"F{number}".encode()))
    first, same, other = LaboratoryLine.objects.order_by("id")
    assert {accept(client, line).status_code for line in (first, same)} == {302}
    asked = accept(client, other)
    assert asked.status_code == 422
    assert "3.50 - 9.50" in asked.text
    question = re.search(r'name="confirmed" value="([^"]+)"', asked.text)
    confirmed = {"confirmed": html.unescape(question[1])}
    assert accept(client, other, **confirmed).status_code == 302
    assert LaboratoryResult.objects.count() == 3


def test_results_without_the_number_of_an_order_do_not_replace_each_other(client, source, patient):
    """Neither does a withdrawal that names no result end what waits of other results."""
    mapped(client, source, "WBC", "10^9/L", "wbc")
    other = DAY - timedelta(days=7)
    for number, when in enumerate((f"{DAY:%Y%m%d}", f"{other:%Y%m%d}")):
        send(source, oru(f"N{number}", when=when).replace(b"||F1|", b"|||"))
        assert accept(client, last()).status_code == 302
    kept = LaboratoryResult.objects.filter(replaced_by__isnull=True)
    assert set(kept.values_list("specimen_on", flat=True)) == {DAY, other}
    send(source, oru("N5", "3.5"))
    gone = oru("N6", "1.5", "D", when=f"{DAY:%Y%m%d}").replace(b"||F1|", b"|||")
    send(source, gone)
    assert lines()[-2:] == [("3.5", "REVIEW"), ("1.5", "REVIEW")]


def test_the_same_item_in_another_specimen_waits_for_a_meaning_of_its_own(client, source, patient):
    mapped(client, source, "WBC", "10^9/L", "wbc")
    spm = f"SPM|1|||CSF^脑脊液{'|' * 13}{DAY:%Y%m%d}\r".encode()
    send(source, oru("1"))
    send(source, oru("2", "0.5") + spm)
    assert lines() == [("1.5", "REVIEW"), ("0.5", "UNMAPPED")]
    page = client.get(reverse("laboratory-source", args=[source.id])).text
    assert "脑脊液" in page
    body = {"item": "WBC", "unit": "10^9/L", "specimen_kind": "脑脊液", "measure": "-"}
    assert client.post(reverse("laboratory-code", args=[source.id]), body).status_code == 302
    assert lines() == [("1.5", "REVIEW"), ("0.5", "IGNORED")]


def test_what_a_crash_left_between_keeping_and_reading_is_read(source, patient):
    actions.messages.receive(SYSTEM, source, content=oru(), protocol="HL7")
    assert lines() == []
    assert actions.messages.read_left(SYSTEM, today=clock.today()) == 1
    assert actions.messages.read_left(SYSTEM, today=clock.today()) == 0
    assert len(lines()) == 1


def test_a_merge_is_a_finding_changes_nothing_and_can_be_taken_back(client, source, patient):
    send(source, adt("A1", "A40", "PID|1||777^^^HIS\rMRG|00123^^^HIS\r"))
    finding = IdentifierFinding.objects.get()
    assert (finding.kind, finding.patient_id, finding.other) == ("MERGED", patient.id, None)
    page = reverse("laboratory-identifier", args=[finding.id])
    shown = client.get(page).text
    assert "777" in shown
    assert "00123" in shown
    assert client.post(page, {"text": " "}).status_code == 422
    assert client.post(page, {"text": "已更正病案号"}).status_code == 302
    listed = reverse("laboratory-identifiers")
    assert patient.study_code not in client.get(listed).text.split("<main")[1]
    assert patient.study_code in client.get(listed, {"box": "answered"}).text
    again = reverse("laboratory-identifier-reopen", args=[finding.id])
    assert client.post(again).status_code == 302
    finding.refresh_from_db()
    assert (finding.state, finding.answer) == ("OPEN", "")


def test_two_of_ours_that_are_one_are_named_and_left_apart(client, nurse, source, site, patient):
    person = factories.person("李四")
    given = type(person)(name=person.name, birth_date=person.birth_date, hospital_number="00777")
    other = factories.register(actor_of(nurse), site, identity=given)
    send(source, adt("A1", "A40", "PID|1||00123\rMRG|00777\r"))
    finding = IdentifierFinding.objects.get()
    assert (finding.patient_id, finding.other_id) == (patient.id, other.id)
    assert client.get(reverse("laboratory-identifier", args=[finding.id])).status_code == 200


def test_a_thousand_broken_messages_are_kept_answered_and_bounded(source, patient):
    rng, good = random.Random(7), oru()
    tracemalloc.start()
    for number in range(1000):
        broken = bytearray(good.replace(b"M1", b"M%d" % number))
        for _ in range(rng.randint(1, 12)):
            broken[rng.randrange(len(broken))] = rng.randrange(256)
        if number < BROKEN:
            desk = listen_mllp.Desk(str(source.id))
            assert b"MSA" in desk.take(bytes(broken), "127.0.0.1")
    assert tracemalloc.get_traced_memory()[1] < 30_000_000
    tracemalloc.stop()
    # What is equal to another, and of nobody here, is kept once.
    assert LaboratoryMessage.objects.count() >= BROKEN * 0.9


def test_messages_that_came_together_are_kept_and_read_as_if_alone(client, source, patient):
    """Resent, contradicting, withdrawn, unreadable and foreign ones among them."""
    mapped(client, source, "WBC", "10^9/L", "wbc")
    desk = listen_mllp.Desk(str(source.id))
    sent = [oru("1"), oru("1"), oru("1", "9.9"), oru("2", "2.5"), oru("3", status="D")]
    sent += [oru("4", who="99999"), b"no message", oru("5", "abc\\X00\\"), oru("6", "6.0")]
    answers = desk.take_all(sent, "127.0.0.1")
    assert [answer.split(b"MSA|")[1][:2] for answer in answers] == [b"AA"] * 6 + [
        b"AE",
        b"AA",
        b"AA",
    ]
    assert lines() == []
    desk.read()
    states = LaboratoryMessage.objects.order_by("id").values_list("number", "state")
    assert list(states) == [
        ("1", "READ"),
        ("1", "CONFLICT"),
        ("2", "READ"),
        ("3", "READ"),
        ("", "NOT_OURS"),
        ("", "UNREADABLE"),
        ("5", "READ"),
        ("6", "READ"),
    ]
    refused = [("1.5", "REFUSED"), ("2.5", "REFUSED"), ("1.5", "IGNORED")]
    assert lines() == [*refused, ("abc", "UNREADABLE"), ("6.0", "REVIEW")]
    assert desk.take_all(sent[:2], "127.0.0.1")[0].split(b"MSA|")[1] == b"AA|1|\r"
    assert LaboratoryMessage.objects.count() == len(states)


def test_one_message_that_fails_is_set_aside_and_the_rest_is_read(source, patient):
    kept = [
        actions.messages.receive(SYSTEM, source, content=oru(f"M{n}"), protocol="HL7").message
        for n in range(3)
    ]
    with transaction.atomic(), audit.acting(SYSTEM, "test.erase"):
        data_keys.destroy([kept[1].file_id])  # as with the erasure of a person it named
    assert actions.messages.read_left(SYSTEM) == 3
    for row in kept:
        row.refresh_from_db()
    assert [row.state for row in kept] == ["READ", "UNREADABLE", "READ"]
    assert kept[1].problem
    assert len(lines()) == 2


def test_what_an_action_says_no_to_is_set_aside_in_the_language_of_its_reader(
    source, patient, monkeypatch
):
    def no(*_given):
        raise Refused(gettext("Say why."))

    monkeypatch.setattr(message_reading, "validate", no)
    row = actions.messages.receive(SYSTEM, source, content=oru("M1"), protocol="HL7").message
    assert actions.messages.read_left(SYSTEM) == 1
    row.refresh_from_db()
    assert row.state == "UNREADABLE"
    for language in ("en", "zh-hans"):
        with translation.override(language):
            assert row.problem_told == gettext("Say why.")
    assert not lines()


class Peer:
    """The listener on a port of its own, and a socket of a laboratory."""

    def __init__(self, desk) -> None:
        self.loop = asyncio.new_event_loop()
        self.listener = listen_mllp.Listener(desk, 5.0)
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        assert self.ready.wait(60)

    def _run(self) -> None:
        async def main() -> None:
            self.server = await asyncio.start_server(self.listener.serve, "127.0.0.1", 0)
            self.port = self.server.sockets[0].getsockname()[1]
            self.ready.set()
            await self.listener.stopping.wait()
            self.server.close()

        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(main())
        left = asyncio.all_tasks(self.loop)
        self.loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self.listener.pool.shutdown()
        self.loop.close()

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.listener.stopping.set)
        self.thread.join(10)


class Notes:
    """A desk that notes what it took, in order, without a database."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []

    def take_all(self, found: list[bytes], peer: str) -> list[bytes]:
        self.taken += found
        return [b"MSA|AA|" + data[:5] for data in found]

    def read(self) -> None:
        self.taken.append(b"read")


def test_the_port_takes_pieces_pairs_and_cuts() -> None:
    desk = Notes()
    peer = Peer(desk)
    try:
        with socket.create_connection(("127.0.0.1", peer.port), 5) as line:
            whole = mllp.framed(b"first")
            for place in range(0, len(whole), 3):
                line.sendall(whole[place : place + 3])
            assert line.recv(100) == mllp.framed(b"MSA|AA|first")
            line.sendall(mllp.framed(b"two") + mllp.framed(b"three"))
            seen = b""
            while seen.count(b"\x1c") < 2:
                seen += line.recv(100)
            assert seen == mllp.framed(b"MSA|AA|two") + mllp.framed(b"MSA|AA|three")
            line.sendall(b"\x0bcut in the mid")
        with socket.create_connection(("127.0.0.1", peer.port), 5) as line:
            line.sendall(mllp.framed(b"last"))
            assert line.recv(100) == mllp.framed(b"MSA|AA|last")
    finally:
        peer.stop()
    assert [one for one in desk.taken if one != b"read"] == [b"first", b"two", b"three", b"last"]


class Answering(Notes):
    """A desk that answers as the product does; its messages are kept by the test's own thread."""

    def take_all(self, found: list[bytes], peer: str) -> list[bytes]:
        self.taken += found
        return [hl7.answer(data, "AA", "", clock.now()) for data in found]


def test_systems_nobody_here_wrote_send_and_read_the_answer(client, source, patient) -> None:
    desk = Answering()
    peer = Peer(desk)
    try:
        for what, number in (("simple", "S1"), ("client", "N1")):
            said = laboratory_peers.sends(what, peer.port, patient.study_code, f"{DAY:%Y%m%d}")
            assert (said["code"], said["number"], said["kind"][:3]) == ("AA", number, "ACK")
    finally:
        peer.stop()
    for item, unit, measure in (
        ("WBC 白细胞", "10*9/L", "wbc"),
        ("RCL", "", "rcl"),
        ("CAR CAR拷贝", "copies/ug", "car_transgene"),
    ):
        assert mapped(client, source, item, unit, measure).status_code == 302
    sent = [data for data in desk.taken if data != b"read"]
    kept = [send(source, data).message for data in sent]
    assert [(row.kind, row.number, row.state) for row in kept] == [
        ("ORU^R01", "S1", "READ"),
        ("ORU^R01", "N1", "READ"),
    ]
    assert lines() == [("1.50", "REVIEW"), ("未检出", "REVIEW"), ("<50", "REVIEW")]
    assert {row.specimen_on for row in LaboratoryLine.objects.all()} == {DAY}


def test_a_laboratory_is_known_by_its_name_and_address(client, source, patient):
    page = reverse("laboratory-messages", args=[source.id])
    wrong = {"sender": "RJ", "charset": "", "addresses": "10.0.0.0/8, here"}
    assert client.post(page, wrong).status_code == 422
    right = {"sender": "RJ", "charset": "gb18030", "addresses": "10.0.0.0/8"}
    assert client.post(page, right).status_code == 302
    desk = listen_mllp.Desk()
    assert b"MSA|AR|M1|address" in desk.take(oru(), "192.168.1.1")
    assert b"MSA|AR|M1|sender" in desk.take(oru().replace(b"RJ", b"XX").replace(b"LIS", b"Y"), "")
    assert LaboratoryMessage.objects.count() == 0
    data = oru().decode().encode("gb18030")
    assert "MSA|AA|M1" in desk.take(data, "10.1.2.3").decode("gb18030")
    assert client.get(page).status_code == 200


def post(api, source, data, kind="application/fhir+json"):
    where = reverse("api-laboratory-fhir", args=[source.id])
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    return api.post(where, body, content_type=kind)


@pytest.fixture
def api(nurse):
    return Client(headers={"authorization": f"Bearer {token(nurse)}"})


def test_a_bundle_goes_to_the_same_tray_with_every_zero(api, client, source, patient):
    listed = api.get(reverse("api-laboratory-sources")).json()
    assert [row["name"] for row in listed] == ["检验科"]
    text = json.dumps(bundle(PATIENT, observation(valueQuantity="@"), observation(status="?")))
    data = text.replace('"@"', '{"value": 1.50, "unit": "10^9/L"}').encode()
    sent = post(api, source, data)
    assert (sent.status_code, sent.json()["resourceType"]) == (201, "OperationOutcome")
    fault, told = sent.json()["issue"]
    assert fault["expression"] == ["Bundle.entry[2].resource.status"]
    assert "unmapped 1" in told["diagnostics"]
    assert lines() == [("1.50", "UNMAPPED")]
    assert post(api, source, data, "application/json").status_code == 200
    mapped(client, source, "751-8 Neutrophils", "10^9/L", "anc")
    assert lines() == [("1.50", "REVIEW")]


def test_another_validator_of_fhir_finds_our_answers_right(api, source, patient) -> None:
    good = bundle(PATIENT, observation(valueQuantity={"value": 1.5, "unit": "10^9/L"}))
    parts = bundle(PATIENT, observation(status="?"), type="batch")
    asked = [good, parts, {"resourceType": "Bundle", "type": "collection", "entry": []}]
    answers = [post(api, source, json.dumps(one).encode()).json() for one in asked]
    answers.append(post(api, source, b"{").json())
    kinds = [answer["resourceType"] for answer in answers]
    assert kinds == ["OperationOutcome", "Bundle", "OperationOutcome", "OperationOutcome"]
    assert laboratory_peers.faults([good, *answers]) == [[]] * 5
    assert laboratory_peers.faults([parts])[0], "it does find what is wrong"


def test_bundles_that_contradict_wait_and_transactions_are_whole(api, source, patient):
    first = bundle(PATIENT, observation(valueString="1"))
    assert post(api, source, first).status_code == 201
    other = post(api, source, bundle(PATIENT, observation(valueString="2")))
    assert (other.status_code, other.json()["issue"][0]["code"]) == (201, "conflict")
    assert LaboratoryMessage.objects.order_by("id").last().state == "CONFLICT"
    gender = {"MALE": "female", "FEMALE": "male"}[patient.sex]
    stranger = bundle(PATIENT | {"gender": gender}, observation(), identifier={"value": "B2"})
    assert post(api, source, stranger).json()["issue"][0]["code"] == "conflict"
    half = bundle(PATIENT, observation(status="fertig"), observation(id="o2", valueString="3"))
    whole = post(api, source, half | {"type": "transaction", "identifier": {"value": "B3"}})
    assert (whole.status_code, whole.json()["resourceType"]) == (422, "OperationOutcome")
    assert "entry[1].resource.status" in whole.json()["issue"][0]["diagnostics"]
    parts = post(api, source, half | {"type": "batch", "identifier": {"value": "B4"}})
    assert (parts.status_code, parts.json()["type"]) == (200, "batch-response")
    assert [one["response"]["status"][:3] for one in parts.json()["entry"]] == ["202", "422", "202"]
    assert lines() == [("1", "UNMAPPED"), ("3", "UNMAPPED")]


def test_bundles_that_cannot_be_read_are_kept_and_told(api, source, patient):
    refused = post(api, source, b'{"resourceType": "Bundle", "id": "x", "entry": NaN}')
    assert (refused.status_code, refused.json()["issue"][0]["severity"]) == (422, "error")
    assert LaboratoryMessage.objects.get().state == "UNREADABLE"
    assert post(api, source, b"[" * 100_000).status_code == 422
    twice = json.dumps(bundle(PATIENT, observation(valueString="@"))).replace(
        '"@"', '"1", "valueString": "2"'
    )
    for broken, told in ((twice.encode(), "valueString"), (twice.encode("utf-16"), "UTF-8")):
        assert told in post(api, source, broken).json()["issue"][0]["diagnostics"]
    assert LaboratoryMessage.objects.filter(state="UNREADABLE").count() == 4
    assert not LaboratoryLine.objects.exists()


def test_whatever_a_sender_of_fhir_asks_for_it_is_answered_in_fhir(api, client, source, patient):
    where = reverse("api-laboratory-fhir", args=[source.id])
    kind, said = "application/fhir+json", []
    for accept in (kind, "application/json", "application/fhir+xml", "*/*"):
        sent = api.post(
            where, b"{", content_type=f"{kind}; charset=utf-8", headers={"accept": accept}
        )
        said.append((sent.status_code, sent.headers["Content-Type"]))
    assert said == [(422, kind), (422, "application/json"), (422, kind), (422, kind)]
    stranger = Client().post(where, b"{", content_type=kind)
    xml = post(api, source, b"<Bundle/>", "application/fhir+xml")
    codes = [(one.status_code, one.json()["issue"][0]["code"]) for one in (stranger, xml)]
    assert codes == [(401, "login"), (415, "not-supported")]
    assert post(api, source, b" " * 5_000_001).status_code == 413
    nobody = bundle(PATIENT | {"identifier": [{"value": "9"}]}, observation(valueString="x"))
    assert "nobody here" in post(api, source, nobody).json()["issue"][0]["diagnostics"]


def test_a_thousand_broken_bundles_are_kept_answered_and_bounded(api, source, patient, monkeypatch):
    # A sender that is too fast is told to wait (429): that is another test's.
    monkeypatch.setattr(ActorThrottle, "rate", "100000/min", raising=False)
    # pytest keeps each warning with its request, which is most of what would be measured.
    monkeypatch.setattr(logging.getLogger("django.request"), "disabled", True)
    rng, junk = random.Random(11), [None, True, -1, 1e300, "", [], {}, [[]], "2026-13-40"]
    seen = set()
    tracemalloc.start()
    sent = bundle(PATIENT, observation(valueQuantity={"value": 1.5, "unit": "10^9/L"}))
    for number in range(BROKEN):
        whole = json.loads(json.dumps(sent | {"identifier": {"value": f"B{number}"}}))
        if number % 2:
            resource = rng.choice(whole["entry"])["resource"]
            resource[rng.choice(sorted(resource))] = rng.choice(junk)
            content = json.dumps(whole).encode()
        else:
            broken = bytearray(json.dumps(whole).encode())
            for _ in range(rng.randint(1, 12)):
                broken[rng.randrange(len(broken))] = rng.randrange(256)
            content = bytes(broken)
        answer = post(api, source, content)
        assert answer.status_code in {200, 201, 422}, content
        assert answer.json()["resourceType"] == "OperationOutcome"
        seen.add(answer.status_code)
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()
    assert seen >= {201, 422}
    assert LaboratoryMessage.objects.count() >= BROKEN * 0.9


def test_another_hospital_reaches_nothing_of_it(source, patient):
    away = Client()
    away.force_login(factories.make_user(Role.NURSE, site=factories.make_site()))
    row = send(source, oru()).message
    for name, key in (("laboratory-messages", source.id), ("laboratory-message", row.id)):
        assert away.get(reverse(name, args=[key])).status_code == 404


def test_the_api_decides_on_messages_and_answers_findings_about_numbers(api, source, patient):
    away = factories.make_user(Role.NURSE, site=factories.make_site())
    stranger = Client(headers={"authorization": f"Bearer {token(away)}"})

    def ask(name, *args, how="post", status=200, by=api, **body):
        where = reverse(name, args=args)
        answer = getattr(by, how)(where, body, content_type="application/json")
        assert answer.status_code == status, answer.content.decode()
        return answer.json()

    send(source, oru())
    send(source, oru(value="9.9"))
    (row,) = ask("api-laboratory-messages", source.id, how="get")
    assert (row["state"], row["number"]) == ("CONFLICT", "M1")
    told = {"verdict": "read", "reason": "the second is right"}
    ask("api-laboratory-message", row["id"], how="get", status=404, by=stranger)
    ask("api-laboratory-message", row["id"], status=404, by=stranger, **told)
    ask("api-laboratory-message", row["id"], status=400, verdict="delete", reason="x")
    assert ask("api-laboratory-message", row["id"], **told)["state"] == "READ"
    ask("api-laboratory-message", row["id"], status=422, **told)
    assert lines() == [("1.5", "UNMAPPED"), ("9.9", "UNMAPPED")]
    send(source, adt("A1", "A40", "PID|1||00123\rMRG|00777\r"))
    (finding,) = ask("api-identifier-findings", how="get")
    assert (finding["kind"], finding["patient"]) == ("MERGED", str(patient.id))
    assert "00777" not in json.dumps(finding)
    assert ask("api-identifier-findings", how="get", by=stranger) == []
    key = finding["id"]
    ask("api-identifier-answer", key, status=404, by=stranger, text="x")
    assert ask("api-identifier-answer", key, text="one person")["state"] == "ANSWERED"
    ask("api-identifier-answer", key, status=422, text="one person")
    assert ask("api-identifier-reopen", key)["state"] == "OPEN"
